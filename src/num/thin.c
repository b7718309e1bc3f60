#include "bilens/num/thin.h"

#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "internal.h"
#include "memo.h"

enum { BLOCK_ROWS = 512, QR_ROWS = 4096 };

static void panel_destroy(void *object)
{
    struct panel *p = object;
    panel_free(p);
    mem_free(p);
}

/* Rows [first, first + count) of a as doubles, row-major. */
static void widen_rows(const struct dense *a, const float *data, size_t first, size_t count,
                       double *out)
{
    for (size_t i = 0; i < count; i++) {
        const float *row = data + (ptrdiff_t)(first + i) * a->row_stride;
        double *to = out + i * a->cols;
        if (a->col_stride == 1)
            for (size_t j = 0; j < a->cols; j++)
                to[j] = row[j];
        else
            for (size_t j = 0; j < a->cols; j++)
                to[j] = row[(ptrdiff_t)j * a->col_stride];
    }
}

static void mirror_upper(struct panel *g)
{
    for (size_t j = 0; j < g->cols; j++)
        for (size_t i = 0; i < j; i++)
            g->data[j + i * g->rows] = g->data[i + j * g->rows];
}

/* A'B by blocks of rows, so that the doubles stay in the cache. */
static bool cross_compute(const struct dense *a, const struct dense *b, struct panel *g,
                          struct err *e)
{
    bool same = dense_same_view(a, b);
    const float *from_a = dense_data(a, e), *from_b = from_a ? dense_data(b, e) : NULL;
    if (from_b == NULL)
        return false;
    double *block_a = mem_try_alloc(BLOCK_ROWS * a->cols * sizeof *block_a);
    double *block_b = same ? block_a : mem_try_alloc(BLOCK_ROWS * b->cols * sizeof *block_b);
    *g = panel_new(a->cols, b->cols, e);
    bool ok = block_a != NULL && block_b != NULL && g->data != NULL;
    for (size_t i = 0; ok && i < a->rows; i += BLOCK_ROWS) {
        size_t count = smaller(BLOCK_ROWS, a->rows - i);
        widen_rows(a, from_a, i, count, block_a);
        if (same) {
            blas_gram_add(block_a, count, a->cols, g->data);
            continue;
        }
        widen_rows(b, from_b, i, count, block_b);
        struct panel pa = {a->cols, count, block_a}, pb = {b->cols, count, block_b};
        panel_multiply(1, &pa, false, &pb, true, 1, g);
    }
    if (same && ok)
        mirror_upper(g);
    mem_free(block_a);
    if (!same)
        mem_free(block_b);
    if (!ok)
        panel_free(g);
    return ok || err_memory(e);
}

struct cross thin_cross(struct dense *a, struct dense *b, struct err *e)
{
    /* One order for each pair, so that storages never refer to each other in a ring. */
    bool flip = a->storage > b->storage;
    struct dense *first = flip ? b : a, *second = flip ? a : b;
    struct panel *g = memo_find(first, second, MEMO_GRAM);
    struct cross out = {.transposed = flip, .panel = g};
    if (g != NULL)
        return out;
    g = mem_new(1, sizeof *g);
    if (!cross_compute(first, second, g, e)) {
        mem_free(g);
        return out;
    }
    out.panel = g;
    out.owned = !(storage_lasts(first->storage) && storage_lasts(second->storage) &&
                  memo_keep(first, second, MEMO_GRAM, g, panel_destroy));
    return out;
}

void thin_cross_done(struct cross *c)
{
    if (c->owned)
        panel_destroy((void *)c->panel);
    *c = (struct cross){0};
}

/* The Gram matrix of the parts side by side. */
static bool joint_gram(struct dense *const *parts, size_t count, struct panel *g, struct err *e)
{
    size_t dims = 0;
    for (size_t i = 0; i < count; i++)
        dims += parts[i]->cols;
    *g = panel_new(dims, dims, e);
    if (g->data == NULL)
        return false;
    for (size_t p = 0, col = 0; p < count; col += parts[p++]->cols) {
        for (size_t q = 0, row = 0; q <= p; row += parts[q++]->cols) {
            struct cross c = thin_cross(parts[q], parts[p], e);
            if (c.panel == NULL) {
                panel_free(g);
                return false;
            }
            for (size_t j = 0; j < parts[p]->cols; j++)
                for (size_t i = 0; i < parts[q]->cols; i++) {
                    size_t at = c.transposed ? j + i * c.panel->rows : i + j * c.panel->rows;
                    g->data[row + i + (col + j) * dims] = c.panel->data[at];
                }
            thin_cross_done(&c);
        }
    }
    mirror_upper(g);
    return true;
}

