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

/* A stack over [layer, head] of the current model, by name. */
static const struct value *head_stack(struct call *c, const char *name, struct err *e)
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

/* s(lag) of one head, as a vector over positions. */
static struct vector *profile(const struct model *m, const struct matrix *w_q,
                              const struct matrix *w_k, const struct contents *k, bool scaled,
                              struct err *e)
{
    struct vector *q = matrix_apply(w_q, k->x, e), *key = q ? matrix_apply(w_k, k->y, e) : NULL;
    struct vector *s = key ? vector_new(axis_make(AXIS_POS, m->sizes.context, NULL), e) : NULL;
    bool ok = s != NULL;
    if (ok) {
        struct rotary rotary = {q->axis.size, m->rotary_base};
        double scale = scaled ? 1 / sqrt((double)q->axis.size) : 1;
        ok = rotary_lag_profile(rotary, q->data, key->data, scale, s->axis.size, s->data, e);
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

static bool lag_ledger(struct call *c, struct report *r, const struct contents *k, bool scaled,
                       struct err *e)
{
    return ledger_start(c, r, e) &&
           report_ledger(r, e, "scale", scaled ? "1/sqrt(d_head)" : "none") &&
           report_ledger(r, e, "lag", "0 to the context's end") && lag_title(c, r, k, e);
}

static bool lag_report(struct call *c, struct report *r, const struct contents *k, struct err *e)
{
    const struct value *w_q = head_stack(c, "w_q", e), *w_k = w_q ? head_stack(c, "w_k", e) : NULL;
    bool scaled = !call_has(c, "unscaled"), heat = call_has(c, "heat");
    if (w_k != NULL && !same_heads(w_q, w_k, "w_q and w_k", e))
        w_k = NULL;
    struct value *out = w_k ? value_new(heat ? VALUE_MATRIX : VALUE_VECTOR, 2, w_q->axes, e) : NULL;
    bool ok = out != NULL;
    for (size_t n = 0; ok && n < out->count; n++) {
        struct vector *s = profile(current_model(c), w_q->items[n].matrix, w_k->items[n].matrix, k,
                                   scaled, e);
        if (heat)
            out->items[n].matrix = s ? causal_map(s, e) : NULL;
        else
            out->items[n].vector = s ? vector_ref(s) : NULL;
        vector_unref(s);
        ok = heat ? out->items[n].matrix != NULL : out->items[n].vector != NULL;
    }
    ok = ok && lag_ledger(c, r, k, scaled, e) &&
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
    struct output_value k = {.w_o = head_stack(c, "w_o", e)};
    k.w_v = k.w_o ? head_stack(c, "w_v", e) : NULL;
    if (k.w_v == NULL || !same_heads(k.w_o, k.w_v, "w_o and w_v", e))
        return false;
    k.w_e = single_matrix(c, "w_e", e);
    k.w_u = k.w_e ? single_matrix(c, "w_u", e) : NULL;
    if (k.w_u == NULL)
        return false;
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

static bool find_reader(struct call *c, struct reader *out, const char *name, size_t stack,
                        struct err *e)
{
    out->stack = workspace_get(c->evaluator.names, name);
    if (out->stack == NULL || out->stack->kind != VALUE_MATRIX || out->stack->stack != stack)
        return err_set(e, ERR_UNKNOWN_NAME, "%s is not the model's weight any more; load the model "
                       "again", name);
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
    static const char *const names[] = {"qk", "qk", "ov", "w_l", "w_r"};
    const struct value *ov = need_model(c, e) ? head_stack(c, "ov", e) : NULL;
    size_t rows = 0, filled = 0;
    for (size_t i = 0; i < 5; i++) {
        size_t before = rows;
        if (ov == NULL || !find_reader(c, &readers[i], names[i], i < 3 ? 2 : 1, e) ||
            !composition_rows(NULL, ov, &readers[i], &rows, e))
            return false;
        c->traits |= rows > before ? readers[i].stack->traits : 0;
    }
    struct block *b = report_add(r, BLOCK_TABLE, e);
    bool ok = b != NULL && block_table(b, NULL, 5, rows, e);
    for (size_t i = 0; ok && i < 5; i++)
        ok = table_column(&b->table, i, heads[i], i < 3 ? COLUMN_TEXT : COLUMN_NUMBER, e);
    for (size_t i = 0; ok && i < 5; i++)
        ok = composition_rows(&b->table, ov, &readers[i], &filled, e);
    return ok && report_title(r, e, "composition |AB| / (|A| |B|) of heads with what reads after them") &&
           ledger_start(c, r, e);
}
