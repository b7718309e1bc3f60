/* Dots on a grid finer than cells: 2 x 4 braille dots a cell, or in ASCII one. */
#ifndef BILENS_DRAW_RASTER_H
#define BILENS_DRAW_RASTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bilens/draw/canvas.h"

struct raster {
    size_t rows, cols; /* cells */
    size_t dot_rows, dot_cols;
    bool braille;
    uint8_t *dots;  /* a cell: its braille dots, bit i is U+2800 + (1 << i) */
    uint8_t *roles; /* a cell: whose it is, see struct pen */
    char *glyphs;   /* a cell: the ASCII glyph of whose it is */
    uint8_t *held;  /* a cell: did it go to the pen whose turn it is there? */
    size_t turns;   /* how many pens take turns; 0: the last one to draw in a cell has it */
};

/* The pen: what role the dots get, and in ASCII which glyph. A cell has one colour: where lines
 * run through the same cells, they get some columns each, by turns, so that every one of them
 * is seen; other cells are whoever's drew there last. */
struct pen {
    enum role role;
    char glyph;
    size_t turn; /* from 0 */
};

struct raster *raster_new(size_t rows, size_t cols, bool braille, struct err *e);
void raster_free(struct raster *r);

/* Dots from the left, from the top; outside nothing happens. */
void raster_dot(struct raster *r, size_t x, size_t y, struct pen pen);
void raster_line(struct raster *r, size_t x0, size_t y0, size_t x1, size_t y1, struct pen pen);
bool raster_is_blank(const struct raster *r, size_t row, size_t col);

/* Writes the cells that have dots, leaves the others as they are. */
void raster_draw(const struct raster *r, struct canvas *c, size_t row, size_t col);

#endif
