/* Grids: numbers, or heatmaps that share one scale. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/draw/colorbar.h"
#include "page.h"

enum {
    GAP = 2,
    ROWS_MOST = 24,
    ROWS_OF_MEMBER = 8,
    HEAD_CELLS = 10,
    FACETS_MOST = 4,
    FACET_GAP = 3
};
enum { FACET_CELLS = 36, FACET_GUTTER = 8, FACET_LABEL = 16, BAR_CELLS = 49 };

/* "head 0.1  title"; nothing where there is neither. Appends. */
static void grid_title(const struct page *p, const struct block *b, struct text *out)
{
    page_member(p, &b->member, out);
    if (b->grid.title != NULL)
        text_printf(out, "%s%s", out->length > 0 ? "  " : "", b->grid.title);
}

/* Writes an index or, cut to a few cells, a label. */
static void write_head(char *const *labels, size_t i, size_t index, const struct page *p,
                       struct text *out)
{
    struct text safe = TEXT_EMPTY;
    text_clear(out);
    if (labels == NULL) {
        text_printf(out, "%zu", index);
    } else {
        const char *label = labels[i] != NULL ? labels[i] : "";
        utf8_escape_token(&safe, label, strlen(label), p->ascii);
        utf8_fit(out, text_get(&safe), HEAD_CELLS, false, p->ascii);
    }
    text_done(&safe);
}

/* One format for all the numbers that may be shown. */
static struct number_format run_format(const struct block *run, size_t count)
{
    struct number_format f = {.digits = digits_brief()};
    for (size_t n = 0; n < count; n++) {
        const struct grid *g = &run[n].grid;
        for (size_t i = 0; i < g->rows * g->cols; i++)
            format_see(&f, g->values[i]);
    }
    format_settle(&f);
    /* In a matrix the eye runs along columns: decimal points stay under each other, even
     * if small entries lose some of their digits. */
    if (f.broken && f.most >= 1e-4 && f.most < 100) {
        int least = f.most < 10 ? f.digits : f.digits - 1;
        f.fixed = true;
        f.decimals = f.decimals > least ? f.decimals : least;
        f.tail = f.decimals + 1;
    }
    return f;
}

static void fill_row_heads(struct frame *f, const struct grid *g, const struct page *p)
{
    struct text label = TEXT_EMPTY;
    bool labels = g->row_labels != NULL;
    frame_head(f, 0, "", labels ? ALIGN_LEFT : ALIGN_RIGHT, labels ? ROLE_TOKEN : ROLE_DIM);
    f->column[0].shrink = false;
    for (size_t r = 0; r < f->rows; r++) {
        write_head(g->row_labels, r, g->row_range[0] + r * g->block[0], p, &label);
        frame_text(f, 0, r, text_get(&label));
    }
    text_done(&label);
}

/* Fills column i + 1 of the frame; returns its width in cells. */
static size_t fill_column(struct frame *f, const struct grid *g, size_t i, char *head,
                          const struct number_format *format)
{
    size_t cells = utf8_width(head);
    frame_head(f, i + 1, head, ALIGN_RIGHT, ROLE_NUMBER);
    for (size_t r = 0; r < f->rows; r++) {
        char number[NUMBER_ROOM];
        format_write(format, g->values[r * g->cols + i], number);
        cells = strlen(number) > cells ? strlen(number) : cells;
        frame_text(f, i + 1, r, number);
    }
    return cells;
}

static size_t widest_row_head(const struct frame *f)
{
    size_t widest = 0;
    for (size_t r = 0; r < f->rows; r++) {
        size_t cells = utf8_width(f->cells[r]);
        widest = cells > widest ? cells : widest;
    }
    return widest;
}

/* Fills columns for as long as they fit; returns how many did, at least one. */
static size_t fill_columns(struct frame *f, const struct grid *g,
                           const struct number_format *format, char **heads, const struct page *p)
{
    struct text head = TEXT_EMPTY;
    size_t taken = widest_row_head(f), i = 0;
    for (; i < f->columns - 1; i++) {
        write_head(g->col_labels, i, g->col_range[0] + i * g->block[1], p, &head);
        heads[i] = mem_strdup(text_get(&head));
        taken += GAP + fill_column(f, g, i, heads[i], format);
        if (i > 0 && taken > p->width)
            break;
    }
    text_done(&head);
    return i;
}

