/* The explorer without a terminal: a stack of views that keys change, and that draw themselves
 * on a canvas. */
#ifndef BILENS_VIEW_EXPLORER_H
#define BILENS_VIEW_EXPLORER_H

#include "bilens/base/text.h"
#include "bilens/draw/canvas.h"
#include "bilens/view/keys.h"
#include "bilens/view/view.h"

struct explorer;
struct view;

/* What a kind of view does. Only settle and search compute; draw reads. Functions that may be
 * NULL say so. */
struct view_class {
    unsigned kind;                   /* VIEW_SPECTRUM, ... */
    size_t least_rows, least_cols;   /* of the whole screen */
    void (*destroy)(struct view *v); /* frees v, too */
    void (*act)(struct view *v, struct explorer *x, enum key_action action);
    /* Does that key do something for what is shown now? Only then the line of hints has it. NULL:
     * each does. */
    bool (*offers)(const struct view *v, enum key_action action);
    /* Brings what is computed up to date with what is to be shown in v->rows x v->cols. */
    bool (*settle)(struct view *v, struct explorer *x, struct err *e);
    bool (*search)(struct view *v, struct explorer *x, const char *word, bool columns,
                   struct err *e);
    /* A click at a cell of the body; may be NULL. */
    void (*click)(struct view *v, struct explorer *x, size_t row, size_t col);
    /* One step of work that can wait until no key is waiting; *more: there is another one. May
     * be NULL. */
    bool (*idle)(struct view *v, struct explorer *x, bool *more, struct err *e);
    void (*draw)(const struct view *v, const struct explorer *x, struct canvas *body);
    void (*name)(const struct view *v, struct text *out);      /* for the line of crumbs; raw */
    void (*status)(const struct view *v, struct text *out);    /* what is under the cursor; raw */
    void (*statement)(const struct view *v, struct text *out); /* that shows the same */
};

/* The head of every view. */
struct view {
    const struct view_class *class;
    size_t rows, cols; /* of the body: the screen without its frame */
};

struct explorer *explorer_new(struct view_host *h);
void explorer_free(struct explorer *x);

/* Puts a view (taken; NULL passes a failure through) on the stack, as the one shown. */
bool explorer_push(struct explorer *x, struct view *v);
/* Opens what the request is about. */
bool explorer_open(struct explorer *x, const struct view_request *request, struct err *e);
/* Runs a statement aside, on a copy of the names, and opens its answer; before it, those of
 * `before` (or NULL). */
bool explorer_ask(struct explorer *x, const char *before, const char *statement, struct err *e);

/* Opens the view that fits a value: a matrix, a grid of them, a spectrum. Takes the origin. */
struct origin;
bool explorer_show(struct explorer *x, struct value *v, unsigned traits, struct origin o,
                   struct err *e);

/* Events. Errors are shown in the last line, until the next key. */
void explorer_resize(struct explorer *x, size_t rows, size_t cols);
void explorer_key(struct explorer *x, uint32_t key);
enum pointer { POINTER_CLICK, POINTER_WHEEL_UP, POINTER_WHEEL_DOWN };
void explorer_point(struct explorer *x, enum pointer what, size_t row, size_t col);
/* One step of work in the background; false where none is left. */
bool explorer_idle(struct explorer *x);

/* Draws all of it on a canvas of the explorer's size. *row and *col are where the terminal's
 * cursor belongs; false in *visible where it is hidden. */
struct caret {
    bool visible;
    size_t row, col;
};
struct canvas *explorer_draw(const struct explorer *x, struct caret *caret, struct err *e);

/* Does the user want to leave? The statement for the prompt, then, or "". */
bool explorer_done(const struct explorer *x);
const char *explorer_typed(const struct explorer *x);

/* For views. ----------------------------------------------------------------------- */

const struct view_host *explorer_host(const struct explorer *x);
const struct theme *explorer_theme(const struct explorer *x);
/* Computes by the host's means; see view_host. The work is taken where it fails. */
bool explorer_compute(struct explorer *x, struct view_work *w, struct err *e);
/* Says something in the last line, until the next key. */
__attribute__((format(printf, 2, 3))) void explorer_say(struct explorer *x, const char *format,
                                                        ...);
void explorer_fail(struct explorer *x, const struct err *e);
struct view *explorer_top(const struct explorer *x);

#endif
