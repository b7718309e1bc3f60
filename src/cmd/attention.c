/* lag and copying: what heads do by themselves. */
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/num/compose.h"
#include "bilens/num/reduced.h"
#include "bilens/num/rotary.h"
#include "handlers.h"
#include "stacks.h"

const struct value *head_stack(struct call *c, const char *name, struct err *e)
{
    const struct value *v = workspace_get(c->evaluator.names, name);
    if (v != NULL && v->kind == VALUE_MATRIX && v->stack == 2) {
        c->traits |= v->traits;
        return v;
    }
    err_set(e, ERR_UNKNOWN_NAME, "%s is not a stack over layers and heads any more; load the model "
            "again", name);
    return NULL;
}

/* Two of them that must go together, head by head. */
static bool same_heads(const struct value *a, const struct value *b, const char *names,
                       struct err *e)
{
    return value_same_stack(a, b) ||
           err_set(e, ERR_AXES, "%s do not hold the same heads any more; load the model again", names);
}

static const struct matrix *single_matrix(struct call *c, const char *name, struct err *e)
{
    const struct value *v = workspace_get(c->evaluator.names, name);
    if (v != NULL && v->kind == VALUE_MATRIX && v->stack == 0) {
        c->traits |= v->traits;
        return v->items[0].matrix;
    }
    err_set(e, ERR_UNKNOWN_NAME, "%s is not the model's matrix any more; load the model again", name);
    return NULL;
}

/* What is at both positions: x asks, y is asked. */
struct contents {
    struct vector *x, *y;
    const char *name; /* what they are without words, for the title; static */
};

static struct vector *ones(struct axis axis, struct err *e)
{
    struct vector *v = vector_new(axis, e);
    for (size_t i = 0; v != NULL && i < axis.size; i++)
        v->data[i] = 1;
    return v;
}

/* The mean over tokens of the embedding. */
static struct vector *mean_token(const struct matrix *w_e, struct err *e)
{
    struct vector *all = ones(w_e->col, e);
    struct vector *mean = all ? matrix_apply(w_e, all, e) : NULL;
    for (size_t i = 0; mean != NULL && i < mean->axis.size; i++)
        mean->data[i] /= (double)w_e->col.size;
    vector_unref(all);
    return mean;
}

static struct vector *given_content(struct call *c, size_t i, struct axis resid, struct err *e)
{
    struct value *v = call_content(c, i, e);
    struct vector *x = NULL;
    if (v != NULL && v->stack == 0 && axis_match(v->items[0].vector->axis, resid))
        x = vector_ref(v->items[0].vector);
    else if (v != NULL) {
        err_set(e, ERR_AXES, "a content is one vector in the residual stream (resid, %zu)",
                resid.size);
        call_fail(c, i, e);
    }
    value_unref(v);
    return x;
}

static bool find_contents(struct call *c, struct contents *out, struct err *e)
{
    const struct matrix *w_e = single_matrix(c, "w_e", e);
    if (w_e == NULL)
        return false;
    if (call_count(c) > 2)
        return err_set(e, ERR_ARGUMENT, "lag takes one content, or two: who asks, and who is asked");
    if (call_count(c) > 0 && call_has(c, "ones"))
        return err_set(e, ERR_ARGUMENT, "--ones is a content of its own; leave the words out");
    out->name = call_has(c, "ones") ? "all ones" : "mean token embedding";
    if (call_count(c) > 0)
        out->x = given_content(c, 0, w_e->row, e);
    else
        out->x = call_has(c, "ones") ? ones(w_e->row, e) : mean_token(w_e, e);
    if (out->x != NULL)
        out->y = call_count(c) > 1 ? given_content(c, 1, w_e->row, e) : vector_ref(out->x);
    return out->y != NULL;
}

/* One head's queries, or keys: what its weights read, with what the model adds to it, and, where
 * it normalises them, normalised. bias may be NULL. */
