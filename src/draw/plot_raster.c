/* The lines and bars of a plot as dots: braille, or in ASCII a glyph for each line. */
#include <math.h>

#include "bilens/base/err.h"
#include "legend.h"
#include "plot_picture.h"
#include "raster.h"

static size_t dot_x(const struct picture *p, const struct raster *r, size_t i)
{
    return dot_at(scale_fraction(&p->x, plot_x(p->plot, i)), r->dot_cols);
}

static size_t dot_y(const struct picture *p, const struct raster *r, double value)
{
    return dot_at(1 - scale_fraction(&p->y, value), r->dot_rows);
}

static void trace_line(const struct picture *p, size_t n, struct raster *r)
{
    const struct line *line = &p->plot->lines[n];
    struct pen pen = line_pen(n);
    bool joined = false;
    size_t last_x = 0, last_y = 0;
    for (size_t i = 0; i < line->count; i++) {
        if (!plot_shows(p->plot, i, line->values[i])) {
            joined = false;
            continue;
        }
        size_t x = dot_x(p, r, i), y = dot_y(p, r, line->values[i]);
        if (joined)
            raster_line(r, last_x, last_y, x, y, pen);
        else
            raster_dot(r, x, y, pen);
        if (line->count == 1 && r->braille)
            raster_line(r, x + 1, y, x + 1, y > 0 ? y - 1 : 0, pen);
        joined = true;
        last_x = x;
        last_y = y;
    }
}

/* The dots of a bar. */
struct span {
    size_t first, last;
};

/* A bar takes two thirds of the dots that each value has, so that bars stand apart where
 * there is room; those of several lines stand side by side in there. */
static struct span bar_span(const struct picture *p, const struct raster *r, size_t n, size_t i)
{
    size_t count = p->plot->count, x = dot_x(p, r, i);
    size_t pitch = p->longest > 0 ? r->dot_cols / p->longest : 1;
    size_t reach = pitch >= 4 ? (pitch - 1) / 3 : 0;
    if (count > 1 && pitch > count) {
        size_t between = pitch / 5 > 1 ? pitch / 5 : 1;
        size_t slot = (pitch - between) / count, wide = slot > 2 ? slot - 1 : slot;
        size_t half = (slot * count - (slot - wide)) / 2, left = x > half ? x - half : 0;
        return (struct span){left + n * slot, left + n * slot + wide - 1};
    }
    return (struct span){x > reach ? x - reach : 0, x + reach};
}

static void trace_bars(const struct picture *p, size_t n, struct raster *r)
{
    const struct line *line = &p->plot->lines[n];
    size_t foot = dot_y(p, r, p->plot->log_y ? p->y.lo : 0);
    for (size_t i = 0; i < line->count; i++) {
        double value = line->values[i];
        if (!plot_shows(p->plot, i, value))
            continue;
        struct pen pen = line_pen(n);
        if (p->plot->count == 1) { /* one signed spectrum: colour tells the sign */
            pen.role = value < 0 ? ROLE_LOW : ROLE_HIGH;
            pen.glyph = value < 0 ? '=' : '#';
        }
        struct span bar = bar_span(p, r, n, i);
        size_t y = dot_y(p, r, value);
        for (size_t at = bar.first; at <= bar.last; at++)
            raster_line(r, at, foot, at, y, pen);
    }
}

/* Where colour cannot tell lines apart, letters on them do. */
static void put_letters(const struct picture *p, size_t n, const struct raster *r, struct canvas *c)
{
    const struct line *line = &p->plot->lines[n];
    char letter = line_letter(p->plot, p->theme, n);
    size_t quarter = p->axes.cols / 4, least = 3 * p->plot->count;
    size_t every = quarter > least ? quarter : least;
    size_t next = every * n / p->plot->count;
    for (size_t i = 0; letter != 0 && i < line->count; i++) {
        if (!plot_shows(p->plot, i, line->values[i]))
            continue;
        size_t dot = p->plot->bars ? bar_span(p, r, n, i).first : dot_x(p, r, i);
        size_t col = dot / 2, row = dot_y(p, r, line->values[i]) / 4;
        if (col < next)
            continue;
        canvas_set(c, p->axes.row + row, p->axes.col + col, line_pen(n).role,
                   (uint32_t)(unsigned char)letter);
        next = col + every;
    }
}

static void put_zero_line(const struct picture *p, struct canvas *c)
{
    if (!picture_has_zero(p))
        return;
    bool ascii = p->theme->charset == CHARSET_ASCII;
    size_t per_cell = dots_a_cell(p->theme, 4);
    size_t row = dot_at(1 - scale_fraction(&p->y, 0), p->axes.rows * per_cell) / per_cell;
    for (size_t i = 0; i < p->axes.cols; i++)
        canvas_set(c, p->axes.row + row, p->axes.col + i, ROLE_AXIS, ascii ? '-' : 0x254c);
}

bool picture_put_dots(const struct picture *p, struct canvas *c, struct err *e)
{
    bool braille = p->theme->charset != CHARSET_ASCII;
    struct raster *r = raster_new(p->axes.rows, p->axes.cols, braille, e);
    if (r == NULL)
        return false;
    if (!p->plot->bars)
        r->turns = p->plot->count;
    for (size_t n = p->plot->count; n-- > 0;) { /* the first line lies on top */
        if (p->plot->bars)
            trace_bars(p, n, r);
        else
            trace_line(p, n, r);
    }
    put_zero_line(p, c);
    raster_draw(r, c, p->axes.row, p->axes.col);
    for (size_t n = p->plot->count; n-- > 0;)
        put_letters(p, n, r, c);
    raster_free(r);
    return true;
}
