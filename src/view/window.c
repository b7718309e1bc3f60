#include "window.h"

#include <math.h>
#include <stdlib.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"

size_t window_wide(const struct window *w)
{
    static const size_t wide[] = {1, 2, 4, NUMBER_WIDE};
    return wide[w->zoom];
}

size_t window_tall(const struct window *w)
{
    /* Rows that all have room for a line of their own get one, and its label with it. */
    bool few = w->row.block == 1 && w->row.size <= w->height;
    return w->zoom == 0 && w->halves && !few ? 1 : 2;
}

size_t window_rows(const struct window *w)
{
    size_t rows = 2 * w->height / window_tall(w);
    return rows > 0 ? rows : 1;
}

size_t window_cols(const struct window *w)
{
    size_t cols = w->width / window_wide(w);
    return cols > 0 ? cols : 1;
}

size_t window_seen(const struct window_axis *a, size_t room)
{
    size_t left = (a->size - a->first + a->block - 1) / a->block;
    return left < room ? left : room;
}

static size_t block_for(size_t size, size_t room)
{
    return size > room ? (size + room - 1) / room : 1;
}

void window_fit(struct window *w)
{
    w->row.first = w->col.first = 0;
    w->row.block = w->col.block = 1;
    for (w->zoom = ZOOM_NUMBERS; w->zoom > 0; w->zoom--)
        if (w->row.size <= window_rows(w) && w->col.size <= window_cols(w))
            break;
    w->row.block = block_for(w->row.size, window_rows(w));
    w->col.block = block_for(w->col.size, window_cols(w));
}

static void follow_axis(struct window_axis *a, size_t room)
{
    a->at = a->at < a->size ? a->at : a->size - 1;
    size_t cursor = a->at / a->block, first = a->first / a->block;
    size_t all = (a->size + a->block - 1) / a->block;
    size_t middle = cursor > room / 2 ? cursor - room / 2 : 0; /* for what comes from afar */
    if (cursor < first)
        first = first - cursor > 1 ? middle : cursor;
    else if (cursor >= first + room)
        first = cursor - first - room > 0 ? middle : cursor - room + 1;
    if (first + room > all)
        first = all > room ? all - room : 0;
    a->first = first * a->block;
}

void window_follow(struct window *w)
{
    follow_axis(&w->row, window_rows(w));
    follow_axis(&w->col, window_cols(w));
}

/* Where the cursor is on the screen, 0 to 1. */
static double share_of(const struct window_axis *a, size_t room)
{
    return ((double)((a->at - a->first) / a->block) + 0.5) / (double)room;
}

static void keep_share(struct window_axis *a, size_t room, double share)
{
    size_t cursor = a->at / a->block, before = (size_t)(share * (double)room);
    a->first = cursor > before ? (cursor - before) * a->block : 0;
}

static void zoom_in(struct window *w)
{
    if (w->row.block > 1 || w->col.block > 1) {
        w->row.block = (w->row.block + 1) / 2;
        w->col.block = (w->col.block + 1) / 2;
    } else if (w->zoom < ZOOM_NUMBERS) {
        w->zoom++;
    }
}

static size_t doubled(size_t block, size_t most)
{
    return 2 * block < most ? 2 * block : most;
}

static void zoom_out(struct window *w)
{
    struct window whole = *w;
    window_fit(&whole);
    if (w->zoom > whole.zoom) {
        w->zoom--;
        return;
    }
    w->row.block = doubled(w->row.block, whole.row.block);
    w->col.block = doubled(w->col.block, whole.col.block);
}

void window_zoom(struct window *w, bool in)
{
    window_follow(w);
    double down = share_of(&w->row, window_rows(w)), across = share_of(&w->col, window_cols(w));
    if (in)
        zoom_in(w);
    else
        zoom_out(w);
    keep_share(&w->row, window_rows(w), down);
    keep_share(&w->col, window_cols(w), across);
    window_follow(w);
}

/* ---- computing ---- */

struct member_work {
    struct view_work work;
    struct value *v;
    size_t member;
    member_maker *make;
    struct matrix *out;
};

static bool run_member(struct view_work *w, struct err *e)
{
    struct member_work *k = (struct member_work *)w;
    k->out = k->make(k->v, k->member, e);
    return k->out != NULL;
}

static void destroy_member(struct view_work *w)
{
    struct member_work *k = (struct member_work *)w;
    value_unref(k->v);
    matrix_unref(k->out);
    mem_free(k);
}

struct matrix *member_made(struct explorer *x, struct value *v, size_t member, member_maker *make,
                           struct err *e)
{
    struct member_work *k = mem_new(1, sizeof *k);
    *k = (struct member_work){
        .work = {run_member, destroy_member}, .v = value_ref(v), .member = member, .make = make};
    if (!explorer_compute(x, &k->work, e))
        return NULL;
    struct matrix *out = matrix_ref(k->out);
    destroy_member(&k->work);
    return out;
}

