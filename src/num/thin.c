#include "bilens/num/thin.h"

#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/num/memo.h"

enum { BLOCK_ROWS = 512 };

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

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
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
    double *block_a = mem_alloc(BLOCK_ROWS * a->cols * sizeof *block_a);
    double *block_b = same ? block_a : mem_alloc(BLOCK_ROWS * b->cols * sizeof *block_b);
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

const struct panel *thin_cross(struct dense *a, struct dense *b, bool *transposed, struct err *e)
{
    /* One order for each pair, so that storages never refer to each other in a ring. */
    *transposed = a->storage > b->storage;
    struct dense *first = *transposed ? b : a, *second = *transposed ? a : b;
    struct panel *g = memo_find(first, second, MEMO_GRAM);
    if (g != NULL)
        return g;
    g = mem_new(1, sizeof *g);
    if (g == NULL || !cross_compute(first, second, g, e)) {
        if (g == NULL)
            err_memory(e);
        mem_free(g);
        return NULL;
    }
    if (!memo_keep(first, second, MEMO_GRAM, g, panel_destroy)) {
        err_memory(e);
        return NULL;
    }
    return g;
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
            bool transposed;
            const struct panel *block = thin_cross(parts[q], parts[p], &transposed, e);
            if (block == NULL) {
                panel_free(g);
                return false;
            }
            for (size_t j = 0; j < parts[p]->cols; j++)
                for (size_t i = 0; i < parts[q]->cols; i++) {
                    size_t at = transposed ? j + i * block->rows : i + j * block->rows;
                    g->data[row + i + (col + j) * dims] = block->data[at];
                }
        }
    }
    mirror_upper(g);
    return true;
}

/* Cholesky, where the columns are clearly independent. */
static bool thin_by_cholesky(const struct panel *g, struct thin *t, bool *fits, struct err *e)
{
    t->r = panel_copy(g, e);
    if (t->r.data == NULL)
        return false;
    *fits = lapack_cholesky(&t->r);
    double smallest = INFINITY, largest = 0;
    for (size_t i = 0; *fits && i < g->rows; i++) {
        double pivot = t->r.data[i + i * g->rows];
        smallest = fmin(smallest, pivot);
        largest = fmax(largest, pivot);
    }
    if (!*fits || !(smallest > 1e-6 * largest)) {
        *fits = false;
        panel_free(&t->r);
        return true;
    }
    t->x = panel_copy(&t->r, e);
    return t->x.data != NULL && lapack_invert_upper(&t->x, e);
}

/* Eigen-decomposition, which tells the rank: G = W L W', R = L^1/2 W', X = W L^-1/2. */
static bool thin_by_eigen(struct panel *g, struct thin *t, struct err *e)
{
    size_t n = g->rows, rank = 0;
    double *w = mem_new(n, sizeof *w);
    if (w == NULL)
        return err_memory(e);
    bool ok = lapack_eigen(g, w, true, e);
    double cut = n > 0 ? 1e-14 * w[n - 1] : 0;
    while (ok && rank < n && w[n - 1 - rank] > cut)
        rank++;
    t->r = panel_new(rank, n, e);
    t->x = panel_new(n, rank, e);
    ok = ok && t->r.data != NULL && t->x.data != NULL;
    for (size_t k = 0; ok && k < rank; k++) {
        double root = sqrt(w[n - 1 - k]);
        for (size_t i = 0; i < n; i++) {
            double entry = g->data[i + (n - 1 - k) * n];
            t->r.data[k + i * rank] = entry * root;
            t->x.data[i + k * n] = entry / root;
        }
    }
    mem_free(w);
    return ok;
}

static bool thin_compute(struct dense *const *parts, size_t count, struct thin *t, struct err *e)
{
    struct panel g;
    if (!joint_gram(parts, count, &g, e))
        return false;
    bool fits = false, ok = panel_finite(&g);
    if (!ok)
        err_set(e, ERR_NONFINITE, "a matrix holds NaN or infinite values");
    ok = ok && thin_by_cholesky(&g, t, &fits, e);
    if (ok && !fits)
        ok = thin_by_eigen(&g, t, e);
    panel_free(&g);
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
    *owned = count != 1;
    const struct thin *known = *owned ? NULL : memo_find(parts[0], parts[0], MEMO_THIN);
    if (known != NULL)
        return known;
    struct thin *t = mem_new(1, sizeof *t);
    if (t == NULL || !thin_compute(parts, count, t, e)) {
        if (t == NULL)
            err_memory(e);
        mem_free(t);
        return NULL;
    }
    if (!*owned && !memo_keep(parts[0], parts[0], MEMO_THIN, t, thin_destroy)) {
        err_memory(e);
        return NULL;
    }
    return t;
}

bool dense_apply(const struct dense *a, const double *x, double *y, struct err *e)
{
    const float *data = dense_data(a, e);
    if (data == NULL)
        return false;
    if (a->row_stride == 1 && a->col_stride != 1) { /* columns lie together: add them up */
        memset(y, 0, a->rows * sizeof *y);
        for (size_t j = 0; j < a->cols; j++) {
            const float *col = data + (ptrdiff_t)j * a->col_stride;
            for (size_t i = 0; i < a->rows; i++)
                y[i] += col[i] * x[j];
        }
        return true;
    }
    for (size_t i = 0; i < a->rows; i++) {
        const float *row = data + (ptrdiff_t)i * a->row_stride;
        double sum[4] = {0};
        size_t j = 0;
        for (; a->col_stride == 1 && j + 4 <= a->cols; j += 4)
            for (size_t l = 0; l < 4; l++)
                sum[l] += row[j + l] * x[j + l];
        for (; j < a->cols; j++)
            sum[0] += row[(ptrdiff_t)j * a->col_stride] * x[j];
        y[i] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    }
    return true;
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

struct panel panel_from_dense(const struct dense *a, struct err *e)
{
    const float *data = dense_data(a, e);
    struct panel p = {0};
    if (data == NULL)
        return p;
    p = panel_new(a->rows, a->cols, e);
    for (size_t j = 0; p.data != NULL && j < a->cols; j++)
        for (size_t i = 0; i < a->rows; i++)
            p.data[i + j * a->rows] =
                data[(ptrdiff_t)i * a->row_stride + (ptrdiff_t)j * a->col_stride];
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
