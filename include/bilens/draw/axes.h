/* The frame of a chart: a left and a bottom axis with ticks around an area. */
#ifndef BILENS_DRAW_AXES_H
#define BILENS_DRAW_AXES_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/draw/canvas.h"
#include "bilens/draw/scale.h"

struct tick_mark {
    size_t at;    /* cells from the area's top or left */
    double exact; /* the same, not rounded to a cell: 0.5 is the middle of the first */
    char label[NUMBER_SIZE];
};

struct tick_marks {
    size_t count;
    struct tick_mark marks[TICKS_MOST];
};

struct axes {
    size_t row, col, rows, cols; /* the area; the left axis stands at col - 1 */
    struct tick_marks left, bottom;
    bool labels; /* are the left labels drawn? */
};

/* The cells that the widest label takes. */
size_t tick_marks_width(const struct tick_marks *marks);

/* Draws both axes: the left one in column col - 1, the bottom one in row
 * row + rows, its labels in the row below. As shapes they lie along the area's edges. */
void axes_draw(const struct axes *axes, struct canvas *c, const struct theme *theme);

#endif
