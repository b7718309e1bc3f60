#include <math.h>
#include <stdio.h>

#include "bilens/base/err.h"
#include "bilens/base/text.h"
#include "bilens/draw/axes.h"
#include "bilens/draw/chart.h"
#include "bilens/draw/label.h"
#include "bilens/draw/legend.h"
#include "bilens/draw/raster.h"
#include "bilens/draw/scale.h"

enum { LEAST_ROWS = 3, LEAST_COLS = 8, ROWS_A_TICK = 2 };

/* All that is known before the first cell is drawn. */
struct picture {
    const struct plot *plot;
    const struct theme *theme;
    struct scale x, y;
    struct axes axes;
    size_t legend_rows, note_rows;
    const char *y_name;
    size_t not_finite, not_positive;
    size_t longest; /* values of the longest line */
};

static double x_of(const struct plot *plot, size_t i)
{
    return plot->x0 + (double)i;
}

static bool is_shown(const struct plot *plot, size_t i, double value)
{
    return isfinite(value) && !(plot->log_y && value <= 0) && !(plot->log_x && x_of(plot, i) <= 0);
}

struct extent {
    double lo, hi;
    bool any;
};

static void extend(struct extent *extent, double value)
{
    extent->lo = extent->any ? fmin(extent->lo, value) : value;
    extent->hi = extent->any ? fmax(extent->hi, value) : value;
    extent->any = true;
}

/* A range of positive values that begins far below its top begins at zero: the
 * height of a spectrum is read from there. */
static void extend_to_zero(struct extent *y, const struct plot *plot)
{
    if (plot->log_y)
        return;
    if (plot->bars || !y->any || (y->lo > 0 && y->lo < y->hi / 2) ||
        (y->hi < 0 && y->hi > y->lo / 2))
        extend(y, 0);
}

static void measure_data(struct picture *p)
{
    const struct plot *plot = p->plot;
    struct extent x = {0}, y = {0};
    for (size_t n = 0; n < plot->count; n++) {
        const struct line *line = &plot->lines[n];
        p->longest = line->count > p->longest ? line->count : p->longest;
        for (size_t i = 0; i < line->count; i++) {
            if (is_shown(plot, i, line->values[i]))
                extend(&y, line->values[i]);
            else if (isfinite(line->values[i]))
                p->not_positive++;
            else
                p->not_finite++;
        }
    }
    for (size_t i = 0; i < p->longest; i++)
        if (!plot->log_x || x_of(plot, i) > 0)
            extend(&x, x_of(plot, i));
    extend_to_zero(&y, plot);
    double half = plot->bars && !plot->log_x ? 0.5 : 0;
    p->x = scale_new(x.lo - half, x.hi + half, plot->log_x);
    if (!plot->log_x && p->longest < 2)
        p->x = (struct scale){plot->x0 - 0.5, plot->x0 + 0.5, false, 0};
    p->y = scale_new(y.lo, y.hi, plot->log_y);
}

static void write_note(const struct picture *p, struct text *note)
{
    size_t left_out = p->not_finite + p->not_positive;
    text_printf(note, "%zu value%s left out:", left_out, left_out == 1 ? "" : "s");
    if (p->not_finite > 0)
        text_printf(note, " %zu not finite", p->not_finite);
    if (p->not_positive > 0)
        text_printf(note, "%s %zu not positive (log axis)", p->not_finite > 0 ? "," : "",
                    p->not_positive);
}

static bool put_note(const struct picture *p, struct canvas *c, size_t row, size_t *rows,
                     struct err *e)
{
    *rows = 0;
    if (p->not_finite + p->not_positive == 0)
        return true;
    struct text note = TEXT_EMPTY;
    struct field field = {row, 0, p->plot->width, ROLE_MARK, LABEL_LEFT};
    write_note(p, &note);
    bool done =
        note.failed ? err_memory(e) : label_wrap(c, field, text_get(&note), p->theme, rows, e);
    text_done(&note);
    return done;
}

