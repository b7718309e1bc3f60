/* trace, norm and rank: a number for each member. */
#include "bilens/base/err.h"
#include "bilens/cmd/common.h"
#include "handlers.h"

/* Calls the function of that name on the argument, and reports its numbers. */
static bool report_function(struct call *c, struct report *r, const char *name, struct err *e)
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
    if (v == NULL)
        return call_fail(c, 0, e);
    bool ok = ledger_start(c, r, e);
    for (size_t n = 0; ok && n < v->count; n++) {
        struct block *b = report_add(r, BLOCK_SCALARS, e);
        ok = b != NULL && block_scalar(b, name, v->items[n].number, e);
        if (ok)
            b->member = value_member(v, n);
    }
    value_unref(v);
    return ok;
}

bool run_trace(struct call *c, struct report *r, struct err *e)
{
    return report_function(c, r, "trace", e);
}

bool run_norm(struct call *c, struct report *r, struct err *e)
{
    return report_function(c, r, "norm", e);
}

bool run_rank(struct call *c, struct report *r, struct err *e)
{
    return report_function(c, r, "rank", e) &&
           report_ledger(r, e, "cut", "max(rows, cols) 2^-23 of the largest");
}
