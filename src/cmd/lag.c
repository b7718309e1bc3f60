/* lag: what position alone makes each head attend to. */
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/num/rotary.h"
#include "handlers.h"
#include "provenance.h"

/* What is at both positions: x asks, y is asked. */
struct contents {
    struct vector *x, *y;
    const char *name; /* what they are without words, for the title; static */
};

static struct vector *ones(struct axis axis)
{
    struct vector *v = vector_new(axis);
    for (size_t i = 0; i < axis.size; i++)
        v->data[i] = 1;
    return v;
}

/* The mean over tokens of the embedding. */
static struct vector *mean_token(const struct matrix *w_e, struct err *e)
{
    struct vector *all = ones(w_e->col);
    struct vector *mean = matrix_apply(w_e, all, e);
    for (size_t i = 0; mean != NULL && i < mean->axis.size; i++)
        mean->data[i] /= (double)w_e->col.size;
    vector_unref(all);
    return mean;
}

static struct vector *given_content(struct call *c, size_t i, struct axis resid, struct err *e)
{
    struct value *v = call_content(c, i, e);
    struct vector *x = NULL;
    if (v != NULL && v->stack > 0) {
        err_set(e, ERR_TYPE, "one content is needed, not a stack of them; index it: v0[0]");
        call_fail(c, i, e);
    } else if (v != NULL && stream_require(c, i, "this content", v, resid, e))
        x = vector_ref(v->items[0].vector);
    value_unref(v);
    return x;
}

static bool find_contents(struct call *c, struct contents *out, struct err *e)
{
    const struct value *embedding = model_weight(c, "w_e", e);
    const struct matrix *w_e = embedding ? embedding->items[0].matrix : NULL;
    if (w_e == NULL)
        return false;
    if (call_count(c) > 2)
        return err_set(e, ERR_ARGUMENT,
                       "lag takes one content, or two: who asks, and who is asked");
    if (call_count(c) > 0 && call_has(c, "ones"))
        return err_set(e, ERR_ARGUMENT, "--ones is a content of its own; leave the words out");
    out->name = call_has(c, "ones") ? "all ones" : "mean token embedding";
    if (call_count(c) > 0)
        out->x = given_content(c, 0, w_e->row, e);
    else
        out->x = call_has(c, "ones") ? ones(w_e->row) : mean_token(w_e, e);
    if (out->x != NULL)
        out->y = call_count(c) > 1 ? given_content(c, 1, w_e->row, e) : vector_ref(out->x);
    return out->y != NULL;
}

/* A stored vector's numbers, row_stride apart; NULL where the model has none. */
static bool stored_numbers(const struct stored_weight *w, const float **out, struct err *e)
{
    *out = w->storage != NULL ? storage_data(w->storage, e) : NULL;
    if (w->storage != NULL && *out == NULL)
        return false;
    *out = *out != NULL ? *out + w->offset : NULL;
    return true;
}

/* Gain and bias of a norm. */
static bool add_weights(const struct norm *norm, struct vector *y, struct err *e)
{
    const float *gain, *bias;
    if (!stored_numbers(&norm->gain, &gain, e) || !stored_numbers(&norm->bias, &bias, e))
        return false;
    for (size_t i = 0; i < y->axis.size; i++) {
        if (gain != NULL)
            y->data[i] *=
                (norm->one_plus ? 1 : 0) + (double)gain[(ptrdiff_t)i * norm->gain.row_stride];
        if (bias != NULL)
            y->data[i] += (double)bias[(ptrdiff_t)i * norm->bias.row_stride];
    }
    return true;
}

