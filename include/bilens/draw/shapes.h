/* Exact shapes beside the cells of a canvas: what a chart would have rounded to cells, for
 * back ends that can draw lines and areas (svg.h). Charts record them where the theme's
 * charset is CHARSET_SHAPES, instead of the cells that would show the same.
 *
 * Coordinates are cells from the upper left corner of the canvas, x to the right and y down;
 * a cell is as wide as half its height. */
#ifndef BILENS_DRAW_SHAPES_H
#define BILENS_DRAW_SHAPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bilens/base/text.h"
#include "bilens/draw/theme.h"

enum shape_kind { SHAPE_LINE, SHAPE_AREA, SHAPE_TEXT };
enum shape_side { SIDE_START, SIDE_MIDDLE, SIDE_END };
enum shape_stroke { STROKE_THIN, STROKE_DATA };

struct point {
    double x, y;
};

/* What a shape means. */
struct brush {
    enum role role;
    int level; /* ROLE_HEAT: as in a cell */
    enum shape_stroke stroke;
    size_t pattern; /* of a line: 0 solid, then dashes; modulo PATTERNS */
};

enum { PATTERNS = 4 };

/* Where a string stands: the point is half way up its line, at its start, middle or end,
 * and it is turned around that point. */
struct shape_place {
    struct point at;
    enum shape_side side;
    int angle;   /* degrees, clockwise */
    double size; /* of the letters; 1: they fill cells */
};

struct shape {
    enum shape_kind kind;
    struct brush brush;
    size_t first, count;      /* its points; an area has two: its corner, its width and height */
    struct shape_place place; /* of a string */
    size_t string;            /* its offset in `strings` */
};

/* In the order they are to be drawn. All zero is empty. */
struct shapes {
    struct shape *items;
    size_t count, capacity;
    struct point *points;
    size_t point_count, point_capacity;
    struct text strings; /* each ends with a NUL */
    double right;        /* the largest x */
};

void shapes_done(struct shapes *s);

/* A line through points, which shapes_line_to adds one by one. One point is a dot. */
void shapes_line_begin(struct shapes *s, struct brush brush);
void shapes_line_to(struct shapes *s, double x, double y);
/* A straight line. */
void shapes_line(struct shapes *s, struct brush brush, struct point from, struct point to);
/* A filled rectangle; width and height may be negative. */
void shapes_area(struct shapes *s, struct brush brush, struct point corner, double width,
                 double height);
/* A string that is already escaped (utf8_escape). */
void shapes_text(struct shapes *s, enum role role, struct shape_place place, const char *string);
/* Appends all of source, moved. */
void shapes_copy(struct shapes *s, const struct shapes *source, double x, double y);

const char *shape_string(const struct shapes *s, const struct shape *shape);

#endif