/* The height of the area where nobody asks for one. */
static size_t fitting_rows(size_t width)
{
    size_t rows = 6 + width / 16;
    return rows > 15 ? 15 : rows;
}

/* Dots from the left or the top, of a raster with so many. */
static size_t dot_at(double fraction, size_t dots)
{
    return (size_t)lround(fraction * (double)(dots - 1));
}

static size_t dots_a_cell(const struct theme *theme, size_t of_braille)
{
    return theme->charset == CHARSET_ASCII ? 1 : of_braille;
}

static void mark_left(struct picture *p)
{
    struct ticks ticks;
    size_t per_cell = dots_a_cell(p->theme, 4), dots = p->axes.rows * per_cell;
    scale_ticks(&p->y, p->axes.rows / ROWS_A_TICK + 1, &ticks);
    p->axes.left.count = ticks.count;
    for (size_t i = 0; i < ticks.count; i++) {
        struct tick_mark *mark = &p->axes.left.marks[i];
        mark->at = dot_at(1 - scale_fraction(&p->y, ticks.at[i]), dots) / per_cell;
        ticks_label(&ticks, i, mark->label);
    }
}

static void mark_bottom(struct picture *p)
{
    struct ticks ticks;
    size_t per_cell = dots_a_cell(p->theme, 2), dots = p->axes.cols * per_cell;
    size_t most = p->axes.cols / 8 + 1;
    scale_index_ticks(&p->x, most, &ticks);
    p->axes.bottom.count = ticks.count;
    for (size_t i = 0; i < ticks.count; i++) {
        struct tick_mark *mark = &p->axes.bottom.marks[i];
        mark->at = dot_at(scale_fraction(&p->x, ticks.at[i]), dots) / per_cell;
        ticks_label(&ticks, i, mark->label);
    }
}

/* About so many rows, such that ticks stand equally far apart. */
static size_t even_rows(const struct scale *y, size_t rows)
{
    if (!(y->step > 0))
        return rows;
    size_t steps = (size_t)lround((y->hi - y->lo) / y->step);
    size_t apart = steps > 0 ? (rows - 1 + steps / 2) / steps : 0;
    return apart > 0 ? steps * apart + 1 : rows;
}

static bool lay_out(struct picture *p, struct err *e)
{
    const struct plot *plot = p->plot;
    if (!legend_draw(plot, NULL, 0, p->theme, &p->legend_rows, e) ||
        !put_note(p, NULL, 0, &p->note_rows, e))
        return false;
    p->y_name = plot->y_name;
    if (p->y_name == NULL && plot->count == 1)
        p->y_name = plot->lines[0].name;
    size_t top = (plot->title != NULL) + p->legend_rows + (p->y_name != NULL);
    size_t around = top + 2 + (plot->x_name != NULL) + p->note_rows;
    struct axes *axes = &p->axes;
    axes->rows = plot->height > around + LEAST_ROWS ? plot->height - around : LEAST_ROWS;
    if (plot->height == 0)
        axes->rows = fitting_rows(plot->width);
    axes->row = top;
    scale_round(&p->y, axes->rows / ROWS_A_TICK + 1);
    if (plot->height == 0)
        axes->rows = even_rows(&p->y, axes->rows);
    mark_left(p);
    axes->col = tick_marks_width(&axes->left) + 2;
    axes->labels = axes->col + LEAST_COLS <= plot->width;
    if (!axes->labels)
        axes->col = 1;
    axes->cols = plot->width > axes->col ? plot->width - axes->col : 1;
    mark_bottom(p);
    return true;
}

