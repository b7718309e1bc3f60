#include "view.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/view/spectra.h"
#include "bilens/view/view.h"
#include "commands.h"
#include "output.h"
#include "signals.h"

/* ---- the command ---- */

/* Evaluates the expression, or runs the command, with its own bindings and report. What only
 * acts on the session is refused: it answers nothing to look at. */
static bool run_inner(struct call *c, struct report *r, struct err *e)
{
    const struct statement *outer = c->statement;
    struct host *host = c->host, mute = *host;
    mute.session = NULL;
    mute.refusal = "this acts on the session, and answers nothing to look at";
    c->statement = outer->inner;
    c->host = &mute;
    const struct command *k = c->statement->command;
    bool ok = (k != NULL ? k : command_exact(c->commands, "show"))->run(c, r, e);
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
    struct session *s = session_of(c, e);
    if (s == NULL)
        return false;
    if (c->statement->redirect != REDIRECT_NONE)
        return err_set(e, ERR_UNSUPPORTED,
                       "a view is for the terminal; without view, the answer can be redirected");
    if (!view_possible(e) || !jobs_enter(&s->jobs, e))
        return false;
    s->wants_view = true;
    jobs_leave(&s->jobs);
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

/* ---- the latest answer ---- */

void latest_done(struct latest *l)
{
    subject_done(&l->subject);
    report_free(l->report);
    script_unref(l->script);
    *l = (struct latest){0};
}

void view_keep(struct session *s, struct call *c)
{
    const struct statement *asked = c->statement->inner;
    struct subject *subject = &c->subject;
    if (subject->about != NULL && subject->value != NULL)
        spectra_note(s->spectra, subject->about, subject->value);
    if (s->wants_view && asked == NULL)
        return; /* of what was answered before */
    if (subject->value == NULL && asked == NULL && !report_computed(c->report))
        return; /* it told something of the session, or of the program */
    if (c->statement->redirect != REDIRECT_NONE)
        return; /* what went to a file may hold all entries of a matrix */
    asked = asked != NULL ? asked : c->statement;
    latest_done(&s->latest);
    s->latest = (struct latest){.script = script_ref(c->script),
                                .start = asked->start,
                                .end = asked->end,
                                .report = c->report,
                                .subject = *subject};
    c->report = NULL;
    *subject = (struct subject){0};
}

/* The statement that the user took along: for the next prompt, or, where there is none, for
 * whoever reads the output. */
static void keep_typed(struct session *s, struct text *typed, struct err *e)
{
    if (s->interactive) {
        mem_free(s->typed);
        s->typed = text_take(typed);
        return;
    }
    struct text safe = TEXT_EMPTY;
    utf8_escape(&safe, text_get(typed), typed->length, false);
    text_add_char(&safe, '\n');
    output_aside(s, text_get(&safe), safe.length, e);
    text_done(&safe);
}

/* ---- computing for a view ---- */

struct viewing {
    struct session *session;
    struct view_host *host;
};

/* What the thread works on. */
struct view_job {
    struct view_work *work;
    struct err error;
    bool ok;
};

static void view_job_run(void *argument)
{
    struct view_job *k = argument;
    k->ok = k->work->run(k->work, &k->error);
}

static void view_job_drop(void *argument)
{
    struct view_job *k = argument;
    k->work->destroy(k->work);
    mem_free(k);
}

static void show_progress(void *context, const char *line)
{
    struct viewing *v = context;
    if (v->host->busy != NULL)
        v->host->busy(v->host, line);
}

/* While it computes Ctrl-C is the session's, which leaves the work to itself. */
static bool run_interruptibly(struct session *s, struct view_job *k)
{
    struct sigaction interrupt, resize;
    sigaction(SIGINT, NULL, &interrupt);
    sigaction(SIGWINCH, NULL, &resize);
    signals_take_interrupts();
    signals_catch();
    bool ended = jobs_run(&s->jobs, (struct work){view_job_run, view_job_drop, k});
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGWINCH, &resize, NULL);
    signals_take_interrupts();
    return ended;
}

static bool compute(void *context, struct view_work *work, struct err *e)
{
    struct viewing *v = context;
    struct view_job *k = mem_new(1, sizeof *k);
    k->work = work;
    if (!run_interruptibly(v->session, k))
        return err_set(e, ERR_INTERRUPTED, "interrupted");
    bool ok = k->ok;
    if (!ok) {
        *e = k->error;
        work->destroy(work);
    }
    mem_free(k);
    return ok;
}

/* The report as the prompt draws it. */
static struct canvas *draw_page(void *context, const struct report *r, const struct theme *theme,
                                size_t width, struct err *e)
{
    const struct viewing *v = context;
    const struct session *s = v->session;
    struct answer answer = {.statement = "", .report = r, .bound = ""};
    struct look look = {.theme = *theme, .width = width, .ledger = s->settings.ledger};
    return present_canvas(&answer, &look, e);
}

static bool open_view(struct session *s, const char *statement, struct text *typed, struct err *e)
{
    struct view_host host = {.state = &s->state,
                             .theme = session_look(s).theme,
                             .memory = s->settings.memory,
                             .spectra = s->spectra,
                             .compute = compute,
                             .page = draw_page};
    struct viewing viewing = {s, &host};
    struct view_request request = {&s->latest.subject, s->latest.report, statement};
    host.context = &viewing;
    s->jobs.place = (struct progress_place){show_progress, &viewing};
    fflush(stdout);
    bool ok = view_run(&host, &request, typed, e);
    s->jobs.place = (struct progress_place){0};
    return ok;
}

bool view_pending(struct session *s, struct err *e)
{
    if (!s->wants_view)
        return true;
    s->wants_view = false;
    const struct latest *l = &s->latest;
    char *statement =
        l->script != NULL ? mem_strndup(l->script->text + l->start, l->end - l->start) : NULL;
    struct text typed = TEXT_EMPTY;
    bool ok = open_view(s, statement, &typed, e);
    if (ok && typed.length > 0)
        keep_typed(s, &typed, e);
    text_done(&typed);
    mem_free(statement);
    return ok;
}
