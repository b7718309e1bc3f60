/* A chart of bars with a cursor: the values of a spectrum, or of a vector. */
#ifndef BILENS_VIEW_BARS_H
#define BILENS_VIEW_BARS_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/draw/canvas.h"

/* What of the values is shown. One bar stands for `per` values, or takes `wide` cells. */
struct bars {
    const double *values; /* borrowed */
    size_t count;
    size_t first;     /* the first value shown */
    size_t per, wide; /* one of them is 1 */
    size_t at;        /* the value under the cursor */
    bool log;
    double x0, step; /* the number of a value, for the axis: x0 + i * step */
    enum role role;  /* of values without negative ones among them */
};

/* Where a chart stands; it takes `rows` rows, two of them for the axis below. */
struct bars_place {
    size_t row, col, rows, cols;
};

/* Shows all values; zooms in or out around the cursor by one step; brings the cursor into the
 * part shown. `cols` is that of the place. */
void bars_fit(struct bars *b, size_t cols);
void bars_zoom(struct bars *b, size_t cols, bool in);
void bars_follow(struct bars *b, size_t cols);
/* How many values are in sight. */
size_t bars_seen(const struct bars *b, size_t cols);
/* The value whose bar is at that column of the canvas; false where there is none. */
bool bars_hit(const struct bars *b, const struct bars_place *place, size_t col, size_t *value);

void bars_draw(const struct bars *b, struct canvas *c, const struct bars_place *place,
               const struct theme *theme);

#endif
