#include "bars.h"

#include <math.h>
#include <stdio.h>

#include "bilens/draw/axes.h"
#include "bilens/draw/scale.h"

enum { GUTTER = 8, WIDE_MOST = 4, EIGHTHS = 8 };

/* A log scale reaches this far below the largest value. */
static const double LOG_DEPTH = 1e-6;
static const double ROUNDING = 1e-9;

static size_t room(size_t cols)
{
    return cols > GUTTER ? cols - GUTTER : 1;
}

size_t bars_seen(const struct bars *b, size_t cols)
{
    size_t seen = room(cols) / b->wide * b->per, left = b->count - b->first;
    seen = seen > 0 ? seen : 1;
    return seen < left ? seen : left;
}

void bars_fit(struct bars *b, size_t cols)
{
    size_t cells = room(cols);
    b->first = 0;
    b->per = b->count > cells ? (b->count + cells - 1) / cells : 1;
    b->wide = b->per > 1 || b->count == 0 ? 1 : cells / b->count;
    b->wide = b->wide > WIDE_MOST ? WIDE_MOST : b->wide < 1 ? 1 : b->wide;
}

void bars_follow(struct bars *b, size_t cols)
{
    if (b->first >= b->count)
        b->first = 0;
    size_t seen = room(cols) / b->wide * b->per;
    seen = seen > 0 ? seen : 1;
    if (b->at < b->first)
        b->first = b->at;
    else if (b->at >= b->first + seen)
        b->first = b->at - seen + 1;
    size_t over = b->first % b->per;
    b->first -= over; /* whole bars */
    if (b->at >= b->first + seen)
        b->first += b->per;
    if (seen >= b->count)
        b->first = 0;
    else if (b->first + seen > b->count + b->per - 1)
        b->first = (b->count - seen + b->per - 1) / b->per * b->per;
}

void bars_zoom(struct bars *b, size_t cols, bool in)
{
    struct bars whole = *b;
    bars_follow(b, cols);
    bars_fit(&whole, cols);
    size_t before = bars_seen(b, cols), offset = b->at - b->first;
    if (in && b->per > 1)
        b->per = (b->per + 1) / 2;
    else if (in)
        b->wide += b->wide < 2 * WIDE_MOST;
    else if (b->wide > whole.wide)
        b->wide--;
    else
        b->per = b->per * 2 < whole.per ? b->per * 2 : whole.per;
    size_t seen =
        bars_seen(&(struct bars){.count = b->count, .per = b->per, .wide = b->wide}, cols);
    double share = before > 0 ? (double)offset / (double)before : 0;
    size_t back = (size_t)(share * (double)seen);
    b->first = b->at > back ? b->at - back : 0;
    b->first -= b->first % b->per;
    bars_follow(b, cols);
}

bool bars_hit(const struct bars *b, const struct bars_place *place, size_t col, size_t *value)
{
    size_t left = place->col + GUTTER;
    if (col < left || col >= place->col + place->cols)
        return false;
    size_t at = b->first + (col - left) / b->wide * b->per;
    if (at >= b->count)
        return false;
    *value = at;
    return true;
}

/* How values become heights: `up` cells for hi, `down` cells for lo. */
struct heights {
    struct scale scale;
    size_t up, down;
    bool log, negative;
};

static struct heights heights_of(const struct bars *b, size_t rows)
{
    double lo = 0, hi = 0, least = INFINITY;
    for (size_t i = 0; i < b->count; i++) {
        double v = b->values[i];
        if (!isfinite(v))
            continue;
        lo = fmin(lo, v);
        hi = fmax(hi, v);
        least = v != 0 ? fmin(least, fabs(v)) : least;
    }
    struct heights h = {.up = rows, .log = b->log, .negative = lo < 0};
    if (b->log) {
        hi = fmax(hi, -lo);
        h.scale = scale_new(fmax(isfinite(least) ? least : hi, hi * LOG_DEPTH), hi, true);
        h.scale.lo = fmin(h.scale.lo, h.scale.hi / 2) * 0.8; /* the least has a height, too */
        return h;
    }
    h.scale = scale_new(lo, hi, false);
    scale_round(&h.scale, rows / 3 + 2);
    double all = h.scale.hi - h.scale.lo;
    h.down = lo < 0 ? (size_t)lround(-h.scale.lo / all * (double)rows) : 0;
    if (lo < 0 && h.down == 0)
        h.down = 1;
    if (hi > 0 && h.down == rows)
        h.down--;
    h.up = rows - h.down;
    return h;
}

/* Cells above (below, if negative) the line of zero. */
static double height_of(const struct heights *h, double value)
{
    if (h->log)
        return value != 0 ? scale_fraction(&h->scale, fabs(value)) * (double)h->up : 0;
    if (value >= 0)
        return h->scale.hi > 0 ? value / h->scale.hi * (double)h->up : 0;
    return h->scale.lo < 0 ? -(value / h->scale.lo) * (double)h->down : 0;
}

/* The value of the largest magnitude in a bar; NaN where none is finite. */
static double bar_value(const struct bars *b, size_t first)
{
    double best = NAN;
    for (size_t i = first; i < first + b->per && i < b->count; i++)
        if (isfinite(b->values[i]) && !(fabs(best) >= fabs(b->values[i])))
            best = b->values[i];
    return best;
}

/* The glyph of a cell of which so many eighths are filled, from below. */
static uint32_t rising(long eighths, bool ascii)
{
    if (ascii)
        return eighths >= EIGHTHS ? '#' : eighths >= EIGHTHS / 2 ? ':' : '.';
    return 0x2580u + (uint32_t)(eighths > EIGHTHS ? EIGHTHS : eighths);
}

