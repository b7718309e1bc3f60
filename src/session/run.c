/* Running statements, and writing what they answer. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/draw/chart.h"
#include "bilens/lang/lexer.h"
#include "bilens/session/output.h"
#include "bilens/session/session.h"
#include "view.h"

/* One statement at work: where it stands, and what came of it. */
struct run {
    struct session *session;
    const char *text;
    struct origin origin;
    struct statement statement;
    size_t stop; /* of one that did not parse: where the next may start */
    struct report *report;
    struct text bound;
    struct err error;
};

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Rows that a heatmap may take: what the terminal has, less title, axis, bar, caption, ledger
 * and prompt. */
static size_t heat_height(bool terminal)
{
    enum { AROUND = 10, LEAST = 8, MOST = 32 };
    struct winsize size;
    if (!terminal || !isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return MOST;
    size_t rows = size.ws_row > AROUND + LEAST ? size.ws_row - (size_t)AROUND : LEAST;
    return rows < MOST ? rows : MOST;
}

/* Does the answer go to a file that is to hold a figure? */
static bool is_figure(const struct run *r)
{
    static const char suffix[] = ".svg";
    const struct statement *s = &r->statement;
    if ((s->redirect != REDIRECT_WRITE && s->redirect != REDIRECT_APPEND) ||
        r->session->settings.format != FORMAT_TEXT)
        return false;
    size_t length = strlen(s->target), ends = sizeof suffix - 1;
    return length > ends && strcmp(s->target + length - ends, suffix) == 0;
}

/* What the answer will be drawn for: the terminal, or a file. */
static struct look run_look(const struct run *r)
{
    if (r->statement.redirect == REDIRECT_NONE)
        return session_look(r->session);
    struct look look = session_look_at(r->session, -1);
    look.theme.sgr = false;
    look.theme.depth = DEPTH_MONO;
    if (is_figure(r))
        look.theme = figure_theme;
    return look;
}

static void set_room(struct run *r)
{
    struct session *s = r->session;
    struct look look = run_look(r);
    size_t height = heat_height(r->statement.redirect == REDIRECT_NONE);
    draw_heat_room(look.width, height, &look.theme, &s->host.heat_rows, &s->host.heat_cols);
    s->host.line_width = look.width;
    s->host.memory = s->settings.memory;
    s->host.whole = look.format != FORMAT_TEXT;
}

/* With `echo on`: the statement, before its answer. */
static bool write_echo(struct run *r)
{
    struct session *s = r->session;
    if (!s->settings.echo || s->settings.format != FORMAT_TEXT)
        return true;
    struct text out = TEXT_EMPTY;
    size_t length = r->statement.end - r->statement.start;
    text_add(&out, "> ");
    utf8_escape(&out, r->text + r->statement.start, length, false);
    text_add_char(&out, '\n');
    bool ok = output_write(s, text_get(&out), out.length);
    text_done(&out);
    return ok;
}

/* The statement's text; of one that did not parse, up to where the next may start. */
static size_t statement_length(const struct run *r)
{
    if (r->statement.end > r->statement.start)
        return r->statement.end - r->statement.start;
    size_t length = r->stop - r->statement.start;
    const char *from = r->text + r->statement.start;
    while (length > 0 && strchr(" \t\r\n;", from[length - 1]) != NULL)
        length--;
    return length;
}

static bool write_answer(struct run *r, bool ok, const char *bound)
{
    struct session *s = r->session;
    bool plain = ok && r->statement.redirect != REDIRECT_NONE;
    struct look look = run_look(r);
    size_t line, column;
    text_position(r->text, ok ? r->statement.start : r->error.start, &line, &column);
    struct answer answer = {.statement = r->text + r->statement.start,
                            .length = statement_length(r),
                            .line = r->origin.line + line - 1,
                            .report = ok ? r->report : NULL,
                            .bound = bound,
                            .error = ok ? NULL : &r->error,
                            .column = column,
                            .follows = s->answered && !plain};
    struct text out = TEXT_EMPTY;
    struct err e = {0};
    bool written = ok && is_figure(r) ? present_svg(&answer, &look, &out, &e)
                                      : present(&answer, &look, &out, &e);
    if (!written)
        err_set(&r->error, e.code, "%s", e.message);
    else if (plain)
        written = output_redirect(&r->statement, text_get(&out), out.length, &r->error);
    else
        written = output_write(s, text_get(&out), out.length);
    s->answered = s->answered || (out.length > 0 && !plain);
    text_done(&out);
    return written;
}

/* The answer is written before anything is changed: if it cannot be, nothing is. */
static bool accept_answer(void *context, const char *bound, struct err *e)
{
    struct run *r = context;
    if (r->session->quiet || r->session->wants_view)
        return true;
    if (r->session->pending_source != NULL && r->statement.redirect != REDIRECT_NONE)
        return err_set(e, ERR_UNSUPPORTED, "what a file prints cannot be redirected here; "
                       "redirect bilens itself, or the statements of the file");
    if (write_answer(r, true, bound))
        return true;
    if (r->error.code != ERR_NONE && e != &r->error)
        *e = r->error;
    return false;
}

static bool check_figure(struct run *r)
{
    if (r->statement.redirect != REDIRECT_APPEND || !is_figure(r))
        return true;
    err_set(&r->error, ERR_ARGUMENT, "an SVG file holds one figure: write it with >, not >>");
    err_place(&r->error, r->statement.start, r->statement.end);
    return false;
}

/* Runs a statement that parsed, and writes its answer. */
static bool run_parsed(struct run *r)
{
    struct session *s = r->session;
    struct settings before = s->settings;
    double start = seconds();
    if (r->statement.kind == STATEMENT_EMPTY)
        return true;
    if (!check_figure(r))
        return false;
    set_room(r);
    if (!write_echo(r))
        return false;
    r->report = report_new(&r->error);
    s->state.accept = accept_answer;
    s->state.accept_context = r;
    bool ok = r->report != NULL && statement_run(&s->state, r->text, &r->statement, r->report,
                                                 &r->bound, &r->error);
    if (!ok) { /* `set` and `source` act at once; undo that, too */
        s->settings = before;
        mem_free(s->pending_source);
        s->pending_source = NULL;
        s->wants_view = false;
    }
    ok = ok && view_keep(s, r->text, &r->statement, &r->report, &r->error);
    if (ok && s->settings.timing)
        fprintf(stderr, "time: %.3f ms\n", 1000 * (seconds() - start));
    return ok;
}

static void run_done(struct run *r)
{
    statement_free(&r->statement);
    report_free(r->report);
    text_done(&r->bound);
}

/* After a statement that did not parse: behind the next ';' or line end that follows the
 * error, or, where not even the words can be told, the next line. */
static size_t next_statement(const char *text, size_t from, size_t error)
{
    struct lexer l;
    struct err ignored = {0};
    lexer_init(&l, text, from);
    while (lexer_next(&l, &ignored) && l.token.kind != TOKEN_END)
        if (l.token.kind == TOKEN_STOP && l.token.start >= error)
            return l.at;
    if (l.token.kind == TOKEN_END)
        return strlen(text);
    size_t end = error + strcspn(text + error, "\n");
    return text[end] == '\n' ? end + 1 : end;
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
        return s->keep_going && !s->ended; /* it has told its own errors */
    if (!ok)
        err_place(&r->error, r->statement.start, r->statement.end);
    return ok;
}

static void tell_error(struct run *r)
{
    struct session *s = r->session;
    s->failed = true;
    if (r->error.code == ERR_NONE)
        return;
    if (s->settings.format == FORMAT_JSON) {
        struct err told = r->error;
        write_answer(r, false, "");
        r->error = told;
    }
    fflush(stdout);
    session_print_error(s, r->text, r->origin, &r->error);
}

bool session_run(struct session *s, const char *text, struct origin origin)
{
    for (size_t at = 0; text[at] != '\0' && !s->ended;) {
        struct run r = {.session = s, .text = text, .origin = origin};
        size_t before = at;
        bool parsed = statement_parse(text, &at, s->state.commands, s->state.names, &r.statement,
                                      &r.error);
        if (!parsed) {
            r.statement.start = before + strspn(text + before, " \t\r\n");
            r.stop = at = next_statement(text, before,
                                         r.error.start > before ? r.error.start : before);
        }
        bool ok = parsed && run_parsed(&r) && view_pending(s, &r.error) && run_pending(s, &r);
        if (!ok && !s->ended)
            tell_error(&r);
        run_done(&r);
        if (!ok && !(s->keep_going && !s->interactive))
            return false;
    }
    return true;
}