/* The numbers of a grid; *shown is how many columns there was room for. */
static struct canvas *numbers_canvas(const struct page *p, const struct block *b,
                                     const struct number_format *format, size_t most, size_t *shown)
{
    const struct grid *g = &b->grid;
    size_t rows = g->rows < most ? g->rows : most;
    size_t cols = g->cols < p->width ? g->cols : p->width;
    struct text title = TEXT_EMPTY;
    struct frame f;
    char **heads = mem_new(cols, sizeof *heads);
    frame_new(&f, cols + 1, rows);
    grid_title(p, b, &title);
    fill_row_heads(&f, g, p);
    *shown = fill_columns(&f, g, format, heads, p);
    f.columns = *shown + 1; /* for the drawing only */
    struct canvas *c = frame_draw(&f, title.length > 0 ? text_get(&title) : NULL, p, p->width);
    f.columns = cols + 1;
    for (size_t i = 0; i < cols; i++)
        mem_free(heads[i]);
    mem_free(heads);
    text_done(&title);
    frame_free(&f);
    return c;
}

/* "rows 0:24, columns 0:9": what of the matrix was shown. */
static bool write_range(struct page *p, const struct grid *g, size_t most, size_t shown)
{
    char range[4 * NUMBER_ROOM];
    size_t row_stop = g->row_range[1], col_stop = g->col_range[1];
    if (g->rows > most)
        row_stop = g->row_range[0] + most * g->block[0];
    if (g->cols > shown)
        col_stop = g->col_range[0] + shown * g->block[1];
    snprintf(range, sizeof range, "rows %zu:%zu, columns %zu:%zu", g->row_range[0], row_stop,
             g->col_range[0], col_stop);
    return page_write(p, ROLE_DIM, range);
}

bool page_numbers(struct page *p, const struct block *run, size_t count)
{
    struct number_format format = run_format(run, count);
    struct canvas **parts = mem_new(count, sizeof(struct canvas *));
    size_t least = run->grid.cols, shown = 0, most = count > 1 ? ROWS_OF_MEMBER : ROWS_MOST;
    if (run->grid.tall)
        most = run->grid.rows;
    for (size_t i = 0; i < count; i++) {
        parts[i] = numbers_canvas(p, &run[i], &format, most, &shown);
        least = shown < least ? shown : least;
    }
    return page_put_facets(p, parts, count, FACET_GAP) && write_range(p, &run->grid, most, least);
}

/* What is drawn in one scale. */
struct scaled {
    double vmax;
    size_t values, nan, inf, clipped;
    bool fixed, free;
};

static struct scaled scale_of(const struct block *run, size_t count)
{
    struct scaled s = {.fixed = run->grid.fixed,
                       .free = count > 1 && run->grid.free,
                       .vmax = grids_largest(run, count)};
    for (size_t i = 0; i < count; i++) {
        const struct grid *g = &run[i].grid;
        s.values += g->rows * g->cols;
        s.nan += g->nan_count;
        s.inf += g->inf_count;
        s.clipped += grid_clipped(g);
    }
    return s;
}

/* "aggregate absmax, 64 x 64 entries a cell, range ±1.2346, 0 NaN"; of single entries less.
 * Appends. */
static void write_caption(const struct page *p, const struct grid *g, const struct scaled *s,
                          bool stack, struct text *out)
{
    bool blocks = g->block[0] * g->block[1] > 1;
    if (blocks)
        text_printf(out, "aggregate %s, %zu x %zu entries a cell, ", g->aggregate, g->block[0],
                    g->block[1]);
    if (s->free) {
        text_add(out, "each its own range");
    } else {
        text_add(out, p->ascii ? "range +-" : "range \xc2\xb1");
        text_number_brief(out, s->vmax);
    }
    if (s->fixed)
        text_printf(out, ", %zu clipped", s->clipped);
    if (blocks || s->nan > 0)
        text_printf(out, ", %zu NaN", s->nan);
    if (s->inf > 0)
        text_printf(out, ", %zu infinite", s->inf);
    if (stack && g->row_axis != NULL && g->col_axis != NULL)
        text_printf(out, "; rows %s, columns %s", g->row_axis, g->col_axis);
}

/* How one heatmap of several, or the only one, is drawn. */
struct heat_look {
    double vmax;
    const char *caption; /* NULL: one of several */
    bool bar, row_labels, col_labels;
    size_t width;
};

