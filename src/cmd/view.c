/* view: what an answer is about, to be looked at full-screen. */
#include "bilens/base/err.h"
#include "bilens/cmd/common.h"
#include "handlers.h"

/* Evaluates the expression, or runs the command, with its own bindings and report. What only
 * acts on the session is refused: it answers nothing to look at. */
static bool run_inner(struct call *c, struct report *r, struct err *e)
{
    const struct statement *outer = c->statement;
    struct host *host = c->host, mute = *host;
    mute.set = NULL;
    mute.source = NULL;
    mute.history = NULL;
    mute.output = NULL;
    mute.render = NULL;
    mute.quit = NULL;
    mute.view = NULL;
    mute.refusal = "this acts on the session, and answers nothing to look at";
    c->statement = outer->inner;
    c->host = &mute;
    const struct command *k = c->statement->command;
    bool ok = (k != NULL ? k->run : run_show)(c, r, e);
    if (!ok)
        err_place(e, c->statement->start, c->statement->end);
    c->statement = outer;
    c->host = host;
    return ok;
}

/* Is there more in it than a line of numbers? */
static bool worth_a_view(const struct call *c, const struct report *r)
{
    if (c->subject.value != NULL && c->subject.value->kind != VALUE_NUMBER)
        return true;
    for (size_t i = 0; i < r->count; i++)
        if (r->blocks[i].kind != BLOCK_SCALARS)
            return true;
    return false;
}

bool run_view(struct call *c, struct report *r, struct err *e)
{
    const struct statement *inner = c->statement->inner;
    if (c->host->view == NULL)
        return err_set(e, ERR_UNSUPPORTED, "this needs a session");
    if (c->statement->redirect != REDIRECT_NONE)
        return err_set(e, ERR_UNSUPPORTED,
                       "a view is for the terminal; without view, the answer can be redirected");
    if (!c->host->view(c->host, e))
        return false;
    if (inner == NULL)
        return true;
    if (!run_inner(c, r, e))
        return false;
    if (worth_a_view(c, r))
        return true;
    err_place(e, inner->start, inner->end);
    return err_set(e, ERR_TYPE,
                   "the answer is a number, and there is nothing to look at in it; view takes "
                   "matrices, vectors, and what svd, interaction and other commands answer");
}
