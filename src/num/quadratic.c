#include "bilens/num/quadratic.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/num/finite.h"
#include "bilens/num/panel.h"
#include "internal.h"

/* half := L' diag(a) R, by blocks of hidden units, whose scaled rows the cache holds. */
static bool multiply_half(const struct dense *l, const struct dense *r, const double *a,
                          float *half, struct err *e)
{
    enum { UNITS = 512 };
    size_t hidden = l->rows, resid = r->cols;
    const float *left = dense_data(l, e), *right = left ? dense_data(r, e) : NULL;
    float *scaled = right ? mem_try_alloc(UNITS * resid * sizeof *scaled) : NULL;
    if (scaled == NULL)
        return right != NULL ? err_memory(e) : false;
    memset(half, 0, l->cols * resid * sizeof *half);
    for (size_t first = 0; first < hidden; first += UNITS) {
        size_t count = smaller(UNITS, hidden - first);
        for (size_t i = 0; i < count; i++) {
            float by = (float)a[first + i];
            scale_row(right + (ptrdiff_t)(first + i) * r->row_stride, r->col_stride, &by, 0, resid,
                      scaled + i * resid);
        }
        struct strided lt = {left + (ptrdiff_t)first * l->row_stride, l->cols, count, l->col_stride,
                             l->row_stride};
        struct strided by = {scaled, count, resid, (ptrdiff_t)resid, 1};
        blas_multiply_single(lt, by, first > 0, half, resid);
    }
    mem_free(scaled);
    return true;
}

/* a 2^-exponent, in place. */
static int vector_near_one(struct vector *a)
{
    double largest = 0;
    for (size_t i = 0; i < a->axis.size; i++)
        largest = isfinite(a->data[i]) ? fmax(largest, fabs(a->data[i])) : largest;
    int exponent = exponent_of(largest);
    for (size_t i = 0; exponent != 0 && i < a->axis.size; i++)
        a->data[i] = ldexp(a->data[i], -exponent);
    return exponent;
}

/* L' diag(a) R. */
static struct dense *one_half(const struct matrix *l, const struct matrix *r,
                              const struct vector *a, struct err *e)
{
    struct dense *dl = matrix_dense_for_blas(l, e), *dr = dl ? matrix_dense(r, SIZE_MAX, e) : NULL;
    float *half;
    struct dense *out = dr ? dense_room(l->col.size, r->col.size, &half, e) : NULL;
    if (out != NULL && !multiply_half(dl, dr, a->data, half, e)) {
        dense_unref(out);
        out = NULL;
    }
    dense_unref(dl);
    dense_unref(dr);
    return out;
}

/* to := 1/2 (from + from'), by blocks: strides of powers of two share few places of a cache. */
static void symmetrise(const float *from, size_t n, float *to)
{
    enum { BLOCK = 8 };
    for (size_t ib = 0; ib < n; ib += BLOCK)
        for (size_t jb = 0; jb < n; jb += BLOCK)
            for (size_t i = ib; i < smaller(ib + BLOCK, n); i++)
                for (size_t j = jb; j < smaller(jb + BLOCK, n); j++)
                    to[i * n + j] = 0.5F * (from[i * n + j] + from[j * n + i]);
}

/* 1/2 (L' diag(a) R + R' diag(a) L) */
static struct matrix *both_halves(const struct matrix *l, const struct matrix *r,
                                  const struct vector *a, struct err *e)
{
    struct dense *half = one_half(l, r, a, e);
    const float *from = half ? dense_data(half, e) : NULL;
    float *q;
    size_t n = half ? half->rows : 0;
    struct dense *out = from ? dense_room(n, n, &q, e) : NULL;
    if (out != NULL)
        symmetrise(from, n, q);
    struct matrix *m = out ? matrix_from_dense(out, l->col, r->col) : NULL;
    dense_unref(half);
    dense_unref(out);
    return m;
}

struct matrix *quadratic_form(const struct matrix *l, const struct matrix *r,
                              const struct matrix *p, const struct vector *g, struct err *e)
{
    int exponents[2] = {0};
    if (!axis_require(l->col, r->col, "the columns of L", "the columns of R", e) ||
        !axis_require(l->row, r->row, "the rows of L", "the rows of R", e) ||
        !axis_require(p->col, l->row, "the columns of P", "the rows of L", e))
        return NULL;
    struct vector *a = matrix_apply_transposed(p, g, e);
    int of_a = a ? vector_near_one(a) : 0;
    struct matrix *left = a ? matrix_near_one(l, &exponents[0], e) : NULL;
    struct matrix *right = left ? matrix_near_one(r, &exponents[1], e) : NULL;
    struct matrix *m = right ? both_halves(left, right, a, e) : NULL;
    vector_unref(a);
    matrix_unref(left);
    matrix_unref(right);
    return matrix_shifted(m, of_a + exponents[0] + exponents[1]);
}
