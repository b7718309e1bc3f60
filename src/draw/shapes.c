#include "bilens/draw/shapes.h"

#include <math.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/utf8.h"

void shapes_done(struct shapes *s)
{
    mem_free(s->items);
    mem_free(s->points);
    text_done(&s->strings);
    *s = (struct shapes){0};
}

/* Room for one more item in an array that doubles; the array as it then is, or NULL. */
static void *grow(void *items, size_t count, size_t *capacity, size_t size)
{
    enum { FEW = 16 };
    if (count < *capacity)
        return items;
    *capacity = *capacity > 0 ? 2 * *capacity : FEW;
    return mem_resize(items, *capacity, size);
}

static struct shape *add(struct shapes *s, enum shape_kind kind, struct brush brush)
{
    s->items = grow(s->items, s->count, &s->capacity, sizeof *s->items);
    struct shape *shape = &s->items[s->count++];
    *shape = (struct shape){.kind = kind, .brush = brush, .first = s->point_count};
    return shape;
}

static void add_point(struct shapes *s, double x, double y)
{
    s->points = grow(s->points, s->point_count, &s->point_capacity, sizeof *s->points);
    s->points[s->point_count++] = (struct point){x, y};
    s->items[s->count - 1].count++;
}

static void reach(struct shapes *s, double x)
{
    s->right = fmax(s->right, x);
}

void shapes_line_begin(struct shapes *s, struct brush brush)
{
    add(s, SHAPE_LINE, brush);
}

void shapes_line_to(struct shapes *s, double x, double y)
{
    add_point(s, x, y);
    reach(s, x);
}

void shapes_line(struct shapes *s, struct brush brush, struct point from, struct point to)
{
    shapes_line_begin(s, brush);
    shapes_line_to(s, from.x, from.y);
    shapes_line_to(s, to.x, to.y);
}

void shapes_area(struct shapes *s, struct brush brush, struct point corner, double width,
                 double height)
{
    add(s, SHAPE_AREA, brush);
    add_point(s, fmin(corner.x, corner.x + width), fmin(corner.y, corner.y + height));
    add_point(s, fabs(width), fabs(height));
    reach(s, fmax(corner.x, corner.x + width));
}

/* The largest x of a string that is not turned, or not much. */
static double text_right(const struct shape_place *place, const char *string)
{
    double width = place->size * (double)utf8_width(string);
    double part = place->side == SIDE_START ? 1 : place->side == SIDE_MIDDLE ? 0.5 : 0;
    return place->at.x + (place->angle == 0 ? part * width : 0);
}

void shapes_text(struct shapes *s, enum role role, struct shape_place place, const char *string)
{
    struct shape *shape = add(s, SHAPE_TEXT, (struct brush){.role = role});
    shape->place = place;
    shape->string = s->strings.length;
    text_add_bytes(&s->strings, string, strlen(string) + 1);
    reach(s, text_right(&place, string));
}

const char *shape_string(const struct shapes *s, const struct shape *shape)
{
    return text_get(&s->strings) + shape->string;
}

void shapes_copy(struct shapes *s, const struct shapes *source, double x, double y)
{
    for (size_t i = 0; i < source->count; i++) {
        const struct shape *shape = &source->items[i];
        const struct point *points = source->points + shape->first;
        struct shape_place place = shape->place;
        place.at.x += x;
        place.at.y += y;
        if (shape->kind == SHAPE_AREA)
            shapes_area(s, shape->brush, (struct point){points[0].x + x, points[0].y + y},
                        points[1].x, points[1].y);
        else if (shape->kind == SHAPE_TEXT)
            shapes_text(s, shape->brush.role, place, shape_string(source, shape));
        else
            shapes_line_begin(s, shape->brush);
        for (size_t k = 0; shape->kind == SHAPE_LINE && k < shape->count; k++)
            shapes_line_to(s, points[k].x + x, points[k].y + y);
    }
}
