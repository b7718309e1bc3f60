/* Multiplying a factored matrix out. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/num/finite.h"
#include "bilens/num/panel.h"
#include "internal.h"

static struct strided strided_of(const struct dense *a, const float *data)
{
    return (struct strided){data, a->rows, a->cols, a->row_stride, a->col_stride};
}

/* A B, packing a side whose strides BLAS does not take. */
static struct dense *dense_multiply(const struct dense *a, const struct dense *b, struct err *e)
{
    const float *x = dense_data(a, e), *y = x ? dense_data(b, e) : NULL;
    float *out;
    struct dense *c = y == NULL ? NULL : dense_room(a->rows, b->cols, &out, e);
    if (c == NULL || blas_multiply_single(strided_of(a, x), strided_of(b, y), 0, out, b->cols))
        return c;
    dense_unref(c);
    struct dense *pa = dense_pack(a, e), *pb = pa ? dense_pack(b, e) : NULL;
    c = pb == NULL ? NULL : dense_multiply(pa, pb, e);
    dense_unref(pa);
    dense_unref(pb);
    return c;
}

void scale_row(const float *from, ptrdiff_t step, const float *by, ptrdiff_t by_step, size_t n,
               float *to)
{
    if (step == 1 && by_step == 0)
        for (size_t j = 0; j < n; j++)
            to[j] = from[j] * *by;
    else
        for (size_t j = 0; j < n; j++)
            to[j] = from[(ptrdiff_t)j * step] * by[(ptrdiff_t)j * by_step];
}

/* diag(d) A, or with right A diag(d). */
static struct dense *dense_scale_by(const struct dense *a, const struct dense *d, bool right,
                                    struct err *e)
{
    const float *s = dense_data(d, e), *from = s ? dense_data(a, e) : NULL;
    float *data;
    struct dense *out = from ? dense_room(a->rows, a->cols, &data, e) : NULL;
    for (size_t i = 0; out != NULL && i < a->rows; i++)
        scale_row(from + (ptrdiff_t)i * a->row_stride, a->col_stride,
                  right ? s : s + (ptrdiff_t)i * d->col_stride, right ? d->col_stride : 0, a->cols,
                  data + i * a->cols);
    return out;
}

/* The least that counts as too much: far more than any core, far less than a vocabulary's
 * square. */
static const double INTERMEDIATE_MOST = (double)(1 << 30);

bool intermediate_fits(size_t rows, size_t cols, struct err *e)
{
    double bytes = (double)rows * (double)cols * sizeof(float);
    if (bytes <= INTERMEDIATE_MOST)
        return true;
    return err_set(e, ERR_BUDGET,
                   "this writes out %zu x %zu entries on the way, %.3g GB, and bilens stops at "
                   "%.3g GB there; take a part of it first ([:256, :256])",
                   rows, cols, bytes / 1e9, INTERMEDIATE_MOST / 1e9);
}

/* Is A B larger than both, and more than memory should hold? */
static bool product_fits(const struct dense *a, const struct dense *b, struct err *e)
{
    size_t entries = a->rows * b->cols;
    return entries <= a->rows * a->cols || entries <= b->rows * b->cols ||
           intermediate_fits(a->rows, b->cols, e);
}

struct factor factor_multiply(struct factor a, struct factor b, struct err *e)
{
    struct factor c = {.diagonal = a.diagonal && b.diagonal};
    if (a.diagonal && b.diagonal)
        c.dense = dense_scale_by(a.dense, b.dense, true, e);
    else if (a.diagonal)
        c.dense = dense_scale_by(b.dense, a.dense, false, e);
    else if (b.diagonal)
        c.dense = dense_scale_by(a.dense, b.dense, true, e);
    else if (product_fits(a.dense, b.dense, e))
        c.dense = dense_multiply(a.dense, b.dense, e);
    return c;
}

/* Cost and best split of every run of n factors: the classic matrix-chain order. */
struct plan {
    size_t n;
    double *cost; /* of factors i to j at i * n + j */
    size_t *at;
};

