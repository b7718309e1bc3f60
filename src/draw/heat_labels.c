/* Labels of a heatmap's rows and columns: tokens, mostly. */
#include <math.h>

#include "bilens/draw/label.h"
#include "heat_plan.h"

enum { MOST_DOWN = 10, MOST_TURNED = 20 };

size_t heat_widest_label(const char *const *labels, size_t count, const struct theme *theme)
{
    size_t widest = 0;
    for (size_t i = 0; labels != NULL && i < count; i++) {
        size_t cells = 0;
        if (labels[i] != NULL)
            label_measure(labels[i], theme, &cells);
        widest = cells > widest ? cells : widest;
    }
    return widest;
}

/* What a slanted label takes of both directions for each of its cells, in rows; a cell is
 * half as wide. */
static const double SLANT_ROWS = 0.36, UPRIGHT_ROWS = 0.5, BELOW_AXIS = 0.4;

/* The size of letters that stand in columns of one or two cells: a row of letters is as
 * high as two cells are wide. */
static double upright_size(const struct lattice *l)
{
    static const double SMALL = 0.55;
    return l->wide > 1 ? 1 : SMALL;
}

/* Labels as shapes slant where there is room for that to the left of the first, else they
 * stand upright. */
static void plan_turned(struct plan *p, size_t widest)
{
    enum { SLANT_LEAST = 3 };
    size_t cells = widest < MOST_TURNED ? widest : MOST_TURNED;
    double left = 2 * SLANT_ROWS * (double)cells;
    bool slanted = p->lattice->wide >= SLANT_LEAST &&
                   left <= (double)p->axes.col + (double)p->lattice->wide / 2;
    double rows = slanted ? SLANT_ROWS : UPRIGHT_ROWS * upright_size(p->lattice);
    p->col_labels = slanted ? LABELS_SLANTED : LABELS_UPRIGHT;
    p->col_label_cells = cells;
    p->col_label_rows = (size_t)ceil(rows * (double)cells + BELOW_AXIS);
}

/* Labels of one character a row; not where characters are wider than columns. */
static void plan_down(struct plan *p)
{
    const struct heat *heat = p->heat;
    size_t longest = 0;
    bool has_wide = false;
    for (size_t i = 0; i < heat->cols; i++) {
        size_t taken = 0;
        if (heat->col_labels[i] != NULL)
            label_put_down(NULL, (struct field){0}, 0, heat->col_labels[i], p->theme, &taken,
                           &has_wide);
        longest = taken > longest ? taken : longest;
    }
    if (has_wide && p->lattice->wide < 2)
        return;
    p->col_labels = LABELS_DOWN;
    p->col_label_rows = longest < MOST_DOWN ? longest : MOST_DOWN;
}

void heat_plan_labels(struct plan *p)
{
    const struct heat *heat = p->heat;
    if (heat->col_labels == NULL || p->lattice->col_block > 1)
        return;
    size_t widest = heat_widest_label(heat->col_labels, heat->cols, p->theme);
    if (widest + 1 <= p->lattice->wide) {
        p->col_labels = LABELS_FLAT;
        p->col_label_rows = 1;
    } else if (theme_has_shapes(p->theme)) {
        plan_turned(p, widest);
    } else {
        plan_down(p);
    }
}

static void shape_row_label(const struct plan *p, struct canvas *c, size_t i)
{
    const struct lattice *l = p->lattice;
    double y = ((double)i + 0.5) * (double)l->tall / 2 + lattice_offset(l);
    struct shape_place place = {
        {(double)p->row_label_cells + 1, (double)p->axes.row + y}, SIDE_END, 0, 1};
    label_shape(c, ROLE_TOKEN, place, p->row_label_cells, p->heat->row_labels[i], p->theme);
}

static void put_row_labels(const struct plan *p, struct canvas *c)
{
    const struct lattice *l = p->lattice;
    if (p->row_label_cells == 0 || l->row_block > 1)
        return;
    for (size_t i = 0; i < l->rows; i++) {
        size_t row = p->axes.row + (i * l->tall + (l->tall - 1) / 2) / 2;
        struct field field = {row, 0, p->row_label_cells, ROLE_TOKEN, LABEL_RIGHT};
        const char *label = p->heat->row_labels[i];
        if (label == NULL)
            continue;
        if (theme_has_shapes(p->theme))
            shape_row_label(p, c, i);
        else
            label_put(c, field, label, p->theme);
    }
}

/* A label that ends below the middle of its column. */
static void shape_col_label(const struct plan *p, struct canvas *c, size_t i)
{
    bool slanted = p->col_labels == LABELS_SLANTED;
    double x = (double)p->axes.col + ((double)i + 0.5) * (double)p->lattice->wide;
    double y = (double)(p->axes.row + p->axes.rows) + BELOW_AXIS;
    struct shape_place place = {{x, y},
                                p->col_labels == LABELS_FLAT ? SIDE_MIDDLE : SIDE_END,
                                slanted                        ? -45
                                : p->col_labels == LABELS_FLAT ? 0
                                                               : -90,
                                slanted ? 1 : upright_size(p->lattice)};
    size_t cells = p->col_labels == LABELS_FLAT ? p->lattice->wide : p->col_label_cells;
    if (p->col_labels == LABELS_FLAT)
        place.at.y += BELOW_AXIS;
    label_shape(c, ROLE_TOKEN, place, cells, p->heat->col_labels[i], p->theme);
}

static void put_col_label(const struct plan *p, struct canvas *c, size_t i)
{
    const struct lattice *l = p->lattice;
    const char *label = p->heat->col_labels[i];
    size_t col = p->axes.col + i * l->wide, row = p->axes.row + p->axes.rows + 1;
    struct field field = {row, col, l->wide, ROLE_TOKEN, LABEL_CENTRE};
    if (theme_has_shapes(p->theme)) {
        shape_col_label(p, c, i);
    } else if (p->col_labels == LABELS_FLAT) {
        label_put(c, field, label, p->theme);
    } else {
        field.col += (l->wide - 1) / 2;
        label_put_down(c, field, p->col_label_rows, label, p->theme, NULL, NULL);
    }
}

void heat_put_labels(const struct plan *p, struct canvas *c)
{
    put_row_labels(p, c);
    for (size_t i = 0; p->col_label_rows > 0 && i < p->lattice->cols; i++)
        if (p->heat->col_labels[i] != NULL)
            put_col_label(p, c, i);
}
