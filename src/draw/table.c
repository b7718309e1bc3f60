#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/draw/chart.h"
#include "bilens/draw/label.h"

enum { GAP = 2, LEAST_CELLS = 6 };

/* How a table is laid out: a column's cells, and how many columns are shown. */
struct layout {
    size_t *cells; /* count of them */
    size_t shown;
    size_t width; /* of what is shown, gaps included */
};

static size_t measure_column(const struct table *table, const struct theme *theme, size_t k)
{
    const struct column *column = &table->columns[k];
    size_t cells, width = 0;
    label_measure(column->name != NULL ? column->name : "", theme, &cells);
    for (size_t r = 0; r < table->rows; r++) {
        if (column->cells[r] != NULL)
            label_measure(column->cells[r], theme, &width);
        cells = width > cells ? width : cells;
    }
    return cells;
}

static size_t shown_width(const struct layout *layout)
{
    size_t width = layout->shown > 0 ? (layout->shown - 1) * GAP : 0;
    for (size_t k = 0; k < layout->shown; k++)
        width += layout->cells[k];
    return width;
}

/* The widest shown column that may still be cut, or SIZE_MAX. */
static size_t widest_to_cut(const struct table *table, const struct layout *layout)
{
    size_t best = SIZE_MAX;
    for (size_t k = 0; k < layout->shown; k++) {
        if (!table->columns[k].shrink || layout->cells[k] <= LEAST_CELLS)
            continue;
        if (best == SIZE_MAX || layout->cells[k] > layout->cells[best])
            best = k;
    }
    return best;
}

/* What the shown columns take at least. */
static size_t least_width(const struct table *table, const struct layout *layout)
{
    size_t width = layout->shown > 0 ? (layout->shown - 1) * GAP : 0;
    for (size_t k = 0; k < layout->shown; k++) {
        size_t cells = layout->cells[k];
        width += table->columns[k].shrink && cells > LEAST_CELLS ? LEAST_CELLS : cells;
    }
    return width;
}

static void fit_columns(const struct table *table, struct layout *layout)
{
    while (layout->shown > 1 && least_width(table, layout) > table->width)
        layout->shown--;
    while (shown_width(layout) > table->width) {
        size_t k = widest_to_cut(table, layout);
        if (k == SIZE_MAX)
            break;
        layout->cells[k]--;
    }
    if (layout->shown == 1 && layout->cells[0] > table->width)
        layout->cells[0] = table->width; /* the first column is never dropped */
    layout->width = shown_width(layout);
}

static void put_cells(const struct table *table, const struct layout *layout, struct canvas *c,
                      size_t row, size_t r, const struct theme *theme)
{
    size_t col = 0;
    for (size_t k = 0; k < layout->shown; k++) {
        const struct column *column = &table->columns[k];
        bool head = r == SIZE_MAX;
        const char *string = head ? column->name : column->cells[r];
        struct field field = {row, col, layout->cells[k], head ? ROLE_HEADER : column->role,
                              column->align == ALIGN_RIGHT ? LABEL_RIGHT : LABEL_LEFT};
        if (string != NULL)
            label_put(c, field, string, theme);
        col += layout->cells[k] + GAP;
    }
}

/* "2 columns left out: score, layer", folded into the width. */
static void put_note(const struct table *table, const struct layout *layout, struct canvas *c,
                     size_t row, const struct theme *theme, size_t *rows)
{
    struct text note = TEXT_EMPTY;
    size_t dropped = table->count - layout->shown;
    text_printf(&note, "%zu column%s left out: ", dropped, dropped == 1 ? "" : "s");
    for (size_t k = layout->shown; k < table->count; k++) {
        text_add(&note, k > layout->shown ? ", " : "");
        text_add(&note, table->columns[k].name != NULL ? table->columns[k].name : "?");
    }
    struct field field = {row, 0, table->width, ROLE_DIM, LABEL_LEFT};
    label_wrap(c, field, text_get(&note), theme, rows);
    text_done(&note);
}

static void put_table(const struct table *table, const struct layout *layout, struct canvas *c,
                      const struct theme *theme)
{
    size_t row = 0, ignored;
    struct field title = {0, 0, table->width, ROLE_TITLE, LABEL_LEFT};
    if (table->title != NULL)
        label_put(c, title, table->title, theme);
    row += table->title != NULL;
    put_cells(table, layout, c, row++, SIZE_MAX, theme);
    for (size_t i = 0; i < layout->width; i++)
        canvas_set(c, row, i, ROLE_AXIS, theme->charset == CHARSET_ASCII ? '-' : 0x2500);
    row++;
    for (size_t r = 0; r < table->rows; r++)
        put_cells(table, layout, c, row++, r, theme);
    if (table->rows == 0)
        canvas_put(c, row++, 0, ROLE_DIM, "no rows");
    if (layout->shown < table->count)
        put_note(table, layout, c, row, theme, &ignored);
}

struct canvas *draw_table(const struct table *table, const struct theme *theme, struct err *e)
{
    struct layout layout = {mem_new(table->count, sizeof *layout.cells), table->count, 0};
    size_t note = 0;
    for (size_t k = 0; k < table->count; k++)
        layout.cells[k] = measure_column(table, theme, k);
    fit_columns(table, &layout);
    if (layout.shown < table->count)
        put_note(table, &layout, NULL, 0, theme, &note);
    size_t rows = (table->title != NULL) + 2 + (table->rows > 0 ? table->rows : 1) + note;
    struct canvas *c = canvas_new(rows, table->width, e);
    if (c != NULL) {
        put_table(table, &layout, c, theme);
        canvas_crop(c, rows);
    }
    mem_free(layout.cells);
    return c;
}