/* What brings the columns to unit length, from the diagonal of their Gram matrix. Without
 * it a large column would hide what the small ones say to each other, and the next factor
 * of a product may well cancel the large one. */
static double *column_scales(const struct panel *g)
{
    double *scales = mem_new(g->cols, sizeof *scales);
    for (size_t j = 0; j < g->cols; j++) {
        double length = sqrt(g->data[j + j * g->rows]);
        scales[j] = length > 0 ? 1 / length : 1;
    }
    return scales;
}

/* From triangular R of the scaled columns, if its condition is at most `most`: R := R S^-1
 * and X := S R^-1. Pivots alone do not bound a condition (Kahan's triangle), the inverse
 * does. Where it does not fit, R is left as it was. */
static bool thin_by_inverse(struct thin *t, const double *scales, double most, bool *fits,
                            struct err *e)
{
    size_t n = t->r.rows;
    *fits = true;
    for (size_t i = 0; *fits && i < n; i++)
        *fits = fabs(t->r.data[i + i * n]) * most >= 1;
    if (!*fits)
        return true;
    t->x = panel_copy(&t->r, e);
    if (t->x.data == NULL || !lapack_invert_upper(&t->x, e))
        return false;
    *fits = t->upper = panel_norm(&t->x) <= most;
    if (!*fits)
        panel_free(&t->x);
    for (size_t j = 0; *fits && j < n; j++)
        for (size_t i = 0; i < n; i++) {
            t->r.data[i + j * n] /= scales[j];
            t->x.data[i + j * n] *= scales[i];
        }
    return true;
}

/* Cholesky of the Gram matrix, where the columns are clearly independent: that squares the
 * condition, so that Q is orthonormal to 1e-16 times its square. */
static bool thin_by_cholesky(const struct panel *g, const double *scales, struct thin *t,
                             bool *fits, struct err *e)
{
    t->r = panel_copy(g, e);
    if (t->r.data == NULL)
        return false;
    for (size_t j = 0; j < g->cols; j++)
        for (size_t i = 0; i < g->rows; i++)
            t->r.data[i + j * g->rows] *= scales[i] * scales[j];
    *fits = lapack_cholesky(&t->r);
    bool ok = !*fits || thin_by_inverse(t, scales, 1e4, fits, e);
    if (!*fits)
        panel_free(&t->r);
    return ok;
}

/* Rows [first, first + count) of the parts side by side, below r. */
static struct panel stack_rows(const struct panel *r, struct dense *const *parts, size_t count,
                               size_t first, size_t rows, struct err *e)
{
    size_t n = r->cols;
    struct panel block = panel_new(n + rows, n, e);
    for (size_t j = 0; block.data != NULL && j < n; j++)
        memcpy(block.data + j * block.rows, r->data + j * n, n * sizeof *r->data);
    for (size_t p = 0, col = 0; block.data != NULL && p < count; col += parts[p++]->cols) {
        const struct dense *a = parts[p];
        const float *data = dense_data(a, e);
        if (data == NULL) {
            panel_free(&block);
            return block;
        }
        for (size_t j = 0; j < a->cols; j++)
            for (size_t i = 0; i < rows; i++)
                block.data[n + i + (col + j) * block.rows] =
                    data[(ptrdiff_t)(first + i) * a->row_stride + (ptrdiff_t)j * a->col_stride];
    }
    return block;
}

/* R of Householder QR in double precision, a block of rows at a time on top of which the R
 * of those before stands, so that the doubles stay few. Right to 1e-16 of each column. */
static bool tall_triangle(struct dense *const *parts, size_t count, size_t dims, struct panel *r,
                          struct err *e)
{
    *r = panel_new(dims, dims, e);
    bool ok = r->data != NULL;
    for (size_t i = 0; ok && i < parts[0]->rows; i += QR_ROWS) {
        struct panel block =
            stack_rows(r, parts, count, i, smaller(QR_ROWS, parts[0]->rows - i), e);
        ok = block.data != NULL && lapack_triangle(&block, r, e);
        panel_free(&block);
    }
    return ok;
}

