#include "bilens/num/aggregate.h"

#include <float.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "internal.h"
#include "parallel.h"

/* Entries of a tile, which stays in the cache while it is looked at, and columns looked at
 * together: a fixed length lets the loops be vectorised. */
enum { TILE_ENTRIES = 1 << 17, TILE_ROWS = 1024, TILE_COLS = 2048, RUN = 64 };

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

static double larger_finite(double largest, double x)
{
    return isfinite(x) && fabs(x) > largest ? fabs(x) : largest;
}

static double bin_value(const struct bin *b, enum aggregate how)
{
    if (b->count == 0)
        return b->odd;
    if (how == AGGREGATE_ABSMAX)
        return b->peak;
    return how == AGGREGATE_MEAN ? b->sum / (double)b->count : sqrt(b->squares / (double)b->count);
}

/* What the threads share. */
struct filling {
    const struct split *split;
    double scale; /* of all its terms: entries are in single precision, values in double */
    enum aggregate how;
    bool finite; /* all entries are: nobody needs to ask each */
    struct aggregated *out;
    struct work *works;
    atomic_size_t next; /* the row of values that nobody has begun */
    atomic_bool failed;
};

/* What one of them has for itself. */
struct work {
    const struct filling *all;
    struct bin *bins; /* of a row of values */
    float *tile;
    float *high, *low; /* of each of its columns */
    double *sums;
    size_t nan_count, inf_count;
    struct err e;
};

/* Adds entries of a tile (all in the same row of values), columns [first, first + count) of it, one
 * by one, to that row's bins. */
static void add_each(struct work *w, const float *tile, size_t rows, size_t ld, size_t col,
                     size_t first, size_t count)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = first; j < first + count; j++) {
            float x = tile[i * ld + j];
            struct bin *b = &w->bins[(col + j) / w->all->out->block_cols];
            if (isfinite(x)) {
                bin_add(b, x);
                continue;
            }
            b->odd = isnan(x) || b->odd == 0 ? x : b->odd;
            w->nan_count += isnan(x) != 0;
            w->inf_count += isinf(x) != 0;
        }
}

/* The largest and the smallest entry of each of RUN columns. */
static void run_ends(const float *x, size_t rows, size_t ld, float *high, float *low)
{
    float h[RUN], l[RUN];
    for (size_t j = 0; j < RUN; j++)
        h[j] = l[j] = x[j];
    for (size_t i = 1; i < rows; i++) {
        const float *row = x + i * ld;
        for (size_t j = 0; j < RUN; j++)
            h[j] = row[j] > h[j] ? row[j] : h[j];
        for (size_t j = 0; j < RUN; j++)
            l[j] = row[j] < l[j] ? row[j] : l[j];
    }
    for (size_t j = 0; j < RUN; j++) {
        high[j] = h[j];
        low[j] = l[j];
    }
}

/* Those of all columns of the tile; the last run overlaps the one before it. */
static void column_ends(struct work *w, size_t rows, size_t cols)
{
    size_t j = 0;
    for (; j + RUN <= cols; j += RUN)
        run_ends(w->tile + j, rows, cols, w->high + j, w->low + j);
    if (j < cols && cols >= RUN) {
        j = cols - RUN;
        run_ends(w->tile + j, rows, cols, w->high + j, w->low + j);
        return;
    }
    for (; j < cols; j++) {
        float h = w->tile[j], l = h;
        for (size_t i = 1; i < rows; i++) {
            float x = w->tile[i * cols + j];
            h = x > h ? x : h;
            l = x < l ? x : l;
        }
        w->high[j] = h;
        w->low[j] = l;
    }
}

/* The sum of each of `count` columns, of the entries or of their squares. */
static inline void run_sums(const float *x, size_t rows, size_t ld, size_t count, bool squares,
                            double *sums)
{
    for (size_t j = 0; j < count; j++)
        sums[j] = 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < count; j++) {
            double at = x[i * ld + j];
            sums[j] += squares ? at * at : at;
        }
}

static void column_sums(struct work *w, size_t rows, size_t cols)
{
    size_t j = 0;
    bool squares = w->all->how == AGGREGATE_RMS;
    for (; j + RUN <= cols; j += RUN)
        if (squares)
            run_sums(w->tile + j, rows, cols, RUN, true, w->sums + j);
        else
            run_sums(w->tile + j, rows, cols, RUN, false, w->sums + j);
    run_sums(w->tile + j, rows, cols, cols - j, squares, w->sums + j);
}

static void add_sums(struct work *w, struct bin *b, size_t first, size_t count)
{
    double *to = w->all->how == AGGREGATE_RMS ? &b->squares : &b->sum;
    for (size_t j = first; j < first + count; j++)
        *to += w->sums[j];
}

/* Adds columns of a tile that are finite and in one bin. Of two peaks of opposite sign the first
 * one counts, which only a look at each entry tells. */
static void add_ends(struct work *w, struct bin *b, size_t rows, size_t ld, size_t col,
                     size_t first, size_t count)
{
    float high = w->high[first], low = w->low[first];
    for (size_t j = first; j < first + count; j++) {
        high = w->high[j] > high ? w->high[j] : high;
        low = w->low[j] < low ? w->low[j] : low;
    }
    double peak = high > -low ? high : low;
    if (high == -low && high > fabs(b->peak))
        add_each(w, w->tile, rows, ld, col, first, count);
    else
        b->peak = fabs(peak) > fabs(b->peak) ? peak : b->peak;
}

