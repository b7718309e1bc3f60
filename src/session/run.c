/* Running statements, and writing what they answer. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/number.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/draw/chart.h"
#include "bilens/lang/lexer.h"
#include "job.h"
#include "output.h"
#include "recovery.h"
#include "session.h"
#include "signals.h"
#include "view.h"

/* One statement: where it stands, and what came of it. */
struct run {
    struct session *session;
    struct script *script;
    struct origin origin;
    size_t start, end; /* of the statement in the script; end 0: it did not parse, and */
    size_t stop;       /* here the next may start */
    struct call *call; /* NULL before it is computed, and when it was abandoned */
    struct err error;
};

/* What the computing thread works on. */
struct computation {
    struct call *call;
    struct err error;
    bool ok;
};

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Rows that a heatmap may take: what the terminal has, less title, axis, bar, caption, ledger
 * and prompt. */
static size_t heat_height(size_t terminal)
{
    enum { AROUND = 10, LEAST = 8, MOST = 32 };
    if (terminal == 0)
        return MOST;
    size_t rows = terminal > AROUND + LEAST ? terminal - AROUND : LEAST;
    return rows < MOST ? rows : MOST;
}

static bool goes_to_file(const struct statement *s)
{
    return s->redirect == REDIRECT_WRITE || s->redirect == REDIRECT_APPEND;
}

/* Of the answer to a statement that succeeds. The ending of a file goes before the setting. */
static enum output_format format_for(const struct session *s, const struct statement *statement)
{
    enum output_format format = s->settings.format;
    if (statement->redirect == REDIRECT_NONE)
        return output_format(s);
    if (goes_to_file(statement) && present_is_figure(statement->target))
        return FORMAT_TEXT;
    if (goes_to_file(statement))
        present_format_of(statement->target, &format);
    return format;
}

/* Does the answer go to a file that is to hold a figure? */
static bool is_figure(const struct run *r)
{
    const struct statement *s = r->call->statement;
    return goes_to_file(s) && present_is_figure(s->target);
}

/* What the answer will be drawn for: the terminal, or a file. An error is not redirected. */
static struct look run_look(const struct run *r, bool ok)
{
    bool redirected = ok && r->call->statement->redirect != REDIRECT_NONE;
    if (!redirected && r->session->log == NULL)
        return session_look(r->session);
    struct look look = session_look_at(r->session, -1);
    look.theme.sgr = false;
    look.theme.depth = DEPTH_MONO;
    look.format =
        redirected ? format_for(r->session, r->call->statement) : output_format(r->session);
    if (redirected && is_figure(r))
        look.theme = figure_theme;
    return look;
}

/* How much room the answer will have, for the handler. */
static struct host host_for(const struct session *s, const struct statement *statement)
{
    struct host host = s->host;
    bool plain = statement->redirect != REDIRECT_NONE || s->log != NULL;
    struct look look = session_look_at(s, plain ? -1 : STDOUT_FILENO);
    draw_heat_room(look.width, heat_height(look.height), &look.theme, &host.heat_rows,
                   &host.heat_cols);
    host.line_width = look.width;
    host.memory = s->settings.memory;
    host.whole = format_for(s, statement) != FORMAT_TEXT;
    return host;
}

/* With `echo on`: the statement, before its answer. */
static bool write_echo(struct run *r)
{
    struct session *s = r->session;
    if (!s->settings.echo || output_format(s) != FORMAT_TEXT)
        return true;
    struct text out = TEXT_EMPTY;
    text_add(&out, "> ");
    utf8_escape(&out, r->script->text + r->start, r->end - r->start, false);
    text_add_char(&out, '\n');
    bool ok = output_aside(s, text_get(&out), out.length, &r->error);
    text_done(&out);
    return ok;
}

/* The statement's text; of one that did not parse, up to where the next may start. */
static size_t statement_length(const struct run *r)
{
    if (r->end > r->start)
        return r->end - r->start;
    size_t length = r->stop - r->start;
    const char *from = r->script->text + r->start;
    while (length > 0 && strchr(" \t\r\n;", from[length - 1]) != NULL)
        length--;
    return length;
}

static struct answer make_answer(const struct run *r, bool ok, const char *bound)
{
    size_t line, column;
    text_position(r->script->text, ok ? r->start : r->error.start, &line, &column);
    return (struct answer){.statement = r->script->text + r->start,
                           .length = statement_length(r),
                           .line = r->origin.line + line - 1,
                           .report = ok ? r->call->report : NULL,
                           .bound = bound,
                           .error = ok ? NULL : &r->error,
                           .column = column};
}

