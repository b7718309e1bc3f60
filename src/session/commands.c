#include "commands.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/cmd/commands.h"
#include "bilens/model/data.h"
#include "output.h"
#include "session.h"

static const struct command own[] = {
#define COMMAND(name, signature, summary, details, example)                                        \
    {#name, signature, summary, details, example, run_##name},
#include "commands.def"
#undef COMMAND
};

struct command_table commands_joined(void)
{
    struct command_table joined = command_table;
    size_t count = sizeof own / sizeof *own;
    struct command *all = mem_new(joined.count + count, sizeof *all);
    memcpy(all, joined.commands, joined.count * sizeof *all);
    memcpy(all + joined.count, own, sizeof own);
    joined.commands = all;
    joined.count += count;
    return joined;
}

struct session *session_of(const struct call *c, struct err *e)
{
    const char *why = c->host->refusal;
    if (c->host->session == NULL)
        err_set(e, ERR_UNSUPPORTED, "%s", why != NULL ? why : "this needs a session");
    return c->host->session;
}

/* ---- settings ---- */

static bool apply(struct call *c, const char *name, const char *value, struct report *r,
                  struct err *e)
{
    struct session *s = session_of(c, e);
    if (s == NULL || !jobs_enter(&s->jobs, e))
        return false;
    bool ok = name == NULL || value == NULL ? settings_report(&s->settings, name, r, e)
                                            : settings_set(&s->settings, name, value, e);
    jobs_leave(&s->jobs);
    return ok;
}

bool run_set(struct call *c, struct report *r, struct err *e)
{
    if (apply(c, call_raw(c, 0), call_raw(c, 1), r, e))
        return true;
    size_t at = e->code == ERR_UNKNOWN_NAME ? 0 : call_count(c) - 1;
    return call_count(c) > 0 && call_fail(c, at, e);
}

/* A setting that is on or off, as a command of its own. */
static bool run_switch(struct call *c, const char *name, struct report *r, struct err *e)
{
    const char *value = call_count(c) > 0 ? call_raw(c, 0) : "toggle";
    return apply(c, name, value, r, e) || (call_count(c) > 0 && call_fail(c, 0, e));
}

bool run_timing(struct call *c, struct report *r, struct err *e)
{
    return run_switch(c, "timing", r, e);
}

bool run_echo(struct call *c, struct report *r, struct err *e)
{
    return run_switch(c, "echo", r, e);
}

/* ---- source ---- */

/* A path relative to the folder of the file that says it; the caller owns it. */
static char *resolve(struct session *s, const char *path, struct err *e)
{
    struct text t = TEXT_EMPTY;
    if (!jobs_enter(&s->jobs, e))
        return NULL;
    size_t depth = s->depth;
    if (s->folder != NULL && path[0] != '/')
        text_printf(&t, "%s/", s->folder);
    jobs_leave(&s->jobs);
    text_add(&t, path);
    if (depth < SOURCE_DEPTH_MOST)
        return text_take(&t);
    text_done(&t);
    err_set(e, ERR_ARGUMENT, "files run each other more than %d deep: %s", SOURCE_DEPTH_MOST, path);
    return NULL;
}

/* The file that is to be run: as it is named, or an installed example. The caller owns it. */
static char *find_source(struct session *s, const char *path, struct err *e)
{
    char *full = resolve(s, path, e);
    if (full == NULL || access(full, R_OK) == 0)
        return full;
    err_set(e, ERR_FILE, "cannot read %s: %s", full, strerror(errno));
    mem_free(full);
    char *example = strchr(path, '/') == NULL ? data_find("examples", path) : NULL;
    if (example != NULL)
        err_clear(e);
    return example;
}

bool run_source(struct call *c, struct report *r, struct err *e)
{
    struct session *s = session_of(c, e);
    (void)r;
    if (s == NULL)
        return false;
    char *path = find_source(s, call_raw(c, 0), e);
    if (path == NULL || !jobs_enter(&s->jobs, e)) {
        mem_free(path);
        return call_fail(c, 0, e);
    }
    s->pending_source = path;
    jobs_leave(&s->jobs);
    return true;
}

/* ---- the others ---- */

bool run_output(struct call *c, struct report *r, struct err *e)
{
    struct session *s = session_of(c, e);
    const char *path = call_raw(c, 0);
    (void)r;
    if (s == NULL)
        return false;
    if (path != NULL && !host_may_write(c->host, "redirect the output of bilens itself", e))
        return call_fail(c, 0, e);
    return output_ask(s, path, e) || (path != NULL && call_fail(c, 0, e));
}

bool run_history(struct call *c, struct report *r, struct err *e)
{
    size_t most = 20;
    struct session *s = session_of(c, e);
    if (s == NULL || !call_number(c, 0, 1, 1000000, &most, e) ||
        !jobs_enter(&s->jobs, e)) /* the prompt adds to it */
        return false;
    history_report(most, r);
    jobs_leave(&s->jobs);
    return true;
}

bool run_quit(struct call *c, struct report *r, struct err *e)
{
    struct session *s = session_of(c, e);
    (void)r;
    if (s == NULL || !jobs_enter(&s->jobs, e))
        return false;
    s->ended = true;
    jobs_leave(&s->jobs);
    return true;
}

bool run_exit(struct call *c, struct report *r, struct err *e)
{
    return run_quit(c, r, e);
}
