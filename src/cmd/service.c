/* What the session itself does: set, source, timing, history, quit. */
#include "bilens/base/err.h"
#include "bilens/cmd/common.h"
#include "handlers.h"

static bool no_session(const struct call *c, struct err *e)
{
    const char *why = c->host->refusal;
    return err_set(e, ERR_UNSUPPORTED, "%s", why != NULL ? why : "this needs a session");
}

bool run_set(struct call *c, struct report *r, struct err *e)
{
    if (c->host->set == NULL)
        return no_session(c, e);
    bool ok = c->host->set(c->host, call_raw(c, 0), call_raw(c, 1), r, e);
    size_t at = e->code == ERR_UNKNOWN_NAME ? 0 : call_count(c) - 1;
    return ok || (call_count(c) > 0 && call_fail(c, at, e));
}

/* A setting that is on or off, as a command of its own. */
static bool run_switch(struct call *c, const char *name, struct report *r, struct err *e)
{
    if (c->host->set == NULL)
        return no_session(c, e);
    const char *value = call_count(c) > 0 ? call_raw(c, 0) : "toggle";
    return c->host->set(c->host, name, value, r, e) || (call_count(c) > 0 && call_fail(c, 0, e));
}

bool run_timing(struct call *c, struct report *r, struct err *e)
{
    return run_switch(c, "timing", r, e);
}

bool run_echo(struct call *c, struct report *r, struct err *e)
{
    return run_switch(c, "echo", r, e);
}

bool run_source(struct call *c, struct report *r, struct err *e)
{
    (void)r;
    if (c->host->source == NULL)
        return no_session(c, e);
    return c->host->source(c->host, call_raw(c, 0), e) || call_fail(c, 0, e);
}

bool run_output(struct call *c, struct report *r, struct err *e)
{
    (void)r;
    if (c->host->output == NULL)
        return no_session(c, e);
    return c->host->output(c->host, call_raw(c, 0), e) || (call_count(c) > 0 && call_fail(c, 0, e));
}

bool run_history(struct call *c, struct report *r, struct err *e)
{
    size_t most = 20;
    if (c->host->history == NULL)
        return no_session(c, e);
    return call_number(c, 0, 1, 1000000, &most, e) && c->host->history(c->host, most, r, e);
}

bool run_exit(struct call *c, struct report *r, struct err *e)
{
    return run_quit(c, r, e);
}

bool run_quit(struct call *c, struct report *r, struct err *e)
{
    (void)r;
    if (c->host->quit == NULL)
        return no_session(c, e);
    c->host->quit(c->host);
    return true;
}
