/* Tokens that rank themselves first. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/num/compose.h"
#include "bilens/num/finite.h"
#include "bilens/num/panel.h"
#include "balance.h"
#include "internal.h"

enum { TILE_COLS = 512, TILE_ROWS = 1024 };

struct reach {
    double norm;
    size_t row;
};

/* The rows' order, longest first, and what is left of the columns. */
struct race {
    size_t size, inner;
    size_t height;       /* rows of a tile */
    float *rows, *cols;  /* size x inner each; the rows in order */
    struct reach *order; /* of each row: its length, and which one it is */
    double *length;      /* of each column */
    double *own;         /* each column's entry on the diagonal */
    float *some, *tile;  /* the columns of a band that are still in the race, and their entries */
};

static int by_norm(const void *a, const void *b)
{
    const struct reach *x = a, *y = b;
    if (x->norm != y->norm)
        return x->norm > y->norm ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* In double precision, and in one order, so that equal rows give equal entries. */
static double exact(const struct race *k, const float *row, const float *col)
{
    double sum = 0;
    for (size_t i = 0; i < k->inner; i++)
        sum += (double)row[i] * col[i];
    return sum;
}

/* Rows of a as they lie in memory, packed; with flip its columns. Times a power of two, which
 * ranks do not see, where single precision might not reach as far. */
static bool pack(const struct matrix *a, bool flip, size_t inner, float *to, struct err *e)
{
    int exponent;
    struct matrix *near = matrix_near_one(a, &exponent, e);
    struct dense *d = near != NULL ? matrix_dense(near, SIZE_MAX, e) : NULL;
    const float *from = d != NULL ? dense_data(d, e) : NULL;
    size_t count = from == NULL ? 0 : flip ? d->cols : d->rows;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < inner; j++)
            to[i * inner + j] = from[(ptrdiff_t)i * (flip ? d->col_stride : d->row_stride) +
                                     (ptrdiff_t)j * (flip ? d->row_stride : d->col_stride)];
    dense_unref(d);
    matrix_unref(near);
    return from != NULL;
}

/* The rows in order, and the numbers that decide when to stop. */
static bool line_up(struct race *k, float *unordered)
{
    struct tall rows = {unordered, k->size, k->inner}, cols = {k->cols, k->size, k->inner};
    double *norms = mem_new(k->size, sizeof *norms);
    if (norms == NULL)
        return out_of_memory();
    tall_norms(rows, norms);
    tall_norms(cols, k->length);
    for (size_t i = 0; i < k->size; i++) {
        k->order[i] = (struct reach){norms[i], i};
        k->own[i] = exact(k, unordered + i * k->inner, k->cols + i * k->inner);
    }
    mem_free(norms);
    qsort(k->order, k->size, sizeof *k->order, by_norm);
    for (size_t i = 0; i < k->size; i++)
        memcpy(k->rows + i * k->inner, unordered + k->order[i].row * k->inner,
               k->inner * sizeof *k->rows);
    return true;
}

static bool race_make(struct race *k, const struct matrix *left, const struct matrix *right,
                      struct err *e)
{
    size_t size = k->size = left->row.size, inner = k->inner = left->col.size;
    float *unordered = mem_try_new(size, inner * sizeof *unordered);
    k->rows = mem_try_new(size, inner * sizeof *k->rows);
    k->cols = mem_try_new(size, inner * sizeof *k->cols);
    k->order = mem_new(size, sizeof *k->order);
    k->length = mem_new(size, sizeof *k->length);
    k->own = mem_new(size, sizeof *k->own);
    k->height = smaller(TILE_ROWS, size);
    k->some = mem_try_new(smaller(TILE_COLS, size), inner * sizeof *k->some);
    k->tile = mem_try_new(smaller(TILE_COLS, size), k->height * sizeof *k->tile);
    bool ok = (unordered != NULL && k->rows != NULL && k->cols != NULL && k->order != NULL &&
               k->length != NULL && k->own != NULL && k->some != NULL && k->tile != NULL) ||
              err_memory(e);
    ok = ok && pack(left, false, inner, unordered, e) && pack(right, true, inner, k->cols, e) &&
         line_up(k, unordered);
    mem_free(unordered);
    return ok;
}

static void race_free(struct race *k)
{
    mem_free(k->rows);
    mem_free(k->cols);
    mem_free(k->order);
    mem_free(k->length);
    mem_free(k->own);
    mem_free(k->some);
    mem_free(k->tile);
}

