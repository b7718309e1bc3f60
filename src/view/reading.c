#include "reading.h"

#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/cmd/common.h"

enum { TOP = 100 };

bool reading_is_decomp(const struct value *v)
{
    return v->kind == VALUE_DECOMP;
}

static struct axis side_axis(const struct value *v, size_t member, enum decomp_side side)
{
    return reading_is_decomp(v) ? decomp_axis(v->items[member].decomp, side)
                                : v->items[member].vector->axis;
}

struct axis way_axis(const struct value *v, size_t member, const struct way *w)
{
    if (w->matrix == NULL)
        return side_axis(v, member, w->side);
    return w->reading == READING_IN ? w->matrix->col : w->matrix->row;
}

/* Adds a way; one through a matrix that is not there, or does not fit, is not added. */
static void add_way(struct ways *w, const struct session_state *state, unsigned traits,
                    struct axis axis, struct way way)
{
    if (way.reading != READING_OWN) {
        bool in = way.reading == READING_IN;
        const struct matrix *m = state_side(state, traits, in ? "w_e" : "w_u");
        if (m == NULL || !axis_match(in ? m->row : m->col, axis))
            return;
        way.matrix = matrix_ref((struct matrix *)m);
    }
    w->way[w->count++] = way;
}

struct ways ways_of(const struct session_state *state, const struct value *v, unsigned traits,
                    bool written)
{
    struct ways w = {0};
    struct axis u = side_axis(v, 0, SIDE_U), right = side_axis(v, 0, SIDE_V);
    bool svd = reading_is_decomp(v) && decomp_kind_of(v->items[0].decomp) == DECOMP_SVD;
    bool keys = (traits & TRAIT_KEYS) != 0; /* both sides of QK read the residual stream */
    char name = reading_is_decomp(v) ? 'v' : ' ';
    if (svd) {
        add_way(&w, state, traits, u,
                (struct way){SIDE_U,
                             u.kind != AXIS_RESID ? READING_OWN
                             : keys               ? READING_IN
                                                  : READING_OUT,
                             NULL, 'u'});
        if (w.count == 0)
            add_way(&w, state, traits, u, (struct way){SIDE_U, READING_OWN, NULL, 'u'});
        size_t before = w.count;
        add_way(
            &w, state, traits, right,
            (struct way){SIDE_V, right.kind == AXIS_RESID ? READING_IN : READING_OWN, NULL, 'v'});
        if (w.count == before)
            add_way(&w, state, traits, right, (struct way){SIDE_V, READING_OWN, NULL, 'v'});
        return w;
    }
    if (right.kind == AXIS_RESID) {
        if (!written)
            add_way(&w, state, traits, right, (struct way){SIDE_V, READING_IN, NULL, name});
        add_way(&w, state, traits, right, (struct way){SIDE_V, READING_OUT, NULL, name});
    }
    if (w.count == 0)
        add_way(&w, state, traits, right, (struct way){SIDE_V, READING_OWN, NULL, name});
    return w;
}

void ways_done(struct ways *w)
{
    for (size_t i = 0; i < w->count; i++)
        matrix_unref(w->way[i].matrix);
    *w = (struct ways){0};
}

static struct ways ways_ref(const struct ways *w)
{
    struct ways out = *w;
    for (size_t i = 0; i < out.count; i++)
        if (out.way[i].matrix != NULL)
            matrix_ref(out.way[i].matrix);
    return out;
}

/* ---- tables ---- */

struct tables_work {
    struct view_work work;
    struct value *v;
    size_t member, component;
    struct ways ways;
    struct token_tables out;
};

static bool run_tables(struct view_work *w, struct err *e)
{
    struct tables_work *k = (struct tables_work *)w;
    bool ok = true;
    for (size_t i = 0; ok && i < k->ways.count; i++) {
        const struct way *way = &k->ways.way[i];
        struct text name = TEXT_EMPTY;
        struct vector *v = reading_is_decomp(k->v) ? decomp_vector(k->v->items[k->member].decomp,
                                                                   way->side, k->component, e)
                                                   : vector_ref(k->v->items[k->member].vector);
        if (reading_is_decomp(k->v))
            text_printf(&name, "%c%zu", way->name, k->component);
        struct reader reader = {v, way->reading, way->matrix, text_get(&name)};
        ok = v != NULL && token_tables_add(&k->out, &reader, TOP, e);
        vector_unref(v);
        text_done(&name);
    }
    return ok;
}

static void destroy_tables(struct view_work *w)
{
    struct tables_work *k = (struct tables_work *)w;
    value_unref(k->v);
    ways_done(&k->ways);
    token_tables_done(&k->out);
    mem_free(k);
}

bool reading_tables(struct explorer *x, const struct value *v, size_t member, size_t component,
                    const struct ways *w, struct token_tables *out, struct err *e)
{
    struct tables_work *k = mem_new(1, sizeof *k);
    *k = (struct tables_work){.work = {run_tables, destroy_tables},
                              .v = value_ref((struct value *)v),
                              .member = member,
                              .component = component,
                              .ways = ways_ref(w)};
    if (!explorer_compute(x, &k->work, e))
        return false;
    *out = k->out;
    k->out = (struct token_tables){0};
    destroy_tables(&k->work);
    return true;
}