/* Adds a tile of one band to the bins of its row of values. */
static void add_tile(struct work *w, size_t rows, size_t col, size_t cols)
{
    size_t block = w->all->out->block_cols;
    bool ends = w->all->how == AGGREGATE_ABSMAX;
    if (!w->all->finite) {
        add_each(w, w->tile, rows, cols, col, 0, cols);
        return;
    }
    if (ends)
        column_ends(w, rows, cols);
    else
        column_sums(w, rows, cols);
    for (size_t j = 0, count; j < cols; j += count) {
        struct bin *b = &w->bins[(col + j) / block];
        count = smaller(block - (col + j) % block, cols - j);
        if (ends)
            add_ends(w, b, rows, cols, col, j, count);
        else
            add_sums(w, b, j, count);
        b->count += rows * count;
    }
}

/* One row of values: entries [row, row + rows) of the matrix, in tiles that fit the cache. */
static bool add_band(struct work *w, size_t row, size_t rows)
{
    const struct split *s = w->all->split;
    for (size_t r = 0; r < rows;) {
        size_t height = smaller(rows - r, TILE_ROWS);
        size_t width = smaller(s->cols, smaller(TILE_ENTRIES / height, TILE_COLS));
        for (size_t col = 0; col < s->cols; col += width) {
            size_t cols = smaller(width, s->cols - col);
            if (!task_go_on(&w->e) ||
                !split_tile(s, row + r, height, col, cols, w->tile, cols, &w->e))
                return false;
            add_tile(w, height, col, cols);
        }
        r += height;
    }
    return true;
}

/* Fills rows of values as long as there are any. */
static void fill_rows(void *context, size_t lane)
{
    struct filling *f = context;
    struct work *w = &f->works[lane];
    struct aggregated *out = f->out;
    for (size_t i; !atomic_load(&f->failed) && (i = atomic_fetch_add(&f->next, 1)) < out->rows;) {
        size_t row = i * out->block_rows;
        if (lane == 0)
            task_step("aggregating", i, out->rows);
        memset(w->bins, 0, out->cols * sizeof *w->bins);
        if (!add_band(w, row, smaller(out->block_rows, f->split->rows - row)))
            atomic_store(&f->failed, true);
        for (size_t j = 0; j < out->cols; j++)
            out->values[i * out->cols + j] = f->scale * bin_value(&w->bins[j], f->how);
    }
}

/* Can no entry, nor a sum on the way to one, be other than finite? */
static bool surely_finite(const struct split *s, bool *finite, struct err *e)
{
    double most = 0;
    bool all = true;
    for (size_t t = 0; all && t < s->count; t++) {
        const struct split_term *term = &s->terms[t];
        float left, right = 1;
        bool both = true;
        if (!dense_largest(term->left, &left, &all, e) ||
            (term->right != NULL && !dense_largest(term->right, &right, &both, e)))
            return false;
        all = all && both;
        double inner = term->right != NULL ? (double)term->left->cols : 1;
        most += (fabs(term->scale) + 1) * (double)left * (double)right * inner;
    }
    *finite = all && most < 0.5 * FLT_MAX;
    return true;
}

static bool works_make(struct filling *f, size_t lanes, struct err *e)
{
    f->works = mem_new(lanes, sizeof *f->works);
    bool ok = f->works != NULL;
    for (size_t i = 0; ok && i < lanes; i++) {
        struct work *w = &f->works[i];
        w->all = f;
        w->bins = mem_new(f->out->cols, sizeof *w->bins);
        w->tile = mem_try_alloc(TILE_ENTRIES * sizeof *w->tile);
        w->high = mem_alloc(TILE_COLS * sizeof *w->high);
        w->low = mem_alloc(TILE_COLS * sizeof *w->low);
        w->sums = mem_alloc(TILE_COLS * sizeof *w->sums);
        ok = w->bins && w->tile && w->high && w->low && w->sums;
    }
    return ok || err_memory(e);
}

static void works_free(struct filling *f, size_t lanes)
{
    for (size_t i = 0; f->works != NULL && i < lanes; i++) {
        mem_free(f->works[i].bins);
        mem_free(f->works[i].tile);
        mem_free(f->works[i].high);
        mem_free(f->works[i].low);
        mem_free(f->works[i].sums);
    }
    mem_free(f->works);
}

/* Joins what the threads found. */
static bool join(const struct filling *f, size_t lanes, struct err *e)
{
    struct aggregated *out = f->out;
    for (size_t i = 0; i < lanes; i++) {
        out->nan_count += f->works[i].nan_count;
        out->inf_count += f->works[i].inf_count;
        if (f->works[i].e.code != ERR_NONE) {
            *e = f->works[i].e;
            return false;
        }
    }
    for (size_t i = 0; i < out->rows * out->cols; i++)
        out->largest = larger_finite(out->largest, out->values[i]);
    return true;
}

static bool fill(struct split *s, enum aggregate how, struct aggregated *out, struct err *e)
{
    struct filling f = {.split = s, .scale = split_take_scale(s), .how = how, .out = out};
    size_t lanes = smaller(parallel_lanes(), larger(out->rows, 1));
    if ((double)s->rows * (double)s->cols < TILE_ENTRIES)
        lanes = 1;
    bool ok = surely_finite(s, &f.finite, e) && works_make(&f, lanes, e);
    if (ok) {
        parallel_run(lanes, fill_rows, &f);
        ok = join(&f, lanes, e);
    }
    works_free(&f, lanes);
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
    out->values = mem_try_new(out->rows * out->cols, sizeof *out->values);
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
