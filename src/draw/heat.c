#include <stdio.h>

#include "bilens/draw/label.h"
#include "bilens/draw/scale.h"
#include "heat_plan.h"

enum { INDEX_DIGITS = 6, GUTTER_ROOM = INDEX_DIGITS + 2, LEAST_LABEL = 3 };
enum { BAR_MOST = 49, FEW_ROWS = 12, FAIR_ROWS = 16, FAIR_ROWS_OF_FIGURE = 26 };

void draw_heat_room(size_t width, size_t height, const struct theme *theme, size_t *rows,
                    size_t *cols)
{
    *cols = width > GUTTER_ROOM ? width - GUTTER_ROOM : 1;
    *rows = theme_has_halves(theme) ? 2 * height : height;
    *rows = *rows > 0 ? *rows : 1;
}

static size_t digits_of(size_t number)
{
    size_t digits = 1;
    for (; number >= 10; number /= 10)
        digits++;
    return digits > INDEX_DIGITS ? INDEX_DIGITS : digits;
}

/* The original range behind the rows or columns; without one they count from 0. */
static void range_of(size_t start, size_t stop, size_t count, size_t range[2])
{
    range[0] = stop > start ? start : 0;
    range[1] = stop > start ? stop : count;
}

/* The width left of the area: labels give way to the values, then to numbers. */
static void plan_gutter(struct plan *p)
{
    const struct heat *heat = p->heat;
    size_t range[2], most = heat->width / 3;
    range_of(heat->row_start, heat->row_stop, heat->rows, range);
    p->axes.col = digits_of(range[1] > 0 ? range[1] - 1 : 0) + 2;
    p->axes.labels = p->axes.col * 2 <= heat->width;
    if (!p->axes.labels)
        p->axes.col = 1;
    size_t widest = heat_widest_label(heat->row_labels, heat->rows, p->theme);
    size_t room = heat->width > heat->cols + 2 ? heat->width - heat->cols - 2 : 0;
    most = most < room ? most : room;
    size_t cells = widest < most ? widest : most;
    if (cells >= LEAST_LABEL || (widest > 0 && cells == widest)) {
        p->row_label_cells = cells;
        p->axes.col = cells + 2;
        p->axes.labels = false;
    }
}

/* Tick numbers of the original range over `count` values, drawn `size` cells (or
 * half cells, with halve) each. */
static void mark_indices(const size_t range[2], size_t count, size_t size, bool halve, size_t most,
                         struct tick_marks *marks)
{
    struct ticks ticks;
    marks->count = 0;
    if (count == 0)
        return;
    double start = (double)range[0], length = (double)(range[1] - range[0]);
    struct scale scale = {start, start + (length > 1 ? length - 1 : 1), false, 0};
    scale_index_ticks(&scale, most > 2 ? most : 2, &ticks);
    for (size_t i = 0; i < ticks.count; i++) {
        double offset = ticks.at[i] - start;
        if (offset < 0 || offset >= length)
            continue;
        size_t value = (size_t)(offset * (double)count / length);
        struct tick_mark *mark = &marks->marks[marks->count++];
        mark->at = (value * size + (size - 1) / 2) / (halve ? 2 : 1);
        mark->exact = ((double)value + 0.5) * (double)size / (halve ? 2 : 1);
        ticks_label(&ticks, i, mark->label);
    }
}

static void plan_ticks(struct plan *p)
{
    const struct heat *heat = p->heat;
    const struct lattice *l = p->lattice;
    size_t range[2];
    range_of(heat->row_start, heat->row_stop, heat->rows, range);
    size_t rows = p->axes.rows, most = rows < FEW_ROWS ? rows / 2 + 1 : rows / 3 + 1;
    if (p->axes.labels)
        mark_indices(range, l->rows, l->tall, true, most, &p->axes.left);
    for (size_t i = 0; i < p->axes.left.count; i++)
        p->axes.left.marks[i].exact += lattice_offset(l);
    range_of(heat->col_start, heat->col_stop, heat->cols, range);
    size_t apart = digits_of(range[1]) + 3;
    if (p->col_label_rows == 0)
        mark_indices(range, l->cols, l->wide, false, p->axes.cols / apart + 1, &p->axes.bottom);
}

static void plan_bar(struct plan *p)
{
    const struct heat *heat = p->heat;
    const struct lattice *l = p->lattice;
    size_t cells = p->axes.cols, width = heat->width;
    size_t least = colorbar_least(l->vmax);
    cells = cells < least ? least : cells > BAR_MOST ? BAR_MOST : cells;
    size_t col = p->axes.col + cells <= width ? p->axes.col : 0;
    if (col + cells > width)
        cells = width;
    if (cells % 2 == 0 && cells > 0)
        cells--; /* a middle cell for zero */
    p->bar = (struct colorbar){.vmax = l->vmax,
                               .values = heat->rows * heat->cols,
                               .nan = l->nan,
                               .infinite = l->infinite,
                               .clipped = l->clipped,
                               .col = col,
                               .cells = cells};
}