/* ---- the components of a token ---- */

struct ranks_work {
    struct view_work work;
    struct value *v;
    size_t member, token;
    struct ways ways;
    struct hit *hits; /* one for each component */
    size_t count;
};

/* Tokens x components: what all vectors of a side say of all tokens, factored. */
static struct matrix *read_side(struct decomp *d, const struct way *w, size_t count, struct err *e)
{
    struct matrix *all = decomp_matrix(d, w->side, e);
    struct matrix *some = NULL, *left = NULL, *out = NULL;
    if (all != NULL)
        some = matrix_slice(all, (struct span){0, 1, all->row.size}, (struct span){0, 1, count}, e);
    matrix_unref(all);
    if (w->matrix == NULL || some == NULL)
        return some;
    left = w->reading == READING_IN ? matrix_transpose(w->matrix) : matrix_ref(w->matrix);
    out = matrix_product(left, some, e);
    matrix_unref(left);
    matrix_unref(some);
    return out;
}

/* For each component how many tokens stand above the one, and how many below. */
static bool count_beyond(const struct matrix *m, size_t token, size_t *above, size_t *below,
                         float *own, struct err *e)
{
    enum { BAND = 512 };
    struct split s = {0};
    size_t cols = m->col.size;
    float *tile = mem_try_alloc(BAND * cols * sizeof *tile);
    bool ok = (tile != NULL || err_memory(e)) && matrix_split(m, &s, e) &&
              split_tile(&s, token, 1, 0, cols, own, cols, e);
    for (size_t row = 0; ok && row < m->row.size; row += BAND) {
        size_t rows = m->row.size - row < BAND ? m->row.size - row : BAND;
        ok = split_tile(&s, row, rows, 0, cols, tile, cols, e);
        for (size_t i = 0; ok && i < rows; i++)
            for (size_t j = 0; j < cols && row + i != token; j++) {
                above[j] += tile[i * cols + j] > own[j];
                below[j] += tile[i * cols + j] < own[j];
            }
    }
    split_free(&s);
    mem_free(tile);
    return ok;
}

/* Betters the hits by what one way says. */
static bool rank_way(struct ranks_work *k, const struct way *w, struct err *e)
{
    struct matrix *m = read_side(k->v->items[k->member].decomp, w, k->count, e);
    size_t *above = mem_new(k->count, sizeof *above), *below = mem_new(k->count, sizeof *below);
    float *own = mem_new(k->count, sizeof *own);
    bool ok = m != NULL && count_beyond(m, k->token, above, below, own, e);
    for (size_t j = 0; ok && j < k->count; j++) {
        bool high = above[j] <= below[j];
        size_t rank = 1 + (high ? above[j] : below[j]);
        if (own[j] != 0 && (k->hits[j].rank == 0 || rank < k->hits[j].rank))
            k->hits[j] = (struct hit){j, rank, high, w->name};
    }
    mem_free(above);
    mem_free(below);
    mem_free(own);
    matrix_unref(m);
    return ok;
}

static int by_rank(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    if ((x->rank == 0) != (y->rank == 0))
        return x->rank == 0 ? 1 : -1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->component < y->component ? -1 : x->component > y->component;
}

static bool run_ranks(struct view_work *w, struct err *e)
{
    struct ranks_work *k = (struct ranks_work *)w;
    struct decomp *d = k->v->items[k->member].decomp;
    k->count = decomp_count(d) < RANKED_MOST ? decomp_count(d) : RANKED_MOST;
    k->hits = mem_new(k->count, sizeof *k->hits);
    bool ok = true;
    for (size_t i = 0; ok && i < k->ways.count; i++) {
        struct axis axis = way_axis(k->v, k->member, &k->ways.way[i]);
        if (axis.kind == AXIS_TOKEN && k->token < axis.size)
            ok = rank_way(k, &k->ways.way[i], e);
    }
    if (ok)
        qsort(k->hits, k->count, sizeof *k->hits, by_rank);
    while (ok && k->count > 0 && k->hits[k->count - 1].rank == 0)
        k->count--;
    return ok;
}

static void destroy_ranks(struct view_work *w)
{
    struct ranks_work *k = (struct ranks_work *)w;
    value_unref(k->v);
    ways_done(&k->ways);
    mem_free(k->hits);
    mem_free(k);
}

bool reading_ranks(struct explorer *x, const struct value *v, size_t member, size_t token,
                   const struct ways *w, struct hit **hits, size_t *count, struct err *e)
{
    struct ranks_work *k = mem_new(1, sizeof *k);
    *k = (struct ranks_work){.work = {run_ranks, destroy_ranks},
                             .v = value_ref((struct value *)v),
                             .member = member,
                             .token = token,
                             .ways = ways_ref(w)};
    if (!explorer_compute(x, &k->work, e))
        return false;
    *hits = k->hits;
    *count = k->count;
    k->hits = NULL;
    destroy_ranks(&k->work);
    return true;
}
