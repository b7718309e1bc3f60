/* What stands around every view: the line of crumbs above, the status and the hints below, and
 * what may cover it: the keys, a word being typed, a word on the terminal's size. */
#ifndef BILENS_VIEW_FRAME_H
#define BILENS_VIEW_FRAME_H

#include "explorer.h"

struct origin;

enum { FRAME_TOP = 1, FRAME_ROWS = 3 }; /* rows above the body; rows of the frame together */

enum mode { MODE_VIEW, MODE_HELP, MODE_SEARCH };

/* How answers become views; open.c knows all kinds of these. */
struct openings {
    bool (*ask)(struct explorer *x, const char *before, const char *statement, struct err *e);
    struct view *(*view_of)(struct explorer *x, struct value *v, unsigned traits, struct origin o,
                            struct err *e);
};

struct explorer {
    struct view_host *host;
    const struct openings *openings;
    size_t rows, cols; /* of the screen */
    struct view **stack;
    size_t depth;
    enum mode mode;
    struct text input; /* the word being typed */
    bool columns;      /* it is looked for among columns */
    size_t help_top;   /* rows of the keys scrolled away */
    struct text note;  /* said in the last line; raw */
    bool alarm;        /* it is an error */
    bool done;
    struct text typed;
};

/* Is the screen large enough for the view shown? */
bool frame_fits(const struct explorer *x);
/* How far the keys can be scrolled. */
size_t frame_help_rows(const struct explorer *x);

#endif