static void write_note(const struct plan *p, struct canvas *c, size_t row, size_t *rows)
{
    char note[96];
    *rows = 0;
    if (p->lattice->row_block == 1 && p->lattice->col_block == 1)
        return;
    snprintf(note, sizeof note, "shown reduced: largest magnitude of %zu x %zu values each",
             p->lattice->row_block, p->lattice->col_block);
    struct field field = {row, 0, p->heat->width, ROLE_DIM, LABEL_LEFT};
    label_wrap(c, field, note, p->theme, rows);
}

static void plan_rows(struct plan *p)
{
    const struct heat *heat = p->heat;
    struct field caption = {0, 0, heat->width, ROLE_DIM, LABEL_LEFT};
    size_t row = p->axes.row + p->axes.rows + 1;
    row += p->col_label_rows > 0 ? p->col_label_rows : 1;
    row += heat->col_name != NULL;
    p->bar.row = row;
    row += heat->bar ? colorbar_rows(&p->bar) : 0;
    write_note(p, NULL, 0, &p->note_rows);
    p->caption_row = row + p->note_rows;
    if (heat->caption != NULL)
        label_wrap(NULL, caption, heat->caption, p->theme, &p->caption_rows);
    p->rows = p->caption_row + p->caption_rows;
}

static bool plan_heat(struct plan *p, struct err *e)
{
    const struct heat *heat = p->heat;
    plan_gutter(p);
    size_t cells = heat->width > p->axes.col ? heat->width - p->axes.col : 1;
    p->lattice = lattice_new(heat, cells, e);
    if (p->lattice == NULL)
        return false;
    bool whole = !theme_has_halves(p->theme) || p->row_label_cells > 0;
    lattice_zoom(p->lattice, cells, theme_has_shapes(p->theme) ? FAIR_ROWS_OF_FIGURE : FAIR_ROWS,
                 whole);
    p->axes.row = (heat->title != NULL) + (heat->row_name != NULL);
    p->axes.rows = lattice_height(p->lattice);
    p->axes.cols = p->lattice->cols * p->lattice->wide;
    heat_plan_labels(p);
    plan_ticks(p);
    plan_bar(p);
    plan_rows(p);
    return true;
}

static void put_names(const struct plan *p, struct canvas *c)
{
    const struct heat *heat = p->heat;
    struct field title = {0, 0, heat->width, ROLE_TITLE, LABEL_LEFT};
    struct field row_name = {heat->title != NULL, 0, heat->width, ROLE_DIM, LABEL_LEFT};
    size_t cells = p->axes.cols > 12 ? p->axes.cols : heat->width - p->axes.col;
    struct field col_name = {p->bar.row - 1, p->axes.col, cells, ROLE_DIM,
                             p->axes.cols > 12 ? LABEL_CENTRE : LABEL_LEFT};
    if (heat->title != NULL)
        label_put(c, title, heat->title, p->theme);
    if (heat->row_name != NULL)
        label_put(c, row_name, heat->row_name, p->theme);
    if (heat->col_name != NULL)
        label_put(c, col_name, heat->col_name, p->theme);
}

/* The two sides that have no axis. */
static void shape_frame(const struct plan *p, struct shapes *s)
{
    struct brush brush = {.role = ROLE_AXIS};
    double left = (double)p->axes.col, right = left + (double)p->axes.cols;
    double bottom = (double)(p->axes.row + p->axes.rows);
    double top = (double)p->axes.row + lattice_offset(p->lattice);
    shapes_line_begin(s, brush);
    shapes_line_to(s, left, top);
    shapes_line_to(s, right, top);
    shapes_line_to(s, right, bottom);
}

static void put_heat(const struct plan *p, struct canvas *c)
{
    size_t rows;
    struct field caption = {p->caption_row, 0, p->heat->width, ROLE_DIM, LABEL_LEFT};
    if (theme_has_shapes(p->theme)) {
        lattice_shape(p->lattice, &c->shapes, p->axes.row, p->axes.col);
        shape_frame(p, &c->shapes);
    } else {
        lattice_draw(p->lattice, c, p->axes.row, p->axes.col);
    }
    axes_draw(&p->axes, c, p->theme);
    if (p->heat->bar)
        colorbar_draw(&p->bar, c);
    put_names(p, c);
    heat_put_labels(p, c);
    write_note(p, c, p->caption_row - p->note_rows, &rows);
    if (p->heat->caption != NULL)
        label_wrap(c, caption, p->heat->caption, p->theme, &rows);
}

struct canvas *draw_heat(const struct heat *heat, const struct theme *theme, struct err *e)
{
    struct plan p = {.heat = heat, .theme = theme};
    struct canvas *c = plan_heat(&p, e) ? canvas_new(p.rows, heat->width, e) : NULL;
    if (c != NULL) {
        put_heat(&p, c);
        canvas_crop(c, p.rows);
    }
    lattice_free(p.lattice);
    return c;
}
