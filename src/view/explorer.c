/* The stack of views, and what keys do whatever view is shown. */
#include "explorer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/utf8.h"
#include "frame.h"
#include "views.h"

void explorer_free(struct explorer *x)
{
    if (x == NULL)
        return;
    while (x->depth > 0) {
        struct view *v = x->stack[--x->depth];
        v->class->destroy(v);
    }
    mem_free(x->stack);
    text_done(&x->input);
    text_done(&x->note);
    text_done(&x->typed);
    mem_free(x);
}

struct view *explorer_top(const struct explorer *x)
{
    return x->depth > 0 ? x->stack[x->depth - 1] : NULL;
}

const struct view_host *explorer_host(const struct explorer *x)
{
    return x->host;
}

const struct theme *explorer_theme(const struct explorer *x)
{
    return &x->host->theme;
}

bool explorer_done(const struct explorer *x)
{
    return x->done;
}

const char *explorer_typed(const struct explorer *x)
{
    return text_get(&x->typed);
}

bool explorer_ask(struct explorer *x, const char *before, const char *statement, struct err *e)
{
    return x->openings->ask(x, before, statement, e);
}

bool explorer_show(struct explorer *x, struct value *v, unsigned traits, struct origin o,
                   struct err *e)
{
    return explorer_push(x, x->openings->view_of(x, v, traits, o, e));
}

bool explorer_compute(struct explorer *x, struct view_work *w, struct err *e)
{
    if (x->host->compute != NULL)
        return x->host->compute(x->host->context, w, e);
    if (w->run(w, e))
        return true;
    w->destroy(w);
    return false;
}

