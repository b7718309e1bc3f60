#include "bilens/num/extremes.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/num/finite.h"
#include "bilens/num/panel.h"
#include "balance.h"
#include "internal.h"

enum { TILE = 256, RUN = 64, BALANCE_FROM = 32, SUM_ROOM = 256 };

/* Rows, or columns, of the matrix, those of the largest bound first once they are sorted. */
struct side {
    size_t count;
    size_t *order; /* which row or column */
    double *norm;  /* of its packed numbers */
    double *bound; /* a row's times a column's is no less than their product */
    double *plain; /* bound on what it gives the terms without a right side; rows only */
    float *packed; /* count x inner: the factors' numbers side by side */
};

/* The best entries so far; the worst of them at the root. */
struct heap {
    struct entry *at;
    size_t count, room;
    bool high;
};

struct tile {
    double bound; /* on the magnitude of its entries */
    double size;  /* on the sum of magnitudes that makes up an entry, which rounding goes by */
    size_t row, col;
};

struct search {
    struct split split;
    double scale;                /* that all entries are to be multiplied by */
    const float **left, **right; /* the terms' numbers */
    size_t inner;                /* columns of all left factors that have a right one */
    struct side rows, cols;
    struct heap high, low;
    struct tile *tiles;
    size_t tile_count;
    float *product;
};

/* ---- the kept entries ---- */

static int entry_order(const struct entry *a, const struct entry *b, bool high)
{
    if (a->value != b->value)
        return (high ? a->value > b->value : a->value < b->value) ? -1 : 1;
    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return a->col < b->col ? -1 : a->col > b->col;
}

static int by_high(const void *a, const void *b)
{
    return entry_order(a, b, true);
}

static int by_low(const void *a, const void *b)
{
    return entry_order(a, b, false);
}

static void heap_sink(struct heap *h, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < h->count; at = child) {
        if (child + 1 < h->count && entry_order(&h->at[child], &h->at[child + 1], h->high) < 0)
            child++;
        if (entry_order(&h->at[at], &h->at[child], h->high) >= 0)
            return;
        struct entry moved = h->at[at];
        h->at[at] = h->at[child];
        h->at[child] = moved;
    }
}

static void heap_offer(struct heap *h, struct entry x)
{
    if (h->count < h->room) {
        h->at[h->count++] = x;
        for (size_t at = h->count / 2; h->count == h->room && at-- > 0;)
            heap_sink(h, at);
    } else if (entry_order(&x, &h->at[0], h->high) < 0) {
        h->at[0] = x;
        heap_sink(h, 0);
    }
}

static bool heap_full(const struct heap *h)
{
    return h->count == h->room;
}

/* ---- rows and columns in the order of their norms ---- */

static bool side_reserve(struct side *s, size_t count, size_t inner, struct err *e)
{
    s->count = count;
    s->order = mem_new(count, sizeof *s->order);
    s->norm = mem_new(count, sizeof *s->norm);
    s->bound = mem_new(count, sizeof *s->bound);
    s->plain = mem_new(count, sizeof *s->plain);
    bool fits = inner == 0 || count <= (size_t)-1 / inner;
    s->packed = fits ? mem_try_new(count * inner, sizeof *s->packed) : NULL;
    for (size_t i = 0; s->order != NULL && i < count; i++)
        s->order[i] = i;
    return (s->order && s->norm && s->bound && s->plain && s->packed) || err_memory(e);
}

static void side_free(struct side *s)
{
    mem_free(s->order);
    mem_free(s->norm);
    mem_free(s->bound);
    mem_free(s->plain);
    mem_free(s->packed);
}

/* Element (i, j) of term t's left factor, or (j, i) of its right one. */
static double left_at(const struct search *s, size_t t, size_t i, size_t j)
{
    const struct dense *d = s->split.terms[t].left;
    return s->left[t][(ptrdiff_t)i * d->row_stride + (ptrdiff_t)j * d->col_stride];
}

static double right_at(const struct search *s, size_t t, size_t i, size_t j)
{
    const struct dense *d = s->split.terms[t].right;
    return s->right[t][(ptrdiff_t)j * d->row_stride + (ptrdiff_t)i * d->col_stride];
}

static bool has_right(const struct search *s, size_t t)
{
    return s->split.terms[t].right != NULL;
}