static size_t dot_x(const struct picture *p, const struct raster *r, size_t i)
{
    return dot_at(scale_fraction(&p->x, x_of(p->plot, i)), r->dot_cols);
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
        if (!is_shown(p->plot, i, line->values[i])) {
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

/* Half the width of a bar, in dots: two thirds of what each has, so that bars stand
 * apart where there is room. */
static size_t bar_reach(const struct picture *p, const struct raster *r)
{
    size_t pitch = p->longest > 0 ? r->dot_cols / p->longest : 1;
    return pitch >= 4 ? (pitch - 1) / 3 : 0;
}

static void trace_bars(const struct picture *p, size_t n, struct raster *r)
{
    const struct line *line = &p->plot->lines[n];
    size_t foot = dot_y(p, r, p->plot->log_y ? p->y.lo : 0), reach = bar_reach(p, r);
    for (size_t i = 0; i < line->count; i++) {
        double value = line->values[i];
        if (!is_shown(p->plot, i, value))
            continue;
        struct pen pen = line_pen(n);
        if (p->plot->count == 1) { /* one signed spectrum: colour tells the sign */
            pen.role = value < 0 ? ROLE_LOW : ROLE_HIGH;
            pen.glyph = value < 0 ? '=' : '#';
        }
        size_t x = dot_x(p, r, i), y = dot_y(p, r, value);
        for (size_t at = x > reach ? x - reach : 0; at <= x + reach; at++)
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
        if (!is_shown(p->plot, i, line->values[i]))
            continue;
        size_t col = dot_x(p, r, i) / 2, row = dot_y(p, r, line->values[i]) / 4;
        if (col < next)
            continue;
        canvas_set(c, p->axes.row + row, p->axes.col + col, line_pen(n).role,
                   (uint32_t)(unsigned char)letter);
        next = col + every;
    }
}

static void put_zero_line(const struct picture *p, struct canvas *c)
{
    if (p->plot->log_y || p->y.lo >= 0 || p->y.hi <= 0)
        return;
    bool ascii = p->theme->charset == CHARSET_ASCII;
    size_t per_cell = dots_a_cell(p->theme, 4);
    size_t row = dot_at(1 - scale_fraction(&p->y, 0), p->axes.rows * per_cell) / per_cell;
    for (size_t i = 0; i < p->axes.cols; i++)
        canvas_set(c, p->axes.row + row, p->axes.col + i, ROLE_AXIS, ascii ? '-' : 0x254c);
}

static bool put_lines(const struct picture *p, struct canvas *c, struct err *e)
{
    bool braille = p->theme->charset != CHARSET_ASCII;
    struct raster *r = raster_new(p->axes.rows, p->axes.cols, braille, e);
    if (r == NULL)
        return false;
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

static bool put_names(const struct picture *p, struct canvas *c, struct err *e)
{
    const struct plot *plot = p->plot;
    size_t width = plot->width, row = 0, rows;
    struct field title = {row, 0, width, ROLE_TITLE, LABEL_LEFT};
    if (plot->title != NULL && !label_put(c, title, plot->title, p->theme, e))
        return false;
    row += plot->title != NULL;
    if (!legend_draw(plot, c, row, p->theme, &rows, e))
        return false;
    row += rows;
    struct field y_name = {row, 0, width, ROLE_DIM, LABEL_LEFT};
    if (p->y_name != NULL && !label_put(c, y_name, p->y_name, p->theme, e))
        return false;
    row = p->axes.row + p->axes.rows + 2;
    struct field x_name = {row, p->axes.col, p->axes.cols, ROLE_DIM, LABEL_CENTRE};
    if (plot->x_name != NULL && !label_put(c, x_name, plot->x_name, p->theme, e))
        return false;
    return put_note(p, c, row + (plot->x_name != NULL), &rows, e);
}

struct canvas *draw_plot(const struct plot *plot, const struct theme *theme, struct err *e)
{
    struct picture p = {.plot = plot, .theme = theme};
    measure_data(&p);
    if (!lay_out(&p, e))
        return NULL;
    size_t rows = p.axes.row + p.axes.rows + 2 + (plot->x_name != NULL) + p.note_rows;
    struct canvas *c = canvas_new(rows, plot->width, e);
    if (c == NULL)
        return NULL;
    axes_draw(&p.axes, c, theme);
    if (!put_lines(&p, c, e) || !put_names(&p, c, e)) {
        canvas_free(c);
        return NULL;
    }
    return c;
}
