/* Multiplying a factored matrix out, and applying it to vectors. */
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/num/matrix.h"
#include "bilens/num/panel.h"
#include "bilens/num/thin.h"

enum { CHAIN_MOST = 32 };

static struct strided strided_of(const struct dense *a, const float *data)
{
    return (struct strided){data, a->rows, a->cols, a->row_stride, a->col_stride};
}

/* A B, packing a side whose strides BLAS does not take. */
static struct dense *dense_multiply(const struct dense *a, const struct dense *b, struct err *e)
{
    const float *x = dense_data(a, e), *y = x ? dense_data(b, e) : NULL;
    float *out;
    struct dense *c = y == NULL ? NULL : dense_new(a->rows, b->cols, &out, e);
    if (c == NULL || blas_multiply_single(strided_of(a, x), strided_of(b, y), 0, out, b->cols))
        return c;
    dense_unref(c);
    struct dense *pa = dense_pack(a, e), *pb = pa ? dense_pack(b, e) : NULL;
    c = pb == NULL ? NULL : dense_multiply(pa, pb, e);
    dense_unref(pa);
    dense_unref(pb);
    return c;
}

/* diag(d) B, or with right A diag(d). */
static struct dense *dense_scale_by(const struct dense *a, const struct dense *d, bool right,
                                    struct err *e)
{
    const float *s = dense_data(d, e);
    struct dense *out = s == NULL ? NULL : dense_pack(a, e);
    if (out == NULL)
        return NULL;
    float *data = (float *)dense_data(out, e); /* ours alone until it is returned */
    for (size_t i = 0; i < a->rows; i++)
        for (size_t j = 0; j < a->cols; j++)
            data[i * a->cols + j] *= s[(ptrdiff_t)(right ? j : i) * d->col_stride];
    return out;
}

static struct factor factor_multiply(struct factor a, struct factor b, struct err *e)
{
    struct factor c = {.diagonal = a.diagonal && b.diagonal};
    if (a.diagonal && b.diagonal)
        c.dense = dense_scale_by(a.dense, b.dense, true, e);
    else if (a.diagonal)
        c.dense = dense_scale_by(b.dense, a.dense, false, e);
    else if (b.diagonal)
        c.dense = dense_scale_by(a.dense, b.dense, true, e);
    else
        c.dense = dense_multiply(a.dense, b.dense, e);
    return c;
}

static size_t factor_rows(struct factor f)
{
    return f.diagonal ? f.dense->cols : f.dense->rows;
}

/* Cost and best split of every run of factors: the classic matrix-chain order. */
struct plan {
    double cost[CHAIN_MOST][CHAIN_MOST];
    unsigned char at[CHAIN_MOST][CHAIN_MOST];
};

static void plan_chain(struct plan *p, const struct factor *f, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p->cost[i][i] = 0;
    for (size_t length = 2; length <= n; length++)
        for (size_t i = 0; i + length <= n; i++) {
            size_t j = i + length - 1;
            p->cost[i][j] = INFINITY;
            for (size_t k = i; k < j; k++) {
                double inner = f[k].diagonal || f[k + 1].diagonal ? 1 : (double)f[k].dense->cols;
                double own = (double)factor_rows(f[i]) * inner * (double)f[j].dense->cols;
                double cost = p->cost[i][k] + p->cost[k + 1][j] + own;
                if (cost < p->cost[i][j]) {
                    p->cost[i][j] = cost;
                    p->at[i][j] = (unsigned char)k;
                }
            }
        }
}

static struct factor run_plan(const struct plan *p, const struct factor *f, size_t i, size_t j,
                              struct err *e)
{
    if (i == j) {
        dense_ref(f[i].dense);
        return f[i];
    }
    size_t k = p->at[i][j];
    struct factor left = run_plan(p, f, i, k, e), right = {0}, out = {0};
    if (left.dense != NULL)
        right = run_plan(p, f, k + 1, j, e);
    if (right.dense != NULL)
        out = factor_multiply(left, right, e);
    dense_unref(left.dense);
    dense_unref(right.dense);
    return out;
}

/* The product of n factors, cheapest order; a diagonal result is written out. */
static struct dense *chain_multiply(const struct factor *f, size_t n, struct err *e)
{
    if (n > CHAIN_MOST) {
        err_set(e, ERR_UNSUPPORTED, "a product of more than %d factors; give a part of it a name "
                "after multiplying it out", CHAIN_MOST);
        return NULL;
    }
    struct plan *p = mem_alloc(sizeof *p);
    if (p == NULL) {
        err_memory(e);
        return NULL;
    }
    plan_chain(p, f, n);
    struct factor out = run_plan(p, f, 0, n - 1, e);
    mem_free(p);
    if (out.dense == NULL || !out.diagonal)
        return out.dense;
    const float *s = dense_data(out.dense, e);
    float *data;
    size_t size = out.dense->cols;
    struct dense *full = s == NULL ? NULL : dense_new(size, size, &data, e);
    for (size_t i = 0; full != NULL && i < size; i++)
        data[i * size + i] = s[(ptrdiff_t)i * out.dense->col_stride];
    dense_unref(out.dense);
    return full;
}