/* Fills packed, in order. */
static void pack(struct search *s)
{
    size_t at = 0;
    for (size_t t = 0; t < s->split.count; t++) {
        size_t width = s->split.terms[t].left->cols;
        if (!has_right(s, t))
            continue;
        for (size_t i = 0; i < s->rows.count; i++)
            for (size_t j = 0; j < width; j++)
                s->rows.packed[i * s->inner + at + j] =
                    (float)(s->split.terms[t].scale * left_at(s, t, s->rows.order[i], j));
        for (size_t i = 0; i < s->cols.count; i++)
            for (size_t j = 0; j < width; j++)
                s->cols.packed[i * s->inner + at + j] = (float)right_at(s, t, s->cols.order[i], j);
        at += width;
    }
}

/* What each row has of the terms that stand alone: its largest magnitude there. */
static void measure_plain(struct search *s)
{
    for (size_t t = 0; t < s->split.count; t++)
        for (size_t i = 0; !has_right(s, t) && i < s->rows.count; i++) {
            double largest = 0;
            for (size_t j = 0; j < s->cols.count; j++) {
                double x = fabs(s->split.terms[t].scale * left_at(s, t, i, j));
                largest = isnan(x) || x > largest ? x : largest; /* a NaN stays */
            }
            s->rows.plain[i] += largest;
        }
}

static struct tall tall_of(const struct search *s, const struct side *side)
{
    return (struct tall){side->packed, side->count, s->inner};
}

/* Balancing costs about width^2 a row; where rows are few there is little to spare. */
static bool find_bounds(struct search *s, struct err *e)
{
    size_t fewer = smaller(s->rows.count, s->cols.count);
    if (s->inner > 0 && fewer / s->inner >= BALANCE_FROM)
        return balance_norms(tall_of(s, &s->rows), tall_of(s, &s->cols), s->rows.bound,
                             s->cols.bound, e);
    memcpy(s->rows.bound, s->rows.norm, s->rows.count * sizeof *s->rows.bound);
    memcpy(s->cols.bound, s->cols.norm, s->cols.count * sizeof *s->cols.bound);
    return true;
}

struct key {
    double reach, norm, bound, plain;
    size_t index;
};

static int by_reach(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->reach != y->reach)
        return x->reach > y->reach ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Orders a side by bound * weight + plain. */
static bool side_sort(struct side *s, double weight)
{
    struct key *keys = mem_new(s->count, sizeof *keys);
    if (keys == NULL)
        return out_of_memory();
    for (size_t i = 0; i < s->count; i++)
        keys[i] = (struct key){s->bound[i] * weight + s->plain[i], s->norm[i], s->bound[i],
                               s->plain[i], i};
    qsort(keys, s->count, sizeof *keys, by_reach);
    for (size_t i = 0; i < s->count; i++) {
        s->order[i] = keys[i].index;
        s->norm[i] = keys[i].norm;
        s->bound[i] = keys[i].bound;
        s->plain[i] = keys[i].plain;
    }
    mem_free(keys);
    return true;
}

static double largest_of(const double *numbers, size_t count)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        if (isnan(numbers[i]) || numbers[i] > largest) /* a NaN stays */
            largest = numbers[i];
    return largest;
}

/* ---- tiles ---- */

static struct tile tile_at(const struct search *s, size_t row, size_t col)
{
    size_t rows = smaller(TILE, s->rows.count - row), cols = smaller(TILE, s->cols.count - col);
    double plain = largest_of(s->rows.plain + row, rows);
    return (struct tile){
        .bound = largest_of(s->rows.bound + row, rows) * s->cols.bound[col] + plain,
        .size = largest_of(s->rows.norm + row, rows) * largest_of(s->cols.norm + col, cols) + plain,
        .row = row,
        .col = col};
}

static int by_tile(const void *a, const void *b)
{
    const struct tile *x = a, *y = b;
    if (x->bound != y->bound)
        return x->bound > y->bound ? -1 : 1;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->col < y->col ? -1 : x->col > y->col;
}

static bool list_tiles(struct search *s)
{
    size_t down = (s->rows.count + TILE - 1) / TILE, across = (s->cols.count + TILE - 1) / TILE;
    s->tile_count = down * across;
    s->tiles = mem_new(s->tile_count, sizeof *s->tiles);
    if (s->tiles == NULL)
        return out_of_memory();
    for (size_t i = 0; i < down; i++)
        for (size_t j = 0; j < across; j++)
            s->tiles[i * across + j] = tile_at(s, i * TILE, j * TILE);
    qsort(s->tiles, s->tile_count, sizeof *s->tiles, by_tile);
    return true;
}

