/* logits: what the model says comes next, and how well it foresaw a text. */
#include <math.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/num/distribution.h"
#include "bilens/run/forward.h"
#include "given_text.h"
#include "handlers.h"

/* --- The next token --- */

static double entropy(const float *logits, size_t n, double log_sum)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double log_p = (double)logits[i] - log_sum;
        sum -= log_p > -700 ? exp(log_p) * log_p : 0;
    }
    return sum;
}

static struct report_table *next_table(struct report *r, size_t rows)
{
    static const char *const names[] = {"id", "token", "logit", "probability", "log probability"};
    struct block *b = report_add(r, BLOCK_TABLE);
    block_table(b, NULL, 5, rows);
    for (size_t i = 0; i < 5; i++)
        table_column(&b->table, i, names[i], i == 1 ? COLUMN_TOKEN : COLUMN_NUMBER);
    b->table.reading = "token";
    return &b->table;
}

static bool next_rows(const struct given_text *t, struct report *r, const float *logits, size_t top,
                      struct err *e)
{
    size_t n = t->model->architecture.vocab;
    double log_sum = log_sum_exp(logits, n);
    if (!check_logits(log_sum, e))
        return false;
    double *values = mem_new(n, sizeof *values);
    size_t *order = mem_new(top, sizeof *order);
    for (size_t i = 0; i < n; i++)
        values[i] = (double)logits[i];
    size_t rows = vector_extremes(values, n, top, true, order);
    struct report_table *table = next_table(r, rows);
    for (size_t i = 0; i < rows; i++) {
        double log_p = values[order[i]] - log_sum;
        token_cells(t->model, table, i, 0, order[i]);
        table_number(table, i, 2, values[order[i]]);
        table_number(table, i, 3, exp(log_p));
        table_number(table, i, 4, log_p);
    }
    block_scalar(report_add(r, BLOCK_SCALARS), "entropy", entropy(logits, n, log_sum));
    mem_free(values);
    mem_free(order);
    return true;
}

static void next_title(const struct given_text *t, size_t position, struct report *r)
{
    struct text label = TEXT_EMPTY;
    token_label(t->model, t->ids[position], &label);
    if (position + 1 == t->count)
        report_title(r, "what follows %s: %zu token%s", text_get(&t->name), t->count,
                     t->count == 1 ? "" : "s");
    else
        report_title(r, "what follows position %zu, %s, in %s", position, text_get(&label),
                     text_get(&t->name));
    text_done(&label);
}

/* Only the tokens up to the position are read: later ones change nothing. */
static bool next_token(struct call *c, const struct given_text *t, struct report *r, struct err *e)
{
    size_t top = t->top > 0 ? t->top : 10, position = t->count - 1;
    if (!call_option_number(c, "top", 1, 1000000, &top, e) ||
        !call_option_number(c, "position", 0, t->count - 1, &position, e))
        return false;
    const struct architecture *a = &t->model->architecture;
    struct forward *f = forward_new(a, position + 1, e);
    float *logits = mem_new(a->vocab, sizeof *logits);
    next_title(t, position, r);
    bool ok = f != NULL && forward_append(f, t->ids, position + 1, e) &&
              forward_logits(f, position, 1, logits, e) &&
              next_rows(t, r, logits, top < a->vocab ? top : a->vocab, e);
    forward_free(f);
    mem_free(logits);
    return ok;
}

/* --- A text's loss --- */

/* Of each token but the first: -log p, and how many tokens were more likely. */
struct losses {
    size_t count;
    double *loss;
    size_t *rank;
};

static void losses_done(struct losses *l)
{
    mem_free(l->loss);
    mem_free(l->rank);
}

/* Of the tokens after positions first .. first + rows - 1. */
static bool judge(const struct given_text *t, struct forward *f, size_t first, size_t rows,
                  float *logits, struct losses *out, struct err *e)
{
    size_t vocab = t->model->architecture.vocab;
    if (!task_go_on(e) || !forward_logits(f, first, rows, logits, e))
        return false;
    for (size_t i = 0; i < rows; i++) {
        const float *row = logits + i * vocab;
        size_t id = t->ids[first + i + 1];
        double log_sum = log_sum_exp(row, vocab);
        if (!check_logits(log_sum, e))
            return false;
        out->loss[first + i] = log_sum - (double)row[id];
        out->rank[first + i] = rank_of_entry(row, vocab, id);
    }
    return true;
}