/* Where to part a term: after the factor with the fewest columns. */
static size_t narrowest(const struct term *t)
{
    size_t best = 0;
    for (size_t i = 0; i + 1 < t->count; i++)
        if (t->factors[i].dense->cols < t->factors[best].dense->cols)
            best = i;
    return best;
}

static bool split_term(struct split_term *to, const struct term *t, size_t rows, size_t cols,
                       struct err *e)
{
    to->scale = t->scale;
    size_t at = narrowest(t);
    size_t inner = t->factors[at].dense->cols;
    /* A whole product that is no larger than its halves is better multiplied out. */
    bool out = t->count == 1 || rows * cols <= inner * (rows + cols);
    if (out) {
        to->left = chain_multiply(t->factors, t->count, e);
        return to->left != NULL;
    }
    to->left = chain_multiply(t->factors, at + 1, e);
    if (to->left != NULL)
        to->right = chain_multiply(t->factors + at + 1, t->count - at - 1, e);
    return to->right != NULL;
}

bool matrix_split(const struct matrix *a, struct split *out, struct err *e)
{
    *out = (struct split){.rows = a->row.size, .cols = a->col.size};
    out->terms = mem_new(a->count, sizeof *out->terms);
    if (out->terms == NULL)
        return err_memory(e);
    for (size_t t = 0; t < a->count; t++) {
        out->count++;
        if (!split_term(&out->terms[t], &a->terms[t], a->row.size, a->col.size, e)) {
            split_free(out);
            return false;
        }
    }
    return true;
}

void split_free(struct split *s)
{
    for (size_t t = 0; t < s->count; t++) {
        dense_unref(s->terms[t].left);
        dense_unref(s->terms[t].right);
    }
    mem_free(s->terms);
    *s = (struct split){0};
}

static struct strided strided_part(const struct dense *a, const float *data, size_t row,
                                   size_t rows, size_t col, size_t cols)
{
    const float *from = data + (ptrdiff_t)row * a->row_stride + (ptrdiff_t)col * a->col_stride;
    return (struct strided){from, rows, cols, a->row_stride, a->col_stride};
}

static void add_scaled(struct strided from, double scale, float *out, size_t ld)
{
    for (size_t i = 0; i < from.rows; i++)
        for (size_t j = 0; j < from.cols; j++)
            out[i * ld + j] += (float)scale * from.data[(ptrdiff_t)i * from.row_stride +
                                                        (ptrdiff_t)j * from.col_stride];
}

/* out += scale * left right, for one tile of one term with two sides. */
static bool add_product(const struct split_term *t, struct strided left, struct strided right,
                        float *out, size_t ld, struct err *e)
{
    if (t->scale == 1 && blas_multiply_single(left, right, 1, out, ld))
        return true;
    float *tile = mem_alloc(left.rows * right.cols * sizeof *tile);
    if (tile == NULL)
        return err_memory(e);
    bool ok = blas_multiply_single(left, right, 0, tile, right.cols);
    struct strided product = {tile, left.rows, right.cols, (ptrdiff_t)right.cols, 1};
    if (!ok) /* odd strides: plain loops, rare */
        for (size_t i = 0; i < left.rows; i++)
            for (size_t j = 0; j < right.cols; j++) {
                double sum = 0;
                for (size_t k = 0; k < left.cols; k++)
                    sum += (double)left.data[(ptrdiff_t)i * left.row_stride +
                                             (ptrdiff_t)k * left.col_stride] *
                           right.data[(ptrdiff_t)k * right.row_stride +
                                      (ptrdiff_t)j * right.col_stride];
                tile[i * right.cols + j] = (float)sum;
            }
    add_scaled(product, t->scale, out, ld);
    mem_free(tile);
    return true;
}

bool split_tile(const struct split *s, size_t row, size_t rows, size_t col, size_t cols, float *out,
                size_t ld, struct err *e)
{
    for (size_t i = 0; i < rows; i++)
        memset(out + i * ld, 0, cols * sizeof *out);
    for (size_t n = 0; n < s->count; n++) {
        const struct split_term *t = &s->terms[n];
        const float *left = dense_data(t->left, e);
        const float *right = t->right && left ? dense_data(t->right, e) : NULL;
        if (left == NULL || (t->right != NULL && right == NULL))
            return false;
        if (t->right == NULL)
            add_scaled(strided_part(t->left, left, row, rows, col, cols), t->scale, out, ld);
        else if (!add_product(t, strided_part(t->left, left, row, rows, 0, t->left->cols),
                              strided_part(t->right, right, 0, t->right->rows, col, cols), out, ld,
                              e))
            return false;
    }
    return true;
}

