#include "bilens/num/matrix.h"

#include <math.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "internal.h"
#include "memo.h"

struct matrix *matrix_make(struct axis row, struct axis col, size_t terms)
{
    struct matrix *a = mem_new(1, sizeof *a);
    atomic_init(&a->refs, 1);
    a->row = axis_ref(row);
    a->col = axis_ref(col);
    a->terms = mem_new(terms, sizeof *a->terms);
    a->count = terms;
    return a;
}

struct matrix *matrix_ref(struct matrix *a)
{
    atomic_fetch_add(&a->refs, 1);
    return a;
}

void matrix_unref(struct matrix *a)
{
    if (a == NULL || atomic_fetch_sub(&a->refs, 1) != 1)
        return;
    for (size_t t = 0; t < a->count; t++) {
        for (size_t i = 0; i < a->terms[t].count; i++)
            dense_unref(a->terms[t].factors[i].dense);
        mem_free(a->terms[t].factors);
    }
    mem_free(a->terms);
    axis_unref(a->row);
    axis_unref(a->col);
    mem_free(a);
}

void term_reserve(struct term *t, double scale, size_t count)
{
    t->scale = scale;
    t->factors = mem_new(count, sizeof *t->factors);
}

void term_push(struct term *t, struct factor f)
{
    dense_ref(f.dense);
    t->factors[t->count++] = f;
}

static void term_copy(struct term *to, const struct term *from, double scale)
{
    term_reserve(to, from->scale * scale, from->count);
    for (size_t i = 0; i < from->count; i++)
        term_push(to, from->factors[i]);
}

struct matrix *matrix_finish(struct matrix *a, bool ok)
{
    if (ok)
        return a;
    matrix_unref(a);
    return NULL;
}

struct matrix *matrix_from_dense(struct dense *d, struct axis row, struct axis col)
{
    struct matrix *a = matrix_make(row, col, 1);
    term_reserve(&a->terms[0], 1, 1);
    term_push(&a->terms[0], (struct factor){.dense = d});
    return a;
}

/* A vector in single precision, as one row, times *scale: 1, unless single precision does not
 * reach as far. */
static struct dense *row_of_vector(const struct vector *v, double *scale, struct err *e)
{
    float *data;
    double largest = 0;
    struct dense *d = dense_new(1, v->axis.size, &data, e);
    for (size_t i = 0; i < v->axis.size; i++)
        largest = isfinite(v->data[i]) ? fmax(largest, fabs(v->data[i])) : largest;
    int exponent = scale_exponent(largest);
    *scale = ldexp(1, exponent);
    for (size_t i = 0; d != NULL && i < v->axis.size; i++)
        data[i] = (float)ldexp(v->data[i], -exponent);
    return d;
}

struct matrix *matrix_of_vector(const struct vector *v, struct axis one, bool column, struct err *e)
{
    double scale;
    struct dense *row = row_of_vector(v, &scale, e);
    if (row == NULL)
        return NULL;
    struct dense *d = column ? dense_transpose(row) : dense_ref(row);
    struct matrix *a = matrix_from_dense(d, column ? v->axis : one, column ? one : v->axis);
    a->terms[0].scale = scale;
    dense_unref(d);
    dense_unref(row);
    return a;
}

struct matrix *matrix_diagonal(const struct vector *v, struct err *e)
{
    double scale;
    struct dense *d = row_of_vector(v, &scale, e);
    if (d == NULL)
        return NULL;
    struct matrix *a = matrix_from_dense(d, v->axis, v->axis);
    dense_unref(d);
    a->terms[0].factors[0].diagonal = true;
    a->terms[0].scale = scale;
    return a;
}

struct matrix *matrix_scale(const struct matrix *a, double scale)
{
    struct matrix *b = matrix_make(a->row, a->col, a->count);
    for (size_t t = 0; t < a->count; t++)
        term_copy(&b->terms[t], &a->terms[t], scale);
    return b;
}

static bool same_factors(const struct term *a, const struct term *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = a->factors[i].diagonal == b->factors[i].diagonal &&
               dense_same_view(a->factors[i].dense, b->factors[i].dense);
    return same;
}

/* Adds scale * term to the first count terms of c; one with the same factors takes it in. */
static void sum_term(struct matrix *c, const struct term *term, double scale)
{
    for (size_t t = 0; t < c->count; t++)
        if (same_factors(&c->terms[t], term)) {
            c->terms[t].scale += scale * term->scale;
            return;
        }
    term_copy(&c->terms[c->count++], term, scale);
}

