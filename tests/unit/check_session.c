#include "check_session.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"

const char *const hostile_tokens[] = {"\x1b[31mred\x1b]0;owned\x07",
                                      "a\tb\nc\r",
                                      "\xff\xfe",
                                      "say \"hi\", all",
                                      "a|b*c_d`e<f>",
                                      "\xe6\xbc\xa2\xe5\xad\x97", /* two wide characters */
                                      "\xcc\x81x",                /* a combining mark first */
                                      "\xe2\x80\xae"
                                      "evil", /* right-to-left override */
                                      "\xc2\x9b"
                                      "31m", /* CSI in one character */
                                      "back\\slash",
                                      "",
                                      "a very long token that no column of any table could hold"};
const size_t hostile_token_count = sizeof hostile_tokens / sizeof *hostile_tokens;

struct report *new_report(void)
{
    struct report *r = report_new();
    ck_assert_ptr_nonnull(r);
    return r;
}

struct block *add_block(struct report *r, enum block_kind kind)
{
    struct block *b = report_add(r, kind);
    ck_assert_ptr_nonnull(b);
    return b;
}

struct member head_member(size_t layer, size_t head)
{
    return (struct member){.count = 2, .index = {layer, head}, .axis = {'l', 'h'}};
}

struct member layer_member(size_t layer)
{
    return (struct member){.count = 1, .index = {layer}, .axis = {'l'}};
}

struct block *add_series(struct report *r, const char *name, const double *values, size_t count,
                         enum series_style style)
{
    struct block *b = add_block(r, BLOCK_SERIES);
    ck_assert(block_series(b, name, "component", 0, values, count, style));
    return b;
}

struct block *add_tokens(struct report *r, const char *title, const char *const *tokens,
                         size_t rows)
{
    struct block *b = add_block(r, BLOCK_TABLE);
    struct report_table *t = &b->table;
    ck_assert(block_table(b, title, 3, rows));
    ck_assert(table_column(t, 0, "id", COLUMN_NUMBER));
    ck_assert(table_column(t, 1, "token", COLUMN_TOKEN));
    ck_assert(table_column(t, 2, "value", COLUMN_NUMBER));
    for (size_t i = 0; i < rows; i++) {
        table_number(t, i, 0, (double)(10 + i));
        ck_assert(tokens[i] == NULL || table_text(t, i, 1, tokens[i]));
        table_number(t, i, 2, 1.5 + (double)i);
    }
    return b;
}

struct block *add_grid(struct report *r, size_t rows, size_t cols, const double *values)
{
    struct block *b = add_block(r, BLOCK_GRID);
    struct grid *g = &b->grid;
    g->rows = rows;
    g->cols = cols;
    g->row_range[1] = rows;
    g->col_range[1] = cols;
    g->row_axis = "token";
    g->col_axis = "resid";
    g->aggregate = "none";
    g->block[0] = g->block[1] = 1;
    g->values = mem_new(rows * cols, sizeof *g->values);
    ck_assert_ptr_nonnull(g->values);
    for (size_t i = 0; i < rows * cols; i++) {
        g->values[i] = values[i];
        g->nan_count += isnan(values[i]);
        g->inf_count += isinf(values[i]) != 0;
        if (isfinite(values[i]) && fabs(values[i]) > g->vmax)
            g->vmax = fabs(values[i]);
    }
    return b;
}

void add_string(struct report *r, const char *string)
{
    struct block *b = add_block(r, BLOCK_TEXT);
    b->text = mem_strdup(string);
    ck_assert_ptr_nonnull(b->text);
}

static char **copies_of(const char *const *strings, size_t count)
{
    char **copies = mem_new(count, sizeof *copies);
    ck_assert_ptr_nonnull(copies);
    for (size_t i = 0; i < count; i++)
        copies[i] = mem_strdup(strings[i]);
    return copies;
}

void label_grid(struct block *b, const char *const *rows, const char *const *cols)
{
    if (rows != NULL)
        b->grid.row_labels = copies_of(rows, b->grid.rows);
    if (cols != NULL)
        b->grid.col_labels = copies_of(cols, b->grid.cols);
}