/* Of dependent columns: the scaled R = U W V', which tells the rank, and then
 * R := W V' S^-1, X := S V W^-1 of that rank. */
static bool thin_by_svd(struct thin *t, const double *scales, struct err *e)
{
    size_t n = t->r.rows, rank = 0;
    double *w = mem_new(n, sizeof *w);
    struct panel u = panel_new(n, n, e), vt = panel_new(n, n, e);
    bool ok = u.data != NULL && vt.data != NULL && lapack_svd(&t->r, w, &u, &vt, e);
    while (ok && rank < n && w[rank] > 1e-12 * w[0])
        rank++;
    panel_free(&t->r);
    if (ok) {
        t->r = panel_new(rank, n, e);
        t->x = panel_new(n, rank, e);
        ok = t->r.data != NULL && t->x.data != NULL;
    }
    for (size_t k = 0; ok && k < rank; k++)
        for (size_t i = 0; i < n; i++) {
            double entry = vt.data[k + i * n];
            t->r.data[k + i * rank] = w[k] * entry / scales[i];
            t->x.data[i + k * n] = scales[i] * entry / w[k];
        }
    mem_free(w);
    panel_free(&u);
    panel_free(&vt);
    return ok;
}

static bool thin_by_householder(struct dense *const *parts, size_t count, const double *scales,
                                size_t dims, struct thin *t, struct err *e)
{
    bool fits;
    if (!tall_triangle(parts, count, dims, &t->r, e))
        return false;
    for (size_t j = 0; j < dims; j++)
        for (size_t i = 0; i < dims; i++)
            t->r.data[i + j * dims] *= scales[j];
    return thin_by_inverse(t, scales, 1e10, &fits, e) && (fits || thin_by_svd(t, scales, e));
}

static bool thin_compute(struct dense *const *parts, size_t count, struct thin *t, struct err *e)
{
    struct panel g;
    if (!joint_gram(parts, count, &g, e))
        return false;
    bool fits = false, ok = panel_finite(&g);
    if (!ok)
        err_set(e, ERR_NONFINITE, "a matrix holds NaN or infinite values");
    double *scales = ok ? column_scales(&g) : NULL;
    ok = scales != NULL && thin_by_cholesky(&g, scales, t, &fits, e);
    size_t dims = g.cols;
    panel_free(&g);
    if (ok && !fits)
        ok = thin_by_householder(parts, count, scales, dims, t, e);
    mem_free(scales);
    if (!ok) {
        panel_free(&t->r);
        panel_free(&t->x);
    }
    return ok;
}

void thin_free(const struct thin *t)
{
    if (t == NULL)
        return;
    struct thin *mine = (struct thin *)t;
    panel_free(&mine->r);
    panel_free(&mine->x);
    mem_free(mine);
}

static void thin_destroy(void *object)
{
    thin_free(object);
}

const struct thin *thin_get(struct dense *const *parts, size_t count, bool *owned, struct err *e)
{
    struct dense *other = parts[count - 1];
    bool kept = count == 1 ||
                (count == 2 && storage_lasts(parts[0]->storage) && storage_lasts(other->storage));
    const struct thin *known = kept ? memo_find(parts[0], other, MEMO_THIN) : NULL;
    *owned = !kept;
    if (known != NULL)
        return known;
    struct thin *t = mem_new(1, sizeof *t);
    if (!thin_compute(parts, count, t, e)) {
        mem_free(t);
        return NULL;
    }
    *owned = !kept || !memo_keep(parts[0], other, MEMO_THIN, t, thin_destroy);
    return t;
}

/* y += A x for four columns of A: each alone would read and write y again. */
static void add_columns(const float *const *columns, const double *x, size_t n, double *y)
{
    const float *a = columns[0], *b = columns[1], *c = columns[2], *d = columns[3];
    for (size_t i = 0; i < n; i++)
        y[i] += (a[i] * x[0] + b[i] * x[1]) + (c[i] * x[2] + d[i] * x[3]);
}

