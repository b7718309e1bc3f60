#include "bilens/present/sheet.h"

#include <string.h>

#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/lang/report.h"
#include "parts.h"

struct sheet {
    const struct sheet_style *style;
    struct text *out;
    struct text rule;          /* the line under the heads, in a document */
    size_t cells;              /* of the row being written */
    bool started;              /* is there a table above? */
    size_t rows;               /* of the table being written, with its head */
    struct sheet_parts *parts; /* or NULL */
};

/* A table ended, and perhaps another begins. */
static void part_end(struct sheet *s)
{
    struct sheet_parts *p = s->parts;
    if (p != NULL && s->started && p->count < SHEET_PARTS_MOST) {
        p->rows[p->count] = s->rows > 0 ? s->rows - 1 : 0;
        p->end[p->count++] = s->out->length;
    }
    s->rows = 0;
}

static void sheet_gap(struct sheet *s)
{
    part_end(s);
    if (s->started)
        text_add_char(s->out, '\n');
    s->started = true;
    text_clear(&s->rule);
}

static void cell_begin(struct sheet *s)
{
    text_add(s->out, s->cells == 0 ? s->style->open : s->style->between);
    s->cells++;
}

static void cell_text(struct sheet *s, const char *string)
{
    cell_begin(s);
    if (string != NULL)
        s->style->write(s->out, string, strlen(string));
}

static void cell_number(struct sheet *s, double value)
{
    char number[NUMBER_ROOM];
    /* An id has all its digits, however many. */
    number_write(value, number_is_whole(value) ? 16 : DIGITS_MACHINE, number);
    cell_begin(s);
    text_add(s->out, number);
}

static void row_end(struct sheet *s)
{
    text_add(s->out, s->style->close);
    text_add_char(s->out, '\n');
    s->cells = 0;
    s->rows++;
}

static void head(struct sheet *s, const char *name, bool numbers)
{
    text_add(&s->rule, s->cells == 0 ? s->style->open : s->style->between);
    text_add(&s->rule, numbers ? "---:" : "---");
    cell_text(s, name);
}

static void head_end(struct sheet *s)
{
    row_end(s);
    if (!s->style->document)
        return;
    text_add(s->out, text_get(&s->rule));
    row_end(s);
}

static void member_heads(struct sheet *s, const struct member *member)
{
    for (size_t i = 0; i < member->count; i++)
        head(s, member_axis_name(member->axis[i]), true);
}

static void member_cells(struct sheet *s, const struct member *member)
{
    for (size_t i = 0; i < member->count; i++)
        cell_number(s, (double)member->index[i]);
}

static void write_scalars(struct sheet *s, const struct block *run, size_t count)
{
    sheet_gap(s);
    member_heads(s, &run->member);
    for (size_t i = 0; i < run->scalars.count; i++)
        head(s, run->scalars.names[i], true);
    head_end(s);
    for (size_t n = 0; n < count; n++) {
        member_cells(s, &run[n].member);
        for (size_t i = 0; i < run->scalars.count; i++)
            cell_number(s, run[n].scalars.values[i]);
        row_end(s);
    }
}

static void write_series(struct sheet *s, const struct block *run, size_t count)
{
    sheet_gap(s);
    member_heads(s, &run->member);
    head(s, run->series.axis, true);
    head(s, run->series.name, true);
    head_end(s);
    for (size_t n = 0; n < count; n++)
        for (size_t i = 0; i < run[n].series.count; i++) {
            member_cells(s, &run[n].member);
            cell_number(s, run[n].series.x0 + (double)i * run[n].series.step);
            cell_number(s, run[n].series.values[i]);
            row_end(s);
        }
}

/* What tells the tables of a group apart, each a column in front. */
struct marks {
    const struct member *member; /* of the first table that has one; NULL: none */
    bool component, reading, pole, title;
};

/* A table of the same columns may belong to a stack of another depth: only stacks over
 * the same axes make one group. */