static struct canvas *heat_canvas(const struct page *p, const struct block *b,
                                  const struct heat_look *look)
{
    const struct grid *g = &b->grid;
    struct text title = TEXT_EMPTY;
    grid_title(p, b, &title);
    bool alone = look->caption != NULL;
    struct heat heat = {.title = title.length > 0 ? text_get(&title) : NULL,
                        .values = g->values,
                        .rows = g->rows,
                        .cols = g->cols,
                        .vmax = look->vmax,
                        .row_name = alone ? g->row_axis : NULL,
                        .col_name = alone ? g->col_axis : NULL,
                        .row_start = g->row_range[0],
                        .row_stop = g->row_range[1],
                        .col_start = g->col_range[0],
                        .col_stop = g->col_range[1],
                        .row_labels = look->row_labels ? (const char *const *)g->row_labels : NULL,
                        .col_labels = look->col_labels ? (const char *const *)g->col_labels : NULL,
                        .caption = look->caption,
                        .bar = look->bar,
                        .width = look->width};
    struct canvas *c = draw_heat(&heat, p->theme, p->e);
    text_done(&title);
    return c;
}

/* The cells that the rows' labels take in a facet, uncut; 0 where they have none, or some
 * is too long for a facet. */
static size_t label_cells(const struct page *p, const struct block *run, size_t count)
{
    struct text safe = TEXT_EMPTY;
    size_t cells = 0;
    for (size_t n = 0; n < count; n++)
        for (size_t i = 0; run[n].grid.row_labels != NULL && i < run[n].grid.rows; i++) {
            const char *label = run[n].grid.row_labels[i];
            text_clear(&safe);
            utf8_escape(&safe, label ? label : "", label ? strlen(label) : 0, p->ascii);
            size_t width = utf8_width(text_get(&safe));
            cells = width > cells ? width : cells;
        }
    text_done(&safe);
    return cells > FACET_LABEL || cells + 2 + run->grid.cols > p->width ? 0 : cells;
}

/* How many facets stand side by side: few enough that each can show its columns and its
 * rows' labels, and rows of them equally long. */
static size_t facets_across(const struct page *p, const struct grid *g, size_t count, size_t label)
{
    size_t gutter = label + 2 > FACET_GUTTER ? label + 2 : FACET_GUTTER;
    size_t wanted = g->cols + gutter < FACET_CELLS ? g->cols + gutter : FACET_CELLS;
    if (label > 0) /* labels may take a third */
        wanted = g->cols + gutter > 3 * label ? g->cols + gutter : 3 * label;
    size_t across = count < FACETS_MOST ? count : FACETS_MOST;
    while (across > 1 && across * wanted + (across - 1) * FACET_GAP > p->width)
        across--;
    size_t rows = (count + across - 1) / across;
    return (count + rows - 1) / rows;
}

static bool write_bar(struct page *p, const struct scaled *s)
{
    size_t least = colorbar_least(s->vmax);
    size_t cells = least > BAR_CELLS ? least : BAR_CELLS;
    cells = cells < p->width ? cells : p->width;
    struct colorbar bar = {.vmax = s->vmax,
                           .values = s->values,
                           .nan = s->nan,
                           .infinite = s->inf,
                           .clipped = s->clipped,
                           .cells = cells % 2 == 0 && cells > 1 ? cells - 1 : cells};
    struct canvas *c = canvas_new(colorbar_rows(&bar), p->width, p->e);
    if (c != NULL)
        colorbar_draw(&bar, c);
    return page_put(p, c);
}

static bool write_facets(struct page *p, const struct block *run, size_t count,
                         const struct scaled *s, const char *caption)
{
    size_t label = label_cells(p, run, count);
    size_t across = facets_across(p, &run->grid, count, label);
    size_t gaps = (across - 1) * FACET_GAP;
    size_t width = p->width > gaps ? (p->width - gaps) / across : 1;
    struct canvas **parts = mem_new(count, sizeof(struct canvas *));
    for (size_t i = 0; i < count; i++) {
        struct heat_look look = {.vmax = s->free ? run[i].grid.vmax : s->vmax,
                                 .bar = s->free,
                                 .row_labels = label > 0,
                                 .col_labels = label > 0 || run[i].grid.row_labels == NULL,
                                 .width = width};
        parts[i] = heat_canvas(p, &run[i], &look);
    }
    return page_put_facets(p, parts, count, FACET_GAP) && (s->free || write_bar(p, s)) &&
           page_write(p, ROLE_DIM, caption);
}

bool page_heat(struct page *p, const struct block *run, size_t count)
{
    struct scaled s = scale_of(run, count);
    struct text caption = TEXT_EMPTY;
    write_caption(p, &run->grid, &s, count > 1, &caption);
    struct heat_look look = {s.vmax, text_get(&caption), true, true, true, p->width};
    bool ok = count > 1 ? write_facets(p, run, count, &s, text_get(&caption))
                        : page_put(p, heat_canvas(p, run, &look));
    text_done(&caption);
    return ok;
}