/* The same from above, where there are an eighth, a half and a whole one. */
static uint32_t falling(long eighths, bool ascii)
{
    enum { SLIVER_MOST = 2, HALF_MOST = 6 };
    if (eighths > HALF_MOST)
        return ascii ? '#' : 0x2588;
    if (ascii)
        return '\'';
    return eighths > SLIVER_MOST ? 0x2580 : 0x2594;
}

/* One bar in its column; `zero` is the row below which negative ones begin. */
static void put_bar(struct canvas *c, size_t zero, size_t col, double height, enum role role,
                    bool ascii)
{
    long eighths = lround(fabs(height) * EIGHTHS);
    eighths = eighths < 1 ? 1 : eighths;
    for (size_t r = 0; eighths > 0; r++, eighths -= EIGHTHS) {
        if (height >= 0 && zero >= r + 1)
            canvas_set(c, zero - r - 1, col, role, rising(eighths, ascii));
        else if (height < 0)
            canvas_set(c, zero + r, col, role, falling(eighths, ascii));
    }
}

static void put_guide(struct canvas *c, const struct bars_place *area, size_t col, bool ascii)
{
    for (size_t r = area->row; r < area->row + area->rows; r++) {
        struct cell *cell = canvas_at(c, r, col);
        if (cell != NULL && cell->code == ' ')
            canvas_set(c, r, col, ROLE_MARK, ascii ? ':' : 0x250a);
    }
}

static void put_bars(const struct bars *b, const struct heights *h, struct canvas *c,
                     const struct bars_place *area, bool ascii)
{
    size_t zero = area->row + h->up, body = b->wide > 1 ? b->wide - 1 : 1;
    for (size_t col = 0; col + b->wide <= area->cols; col += b->wide) {
        size_t first = b->first + col / b->wide * b->per;
        if (first >= b->count)
            break;
        bool here = b->at >= first && b->at < first + b->per;
        double value = bar_value(b, first);
        enum role role = here           ? ROLE_MARK
                         : !h->negative ? b->role
                         : value < 0    ? ROLE_LOW
                                        : ROLE_HIGH;
        for (size_t i = 0; i < body; i++) {
            if (!isfinite(value))
                canvas_set(c, zero - 1, area->col + col + i, ROLE_MARK, '?');
            else if (value != 0)
                put_bar(c, zero, area->col + col + i, height_of(h, value), role, ascii);
        }
        if (here)
            put_guide(c, area, area->col + col + (body - 1) / 2, ascii);
    }
}

static void fill_left(const struct heights *h, size_t rows, struct tick_marks *marks)
{
    struct ticks ticks;
    scale_ticks(&h->scale, rows / 3 + 2, &ticks);
    for (size_t i = 0; i < ticks.count; i++) {
        double up = (double)h->up - height_of(h, ticks.at[i]);
        /* The row that a bar of that value ends in. */
        long at = ticks.at[i] > 0 ? (long)floor(up + ROUNDING) : (long)ceil(up - ROUNDING) - 1;
        at = at < 0 ? 0 : at >= (long)rows ? (long)rows - 1 : at;
        struct tick_mark *m = &marks->marks[marks->count++];
        m->at = (size_t)at;
        m->exact = up;
        ticks_label(&ticks, i, m->label);
    }
}

static void fill_bottom(const struct bars *b, size_t cols, size_t seen, struct tick_marks *marks)
{
    struct ticks ticks;
    double last = (double)(b->first + seen - 1);
    struct scale scale = scale_new((double)b->first, last, false);
    scale_index_ticks(&scale, cols / 10 + 1, &ticks);
    for (size_t i = 0; i < ticks.count && seen > 0; i++) {
        if (ticks.at[i] < (double)b->first || ticks.at[i] > last)
            continue;
        struct tick_mark *m = &marks->marks[marks->count];
        size_t body = b->wide > 1 ? b->wide - 1 : 1;
        m->at = ((size_t)ticks.at[i] - b->first) / b->per * b->wide + (body - 1) / 2;
        snprintf(m->label, sizeof m->label, "%.10g", b->x0 + ticks.at[i] * b->step);
        marks->count += m->at < cols;
    }
}

/* A mark on the axis under the cursor's bar. */
static void put_cursor(const struct bars *b, struct canvas *c, const struct bars_place *area,
                       bool ascii)
{
    size_t body = b->wide > 1 ? b->wide - 1 : 1;
    size_t col = (b->at - b->first) / b->per * b->wide + (body - 1) / 2;
    if (b->at >= b->first && col < area->cols)
        canvas_set(c, area->row + area->rows, area->col + col, ROLE_MARK, ascii ? '^' : 0x25b2);
}

void bars_draw(const struct bars *b, struct canvas *c, const struct bars_place *place,
               const struct theme *theme)
{
    enum { AXIS_ROWS = 2 };
    bool ascii = theme->charset == CHARSET_ASCII;
    if (place->rows <= AXIS_ROWS || place->cols <= GUTTER || b->count == 0)
        return;
    struct bars_place area = {place->row, place->col + GUTTER, place->rows - AXIS_ROWS,
                              place->cols - GUTTER};
    struct heights h = heights_of(b, area.rows);
    struct axes axes = {
        .row = area.row, .col = area.col, .rows = area.rows, .cols = area.cols, .labels = true};
    fill_left(&h, area.rows, &axes.left);
    fill_bottom(b, area.cols, bars_seen(b, place->cols), &axes.bottom);
    axes_draw(&axes, c, theme);
    put_bars(b, &h, c, &area, ascii);
    put_cursor(b, c, &area, ascii);
}