/* The tile's entries in single precision, TILE numbers a row. */
static void tile_multiply(struct search *s, struct tile t, size_t rows, size_t cols)
{
    ptrdiff_t inner = (ptrdiff_t)s->inner;
    struct strided a = {s->rows.packed + t.row * s->inner, rows, s->inner, inner, 1};
    struct strided b = {s->cols.packed + t.col * s->inner, s->inner, cols, 1, inner};
    if (s->inner == 0)
        memset(s->product, 0, (size_t)TILE * TILE * sizeof *s->product);
    else
        blas_multiply_single(a, b, 0, s->product, TILE);
    for (size_t n = 0; n < s->split.count; n++) {
        if (has_right(s, n))
            continue;
        const struct dense *d = s->split.terms[n].left;
        double scale = s->split.terms[n].scale;
        for (size_t i = 0; i < rows; i++) {
            const float *from = s->left[n] + (ptrdiff_t)s->rows.order[t.row + i] * d->row_stride;
            const size_t *order = s->cols.order + t.col;
            for (size_t j = 0; j < cols; j++)
                s->product[i * TILE + j] +=
                    (float)(scale * from[(ptrdiff_t)order[j] * d->col_stride]);
        }
    }
}

static struct entry exact_entry(const struct search *s, size_t row, size_t col)
{
    struct entry x = {row, col, 0};
    for (size_t t = 0; t < s->split.count; t++) {
        double sum = 0;
        if (!has_right(s, t))
            sum = left_at(s, t, row, col);
        for (size_t k = 0; has_right(s, t) && k < s->split.terms[t].left->cols; k++)
            sum += left_at(s, t, row, k) * right_at(s, t, col, k);
        x.value += s->split.terms[t].scale * sum;
    }
    return x;
}

/* What an entry must reach, in single precision, to be looked at closely. */
struct cuts {
    float high, low;
};

static struct cuts cuts_of(const struct search *s, double margin)
{
    struct cuts c = {-INFINITY, INFINITY};
    if (heap_full(&s->high))
        c.high = nextafterf((float)(s->high.at[0].value - margin), -INFINITY);
    if (heap_full(&s->low))
        c.low = nextafterf((float)(s->low.at[0].value + margin), INFINITY);
    return c;
}

/* Does any of a run of numbers reach a cut? The loop's fixed length lets it be vectorised. */
static bool any_reaches(const float *x, size_t count, struct cuts c)
{
    int hits = 0;
    if (count == RUN)
        for (size_t i = 0; i < RUN; i++)
            hits |= (x[i] >= c.high) | (x[i] <= c.low);
    else
        for (size_t i = 0; i < count; i++)
            hits |= (x[i] >= c.high) | (x[i] <= c.low);
    return hits != 0;
}

static void tile_scan(struct search *s, struct tile t, double margin)
{
    size_t rows = smaller(TILE, s->rows.count - t.row), cols = smaller(TILE, s->cols.count - t.col);
    tile_multiply(s, t, rows, cols);
    struct cuts c = cuts_of(s, margin);
    for (size_t i = 0; i < rows; i++)
        for (size_t first = 0; first < cols; first += RUN) {
            const float *x = s->product + i * TILE + first;
            size_t count = smaller(RUN, cols - first);
            for (size_t j = 0; any_reaches(x, count, c) && j < count; j++) {
                if (!(x[j] >= c.high) && !(x[j] <= c.low))
                    continue;
                struct entry found =
                    exact_entry(s, s->rows.order[t.row + i], s->cols.order[t.col + first + j]);
                heap_offer(&s->high, found);
                heap_offer(&s->low, found);
                c = cuts_of(s, margin);
            }
        }
}

static bool search_tiles(struct search *s, size_t *seen, struct err *e)
{
    /* Of a product in single precision: `inner` roundings of terms whose magnitudes add up to
     * at most the tile's size, and those of packing. (Higham, Accuracy and Stability, 2002, 3.1.)
     */
    double unit = (double)(s->inner + s->split.count + 8) * FLT_EPSILON;
    for (*seen = 0; *seen < s->tile_count; ++*seen) {
        struct tile t = s->tiles[*seen];
        double most = t.bound * (1 + BALANCE_SLACK);
        if (heap_full(&s->high) && heap_full(&s->low) && most < s->high.at[0].value &&
            -most > s->low.at[0].value)
            break;
        task_step("searching tiles", *seen, s->tile_count);
        if (!task_go_on(e))
            return false;
        tile_scan(s, t, t.size * unit + FLT_MIN);
    }
    return true;
}

