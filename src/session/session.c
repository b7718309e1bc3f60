#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/guard.h"
#include "bilens/base/mem.h"
#include "bilens/base/number.h"
#include "bilens/base/outfile.h"
#include "bilens/base/text.h"
#include "bilens/lang/lexer.h"
#include "bilens/view/spectra.h"
#include "commands.h"
#include "output.h"
#include "recovery.h"
#include "signals.h"
#include "view.h"

/* Half of this machine's memory: what a dense result may take unless `set memory` says. */
static size_t half_of_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (size_t)pages / 2 * (size_t)size : (size_t)1 << 30;
}

/* Before the program ends for want of memory. Allocates nothing. */
static void leave_in_order(void)
{
    outfile_remove_begun();
    guard_restore();
    if (isatty(STDERR_FILENO) &&
        write(STDERR_FILENO, "\n", 1) < 0) /* below a prompt, or progress */
        return;                            /* there is nobody to tell */
}

bool session_open(struct session *s, struct err *e)
{
    *s = (struct session){
        .settings = {
            .memory = half_of_memory(), .digits = DIGITS_DEFAULT, .ledger = true, .pager = true}};
    mem_on_exhaustion(leave_in_order);
    s->state.names = workspace_new();
    s->commands = commands_joined();
    s->state.commands = &s->commands;
    s->state.host = &s->host;
    s->host.session = s;
    s->spectra = spectra_new();
    return (signals_open() && jobs_open(&s->jobs)) ||
           err_set(e, ERR_FILE, "cannot make a pipe: %s", strerror(errno));
}

void session_close(struct session *s)
{
    workspace_free(s->state.names);
    session_state_done(&s->state);
    latest_done(&s->latest);
    spectra_free(s->spectra);
    mem_free(s->typed);
    mem_free(s->pending_source);
    mem_free((void *)s->commands.commands);
    output_end(s);
}

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
    bool ok = session_run_part(s, text_get(&g->lines), end, (struct origin){g->name, g->first});
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
