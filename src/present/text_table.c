/* Tables, and the tables of poles side by side. */
#include <stdio.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "page.h"

enum { GAP = 2, NARROW = 30, FOLD_LEAST = 12, POLE_GAP = 3, PAIR_GAP = 5 };

static bool is_id(const struct report_table *t, size_t column)
{
    return t->column[column].type == COLUMN_NUMBER && strcmp(t->column[column].name, "id") == 0;
}

static enum role column_role(const struct report_table *t, size_t column)
{
    switch (t->column[column].type) {
    case COLUMN_TOKEN:
        return ROLE_TOKEN;
    case COLUMN_TEXT:
        return ROLE_TEXT;
    case COLUMN_NUMBER:
        break;
    }
    if (is_id(t, column))
        return ROLE_DIM;
    if (t->pole != NULL && column + 1 == t->columns)
        return strcmp(t->pole, "low") == 0 ? ROLE_LOW : ROLE_HIGH;
    return ROLE_NUMBER;
}

static void fill_numbers(struct frame *f, size_t to, const struct report_table *t, size_t from)
{
    struct number_format format = {.digits = digits_shown()};
    for (size_t r = 0; r < t->rows; r++)
        format_see(&format, t->cells[r * t->columns + from].number);
    format_settle(&format);
    for (size_t r = 0; r < t->rows; r++) {
        char number[NUMBER_ROOM];
        format_write(&format, t->cells[r * t->columns + from].number, number);
        frame_text(f, to, r, number);
    }
}

/* The table as strings. Where it is narrow, ids give way to the tokens they belong to. */
static void frame_of(struct frame *f, const struct report_table *t, size_t width)
{
    bool ids = t->columns < 2 || width >= NARROW || !is_id(t, 0);
    size_t first = ids ? 0 : 1;
    frame_new(f, t->columns - first, t->rows);
    for (size_t i = first; i < t->columns; i++) {
        bool numbers = t->column[i].type == COLUMN_NUMBER;
        frame_head(f, i - first, t->column[i].name, numbers ? ALIGN_RIGHT : ALIGN_LEFT,
                   column_role(t, i));
        if (numbers)
            fill_numbers(f, i - first, t, i);
        for (size_t r = 0; !numbers && r < t->rows; r++)
            if (t->cells[r * t->columns + i].text != NULL)
                frame_text(f, i - first, r, t->cells[r * t->columns + i].text);
    }
}

static size_t column_cells(const struct frame *f, size_t column, bool ascii)
{
    struct text safe = TEXT_EMPTY;
    size_t cells = utf8_width(f->column[column].name);
    for (size_t r = 0; r < f->rows; r++) {
        const char *string = f->cells[column * f->rows + r];
        text_clear(&safe);
        utf8_escape(&safe, string ? string : "", string ? strlen(string) : 0, ascii);
        size_t width = utf8_width(text_get(&safe));
        cells = width > cells ? width : cells;
    }
    text_done(&safe);
    return cells;
}

/* The lines that a string takes when folded at so many cells; with a frame they are
 * written into its column from the row on. */
static size_t fold_cell(const char *raw, size_t cells, const struct page *p, struct frame *to,
                        size_t column, size_t row)
{
    struct text safe = TEXT_EMPTY, piece = TEXT_EMPTY;
    utf8_escape(&safe, raw, strlen(raw), p->ascii);
    const char *line = text_get(&safe);
    size_t lines = 0;
    do {
        size_t n = utf8_fold(line, strlen(line), cells);
        if (to != NULL) {
            text_clear(&piece);
            text_add_bytes(&piece, line, n);
            frame_text(to, column, row + lines, text_get(&piece));
        }
        lines++;
        line += n;
        line += strspn(line, " ");
    } while (*line != '\0');
    text_done(&safe);
    text_done(&piece);
    return lines;
}

/* Folds a row of the frame into a taller one from *row on; without one it only counts. */
static void fold_row(const struct frame *from, size_t r, const size_t *cells, const struct page *p,
                     struct frame *to, size_t *row)
{
    size_t tallest = 1;
    for (size_t i = 0; i < from->columns; i++) {
        const char *string = from->cells[i * from->rows + r];
        size_t lines = string != NULL ? fold_cell(string, cells[i], p, to, i, *row) : 1;
        tallest = lines > tallest ? lines : tallest;
    }
    *row += tallest;
}

static void fold_frame(struct frame *f, const size_t *cells, const struct page *p)
{
    size_t rows = 0;
    struct frame taller;
    for (size_t r = 0; r < f->rows; r++)
        fold_row(f, r, cells, p, NULL, &rows);
    frame_new(&taller, f->columns, rows);
    for (size_t i = 0; i < f->columns; i++)
        frame_head(&taller, i, f->column[i].name, f->column[i].align, f->column[i].role);
    for (size_t r = 0, row = 0; r < f->rows; r++)
        fold_row(f, r, cells, p, &taller, &row);
    frame_free(f);
    *f = taller;
}