static bool within_budget(size_t rows, size_t cols, size_t limit, struct err *e)
{
    double bytes = (double)rows * (double)cols * sizeof(float);
    if (bytes <= (double)limit)
        return true;
    return err_set(e, ERR_BUDGET,
                   "all %zu x %zu entries take %.3g GB, over the memory budget of %.3g GB; ask for "
                   "a part ([:256, :256]), or raise it with: set memory",
                   rows, cols, bytes / 1e9, (double)limit / 1e9);
}

struct dense *matrix_dense(const struct matrix *a, size_t limit, struct err *e)
{
    struct split s;
    if (!within_budget(a->row.size, a->col.size, limit, e))
        return NULL;
    if (matrix_is_dense(a) && a->terms[0].scale == 1)
        return dense_ref(a->terms[0].factors[0].dense);
    if (!matrix_split(a, &s, e))
        return NULL;
    float *data;
    struct dense *d = dense_new(s.rows, s.cols, &data, e);
    if (d != NULL && !split_tile(&s, 0, s.rows, 0, s.cols, data, s.cols, e)) {
        dense_unref(d);
        d = NULL;
    }
    split_free(&s);
    return d;
}

struct matrix *matrix_cat(const struct matrix *a, const struct matrix *b, size_t limit,
                          struct err *e)
{
    if (!axis_match(a->row, b->row)) {
        err_set(e, ERR_AXES, "cat puts columns side by side: the row axes %s (%zu) and %s (%zu) "
                "do not match", axis_kind_name(a->row.kind), a->row.size,
                axis_kind_name(b->row.kind), b->row.size);
        return NULL;
    }
    size_t rows = a->row.size, cols = a->col.size + b->col.size;
    struct split left, right;
    if (!within_budget(rows, cols, limit, e) || !matrix_split(a, &left, e))
        return NULL;
    if (!matrix_split(b, &right, e)) {
        split_free(&left);
        return NULL;
    }
    float *data;
    struct dense *d = dense_new(rows, cols, &data, e);
    bool ok = d != NULL && split_tile(&left, 0, rows, 0, a->col.size, data, cols, e) &&
              split_tile(&right, 0, rows, 0, b->col.size, data + a->col.size, cols, e);
    split_free(&left);
    split_free(&right);
    enum axis_kind kind = a->col.kind == b->col.kind ? a->col.kind : AXIS_INDEX;
    struct matrix *c = ok ? matrix_from_dense(d, a->row, axis_make(kind, cols, NULL), e) : NULL;
    dense_unref(d);
    return c;
}

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

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* y += scale * term x (or term' x), through two buffers of the widest factor's size. */
static bool term_apply(const struct term *t, bool transposed, const double *x, double *y,
                       size_t size, struct err *e)
{
    size_t widest = size;
    for (size_t i = 0; i < t->count; i++)
        widest = larger(widest, larger(factor_rows(t->factors[i]), t->factors[i].dense->cols));
    double *buffer = mem_alloc(2 * widest * sizeof *buffer);
    if (buffer == NULL)
        return err_memory(e);
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

static struct vector *apply(const struct matrix *a, bool transposed, const struct vector *x,
                            struct err *e)
{
    struct axis in = transposed ? a->row : a->col, out = transposed ? a->col : a->row;
    if (!axis_match(in, x->axis)) {
        err_set(e, ERR_AXES, "the inner axes %s (%zu) and %s (%zu) do not match",
                axis_kind_name(in.kind), in.size, axis_kind_name(x->axis.kind), x->axis.size);
        return NULL;
    }
    struct vector *y = vector_new(out, e);
    for (size_t t = 0; y != NULL && t < a->count; t++)
        if (!term_apply(&a->terms[t], transposed, x->data, y->data, out.size, e)) {
            vector_unref(y);
            y = NULL;
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
    struct vector *unit = vector_new(axis_slice(along, i, 1, 1), e);
    struct vector *out = NULL;
    if (unit != NULL) {
        unit->data[0] = 1;
        out = apply(part, of_rows, unit, e);
    }
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

struct vector *matrix_diagonal_of(const struct matrix *a, struct err *e)
{
    if (a->row.size != a->col.size) {
        err_set(e, ERR_AXES, "a %zu x %zu matrix has no diagonal: it is not square", a->row.size,
                a->col.size);
        return NULL;
    }
    struct split s;
    if (!matrix_split(a, &s, e))
        return NULL;
    struct vector *v = vector_new(a->row, e);
    for (size_t t = 0; v != NULL && t < s.count; t++)
        if (!add_diagonal(&s.terms[t], v->data, s.rows, e)) {
            vector_unref(v);
            v = NULL;
        }
    split_free(&s);
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

bool matrix_nonfinite(const struct matrix *a, const char **name, size_t *count, struct err *e)
{
    *name = NULL;
    for (size_t t = 0; t < a->count; t++)
        for (size_t i = 0; i < a->terms[t].count; i++) {
            const struct dense *d = a->terms[t].factors[i].dense;
            if (!count_nonfinite(d, count, e))
                return false;
            if (*count > 0) {
                *name = d->storage->name ? d->storage->name : "a computed matrix";
                return true;
            }
        }
    return true;
}