/* A spectrum, a pair of poles and a heatmap of one member. */
static void add_hostile_member(struct report *r, struct member member, const double *values,
                               size_t count)
{
    static const char *const poles[] = {"high", "low"};
    for (size_t i = 0; i < 2; i++) {
        struct block *b = add_tokens(r, hostile_tokens[i], hostile_tokens, hostile_token_count);
        b->member = member;
        b->table.pole = poles[i];
        b->table.reading = "in";
        b->table.has_component = true;
        b->table.component = 3;
        b->table.value = -1.25;
    }
    struct block *b = add_series(r, hostile_tokens[0], values, count, SERIES_SPECTRUM);
    b->member = member;
}

struct report *hostile_report(void)
{
    enum { SIDE = 12 };
    struct report *r = new_report();
    double values[SIDE * SIDE];
    for (size_t i = 0; i < SIDE * SIDE; i++)
        values[i] = i == 5 ? NAN : i == 9 ? -INFINITY : sin((double)i) * (double)i;
    for (size_t i = 0; i < hostile_token_count; i++)
        add_string(r, hostile_tokens[i]);
    add_tokens(r, hostile_tokens[0], hostile_tokens, hostile_token_count);
    for (size_t h = 0; h < 4; h++)
        add_hostile_member(r, head_member(0, h), values + h, SIDE);
    add_series(r, hostile_tokens[5], values, SIDE * SIDE, SERIES_LINE);
    for (size_t h = 0; h < 3; h++)
        add_grid(r, SIDE, SIDE, values)->member = head_member(1, h);
    struct block *heat = add_grid(r, SIDE, SIDE, values);
    label_grid(heat, hostile_tokens, hostile_tokens);
    struct block *numbers = add_grid(r, SIDE, SIDE, values);
    label_grid(numbers, hostile_tokens, hostile_tokens);
    numbers->grid.numeric = true;
    struct block *scalars = add_block(r, BLOCK_SCALARS);
    for (size_t i = 0; i < hostile_token_count; i++)
        ck_assert(block_scalar(scalars, hostile_tokens[i], values[i]));
    for (size_t i = 0; i < hostile_token_count; i++)
        ck_assert(report_ledger(r, hostile_tokens[i], "%s", hostile_tokens[i]));
    ck_assert(report_title(r, "%s", hostile_tokens[0]));
    return r;
}

static char *presented_look(const struct report *r, const struct look *look)
{
    static const char statement[] = "show x";
    struct answer answer = {
        .statement = statement, .length = strlen(statement), .line = 7, .report = r, .bound = ""};
    struct text out = TEXT_EMPTY;
    struct err e = {0};
    ck_assert_msg(present(&answer, look, &out, &e), "%s", e.message);
    char *string = text_take(&out);
    ck_assert_ptr_nonnull(string);
    return string;
}

char *presented(const struct report *r, enum output_format format)
{
    return presented_look(r, &(struct look){.format = format, .width = 80, .ledger = true});
}

char *presented_text(const struct report *r, size_t width, enum charset charset)
{
    struct look look = {FORMAT_TEXT, {charset, DEPTH_MONO, false}, width, 0, true};
    return presented_look(r, &look);
}

void expect_presented(struct report *r, enum output_format format, const char *expected)
{
    char *got = presented(r, format);
    ck_assert_str_eq(got, expected);
    mem_free(got);
    report_free(r);
}

void expect_text(struct report *r, size_t width, enum charset charset, const char *expected)
{
    char *got = presented_text(r, width, charset);
    ck_assert_str_eq(got, expected);
    mem_free(got);
    report_free(r);
}

int main(void)
{
    Suite *suite = suite_create("session");
    suite_add_tcase(suite, exhaustion_case());
    suite_add_tcase(suite, job_case());
    suite_add_tcase(suite, json_case());
    suite_add_tcase(suite, pager_case());
    suite_add_tcase(suite, settings_case());
    suite_add_tcase(suite, sheet_case());
    suite_add_tcase(suite, text_case());
    suite_add_tcase(suite, bounds_case());
    suite_add_tcase(suite, svg_case());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
