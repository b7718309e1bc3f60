#include "bilens/run/forward.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/num/attention.h"
#include "bilens/num/nonlinear.h"
#include "forward_steps.h"

/* Positions that go through a layer together: enough for the matrices to be worth reading. */
enum { CHUNK = 256 };

struct forward {
    const struct architecture *a;
    size_t capacity, length, chunk;
    struct rotary_table turns;
    struct attention_cache *caches; /* of each layer */
    float *stream; /* capacity x d_model: the residual stream after the last layer */
    /* Of a chunk: */
    float *normed, *added, *more; /* d_model */
    float *queries, *mixed;       /* heads x d_head */
    float *left, *right;          /* d_hidden */
    double *scales;               /* of the rows of a norm */
    struct forward_trace *trace;  /* borrowed, or NULL */
};

/* --- Making one --- */

static struct attention attention_of(const struct architecture *a,
                                     const struct architecture_layer *l)
{
    return (struct attention){.heads = a->heads,
                              .kv_heads = a->kv_heads,
                              .d_head = a->d_head,
                              .scale = l->attention_scale,
                              .cap = a->attention_cap,
                              .window = l->window};
}

static bool make_room(float **out, size_t rows, size_t cols, struct err *e)
{
    *out = cols == 0 || rows <= (size_t)-1 / sizeof **out / cols
               ? mem_try_alloc(rows * cols * sizeof **out)
               : NULL;
    return *out != NULL || err_memory(e);
}

static bool make_caches(struct forward *f, struct err *e)
{
    f->caches = mem_new(f->a->layer_count, sizeof *f->caches);
    for (size_t i = 0; i < f->a->layer_count; i++) {
        struct attention attention = attention_of(f->a, &f->a->layers[i]);
        if (!attention_cache_make(&attention, f->capacity, &f->caches[i], e))
            return false;
    }
    return true;
}

static bool make_all(struct forward *f, struct err *e)
{
    const struct architecture *a = f->a;
    size_t heads = a->heads * a->d_head;
    f->scales = mem_new(f->chunk, sizeof *f->scales);
    return rotary_table_make(a->rotary.frequencies, a->rotary.dims / 2, f->capacity, &f->turns,
                             e) &&
           make_caches(f, e) && make_room(&f->stream, f->capacity, a->d_model, e) &&
           make_room(&f->normed, f->chunk, a->d_model, e) &&
           make_room(&f->added, f->chunk, a->d_model, e) &&
           make_room(&f->more, f->chunk, a->d_model, e) &&
           make_room(&f->queries, f->chunk, heads, e) && make_room(&f->mixed, f->chunk, heads, e) &&
           make_room(&f->left, f->chunk, a->d_hidden, e) &&
           make_room(&f->right, f->chunk, a->d_hidden, e);
}

struct forward *forward_new(const struct architecture *a, size_t capacity, struct err *e)
{
    if (a->unsupported != NULL) {
        err_set(e, ERR_UNSUPPORTED, "this model cannot be run: %s", a->unsupported);
        return NULL;
    }
    if (capacity == 0 || capacity > a->context) {
        err_set(e, ERR_ARGUMENT, "a text of %zu tokens: this model reads 1 to %zu", capacity,
                a->context);
        return NULL;
    }
    struct forward *f = mem_new(1, sizeof *f);
    f->a = a;
    f->capacity = capacity;
    f->chunk = capacity < CHUNK ? capacity : CHUNK;
    if (make_all(f, e))
        return f;
    forward_free(f);
    return NULL;
}

void forward_free(struct forward *f)
{
    if (f == NULL)
        return;
    rotary_table_done(&f->turns);
    for (size_t i = 0; f->caches != NULL && i < f->a->layer_count; i++)
        attention_cache_done(&f->caches[i]);
    float *const rooms[] = {f->stream,  f->normed, f->added, f->more,
                            f->queries, f->mixed,  f->left,  f->right};
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++)
        mem_free(rooms[i]);
    mem_free(f->scales);
    mem_free(f->caches);
    mem_free(f);
}

void forward_watch(struct forward *f, struct forward_trace *trace)
{
    f->trace = trace;
}

size_t forward_length(const struct forward *f)
{
    return f->length;
}

/* --- One layer --- */

/* Positions first .. first + count - 1, whose residual streams are x. */
struct chunk {
    float *x;
    size_t first, count;
    const size_t *ids;
    size_t done, total; /* of what is appended, in tokens */
};

/* The trace's row in the chunk; false where it is in another, or nobody watches. */
static bool watched(const struct forward *f, const struct chunk *c, size_t *row)
{
    *row = 0;
    if (f->trace == NULL || f->trace->position < c->first ||
        f->trace->position >= c->first + c->count)
        return false;
    *row = f->trace->position - c->first;
    return true;
}

static void keep_row(float *to, const float *rows, size_t row, size_t width)
{
    memcpy(to, rows + row * width, width * sizeof *to);
}

