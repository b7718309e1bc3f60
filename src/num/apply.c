/* A factored matrix applied to vectors, and single rows, columns and diagonals of it. */
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/num/thin.h"
#include "internal.h"
#include "memo.h"

static bool factor_apply(struct factor f, bool transposed, const double *x, double *y,
                         struct err *e)
{
    if (!f.diagonal)
        return transposed ? dense_apply_transposed(f.dense, x, y, e)
                          : dense_apply(f.dense, x, y, e);
    const float *s = dense_data(f.dense, e);
    for (size_t i = 0; s != NULL && i < f.dense->cols; i++)
        y[i] = s[(ptrdiff_t)i * f.dense->col_stride] * x[i];
    return s != NULL;
}

/* y += scale * term x (or term' x), through two buffers of the widest factor's size. */
static bool term_apply(const struct term *t, bool transposed, const double *x, double *y,
                       size_t size, struct err *e)
{
    size_t widest = size;
    for (size_t i = 0; i < t->count; i++)
        widest = larger(widest, larger(factor_rows(t->factors[i]), t->factors[i].dense->cols));
    double *buffer = mem_alloc(2 * widest * sizeof *buffer);
    double *now = buffer, *next = buffer + widest;
    const double *from = x;
    bool ok = true;
    for (size_t i = 0; ok && i < t->count; i++) {
        ok = factor_apply(t->factors[transposed ? i : t->count - 1 - i], transposed, from, next, e);
        double *swap = now;
        now = next;
        next = swap;
        from = now;
    }
    for (size_t i = 0; ok && i < size; i++)
        y[i] += t->scale * now[i];
    mem_free(buffer);
    return ok;
}

static void panel_destroy(void *object)
{
    struct panel *p = object;
    panel_free(p);
    mem_free(p);
}

static struct panel *add_rows(const struct dense *a, struct err *e)
{
    struct panel *sums = mem_new(1, sizeof *sums);
    struct panel ones = panel_room(a->cols, 1, e);
    bool ok = ones.data != NULL;
    for (size_t j = 0; ok && j < a->cols; j++)
        ones.data[j] = 1;
    if (ok) {
        *sums = panel_room(1, a->rows, e);
        ok = sums->data != NULL && dense_apply_panel(a, &ones, sums, e);
    }
    panel_free(&ones);
    if (ok)
        return sums;
    if (sums != NULL)
        panel_destroy(sums);
    return NULL;
}

/* The sums of a's rows: borrowed where remembered, else *owned and the caller's. */
static struct panel *row_sums(const struct dense *a, bool *owned, struct err *e)
{
    struct panel *sums = memo_find(a, a, MEMO_SUMS);
    *owned = false;
    if (sums != NULL || (sums = add_rows(a, e)) == NULL)
        return sums;
    *owned = !storage_lasts(a->storage) || !memo_keep(a, a, MEMO_SUMS, sums, panel_destroy);
    return sums;
}

/* F 1, or F' 1, to y. */
static bool end_sums(struct factor f, bool transposed, double *y, struct err *e)
{
    bool owned;
    if (f.diagonal) {
        const float *s = dense_data(f.dense, e);
        for (size_t i = 0; s != NULL && i < f.dense->cols; i++)
            y[i] = s[(ptrdiff_t)i * f.dense->col_stride];
        return s != NULL;
    }
    struct dense *a = transposed ? dense_transpose(f.dense) : dense_ref(f.dense);
    struct panel *sums = a ? row_sums(a, &owned, e) : NULL;
    if (sums != NULL)
        memcpy(y, sums->data, a->rows * sizeof *y);
    if (sums != NULL && owned)
        panel_destroy(sums);
    dense_unref(a);
    return sums != NULL;
}

/* 1' F 1. */
static bool factor_total(struct factor f, double *sum, struct err *e)
{
    size_t rows = factor_rows(f);
    double *sums = mem_new(rows, sizeof *sums);
    bool ok = end_sums(f, false, sums, e);
    *sum = 0;
    for (size_t i = 0; ok && i < rows; i++)
        *sum += sums[i];
    mem_free(sums);
    return ok;
}

/* 1' F1 (F2 ... Fn-1) Fn 1. */
static bool product_total(const struct term *t, double *sum, struct err *e)
{
    struct factor first = t->factors[0], last = t->factors[t->count - 1];
    struct term inner = {1, t->count - 2, t->factors + 1};
    size_t rows = first.dense->cols;
    double *left = mem_new(rows, sizeof *left), *read = mem_new(rows, sizeof *read);
    double *right = mem_new(factor_rows(last), sizeof *right);
    bool ok = end_sums(first, true, left, e) && end_sums(last, false, right, e) &&
              (inner.count == 0 || term_apply(&inner, false, right, read, rows, e));
    if (ok)
        *sum = vector_dot(left, inner.count > 0 ? read : right, rows);
    mem_free(left);
    mem_free(read);
    mem_free(right);
    return ok;
}

bool term_total(const struct term *t, double *sum, struct err *e)
{
    bool ok = t->count == 1 ? factor_total(t->factors[0], sum, e) : product_total(t, sum, e);
    if (ok)
        *sum *= t->scale;
    return ok;
}

static struct vector *apply(const struct matrix *a, bool transposed, const struct vector *x,
                            struct err *e)
{
    struct axis in = transposed ? a->row : a->col, out = transposed ? a->col : a->row;
    if (!axis_match(in, x->axis)) {
        axis_fail(in, x->axis, "the inner axes ", " do not match", e);
        return NULL;
    }
    struct vector *y = vector_new(out);
    for (size_t t = 0; t < a->count; t++)
        if (!term_apply(&a->terms[t], transposed, x->data, y->data, out.size, e)) {
            vector_unref(y);
            return NULL;
        }
    return y;
}

