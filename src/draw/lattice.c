#include "bilens/draw/lattice.h"

#include <math.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"

enum { ZOOM_MOST = 8 };

static double largest_magnitude(const struct heat *heat)
{
    double vmax = 0;
    for (size_t i = 0; i < heat->rows * heat->cols; i++)
        if (isfinite(heat->values[i]))
            vmax = fmax(vmax, fabs(heat->values[i]));
    return vmax;
}

static void count_values(struct lattice *l, const struct heat *heat)
{
    for (size_t i = 0; i < heat->rows * heat->cols; i++) {
        double value = heat->values[i];
        l->nan += isnan(value) != 0;
        l->infinite += isinf(value) != 0;
        l->clipped += isfinite(value) && fabs(value) > l->vmax;
    }
}

int heat_level(double value, double vmax)
{
    if (isnan(value))
        return HEAT_NAN;
    if (isinf(value))
        return HEAT_INF;
    if (!(vmax > 0))
        return 0;
    double part = fabs(value) >= vmax ? 1 : fabs(value) / vmax;
    int level = (int)lround(part * 100);
    return value < 0 ? -level : level;
}

/* What stands for two values: a mark before any number, NaN before infinity. */
static double stronger(double a, double b)
{
    if (isnan(a) || isnan(b))
        return NAN;
    return fabs(b) > fabs(a) ? b : a;
}

static double block_value(const struct lattice *l, const struct heat *heat, size_t row, size_t col)
{
    size_t top = row * l->row_block, left = col * l->col_block;
    double best = heat->values[top * heat->cols + left];
    for (size_t r = top; r < top + l->row_block && r < heat->rows; r++)
        for (size_t k = left; k < left + l->col_block && k < heat->cols; k++)
            best = stronger(best, heat->values[r * heat->cols + k]);
    return best;
}

static size_t blocks(size_t count, size_t block)
{
    return (count + block - 1) / block;
}

struct lattice *lattice_new(const struct heat *heat, size_t cells, struct err *e)
{
    struct lattice *l = mem_new(1, sizeof *l);
    cells = cells > 0 ? cells : 1;
    l->col_block = heat->cols > cells ? blocks(heat->cols, cells) : 1;
    l->row_block = heat->rows > cells ? l->col_block : 1;
    l->rows = blocks(heat->rows, l->row_block);
    l->cols = blocks(heat->cols, l->col_block);
    l->levels = mem_try_new(l->rows * l->cols, 1);
    if (l->levels == NULL) {
        mem_free(l);
        err_memory(e);
        return NULL;
    }
    l->wide = l->tall = 1;
    l->vmax = isfinite(heat->vmax) && heat->vmax > 0 ? heat->vmax : largest_magnitude(heat);
    count_values(l, heat);
    for (size_t r = 0; r < l->rows; r++)
        for (size_t k = 0; k < l->cols; k++)
            l->levels[r * l->cols + k] = (int8_t)heat_level(block_value(l, heat, r, k), l->vmax);
    return l;
}

void lattice_free(struct lattice *l)
{
    if (l == NULL)
        return;
    mem_free(l->levels);
    mem_free(l);
}

size_t lattice_height(const struct lattice *l)
{
    return (l->rows * l->tall + 1) / 2;
}

void lattice_zoom(struct lattice *l, size_t cells, size_t rows, bool whole_cells)
{
    size_t step = whole_cells ? 2 : 1;
    for (size_t zoom = ZOOM_MOST; zoom > step; zoom -= step) {
        l->wide = l->tall = zoom;
        if (l->cols * zoom <= cells && lattice_height(l) <= rows)
            return;
    }
    l->tall = step;
    l->wide = l->cols * step <= cells ? step : 1;
}

static int level_at(const struct lattice *l, size_t half_row, size_t col)
{
    size_t row = half_row / l->tall;
    return row < l->rows ? l->levels[row * l->cols + col] : HEAT_NONE;
}

void lattice_draw(const struct lattice *l, struct canvas *c, size_t row, size_t col)
{
    size_t height = lattice_height(l);
    for (size_t r = 0; r < height; r++)
        for (size_t k = 0; k < l->cols * l->wide; k++)
            canvas_heat(c, row + r, col + k, level_at(l, 2 * r, k / l->wide),
                        level_at(l, 2 * r + 1, k / l->wide));
}

double lattice_offset(const struct lattice *l)
{
    return (double)lattice_height(l) - (double)(l->rows * l->tall) / 2;
}

void lattice_shape(const struct lattice *l, struct shapes *s, size_t row, size_t col)
{
    double width = (double)l->wide, height = (double)l->tall / 2;
    double top = (double)row + lattice_offset(l), left = (double)col;
    for (size_t r = 0; r < l->rows; r++)
        for (size_t k = 0; k < l->cols; k++) {
            struct brush brush = {.role = ROLE_HEAT, .level = l->levels[r * l->cols + k]};
            struct point corner = {left + (double)k * width, top + (double)r * height};
            shapes_area(s, brush, corner, width, height);
        }
}
