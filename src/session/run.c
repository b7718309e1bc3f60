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
#include "bilens/session/output.h"
#include "bilens/session/session.h"

/* One statement at work: where it stands, and what came of it. */
struct run {
    struct session *session;
    const char *text;
    struct origin origin;
    struct statement statement;
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
static size_t heat_height(void)
{
    enum { AROUND = 10, LEAST = 8, MOST = 32 };
    struct winsize size;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return MOST;
    size_t rows = size.ws_row > AROUND + LEAST ? size.ws_row - (size_t)AROUND : LEAST;
    return rows < MOST ? rows : MOST;
}

static void set_room(struct session *s)
{
    struct look look = session_look(s);
    draw_heat_room(look.width, heat_height(), &look.theme, &s->host.heat_rows,
                   &s->host.heat_cols);
    s->host.line_width = look.width;
    s->host.memory = s->settings.memory;
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

static bool write_answer(struct run *r, bool ok)
{
    struct session *s = r->session;
    bool plain = r->statement.redirect != REDIRECT_NONE;
    struct look look = plain ? session_look_at(s, -1) : session_look(s);
    size_t line, column, length = r->statement.end - r->statement.start;
    const char *from = r->text + r->statement.start;
    size_t place = ok ? r->statement.start : r->error.start;
    if (plain)
        look.theme.sgr = false, look.theme.depth = DEPTH_MONO;
    text_position(r->text, place, &line, &column);
    if (!ok && length == 0) { /* it did not parse: the line says what it was */
        size_t start = r->error.start;
        while (start > 0 && r->text[start - 1] != '\n')
            start--;
        from = r->text + start;
        length = strcspn(from, "\n");
    }
    struct answer answer = {.statement = from,
                            .length = length,
                            .line = r->origin.line + line - 1,
                            .report = ok ? r->report : NULL,
                            .bound = text_get(&r->bound),
                            .error = ok ? NULL : &r->error,
                            .column = column,
                            .follows = s->answered && !plain};
    struct text out = TEXT_EMPTY;
    struct err e = {0};
    bool written = present(&answer, &look, &out, &e);
    if (!written)
        output_complain(e.message);
    else if (!ok || r->statement.redirect == REDIRECT_NONE)
        written = output_write(s, text_get(&out), out.length);
    else
        written = output_redirect(&r->statement, text_get(&out), out.length, &r->error);
    s->answered = s->answered || (out.length > 0 && !plain);
    text_done(&out);
    return written;
}

/* Runs a statement that parsed, and writes its answer. */
static bool run_parsed(struct run *r)
{
    struct session *s = r->session;
    double start = seconds();
    if (r->statement.kind == STATEMENT_EMPTY)
        return true;
    set_room(s);
    if (!write_echo(r))
        return false;
    r->report = report_new(&r->error);
    bool ok = r->report != NULL && statement_run(&s->state, r->text, &r->statement, r->report,
                                                 &r->bound, &r->error);
    double took = seconds() - start;
    if (ok && write_answer(r, true)) {
        if (s->settings.timing)
            fprintf(stderr, "time: %.3f ms\n", 1000 * took);
        return true;
    }
    return false;
}

static void run_done(struct run *r)
{
    statement_free(&r->statement);
    report_free(r->report);
    text_done(&r->bound);
}

/* After an error: where the next line starts. */
static size_t next_line(const char *text, size_t at)
{
    size_t end = at + strcspn(text + at, "\n");
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
    if (s->settings.format == FORMAT_JSON)
        write_answer(r, false);
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
        bool ok = parsed && run_parsed(&r) && run_pending(s, &r);
        if (!ok && !s->ended) {
            tell_error(&r);
            if (!parsed)
                at = next_line(text, r.error.start > before ? r.error.start : before);
        }
        run_done(&r);
        if (!ok && !(s->keep_going && !s->interactive))
            return false;
    }
    return true;
}