/* Where A's columns lie together: adds them up. Those that are left over from the fours go one
 * by one: filling up with zero times another column would make NaN of its infinities. */
static void apply_by_columns(const struct dense *a, const float *data, const double *x, double *y)
{
    enum { FOUR = 4 };
    memset(y, 0, a->rows * sizeof *y);
    for (size_t j = 0; j + FOUR <= a->cols; j += FOUR) {
        const float *columns[FOUR];
        for (size_t k = 0; k < FOUR; k++)
            columns[k] = data + (ptrdiff_t)(j + k) * a->col_stride;
        add_columns(columns, x + j, a->rows, y);
    }
    for (size_t j = a->cols - a->cols % FOUR; j < a->cols; j++) {
        const float *column = data + (ptrdiff_t)j * a->col_stride;
        for (size_t i = 0; i < a->rows; i++)
            y[i] += column[i] * x[j];
    }
}

bool dense_apply_panel(const struct dense *a, const struct panel *x, struct panel *y, struct err *e)
{
    enum { ROWS = 64 }; /* widened at a time, so that they stay in the cache */
    const float *data = dense_data(a, e);
    if (data == NULL)
        return false;
    if (a->row_stride == 1 && a->col_stride != 1 && x->cols == 1) {
        apply_by_columns(a, data, x->data, y->data);
        return true;
    }
    double *block = mem_try_alloc(ROWS * a->cols * sizeof *block);
    if (block == NULL)
        return err_memory(e);
    for (size_t i = 0; i < a->rows; i += ROWS) {
        size_t count = smaller(ROWS, a->rows - i);
        widen_rows(a, data, i, count, block);
        struct panel p = {a->cols, count, block}, out = {y->rows, count, y->data + i * y->rows};
        if (x->cols == 1)
            panel_apply(&p, true, x->data, out.data);
        else
            panel_multiply(1, x, true, &p, false, 0, &out);
    }
    mem_free(block);
    return true;
}

bool dense_apply(const struct dense *a, const double *x, double *y, struct err *e)
{
    struct panel from = {a->cols, 1, (double *)x}, to = {1, a->rows, y}; /* x is only read */
    return dense_apply_panel(a, &from, &to, e);
}

bool dense_apply_transposed(const struct dense *a, const double *x, double *y, struct err *e)
{
    struct dense flipped = {.storage = a->storage,
                            .offset = a->offset,
                            .rows = a->cols,
                            .cols = a->rows,
                            .row_stride = a->col_stride,
                            .col_stride = a->row_stride};
    return dense_apply(&flipped, x, y, e);
}

static inline void widen_block(const float *from, ptrdiff_t row_stride, ptrdiff_t col_stride,
                               size_t rows, size_t cols, double *to, size_t ld)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            to[i + j * ld] = from[(ptrdiff_t)i * row_stride + (ptrdiff_t)j * col_stride];
}

/* By blocks: one side strides, and strides of powers of two share few places of a cache. */
struct panel panel_from_dense(const struct dense *a, struct err *e)
{
    enum { BLOCK = 8 };
    const float *data = dense_data(a, e);
    struct panel p = data != NULL ? panel_room(a->rows, a->cols, e) : (struct panel){0};
    for (size_t j = 0; p.data != NULL && j < a->cols; j += BLOCK)
        for (size_t i = 0; i < a->rows; i += BLOCK) {
            const float *from = data + (ptrdiff_t)i * a->row_stride + (ptrdiff_t)j * a->col_stride;
            size_t rows = smaller(BLOCK, a->rows - i), cols = smaller(BLOCK, a->cols - j);
            double *to = p.data + i + j * p.rows;
            if (rows == BLOCK && cols == BLOCK && a->col_stride == 1)
                widen_block(from, a->row_stride, 1, BLOCK, BLOCK, to, p.rows);
            else
                widen_block(from, a->row_stride, a->col_stride, rows, cols, to, p.rows);
        }
    return p;
}

struct dense *dense_from_panel(const struct panel *a, struct err *e)
{
    float *data;
    struct dense *d = dense_new(a->rows, a->cols, &data, e);
    for (size_t i = 0; d != NULL && i < a->rows; i++)
        for (size_t j = 0; j < a->cols; j++)
            data[i * a->cols + j] = (float)a->data[i + j * a->rows];
    return d;
}