/* Does one of the rows [row, row + rows) give column `col` more than its own entry? x are their
 * entries, in single precision, which are right to within slack. */
static bool beaten(const struct race *k, const float *x, size_t row, size_t rows, size_t col,
                   double slack)
{
    float surely = nextafterf((float)(k->own[col] + slack), INFINITY);
    float maybe = nextafterf((float)(k->own[col] - slack), -INFINITY);
    for (size_t i = 0; i < rows; i++) {
        if (x[i] > surely)
            return true;
        if (x[i] >= maybe && k->order[row + i].row != col &&
            exact(k, k->rows + (row + i) * k->inner, k->cols + col * k->inner) > k->own[col])
            return true;
    }
    return false;
}

/* Drops the columns that no row from `row` on can beat, for a row can give a column no more than
 * the product of their lengths; returns how many those are. */
static size_t drop_safe(const struct race *k, size_t row, size_t *left, size_t *count, double unit)
{
    size_t kept = 0, all = *count;
    for (size_t j = 0; j < all; j++)
        if (k->order[row].norm * k->length[left[j]] * (1 + unit) >= k->own[left[j]])
            left[kept++] = left[j];
    *count = kept;
    return all - kept;
}

/* Drops those that one of the rows [row, row + rows) beats. */
static void drop_beaten(const struct race *k, size_t row, size_t rows, size_t *left, size_t *count,
                        double unit)
{
    size_t kept = 0;
    for (size_t j = 0; j < *count; j++)
        memcpy(k->some + j * k->inner, k->cols + left[j] * k->inner, k->inner * sizeof *k->some);
    struct strided a = {k->some, *count, k->inner, (ptrdiff_t)k->inner, 1};
    struct strided b = {k->rows + row * k->inner, k->inner, rows, 1, (ptrdiff_t)k->inner};
    blas_multiply_single(a, b, 0, k->tile, k->height);
    for (size_t j = 0; j < *count; j++) {
        double slack = k->order[row].norm * k->length[left[j]] * unit + FLT_MIN;
        if (!beaten(k, k->tile + j * k->height, row, rows, left[j], slack))
            left[kept++] = left[j];
    }
    *count = kept;
}

/* One band of columns: how many of them nobody beats. */
static size_t band_first(const struct race *k, size_t col, size_t cols)
{
    size_t left[TILE_COLS], count = cols, first = 0;
    double unit = (double)(k->inner + 8) * FLT_EPSILON; /* Higham 2002, 3.1 */
    for (size_t j = 0; j < cols; j++)
        left[j] = col + j;
    for (size_t row = 0; count > 0 && row < k->size; row += TILE_ROWS) {
        first += drop_safe(k, row, left, &count, unit);
        if (count > 0)
            drop_beaten(k, row, smaller(TILE_ROWS, k->size - row), left, &count, unit);
    }
    return first + count;
}

/* Norms tell at once whether something is not finite, or might not stay so. */
static bool race_finite(const struct race *k, const struct matrix *left, const struct matrix *right,
                        struct err *e)
{
    double longest = 0;
    bool finite = true;
    for (size_t i = 0; i < k->size; i++) {
        longest = k->length[i] > longest ? k->length[i] : longest;
        finite = finite && isfinite(k->length[i]) && isfinite(k->order[i].norm);
    }
    if (finite && (k->size == 0 || k->order[0].norm * longest < 0.5 * FLT_MAX))
        return true;
    return matrix_require_finite(left, e) && matrix_require_finite(right, e) &&
           err_set(e, ERR_NONFINITE, "the product overflows single precision");
}

bool matrix_first_share(const struct matrix *left, const struct matrix *right, double *share,
                        struct err *e)
{
    struct race k = {0};
    size_t first = 0;
    if (!axis_require(left->row, right->col, "the rows", "the columns", e) ||
        !axis_require(left->col, right->row, "the columns of the left factor",
                      "the rows of the right one", e))
        return false;
    bool ok = race_make(&k, left, right, e) && race_finite(&k, left, right, e);
    for (size_t col = 0; ok && col < k.size; col += TILE_COLS) {
        task_step("ranking tokens", col, k.size);
        ok = task_go_on(e);
        if (ok)
            first += band_first(&k, col, smaller(TILE_COLS, k.size - col));
    }
    *share = k.size > 0 ? (double)first / (double)k.size : 0;
    race_free(&k);
    return ok;
}
