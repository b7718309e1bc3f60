#include <math.h>
#include <stdio.h>

#include "bilens/base/text.h"
#include "bilens/draw/label.h"
#include "legend.h"
#include "plot_picture.h"

enum { LEAST_ROWS = 3, LEAST_COLS = 8, ROWS_A_TICK = 2 };

double plot_x(const struct plot *plot, size_t i)
{
    return plot->x0 + (double)i;
}

bool plot_shows(const struct plot *plot, size_t i, double value)
{
    return isfinite(value) && !(plot->log_y && value <= 0) &&
           !(plot->log_x && plot_x(plot, i) <= 0);
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
            if (plot_shows(plot, i, line->values[i]))
                extend(&y, line->values[i]);
            else if (isfinite(line->values[i]))
                p->not_positive++;
            else
                p->not_finite++;
        }
    }
    for (size_t i = 0; i < p->longest; i++)
        if (!plot->log_x || plot_x(plot, i) > 0)
            extend(&x, plot_x(plot, i));
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

static void put_note(const struct picture *p, struct canvas *c, size_t row, size_t *rows)
{
    *rows = 0;
    if (p->not_finite + p->not_positive == 0)
        return;
    struct text note = TEXT_EMPTY;
    struct field field = {row, 0, p->plot->width, ROLE_MARK, LABEL_LEFT};
    write_note(p, &note);
    label_wrap(c, field, text_get(&note), p->theme, rows);
    text_done(&note);
}

/* The height of the area where nobody asks for one. */
static size_t fitting_rows(size_t width, const struct theme *theme)
{
    enum { LOW = 8, HIGH = 20 };
    size_t rows = 6 + width / 16, quarter = width / 4;
    if (theme_has_shapes(theme)) /* a page has more room than a screen */
        return quarter < LOW ? LOW : quarter > HIGH ? HIGH : quarter;
    return rows > 15 ? 15 : rows;
}

/* The same on a screen of so many rows, where a title, axes, a table of what the plot shows and
 * a prompt want room, too. */
static size_t fitting_screen(size_t width, size_t screen)
{
    enum { AROUND = 16, LEAST = 6 };
    size_t rows = 6 + width / 12, most = screen > AROUND + LEAST ? screen - AROUND : LEAST;
    return rows < most ? rows : most;
}

size_t dot_at(double fraction, size_t dots)
{
    return (size_t)lround(fraction * (double)(dots - 1));
}

size_t dots_a_cell(const struct theme *theme, size_t of_braille)
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
        mark->exact = picture_y(p, ticks.at[i]) - (double)p->axes.row;
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
        mark->exact = picture_x(p, ticks.at[i]) - (double)p->axes.col;
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

static void lay_out(struct picture *p)
{
    const struct plot *plot = p->plot;
    legend_draw(plot, NULL, 0, p->theme, &p->legend_rows);
    put_note(p, NULL, 0, &p->note_rows);
    p->y_name = plot->y_name;
    if (p->y_name == NULL && plot->count == 1)
        p->y_name = plot->lines[0].name;
    size_t top = (plot->title != NULL) + p->legend_rows + (p->y_name != NULL);
    size_t around = top + 2 + (plot->x_name != NULL) + p->note_rows;
    struct axes *axes = &p->axes;
    axes->rows = plot->height > around + LEAST_ROWS ? plot->height - around : LEAST_ROWS;
    if (plot->height == 0)
        axes->rows = plot->screen > 0 ? fitting_screen(plot->width, plot->screen)
                                      : fitting_rows(plot->width, p->theme);
    axes->row = top;
    scale_round(&p->y, axes->rows / ROWS_A_TICK + 1);
    size_t even = even_rows(&p->y, axes->rows);
    if (plot->height == 0 && (plot->screen == 0 || even <= axes->rows))
        axes->rows = even;
    mark_left(p);
    axes->col = tick_marks_width(&axes->left) + 2;
    axes->labels = axes->col + LEAST_COLS <= plot->width;
    if (!axes->labels)
        axes->col = 1;
    axes->cols = plot->width > axes->col ? plot->width - axes->col : 1;
    mark_bottom(p);
}

bool picture_has_zero(const struct picture *p)
{
    return !p->plot->log_y && p->y.lo < 0 && p->y.hi > 0;
}

static void put_names(const struct picture *p, struct canvas *c)
{
    const struct plot *plot = p->plot;
    size_t width = plot->width, row = 0, rows;
    struct field title = {row, 0, width, ROLE_TITLE, LABEL_LEFT};
    if (plot->title != NULL)
        label_put(c, title, plot->title, p->theme);
    row += plot->title != NULL;
    legend_draw(plot, c, row, p->theme, &rows);
    row += rows;
    struct field y_name = {row, 0, width, ROLE_DIM, LABEL_LEFT};
    if (p->y_name != NULL)
        label_put(c, y_name, p->y_name, p->theme);
    row = p->axes.row + p->axes.rows + 2;
    struct field x_name = {row, p->axes.col, p->axes.cols, ROLE_DIM, LABEL_CENTRE};
    if (plot->x_name != NULL)
        label_put(c, x_name, plot->x_name, p->theme);
    put_note(p, c, row + (plot->x_name != NULL), &rows);
}

struct canvas *draw_plot(const struct plot *plot, const struct theme *theme, struct err *e)
{
    struct picture p = {.plot = plot, .theme = theme};
    measure_data(&p);
    lay_out(&p);
    size_t rows = p.axes.row + p.axes.rows + 2 + (plot->x_name != NULL) + p.note_rows;
    struct canvas *c = canvas_new(rows, plot->width, e);
    if (c == NULL)
        return NULL;
    axes_draw(&p.axes, c, theme);
    put_names(&p, c);
    if (theme_has_shapes(theme)) {
        picture_put_shapes(&p, c);
    } else if (!picture_put_dots(&p, c, e)) {
        canvas_free(c);
        return NULL;
    }
    return c;
}