static bool same_group(const struct block *a, const struct block *b)
{
    return b->kind == BLOCK_TABLE && member_alike(&a->member, &b->member) &&
           tables_alike(&a->table, &b->table);
}

static struct marks marks_of(const struct report *r, size_t first, size_t last)
{
    struct marks marks = {.member = &r->blocks[first].member};
    size_t tables = 0;
    bool untold = false; /* told apart by nothing but the title */
    for (size_t i = first; i <= last; i++) {
        const struct report_table *t = &r->blocks[i].table;
        if (!same_group(&r->blocks[first], &r->blocks[i]))
            continue;
        tables++;
        marks.component = marks.component || t->has_component;
        marks.reading = marks.reading || t->reading != NULL;
        marks.pole = marks.pole || t->pole != NULL;
        untold = untold || (t->title != NULL && t->pole == NULL && !t->has_component);
    }
    marks.title = untold && tables > 1;
    return marks;
}

static void mark_heads(struct sheet *s, const struct marks *marks)
{
    if (marks->title)
        head(s, "title", false);
    member_heads(s, marks->member);
    if (marks->component) {
        head(s, "component", true);
        head(s, "component_value", true);
    }
    if (marks->reading)
        head(s, "reading", false);
    if (marks->pole)
        head(s, "pole", false);
}

static void mark_cells(struct sheet *s, const struct marks *marks, const struct block *b)
{
    const struct report_table *t = &b->table;
    if (marks->title)
        cell_text(s, t->title);
    member_cells(s, &b->member);
    if (marks->component && t->has_component) {
        cell_number(s, (double)t->component);
        cell_number(s, t->value);
    } else if (marks->component) {
        cell_text(s, NULL);
        cell_text(s, NULL);
    }
    if (marks->reading)
        cell_text(s, t->reading);
    if (marks->pole)
        cell_text(s, t->pole);
}

static void write_rows(struct sheet *s, const struct marks *marks, const struct block *b)
{
    const struct report_table *t = &b->table;
    for (size_t r = 0; r < t->rows; r++) {
        if (marks != NULL)
            mark_cells(s, marks, b);
        for (size_t i = 0; i < t->columns; i++) {
            const struct report_cell *cell = &t->cells[r * t->columns + i];
            if (t->column[i].type == COLUMN_NUMBER)
                cell_number(s, cell->number);
            else
                cell_text(s, cell->text);
        }
        row_end(s);
    }
}

static void column_heads(struct sheet *s, const struct report_table *t)
{
    for (size_t i = 0; i < t->columns; i++)
        head(s, t->column[i].name, t->column[i].type == COLUMN_NUMBER);
    head_end(s);
}

/* "**head 0.1: title**" above a table of a document. */
static void write_title(struct sheet *s, const struct block *b, const char *title)
{
    struct text line = TEXT_EMPTY;
    member_title(&b->member, &line);
    if (line.length > 0 && title != NULL)
        text_add(&line, ": ");
    text_add(&line, title != NULL ? title : "");
    if (line.length > 0) {
        text_add(s->out, "**");
        s->style->write(s->out, text_get(&line), line.length);
        text_add(s->out, "**\n\n");
    }
    text_done(&line);
}

/* One table of a document, or in data the first of a group with all that follow it. */
static void write_table(struct sheet *s, const struct report *r, size_t at)
{
    const struct block *b = &r->blocks[at];
    size_t last = r->count - 1;
    if (s->style->document) {
        sheet_gap(s);
        write_title(s, b, b->table.title);
        column_heads(s, &b->table);
        write_rows(s, NULL, b);
        return;
    }
    for (size_t i = 0; i < at; i++)
        if (same_group(b, &r->blocks[i]))
            return; /* written with that one */
    struct marks marks = marks_of(r, at, last);
    sheet_gap(s);
    mark_heads(s, &marks);
    column_heads(s, &b->table);
    for (size_t i = at; i <= last; i++)
        if (same_group(b, &r->blocks[i]))
            write_rows(s, &marks, &r->blocks[i]);
}