/* norm(x), with its gain and bias if weights are wanted; a new reference. */
static struct vector *normed(const struct norm *norm, bool weights, struct vector *x, struct err *e)
{
    size_t n = x->axis.size;
    double mean = 0, squares = 0;
    if (norm->kind == NORM_NONE)
        return vector_ref(x);
    struct vector *y = vector_new(x->axis);
    for (size_t i = 0; norm->kind == NORM_LAYER && i < n; i++)
        mean += x->data[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (x->data[i] - mean) * (x->data[i] - mean);
    double scale = 1 / sqrt(squares / (double)n + norm->eps);
    for (size_t i = 0; i < n; i++)
        y->data[i] = scale * (x->data[i] - mean);
    if (!weights || add_weights(norm, y, e))
        return y;
    vector_unref(y);
    return NULL;
}

/* How one head's queries, or keys, are made of what its layer reads. */
struct reads {
    const struct matrix *w;
    const struct vector *bias;       /* NULL: none */
    const struct norm *norm;         /* of the queries, or keys, themselves */
    const struct norm *content_norm; /* NULL: the content is read as it is */
    bool content_weights;            /* or do the gain and bias of that norm stand in w already? */
};

static struct vector *read_head(const struct reads *r, struct vector *x, struct err *e)
{
    struct vector *content =
        r->content_norm ? normed(r->content_norm, r->content_weights, x, e) : vector_ref(x);
    struct vector *v = content ? matrix_apply(r->w, content, e) : NULL;
    for (size_t i = 0; v != NULL && r->bias != NULL && i < v->axis.size; i++)
        v->data[i] += r->bias->data[i];
    struct vector *out = v ? normed(r->norm, true, v, e) : NULL;
    vector_unref(content);
    vector_unref(v);
    return out;
}

/* What a lag profile is made of. */
struct lag {
    const struct value *w_q, *w_k, *b_q, *b_k; /* b_: NULL where the model has none */
    size_t lags;
    bool scaled;
    /* Where biases or norms of the heads' own come in, the score is no plain product of the two
     * contents: their size and the gain count, and the layer's norm is applied to them. */
    bool normed;
};

static struct reads reads_of(const struct model *m, const struct lag *l, size_t n, bool key)
{
    const struct architecture_layer *layer =
        &m->architecture.layers[value_member(l->w_q, n).index[0]];
    const struct value *bias = key ? l->b_k : l->b_q;
    return (struct reads){
        .w = (key ? l->w_k : l->w_q)->items[n].matrix,
        .bias = bias != NULL ? bias->items[n].vector : NULL,
        .norm = key ? &layer->key : &layer->query,
        .content_norm = l->normed ? &layer->attention_in : NULL,
        .content_weights = !m->folded,
    };
}

/* s(lag) of one head, as a vector over positions. */
static struct vector *profile(const struct model *m, const struct lag *l, size_t n,
                              const struct contents *k, struct err *e)
{
    const struct rotary_plan *plan = &m->architecture.rotary;
    struct reads asks = reads_of(m, l, n, false), asked = reads_of(m, l, n, true);
    double scale = m->architecture.layers[value_member(l->w_q, n).index[0]].attention_scale;
    struct vector *q = read_head(&asks, k->x, e), *key = q ? read_head(&asked, k->y, e) : NULL;
    struct vector *s = vector_new(axis_make(AXIS_POS, l->lags, NULL));
    bool ok = key != NULL;
    if (ok) {
        struct rotary rotary = {q->axis.size, plan->base, plan->dims, plan->frequencies};
        ok = rotary_lag_profile(rotary, q->data, key->data, l->scaled ? scale : 1, s->axis.size,
                                s->data, e);
    }
    vector_unref(q);
    vector_unref(key);
    if (ok)
        return s;
    vector_unref(s);
    return NULL;
}

/* The causal map: entry (i, j) is s(i - j), zero where j is in i's future. */
static struct matrix *causal_map(const struct vector *s, struct err *e)
{
    size_t n = s->axis.size;
    float *data;
    struct dense *d = dense_new(n, n, &data, e);
    for (size_t i = 0; d != NULL && i < n; i++)
        for (size_t j = 0; j <= i; j++)
            data[i * n + j] = (float)s->data[i - j];
    struct matrix *m = d ? matrix_from_dense(d, s->axis, s->axis) : NULL;
    dense_unref(d);
    return m;
}

static void lag_title(struct call *c, struct report *r, const struct contents *k)
{
    struct text t = TEXT_EMPTY;
    for (size_t i = 0; i < call_count(c); i++) {
        text_add(&t, i > 0 ? " asking " : "");
        call_source(c, i, &t);
    }
    if (t.length == 0)
        text_add(&t, k->name);
    if (c->note.length > 0)
        text_printf(&t, ": %s", text_get(&c->note));
    report_title(r, "attention by lag of %s", text_get(&t));
    text_done(&t);
}

/* Does the model divide by the root of d_head, as most do? */
static bool plain_scale(const struct architecture *a)
{
    for (size_t i = 0; i < a->layer_count; i++)
        if (fabs(a->layers[i].attention_scale * sqrt((double)a->d_head) - 1) > 1e-12)
            return false;
    return true;
}

/* Which norms the contents went through, and what of one was left out. */
static void ledger_norms(const struct model *m, const struct lag *l, struct report *r)
{
    const struct norm *in = &m->architecture.layers[0].attention_in;
    bool heads = m->architecture.layers[0].query.kind != NORM_NONE,
         content = l->normed && in->kind != NORM_NONE;
    bool gain = in->gain.storage != NULL && !m->folded;
    if (in->kind != NORM_NONE && !l->normed)
        report_ledger(r, "norms", "left out: %s1/%s of the content", gain ? "the gain and " : "",
                      in->kind == NORM_RMS ? "rms" : "std");
    else if (heads || content)
        report_ledger(r, "norms", "%s%s%s", content ? "of the content" : "",
                      heads && content ? ", " : "", heads ? "of queries and keys" : "");
}

/* What lies further back than the window is not seen. */
static void ledger_window(const struct architecture *a, struct report *r)
{
    size_t layers = 0, window = 0;
    for (size_t i = 0; i < a->layer_count; i++) {
        layers += a->layers[i].window > 0;
        window = a->layers[i].window > 0 ? a->layers[i].window : window;
    }
    if (layers > 0)
        report_ledger(r, "window", "lags below %zu only, in %zu of %zu layers", window, layers,
                      a->layer_count);
}

static void lag_ledger(struct call *c, struct report *r, const struct lag *l)
{
    const struct architecture *a = &current_model(c)->architecture;
    const char *scale = plain_scale(a) ? "1/sqrt(d_head)" : "the model's own";
    ledger_start(c, r);
    report_ledger(r, "scale", "%s", l->scaled ? scale : "none");
    if (l->b_q != NULL)
        report_ledger(r, "biases", "included");
    ledger_norms(current_model(c), l, r);
    ledger_window(a, r);
    if (a->attention_cap > 0)
        report_ledger(r, "cap", "not applied");
    if (l->lags == a->context)
        report_ledger(r, "lag", "0 to the context's end");
    else
        report_ledger(r, "lag", "0 to %zu of %zu", l->lags - 1, a->context - 1);
}

enum { MOST_LAGS = 2048 };

static bool lag_find(struct call *c, struct lag *l, struct err *e)
{
    size_t context = current_model(c)->sizes.context;
    l->w_q = model_weight(c, "w_q", e);
    l->w_k = l->w_q ? model_weight(c, "w_k", e) : NULL;
    if (l->w_k == NULL)
        return false;
    l->b_q = call_model_value(c, "b_q");
    l->b_k = call_model_value(c, "b_k");
    l->normed = l->b_q != NULL || l->b_k != NULL ||
                current_model(c)->architecture.layers[0].query.kind != NORM_NONE;
    l->scaled = !call_has(c, "unscaled");
    l->lags = context < MOST_LAGS ? context : MOST_LAGS;
    if (!call_option_number(c, "lags", 1, context, &l->lags, e))
        return false;
    size_t entry = call_has(c, "heat") ? l->lags * sizeof(float) : sizeof(double);
    double bytes = (double)l->w_q->count * (double)l->lags * (double)entry;
    if (c->host == NULL || c->host->memory == 0 || bytes <= (double)c->host->memory)
        return true;
    return err_set(e, ERR_BUDGET,
                   "%zu lags of %zu heads do not fit in the memory budget; --lags N asks for fewer",
                   l->lags, l->w_q->count);
}

/* The profiles of all heads, or their causal maps. */
static struct value *lag_values(struct call *c, const struct lag *l, const struct contents *k,
                                bool heat, struct err *e)
{
    struct value *out = value_new(heat ? VALUE_MATRIX : VALUE_VECTOR, 2, l->w_q->axes);
    struct task_part part = task_here();
    for (size_t n = 0; n < out->count; n++) {
        value_member_begins(&part, out, n);
        struct vector *s = task_go_on(e) ? profile(current_model(c), l, n, k, e) : NULL;
        if (heat && s != NULL)
            out->items[n].matrix = causal_map(s, e);
        else if (s != NULL)
            out->items[n].vector = vector_ref(s);
        vector_unref(s);
        if (out->items[n].vector == NULL) {
            value_unref(out);
            return NULL;
        }
    }
    return out;
}

static bool lag_report(struct call *c, struct report *r, const struct contents *k, struct err *e)
{
    struct lag l;
    bool heat = call_has(c, "heat");
    if (!lag_find(c, &l, e))
        return false;
    struct task_part whole = task_here();
    task_part(&whole, 0, heat ? 0.5 : 1);
    struct value *out = lag_values(c, &l, k, heat, e);
    task_rest(&whole, heat ? 0.5 : 1);
    if (out == NULL)
        return false;
    lag_title(c, r, k);
    lag_ledger(c, r, &l);
    bool ok =
        heat ? heat_of_value(c, r, out, e) : series_of_values(r, out, "lag profile", SERIES_LINE);
    for (size_t i = 0; !heat && i < r->count; i++) { /* the axis is a lag, not a place */
        mem_free(r->blocks[i].series.axis);
        r->blocks[i].series.axis = mem_strdup("lag");
    }
    if (ok)
        call_subject(c, out, NULL);
    value_unref(out);
    return ok;
}

bool run_lag(struct call *c, struct report *r, struct err *e)
{
    const struct model *m = need_model(c, e);
    if (m == NULL)
        return false;
    if (m->positions == POSITIONS_LEARNED)
        return err_set(e, ERR_UNSUPPORTED,
                       "this model learned its positions: attention by position "
                       "is w_pos' @ qk @ w_pos; heat w_pos' @ qk @ w_pos shows it");
    if (m->positions != POSITIONS_ROTARY)
        return err_set(e, ERR_UNSUPPORTED,
                       "this model has no rotary positions: its scores do not depend on the lag");
    if (m->architecture.unsupported != NULL)
        return err_set(e, ERR_UNSUPPORTED, "lag needs this model's positions, but %s",
                       m->architecture.unsupported);
    if (m->folded && m->architecture.layers[0].query.kind != NORM_NONE)
        return err_set(e, ERR_UNSUPPORTED,
                       "this model normalises queries and keys by their own "
                       "length, which folded weights have lost; load it without --fold");
    struct contents k = {0};
    bool ok = find_contents(c, &k, e) && lag_report(c, r, &k, e);
    vector_unref(k.x);
    vector_unref(k.y);
    return ok;
}
