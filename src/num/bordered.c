#include "bilens/num/bordered.h"

#include <math.h>

#include "bilens/base/err.h"
#include "bilens/num/finite.h"
#include "internal.h"

static bool axes_fit(const struct matrix *q, const struct vector *g, struct err *e)
{
    return axis_require(q->row, q->col, "the rows of Q", "its columns", e) &&
           axis_require(q->row, g->axis, "the rows of Q", "the output direction", e);
}

/* Q and g times one power of two, where single precision might not hold both as they are. */
struct scaled {
    struct matrix *q;
    double by; /* of g */
    int exponent;
};

static bool scale_both(const struct matrix *q, const struct vector *g, struct scaled *out,
                       struct err *e)
{
    double largest = 0;
    int own = 0;
    *out = (struct scaled){0};
    struct matrix *near = axes_fit(q, g, e) ? matrix_near_one(q, &own, e) : NULL;
    for (size_t i = 0; near != NULL && i < g->axis.size; i++)
        largest = isfinite(g->data[i]) ? fmax(largest, fabs(g->data[i])) : largest;
    if (near == NULL)
        return false;
    int other = exponent_of(largest);
    out->exponent = largest == 0 || own > other ? own : other;
    out->by = ldexp(1, -out->exponent);
    out->q = matrix_shifted(near, own - out->exponent);
    return out->q != NULL;
}

/* Q in the top left corner of an otherwise zero size x size matrix, *data. */
static struct dense *corner(const struct matrix *q, size_t size, float **data, struct err *e)
{
    struct split s;
    if (!matrix_split(q, &s, e))
        return NULL;
    struct dense *out = dense_new(size, size, data, e);
    if (out != NULL && !split_tile(&s, 0, s.rows, 0, s.cols, *data, size, e)) {
        dense_unref(out);
        out = NULL;
    }
    split_free(&s);
    return out;
}

struct matrix *bordered_seed(const struct matrix *q, const struct vector *g, struct err *e)
{
    size_t n = q->row.size;
    struct scaled s;
    float *data;
    struct dense *d = scale_both(q, g, &s, e) ? corner(s.q, n, &data, e) : NULL;
    for (size_t i = 0; d != NULL && i < n; i++)
        data[i * n + i] += (float)(s.by * g->data[i]);
    struct matrix *out = d ? matrix_from_dense(d, q->row, q->col) : NULL;
    dense_unref(d);
    matrix_unref(s.q);
    return matrix_shifted(out, s.exponent);
}

struct matrix *bordered_form(const struct matrix *q, const struct vector *g, struct err *e)
{
    size_t n = q->row.size, size = n + 1;
    struct scaled s;
    float *data;
    struct dense *d = scale_both(q, g, &s, e) ? corner(s.q, size, &data, e) : NULL;
    for (size_t i = 0; d != NULL && i < n; i++)
        data[i * size + n] = data[n * size + i] = (float)(0.5 * s.by * g->data[i]);
    struct axis axis = axis_make(AXIS_INDEX, size, NULL);
    struct matrix *out = d ? matrix_from_dense(d, axis, axis) : NULL;
    dense_unref(d);
    matrix_unref(s.q);
    return matrix_shifted(out, s.exponent);
}

static struct axis single(void)
{
    return axis_make(AXIS_INDEX, 1, NULL);
}

/* 1', a row of ones. */
static struct matrix *row_of_ones(struct axis axis, struct err *e)
{
    struct vector *ones = vector_new(axis);
    for (size_t i = 0; ones != NULL && i < axis.size; i++)
        ones->data[i] = 1;
    struct matrix *m = ones ? matrix_of_vector(ones, single(), false, e) : NULL;
    vector_unref(ones);
    return m;
}

/* 1/2 (E'g) 1', token x token. */
static struct matrix *border(const struct matrix *tokens, const struct vector *g, struct err *e)
{
    struct matrix *direction = matrix_of_vector(g, single(), true, e);
    struct matrix *linear = direction ? matrix_product(tokens, direction, e) : NULL;
    struct matrix *ones = linear ? row_of_ones(tokens->row, e) : NULL;
    struct matrix *wide = ones ? matrix_product(linear, ones, e) : NULL;
    struct matrix *out = wide ? matrix_scale(wide, 0.5) : NULL;
    matrix_unref(direction);
    matrix_unref(linear);
    matrix_unref(ones);
    matrix_unref(wide);
    return out;
}

struct matrix *bordered_tokens(const struct matrix *embed, const struct matrix *q,
                               const struct vector *g, struct err *e)
{
    if (!axes_fit(q, g, e) ||
        !axis_require(q->col, embed->row, "the columns of Q", "the rows of E", e))
        return NULL;
    struct matrix *tokens = matrix_transpose(embed);
    struct matrix *read = tokens ? matrix_product(tokens, q, e) : NULL;
    struct matrix *inner = read ? matrix_product(read, embed, e) : NULL;
    struct matrix *right = inner ? border(tokens, g, e) : NULL;
    struct matrix *below = right ? matrix_transpose(right) : NULL;
    struct matrix *half = below ? matrix_sum(inner, 1, right, e) : NULL;
    struct matrix *out = half ? matrix_sum(half, 1, below, e) : NULL;
    matrix_unref(tokens);
    matrix_unref(read);
    matrix_unref(inner);
    matrix_unref(right);
    matrix_unref(below);
    matrix_unref(half);
    return out;
}