static void grid_heads(struct sheet *s, const struct block *b)
{
    const struct grid *g = &b->grid;
    member_heads(s, &b->member);
    head(s, g->row_axis != NULL ? g->row_axis : "row", g->row_labels == NULL);
    for (size_t i = 0; i < g->cols; i++) {
        char index[NUMBER_ROOM];
        number_write((double)(g->col_range[0] + i * g->block[1]), 16, index);
        head(s, g->col_labels != NULL ? g->col_labels[i] : index, true);
    }
    head_end(s);
}

static void write_grids(struct sheet *s, const struct block *run, size_t count)
{
    sheet_gap(s);
    if (s->style->document && run->grid.title != NULL)
        write_title(s, run, run->grid.title);
    grid_heads(s, run);
    for (size_t n = 0; n < count; n++) {
        const struct grid *g = &run[n].grid;
        for (size_t r = 0; r < g->rows; r++) {
            member_cells(s, &run[n].member);
            if (g->row_labels != NULL)
                cell_text(s, g->row_labels[r]);
            else
                cell_number(s, (double)(g->row_range[0] + r * g->block[0]));
            for (size_t i = 0; i < g->cols; i++)
                cell_number(s, g->values[r * g->cols + i]);
            row_end(s);
        }
    }
}

/* Verbatim (indented by four): nothing in it means anything in Markdown. */
static void write_verbatim(struct sheet *s, const char *string)
{
    for (;;) {
        size_t length = strcspn(string, "\n");
        text_add(s->out, length > 0 ? "    " : "");
        utf8_escape(s->out, string, length, false);
        text_add_char(s->out, '\n');
        if (string[length] == '\0')
            return;
        string += length + 1;
    }
}

static void write_texts(struct sheet *s, const struct block *run, size_t count)
{
    sheet_gap(s);
    if (!s->style->document) {
        head(s, "text", false);
        head_end(s);
    }
    for (size_t n = 0; n < count; n++) {
        const char *string = run[n].text != NULL ? run[n].text : "";
        if (s->style->document) {
            write_verbatim(s, string);
            continue;
        }
        cell_text(s, string);
        row_end(s);
    }
}

static size_t run_texts(const struct block *first, size_t count)
{
    size_t n = 1;
    while (n < count && first[n].kind == BLOCK_TEXT)
        n++;
    return n;
}

/* Writes the block at a place with those that go with it; returns how many. */
static size_t write_run(struct sheet *s, const struct report *r, size_t at)
{
    const struct block *b = &r->blocks[at];
    size_t count = 1, left = r->count - at;
    switch (b->kind) {
    case BLOCK_SCALARS:
        write_scalars(s, b, count = run_scalars(b, left));
        break;
    case BLOCK_SERIES:
        write_series(s, b, count = run_series(b, left));
        break;
    case BLOCK_TABLE:
        write_table(s, r, at);
        break;
    case BLOCK_GRID:
        write_grids(s, b, count = run_grids(b, left));
        break;
    case BLOCK_TEXT:
        write_texts(s, b, count = run_texts(b, left));
        break;
    }
    return count;
}

void sheet_write_parts(const struct report *r, const struct sheet_style *style, struct text *out,
                       struct sheet_parts *parts)
{
    struct sheet s = {.style = style, .out = out, .parts = parts};
    for (size_t at = 0; at < r->count;) {
        size_t length = out->length, next = at + write_run(&s, r, at);
        if (parts != NULL && out->length > length && parts->count < SHEET_PARTS_MOST)
            parts->block[parts->count] = at; /* of the table that is still open */
        at = next;
    }
    part_end(&s);
    text_done(&s.rule);
}

void sheet_write(const struct report *r, const struct sheet_style *style, struct text *out)
{
    sheet_write_parts(r, style, out, NULL);
}
