/* What the matrix view looks like: labels of rows and columns, values, cursor, colour bar. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/number.h"
#include "bilens/cmd/common.h"
#include "bilens/draw/label.h"
#include "bilens/draw/lattice.h"
#include "bilens/draw/scale.h"
#include "matrix.h"

enum { HEAD_ROWS = 1, FOOT_ROWS = 2, GUTTER_LABELS = 13, GUTTER_NUMBERS = 8, BAR_CELLS = 25 };

static size_t gutter(const struct matrix_view *k)
{
    return k->m->row.labels != NULL ? GUTTER_LABELS : GUTTER_NUMBERS;
}

struct matrix_view_place matrix_view_place(const struct matrix_view *k)
{
    return (struct matrix_view_place){HEAD_ROWS, gutter(k)};
}

void matrix_view_room(const struct matrix_view *k, size_t *rows, size_t *cols)
{
    size_t taken = gutter(k) + 1;
    *rows = k->view.rows > HEAD_ROWS + FOOT_ROWS ? k->view.rows - HEAD_ROWS - FOOT_ROWS : 1;
    *cols = k->view.cols > taken ? k->view.cols - taken : 1;
}

static void label_field(struct canvas *c, struct field field, struct axis axis, size_t i,
                        const struct theme *theme)
{
    struct text label = TEXT_EMPTY;
    axis_label(axis, i, &label);
    label_put(c, field, text_get(&label), theme);
    text_done(&label);
}

/* ---- what is known of what is in sight ---- */

double matrix_view_scale(const struct matrix_view *k)
{
    bool own = k->own_range || k->how != AGGREGATE_ABSMAX || !(k->whole > 0);
    return (own ? k->seen.largest : k->whole) * k->range;
}

bool matrix_view_current(const struct matrix_view *k)
{
    const struct window *a = &k->window, *b = &k->seen_of;
    return k->has_seen && k->how == k->seen_how && a->row.first == b->row.first &&
           a->col.first == b->col.first && a->row.block == b->row.block &&
           a->col.block == b->col.block && window_rows(a) == window_rows(b) &&
           window_cols(a) == window_cols(b);
}

bool matrix_view_knows_value(const struct matrix_view *k)
{
    return k->has_value && k->value_row == k->window.row.at && k->value_col == k->window.col.at;
}

/* ---- its parts ---- */

/* The cell row, in the body, of the n-th row of values. */
static size_t row_of(const struct matrix_view *k, size_t n)
{
    return HEAD_ROWS + n * window_tall(&k->window) / 2;
}

/* Row labels where every row has a line of its own; else numbers here and there, and always
 * the cursor's. */
static void put_row_labels(const struct matrix_view *k, struct canvas *c, const struct theme *theme)
{
    const struct window_axis *a = &k->window.row;
    size_t seen = window_seen(a, window_rows(&k->window)), here = (a->at - a->first) / a->block;
    bool each = a->block == 1 && window_tall(&k->window) == 2;
    size_t apart = each ? 1 : 4;
    for (size_t n = 0; n < seen; n++) {
        bool cursor = n == here;
        bool near = !each && !cursor && row_of(k, n) == row_of(k, here);
        bool wanted = cursor || each || (row_of(k, n) - HEAD_ROWS) % apart == 0;
        if (!wanted || near || (n > 0 && !cursor && row_of(k, n) == row_of(k, n - 1)))
            continue;
        enum role role = cursor ? ROLE_MARK : each && k->m->row.labels ? ROLE_TOKEN : ROLE_AXIS;
        struct field field = {row_of(k, n), 0, gutter(k) - 2, role, LABEL_RIGHT};
        size_t place = cursor ? a->at : a->first + n * a->block;
        char number[NUMBER_SIZE];
        snprintf(number, sizeof number, "%zu", axis_original(k->m->row, place));
        if (each || cursor)
            label_field(c, field, k->m->row, place, theme);
        else
            label_put(c, field, number, theme);
    }
    size_t mark = row_of(k, here);
    canvas_set(c, mark, gutter(k) - 1, ROLE_MARK, theme->charset == CHARSET_ASCII ? '>' : 0x25b8);
}

static void put_col_labels(const struct matrix_view *k, struct canvas *c, const struct theme *theme)
{
    const struct window_axis *a = &k->window.col;
    size_t seen = window_seen(a, window_cols(&k->window)), wide = window_wide(&k->window);
    size_t here = (a->at - a->first) / a->block, free_from = 0;
    bool each = a->block == 1 && wide >= 4;
    size_t apart = each ? 1 : (9 + wide) / wide;
    for (size_t n = 0; n < seen; n += apart) {
        size_t col = gutter(k) + n * wide, place = a->first + n * a->block;
        char number[NUMBER_SIZE];
        snprintf(number, sizeof number, "%zu", axis_original(k->m->col, place));
        struct field field = {0, col, each ? wide - 1 : 8, ROLE_AXIS, LABEL_LEFT};
        field.role = n == here ? ROLE_MARK : each && k->m->col.labels ? ROLE_TOKEN : ROLE_AXIS;
        if (col < free_from || col + (each ? 1 : strlen(number)) > k->view.cols)
            continue;
        free_from = col + (each ? wide : strlen(number) + 1);
        if (each)
            label_field(c, field, k->m->col, place, theme);
        else
            label_put(c, field, number, theme);
    }
}

