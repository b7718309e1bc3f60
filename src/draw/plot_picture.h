/* A plot that is laid out: what the ways of drawing its lines share. */
#ifndef BILENS_DRAW_PLOT_PICTURE_H
#define BILENS_DRAW_PLOT_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/draw/axes.h"
#include "bilens/draw/chart.h"
#include "bilens/draw/scale.h"

/* All that is known before the first cell is drawn. */
struct picture {
    const struct plot *plot;
    const struct theme *theme;
    struct scale x, y;
    struct axes axes;
    size_t legend_rows, note_rows;
    const char *y_name;
    size_t not_finite, not_positive;
    size_t longest; /* values of the longest line */
};

double plot_x(const struct plot *plot, size_t i);
/* Can the i-th value of a line be drawn? */
bool plot_shows(const struct plot *plot, size_t i, double value);
/* Has the plot a line at zero? */
bool picture_has_zero(const struct picture *p);
/* The nearest of so many dots for a fraction of an axis. */
size_t dot_at(double fraction, size_t dots);
/* Dots that stand in a cell: so many of braille, in ASCII one. */
size_t dots_a_cell(const struct theme *theme, size_t of_braille);

/* The lines as characters of dots; false where memory is short. */
bool picture_put_dots(const struct picture *p, struct canvas *c, struct err *e);

/* The lines as shapes, and where a value stands then, in cells of the canvas. */
void picture_put_shapes(const struct picture *p, struct canvas *c);
double picture_x(const struct picture *p, double x);
double picture_y(const struct picture *p, double y);

#endif
