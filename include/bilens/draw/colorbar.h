/* The key to a heatmap: which colour or mark is which value. */
#ifndef BILENS_DRAW_COLORBAR_H
#define BILENS_DRAW_COLORBAR_H

#include <stddef.h>

#include "bilens/draw/canvas.h"

struct colorbar {
    double vmax;                   /* the scale is -vmax..vmax */
    size_t values;                 /* of them are */
    size_t nan, infinite, clipped; /* marked, or beyond the scale */
    size_t row, col, cells;        /* where it stands */
};

/* The cells that it should have, for its numbers and its colours. */
size_t colorbar_least(double vmax);

/* The rows it takes: the colours, the numbers, and the counts if there are any. */
size_t colorbar_rows(const struct colorbar *bar);

void colorbar_draw(const struct colorbar *bar, struct canvas *c);

#endif