/* ---- setting up ---- */

static bool read_terms(struct search *s, struct err *e)
{
    s->left = mem_new(s->split.count, sizeof *s->left);
    s->right = mem_new(s->split.count, sizeof *s->right);
    if (s->left == NULL || s->right == NULL)
        return err_memory(e);
    for (size_t t = 0; t < s->split.count; t++) {
        const struct split_term *term = &s->split.terms[t];
        s->left[t] = dense_data(term->left, e);
        if (s->left[t] == NULL)
            return false;
        if (term->right == NULL)
            continue;
        s->right[t] = dense_data(term->right, e);
        if (s->right[t] == NULL)
            return false;
        s->inner += term->left->cols;
    }
    return true;
}

/* Norms tell at once whether something is not finite, or might not stay so. */
static bool sizes_finite(const struct search *s, const struct matrix *a, struct err *e)
{
    double most =
        largest_of(s->rows.norm, s->rows.count) * largest_of(s->cols.norm, s->cols.count) +
        largest_of(s->rows.plain, s->rows.count);
    if (most < 0.5 * FLT_MAX)
        return true;
    return matrix_require_finite(a, e) &&
           err_set(e, ERR_NONFINITE, "the product overflows single precision");
}

static bool prepare(struct search *s, const struct matrix *a, struct err *e)
{
    if (!matrix_split(a, &s->split, e))
        return false;
    s->scale = SUM_ROOM * split_take_scale(&s->split); /* so that sums do not overflow, either */
    for (size_t t = 0; t < s->split.count; t++)
        s->split.terms[t].scale /= SUM_ROOM;
    if (!read_terms(s, e) || !side_reserve(&s->rows, a->row.size, s->inner, e) ||
        !side_reserve(&s->cols, a->col.size, s->inner, e))
        return false;
    pack(s); /* in their own order first, to be measured */
    measure_plain(s);
    tall_norms(tall_of(s, &s->rows), s->rows.norm);
    tall_norms(tall_of(s, &s->cols), s->cols.norm);
    if (!sizes_finite(s, a, e) || !find_bounds(s, e) ||
        !side_sort(&s->rows, largest_of(s->cols.bound, s->cols.count)) || !side_sort(&s->cols, 1) ||
        !list_tiles(s))
        return false;
    pack(s);
    s->product = mem_try_new((size_t)TILE * TILE, sizeof *s->product);
    return s->product != NULL || err_memory(e);
}

static bool reserve_heaps(struct search *s, const struct matrix *a, size_t k)
{
    size_t rows = a->row.size, cols = a->col.size;
    bool fewer = cols == 0 || rows <= k / cols; /* rows cols <= k, without overflow */
    size_t room = fewer ? rows * cols : k;
    s->high = (struct heap){mem_new(room, sizeof *s->high.at), 0, room, true};
    s->low = (struct heap){mem_new(room, sizeof *s->low.at), 0, room, false};
    return (s->high.at != NULL && s->low.at != NULL) || out_of_memory();
}

static void search_free(struct search *s)
{
    split_free(&s->split);
    mem_free(s->left);
    mem_free(s->right);
    side_free(&s->rows);
    side_free(&s->cols);
    mem_free(s->tiles);
    mem_free(s->product);
}

bool matrix_extremes(const struct matrix *a, size_t k, struct extremes *out, struct err *e)
{
    struct search s = {0};
    *out = (struct extremes){0};
    bool ok = reserve_heaps(&s, a, k);
    if (ok && s.high.room > 0) {
        ok = prepare(&s, a, e) && search_tiles(&s, &out->tiles_seen, e);
        out->tiles = s.tile_count;
    }
    search_free(&s);
    if (!ok) {
        mem_free(s.high.at);
        mem_free(s.low.at);
        *out = (struct extremes){0};
        return false;
    }
    qsort(s.high.at, s.high.count, sizeof *s.high.at, by_high);
    qsort(s.low.at, s.low.count, sizeof *s.low.at, by_low);
    for (size_t i = 0; i < s.high.count; i++) {
        s.high.at[i].value *= s.scale;
        s.low.at[i].value *= s.scale;
    }
    out->high = s.high.at;
    out->low = s.low.at;
    out->count = s.high.count;
    return true;
}

void extremes_free(struct extremes *x)
{
    mem_free(x->high);
    mem_free(x->low);
    *x = (struct extremes){0};
}
