/* A canvas of cells: a character, what it means, and for heat how much. Charts
 * write cells; back ends (encode.c: plain and terminfo; svg.c; ncurses) encode them. */
#ifndef BILENS_DRAW_CANVAS_H
#define BILENS_DRAW_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bilens/draw/shapes.h"
#include "bilens/draw/theme.h"

struct err;
struct text;

enum { CELL_MARKS = 4, HEAT_NAN = 101, HEAT_INF = 102, HEAT_NONE = 127 };

struct cell {
    uint32_t code;              /* 0: the right half of a wide character */
    uint32_t marks[CELL_MARKS]; /* combining marks on top, 0 where none */
    uint8_t role;
    /* ROLE_HEAT: the upper and the lower half's value, -100..100 of the scale
     * (0 is zero), or HEAT_NAN, HEAT_INF, HEAT_NONE. A code other than a blank stands on the
     * ground of the upper one. */
    int8_t upper, lower;
};

struct canvas {
    size_t rows, cols;
    struct cell *cells;   /* row-major; blank is a space in ROLE_TEXT */
    struct shapes shapes; /* what stands below the cells; empty but for CHARSET_SHAPES */
};

/* NULL when memory is short. The caller owns it. */
struct canvas *canvas_new(size_t rows, size_t cols, struct err *e);
void canvas_free(struct canvas *c);
struct cell *canvas_at(struct canvas *c, size_t row, size_t col); /* NULL outside */

/* Writes a UTF-8 string that is already escaped, clipped at the right edge;
 * returns the cells it took. */
size_t canvas_put(struct canvas *c, size_t row, size_t col, enum role role, const char *string);
/* Copies all of source with its upper left at (row, col); cells are clipped, shapes not. */
void canvas_blit(struct canvas *c, size_t row, size_t col, const struct canvas *source);

/* Writes one character of width 1; nothing outside. */
void canvas_set(struct canvas *c, size_t row, size_t col, enum role role, uint32_t code);
/* Writes a cell of heat: the levels of its two halves. */
void canvas_heat(struct canvas *c, size_t row, size_t col, int upper, int lower);
/* Writes a string (as canvas_put) on the ground of one heat level; returns the cells it took. */
size_t canvas_heat_put(struct canvas *c, size_t row, size_t col, int level, const char *string);
/* Cuts blank columns off at the right, and rows below the first `rows`. Columns that a
 * shape reaches into are not blank. */
void canvas_crop(struct canvas *c, size_t rows);

/* How a cell looks in that theme, and in *code the character that stands there
 * (0: nothing, the right half of a wide character). Every back end asks this. */
struct cell_look cell_look(const struct cell *cell, const struct theme *theme, uint32_t *code);

/* Appends the canvas as lines for that theme; trailing blanks of a line are
 * dropped, and each coloured line ends reset. */
void canvas_write(const struct canvas *c, const struct theme *theme, struct text *out);

#endif