void explorer_say(struct explorer *x, const char *format, ...)
{
    char note[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(note, sizeof note, format, args);
    va_end(args);
    text_clear(&x->note);
    text_add(&x->note, note);
    x->alarm = false;
}

void explorer_fail(struct explorer *x, const struct err *e)
{
    text_clear(&x->note);
    text_add(&x->note, e->message);
    x->alarm = true;
}

/* Gives the view its room, and lets it compute what it shows there. */
static void settle(struct explorer *x)
{
    struct view *v = explorer_top(x);
    struct err e = {0};
    if (v == NULL || x->rows == 0 || !frame_fits(x))
        return;
    v->rows = x->rows - FRAME_ROWS;
    v->cols = x->cols;
    if (!v->class->settle(v, x, &e))
        explorer_fail(x, &e);
}

bool explorer_push(struct explorer *x, struct view *v)
{
    if (v == NULL)
        return false;
    x->stack = mem_resize(x->stack, x->depth + 1, sizeof(struct view *));
    x->stack[x->depth++] = v;
    settle(x);
    return true;
}

void explorer_resize(struct explorer *x, size_t rows, size_t cols)
{
    x->rows = rows;
    x->cols = cols;
    settle(x);
}

static void go_back(struct explorer *x)
{
    if (x->depth < 2) {
        explorer_say(x, "this is the first view; q leaves");
        return;
    }
    struct view *v = x->stack[--x->depth];
    v->class->destroy(v);
}

/* A statement for the prompt is one line there, whatever it was typed as. */
static void send_statement(struct explorer *x)
{
    struct view *v = explorer_top(x);
    text_clear(&x->typed);
    v->class->statement(v, &x->typed);
    for (char *s = x->typed.data; s != NULL && *s != '\0'; s++)
        if (*s == '\n' || *s == '\r')
            *s = ' ';
    x->done = true;
}

static void begin_search(struct explorer *x, bool columns)
{
    text_clear(&x->input);
    x->mode = MODE_SEARCH;
    x->columns = columns;
}

static void act(struct explorer *x, enum key_action action)
{
    struct view *v = explorer_top(x);
    switch (action) {
    case ACTION_QUIT:
        x->done = true;
        break;
    case ACTION_BACK:
        go_back(x);
        break;
    case ACTION_HELP:
        x->mode = MODE_HELP;
        x->help_top = 0;
        break;
    case ACTION_STATEMENT:
        send_statement(x);
        break;
    case ACTION_SEARCH:
    case ACTION_SEARCH_COLUMNS:
        begin_search(x, action == ACTION_SEARCH_COLUMNS);
        break;
    case ACTION_NONE:
    case ACTION_REDRAW: /* the terminal's business */
        break;
    default:
        v->class->act(v, x, action);
    }
}

static void finish_search(struct explorer *x)
{
    struct view *v = explorer_top(x);
    struct err e = {0};
    x->mode = MODE_VIEW;
    if (x->input.length > 0 && !v->class->search(v, x, text_get(&x->input), x->columns, &e))
        explorer_fail(x, &e);
}

/* Takes the last character off. */
static void erase_one(struct text *t)
{
    while (t->length > 0 && ((unsigned char)t->data[t->length - 1] & 0xc0) == 0x80)
        t->length--;
    t->length -= t->length > 0;
    if (t->data != NULL)
        t->data[t->length] = '\0';
}

static void key_in_search(struct explorer *x, uint32_t key)
{
    enum { CTRL_C = 3, CTRL_U = 21, WORD_MOST_BYTES = 1000 };
    if (key == KEYCODE_ENTER)
        finish_search(x);
    else if (key == KEYCODE_ESCAPE || key == CTRL_C ||
             (key == KEYCODE_BACKSPACE && x->input.length == 0))
        x->mode = MODE_VIEW;
    else if (key == KEYCODE_BACKSPACE)
        erase_one(&x->input);
    else if (key == CTRL_U)
        text_clear(&x->input);
    else if (key >= ' ' && key < KEYCODE_LEFT && x->input.length < WORD_MOST_BYTES)
        text_add_code(&x->input, key);
}

static void key_in_help(struct explorer *x, uint32_t key)
{
    enum key_action action = key_action_of(key, explorer_top(x)->class->kind);
    size_t page = x->rows > FRAME_ROWS + 2 ? x->rows - FRAME_ROWS - 2 : 1;
    if (action == ACTION_DOWN)
        x->help_top++;
    else if (action == ACTION_PAGE_DOWN)
        x->help_top += page;
    else if (action == ACTION_UP)
        x->help_top -= x->help_top > 0;
    else if (action == ACTION_PAGE_UP)
        x->help_top -= x->help_top > page ? page : x->help_top;
    else
        x->mode = MODE_VIEW;
    size_t most = frame_help_rows(x);
    x->help_top = x->help_top < most ? x->help_top : most;
}

void explorer_key(struct explorer *x, uint32_t key)
{
    enum { CTRL_C = 3 };
    struct view *v = explorer_top(x);
    if (v == NULL || x->done)
        return;
    if (x->mode == MODE_SEARCH)
        key_in_search(x, key);
    else if (x->mode == MODE_HELP)
        key_in_help(x, key);
    else {
        text_clear(&x->note);
        enum key_action action = key == CTRL_C ? ACTION_QUIT : key_action_of(key, v->class->kind);
        if (frame_fits(x) || action == ACTION_QUIT || action == ACTION_BACK)
            act(x, action);
    }
    settle(x);
}

void explorer_point(struct explorer *x, enum pointer what, size_t row, size_t col)
{
    struct view *v = explorer_top(x);
    if (v == NULL || x->mode == MODE_SEARCH || !frame_fits(x))
        return;
    if (what != POINTER_CLICK) {
        explorer_key(x, what == POINTER_WHEEL_UP ? KEYCODE_UP : KEYCODE_DOWN);
        return;
    }
    x->mode = MODE_VIEW;
    text_clear(&x->note);
    if (v->class->click != NULL && row >= FRAME_TOP && row - FRAME_TOP < v->rows && col < v->cols)
        v->class->click(v, x, row - FRAME_TOP, col);
    settle(x);
}

bool explorer_idle(struct explorer *x)
{
    struct view *v = explorer_top(x);
    struct err e = {0};
    bool more = false;
    if (v == NULL || v->class->idle == NULL || !frame_fits(x) || x->done)
        return false;
    if (!v->class->idle(v, x, &more, &e)) {
        explorer_fail(x, &e);
        return false;
    }
    return more;
}