struct matrix *member_matrix(struct explorer *x, struct value *v, size_t member, struct err *e)
{
    if (v->kind == VALUE_MATRIX) /* the vectors of a decomposition are made when asked for */
        return value_matrix(v, member, e);
    return member_made(x, v, member, value_matrix, e);
}

struct values_work {
    struct view_work work;
    struct matrix *m;
    struct span rows, cols;
    size_t block_rows, block_cols;
    enum aggregate how;
    struct aggregated out;
};

static bool run_values(struct view_work *w, struct err *e)
{
    struct values_work *k = (struct values_work *)w;
    struct matrix *part = matrix_slice(k->m, k->rows, k->cols, e);
    bool ok = part != NULL &&
              matrix_aggregate_blocks(part, k->how, k->block_rows, k->block_cols, &k->out, e);
    matrix_unref(part);
    return ok;
}

static void destroy_values(struct view_work *w)
{
    struct values_work *k = (struct values_work *)w;
    matrix_unref(k->m);
    aggregated_free(&k->out);
    mem_free(k);
}

static struct span seen_span(const struct window_axis *a, size_t room)
{
    size_t count = window_seen(a, room) * a->block, left = a->size - a->first;
    return (struct span){a->first, 1, count < left ? count : left};
}

static bool aggregate_part(struct explorer *x, struct values_work job, struct aggregated *out,
                           struct err *e)
{
    struct values_work *k = mem_new(1, sizeof *k);
    *k = job;
    k->work = (struct view_work){run_values, destroy_values};
    matrix_ref(k->m);
    if (!explorer_compute(x, &k->work, e))
        return false;
    *out = k->out;
    k->out = (struct aggregated){0};
    destroy_values(&k->work);
    return true;
}

bool window_values(struct explorer *x, const struct matrix *m, const struct window *w,
                   enum aggregate how, struct aggregated *out, struct err *e)
{
    bool single = w->row.block * w->col.block == 1; /* its rms would lose the sign */
    struct values_work job = {.m = (struct matrix *)m,
                              .rows = seen_span(&w->row, window_rows(w)),
                              .cols = seen_span(&w->col, window_cols(w)),
                              .block_rows = w->row.block,
                              .block_cols = w->col.block,
                              .how = single ? AGGREGATE_ABSMAX : how};
    return aggregate_part(x, job, out, e);
}

bool window_peak(struct explorer *x, const struct matrix *m, size_t row, size_t col, size_t rows,
                 size_t cols, struct entry *out, struct err *e)
{
    struct aggregated a;
    rows = rows < m->row.size - row ? rows : m->row.size - row;
    cols = cols < m->col.size - col ? cols : m->col.size - col;
    struct values_work job = {.m = (struct matrix *)m,
                              .rows = {row, 1, rows},
                              .cols = {col, 1, cols},
                              .block_rows = 1,
                              .block_cols = 1,
                              .how = AGGREGATE_ABSMAX};
    if (!aggregate_part(x, job, &a, e))
        return false;
    size_t best = 0;
    for (size_t i = 1; i < a.rows * a.cols; i++)
        if (!(fabs(a.values[best]) >= fabs(a.values[i])) && !isnan(a.values[i]))
            best = i;
    *out = (struct entry){row + best / a.cols, col + best % a.cols, a.values[best]};
    aggregated_free(&a);
    return true;
}

struct largest_work {
    struct view_work work;
    struct matrix *m;
    size_t most;
    struct extremes out;
};

static bool run_largest(struct view_work *w, struct err *e)
{
    struct largest_work *k = (struct largest_work *)w;
    return matrix_extremes(k->m, k->most, &k->out, e);
}

static void destroy_largest(struct view_work *w)
{
    struct largest_work *k = (struct largest_work *)w;
    matrix_unref(k->m);
    extremes_free(&k->out);
    mem_free(k);
}

/* Both lists in one, by magnitude: as many as either has. */
static struct entry *merge(const struct extremes *x, size_t *count)
{
    struct entry *all = mem_new(x->count, sizeof *all);
    size_t high = 0, low = 0;
    for (*count = 0; *count < x->count; ++*count) {
        bool upper = fabs(x->high[high].value) >= fabs(x->low[low].value);
        all[*count] = upper ? x->high[high++] : x->low[low++];
    }
    return all;
}

bool window_largest(struct explorer *x, const struct matrix *m, size_t most, struct entry **entries,
                    size_t *count, struct err *e)
{
    struct largest_work *k = mem_new(1, sizeof *k);
    *k = (struct largest_work){
        .work = {run_largest, destroy_largest}, .m = matrix_ref((struct matrix *)m), .most = most};
    if (!explorer_compute(x, &k->work, e))
        return false;
    *entries = merge(&k->out, count);
    destroy_largest(&k->work);
    return true;
}
