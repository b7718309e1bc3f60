/* attribute: which parts of the model a logit comes from. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/number.h"
#include "bilens/num/decomp.h"
#include "bilens/num/distribution.h"
#include "bilens/run/attribution.h"
#include "bilens/tokenizer/tokenizer.h"
#include "given_text.h"
#include "handlers.h"

/* What is asked. */
struct question {
    struct given_text text;
    struct attribution_task task;
    bool against; /* less the logit of another token */
    size_t top;
};

/* --- Which token --- */

/* The token that an option names: an id, or a word of the vocabulary. */
static bool find_token(struct call *c, const struct model *m, const char *option, size_t *out,
                       struct err *e)
{
    const char *word = call_choice(c, option, NULL);
    if (word == NULL)
        return true;
    bool ok;
    if (m->tokenizer == NULL) {
        size_t digits = strspn(word, "0123456789"), id = 0;
        for (size_t i = 0; i < digits && id < m->architecture.vocab; i++)
            id = 10 * id + (size_t)(word[i] - '0');
        *out = id;
        ok = (digits > 0 && word[digits] == '\0') ||
             err_set(e, ERR_UNSUPPORTED, "this model has no tokenizer; give a token's id");
    } else {
        struct labels *labels = tokenizer_labels(m->tokenizer);
        ok = labels->class->find(labels, word, out, e);
    }
    ok = ok && (*out < m->architecture.vocab ||
                err_set(e, ERR_UNKNOWN_TOKEN,
                        "token %zu is beyond the model's unembedding, which "
                        "has %zu",
                        *out, m->architecture.vocab));
    return ok || call_option_fail(c, option, e);
}

/* What the model itself would say next. */
static bool likeliest(const struct given_text *t, size_t *out, struct err *e)
{
    const struct architecture *a = &t->model->architecture;
    struct forward *f = forward_new(a, t->count, e);
    float *logits = mem_new(a->vocab, sizeof *logits);
    struct random none = random_seeded(0);
    bool ok = f != NULL && forward_append(f, t->ids, t->count, e) &&
              forward_logits(f, t->count - 1, 1, logits, e) &&
              sample_draw(logits, a->vocab, (struct sampling){0}, &none, out, e);
    forward_free(f);
    mem_free(logits);
    return ok;
}

static bool read_question(struct call *c, struct question *q, struct err *e)
{
    const struct given_text *t = &q->text;
    q->top = 5;
    q->against = call_has(c, "against");
    q->task = (struct attribution_task){
        .architecture = &t->model->architecture, .ids = t->ids, .count = t->count};
    if (!call_option_number(c, "top", 1, 1000000, &q->top, e) ||
        !find_token(c, t->model, "token", &q->task.token, e) ||
        (!call_has(c, "token") && !likeliest(t, &q->task.token, e)))
        return false;
    q->task.other = q->task.token;
    if (!find_token(c, t->model, "against", &q->task.other, e))
        return false;
    if (q->against && q->task.other == q->task.token) {
        struct text token = TEXT_EMPTY;
        token_label(t->model, q->task.token, &token);
        err_set(e, ERR_ARGUMENT,
                "--against must be a different token from the one asked about (%s)",
                text_get(&token));
        text_done(&token);
        return call_option_fail(c, "against", e);
    }
    return true;
}

/* --- Tables --- */

static struct report_table *start_table(struct report *r, const char *title, size_t rows,
                                        const char *const *names, size_t columns)
{
    struct block *b = report_add(r, BLOCK_TABLE);
    block_table(b, title, columns, rows);
    for (size_t i = 0; i < columns; i++)
        table_column(&b->table, i, names[i], i == 0 ? COLUMN_TEXT : COLUMN_NUMBER);
    return &b->table;
}

