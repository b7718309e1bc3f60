/* The legend of a plot: a sample and a name for each line, in rows as they fit. */
#ifndef BILENS_DRAW_LEGEND_H
#define BILENS_DRAW_LEGEND_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/draw/chart.h"
#include "raster.h"

/* The pen of the n-th line. */
struct pen line_pen(size_t n);

/* The same for shapes: dashes tell lines of one colour apart. */
struct brush line_brush(size_t n);

/* The letter that tells the n-th line where colour does not, or 0 where it does. */
char line_letter(const struct plot *plot, const struct theme *theme, size_t n);

/* Draws it from row on; *rows is how many rows it takes, 0 where there is nothing
 * to tell apart. Without a canvas it only counts. */
void legend_draw(const struct plot *plot, struct canvas *c, size_t row, const struct theme *theme,
                 size_t *rows);

#endif