/* Turns the heads of every row of the chunk to its position. */
static void turn_rows(const struct forward *f, const struct chunk *c, float *rows, size_t heads)
{
    size_t k = f->a->d_head;
    if (f->a->rotary.dims == 0)
        return;
    for (size_t i = 0; i < c->count; i++)
        for (size_t h = 0; h < heads; h++)
            rotary_table_turn(&f->turns, c->first + i, rows + (i * heads + h) * k);
}

/* Queries of the chunk, and its keys and values into the cache. */
static bool ask(struct forward *f, const struct architecture_layer *l,
                const struct attention_cache *cache, const struct chunk *c, struct err *e)
{
    const struct architecture *a = f->a;
    size_t n = c->count, row = a->kv_heads * a->d_head;
    float *keys = cache->keys + c->first * row, *values = cache->values + c->first * row;
    if (!linear_apply(&l->w_q, &l->b_q, f->normed, n, f->queries, e) ||
        !linear_apply(&l->w_k, &l->b_k, f->normed, n, keys, e) ||
        !linear_apply(&l->w_v, &l->b_v, f->normed, n, values, e) ||
        !norm_apply(&l->query, f->queries, n * a->heads, a->d_head, f->queries, NULL, e) ||
        !norm_apply(&l->key, keys, n * a->kv_heads, a->d_head, keys, NULL, e))
        return false;
    turn_rows(f, c, f->queries, a->heads);
    turn_rows(f, c, keys, a->kv_heads);
    return true;
}

/* What attention adds to the stream, to f->added. */
static bool attend(struct forward *f, size_t layer, const struct chunk *c, struct err *e)
{
    const struct architecture *a = f->a;
    const struct architecture_layer *l = &a->layers[layer];
    struct attention attention = attention_of(a, l);
    size_t n = c->count, d = a->d_model, heads = a->heads * a->d_head, row;
    if (!norm_apply(&l->attention_in, c->x, n, d, f->normed, NULL, e) ||
        !ask(f, l, &f->caches[layer], c, e) ||
        !attention_causal(&attention, &f->caches[layer], f->queries, heads, c->first, n, f->mixed,
                          heads, e) ||
        !linear_gather(&l->w_o, &l->b_o, f->mixed, n, f->added, e))
        return false;
    scale_elements(f->added, a->attention_out_scale, n * d);
    if (!norm_apply(&l->attention_out, f->added, n, d, f->added, f->scales, e))
        return false;
    if (watched(f, c, &row)) {
        struct forward_trace_layer *kept = &f->trace->layers[layer];
        keep_row(kept->mixed, f->mixed, row, heads);
        keep_row(kept->attention, f->added, row, d);
        kept->attention_norm = f->scales[row];
    }
    return true;
}

/* The MLP's hidden row: what w_p reads, to f->left. */
static bool think(struct forward *f, const struct architecture_layer *l, size_t n, struct err *e)
{
    const struct architecture *a = f->a;
    size_t count = n * a->d_hidden;
    bool plain = a->mlp == MLP_PLAIN;
    if (!linear_apply(plain ? &l->w_in : &l->w_l, plain ? &l->b_in : &l->b_l, f->normed, n, f->left,
                      e))
        return false;
    if (a->mlp != MLP_BILINEAR)
        activation_apply(a->activation, f->left, count);
    if (plain)
        return true;
    if (!linear_apply(&l->w_r, &l->b_r, f->normed, n, f->right, e))
        return false;
    multiply_elements(f->left, f->right, count);
    return true;
}

/* What the MLP adds to the stream, to f->more. */
static bool compute(struct forward *f, size_t layer, const struct chunk *c, struct err *e)
{
    const struct architecture_layer *l = &f->a->layers[layer];
    size_t n = c->count, d = f->a->d_model, row;
    if (!norm_apply(&l->mlp_in, c->x, n, d, f->normed, NULL, e) || !think(f, l, n, e) ||
        !linear_apply(&l->w_p, &l->b_p, f->left, n, f->more, e) ||
        !norm_apply(&l->mlp_out, f->more, n, d, f->more, f->scales, e))
        return false;
    if (watched(f, c, &row)) {
        struct forward_trace_layer *kept = &f->trace->layers[layer];
        keep_row(kept->mlp_in, f->normed, row, d);
        keep_row(kept->mlp, f->more, row, d);
        kept->mlp_norm = f->scales[row];
    }
    return true;
}

/* In a parallel layer both read the same stream, in others the MLP reads what attention added. */
static bool pass_layer(struct forward *f, size_t layer, const struct chunk *c, struct err *e)
{
    size_t count = c->count * f->a->d_model;
    if (!attend(f, layer, c, e))
        return false;
    if (!f->a->parallel)
        add_elements(c->x, f->added, count);
    if (!compute(f, layer, c, e))
        return false;
    if (f->a->parallel)
        add_elements(c->x, f->added, count);
    add_elements(c->x, f->more, count);
    return true;
}

/* --- All of them --- */

