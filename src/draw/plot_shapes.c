/* The lines and bars of a plot as they are, for a figure. */
#include <math.h>

#include "legend.h"
#include "plot_picture.h"

/* Cells free between the axes and the first and last point. */
static const double INSET = 0.5;

double picture_x(const struct picture *p, double x)
{
    double fraction = scale_fraction(&p->x, x);
    return (double)p->axes.col + INSET + fraction * ((double)p->axes.cols - 2 * INSET);
}

/* The bottom axis is where the scale begins; the top has room for half a tick label. */
double picture_y(const struct picture *p, double y)
{
    double fraction = scale_fraction(&p->y, y);
    return (double)p->axes.row + INSET + (1 - fraction) * ((double)p->axes.rows - INSET);
}

static struct point point_of(const struct picture *p, const struct line *line, size_t i)
{
    return (struct point){picture_x(p, plot_x(p->plot, i)), picture_y(p, line->values[i])};
}

/* Points nearer to the last one than any eye can see are left out, so that a line of a
 * hundred thousand values stays a file that one can open. */
static bool is_near(struct point a, struct point b)
{
    static const double NEAR = 0.01;
    return fabs(a.x - b.x) < NEAR && fabs(a.y - b.y) < NEAR;
}

static void put_line(const struct picture *p, size_t n, struct shapes *s)
{
    const struct line *line = &p->plot->lines[n];
    struct brush brush = line_brush(n);
    struct point last = {0, 0};
    bool joined = false;
    for (size_t i = 0; i < line->count; i++) {
        if (!plot_shows(p->plot, i, line->values[i])) {
            joined = false;
            continue;
        }
        struct point at = point_of(p, line, i);
        if (!joined)
            shapes_line_begin(s, brush);
        if (!joined || !is_near(at, last)) {
            shapes_line_to(s, at.x, at.y);
            last = at;
        }
        joined = true;
    }
}

/* The cells of one bar; on a log axis, where values crowd to the right, as many as the last
 * two are apart. */
static double bar_width(const struct picture *p)
{
    static const double FILLED = 0.75; /* of what a value has; the rest stands between */
    double apart = (double)p->axes.cols;
    if (p->longest > 1)
        apart = picture_x(p, plot_x(p->plot, p->longest - 1)) -
                picture_x(p, plot_x(p->plot, p->longest - 2));
    return FILLED * apart / (double)p->plot->count;
}

static void put_bars(const struct picture *p, size_t n, struct shapes *s)
{
    const struct line *line = &p->plot->lines[n];
    double foot = picture_y(p, p->plot->log_y ? p->y.lo : 0), width = bar_width(p);
    double left = width * ((double)n - (double)p->plot->count / 2);
    for (size_t i = 0; i < line->count; i++) {
        if (!plot_shows(p->plot, i, line->values[i]))
            continue;
        struct brush brush = line_brush(n);
        if (p->plot->count == 1) /* one signed spectrum: colour tells the sign */
            brush.role = line->values[i] < 0 ? ROLE_LOW : ROLE_HIGH;
        struct point at = point_of(p, line, i);
        shapes_area(s, brush, (struct point){at.x + left, foot}, width, at.y - foot);
    }
}

/* Short marks without numbers at 2, 3, ... 9 times each power of ten: a log axis is known
 * by them. */
static void put_minor_ticks(const struct picture *p, const struct scale *scale, bool left,
                            struct shapes *s)
{
    enum { DECADES_MOST = 8 };
    static const double LENGTH = 0.25;
    struct brush brush = {.role = ROLE_AXIS};
    double first = floor(log10(scale->lo)), last = ceil(log10(scale->hi));
    double x = (double)p->axes.col, y = (double)(p->axes.row + p->axes.rows);
    for (double decade = first; decade < last && last - first <= DECADES_MOST; decade++)
        for (int factor = 2; factor < 10; factor++) {
            double value = factor * pow(10, decade);
            if (!(value > scale->lo && value < scale->hi))
                continue;
            struct point at = {left ? x : picture_x(p, value), left ? picture_y(p, value) : y};
            struct point end = {at.x - (left ? LENGTH : 0), at.y + (left ? 0 : LENGTH / 2)};
            shapes_line(s, brush, at, end);
        }
}

void picture_put_shapes(const struct picture *p, struct canvas *c)
{
    double left = (double)p->axes.col, right = (double)(p->axes.col + p->axes.cols);
    struct shapes *s = &c->shapes;
    if (p->plot->log_y)
        put_minor_ticks(p, &p->y, true, s);
    if (p->plot->log_x)
        put_minor_ticks(p, &p->x, false, s);
    for (size_t n = p->plot->count; n-- > 0;) { /* the first line lies on top */
        if (p->plot->bars)
            put_bars(p, n, s);
        else
            put_line(p, n, s);
    }
    double zero = picture_has_zero(p) ? picture_y(p, 0) : 0;
    if (picture_has_zero(p))
        shapes_line(s, (struct brush){.role = ROLE_AXIS, .pattern = p->plot->bars ? 0 : 1},
                    (struct point){left, zero}, (struct point){right, zero});
}