/* Values two to a cell, or one to several cells. */
static void put_values(const struct matrix_view *k, struct canvas *c)
{
    const struct window *w = &k->window;
    const struct aggregated *a = &k->seen;
    size_t wide = window_wide(w), tall = window_tall(w);
    double scale = matrix_view_scale(k);
    for (size_t r = 0; r < (a->rows * tall + 1) / 2; r++)
        for (size_t col = 0; col < a->cols * wide; col++) {
            size_t upper = 2 * r / tall, lower = (2 * r + 1) / tall, j = col / wide;
            int below =
                lower < a->rows ? heat_level(a->values[lower * a->cols + j], scale) : HEAT_NONE;
            canvas_heat(c, HEAD_ROWS + r, gutter(k) + col,
                        heat_level(a->values[upper * a->cols + j], scale), below);
        }
}

/* In a matrix the eye runs along columns: all numbers have as many places as the digits of the
 * largest want, and its cell has room for. */
static struct number_format numbers_format(double largest)
{
    static const double FIXED_LEAST = 1e-2; /* below it there is no room for three digits */
    char number[NUMBER_ROOM];
    struct number_format f = {.digits = digits_brief(), .full = true};
    format_see(&f, -largest);
    f.broken = true;
    format_settle(&f);
    f.fixed = f.fixed && largest >= FIXED_LEAST;
    for (; f.fixed && f.decimals > 0; f.decimals--) {
        format_write(&f, -largest, number);
        if (strlen(number) < NUMBER_WIDE)
            break;
    }
    f.tail = f.decimals > 0 ? f.decimals + 1 : 0;
    return f;
}

static void write_number(const struct number_format *f, double x, char number[NUMBER_ROOM])
{
    if (f->fixed || !isfinite(x) || x == 0)
        format_write(f, x, number);
    else
        snprintf(number, NUMBER_ROOM, x < 0 ? "%.0e" : "%.1e", x);
}

/* Each value as a number on the ground of its colour. */
static void put_numbers(const struct matrix_view *k, struct canvas *c)
{
    const struct aggregated *a = &k->seen;
    double scale = matrix_view_scale(k);
    struct number_format format = numbers_format(k->whole > 0 ? k->whole : a->largest);
    for (size_t r = 0; r < a->rows; r++)
        for (size_t j = 0; j < a->cols; j++) {
            char number[NUMBER_ROOM];
            double x = a->values[r * a->cols + j];
            write_number(&format, x, number);
            size_t length = strlen(number), col = gutter(k) + j * NUMBER_WIDE;
            if (length < NUMBER_WIDE)
                canvas_heat_put(c, row_of(k, r), col + NUMBER_WIDE - 1 - length,
                                heat_level(x, scale), number);
        }
}

/* Marks the cell of the cursor: a frame around a number, a cross where there is none. */
static void put_cursor(const struct matrix_view *k, struct canvas *c, const struct theme *theme)
{
    const struct window *w = &k->window;
    bool ascii = theme->charset == CHARSET_ASCII;
    size_t n = (w->row.at - w->row.first) / w->row.block;
    size_t j = (w->col.at - w->col.first) / w->col.block, wide = window_wide(w);
    size_t row = row_of(k, n), col = gutter(k) + j * wide;
    if (n >= k->seen.rows || j >= k->seen.cols)
        return;
    int level = heat_level(k->seen.values[n * k->seen.cols + j], matrix_view_scale(k));
    if (w->zoom == ZOOM_NUMBERS) {
        canvas_heat_put(c, row, col, level, ascii ? "[" : "\xe2\x96\x90");
        canvas_heat_put(c, row, col + wide - 1, level, ascii ? "]" : "\xe2\x96\x8c");
    } else if (wide >= 2) {
        canvas_heat_put(c, row, col + (wide - 2) / 2, level,
                        ascii ? "[]" : "\xe2\x97\x96\xe2\x97\x97");
    } else {
        canvas_heat_put(c, row, col, level, ascii ? "X" : "\xe2\x95\xb3");
    }
    canvas_set(c, HEAD_ROWS + (k->seen.rows * window_tall(w) + 1) / 2, col + (wide - 1) / 2,
               ROLE_MARK, ascii ? '^' : 0x25b4);
}