__attribute__((format(printf, 4, 5))) static void put_part(struct report_table *t, size_t *row,
                                                           double value, const char *format, ...)
{
    char name[64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    table_text(t, *row, 0, name);
    table_number(t, (*row)++, 1, value);
}

static const char *const part_columns[] = {"part", "logit"};

/* Every part, in the order of the stream; they add up to the logit. */
static void table_of_parts(const struct question *q, const struct attribution *x, struct report *r)
{
    const struct architecture *a = q->task.architecture;
    bool place = a->w_pos.storage != NULL;
    bool biases = a->final.bias.storage != NULL || a->b_u.storage != NULL;
    size_t row = 0, rows = 1 + place + 2 * x->layers + biases;
    struct report_table *t = start_table(r, "parts", rows, part_columns, 2);
    put_part(t, &row, x->embedding, "embedding");
    if (place)
        put_part(t, &row, x->place, "position");
    for (size_t i = 0; i < x->layers; i++) {
        put_part(t, &row, attribution_attention(x, i), "attention %zu", i);
        put_part(t, &row, x->mlp[i].total, "mlp %zu", i);
    }
    if (biases)
        put_part(t, &row, x->bias, "last biases");
}

/* The count of the largest magnitude among n numbers, largest first; owned. */
static size_t *order_by_magnitude(const double *values, size_t n, size_t count)
{
    double *sizes = mem_new(n, sizeof *sizes);
    size_t *order = mem_new(count, sizeof *order);
    for (size_t i = 0; i < n; i++)
        sizes[i] = fabs(values[i]);
    vector_extremes(sizes, n, count, true, order);
    mem_free(sizes);
    return order;
}

/* What is added beside the heads of a table: the other heads, and biases. */
static double rest_of_heads(const struct attribution *x, const size_t *order, size_t top)
{
    double rest = 0;
    if (top == x->layers * x->heads) {
        for (size_t i = 0; i < x->layers; i++)
            rest += x->attention_bias[i];
        return rest;
    }
    for (size_t i = 0; i < x->layers; i++)
        rest += attribution_attention(x, i);
    for (size_t k = 0; k < top; k++)
        rest -= x->head[order[k]];
    return rest;
}

static bool has_bias(const struct architecture *a)
{
    bool found = false;
    for (size_t i = 0; i < a->layer_count; i++)
        found = found || a->layers[i].b_o.storage != NULL ||
                a->layers[i].attention_out.bias.storage != NULL;
    return found;
}

/* The heads of all layers that matter most; the rest of them, and their biases, in one row. */
static void table_of_heads(const struct question *q, const struct attribution *x, struct report *r)
{
    static const char *const names[] = {"head", "logit"};
    size_t n = x->layers * x->heads, top = q->top < n ? q->top : n, row = 0;
    bool all = top == n, biases = has_bias(q->task.architecture);
    size_t *order = order_by_magnitude(x->head, n, top);
    struct report_table *t = start_table(r, "heads", top + (!all || biases), names, 2);
    for (size_t k = 0; k < top; k++)
        put_part(t, &row, x->head[order[k]], "%zu.%zu", order[k] / x->heads, order[k] % x->heads);
    if (!all || biases)
        put_part(t, &row, rest_of_heads(x, order, top),
                 all      ? "biases"
                 : biases ? "other heads and biases"
                          : "other heads");
    mem_free(order);
}

/* The token that an eigenvector reads most like the input. */
static bool reads_cell(const struct question *q, const struct attribution *x, size_t layer,
                       size_t i, struct report_table *t, size_t row, struct err *e)
{
    size_t vocab = q->task.architecture->vocab, best = 0;
    double *on_tokens = mem_new(vocab, sizeof *on_tokens);
    bool ok = attribution_reads(&q->task, x, layer, i, on_tokens, e);
    if (ok) {
        vector_extremes(on_tokens, vocab, 1, true, &best);
        token_cells(q->text.model, t, row, 4, best);
    }
    mem_free(on_tokens);
    return ok;
}

static struct report_table *start_components(struct report *r, const struct attribution_mlp *m,
                                             size_t layer, double shown, size_t rows)
{
    static const char *const names[] = {"component", "eigenvalue", "projection",
                                        "logit",     "id",         "token"};
    char title[160], total[NUMBER_ROOM], part[NUMBER_ROOM];
    snprintf(title, sizeof title, "mlp %zu: %s, of which %s by %zu of its %zu eigenvectors", layer,
             number_shown(m->total, digits_shown(), total),
             number_shown(shown, digits_shown(), part), rows, decomp_count(m->form));
    struct report_table *t = start_table(r, title, rows, names, 6);
    t->column[0].type = COLUMN_NUMBER;
    t->column[5].type = COLUMN_TOKEN;
    t->reading = "in";
    return t;
}

/* The eigenvectors of one bilinear MLP that matter most, with the token that reads most like
 * them. */
static bool table_of_components(const struct question *q, const struct attribution *x, size_t layer,
                                struct report *r, struct err *e)
{
    const struct attribution_mlp *m = &x->mlp[layer];
    size_t n = decomp_count(m->form), top = q->top < n ? q->top : n;
    size_t *order = order_by_magnitude(m->parts, n, top);
    double shown = 0;
    for (size_t k = 0; k < top; k++)
        shown += m->parts[order[k]];
    struct report_table *t = start_components(r, m, layer, shown, top);
    bool ok = true;
    for (size_t k = 0; ok && k < top; k++) {
        size_t i = order[k];
        table_number(t, k, 0, (double)i);
        table_number(t, k, 1, decomp_values(m->form)[i]);
        table_number(t, k, 2, m->projections[i]);
        table_number(t, k, 3, m->parts[i]);
        ok = reads_cell(q, x, layer, i, t, k, e);
    }
    mem_free(order);
    return ok;
}

static bool mlp_biased(const struct architecture_layer *l)
{
    return l->b_l.storage != NULL || l->b_r.storage != NULL || l->b_p.storage != NULL ||
           l->mlp_out.bias.storage != NULL;
}

/* What the biases add to the eigenvectors that are listed, and the other eigenvectors: together
 * they are all that the MLP gives. */
static void table_of_rest(const struct question *q, const struct attribution *x, size_t layer,
                          struct report *r)
{
    const struct attribution_mlp *m = &x->mlp[layer];
    size_t n = decomp_count(m->form), top = q->top < n ? q->top : n, row = 0;
    char title[64];
    snprintf(title, sizeof title, "mlp %zu: the rest", layer);
    size_t *order = order_by_magnitude(m->parts, n, top);
    double others = m->total - m->rest;
    for (size_t k = 0; k < top; k++)
        others -= m->parts[order[k]];
    mem_free(order);
    struct report_table *t = start_table(r, title, 2 + (top < n), part_columns, 2);
    if (top < n)
        put_part(t, &row, others, "other eigenvectors");
    put_part(t, &row, m->linear, "linear, from biases");
    put_part(t, &row, m->constant, "constant, from biases");
}

static bool components(const struct question *q, const struct attribution *x, struct report *r,
                       struct err *e)
{
    for (size_t i = 0; q->task.architecture->mlp == MLP_BILINEAR && i < x->layers; i++) {
        if (!table_of_components(q, x, i, r, e))
            return false;
        if (mlp_biased(&q->task.architecture->layers[i]))
            table_of_rest(q, x, i, r);
    }
    return true;
}

/* --- The answer --- */

static void write_title(const struct question *q, struct report *r)
{
    const struct model *m = q->text.model;
    struct text token = TEXT_EMPTY, other = TEXT_EMPTY;
    token_label(m, q->task.token, &token);
    if (q->against) {
        text_add(&other, ", less that of ");
        token_label(m, q->task.other, &other);
        text_printf(&other, " (%zu)", q->task.other);
    }
    report_title(r, "the logit of %s (%zu)%s, after %s", text_get(&token), q->task.token,
                 text_get(&other), text_get(&q->text.name));
    text_done(&token);
    text_done(&other);
}

static void write_sums(const struct question *q, const struct attribution *x, struct report *r)
{
    struct block *b = report_add(r, BLOCK_SCALARS);
    block_scalar(b, q->against ? "difference of logits" : "logit", x->logit);
    block_scalar(b, "sum of parts", x->sum);
    block_scalar(b, "rounding", x->logit - x->sum);
}

/* The norms that stand between what a part writes and the logit. */
static void ledger_frozen(const struct architecture *a, const struct attribution *x,
                          struct report *r)
{
    bool after = false;
    for (size_t i = 0; i < a->layer_count; i++)
        after = after || a->layers[i].attention_out.kind != NORM_NONE ||
                a->layers[i].mlp_out.kind != NORM_NONE;
    char last[NUMBER_ROOM];
    if (a->final.kind != NORM_NONE)
        report_ledger(r, "frozen", "norm scales; the last is %s",
                      number_shown(x->final_norm, digits_shown(), last));
    else if (after)
        report_ledger(r, "frozen", "norm scales");
}

static void write_ledger(struct call *c, const struct question *q, const struct attribution *x,
                         struct report *r)
{
    const struct architecture *a = q->task.architecture;
    given_text_ledger(c, &q->text, r);
    report_ledger(r, "path", "direct only: what a part gives to later ones counts as theirs");
    ledger_frozen(a, x, r);
    if (a->logit_cap != 0)
        report_ledger(r, "logits", "before the cap at %g", a->logit_cap);
    if (a->mlp != MLP_BILINEAR)
        return;
    report_ledger(r, "basis", "residual");
    report_ledger(r, "symmetrised", "yes");
    report_ledger(r, "precision", "float32, float64 cores and sums");
}

static bool write_report(struct call *c, const struct question *q, struct report *r, struct err *e)
{
    struct attribution x;
    if (!attribution_make(&q->task, &x, e))
        return false;
    bool ok = check_logits(x.sum, e);
    if (ok) {
        write_title(q, r);
        write_sums(q, &x, r);
        table_of_parts(q, &x, r);
        table_of_heads(q, &x, r);
        ok = components(q, &x, r, e);
        write_ledger(c, q, &x, r);
    }
    attribution_done(&x);
    return ok;
}

bool run_attribute(struct call *c, struct report *r, struct err *e)
{
    struct question q = {0};
    if (!given_text_read(c, false, &q.text, e))
        return false;
    bool ok = read_question(c, &q, e) && write_report(c, &q, r, e);
    given_text_done(&q.text);
    return ok;
}
