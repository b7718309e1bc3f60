#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"

enum { AFTER = 500, EVERY = 200 }; /* milliseconds */
enum { ECHO = 2 };                 /* cells of the ^C that the terminal shows behind the line */

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void progress_start(struct progress *p, struct progress_place place)
{
    *p = (struct progress){.place = place,
                           .terminal = place.show != NULL || isatty(STDERR_FILENO) == 1,
                           .begun = seconds()};
}

int progress_wait(const struct progress *p)
{
    if (!p->terminal)
        return -1;
    int passed = (int)(1000 * (seconds() - p->begun));
    return passed < AFTER ? AFTER - passed : EVERY;
}

static void add_duration(struct text *out, double s)
{
    if (s < 100)
        text_printf(out, "%.0f s", s);
    else if (s < 6000)
        text_printf(out, "%.0f min", s / 60);
    else
        text_printf(out, "%.1f h", s / 3600);
}

/* "[======              ] 1.2 of 4.1 GB": a person judges a download by that. */
static void add_bytes(struct text *out, const struct task_view *v)
{
    enum { CELLS = 20 };
    const char *unit = v->total >= 1e9 ? "GB" : v->total >= 1e6 ? "MB" : "kB";
    double scale = v->total >= 1e9 ? 1e9 : v->total >= 1e6 ? 1e6 : 1e3;
    size_t filled = (size_t)(CELLS * v->part);
    text_add_char(out, '[');
    text_add_fill(out, '=', filled);
    text_add_fill(out, ' ', CELLS - filled);
    text_printf(out, "] %.1f of %.1f %s, ", v->done / scale, v->total / scale, unit);
}

/* "head 3.2 (31 of 270)" */
static void add_member(struct text *out, const struct task_part *at)
{
    if (at->kind == NULL) {
        text_printf(out, "%zu of %zu", at->member + 1, at->members);
        return;
    }
    text_add(out, at->kind);
    for (size_t i = 0; i < at->depth; i++)
        text_printf(out, "%c%zu", i == 0 ? ' ' : '.', at->index[i]);
    text_printf(out, " (%zu of %zu)", at->member + 1, at->members);
}

/* "copying: head 3.2 (31 of 270), eigenvalues" */
static void add_place(struct text *out, const struct task_view *v)
{
    bool member = v->at.members > 1;
    text_add(out, v->of != NULL ? v->of : "");
    if (v->of != NULL && (member || v->what != NULL))
        text_add(out, ": ");
    if (member)
        add_member(out, &v->at);
    if (member && v->what != NULL)
        text_add(out, ", ");
    text_add(out, v->what != NULL ? v->what : member || v->of != NULL ? "" : "computing");
}

void progress_line(struct task *t, double elapsed, struct text *out)
{
    struct task_view v;
    task_look(t, &v);
    add_place(out, &v);
    text_add(out, ": ");
    if (v.bytes && v.part >= 0)
        add_bytes(out, &v);
    else if (v.part >= 0)
        text_printf(out, "%s%.0f %%, ", v.estimated ? "about " : "",
                    v.part < 1 ? 100 * v.part : 99);
    if (v.seconds_left >= 0) {
        add_duration(out, v.seconds_left);
        text_add(out, " left");
    } else {
        add_duration(out, elapsed);
        text_add(out, " so far");
    }
    text_add(out, "; Ctrl-C stops it");
}

/* Cells of a line that does not wrap. */
static size_t room(void)
{
    struct winsize size;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 + ECHO;
    return known ? size.ws_col - 1u - ECHO : 79 - ECHO;
}

void progress_show(struct progress *p, struct task *t)
{
    double elapsed = seconds() - p->begun;
    if (!p->terminal || 1000 * elapsed < AFTER)
        return;
    struct text line = TEXT_EMPTY;
    progress_line(t, elapsed, &line);
    if (p->place.show != NULL) {
        p->place.show(p->place.context, text_get(&line));
        text_done(&line);
        return;
    }
    size_t length = strlen(text_get(&line)), most = room(); /* ASCII: a byte a cell */
    length = length < most ? length : most;
    /* Blanks over what a longer line left: no escape sequence, for TERM may be dumb. */
    size_t left = p->width > length ? p->width - length : 0;
    left = left < most - length ? left : most - length;
    fprintf(stderr, "\r%.*s%*s", (int)length, text_get(&line), (int)left, "");
    fflush(stderr);
    p->width = length;
    text_done(&line);
}

/* All of the row: an echoed ^C may stand anywhere behind the line, which was longer before. */
void progress_clear(struct progress *p)
{
    if (p->width > 0)
        fprintf(stderr, "\r%*s\r", (int)room() + ECHO, "");
    fflush(stderr);
    p->width = 0;
}
