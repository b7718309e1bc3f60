#include "bilens/lang/report.h"

#include <stdarg.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"

struct report *report_new(void)
{
    return mem_new(1, sizeof(struct report));
}

static void free_strings(char **strings, size_t count)
{
    for (size_t i = 0; strings != NULL && i < count; i++)
        mem_free(strings[i]);
    mem_free(strings);
}

static void table_free(struct report_table *t)
{
    for (size_t i = 0; t->cells != NULL && i < t->rows * t->columns; i++)
        mem_free(t->cells[i].text);
    for (size_t i = 0; t->column != NULL && i < t->columns; i++)
        mem_free(t->column[i].name);
    mem_free(t->cells);
    mem_free(t->column);
    mem_free(t->title);
}

static void block_free(struct block *b)
{
    switch (b->kind) {
    case BLOCK_SCALARS:
        free_strings(b->scalars.names, b->scalars.count);
        mem_free(b->scalars.values);
        break;
    case BLOCK_SERIES:
        mem_free(b->series.name);
        mem_free(b->series.axis);
        mem_free(b->series.values);
        break;
    case BLOCK_TABLE:
        table_free(&b->table);
        break;
    case BLOCK_GRID:
        mem_free(b->grid.title);
        mem_free(b->grid.values);
        free_strings(b->grid.row_labels, b->grid.rows);
        free_strings(b->grid.col_labels, b->grid.cols);
        break;
    case BLOCK_TEXT:
        mem_free(b->text);
        break;
    }
}

void report_free(struct report *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->count; i++)
        block_free(&r->blocks[i]);
    for (size_t i = 0; i < r->ledger_count; i++)
        mem_free(r->ledger[i].value);
    mem_free(r->blocks);
    mem_free(r->ledger);
    mem_free(r->title);
    mem_free(r);
}

struct block *report_add(struct report *r, enum block_kind kind)
{
    if (r->count == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : 8;
        r->blocks = mem_resize(r->blocks, r->capacity, sizeof *r->blocks);
    }
    struct block *b = &r->blocks[r->count++];
    memset(b, 0, sizeof *b);
    b->kind = kind;
    return b;
}

/* printf to a string that the caller owns. */
static char *format_text(const char *format, va_list args)
{
    struct text t = TEXT_EMPTY;
    text_vprintf(&t, format, args);
    return text_take(&t);
}

bool report_ledger(struct report *r, const char *key, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *value = format_text(format, args);
    va_end(args);
    for (size_t i = 0; i < r->ledger_count; i++)
        if (strcmp(r->ledger[i].key, key) == 0) {
            mem_free(r->ledger[i].value);
            r->ledger[i].value = value;
            return true;
        }
    r->ledger = mem_resize(r->ledger, r->ledger_count + 1, sizeof *r->ledger);
    r->ledger[r->ledger_count++] = (struct ledger_entry){key, value};
    return true;
}

bool report_title(struct report *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    mem_free(r->title);
    r->title = format_text(format, args);
    va_end(args);
    return true;
}

void report_text(struct report *r, struct member member, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct block *b = report_add(r, BLOCK_TEXT);
    b->member = member;
    b->text = format_text(format, args);
    va_end(args);
}

bool report_computed(const struct report *r)
{
    for (size_t i = 0; i < r->ledger_count; i++)
        if (strcmp(r->ledger[i].key, "precision") == 0)
            return true;
    return false;
}

bool block_scalar(struct block *b, const char *name, double value)
{
    struct scalars *s = &b->scalars;
    s->names = mem_resize(s->names, s->count + 1, sizeof *s->names);
    s->values = mem_resize(s->values, s->count + 1, sizeof *s->values);
    s->names[s->count] = mem_strdup(name);
    s->values[s->count++] = value;
    return true;
}

bool block_series(struct block *b, const char *name, const char *axis, double x0,
                  const double *values, size_t count, enum series_style style)
{
    b->series = (struct series){.name = mem_strdup(name),
                                .axis = mem_strdup(axis),
                                .x0 = x0,
                                .step = 1,
                                .count = count,
                                .values = mem_new(count, sizeof *values),
                                .style = style};
    memcpy(b->series.values, values, count * sizeof *values);
    return true;
}

bool block_table(struct block *b, const char *title, size_t columns, size_t rows)
{
    b->table = (struct report_table){.title = title ? mem_strdup(title) : NULL,
                                     .columns = columns,
                                     .rows = rows,
                                     .column = mem_new(columns, sizeof *b->table.column),
                                     .cells = mem_new(columns * rows, sizeof *b->table.cells)};
    return true;
}

bool table_column(struct report_table *t, size_t column, const char *name, enum column_type type)
{
    t->column[column] = (struct report_column){mem_strdup(name), type};
    return true;
}

bool table_text(struct report_table *t, size_t row, size_t column, const char *text)
{
    t->cells[row * t->columns + column].text = mem_strdup(text);
    return true;
}

void table_number(struct report_table *t, size_t row, size_t column, double number)
{
    t->cells[row * t->columns + column].number = number;
}