struct vector *matrix_apply(const struct matrix *a, const struct vector *x, struct err *e)
{
    return apply(a, false, x, e);
}

struct vector *matrix_apply_transposed(const struct matrix *a, const struct vector *x,
                                       struct err *e)
{
    return apply(a, true, x, e);
}

/* Row i (of_rows) or column i of a. */
static struct vector *line_of(const struct matrix *a, bool of_rows, size_t i, struct err *e)
{
    struct axis along = of_rows ? a->row : a->col;
    struct span one = {i, 1, 1}, all = {0, 1, of_rows ? a->col.size : a->row.size};
    struct matrix *part = matrix_slice(a, of_rows ? one : all, of_rows ? all : one, e);
    if (part == NULL)
        return NULL;
    struct vector *unit = vector_new(axis_slice(along, i, 1, 1));
    unit->data[0] = 1;
    struct vector *out = apply(part, of_rows, unit, e);
    vector_unref(unit);
    matrix_unref(part);
    return out;
}

struct vector *matrix_row(const struct matrix *a, size_t i, struct err *e)
{
    return line_of(a, true, i, e);
}

struct vector *matrix_col(const struct matrix *a, size_t j, struct err *e)
{
    return line_of(a, false, j, e);
}

/* Of a term of diagonals. */
static bool add_diagonal_term(const struct term *t, double *out, size_t n, struct err *e)
{
    double *product = mem_new(n, sizeof *product);
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        product[i] = t->scale;
    for (size_t f = 0; ok && f < t->count; f++) {
        const float *s = dense_data(t->factors[f].dense, e);
        ok = s != NULL;
        for (size_t i = 0; ok && i < n; i++)
            product[i] *= s[(ptrdiff_t)i * t->factors[f].dense->col_stride];
    }
    for (size_t i = 0; ok && i < n; i++)
        out[i] += product[i];
    mem_free(product);
    return ok;
}

static bool add_diagonal(const struct split_term *t, double *out, size_t n, struct err *e)
{
    const float *left = dense_data(t->left, e);
    const float *right = t->right && left ? dense_data(t->right, e) : NULL;
    if (left == NULL || (t->right != NULL && right == NULL))
        return false;
    for (size_t i = 0; i < n; i++) {
        const float *row = left + (ptrdiff_t)i * t->left->row_stride;
        if (right == NULL) {
            out[i] += t->scale * row[(ptrdiff_t)i * t->left->col_stride];
            continue;
        }
        const float *col = right + (ptrdiff_t)i * t->right->col_stride;
        double sum = 0;
        for (size_t k = 0; k < t->left->cols; k++)
            sum += (double)row[(ptrdiff_t)k * t->left->col_stride] *
                   col[(ptrdiff_t)k * t->right->row_stride];
        out[i] += t->scale * sum;
    }
    return true;
}

static bool add_term_diagonal(const struct matrix *a, size_t t, double *out, struct err *e)
{
    if (term_is_diagonal(&a->terms[t]))
        return add_diagonal_term(&a->terms[t], out, a->row.size, e);
    struct matrix one = {.row = a->row, .col = a->col, .count = 1, .terms = &a->terms[t]};
    struct split s;
    if (!matrix_split(&one, &s, e))
        return false;
    bool ok = add_diagonal(&s.terms[0], out, s.rows, e);
    split_free(&s);
    return ok;
}

struct vector *matrix_diagonal_of(const struct matrix *a, struct err *e)
{
    if (a->row.size != a->col.size) {
        err_set(e, ERR_AXES, "a %zu x %zu matrix has no diagonal: it is not square", a->row.size,
                a->col.size);
        return NULL;
    }
    struct vector *v = vector_new(a->row);
    for (size_t t = 0; v != NULL && t < a->count; t++)
        if (!add_term_diagonal(a, t, v->data, e)) {
            vector_unref(v);
            v = NULL;
        }
    return v;
}

static bool count_nonfinite(const struct dense *d, size_t *count, struct err *e)
{
    const float *data = dense_data(d, e);
    *count = 0;
    for (size_t i = 0; data != NULL && i < d->rows; i++)
        for (size_t j = 0; j < d->cols; j++)
            *count += !isfinite(data[(ptrdiff_t)i * d->row_stride + (ptrdiff_t)j * d->col_stride]);
    return data != NULL;
}

bool matrix_find_nonfinite(const struct matrix *a, const struct storage **where, size_t *count,
                           struct err *e)
{
    *where = NULL;
    for (size_t t = 0; t < a->count; t++)
        for (size_t i = 0; i < a->terms[t].count; i++) {
            const struct dense *d = a->terms[t].factors[i].dense;
            if (!count_nonfinite(d, count, e))
                return false;
            if (*count > 0) {
                *where = d->storage;
                return true;
            }
        }
    return true;
}

static const char *name_of(const struct storage *s)
{
    return s->name != NULL ? s->name : "a computed matrix";
}

bool matrix_nonfinite(const struct matrix *a, const char **name, size_t *count, struct err *e)
{
    const struct storage *where;
    bool ok = matrix_find_nonfinite(a, &where, count, e);
    *name = ok && where != NULL ? name_of(where) : NULL;
    return ok;
}

bool storage_blame_nonfinite(const struct storage *s, size_t count, struct err *e)
{
    if (s->source.blame != NULL)
        return s->source.blame(s->source.context, count, name_of(s), e);
    return err_set(e, ERR_NONFINITE, "%s holds %zu NaN or infinite value%s%s", name_of(s), count,
                   count == 1 ? "" : "s",
                   s->source.narrowed ? " (stored as F64; values beyond 3.4e38 are infinite here)"
                                      : "");
}