static void plan_chain(struct plan *p, const struct factor *f)
{
    size_t n = p->n;
    for (size_t length = 2; length <= n; length++)
        for (size_t i = 0; i + length <= n; i++) {
            size_t j = i + length - 1;
            double least = INFINITY;
            for (size_t k = i; k < j; k++) {
                double inner = f[k].diagonal || f[k + 1].diagonal ? 1 : (double)f[k].dense->cols;
                double own = (double)factor_rows(f[i]) * inner * (double)f[j].dense->cols;
                double cost = p->cost[i * n + k] + p->cost[(k + 1) * n + j] + own;
                if (cost < least) {
                    least = cost;
                    p->at[i * n + j] = k;
                }
            }
            p->cost[i * n + j] = least;
        }
}

static struct factor run_plan(const struct plan *p, const struct factor *f, size_t i, size_t j,
                              struct err *e)
{
    if (i == j) {
        dense_ref(f[i].dense);
        return f[i];
    }
    size_t k = p->at[i * p->n + j];
    struct factor left = run_plan(p, f, i, k, e), right = {0}, out = {0};
    if (left.dense != NULL)
        right = run_plan(p, f, k + 1, j, e);
    if (right.dense != NULL)
        out = factor_multiply(left, right, e);
    dense_unref(left.dense);
    dense_unref(right.dense);
    return out;
}

/* A diagonal, which is consumed, with its zeros. */
static struct dense *write_out_diagonal(struct dense *d, struct err *e)
{
    size_t size = d->cols;
    const float *s = dense_data(d, e);
    float *data;
    struct dense *full = NULL;
    if (s != NULL && intermediate_fits(size, size, e))
        full = dense_new(size, size, &data, e);
    for (size_t i = 0; full != NULL && i < size; i++)
        data[i * size + i] = s[(ptrdiff_t)i * d->col_stride];
    dense_unref(d);
    return full;
}

/* The product of n factors, cheapest order; a diagonal result is written out. */
static struct dense *chain_multiply(const struct factor *f, size_t n, struct err *e)
{
    struct plan p = {n, mem_new(n * n, sizeof *p.cost), mem_new(n * n, sizeof *p.at)};
    plan_chain(&p, f);
    struct factor out = run_plan(&p, f, 0, n - 1, e);
    mem_free(p.cost);
    mem_free(p.at);
    return out.dense != NULL && out.diagonal ? write_out_diagonal(out.dense, e) : out.dense;
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

/* A whole product that is no larger than its halves is better multiplied out. */
static bool multiplies_out(const struct term *t, size_t rows, size_t cols)
{
    return t->count == 1 || rows * cols <= t->factors[narrowest(t)].dense->cols * (rows + cols);
}

static bool split_factors(struct split_term *to, const struct term *t, size_t rows, size_t cols,
                          struct err *e)
{
    to->scale = t->scale;
    size_t at = narrowest(t);
    if (multiplies_out(t, rows, cols)) {
        to->left = chain_multiply(t->factors, t->count, e);
        return to->left != NULL;
    }
    to->left = chain_multiply(t->factors, at + 1, e);
    if (to->left != NULL)
        to->right = chain_multiply(t->factors + at + 1, t->count - at - 1, e);
    return to->right != NULL;
}

static bool split_term(struct split_term *to, const struct term *t, size_t rows, size_t cols,
                       struct err *e)
{
    struct term near_one;
    if (!term_rescale(t, &near_one, e))
        return false;
    bool ok = split_factors(to, near_one.count > 0 ? &near_one : t, rows, cols, e);
    term_free(&near_one);
    return ok;
}

size_t matrix_split_width(const struct matrix *a)
{
    size_t width = 0;
    for (size_t t = 0; t < a->count; t++) {
        if (multiplies_out(&a->terms[t], a->row.size, a->col.size))
            return 0;
        width += a->terms[t].factors[narrowest(&a->terms[t])].dense->cols;
    }
    return width;
}

bool matrix_split(const struct matrix *a, struct split *out, struct err *e)
{
    *out = (struct split){.rows = a->row.size, .cols = a->col.size};
    out->terms = mem_new(a->count, sizeof *out->terms);
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
            out[i * ld + j] +=
                (float)(scale *
                        from.data[(ptrdiff_t)i * from.row_stride + (ptrdiff_t)j * from.col_stride]);
}

/* out += scale * left right, or with `alone` out := that, for one tile of one term with two sides.
 */
static bool add_product(const struct split_term *t, struct strided left, struct strided right,
                        bool alone, float *out, size_t ld, struct err *e)
{
    float scale = (float)t->scale; /* 0 and infinity would say something else */
    if (fabsf(scale) >= FLT_MIN && fabsf(scale) <= FLT_MAX &&
        blas_multiply_scaled(scale, left, right, alone ? 0 : 1, out, ld))
        return true;
    float *tile = mem_try_alloc(left.rows * right.cols * sizeof *tile);
    if (tile == NULL)
        return err_memory(e);
    bool ok = blas_multiply_single(left, right, 0, tile, right.cols);
    struct strided product = {tile, left.rows, right.cols, (ptrdiff_t)right.cols, 1};
    if (!ok) /* odd strides: plain loops, rare */
        for (size_t i = 0; i < left.rows; i++)
            for (size_t j = 0; j < right.cols; j++) {
                double sum = 0;
                for (size_t k = 0; k < left.cols; k++)
                    sum +=
                        (double)left
                            .data[(ptrdiff_t)i * left.row_stride + (ptrdiff_t)k * left.col_stride] *
                        right.data[(ptrdiff_t)k * right.row_stride +
                                   (ptrdiff_t)j * right.col_stride];
                tile[i * right.cols + j] = (float)sum;
            }
    for (size_t i = 0; alone && i < left.rows; i++)
        memset(out + i * ld, 0, right.cols * sizeof *out);
    add_scaled(product, t->scale, out, ld);
    mem_free(tile);
    return true;
}

bool split_tile(const struct split *s, size_t row, size_t rows, size_t col, size_t cols, float *out,
                size_t ld, struct err *e)
{
    bool begun = s->count > 0 && s->terms[0].right != NULL; /* the first term writes over it */
    for (size_t i = 0; !begun && i < rows; i++)
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
                              strided_part(t->right, right, 0, t->right->rows, col, cols), n == 0,
                              out, ld, e))
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

