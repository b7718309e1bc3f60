/* trace, norm and rank: a number for each member. */
#include "bilens/base/err.h"
#include "bilens/base/task.h"
#include "bilens/cmd/common.h"
#include "handlers.h"

/* Calls the function of that name on the argument; new reference. */
static struct value *call_function(struct call *c, const char *name, struct err *e)
{
    struct node argument = *c->statement->argument[0].node;
    struct node *parts[] = {&argument};
    struct node call = {.kind = NODE_CALL,
                        .start = argument.start,
                        .end = argument.end,
                        .text = (char *)name,
                        .count = 1,
                        .parts = parts};
    c->evaluator.traits = &c->traits;
    struct value *v = value_call(&c->evaluator, &call, e);
    c->evaluator.traits = NULL;
    if (v != NULL && call_models_unchanged(c, c->traits, e))
        return v;
    value_unref(v);
    call_fail(c, 0, e);
    return NULL;
}

/* Reports the function's numbers, a block for each member. */
static bool report_function(struct call *c, struct report *r, const char *name, struct err *e)
{
    struct value *v = call_function(c, name, e);
    if (v == NULL)
        return false;
    ledger_start(c, r);
    for (size_t n = 0; n < v->count; n++) {
        struct block *b = report_add(r, BLOCK_SCALARS);
        b->member = value_member(v, n);
        block_scalar(b, name, v->items[n].number);
    }
    value_unref(v);
    return true;
}

/* Each trace beside what it comes to per token, and the mean over all pairs of tokens: is
 * a token's own entry larger than another's? */
static bool add_means(struct call *c, struct report *r, size_t tokens, struct err *e)
{
    struct value *mean = call_function(c, "mean", e);
    if (mean == NULL)
        return false;
    for (size_t n = 0; n < mean->count; n++) {
        struct block *b = &r->blocks[n];
        block_scalar(b, "per token", b->scalars.values[0] / (double)tokens);
        block_scalar(b, "mean entry", mean->items[n].number);
    }
    value_unref(mean);
    return true;
}

/* How many tokens both axes of the argument are on; 0 where they are on something else. */
static bool tokens_of(struct call *c, size_t *tokens, struct err *e)
{
    struct value *v = call_value(c, 0, e);
    if (v == NULL)
        return false;
    const struct matrix *m = v->kind == VALUE_MATRIX ? v->items[0].matrix : NULL;
    bool both = m != NULL && m->row.kind == AXIS_TOKEN && m->col.kind == AXIS_TOKEN;
    *tokens = both ? m->row.size : 0;
    value_unref(v);
    return true;
}

bool run_trace(struct call *c, struct report *r, struct err *e)
{
    size_t tokens;
    struct task_part whole = task_here();
    task_part(&whole, 0, 0.5);
    bool ok = report_function(c, r, "trace", e) && tokens_of(c, &tokens, e);
    task_rest(&whole, 0.5);
    return ok && (tokens == 0 || add_means(c, r, tokens, e));
}

bool run_norm(struct call *c, struct report *r, struct err *e)
{
    return report_function(c, r, "norm", e);
}

bool run_rank(struct call *c, struct report *r, struct err *e)
{
    bool ok = report_function(c, r, "rank", e);
    report_ledger(r, "cut", "2^-22 of the norm");
    return ok;
}