struct matrix *matrix_sum(const struct matrix *a, double scale, const struct matrix *b,
                          struct err *e)
{
    bool rows = axis_alike(a->row, b->row);
    if (!rows || !axis_alike(a->col, b->col)) {
        axis_fail(rows ? a->col : a->row, rows ? b->col : b->row,
                  "the axes of the two sides of a sum, ", ", do not match", e);
        return NULL;
    }
    struct matrix *c =
        matrix_make(axis_join(a->row, b->row), axis_join(a->col, b->col), a->count + b->count);
    c->count = 0; /* of a->count + b->count that there is room for */
    for (size_t t = 0; t < a->count; t++)
        sum_term(c, &a->terms[t], 1);
    for (size_t t = 0; t < b->count; t++)
        sum_term(c, &b->terms[t], scale);
    if (c->count <= TERMS_MOST)
        return c;
    struct matrix *few = matrix_compact(c, e);
    matrix_unref(c);
    return few;
}

struct matrix *matrix_loose(const struct matrix *a)
{
    struct matrix *b = matrix_make(axis_loose(a->row), axis_loose(a->col), a->count);
    for (size_t t = 0; t < a->count; t++)
        term_copy(&b->terms[t], &a->terms[t], 1);
    return b;
}

struct matrix *matrix_transpose(const struct matrix *a)
{
    struct matrix *b = matrix_make(a->col, a->row, a->count);
    for (size_t t = 0; t < a->count; t++) {
        const struct term *from = &a->terms[t];
        struct term *to = &b->terms[t];
        term_reserve(to, from->scale, from->count);
        for (size_t i = from->count; i-- > 0;) {
            struct factor f = from->factors[i];
            f.dense = f.diagonal ? dense_ref(f.dense) : dense_transpose(f.dense);
            to->factors[to->count++] = f;
        }
    }
    return b;
}

static void product_terms(struct matrix *c, const struct matrix *a, const struct matrix *b)
{
    for (size_t i = 0; i < a->count; i++)
        for (size_t j = 0; j < b->count; j++) {
            const struct term *x = &a->terms[i], *y = &b->terms[j];
            struct term *z = &c->terms[i * b->count + j];
            term_reserve(z, x->scale * y->scale, x->count + y->count);
            for (size_t f = 0; f < x->count; f++)
                term_push(z, x->factors[f]);
            for (size_t f = 0; f < y->count; f++)
                term_push(z, y->factors[f]);
        }
}

static size_t most_factors(const struct matrix *a)
{
    size_t most = 0;
    for (size_t t = 0; t < a->count; t++)
        most = larger(most, a->terms[t].count);
    return most;
}

static bool product_is_small(const struct matrix *a, const struct matrix *b)
{
    return a->count * b->count <= TERMS_MOST && most_factors(a) + most_factors(b) <= CHAIN_MOST;
}

/* *a := the same matrix in few terms and factors. */
static bool replace_by_compact(struct matrix **a, struct err *e)
{
    struct matrix *few = matrix_compact(*a, e);
    matrix_unref(*a);
    *a = few;
    return few != NULL;
}

static struct matrix *product_of(const struct matrix *a, const struct matrix *b)
{
    struct matrix *c = matrix_make(a->row, b->col, a->count * b->count);
    product_terms(c, a, b);
    return c;
}

struct matrix *matrix_product(const struct matrix *a, const struct matrix *b, struct err *e)
{
    if (!axis_match(a->col, b->row)) {
        axis_fail(a->col, b->row, "the inner axes ", " do not match", e);
        return NULL;
    }
    if (product_is_small(a, b))
        return product_of(a, b);
    struct matrix *left = matrix_ref((struct matrix *)a), *right = matrix_ref((struct matrix *)b);
    bool first = left->count * most_factors(left) > right->count * most_factors(right);
    bool ok = replace_by_compact(first ? &left : &right, e);
    if (ok && !product_is_small(left, right))
        ok = replace_by_compact(first ? &right : &left, e);
    struct matrix *c = ok ? product_of(left, right) : NULL;
    matrix_unref(left);
    matrix_unref(right);
    return c;
}

static struct span whole(size_t count)
{
    return (struct span){.first = 0, .step = 1, .count = count};
}

