/* CSV: labels and numbers told apart, refusals by line and column, and cells written. */
#include "check_model.h"

#include <math.h>
#include <string.h>

#include "bilens/base/text.h"
#include "bilens/formats/csv.h"

static bool read_text(const char *text, enum csv_labels labels, struct csv *out, struct err *e)
{
    const char *path = scratch("t.csv");
    write_string(path, text);
    return csv_read(path, ',', labels, 1 << 20, out, e);
}

/* What the table is, in one line: "2x3 rows(a b) cols(- - -) corner 1 2 3 4 5 6". */
static void describe(const struct csv *c, struct text *out)
{
    text_printf(out, "%zux%zu", c->rows, c->cols);
    for (size_t i = 0; c->row_labels != NULL && i < c->rows; i++)
        text_printf(out, "%s%s", i == 0 ? " rows " : ",", c->row_labels[i]);
    for (size_t i = 0; c->col_labels != NULL && i < c->cols; i++)
        text_printf(out, "%s%s", i == 0 ? " cols " : ",", c->col_labels[i]);
    if (c->corner != NULL)
        text_printf(out, " corner %s", c->corner);
    for (size_t i = 0; i < c->rows * c->cols; i++)
        text_printf(out, "%s%g", i == 0 ? ": " : " ", c->values[i]);
}

START_TEST(tables_are_read)
{
    static const struct {
        const char *text;
        enum csv_labels labels;
        const char *what;
    } cases[] = {
        {"1,2\n3,4\n", CSV_LABELS_AUTO, "2x2: 1 2 3 4"},
        {"1,2\r\n3,4", CSV_LABELS_AUTO, "2x2: 1 2 3 4"},
        {"1\r2\r", CSV_LABELS_AUTO, "2x1: 1 2"},
        {"\xef\xbb\xbf+1,-.5\n\n2e3,1E-2\n\n", CSV_LABELS_AUTO, "2x2: 1 -0.5 2000 0.01"},
        {" 1 ,\t2 \n", CSV_LABELS_AUTO, "1x2: 1 2"},
        {"a,b\n1,2\n", CSV_LABELS_AUTO, "1x2 cols a,b: 1 2"},
        {"x,1,2\ny,3,4\n", CSV_LABELS_AUTO, "2x2 rows x,y: 1 2 3 4"},
        {"t,a,b\nx,1,2\n", CSV_LABELS_AUTO, "1x2 rows x cols a,b corner t: 1 2"},
        {",a,b\n7,1,2\n", CSV_LABELS_AUTO, "1x2 rows 7 cols a,b corner : 1 2"},
        {",0,1\n0,5,6\n1,7,8\n", CSV_LABELS_AUTO, "2x2 corner : 5 6 7 8"},
        {"token,0,1,2\nthe,5,6,7\n", CSV_LABELS_AUTO, "1x3 rows the corner token: 5 6 7"},
        {"resid,4,5\n0,1,2\n1,3,4\n", CSV_LABELS_AUTO, "2x2 cols 4,5 corner resid: 1 2 3 4"},
        {"value\n3\n", CSV_LABELS_AUTO, "1x1 cols value: 3"},
        {"\"a \"\"b\"\", c\",1\n\"d\ne\",2\n", CSV_LABELS_AUTO, "2x1 rows a \"b\", c,d\ne: 1 2"},
        {"nan,inf\n-Infinity,\n", CSV_LABELS_AUTO, "2x2: nan inf -inf nan"},
        {"1,5;-2;3\n4;5e-7;6,25\n", CSV_LABELS_AUTO, "2x3: 1.5 -2 3 4 5e-07 6.25"},
        {"x;1,5\ny;2,5\n", CSV_LABELS_AUTO, "2x1 rows x,y: 1.5 2.5"},
        {"1,5\t2\n-3,25e1\t4\n", CSV_LABELS_AUTO, "2x2: 1.5 2 -32.5 4"},
        {"1.5;2\n3;4\n", CSV_LABELS_AUTO, "2x2: 1.5 2 3 4"},
        {"t;a;b\nx;1,5;2\n", CSV_LABELS_AUTO, "1x2 rows x cols a,b corner t: 1.5 2"},
        {"\"1,5\";\"2\"\n3;4\n", CSV_LABELS_AUTO, "2x2: 1.5 2 3 4"},
        {"a;b,1\nc,2\n", CSV_LABELS_AUTO, "2x1 rows a;b,c: 1 2"},
        {"1.5,NA,3\n4,5e-7,6.25\n", CSV_LABELS_AUTO, "2x3: 1.5 nan 3 4 5e-07 6.25"},
        {"a,NA,b\n1,null,#N/A\n", CSV_LABELS_AUTO, "1x3 cols a,NA,b: 1 nan nan"},
        {"1.5,?,3\n4,5,6\n", CSV_LABELS_COLS, "1x3 cols 1.5,?,3: 4 5 6"},
        {"1,2\n3,4\n", CSV_LABELS_BOTH, "1x1 rows 3 cols 2 corner 1: 4"},
        {"1,2\n3,4\n", CSV_LABELS_ROWS, "2x1 rows 1,3: 2 4"},
        {"1,2\n3,4\n", CSV_LABELS_COLS, "1x2 cols 1,2: 3 4"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct csv c;
        struct err e = {0};
        struct text what = TEXT_EMPTY;
        ck_assert_msg(read_text(cases[i].text, cases[i].labels, &c, &e), "%s: %s", cases[i].text,
                      e.message);
        describe(&c, &what);
        ck_assert_str_eq(text_get(&what), cases[i].what);
        text_done(&what);
        csv_free(&c);
    }
}
END_TEST

START_TEST(bad_tables_are_refused)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "holds no numbers (cells are separated by commas, semicolons or tabs)"},
        {"a,b\n", "holds no numbers (cells are separated by commas, semicolons or tabs)"},
        {"1.5,?,3\n4,5,6\n", ":1: some of its cells are numbers, and some are not: --labels cols"},
        {"1,5;2.5\n3;4\n", "some numbers have a decimal comma (line 1) and some a point (line 1)"},
        {"1;2\n3;1.234,5\n", ":2: column 2: \"1.234,5\" is not a number"},
        {"1,5;2\n3;1.2.3\n", ":2: column 2: \"1.2.3\" is not a number"},
        {"1,2\n3\n", ":2: fewer cells than in the first row, which has 2"},
        {"1,2\n3,4,5\n", ":2: more cells than in the first row, which has 2"},
        {"1,2\n3,1e400\n", ":2: column 2: a number beyond double precision"},
        {"1,2\n3,-1e400\n", ":2: column 2: a number beyond double precision"},
        {"1,2\n3,0x10\n", ":2: column 2: \"0x10\" is not a number"},
        {"1,2\n3,1.5.2\n", ":2: column 2: \"1.5.2\" is not a number"},
        {"1,2\n3,.\n", ":2: column 2: \".\" is not a number"},
        {"1,2\n3,1e\n", ":2: column 2: \"1e\" is not a number"},
        {"1,2\n\n\"x\ny\",nan(1)\n", ":4: column 2: \"nan(1)\" is not a number"},
        {"1,\"2\n", ":1: column 2: a quote is not closed"},
        {"1,\"2\"3\n", ":1: column 2: something follows a closing quote"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct csv c;
        struct err e = {0};
        ck_assert(!read_text(cases[i].text, CSV_LABELS_AUTO, &c, &e));
        ck_assert_msg(strstr(e.message, cases[i].message) != NULL, "%s", e.message);
        ck_assert_ptr_null(c.values);
    }
    struct csv c;
    struct err e = {0};
    write_bytes(scratch("nul.csv"), "1,\0002\n", 6);
    ck_assert(!csv_read(scratch("nul.csv"), ',', CSV_LABELS_AUTO, 100, &c, &e));
    ck_assert_ptr_nonnull(strstr(e.message, "holds a NUL byte: this is not text in UTF-8"));
    err_clear(&e);
    write_string(scratch("large.csv"), "1,2,3\n4,5,6\n");
    ck_assert(!csv_read(scratch("large.csv"), ',', CSV_LABELS_AUTO, 40, &c, &e));
    ck_assert_int_eq(e.code, ERR_BUDGET);
}
END_TEST

