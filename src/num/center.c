#include "bilens/num/center.h"

#include "bilens/base/err.h"
#include "bilens/base/mem.h"

/* 1 over an axis. */
static struct vector *ones(struct axis axis, struct err *e)
{
    struct vector *v = vector_new(axis, e);
    for (size_t i = 0; v != NULL && i < axis.size; i++)
        v->data[i] = 1;
    return v;
}

/* u v' as a matrix of rank one. */
static struct matrix *outer(const struct vector *u, const struct vector *v, struct err *e)
{
    struct axis one = axis_make(AXIS_INDEX, 1, NULL);
    struct matrix *column = matrix_of_vector(u, one, true, e);
    struct matrix *row = column ? matrix_of_vector(v, one, false, e) : NULL;
    struct matrix *product = row ? matrix_product(column, row, e) : NULL;
    matrix_unref(column);
    matrix_unref(row);
    return product;
}

struct matrix *matrix_center_rows(const struct matrix *a, struct err *e)
{
    struct vector *one = ones(a->row, e);
    struct vector *mean = one ? matrix_apply_transposed(a, one, e) : NULL;
    for (size_t i = 0; mean != NULL && i < mean->axis.size; i++)
        mean->data[i] /= (double)a->row.size;
    struct matrix *product = mean ? outer(one, mean, e) : NULL;
    struct matrix *centred = product ? matrix_sum(a, -1, product, e) : NULL;
    vector_unref(one);
    vector_unref(mean);
    matrix_unref(product);
    return centred;
}

struct matrix *matrix_center_cols(const struct matrix *a, struct err *e)
{
    struct matrix *flipped = matrix_transpose(a, e);
    struct matrix *centred = flipped ? matrix_center_rows(flipped, e) : NULL;
    struct matrix *back = centred ? matrix_transpose(centred, e) : NULL;
    matrix_unref(flipped);
    matrix_unref(centred);
    return back;
}

/* Adds what `count` columns of a tile say to their sums and sums of squares. */
static void add_tile(const float *tile, size_t rows, size_t count, double *sums, double *squares)
{
    for (size_t j = 0; j < count; j++)
        sums[j] = squares[j] = 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < count; j++) {
            double x = (double)tile[i * count + j];
            sums[j] += x;
            squares[j] += x * x;
        }
}

bool matrix_column_spread(const struct matrix *a, bool centred, double *out, struct err *e)
{
    enum { TILE = 256 };
    size_t rows = a->row.size, cols = a->col.size;
    struct split split;
    double sums[TILE];
    if (!matrix_split(a, &split, e))
        return false;
    float *tile = mem_new(rows, TILE * sizeof *tile);
    bool ok = tile != NULL || err_memory(e);
    for (size_t first = 0; ok && first < cols; first += TILE) {
        size_t count = cols - first < TILE ? cols - first : TILE;
        ok = split_tile(&split, 0, rows, first, count, tile, count, e);
        if (ok)
            add_tile(tile, rows, count, sums, out + first);
        for (size_t j = 0; ok && j < count; j++) {
            double mean = centred ? sums[j] / (double)rows : 0;
            out[first + j] = out[first + j] / (double)rows - mean * mean;
        }
    }
    mem_free(tile);
    split_free(&split);
    return ok;
}