/* A slice of a diagonal factor is no diagonal: the rows and columns that meet. */
static struct dense *slice_diagonal(const struct dense *d, struct span rows, struct span cols,
                                    struct err *e)
{
    if (!intermediate_fits(rows.count, cols.count, e))
        return NULL;
    const float *from = dense_data(d, e);
    float *to;
    struct dense *out = from == NULL ? NULL : dense_new(rows.count, cols.count, &to, e);
    for (size_t i = 0; out != NULL && i < rows.count; i++)
        for (size_t j = 0; j < cols.count; j++) {
            ptrdiff_t r = (ptrdiff_t)rows.first + (ptrdiff_t)i * rows.step;
            ptrdiff_t c = (ptrdiff_t)cols.first + (ptrdiff_t)j * cols.step;
            if (r == c)
                to[i * cols.count + j] = from[r * d->col_stride];
        }
    return out;
}

static struct factor slice_factor(struct factor f, struct span rows, struct span cols,
                                  struct err *e)
{
    if (f.diagonal)
        return (struct factor){.dense = slice_diagonal(f.dense, rows, cols, e)};
    return (struct factor){.dense = dense_slice(f.dense, rows, cols)};
}

/* How many diagonals stand before (or, with last, behind) the first other factor; of a term of
 * diagonals all but one, which gives the slice its shape. */
static size_t diagonals_at_end(const struct term *t, bool last)
{
    size_t n = 0;
    while (n + 1 < t->count && t->factors[last ? t->count - 1 - n : n].diagonal)
        n++;
    return last && n + 1 == t->count && t->factors[0].diagonal ? 0 : n;
}

/* diag(d) with the places of the span, on both sides. */
static struct factor shorten_diagonal(struct factor f, struct span places)
{
    struct span one = {0, 1, 1};
    return (struct factor){.dense = dense_slice(f.dense, one, places), .diagonal = true};
}

/* Rows of diag(d) A are those of A, each times its own number: a diagonal at an end is only made
 * shorter. Its zeros times what A has elsewhere would be work, and NaN where that is infinite. */
static bool slice_term(struct term *to, const struct term *from, const struct matrix *a,
                       struct span rows, struct span cols, struct err *e)
{
    size_t first = diagonals_at_end(from, false);
    size_t last = from->count - 1 - diagonals_at_end(from, true);
    bool all_rows = span_is_whole(rows, a->row.size), all_cols = span_is_whole(cols, a->col.size);
    term_reserve(to, from->scale, from->count);
    for (size_t i = 0; i < from->count; i++) {
        struct factor f = from->factors[i];
        if ((i > first || all_rows) && (i < last || all_cols)) {
            term_push(to, f);
            continue;
        }
        if (i < first || i > last)
            f = shorten_diagonal(f, i < first ? rows : cols);
        else
            f = slice_factor(f, i == first ? rows : whole(factor_rows(f)),
                             i == last ? cols : whole(f.dense->cols), e);
        if (f.dense == NULL)
            return false;
        to->factors[to->count++] = f;
    }
    return true;
}

struct matrix *matrix_slice(const struct matrix *a, struct span rows, struct span cols,
                            struct err *e)
{
    struct matrix *b = matrix_make(axis_slice(a->row, rows.first, rows.step, rows.count),
                                   axis_slice(a->col, cols.first, cols.step, cols.count), a->count);
    bool ok = true;
    for (size_t t = 0; ok && t < a->count; t++)
        ok = slice_term(&b->terms[t], &a->terms[t], a, rows, cols, e);
    return matrix_finish(b, ok);
}

size_t matrix_width(const struct matrix *a)
{
    size_t sum = 0;
    for (size_t t = 0; t < a->count; t++) {
        size_t narrow = smaller(a->row.size, a->col.size);
        for (size_t i = 0; i + 1 < a->terms[t].count; i++)
            narrow = smaller(narrow, a->terms[t].factors[i].dense->cols);
        sum += narrow;
    }
    return smaller(sum, smaller(a->row.size, a->col.size));
}

bool matrix_is_dense(const struct matrix *a)
{
    return a->count == 1 && a->terms[0].count == 1 && !a->terms[0].factors[0].diagonal;
}

const char *matrix_check(const struct matrix *a)
{
    if (atomic_load(&a->refs) == 0)
        return "no references";
    if (a->count > TERMS_MOST)
        return "too many terms";
    for (size_t t = 0; t < a->count; t++) {
        const struct term *x = &a->terms[t];
        size_t at = a->row.size;
        if (x->count == 0)
            return "a term without factors";
        if (x->count > CHAIN_MOST)
            return "a term of too many factors";
        for (size_t i = 0; i < x->count; i++) {
            const struct factor *f = &x->factors[i];
            if (f->diagonal && f->dense->rows != 1)
                return "a diagonal that is no row";
            if (factor_rows(*f) != at)
                return "factors that do not fit";
            at = f->dense->cols;
        }
        if (at != a->col.size)
            return "a last factor that does not fit the column axis";
    }
    return NULL;
}
