/* A heatmap that is laid out, and the labels of its rows and columns. */
#ifndef BILENS_DRAW_HEAT_PLAN_H
#define BILENS_DRAW_HEAT_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/draw/axes.h"
#include "bilens/draw/chart.h"
#include "bilens/draw/colorbar.h"
#include "bilens/draw/lattice.h"

/* How column labels run: along the axis; downwards, a character a row; as shapes, on a
 * slant or upright. */
enum col_labels { LABELS_FLAT, LABELS_DOWN, LABELS_SLANTED, LABELS_UPRIGHT };

/* All that is known before the first cell is drawn. */
struct plan {
    const struct heat *heat;
    const struct theme *theme;
    struct lattice *lattice;
    struct axes axes;
    struct colorbar bar;
    size_t row_label_cells; /* 0: tick numbers */
    size_t col_label_rows;  /* 0: tick numbers */
    enum col_labels col_labels;
    size_t col_label_cells; /* of labels that are turned: they are cut to so many */
    size_t caption_row, caption_rows, note_rows, rows;
};

/* The cells of the widest label; 0 without labels. */
size_t heat_widest_label(const char *const *labels, size_t count, const struct theme *theme);
/* Chooses how the column labels run, and the rows they take. */
void heat_plan_labels(struct plan *p);
void heat_put_labels(const struct plan *p, struct canvas *c);

#endif