/* The embeddings of the chunk's tokens at their positions. */
static bool embed(struct forward *f, const struct chunk *c, struct err *e)
{
    const struct architecture *a = f->a;
    size_t d = a->d_model, row;
    bool seen = watched(f, c, &row);
    for (size_t i = 0; i < c->count; i++) {
        float *x = c->x + i * d;
        if (!column_read(&a->w_e, c->ids[i], x, e))
            return false;
        scale_elements(x, a->embedding_scale, d);
        if (seen && i == row)
            keep_row(f->trace->embedding, x, 0, d);
        if (a->w_pos.storage == NULL)
            continue;
        if (!column_read(&a->w_pos, c->first + i, f->more, e))
            return false;
        if (seen && i == row)
            keep_row(f->trace->place, f->more, 0, d);
        add_elements(x, f->more, d);
    }
    return true;
}

static bool pass(struct forward *f, const struct chunk *c, struct err *e)
{
    if (!embed(f, c, e))
        return false;
    for (size_t layer = 0; layer < f->a->layer_count; layer++) {
        if (c->total > 1)
            task_step("reading the text", c->done * f->a->layer_count + layer * c->count,
                      c->total * f->a->layer_count);
        if (!task_go_on(e) || !pass_layer(f, layer, c, e))
            return false;
    }
    size_t row;
    return !watched(f, c, &row) || norm_apply(&f->a->final, c->x + row * f->a->d_model, 1,
                                              f->a->d_model, f->normed, &f->trace->final_norm, e);
}

static bool check_ids(const struct forward *f, const size_t *ids, size_t count, struct err *e)
{
    if (count > f->capacity - f->length)
        return err_set(e, ERR_ARGUMENT, "%zu tokens more than there is room for (%zu)",
                       count - (f->capacity - f->length), f->capacity);
    for (size_t i = 0; i < count; i++)
        if (ids[i] >= f->a->vocab)
            return err_set(e, ERR_UNKNOWN_TOKEN,
                           "token %zu is beyond the model's embedding, which "
                           "has %zu",
                           ids[i], f->a->vocab);
    return true;
}

bool forward_append(struct forward *f, const size_t *ids, size_t count, struct err *e)
{
    if (!check_ids(f, ids, count, e))
        return false;
    for (size_t done = 0; done < count;) {
        struct chunk c = {
            .first = f->length + done, .ids = ids + done, .done = done, .total = count};
        c.count = count - done < f->chunk ? count - done : f->chunk;
        c.x = f->stream + c.first * f->a->d_model;
        if (!pass(f, &c, e))
            return false;
        done += c.count;
    }
    f->length += count;
    return true;
}

bool forward_scores(struct forward *f, size_t first, size_t count, float *scores, struct err *e)
{
    const struct architecture *a = f->a;
    for (size_t done = 0; done < count;) {
        size_t n = count - done < f->chunk ? count - done : f->chunk;
        const float *x = f->stream + (first + done) * a->d_model;
        if (!norm_apply(&a->final, x, n, a->d_model, f->normed, NULL, e) ||
            !linear_apply(&a->w_u, &a->b_u, f->normed, n, scores + done * a->vocab, e))
            return false;
        done += n;
    }
    return true;
}

bool forward_logits(struct forward *f, size_t first, size_t count, float *logits, struct err *e)
{
    if (!forward_scores(f, first, count, logits, e))
        return false;
    softcap_apply(f->a->logit_cap, logits, count * f->a->vocab);
    return true;
}

/* --- Traces --- */

static bool trace_layer_make(const struct architecture *a, struct forward_trace_layer *l,
                             struct err *e)
{
    return make_room(&l->mixed, a->heads, a->d_head, e) &&
           make_room(&l->attention, 1, a->d_model, e) && make_room(&l->mlp_in, 1, a->d_model, e) &&
           make_room(&l->mlp, 1, a->d_model, e);
}

bool forward_trace_make(const struct architecture *a, size_t position, struct forward_trace *out,
                        struct err *e)
{
    *out = (struct forward_trace){.position = position,
                                  .layers = mem_new(a->layer_count, sizeof *out->layers),
                                  .place = mem_new(a->d_model, sizeof *out->place)};
    bool good = make_room(&out->embedding, 1, a->d_model, e);
    for (size_t i = 0; good && i < a->layer_count; i++)
        good = trace_layer_make(a, &out->layers[i], e);
    if (!good)
        forward_trace_done(a, out);
    return good;
}

void forward_trace_done(const struct architecture *a, struct forward_trace *t)
{
    mem_free(t->embedding);
    mem_free(t->place);
    for (size_t i = 0; t->layers != NULL && i < a->layer_count; i++) {
        mem_free(t->layers[i].mixed);
        mem_free(t->layers[i].attention);
        mem_free(t->layers[i].mlp_in);
        mem_free(t->layers[i].mlp);
    }
    mem_free(t->layers);
    *t = (struct forward_trace){0};
}
