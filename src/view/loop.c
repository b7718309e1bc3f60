/* The explorer at a terminal: signals and keys in, canvases out. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/guard.h"
#include "bilens/base/text.h"
#include "explorer.h"
#include "rescue.h"
#include "screen.h"

bool view_possible(struct err *e)
{
    const char *term = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return err_set(e, ERR_UNSUPPORTED,
                       "a view needs a terminal on standard input and output; "
                       "without one, svd, heat and topk print what it would show");
    switch (terminal_full_screen(term)) {
    case TERMINAL_UNNAMED:
        return err_set(e, ERR_UNSUPPORTED,
                       "a view needs to know the terminal, and TERM is not set; "
                       "set it, or print instead: svd, heat, topk");
    case TERMINAL_UNKNOWN:
        return err_set(e, ERR_UNSUPPORTED,
                       "a view needs to know the terminal, and terminfo has no "
                       "'%s'; try TERM=xterm, or print instead: svd, heat, topk",
                       term);
    case TERMINAL_DUMB:
        return err_set(e, ERR_UNSUPPORTED,
                       "a view needs a terminal that can place its cursor, and "
                       "'%s' cannot; print instead: svd, heat, topk",
                       term);
    case TERMINAL_FIT:
        break;
    }
    return true;
}

struct loop {
    struct explorer *x;
    struct screen *screen;
    bool gone; /* the input is */
};

static void resize(struct loop *l)
{
    size_t rows, cols;
    screen_resize(l->screen, &rows, &cols);
    explorer_resize(l->x, rows, cols);
}

static bool show(struct loop *l, struct err *e)
{
    struct caret caret;
    struct canvas *c = explorer_draw(l->x, &caret, e);
    if (c == NULL)
        return false;
    screen_show(l->screen, explorer_theme(l->x), c, caret);
    canvas_free(c);
    return true;
}

static void take_signals(struct loop *l)
{
    enum { CTRL_C = 3 };
    struct rescue_notes notes = rescue_take();
    notes.resized = notes.resized || screen_resized(l->screen); /* while it computed, perhaps */
    if (notes.suspended) {
        screen_pause(l->screen);
        rescue_stop();
        screen_forget(l->screen);
        notes.resized = true; /* it may have been, meanwhile */
    }
    if (notes.resized)
        resize(l);
    if (notes.interrupted)
        explorer_key(l->x, CTRL_C);
}

/* All that waits, so that a key held down does not draw every step. */
static void take_input(struct loop *l)
{
    enum { CTRL_L = 12 };
    while (!explorer_done(l->x)) { /* what was typed ahead is the prompt's */
        struct screen_event event = screen_event(l->screen);
        if (event.kind == EVENT_NONE)
            return;
        if (event.kind == EVENT_POINTER)
            explorer_point(l->x, event.pointer, event.row, event.col);
        else if (event.key == CTRL_L)
            screen_forget(l->screen);
        else
            explorer_key(l->x, event.key);
    }
}

/* In the last line, below what is shown. */
static void show_busy(struct view_host *h, const char *line)
{
    struct loop *l = h->busy_context;
    screen_say(l->screen, line);
}

static bool run(struct loop *l, struct err *e)
{
    bool ok = true, more = true;
    resize(l);
    while (ok && !explorer_done(l->x) && !l->gone) {
        ok = show(l, e);
        l->gone = !rescue_wait(more ? 0 : -1);
        take_signals(l);
        take_input(l);
        more = explorer_idle(l->x);
    }
    return ok;
}

static bool run_full_screen(struct explorer *x, struct view_host *h, struct err *e)
{
    enum { LEAVING = 256 };
    char leaving[LEAVING];
    struct loop l = {.x = x};
    if (!rescue_begin())
        return err_set(e, ERR_UNSUPPORTED, "the terminal does not tell its modes");
    l.screen = screen_open(&h->theme, e);
    bool ok = l.screen != NULL;
    if (ok) {
        guard_leaving(leaving, screen_leaving(l.screen, leaving, sizeof leaving), STDOUT_FILENO);
        h->busy = show_busy;
        h->busy_context = &l;
        ok = run(&l, e);
        h->busy = NULL;
        screen_close(l.screen);
    }
    rescue_end();
    return ok;
}

bool view_run(struct view_host *h, const struct view_request *request, struct text *typed,
              struct err *e)
{
    struct theme theme = h->theme;
    if (MB_CUR_MAX < 2 && h->theme.charset == CHARSET_UTF8)
        h->theme.charset = CHARSET_ASCII; /* curses goes by the locale */
    struct explorer *x = explorer_new(h);
    bool ok = explorer_open(x, request, e) && run_full_screen(x, h, e);
    if (ok)
        text_add(typed, explorer_typed(x));
    explorer_free(x);
    h->theme = theme;
    return ok;
}
