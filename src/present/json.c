/* JSON Lines: one object for a statement. Strings are made valid UTF-8 first, and numbers that are
 * not finite are strings, so that jansson refuses none of what it is given. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/present/present.h"
#include "parts.h"

static void put(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static void push(json_t *array, json_t *value)
{
    json_array_append_new(array, value);
}

static json_t *string_of(const char *bytes, size_t length)
{
    if (utf8_valid(bytes, length))
        return json_stringn(bytes, length);
    struct text clean = TEXT_EMPTY;
    utf8_clean(&clean, bytes, length, false);
    json_t *string = json_stringn(text_get(&clean), clean.length);
    text_done(&clean);
    return string;
}

static json_t *string_or_null(const char *string)
{
    return string != NULL ? string_of(string, strlen(string)) : json_null();
}

static json_t *count_of(size_t count)
{
    return json_integer((json_int_t)count);
}

static json_t *number_of(double value)
{
    if (isfinite(value))
        return json_real(value);
    char name[NUMBER_ROOM];
    number_write(value, DIGITS_MACHINE, name);
    return json_string(name);
}

static json_t *whole_or_real(double value)
{
    return number_is_whole(value) ? json_integer((json_int_t)value) : number_of(value);
}

static json_t *numbers_of(const double *values, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        push(array, number_of(values[i]));
    return array;
}

static json_t *counts_of(const size_t *counts, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        push(array, count_of(counts[i]));
    return array;
}

static json_t *strings_of(char *const *strings, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        push(array, string_or_null(strings[i]));
    return array;
}

/* Puts a string under a key, or nothing where it is NULL. */
static void put_string(json_t *object, const char *key, const char *string)
{
    if (string != NULL)
        put(object, key, string_or_null(string));
}

/* Puts a value under a key that may hold any bytes. */
static void put_named(json_t *object, const char *name, json_t *value)
{
    struct text key = TEXT_EMPTY;
    utf8_clean(&key, name, strlen(name), false);
    put(object, text_get(&key), value);
    text_done(&key);
}

static void put_scalars(json_t *object, const struct scalars *s)
{
    json_t *values = json_object();
    for (size_t i = 0; i < s->count; i++)
        put_named(values, s->names[i], number_of(s->values[i]));
    put(object, "values", values);
}

static void put_series(json_t *object, const struct series *s)
{
    put_string(object, "name", s->name);
    put_string(object, "axis", s->axis);
    put(object, "x0", whole_or_real(s->x0));
    if (s->step != 1)
        put(object, "step", whole_or_real(s->step));
    put(object, "values", numbers_of(s->values, s->count));
}

static json_t *columns_of(const struct report_table *t)
{
    static const char *const types[] = {"token", "number", "text"};
    json_t *array = json_array();
    for (size_t i = 0; i < t->columns; i++) {
        json_t *column = json_object();
        put_string(column, "name", t->column[i].name);
        put(column, "type", json_string(types[t->column[i].type]));
        push(array, column);
    }
    return array;
}

/* counts: which number columns hold whole numbers only (ids, indices). */
static json_t *row_of(const struct report_table *t, size_t row, const bool *counts)
{
    json_t *array = json_array();
    for (size_t i = 0; i < t->columns; i++) {
        const struct report_cell *cell = &t->cells[row * t->columns + i];
        if (t->column[i].type != COLUMN_NUMBER)
            push(array, string_or_null(cell->text));
        else if (counts[i])
            push(array, json_integer((json_int_t)cell->number));
        else
            push(array, number_of(cell->number));
    }
    return array;
}

static json_t *rows_of(const struct report_table *t)
{
    json_t *array = json_array();
    bool *counts = mem_new(t->columns, sizeof *counts);
    for (size_t i = 0; i < t->columns; i++)
        counts[i] = column_is_whole(t, i);
    for (size_t r = 0; r < t->rows; r++)
        push(array, row_of(t, r, counts));
    mem_free(counts);
    return array;
}

static void put_table(json_t *object, const struct report_table *t)
{
    put_string(object, "title", t->title ? t->title : "");
    put_string(object, "reading", t->reading);
    put_string(object, "pole", t->pole);
    if (t->has_component) {
        put(object, "component", count_of(t->component));
        put(object, "value", number_of(t->value));
    }
    put(object, "columns", columns_of(t));
    put(object, "rows", rows_of(t));
}

static json_t *matrix_of(const struct grid *g)
{
    json_t *array = json_array();
    for (size_t r = 0; r < g->rows; r++)
        push(array, numbers_of(g->values + r * g->cols, g->cols));
    return array;
}