/* Was the whole matrix multiplied out already? */
static bool split_is_whole(const struct split *s)
{
    return s->count == 1 && s->terms[0].right == NULL && s->terms[0].scale == 1;
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
    struct dense *d =
        split_is_whole(&s) ? dense_ref(s.terms[0].left) : dense_room(s.rows, s.cols, &data, e);
    if (d != NULL && !split_is_whole(&s) &&
        !(split_tile(&s, 0, s.rows, 0, s.cols, data, s.cols, e) &&
          single_holds(a, data, s.rows, s.cols, s.cols, e))) {
        dense_unref(d);
        d = NULL;
    }
    split_free(&s);
    return d;
}

static bool blas_takes(const struct dense *a)
{
    return (a->col_stride == 1 && a->row_stride >= (ptrdiff_t)a->cols) ||
           (a->row_stride == 1 && a->col_stride >= (ptrdiff_t)a->rows);
}

struct dense *matrix_dense_for_blas(const struct matrix *a, struct err *e)
{
    struct dense *d = matrix_dense(a, SIZE_MAX, e);
    if (d == NULL || (blas_takes(d) && dense_data(d, e) != NULL))
        return d;
    struct dense *packed = dense_pack(d, e);
    dense_unref(d);
    return packed;
}

/* Columns that go on where a's end keep their places' names, others are only counted. */
static struct axis joined_axis(struct axis a, struct axis b)
{
    size_t size = a.size + b.size;
    ptrdiff_t next = (ptrdiff_t)a.start + (ptrdiff_t)a.size * a.step;
    struct axis whole = b;
    whole.size = a.size;
    whole.start = a.start;
    if (!axis_match(a, whole) || a.kind != b.kind || (a.labels == NULL) != (b.labels == NULL) ||
        a.step != b.step || (ptrdiff_t)b.start != next)
        return axis_make(AXIS_INDEX, size, NULL);
    a.size = size;
    return a;
}

struct matrix *matrix_cat(const struct matrix *a, const struct matrix *b, size_t limit,
                          struct err *e)
{
    if (!axis_match(a->row, b->row)) {
        axis_fail(a->row, b->row, "cat puts columns side by side: the row axes ", " do not match",
                  e);
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
              split_tile(&right, 0, rows, 0, b->col.size, data + a->col.size, cols, e) &&
              single_holds(a, data, rows, a->col.size, cols, e) &&
              single_holds(b, data + a->col.size, rows, b->col.size, cols, e);
    split_free(&left);
    split_free(&right);
    struct matrix *c = ok ? matrix_from_dense(d, a->row, joined_axis(a->col, b->col)) : NULL;
    dense_unref(d);
    return c;
}