/* Beside the mark below the column of the cursor: which column that is. */
static void put_column(const struct matrix_view *k, struct canvas *c, const struct theme *theme)
{
    const struct window *w = &k->window;
    size_t row = HEAD_ROWS + (k->seen.rows * window_tall(w) + 1) / 2, cells;
    size_t wide = window_wide(w);
    size_t col = gutter(k) + (w->col.at - w->col.first) / w->col.block * wide + (wide - 1) / 2;
    struct text label = TEXT_EMPTY;
    axis_label(k->m->col, w->col.at, &label);
    label_measure(text_get(&label), theme, &cells);
    bool after = col + 2 + cells < k->view.cols;
    struct field field = {row,
                          after             ? col + 2
                          : col > cells + 1 ? col - cells - 1
                                            : 0,
                          cells, ROLE_MARK, LABEL_LEFT};
    label_put(c, field, text_get(&label), theme);
    text_done(&label);
}

static size_t count_clipped(const struct matrix_view *k)
{
    size_t clipped = 0;
    double scale = matrix_view_scale(k);
    for (size_t i = 0; i < k->seen.rows * k->seen.cols; i++)
        clipped += isfinite(k->seen.values[i]) && fabs(k->seen.values[i]) > scale * (1 + 1e-9);
    return clipped;
}

static void add_count(struct text *out, size_t count, const char *what)
{
    if (count > 0)
        text_printf(out, ", %zu %s", count, what);
}

/* "-0.53 [colours] +0.53  absmax of 103 x 4 entries a cell, 3 clipped, 1 NaN". */
static void put_legend(const struct matrix_view *k, struct canvas *c, const struct theme *theme)
{
    static const char *const ways[] = {"absmax", "mean", "rms"};
    char end[NUMBER_SIZE];
    struct text t = TEXT_EMPTY;
    size_t row = k->view.rows - 1, col = 1,
           bar = k->view.cols >= 100 ? BAR_CELLS : BAR_CELLS / 2 + 1;
    number_short(matrix_view_scale(k), end);
    text_printf(&t, "-%s ", end);
    col += canvas_put(c, row, col, ROLE_AXIS, text_get(&t));
    for (size_t i = 0; i < bar; i++) {
        int level = (int)lround(200.0 * (double)i / (double)(bar - 1) - 100);
        canvas_heat(c, row, col++, level, level);
    }
    text_clear(&t);
    text_printf(&t, " +%s  ", end);
    col += canvas_put(c, row, col, ROLE_AXIS, text_get(&t));
    text_clear(&t);
    if (k->seen.block_rows * k->seen.block_cols == 1)
        text_add(&t, "single entries");
    else
        text_printf(&t, "%s of %zu x %zu entries a cell", ways[k->how], k->seen.block_rows,
                    k->seen.block_cols);
    add_count(&t, count_clipped(k), "clipped");
    add_count(&t, k->seen.nan_count, "NaN");
    add_count(&t, k->seen.inf_count, "infinite");
    struct field field = {row, col, k->view.cols > col + 1 ? k->view.cols - col - 1 : 0, ROLE_DIM,
                          LABEL_LEFT};
    label_put(c, field, text_get(&t), theme);
    text_done(&t);
}

void matrix_view_draw(const struct view *v, const struct explorer *x, struct canvas *body)
{
    const struct matrix_view *k = (const struct matrix_view *)v;
    const struct theme *theme = explorer_theme(x);
    if (!matrix_view_current(k))
        return;
    put_values(k, body);
    if (k->window.zoom == ZOOM_NUMBERS)
        put_numbers(k, body);
    put_cursor(k, body, theme);
    put_row_labels(k, body, theme);
    put_col_labels(k, body, theme);
    put_column(k, body, theme);
    put_legend(k, body, theme);
}

/* "token 804 "game"". */
static void add_place(struct axis axis, size_t i, struct text *out)
{
    text_printf(out, "%s %zu", view_axis_name(axis.kind), axis_original(axis, i));
    if (axis.labels != NULL) {
        text_add(out, " \"");
        axis_label(axis, i, out);
        text_add_char(out, '"');
    }
}

void matrix_view_status(const struct view *v, struct text *out)
{
    const struct matrix_view *k = (const struct matrix_view *)v;
    const struct window *w = &k->window;
    if (!matrix_view_knows_value(k))
        return;
    text_add(out, "row ");
    add_place(k->m->row, w->row.at, out);
    text_add(out, ", column ");
    add_place(k->m->col, w->col.at, out);
    if (isnan(k->value_at))
        text_add(out, ": NaN"); /* its sign says nothing */
    else {
        text_add(out, ": ");
        text_number(out, k->value_at);
    }
    if (k->how != AGGREGATE_ABSMAX && matrix_view_current(k) && w->row.block * w->col.block > 1) {
        size_t n = (w->row.at - w->row.first) / w->row.block;
        size_t j = (w->col.at - w->col.first) / w->col.block;
        if (n < k->seen.rows && j < k->seen.cols) {
            text_printf(out, "; %s of the cell ", k->how == AGGREGATE_MEAN ? "mean" : "rms");
            text_number(out, k->seen.values[n * k->seen.cols + j]);
        }
    }
}
