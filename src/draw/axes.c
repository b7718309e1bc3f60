#include "bilens/draw/axes.h"

#include <math.h>
#include <string.h>

struct axis_glyphs {
    uint32_t vertical, horizontal, corner, left_tick, bottom_tick;
};

static struct axis_glyphs axis_glyphs(const struct theme *theme)
{
    if (theme->charset == CHARSET_ASCII)
        return (struct axis_glyphs){'|', '-', '+', '+', '+'};
    return (struct axis_glyphs){0x2502, 0x2500, 0x2514, 0x2524, 0x252c};
}

size_t tick_marks_width(const struct tick_marks *marks)
{
    size_t widest = 0;
    for (size_t i = 0; i < marks->count; i++) {
        size_t width = strlen(marks->marks[i].label);
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void draw_left(const struct axes *axes, struct canvas *c, const struct axis_glyphs *glyphs)
{
    for (size_t r = 0; r < axes->rows; r++)
        canvas_set(c, axes->row + r, axes->col - 1, ROLE_AXIS, glyphs->vertical);
    for (size_t i = 0; i < axes->left.count && axes->labels; i++) {
        const struct tick_mark *mark = &axes->left.marks[i];
        size_t width = strlen(mark->label), row = axes->row + mark->at;
        canvas_set(c, row, axes->col - 1, ROLE_AXIS, glyphs->left_tick);
        if (width + 2 <= axes->col)
            canvas_put(c, row, axes->col - 2 - width, ROLE_AXIS, mark->label);
    }
}

/* Where a label centred under its tick begins, kept inside the canvas. */
static size_t label_start(const struct canvas *c, size_t centre, size_t width)
{
    size_t start = centre >= (width - 1) / 2 ? centre - (width - 1) / 2 : 0;
    if (start + width > c->cols)
        start = c->cols > width ? c->cols - width : 0;
    return start;
}

static void draw_bottom(const struct axes *axes, struct canvas *c, const struct axis_glyphs *glyphs)
{
    size_t row = axes->row + axes->rows, free_from = 0;
    canvas_set(c, row, axes->col - 1, ROLE_AXIS, glyphs->corner);
    for (size_t i = 0; i < axes->cols; i++)
        canvas_set(c, row, axes->col + i, ROLE_AXIS, glyphs->horizontal);
    for (size_t i = 0; i < axes->bottom.count; i++) {
        const struct tick_mark *mark = &axes->bottom.marks[i];
        size_t width = strlen(mark->label);
        size_t start = label_start(c, axes->col + mark->at, width);
        if (start < free_from || width > c->cols)
            continue; /* it would touch its neighbour */
        canvas_set(c, row, axes->col + mark->at, ROLE_AXIS, glyphs->bottom_tick);
        canvas_put(c, row + 1, start, ROLE_AXIS, mark->label);
        free_from = start + width + 1;
    }
}

/* ---- the same as shapes ---- */

static const struct brush axis_brush = {.role = ROLE_AXIS};
static const double TICK_ACROSS = 0.6, TICK_DOWN = 0.3, LABEL_DOWN = 0.9;

static void shape_left(const struct axes *axes, struct shapes *s)
{
    double x = (double)axes->col, top = (double)axes->row;
    shapes_line(s, axis_brush, (struct point){x, top}, (struct point){x, top + (double)axes->rows});
    for (size_t i = 0; i < axes->left.count && axes->labels; i++) {
        const struct tick_mark *mark = &axes->left.marks[i];
        struct point from = {x - TICK_ACROSS, top + mark->exact};
        struct shape_place place = {{x - 1, from.y}, SIDE_END, 0, 1};
        shapes_line(s, axis_brush, from, (struct point){x, from.y});
        if (strlen(mark->label) + 1 <= axes->col)
            shapes_text(s, ROLE_AXIS, place, mark->label);
    }
}

static void shape_bottom(const struct axes *axes, struct canvas *c)
{
    struct shapes *s = &c->shapes;
    double left = (double)axes->col, y = (double)(axes->row + axes->rows), free_from = 0;
    shapes_line(s, axis_brush, (struct point){left, y},
                (struct point){left + (double)axes->cols, y});
    for (size_t i = 0; i < axes->bottom.count; i++) {
        const struct tick_mark *mark = &axes->bottom.marks[i];
        double width = (double)strlen(mark->label), x = left + mark->exact;
        double start = fmax(0, fmin(x - width / 2, (double)c->cols - width));
        if (start < free_from || width > (double)c->cols)
            continue; /* it would touch its neighbour */
        struct shape_place place = {{start + width / 2, y + LABEL_DOWN}, SIDE_MIDDLE, 0, 1};
        shapes_line(s, axis_brush, (struct point){x, y}, (struct point){x, y + TICK_DOWN});
        shapes_text(s, ROLE_AXIS, place, mark->label);
        free_from = start + width + 1;
    }
}

void axes_draw(const struct axes *axes, struct canvas *c, const struct theme *theme)
{
    if (theme_has_shapes(theme)) {
        shape_left(axes, &c->shapes);
        shape_bottom(axes, c);
        return;
    }
    struct axis_glyphs glyphs = axis_glyphs(theme);
    draw_left(axes, c, &glyphs);
    draw_bottom(axes, c, &glyphs);
}