static struct vector *read_head(const struct matrix *w, const struct vector *bias,
                                const struct norm *norm, const struct vector *x, struct err *e)
{
    struct vector *v = matrix_apply(w, x, e);
    const float *gain = NULL;
    double squares = 0;
    if (v == NULL)
        return NULL;
    for (size_t i = 0; i < v->axis.size; i++) {
        v->data[i] += bias != NULL ? bias->data[i] : 0;
        squares += v->data[i] * v->data[i];
    }
    if (norm->kind == NORM_NONE)
        return v;
    if (norm->gain.storage != NULL && (gain = storage_data(norm->gain.storage, e)) == NULL) {
        vector_unref(v);
        return NULL;
    }
    double scale = 1 / sqrt(squares / (double)v->axis.size + norm->eps);
    for (size_t i = 0; i < v->axis.size; i++)
        v->data[i] *= scale * (gain != NULL ? (norm->one_plus ? 1 : 0) + (double)gain[i] : 1);
    return v;
}

/* The weights of a head that lag is about. */
struct lag_head {
    const struct matrix *w_q, *w_k;
    const struct vector *b_q, *b_k; /* NULL: none */
    size_t layer;
};

/* What a lag profile is made of. */
struct lag {
    const struct value *w_q, *w_k, *b_q, *b_k; /* b_: NULL where the model has none */
    size_t lags;
    bool scaled;
};

/* s(lag) of one head, as a vector over positions. */
static struct vector *profile(const struct model *m, const struct lag_head *h,
                              const struct contents *k, const struct lag *l, struct err *e)
{
    const struct architecture_layer *layer = &m->architecture.layers[h->layer];
    const struct rotary_plan *plan = &m->architecture.rotary;
    struct vector *q = read_head(h->w_q, h->b_q, &layer->query, k->x, e);
    struct vector *key = q ? read_head(h->w_k, h->b_k, &layer->key, k->y, e) : NULL;
    struct vector *s = key ? vector_new(axis_make(AXIS_POS, l->lags, NULL), e) : NULL;
    bool ok = s != NULL;
    if (ok) {
        struct rotary rotary = {q->axis.size, plan->base, plan->dims, plan->frequencies};
        ok = rotary_lag_profile(rotary, q->data, key->data, l->scaled ? layer->attention_scale : 1,
                                s->axis.size, s->data, e);
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
    struct matrix *m = d ? matrix_from_dense(d, s->axis, s->axis, e) : NULL;
    dense_unref(d);
    return m;
}

static bool lag_title(struct call *c, struct report *r, const struct contents *k, struct err *e)
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
    bool ok = !t.failed ? report_title(r, e, "attention by lag of %s", text_get(&t)) : err_memory(e);
    text_done(&t);
    return ok;
}

/* Does the model divide by the root of d_head, as most do? */
static bool plain_scale(const struct architecture *a)
{
    for (size_t i = 0; i < a->layer_count; i++)
        if (fabs(a->layers[i].attention_scale * sqrt((double)a->d_head) - 1) > 1e-12)
            return false;
    return true;
}

static bool lag_ledger(struct call *c, struct report *r, const struct contents *k,
                       const struct lag *l, struct err *e)
{
    const struct architecture *a = &current_model(c)->architecture;
    bool normed = a->layers[0].query.kind != NORM_NONE;
    const char *scale = plain_scale(a) ? "1/sqrt(d_head)" : "the model's own";
    if (!ledger_start(c, r, e) ||
        !report_ledger(r, e, "scale", "%s", l->scaled ? scale : "none") ||
        (l->b_q != NULL && !report_ledger(r, e, "biases", "included")) ||
        (normed && !report_ledger(r, e, "norms", "of queries and keys")) ||
        (a->attention_cap > 0 && !report_ledger(r, e, "cap", "not applied")))
        return false;
    bool all = l->lags == a->context;
    return (all ? report_ledger(r, e, "lag", "0 to the context's end")
                : report_ledger(r, e, "lag", "0 to %zu of %zu", l->lags - 1, a->context - 1)) &&
           lag_title(c, r, k, e);
}