/* What decides between point and comma may stand far below the rows that the separator is found
 * in: 300 rows of "1;2", then the last one. */
START_TEST(one_decimal_mark_is_found_however_late)
{
    static const struct {
        const char *first, *last, *message; /* NULL: it is read, and the last number is 2.5 */
    } cases[] = {
        {"1;2\n", "1;2,5\n", NULL},
        {"1;2\n", "1;2.5\n", NULL},
        {"1;2,5\n", "1;1.234\n", "decimal comma (line 1) and some a point (line 301)"},
        {"1;2.5\n", "1;1,234\n", "decimal comma (line 301) and some a point (line 1)"},
        {"a;1.5\n", "b;2,5\n", "decimal comma (line 301) and some a point (line 1)"},
        {"x1;2\n", "1.5;2,5\n", NULL}, /* a label has what mark it likes */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct csv c;
        struct err e = {0};
        struct text text = TEXT_EMPTY;
        for (size_t row = 0; row < 300; row++)
            text_add(&text, cases[i].first);
        text_add(&text, cases[i].last);
        bool ok = read_text(text_get(&text), CSV_LABELS_AUTO, &c, &e);
        ck_assert_msg(ok == (cases[i].message == NULL), "case %zu: %s", i, e.message);
        if (ok)
            ck_assert(c.values[c.rows * c.cols - 1] == 2.5);
        else
            ck_assert_msg(strstr(e.message, cases[i].message) != NULL, "%s", e.message);
        text_done(&text);
        csv_free(&c);
    }
}
END_TEST

START_TEST(cells_are_quoted_where_they_must_be)
{
    static const struct {
        const char *field, *cell;
    } cases[] = {{"game", "game"},          {"", "\"\""},     {"a,b", "\"a,b\""},
                 {"\"", "\"\"\"\""},        {" x", "\" x\""}, {"a\nb", "\"a\nb\""},
                 {"\x1b[31m", "\\x1b[31m"}, {"\xff", "\\xff"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text out = TEXT_EMPTY;
        csv_add_field(&out, cases[i].field, strlen(cases[i].field));
        ck_assert_str_eq(text_get(&out), cases[i].cell);
        text_done(&out);
    }
}
END_TEST

TCase *csv_case(void)
{
    TCase *c = tcase_create("csv");
    tcase_add_test(c, tables_are_read);
    tcase_add_test(c, bad_tables_are_refused);
    tcase_add_test(c, one_decimal_mark_is_found_however_late);
    tcase_add_test(c, cells_are_quoted_where_they_must_be);
    return c;
}
