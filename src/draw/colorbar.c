#include "bilens/draw/colorbar.h"

#include <stdio.h>
#include <string.h>

#include "bilens/draw/scale.h"

enum { LEAST_CELLS = 15 };

static bool has_counts(const struct colorbar *bar)
{
    return bar->nan + bar->infinite + bar->clipped > 0;
}

size_t colorbar_least(double vmax)
{
    char label[NUMBER_SIZE];
    number_short(vmax, label);
    size_t cells = 2 * strlen(label) + 5;
    return cells > LEAST_CELLS ? cells : LEAST_CELLS;
}

size_t colorbar_rows(const struct colorbar *bar)
{
    return has_counts(bar) ? 3 : 2;
}

static void put_colours(const struct colorbar *bar, struct canvas *c)
{
    long last = (long)bar->cells - 1;
    for (long i = 0; i <= last; i++) {
        /* Rounded away from zero on both sides, so that the bar is symmetric. */
        long twice = 2 * i - last;
        long half = twice < 0 ? -last : last;
        int level = last > 0 ? (int)((200 * twice + half) / (2 * last)) : 0;
        canvas_heat(c, bar->row, bar->col + (size_t)i, level, level);
    }
}

static void put_numbers(const struct colorbar *bar, struct canvas *c)
{
    char low[NUMBER_SIZE + 2] = "-", high[NUMBER_SIZE + 2] = "+";
    number_short(bar->vmax, low + 1);
    number_short(bar->vmax, high + 1);
    size_t width = strlen(low), row = bar->row + 1;
    if (!(bar->vmax > 0)) { /* nothing to scale by */
        bool none = bar->nan + bar->infinite == bar->values;
        canvas_put(c, row, bar->col, ROLE_AXIS, none ? "no finite values" : "all zero");
        return;
    }
    if (2 * width + 1 > bar->cells) {
        char both[2 * NUMBER_SIZE];
        snprintf(both, sizeof both, "-/+%s", high + 1);
        canvas_put(c, row, bar->col, ROLE_AXIS, both);
        return;
    }
    canvas_put(c, row, bar->col, ROLE_AXIS, low);
    canvas_put(c, row, bar->col + bar->cells - width, ROLE_AXIS, high);
    if (2 * width + 3 <= bar->cells)
        canvas_put(c, row, bar->col + bar->cells / 2, ROLE_AXIS, "0");
}

static size_t put_count(struct canvas *c, size_t row, size_t col, size_t count, int level,
                        const char *what)
{
    char text[NUMBER_SIZE + 16];
    if (count == 0)
        return col;
    if (level != HEAT_NONE) {
        canvas_heat(c, row, col, level, level);
        col += 2;
    }
    snprintf(text, sizeof text, "%zu %s", count, what);
    return col + canvas_put(c, row, col, ROLE_MARK, text) + 2;
}

void colorbar_draw(const struct colorbar *bar, struct canvas *c)
{
    size_t row = bar->row + 2, col = bar->col;
    put_colours(bar, c);
    put_numbers(bar, c);
    col = put_count(c, row, col, bar->nan, HEAT_NAN, "NaN");
    col = put_count(c, row, col, bar->infinite, HEAT_INF, "inf");
    put_count(c, row, col, bar->clipped, HEAT_NONE, "clipped");
}