static bool losses_make(const struct given_text *t, struct losses *out, struct err *e)
{
    enum { NUMBERS_MOST = 1 << 22, ROWS_MOST = 64 };
    const struct architecture *a = &t->model->architecture;
    size_t block = NUMBERS_MOST / a->vocab, n = t->count - 1;
    block = block < 1 ? 1 : block > ROWS_MOST ? ROWS_MOST : block;
    *out = (struct losses){
        .count = n, .loss = mem_new(n, sizeof *out->loss), .rank = mem_new(n, sizeof *out->rank)};
    float *logits = mem_try_new(block, a->vocab * sizeof *logits);
    struct forward *f = forward_new(a, t->count, e);
    bool ok =
        f != NULL && (logits != NULL || err_memory(e)) && forward_append(f, t->ids, t->count, e);
    for (size_t i = 0; ok && i < n; i += block)
        ok = judge(t, f, i, n - i < block ? n - i : block, logits, out, e);
    forward_free(f);
    mem_free(logits);
    return ok;
}

static void loss_table(const struct given_text *t, const struct losses *l, struct report *r)
{
    static const char *const names[] = {"position", "id", "token", "loss", "probability", "rank"};
    struct block *b = report_add(r, BLOCK_TABLE);
    block_table(b, NULL, 6, l->count);
    for (size_t i = 0; i < 6; i++)
        table_column(&b->table, i, names[i], i == 2 ? COLUMN_TOKEN : COLUMN_NUMBER);
    for (size_t i = 0; i < l->count; i++) {
        token_cells(t->model, &b->table, i, 1, t->ids[i + 1]);
        table_number(&b->table, i, 0, (double)(i + 1));
        table_number(&b->table, i, 3, l->loss[i]);
        table_number(&b->table, i, 4, exp(-l->loss[i]));
        table_number(&b->table, i, 5, (double)l->rank[i]);
    }
}

static void loss_report(const struct given_text *t, const struct losses *l, struct report *r)
{
    enum { FEW = 12 }; /* that many are read off the table, and need no drawing */
    double mean = 0;
    for (size_t i = 0; i < l->count; i++)
        mean += l->loss[i] / (double)l->count;
    struct block *b = report_add(r, BLOCK_SCALARS);
    block_scalar(b, "loss", mean);
    block_scalar(b, "perplexity", exp(mean));
    block_scalar(b, "tokens", (double)l->count);
    if (l->count > FEW)
        block_series(report_add(r, BLOCK_SERIES), "loss", "position", 1, l->loss, l->count,
                     SERIES_LINE);
    loss_table(t, l, r);
    report_title(r, "how well %s is foreseen, token by token", text_get(&t->name));
}

static bool text_loss(struct call *c, const struct given_text *t, struct report *r, struct err *e)
{
    if (call_has(c, "position")) {
        err_set(e, ERR_ARGUMENT, "--loss is about every position; leave --position out");
        return call_option_fail(c, "position", e);
    }
    if (t->count < 2)
        return err_set(e, ERR_ARGUMENT,
                       "--loss needs a text of two tokens: the first has none before it to be "
                       "foreseen from");
    struct losses l;
    bool ok = losses_make(t, &l, e);
    if (ok)
        loss_report(t, &l, r);
    losses_done(&l);
    return ok;
}

bool run_logits(struct call *c, struct report *r, struct err *e)
{
    struct given_text t;
    if (!given_text_read(c, true, &t, e))
        return false;
    bool ok = call_has(c, "loss") ? text_loss(c, &t, r, e) : next_token(c, &t, r, e);
    given_text_ledger(c, &t, r);
    if (t.model->architecture.logit_cap > 0)
        report_ledger(r, "logits", "capped at %g", t.model->architecture.logit_cap);
    given_text_done(&t);
    return ok;
}
