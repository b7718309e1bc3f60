/* lag, copying and composition: what heads do by themselves. */
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/num/compose.h"
#include "bilens/num/reduced.h"
#include "bilens/num/rotary.h"
#include "handlers.h"

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
    const struct value *embedding = model_weight(c, "w_e", e);
    const struct matrix *w_e = embedding ? embedding->items[0].matrix : NULL;
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
    ok = out != NULL;
    for (size_t n = 0; ok && n < out->count; n++) {
        struct lag_head head = lag_head(&l, n);
        struct vector *s = profile(current_model(c), &head, k, &l, e);
        if (heat)
            out->items[n].matrix = s ? causal_map(s, e) : NULL;
        else
            out->items[n].vector = s ? vector_ref(s) : NULL;
        vector_unref(s);
        ok = heat ? out->items[n].matrix != NULL : out->items[n].vector != NULL;
    }
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

static bool member_cell(struct report_table *t, size_t row, size_t column, struct member m,
                        struct err *e)
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
};

/* U W_o W_v E of one head. */
static struct matrix *ov_on_tokens(const struct output_value *k, size_t n, struct err *e)
{
    struct matrix *ov = matrix_product(k->w_o->items[n].matrix, k->w_v->items[n].matrix, e);
    struct matrix *half = ov ? matrix_product(k->w_u, ov, e) : NULL;
    struct matrix *full = half ? matrix_product(half, k->w_e, e) : NULL;
    matrix_unref(ov);
    matrix_unref(half);
    return full;
}

static bool copying_row(struct report_table *t, size_t n, const struct output_value *k,
                        struct err *e)
{
    struct copying s;
    double share = 0;
    struct matrix *full = ov_on_tokens(k, n, e);
    bool ok = full != NULL && matrix_first_share(full, &share, e) &&
              copying_make(k->w_u, k->w_o->items[n].matrix, k->w_v->items[n].matrix, k->w_e, &s, e);
    matrix_unref(full);
    if (!ok)
        return false;
    table_number(t, n, 1, s.score_re);
    table_number(t, n, 2, s.score_im);
    table_number(t, n, 3, share);
    copying_free(&s);
    return member_cell(t, n, 0, value_member(k->w_o, n), e);
}

bool run_copying(struct call *c, struct report *r, struct err *e)
{
    static const char *const heads[] = {"head", "score", "imaginary", "rank first"};
    if (need_model(c, e) == NULL)
        return false;
    const char *names[] = {"w_o", "w_v", "w_e", "w_u"};
    const struct value *own[4];
    for (size_t i = 0; i < 4; i++)
        if ((own[i] = model_weight(c, names[i], e)) == NULL)
            return false;
    struct output_value k = {own[0], own[1], own[2]->items[0].matrix, own[3]->items[0].matrix};
    struct report_table *t = number_table(r, heads, 4, k.w_o->count, e);
    bool ok = t != NULL;
    for (size_t n = 0; ok && n < k.w_o->count; n++)
        ok = copying_row(t, n, &k, e);
    return ok && report_title(r, e, "copying by w_u @ w_o @ w_v @ w_e: sum of eigenvalues over sum of their "
                              "magnitudes, and the share of tokens that rank themselves first") &&
           ledger_start(c, r, e);
}

/* One way for a later circuit to read what an earlier head writes. */
struct reader {
    const char *how;           /* "q", "k", "v", "mlp left", "mlp right" */
    const struct value *stack; /* over [layer, head], or [layer] */
    bool transposed;           /* what it reads is its row axis */
    bool same_layer;           /* may it read a head of its own layer? */
};

/* Appends to *rows (with t NULL: only counts) each pair of a head and a later reader. */
static bool composition_rows(struct report_table *t, const struct value *ov,
                             const struct reader *reader, size_t *rows, struct err *e)
{
    for (size_t i = 0; i < ov->count; i++)
        for (size_t j = 0; j < reader->stack->count; j++) {
            struct member from = value_member(ov, i), to = value_member(reader->stack, j);
            if (to.index[0] < from.index[0] + !reader->same_layer)
                continue;
            size_t row = (*rows)++;
            if (t == NULL)
                continue;
            struct matrix *later = reader->transposed
                                       ? matrix_transpose(reader->stack->items[j].matrix, e)
                                       : matrix_ref(reader->stack->items[j].matrix);
            struct composition k;
            bool ok = later != NULL && composition_make(later, ov->items[i].matrix, &k, e);
            matrix_unref(later);
            if (!ok || !member_cell(t, row, 0, from, e) || !member_cell(t, row, 1, to, e) ||
                !table_text(t, row, 2, reader->how, e))
                return false;
            table_number(t, row, 3, k.score);
            table_number(t, row, 4, k.chance);
        }
    return true;
}

bool run_composition(struct call *c, struct report *r, struct err *e)
{
    static const char *const heads[] = {"from", "to", "reads as", "score", "chance"};
    struct reader readers[] = {{.how = "query", .transposed = true},
                               {.how = "key"},
                               {.how = "value"},
                               {.how = "mlp left", .same_layer = true},
                               {.how = "mlp right", .same_layer = true}};
    const char *names[] = {"qk", "qk", "ov", "w_l", "w_r"};
    const struct value *ov = need_model(c, e) ? model_weight(c, "ov", e) : NULL;
    unsigned without = c->traits;
    size_t rows = 0, filled = 0, count = 5;
    if (ov != NULL && current_model(c)->architecture.parallel) /* reads beside its layer's heads */
        readers[3].same_layer = readers[4].same_layer = false;
    if (ov != NULL && current_model(c)->architecture.mlp == MLP_PLAIN) {
        readers[3].how = "mlp";
        names[3] = "w_in";
        count = 4;
    }
    for (size_t i = 0; i < count; i++) {
        size_t before = rows;
        if (ov == NULL || (readers[i].stack = model_weight(c, names[i], e)) == NULL ||
            !composition_rows(NULL, ov, &readers[i], &rows, e))
            return false;
        if (rows > before) /* a reader that reads no head has no part in the answer */
            without |= readers[i].stack->traits;
    }
    c->traits = without;
    struct block *b = report_add(r, BLOCK_TABLE, e);
    bool ok = b != NULL && block_table(b, NULL, 5, rows, e);
    for (size_t i = 0; ok && i < 5; i++)
        ok = table_column(&b->table, i, heads[i], i < 3 ? COLUMN_TEXT : COLUMN_NUMBER, e);
    for (size_t i = 0; ok && i < count; i++)
        ok = composition_rows(&b->table, ov, &readers[i], &filled, e);
    return ok && report_title(r, e, "composition |AB| / (|A| |B|) of heads with what reads after them") &&
           ledger_start(c, r, e);
}