/* vmax: of the scale that it is coloured on, alone or with others. */
static void put_grid(json_t *object, const struct grid *g, double vmax)
{
    put_string(object, "title", g->title);
    put(object, "rows", count_of(g->rows));
    put(object, "cols", count_of(g->cols));
    put(object, "row_range", counts_of(g->row_range, 2));
    put(object, "col_range", counts_of(g->col_range, 2));
    put_string(object, "row_axis", g->row_axis);
    put_string(object, "col_axis", g->col_axis);
    put_string(object, "aggregate", g->aggregate);
    put(object, "block", counts_of(g->block, 2));
    put(object, "vmax", number_of(vmax));
    put(object, "clipped", count_of(grid_clipped(g)));
    put(object, "nan", count_of(g->nan_count));
    put(object, "inf", count_of(g->inf_count));
    if (g->row_labels != NULL)
        put(object, "row_labels", strings_of(g->row_labels, g->rows));
    if (g->col_labels != NULL)
        put(object, "col_labels", strings_of(g->col_labels, g->cols));
    put(object, "values", matrix_of(g));
}

static void put_fields(json_t *object, const struct block *b, double vmax)
{
    switch (b->kind) {
    case BLOCK_SCALARS:
        put_scalars(object, &b->scalars);
        break;
    case BLOCK_SERIES:
        put_series(object, &b->series);
        break;
    case BLOCK_TABLE:
        put_table(object, &b->table);
        break;
    case BLOCK_GRID:
        put_grid(object, &b->grid, vmax);
        break;
    case BLOCK_TEXT:
        put_string(object, "text", b->text ? b->text : "");
        break;
    }
}

static json_t *block_of(const struct block *b, double vmax)
{
    static const char *const kinds[] = {"scalars", "series", "table", "grid", "text"};
    json_t *object = json_object();
    put(object, "kind", json_string(kinds[b->kind]));
    if (b->member.count > 0)
        put(object, "member", counts_of(b->member.index, b->member.count));
    put_fields(object, b, vmax);
    return object;
}

static json_t *ledger_of(const struct report *r)
{
    json_t *object = json_object();
    for (size_t i = 0; r != NULL && i < r->ledger_count; i++)
        put_named(object, r->ledger[i].key, string_or_null(r->ledger[i].value));
    return object;
}

static json_t *blocks_of(const struct report *r)
{
    json_t *array = json_array();
    double shared = 0;
    for (size_t i = 0, end = 0; r != NULL && i < r->count; i++) {
        const struct block *b = &r->blocks[i];
        if (b->kind == BLOCK_GRID && i >= end) {
            size_t count = run_grids(b, r->count - i);
            shared = grids_largest(b, count);
            end = i + count;
        }
        bool own = b->kind == BLOCK_GRID && (b->grid.free || b->grid.numeric);
        push(array, block_of(b, own ? b->grid.vmax : shared));
    }
    return array;
}

static json_t *bound_of(const char *names)
{
    json_t *array = json_array();
    while (names != NULL && *(names += strspn(names, " ")) != '\0') {
        size_t length = strcspn(names, " ");
        push(array, string_of(names, length));
        names += length;
    }
    return array;
}

static json_t *error_of(const struct answer *answer)
{
    const struct err *error = answer->error;
    json_t *object = json_object();
    put(object, "code", json_string(err_code_name(error->code)));
    put(object, "message", string_of(error->message, strlen(error->message)));
    put(object, "column", count_of(answer->column));
    return object;
}

static json_t *answer_of(const struct answer *answer)
{
    json_t *object = json_object();
    const struct report *r = answer->report;
    put(object, "statement", string_of(answer->statement, answer->length));
    put(object, "line", count_of(answer->line));
    put(object, "ok", json_boolean(answer->error == NULL));
    if (answer->error != NULL) {
        put(object, "error", error_of(answer));
        return object;
    }
    if (r != NULL)
        put_string(object, "title", r->title);
    put(object, "ledger", ledger_of(r));
    put(object, "blocks", blocks_of(r));
    put(object, "bound", bound_of(answer->bound));
    return object;
}

static int append(const char *bytes, size_t length, void *out)
{
    for (const char *del; (del = memchr(bytes, 0x7f, length)) != NULL; bytes = del + 1) {
        text_add_bytes(out, bytes, (size_t)(del - bytes)); /* jansson takes it for printable */
        text_add(out, "\\u007f");
        length -= (size_t)(del - bytes) + 1;
    }
    text_add_bytes(out, bytes, length);
    return 0;
}

void present_json(const struct answer *answer, struct text *out)
{
    json_t *object = answer_of(answer);
    json_dump_callback(object, append, out,
                       JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(DIGITS_MACHINE));
    json_decref(object);
    text_add_char(out, '\n');
}
