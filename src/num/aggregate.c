#include "bilens/num/aggregate.h"

#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "internal.h"

enum { TILE_ENTRIES = 1 << 20 };

/* Running sums of one value's block. */
struct bin {
    double peak, sum, squares;
    double odd; /* of a block without finite entries: NaN if there is one, else an infinity */
    size_t count;
};

static void bin_add(struct bin *b, double x)
{
    b->peak = fabs(x) > fabs(b->peak) ? x : b->peak;
    b->sum += x;
    b->squares += x * x;
    b->count++;
}

static double bin_value(const struct bin *b, enum aggregate how)
{
    if (b->count == 0)
        return b->odd;
    if (how == AGGREGATE_ABSMAX)
        return b->peak;
    return how == AGGREGATE_MEAN ? b->sum / (double)b->count : sqrt(b->squares / (double)b->count);
}

/* Adds a tile of one band (all in the same row of values) to that row's bins. */
static void add_tile(struct aggregated *out, struct bin *bins, const float *tile, size_t rows,
                     size_t col, size_t cols)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) {
            float x = tile[i * cols + j];
            struct bin *b = &bins[(col + j) / out->block_cols];
            if (isfinite(x)) {
                bin_add(b, x);
                continue;
            }
            b->odd = isnan(x) || b->odd == 0 ? x : b->odd;
            out->nan_count += isnan(x) != 0;
            out->inf_count += isinf(x) != 0;
        }
}

/* One row of values: entries [row, row + rows) of the matrix, in tiles that fit the cache. */
static bool add_band(const struct split *s, struct aggregated *out, struct bin *bins, size_t row,
                     size_t rows, float *tile, struct err *e)
{
    for (size_t r = 0; r < rows;) {
        size_t height = smaller(rows - r, TILE_ENTRIES / 256);
        size_t width = smaller(s->cols, TILE_ENTRIES / height);
        for (size_t col = 0; col < s->cols; col += width) {
            size_t cols = smaller(width, s->cols - col);
            if (!task_go_on(e) || !split_tile(s, row + r, height, col, cols, tile, cols, e))
                return false;
            add_tile(out, bins, tile, height, col, cols);
        }
        r += height;
    }
    return true;
}

static bool fill(struct split *s, enum aggregate how, struct aggregated *out, struct err *e)
{
    double scale = split_take_scale(s);
    struct bin *bins = mem_new(out->cols, sizeof *bins);
    float *tile = mem_alloc(TILE_ENTRIES * sizeof *tile);
    bool ok = (bins != NULL && tile != NULL) || err_memory(e);
    for (size_t i = 0; ok && i < out->rows; i++) {
        size_t row = i * out->block_rows;
        task_step("aggregating", i, out->rows);
        memset(bins, 0, out->cols * sizeof *bins);
        ok = add_band(s, out, bins, row, smaller(out->block_rows, s->rows - row), tile, e);
        for (size_t j = 0; ok && j < out->cols; j++) {
            double x = scale * bin_value(&bins[j], how);
            out->values[i * out->cols + j] = x;
            out->largest = isfinite(x) && fabs(x) > out->largest ? fabs(x) : out->largest;
        }
    }
    mem_free(bins);
    mem_free(tile);
    return ok;
}

/* Entries in one of at most `most` blocks. */
static size_t block_size(size_t size, size_t most)
{
    return most == 0 || size == 0 ? 1 : (size + most - 1) / most;
}

bool matrix_aggregate(const struct matrix *a, enum aggregate how, size_t most_rows,
                      size_t most_cols, struct aggregated *out, struct err *e)
{
    return matrix_aggregate_blocks(a, how, block_size(a->row.size, most_rows),
                                   block_size(a->col.size, most_cols), out, e);
}

bool matrix_aggregate_blocks(const struct matrix *a, enum aggregate how, size_t block_rows,
                             size_t block_cols, struct aggregated *out, struct err *e)
{
    *out = (struct aggregated){.block_rows = block_rows, .block_cols = block_cols};
    out->rows = (a->row.size + out->block_rows - 1) / out->block_rows;
    out->cols = (a->col.size + out->block_cols - 1) / out->block_cols;
    out->values = mem_new(out->rows * out->cols, sizeof *out->values);
    struct split s = {0};
    bool ok =
        (out->values != NULL || err_memory(e)) && matrix_split(a, &s, e) && fill(&s, how, out, e);
    split_free(&s);
    if (!ok)
        aggregated_free(out);
    return ok;
}

void aggregated_free(struct aggregated *a)
{
    mem_free(a->values);
    *a = (struct aggregated){0};
}
