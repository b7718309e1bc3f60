/* The values of a heatmap as levels, and how large each is drawn. */
#ifndef BILENS_DRAW_LATTICE_H
#define BILENS_DRAW_LATTICE_H

#include <stddef.h>
#include <stdint.h>

#include "bilens/draw/chart.h"

struct lattice {
    size_t rows, cols;
    int8_t *levels;              /* row-major; -100..100, HEAT_NAN, HEAT_INF */
    size_t row_block, col_block; /* values of the heat behind one level */
    double vmax;
    size_t nan, infinite, clipped; /* of the heat's values */
    size_t wide, tall;             /* a level takes wide cells and tall half cells */
};

/* The level of a value on a scale from -vmax to vmax, whose ends stand for what is beyond. */
int heat_level(double value, double vmax);

/* Scales the values of a heat to levels; where more columns than `cells` would be
 * needed, blocks are drawn by the value of the largest magnitude in them. */
struct lattice *lattice_new(const struct heat *heat, size_t cells, struct err *e);
void lattice_free(struct lattice *l);

/* Chooses wide and tall: square, as large as fits in cells and a fair height of rows;
 * whole cells (tall even) where the theme has no halves, or rows carry labels. */
void lattice_zoom(struct lattice *l, size_t cells, size_t rows, bool whole_cells);

/* The cell rows that it takes. */
size_t lattice_height(const struct lattice *l);

/* The same as areas: an exact one for each level; the last row ends on a whole cell. */
void lattice_shape(const struct lattice *l, struct shapes *s, size_t row, size_t col);
/* Where the first row then begins, in cells below `row`: 0 or a half. */
double lattice_offset(const struct lattice *l);

void lattice_draw(const struct lattice *l, struct canvas *c, size_t row, size_t col);

#endif
