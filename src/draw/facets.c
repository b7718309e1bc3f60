#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/draw/chart.h"

/* Parts in a grid of `across` columns, each as wide as its widest part. */
struct grid {
    struct canvas *const *parts;
    size_t count, across, gap;
};

static size_t column_width(const struct grid *g, size_t column)
{
    size_t widest = 0;
    for (size_t i = column; i < g->count; i += g->across)
        widest = g->parts[i]->cols > widest ? g->parts[i]->cols : widest;
    return widest;
}

static size_t row_height(const struct grid *g, size_t row)
{
    size_t tallest = 0, end = (row + 1) * g->across;
    for (size_t i = row * g->across; i < end && i < g->count; i++)
        tallest = g->parts[i]->rows > tallest ? g->parts[i]->rows : tallest;
    return tallest;
}

static size_t grid_width(const struct grid *g)
{
    size_t width = g->across > 0 ? (g->across - 1) * g->gap : 0;
    for (size_t i = 0; i < g->across; i++)
        width += column_width(g, i);
    return width;
}

struct canvas *draw_facets(struct canvas *const *parts, size_t count, size_t gap, size_t width,
                           struct err *e)
{
    struct grid g = {parts, count, count < width ? count : width, gap};
    while (g.across > 1 && grid_width(&g) > width)
        g.across--;
    size_t rows = g.across > 0 ? (count + g.across - 1) / g.across : 0;
    size_t total = grid_width(&g), height = rows > 0 ? rows - 1 : 0; /* a blank line between */
    for (size_t i = 0; i < rows; i++)
        height += row_height(&g, i);
    struct canvas *c = canvas_new(height, total < width ? total : width, e);
    size_t top = 0, left = 0;
    for (size_t i = 0; c != NULL && i < count; i++) {
        if (i > 0 && i % g.across == 0) {
            top += row_height(&g, i / g.across - 1) + 1;
            left = 0;
        }
        canvas_blit(c, top, left, parts[i]);
        left += column_width(&g, i % g.across) + gap;
    }
    return c;
}
