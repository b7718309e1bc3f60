/* Strings from outside on a canvas: escaped, measured, cut, wrapped. */
#ifndef BILENS_DRAW_LABEL_H
#define BILENS_DRAW_LABEL_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/draw/canvas.h"

enum label_side { LABEL_LEFT, LABEL_RIGHT, LABEL_CENTRE };

/* The cells that the escaped string takes. */
bool label_measure(const char *raw, const struct theme *theme, size_t *cells);

/* A field of a canvas that a string may fill. */
struct field {
    size_t row, col, cells;
    enum role role;
    enum label_side side;
};

/* Writes the string into the field, with an ellipsis where it is cut. */
bool label_put(struct canvas *c, struct field field, const char *raw, const struct theme *theme);

/* Writes the string from top to bottom, one character a row, at most `rows`;
 * *taken (may be NULL) is how many it needs. Without a canvas it only measures.
 * *wide (may be NULL) tells whether a character takes two cells. */
void label_put_down(struct canvas *c, struct field field, size_t rows, const char *raw,
                    const struct theme *theme, size_t *taken, bool *wide);

/* The string as a shape, escaped and cut to so many cells. */
void label_shape(struct canvas *c, enum role role, struct shape_place place, size_t cells,
                 const char *raw, const struct theme *theme);

/* Writes lines separated by \n, folded at field.cells, from field.row on; *rows is
 * how many rows they take. Without a canvas it only counts. */
bool label_wrap(struct canvas *c, struct field field, const char *raw, const struct theme *theme,
                size_t *rows);

#endif