static struct lag_head lag_head(const struct lag *l, size_t n)
{
    return (struct lag_head){
        .w_q = l->w_q->items[n].matrix,
        .w_k = l->w_k->items[n].matrix,
        .b_q = l->b_q != NULL ? l->b_q->items[n].vector : NULL,
        .b_k = l->b_k != NULL ? l->b_k->items[n].vector : NULL,
        .layer = value_member(l->w_q, n).index[0],
    };
}

/* A bias of the model, if it still goes with the weights. */
static const struct value *bias_stack(struct call *c, const char *name, const struct value *weights)
{
    const struct value *v = workspace_get(c->evaluator.names, name);
    bool fits = v != NULL && v->kind == VALUE_VECTOR && value_same_stack(v, weights);
    return fits ? v : NULL;
}

enum { MOST_LAGS = 2048 };

static bool lag_find(struct call *c, struct lag *l, struct err *e)
{
    size_t context = current_model(c)->sizes.context;
    l->w_q = head_stack(c, "w_q", e);
    l->w_k = l->w_q ? head_stack(c, "w_k", e) : NULL;
    if (l->w_k == NULL || !same_heads(l->w_q, l->w_k, "w_q and w_k", e))
        return false;
    l->b_q = bias_stack(c, "b_q", l->w_q);
    l->b_k = bias_stack(c, "b_k", l->w_q);
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

static bool lag_report(struct call *c, struct report *r, const struct contents *k, struct err *e)
{
    struct lag l;
    bool heat = call_has(c, "heat"), ok = lag_find(c, &l, e);
    struct value *out =
        ok ? value_new(heat ? VALUE_MATRIX : VALUE_VECTOR, 2, l.w_q->axes, e) : NULL;
    struct task_part whole = task_here(), part;
    task_part(&whole, 0, heat ? 0.5 : 1);
    part = task_here();
    ok = out != NULL;
    for (size_t n = 0; ok && n < out->count; n++) {
        value_member_begins(&part, out, n);
        struct lag_head head = lag_head(&l, n);
        struct vector *s = profile(current_model(c), &head, k, &l, e);
        if (heat)
            out->items[n].matrix = s ? causal_map(s, e) : NULL;
        else
            out->items[n].vector = s ? vector_ref(s) : NULL;
        vector_unref(s);
        ok = heat ? out->items[n].matrix != NULL : out->items[n].vector != NULL;
        ok = ok && task_go_on(e);
    }
    task_rest(&whole, heat ? 0.5 : 1);
    ok = ok && lag_ledger(c, r, k, &l, e) &&
         (heat ? heat_of_value(c, r, out, e)
               : series_of_values(r, out, "lag profile", SERIES_LINE, e));
    for (size_t i = 0; ok && !heat && i < r->count; i++) { /* the axis is a lag, not a place */
        char *axis = mem_strdup("lag");
        ok = axis != NULL || err_memory(e);
        if (ok) {
            mem_free(r->blocks[i].series.axis);
            r->blocks[i].series.axis = axis;
        }
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
        return err_set(e, ERR_UNSUPPORTED, "this model learned its positions: attention by position "
                       "is w_pos' @ qk @ w_pos; heat w_pos' @ qk @ w_pos shows it");
    if (m->positions != POSITIONS_ROTARY)
        return err_set(e, ERR_UNSUPPORTED, "this model has no rotary positions: no lag is told apart");
    if (m->architecture.unsupported != NULL)
        return err_set(e, ERR_UNSUPPORTED, "lag needs this model's positions, but %s",
                       m->architecture.unsupported);
    if (m->folded && m->architecture.layers[0].query.kind != NORM_NONE)
        return err_set(e, ERR_UNSUPPORTED, "this model normalises queries and keys by their own "
                       "length, which folded weights have lost; load it without --fold");
    struct contents k = {0};
    bool ok = find_contents(c, &k, e) && lag_report(c, r, &k, e);
    vector_unref(k.x);
    vector_unref(k.y);
    return ok;
}

/* A table with a first column of member names and number columns. */
static struct report_table *number_table(struct report *r, const char *const *heads, size_t columns,
                                         size_t rows, struct err *e)
{
    struct block *b = report_add(r, BLOCK_TABLE, e);
    bool ok = b != NULL && block_table(b, NULL, columns, rows, e);
    for (size_t i = 0; ok && i < columns; i++)
        ok = table_column(&b->table, i, heads[i], i == 0 ? COLUMN_TEXT : COLUMN_NUMBER, e);
    return ok ? &b->table : NULL;
}

bool member_cell(struct report_table *t, size_t row, size_t column, struct member m, struct err *e)
{
    struct text name = TEXT_EMPTY;
    member_name(m, &name);
    bool ok = !name.failed && table_text(t, row, column, text_get(&name), e);
    text_done(&name);
    return ok || err_memory(e);
}

/* The four matrices that copying is about. */
struct output_value {
    const struct value *w_o, *w_v;
    const struct matrix *w_e, *w_u;
    struct copying_tokens tokens;
    bool ranks; /* is the share of tokens that rank themselves first asked for? */
};

/* That share, of U W_o W_v E of one head. */
static bool first_share(const struct output_value *k, size_t n, double *share, struct err *e)
{
    struct matrix *left = matrix_product(k->w_u, k->w_o->items[n].matrix, e);
    struct matrix *right = left ? matrix_product(k->w_v->items[n].matrix, k->w_e, e) : NULL;
    bool ok = right != NULL && matrix_first_share(left, right, share, e);
    matrix_unref(left);
    matrix_unref(right);
    return ok;
}

static bool copying_row(struct report_table *t, size_t n, const struct output_value *k,
                        struct err *e)
{
    struct copying s;
    double share = 0;
    if (!task_go_on(e) || (k->ranks && !first_share(k, n, &share, e)) ||
        !copying_make(&k->tokens, k->w_o->items[n].matrix, k->w_v->items[n].matrix, &s, e))
        return false;
    table_number(t, n, 1, s.score_re);
    table_number(t, n, 2, s.score_im);
    if (k->ranks)
        table_number(t, n, 3, share);
    copying_free(&s);
    return member_cell(t, n, 0, value_member(k->w_o, n), e);
}

static bool copying_report(struct call *c, struct report *r, struct output_value *k, struct err *e)
{
    static const char *const heads[] = {"head", "score", "imaginary", "rank first"};
    struct report_table *t = number_table(r, heads, k->ranks ? 4 : 3, k->w_o->count, e);
    bool ok = t != NULL;
    struct task_part whole = task_here();
    for (size_t n = 0; ok && n < k->w_o->count; n++) {
        value_member_begins(&whole, k->w_o, n);
        ok = copying_row(t, n, k, e);
    }
    task_back(&whole);
    return ok &&
           report_title(r, e, "copying by w_u @ w_o @ w_v @ w_e: sum of eigenvalues over sum of their "
                              "magnitudes%s",
                        k->ranks ? ", and the share of tokens that rank themselves first" : "") &&
           ledger_start(c, r, e);
}

bool run_copying(struct call *c, struct report *r, struct err *e)
{
    if (need_model(c, e) == NULL)
        return false;
    struct output_value k = {.w_o = head_stack(c, "w_o", e), .ranks = call_has(c, "ranks")};
    k.w_v = k.w_o ? head_stack(c, "w_v", e) : NULL;
    if (k.w_v == NULL || !same_heads(k.w_o, k.w_v, "w_o and w_v", e))
        return false;
    k.w_e = single_matrix(c, "w_e", e);
    k.w_u = k.w_e ? single_matrix(c, "w_u", e) : NULL;
    if (k.w_u == NULL)
        return false;
    struct task_part whole = task_here();
    task_part(&whole, 0, k.ranks ? 0.02 : 0.5);
    if (!copying_begin(&k.tokens, k.w_u, k.w_e, e))
        return false;
    task_rest(&whole, k.ranks ? 0.02 : 0.5);
    bool ok = copying_report(c, r, &k, e);
    copying_end(&k.tokens);
    return ok;
}
