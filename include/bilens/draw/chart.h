/* Charts: from spans of double and strings to canvases. Nothing here knows a
 * matrix. Every function returns a canvas that the caller owns, never wider than
 * the width it was given, or NULL with the error set. All strings in the specs are
 * borrowed and may be hostile: charts escape what they draw (utf8_escape). */
#ifndef BILENS_DRAW_CHART_H
#define BILENS_DRAW_CHART_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/draw/canvas.h"

struct line {
    const char *name; /* in the legend; NULL: none */
    const double *values;
    size_t count;
};

struct plot {
    const char *title;           /* NULL: none */
    const char *x_name, *y_name; /* axis titles; NULL: none */
    const struct line *lines;
    size_t count;
    double x0;         /* x of the first value; then x0 + 1, ... */
    bool log_x, log_y; /* values that a log axis cannot show are left out and counted in a note */
    bool bars;         /* stems from zero (signed spectra) instead of joined lines */
    size_t width, height; /* cells; height 0: a fitting one (about 16) */
    size_t screen; /* rows of the screen: a fitting height leaves room for what stands around the
                    * plot, and takes more of a tall one; 0: not for a screen */
};

/* A line plot: braille (2 x 4 dots a cell; ASCII: '*', 'o', '+', 'x', ... per series), axes with
 * ticks at round numbers, a zero line where the range spans zero, a legend when there is more than
 * one named line. */
struct canvas *draw_plot(const struct plot *plot, const struct theme *theme, struct err *e);

/* A sparkline of one row in eighth blocks (ASCII: " .:-=+*#%@"), scaled from 0 (or
 * the minimum, if negative) to the maximum; longer data is reduced by maximum magnitude. */
struct canvas *draw_spark(const double *values, size_t count, size_t width,
                          const struct theme *theme, struct err *e);

struct heat {
    const char *title; /* NULL: none */
    const double
        *values; /* rows x cols row-major, as they are to be shown: one value a half cell */
    size_t rows, cols;
    double vmax;                     /* the scale is -vmax..vmax; 0: the largest finite magnitude */
    const char *row_name, *col_name; /* axis titles; NULL: none */
    size_t row_start, row_stop, col_start, col_stop; /* original ranges, for the tick labels */
    const char *const *row_labels;                   /* rows strings, or NULL: tick numbers */
    const char *const
        *col_labels; /* cols strings (drawn slanting down or vertically where they fit), or NULL */
    const char *caption; /* one or more lines separated by \n below the colour bar, e.g. "aggregate
                            absmax, 64 x 64 per cell" */
    bool bar;            /* draw the colour bar */
    size_t width;
};

/* A heatmap: half blocks, two values a cell in height, two cells a value in width
 * where there is room (so that values look square), one otherwise; diverging
 * red-white-blue (positive red, negative blue, zero neutral). Mono and ASCII: one value a cell, by
 * a ramp of marks in which the sign is visible. NaN and infinities have marks of their own. */
struct canvas *draw_heat(const struct heat *heat, const struct theme *theme, struct err *e);

/* How many values draw_heat can show in that width (and a height in rows of cells)
 * without reducing: what a caller aggregates to. */
void draw_heat_room(size_t width, size_t height, const struct theme *theme, size_t *rows,
                    size_t *cols);

enum align { ALIGN_LEFT, ALIGN_RIGHT };

struct column {
    const char *name;
    enum align align;
    enum role role;
    const char *const *cells; /* rows strings; NULL entries are blank */
    bool shrink;              /* may be cut (with an ellipsis) when the table is too wide */
};

struct table {
    const char *title; /* NULL: none */
    const struct column *columns;
    size_t count, rows;
    size_t width;
};

/* A table: a head, a rule, aligned columns two spaces apart; CJK and combining
 * characters keep it aligned. Too wide: columns that may shrink are cut; then
 * columns are dropped from the right and a note says how many. */
struct canvas *draw_table(const struct table *table, const struct theme *theme, struct err *e);

/* Several canvases side by side, gap cells apart, as many a row as fit in width,
 * then the next row. Takes nothing: the parts stay the caller's. */
struct canvas *draw_facets(struct canvas *const *parts, size_t count, size_t gap, size_t width,
                           struct err *e);

#endif