static bool write_answer(struct run *r, bool ok, const char *bound)
{
    struct session *s = r->session;
    bool plain = ok && r->call->statement->redirect != REDIRECT_NONE;
    struct look look = run_look(r, ok);
    struct answer answer = make_answer(r, ok, bound);
    answer.follows = !plain && output_follows(s);
    struct text out = TEXT_EMPTY;
    struct err e = {0};
    bool written = ok && is_figure(r) ? present_svg(&answer, &look, &out, &e)
                                      : present(&answer, &look, &out, &e);
    if (!written)
        err_set(&r->error, e.code, "%s", e.message);
    else if (plain)
        written = output_redirect(r->call->statement, text_get(&out), out.length, &r->error);
    else
        written = output_answer(s, text_get(&out), out.length, &r->error);
    text_done(&out);
    return written;
}

/* The answer is written before anything is changed: if it cannot be, nothing is. */
static bool accept_answer(void *context, const char *bound, struct err *e)
{
    struct run *r = context;
    if (r->session->quiet || r->session->wants_view)
        return true;
    if (r->session->pending_source != NULL && r->call->statement->redirect != REDIRECT_NONE)
        return err_set(e, ERR_UNSUPPORTED,
                       "what a file prints cannot be redirected here; "
                       "redirect bilens itself, or the statements of the file");
    if (write_answer(r, true, bound))
        return true;
    if (r->error.code != ERR_NONE && e != &r->error)
        *e = r->error;
    return false;
}

/* Found out before anything is computed. */
static bool check_redirect(struct run *r)
{
    const struct statement *s = r->call->statement;
    bool ok = true;
    if (s->redirect != REDIRECT_NONE)
        ok = host_may_write(&r->session->host, "redirect the output of bilens itself", &r->error);
    if (ok && goes_to_file(s))
        ok = present_can_name(s->target, &r->error);
    if (ok && s->redirect == REDIRECT_APPEND && is_figure(r))
        ok = err_set(&r->error, ERR_ARGUMENT,
                     "an SVG file holds one figure: write it with >, not >>");
    if (!ok)
        err_place(&r->error, r->start, r->end);
    return ok;
}

static void computation_run(void *argument)
{
    struct computation *c = argument;
    c->ok = call_run(c->call, &c->error);
}

static void computation_drop(void *argument)
{
    struct computation *c = argument;
    call_free(c->call);
    mem_free(c);
}

/* In a thread of its own, on what is its own: Ctrl-C leaves it to run out. */
static bool compute(struct run *r)
{
    struct computation *c = mem_new(1, sizeof *c);
    c->call = r->call;
    r->call = NULL;
    if (!jobs_run(&r->session->jobs, (struct work){computation_run, computation_drop, c}))
        return err_set(&r->error, ERR_INTERRUPTED, "interrupted; the workspace is as it was");
    bool ok = c->ok;
    r->call = c->call;
    if (!ok)
        r->error = c->error;
    mem_free(c);
    return ok;
}

/* Runs a statement that parsed (taken), and writes its answer. */
static bool run_parsed(struct run *r, struct statement *statement)
{
    struct session *s = r->session;
    struct settings before = s->settings;
    double start = seconds();
    if (statement->kind == STATEMENT_EMPTY)
        return true;
    s->host = host_for(s, statement);
    digits_show((int)s->settings.digits);
    r->call = call_new(&s->state, r->script, statement);
    if (!check_redirect(r) || !write_echo(r))
        return false;
    s->state.accept = accept_answer;
    s->state.accept_context = r;
    bool ok = compute(r) && call_commit(r->call, &s->state, &r->error);
    if (!ok) { /* `set` and `source` act at once; undo that, too */
        s->settings = before;
        mem_free(s->pending_source);
        s->pending_source = NULL;
        s->wants_view = false;
    }
    if (ok)
        view_keep(s, r->call);
    output_settle(s, ok);
    if (ok && s->settings.timing)
        fprintf(stderr, "time: %.3f ms\n", 1000 * (seconds() - start));
    return ok;
}

/* After an error? Ctrl-C is about all that was asked for, not about one statement of it. */
static bool goes_on(const struct session *s)
{
    return s->keep_going && !signals_interrupted();
}

static bool run_pending(struct session *s, struct run *r)
{
    char *path = s->pending_source;
    s->pending_source = NULL;
    if (path == NULL)
        return true;
    bool ok = session_run_file(s, path, &r->error);
    mem_free(path);
    if (!ok && r->error.code == ERR_NONE)
        return goes_on(s) && !s->ended; /* it has told its own errors */
    if (!ok)
        err_place(&r->error, r->start, r->end);
    return ok;
}

static void tell_error(struct run *r)
{
    struct session *s = r->session;
    s->failed = true;
    if (r->error.code == ERR_NONE)
        return;
    if (output_format(s) == FORMAT_JSON) {
        struct err told = r->error;
        write_answer(r, false, "");
        r->error = told;
    }
    fflush(stdout);
    session_print_error(s, r->script->text, r->origin, &r->error);
}