/* Takes cells from the widest columns of text until all fit; false where they cannot. */
static bool share_cells(const struct frame *f, const bool *texts, size_t *cells, size_t width)
{
    size_t taken = f->columns > 0 ? (f->columns - 1) * GAP : 0;
    for (size_t i = 0; i < f->columns; i++)
        taken += cells[i];
    while (taken > width) {
        size_t widest = f->columns;
        for (size_t i = 0; i < f->columns; i++)
            if (texts[i] && cells[i] > FOLD_LEAST &&
                (widest == f->columns || cells[i] > cells[widest]))
                widest = i;
        if (widest == f->columns)
            return false;
        cells[widest]--;
        taken--;
    }
    return true;
}

/* Columns of text are folded, not cut, where that makes the table fit. */
static void fold_texts(struct frame *f, const struct report_table *t, const struct page *p,
                       size_t width)
{
    size_t *cells = mem_new(f->columns, sizeof *cells), first = t->columns - f->columns;
    bool *texts = mem_new(f->columns, sizeof *texts), any = false;
    for (size_t i = 0; i < f->columns; i++) {
        cells[i] = column_cells(f, i, p->ascii);
        texts[i] = t->column[first + i].type == COLUMN_TEXT;
        any = any || texts[i];
    }
    if (any && share_cells(f, texts, cells, width))
        fold_frame(f, cells, p);
    mem_free(cells);
    mem_free(texts);
}

static struct canvas *table_canvas(const struct page *p, const struct report_table *t,
                                   const char *title, size_t width)
{
    struct frame f;
    frame_of(&f, t, width);
    fold_texts(&f, t, p, width);
    struct canvas *c = frame_draw(&f, title, p, width);
    frame_free(&f);
    return c;
}

static void title_component(const struct report_table *t, const struct page *p, struct text *out)
{
    text_printf(out, "%scomponent %zu  %s = ", out->length > 0 ? "  " : "", t->component,
                p->ascii ? "lambda" : "\xce\xbb");
    text_number_brief(out, t->value);
}

/* "head 0.1  title"; where the table has none, what it is: "component 0  λ = -39.78  high". */
static void block_title(const struct block *b, const struct page *p, struct text *out)
{
    const struct report_table *t = &b->table;
    bool reading =
        t->reading != NULL && (strcmp(t->reading, "in") == 0 || strcmp(t->reading, "out") == 0);
    page_member(p, &b->member, out);
    if (t->title != NULL && out->length > 0 && t->title[0] != '\0')
        text_add(out, "  ");
    if (t->title != NULL) {
        text_add(out, t->title);
        return;
    }
    if (t->has_component)
        title_component(t, p, out);
    if (reading)
        text_printf(out, "%s%s", out->length > 0 ? "  " : "", t->reading);
    if (t->pole != NULL)
        text_printf(out, "%s%s", out->length > 0 ? "  " : "", t->pole);
}

static struct canvas *titled_table(const struct page *p, const struct block *b, size_t width)
{
    struct text title = TEXT_EMPTY;
    block_title(b, p, &title);
    struct canvas *c =
        table_canvas(p, &b->table, title.length > 0 ? text_get(&title) : NULL, width);
    text_done(&title);
    return c;
}

bool page_table(struct page *p, const struct block *block)
{
    return page_put(p, titled_table(p, block, p->width));
}

static bool are_pair(const struct report_table *a, const struct report_table *b)
{
    return strcmp(a->pole, b->pole) != 0 && a->has_component == b->has_component &&
           a->component == b->component &&
           strcmp(a->reading ? a->reading : "", b->reading ? b->reading : "") == 0;
}

/* Is the block with the next one the two poles of one vector? */
static bool starts_pair(const struct block *run, size_t i, size_t count)
{
    const struct member *m = &run[i].member;
    return i + 1 < count && member_alike(m, &run[i + 1].member) &&
           memcmp(m->index, run[i + 1].member.index, m->count * sizeof *m->index) == 0 &&
           are_pair(&run[i].table, &run[i + 1].table);
}

/* Do all pairs fit side by side, uncut? Where one does not, none stands so: the eye goes
 * down the same column for all. */
static bool pairs_fit(const struct page *p, const struct block *run, struct canvas *const *tables,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (starts_pair(run, i, count) &&
            tables[i]->cols + POLE_GAP + tables[i + 1]->cols > p->width)
            return false;
    return true;
}

/* Puts every pair of tables into one canvas, beside each other or stacked; *count becomes
 * how many canvases there are. NULL stands where one failed. */
static void join_pairs(const struct page *p, const struct block *run, struct canvas **tables,
                       size_t *count)
{
    bool beside = pairs_fit(p, run, tables, *count);
    size_t made = 0;
    for (size_t i = 0; i < *count; i++, made++) {
        struct canvas *one = tables[i];
        if (starts_pair(run, i, *count)) {
            struct canvas *pair[2] = {one, tables[++i]};
            size_t wider = pair[0]->cols > pair[1]->cols ? pair[0]->cols : pair[1]->cols;
            one = draw_facets(pair, 2, POLE_GAP, beside ? p->width : wider, p->e);
            canvas_free(pair[0]);
            canvas_free(pair[1]);
        }
        tables[made] = one;
    }
    *count = made;
}

bool page_poles(struct page *p, const struct block *run, size_t count)
{
    struct canvas **tables = mem_new(count, sizeof(struct canvas *));
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        tables[i] = titled_table(p, &run[i], p->width);
        ok = tables[i] != NULL;
    }
    if (ok)
        join_pairs(p, run, tables, &count);
    return page_put_facets(p, tables, count, PAIR_GAP);
}
