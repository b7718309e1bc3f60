#include "raster.h"

#include <stdlib.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"

enum { COLUMNS_A_TURN = 2 };

struct raster *raster_new(size_t rows, size_t cols, bool braille, struct err *e)
{
    struct raster *r = mem_new(1, sizeof *r);
    r->rows = rows;
    r->cols = cols;
    r->braille = braille;
    r->dot_rows = braille ? rows * 4 : rows;
    r->dot_cols = braille ? cols * 2 : cols;
    r->dots = mem_try_new(rows * cols, 1);
    r->roles = mem_try_new(rows * cols, 1);
    r->glyphs = mem_try_new(rows * cols, 1);
    r->held = mem_try_new(rows * cols, 1);
    if (r->dots == NULL || r->roles == NULL || r->glyphs == NULL || r->held == NULL) {
        raster_free(r);
        err_memory(e);
        return NULL;
    }
    return r;
}

void raster_free(struct raster *r)
{
    if (r == NULL)
        return;
    mem_free(r->dots);
    mem_free(r->roles);
    mem_free(r->glyphs);
    mem_free(r->held);
    mem_free(r);
}

/* Braille counts its dots down the left column, then the right, then the bottom
 * row, which was added last (Unicode 16.1). */
static uint8_t braille_bit(size_t x, size_t y)
{
    static const uint8_t bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    return bits[y][x];
}

void raster_dot(struct raster *r, size_t x, size_t y, struct pen pen)
{
    if (x >= r->dot_cols || y >= r->dot_rows)
        return;
    size_t cell = r->braille ? y / 4 * r->cols + x / 2 : y * r->cols + x;
    size_t stretch = cell % r->cols / COLUMNS_A_TURN;
    bool mine = r->turns > 1 && stretch % r->turns == pen.turn;
    r->dots[cell] |= r->braille ? braille_bit(x % 2, y % 4) : 1;
    if (r->held[cell] && !mine)
        return;
    r->held[cell] = mine;
    r->roles[cell] = (uint8_t)pen.role;
    r->glyphs[cell] = pen.glyph;
}

void raster_line(struct raster *r, size_t x0, size_t y0, size_t x1, size_t y1, struct pen pen)
{
    /* Bresenham, for all eight directions. */
    long x = (long)x0, y = (long)y0, dx = labs((long)x1 - x), dy = -labs((long)y1 - y);
    long step_x = x < (long)x1 ? 1 : -1, step_y = y < (long)y1 ? 1 : -1, error = dx + dy;
    for (;;) {
        raster_dot(r, (size_t)x, (size_t)y, pen);
        if (x == (long)x1 && y == (long)y1)
            return;
        long twice = 2 * error;
        if (twice >= dy) {
            error += dy;
            x += step_x;
        }
        if (twice <= dx) {
            error += dx;
            y += step_y;
        }
    }
}

bool raster_is_blank(const struct raster *r, size_t row, size_t col)
{
    return row >= r->rows || col >= r->cols || r->dots[row * r->cols + col] == 0;
}

void raster_draw(const struct raster *r, struct canvas *c, size_t row, size_t col)
{
    for (size_t i = 0; i < r->rows; i++) {
        for (size_t j = 0; j < r->cols; j++) {
            size_t cell = i * r->cols + j;
            if (r->dots[cell] == 0)
                continue;
            uint32_t code =
                r->braille ? 0x2800u + r->dots[cell] : (uint32_t)(unsigned char)r->glyphs[cell];
            canvas_set(c, row + i, col + j, (enum role)r->roles[cell], code);
        }
    }
}