/* Parses and runs the statement at *at, and tells what was wrong with it. */
static bool run_next(struct session *s, struct script *script, struct origin origin, size_t *at)
{
    struct run r = {.session = s, .script = script, .origin = origin, .start = *at};
    struct statement statement;
    bool ok =
        statement_parse(script->text, at, s->state.commands, s->state.names, &statement, &r.error);
    if (ok) {
        r.start = statement.start;
        r.end = statement.end;
        ok = run_parsed(&r, &statement) && view_pending(s, &r.error) && run_pending(s, &r);
    } else {
        r.stop = *at = recovery_next(script->text, r.start, origin, &r.error);
        r.start += strspn(script->text + r.start, " \t\r\n");
    }
    if (!ok && !s->ended)
        tell_error(&r);
    call_free(r.call);
    statement_free(&statement);
    return ok;
}

static bool run_part(struct session *s, const char *text, size_t end, struct origin origin)
{
    struct script *script = script_new(text);
    bool ok = true;
    for (size_t at = 0; ok && at < end && !s->ended;)
        ok = run_next(s, script, origin, &at) || (goes_on(s) && !s->interactive);
    script_unref(script);
    return ok;
}

bool session_run(struct session *s, const char *text, struct origin origin)
{
    return run_part(s, text, strlen(text), origin);
}

/* ---- files of statements ---- */

/* Lines gathered until they make whole statements. */
struct gathering {
    struct text lines;
    struct lexer_progress progress;
    size_t first;     /* the number of the first one */
    const char *name; /* of what they are read from */
};

static void add_line(struct gathering *g, const char *line, size_t length, size_t number)
{
    if (g->lines.length == 0)
        g->first = number;
    text_add_bytes(&g->lines, line, length);
}

/* Runs the statements that begin before `end`, and keeps what stands behind that. */
static bool run_gathered(struct session *s, struct gathering *g, size_t end)
{
    struct text rest = TEXT_EMPTY;
    text_add(&rest, text_get(&g->lines) + end);
    bool ok = run_part(s, text_get(&g->lines), end, (struct origin){g->name, g->first});
    text_done(&g->lines);
    g->lines = rest;
    g->progress = (struct lexer_progress){0};
    return ok;
}

/* A line that is no continuation of the open bracket before it begins a statement of its own. */
static bool take_line(struct session *s, struct gathering *g, const char *line, size_t length,
                      size_t number)
{
    size_t before = g->lines.length;
    bool ok = true;
    add_line(g, line, length, number);
    if (before > 0 && recovery_breaks(&s->state, text_get(&g->lines), before)) {
        ok = run_gathered(s, g, before);
        g->first = number;
    }
    return ok && (lexer_goes_on(&g->progress, text_get(&g->lines)) ||
                  run_gathered(s, g, g->lines.length));
}

static bool tell_nul(struct session *s, const char *name, size_t number)
{
    struct err nul = {.end = 1};
    err_set(&nul, ERR_SYNTAX, "a NUL byte: this is no text");
    session_print_error(s, "", (struct origin){name, number}, &nul);
    s->failed = true;
    return s->keep_going;
}

/* Lines gathered until they make whole statements, then run. */
static bool run_stream(struct session *s, FILE *in, const char *name, struct err *e)
{
    struct gathering g = {.name = name};
    char *line = NULL;
    size_t room = 0, number = 0;
    bool ok = true;
    for (ssize_t n; ok && !s->ended && (n = getline(&line, &room, in)) >= 0;) {
        number++;
        if (number == 1 && n >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0)
            memmove(line, line + 3, (size_t)(n -= 3) + 1); /* a byte order mark */
        ok = memchr(line, '\0', (size_t)n) != NULL ? tell_nul(s, name, number)
                                                   : take_line(s, &g, line, (size_t)n, number);
    }
    if (ok && !s->ended && g.lines.length > 0)
        ok = run_gathered(s, &g, g.lines.length);
    if (ok && ferror(in))
        ok = err_set(e, ERR_FILE, "cannot read %s: %s", name, strerror(errno));
    free(line); /* getline's, not mem's */
    text_done(&g.lines);
    return ok;
}

bool session_run_stdin(struct session *s)
{
    struct err e = {0};
    bool ok = run_stream(s, stdin, "<stdin>", &e);
    if (e.code != ERR_NONE)
        output_complain(e.message);
    return ok;
}

/* The folder part of a path; the caller owns it. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return mem_strdup(".");
    return mem_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

bool session_run_file(struct session *s, const char *path, struct err *e)
{
    struct stat info;
    FILE *in = fopen(path, "r");
    if (in == NULL)
        return err_set(e, ERR_FILE, "cannot read %s: %s", path, strerror(errno));
    if (fstat(fileno(in), &info) == 0 && S_ISDIR(info.st_mode)) {
        fclose(in);
        return err_set(e, ERR_FILE, "%s is a folder, not a file of statements", path);
    }
    const char *outer = s->folder;
    bool interactive = s->interactive;
    char *folder = folder_of(path);
    s->folder = folder;
    s->interactive = false;
    s->depth++;
    bool ok = run_stream(s, in, path, e);
    s->depth--;
    s->interactive = interactive;
    s->folder = outer;
    mem_free(folder);
    fclose(in);
    return ok;
}
