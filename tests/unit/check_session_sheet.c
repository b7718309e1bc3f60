/* CSV, TSV and Markdown, byte for byte. */
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "check_session.h"

static struct report *series_report(void)
{
    const double first[] = {13.9655123456, NAN}, second[] = {1e-7, -INFINITY};
    struct report *r = new_report();
    add_series(r, "singular values", first, 2, SERIES_SPECTRUM)->member = head_member(0, 1);
    add_series(r, "singular values", second, 2, SERIES_SPECTRUM)->member = head_member(0, 2);
    return r;
}

START_TEST(test_series)
{
    expect_presented(series_report(), FORMAT_CSV,
                     "layer,head,component,singular values\n0,1,0,13.9655123\n0,1,1,NaN\n"
                     "0,2,0,1e-07\n0,2,1,-Infinity\n");
    expect_presented(series_report(), FORMAT_TSV,
                     "layer\thead\tcomponent\tsingular values\n0\t1\t0\t13.9655123\n0\t1\t1\tNaN\n"
                     "0\t2\t0\t1e-07\n0\t2\t1\t-Infinity\n");
    expect_presented(series_report(), FORMAT_MARKDOWN,
                     "| layer | head | component | singular values |\n"
                     "| ---: | ---: | ---: | ---: |\n| 0 | 1 | 0 | 13.9655123 |\n"
                     "| 0 | 1 | 1 | NaN |\n| 0 | 2 | 0 | 1e-07 |\n| 0 | 2 | 1 | -Infinity |\n\n");
}
END_TEST

/* Series of different names are tables of their own, a blank line between them. */
START_TEST(test_blocks_apart)
{
    const double values[] = {1, 2};
    struct report *r = new_report();
    add_series(r, "a", values, 1, SERIES_LINE);
    add_series(r, "b", values + 1, 1, SERIES_LINE);
    add_string(r, "one\ntwo");
    add_string(r, "");
    expect_presented(r, FORMAT_CSV,
                     "component,a\n0,1\n\ncomponent,b\n0,2\n\ntext\n\"one\ntwo\"\n\"\"\n");
}
END_TEST

START_TEST(test_scalars)
{
    struct report *r = new_report();
    for (size_t i = 0; i < 2; i++) {
        struct block *b = add_block(r, BLOCK_SCALARS);
        ck_assert(block_scalar(b, "trace", 0.5 + (double)i));
        ck_assert(block_scalar(b, "norm", 123456789.25));
        b->member = layer_member(i);
    }
    expect_presented(r, FORMAT_CSV, "layer,trace,norm\n0,0.5,123456789\n1,1.5,123456789\n");
}
END_TEST

static struct report *poles_report(void)
{
    const char *const tokens[] = {"a", "b"};
    static const char *const poles[] = {"high", "low"};
    struct report *r = new_report();
    for (size_t i = 0; i < 4; i++) {
        struct block *b = add_tokens(r, i % 2 ? "low one" : "high one", tokens + i % 2, 1);
        b->table.pole = poles[i % 2];
        b->table.reading = "token";
        b->table.has_component = true;
        b->table.component = i / 2;
        b->table.value = i < 2 ? -39.75 : 12.5;
    }
    return r;
}

START_TEST(test_tables_merge)
{
    expect_presented(poles_report(), FORMAT_CSV,
                     "component,component_value,reading,pole,id,token,value\n"
                     "0,-39.75,token,high,10,a,1.5\n0,-39.75,token,low,10,b,1.5\n"
                     "1,12.5,token,high,10,a,1.5\n1,12.5,token,low,10,b,1.5\n");
}
END_TEST

/* A document keeps them apart, each with its title. */
START_TEST(test_tables_in_document)
{
    struct report *r = poles_report();
    char *got = presented(r, FORMAT_MARKDOWN);
    const char *start = "**high one**\n\n| id | token | value |\n| ---: | --- | ---: |\n"
                        "| 10 | a | 1.5 |\n\n**low one**\n\n| id | token | value |\n";
    ck_assert_msg(strncmp(got, start, strlen(start)) == 0, "%s", got);
    mem_free(got);
    report_free(r);
}
END_TEST

/* Tables that only their titles tell apart have those as a column. */
START_TEST(test_titles_merge)
{
    const char *const tokens[] = {"a", "b"};
    struct report *r = new_report();
    add_tokens(r, "is", tokens, 1);
    add_string(r, "between");
    add_tokens(r, "is near", tokens + 1, 1);
    expect_presented(r, FORMAT_CSV,
                     "title,id,token,value\nis,10,a,1.5\nis near,10,b,1.5\n\ntext\nbetween\n");
}
END_TEST

START_TEST(test_csv_quotes)
{
    const char *const tokens[] = {"plain", "a,b",     "say \"hi\"", "x\ny",     "",    NULL,
                                  " lead", "\x1b[0m", "\xff",       "\xc3\xa9", "t\tt"};
    struct report *r = new_report();
    add_tokens(r, NULL, tokens, 11);
    expect_presented(r, FORMAT_CSV,
                     "id,token,value\n10,plain,1.5\n11,\"a,b\",2.5\n12,\"say \"\"hi\"\"\",3.5\n"
                     "13,\"x\ny\",4.5\n14,\"\",5.5\n15,,6.5\n16,\" lead\",7.5\n17,\\x1b[0m,8.5\n"
                     "18,\\xff,9.5\n19,\xc3\xa9,10.5\n20,\"t\tt\",11.5\n");
}
END_TEST

START_TEST(test_tsv_escapes)
{
    const char *const tokens[] = {"a,\"b\"", "x\ty\nz\r", "back\\slash", "\x1b", NULL};
    struct report *r = new_report();
    add_tokens(r, NULL, tokens, 5);
    expect_presented(r, FORMAT_TSV,
                     "id\ttoken\tvalue\n10\ta,\"b\"\t1.5\n11\tx\\ty\\nz\\r\t2.5\n"
                     "12\tback\\\\slash\t3.5\n13\t\\x1b\t4.5\n14\t\t5.5\n");
}
END_TEST

START_TEST(test_markdown)
{
    const char *const tokens[] = {"a|b", "w_u", "_x_", "*x*<b>", "\x1b\n", "back\\slash"};
    struct report *r = new_report();
    ck_assert(report_title(r, "w_u[\"game\"]"));
    ck_assert(report_ledger(r, "weights", "raw"));
    ck_assert(report_ledger(r, "scale", "none"));
    ck_assert(report_ledger(r, "model", "a*b"));
    add_tokens(r, NULL, tokens, 6);
    add_string(r, "plain *text*\n\x1b");
    expect_presented(r, FORMAT_MARKDOWN,
                     "**w_u\\[\"game\"\\]**\n\n| id | token | value |\n| ---: | --- | ---: |\n"
                     "| 10 | a\\|b | 1.5 |\n| 11 | w_u | 2.5 |\n| 12 | \\_x\\_ | 3.5 |\n"
                     "| 13 | \\*x\\*\\<b\\> | 4.5 |\n| 14 | \\\\x1b\\\\n | 5.5 |\n"
                     "| 15 | back\\\\slash | 6.5 |\n\n    plain *text*\n    \\x1b\n"
                     "\n*weights raw; model a\\*b*\n\n");
}
END_TEST

START_TEST(test_grid)
{
    const double values[] = {1, -2.5, NAN, 4};
    const char *const rows[] = {"the", "a,b"}, *const cols[] = {"x", "y"};
    struct report *r = new_report();
    struct block *b = add_grid(r, 2, 2, values);
    b->grid.row_range[0] = 8;
    b->grid.block[0] = 4;
    expect_presented(r, FORMAT_CSV, "token,0,1\n8,1,-2.5\n12,NaN,4\n");
    r = new_report();
    label_grid(add_grid(r, 2, 2, values), rows, cols);
    expect_presented(r, FORMAT_CSV, "token,x,y\nthe,1,-2.5\n\"a,b\",NaN,4\n");
    r = new_report();
    for (size_t h = 0; h < 2; h++)
        add_grid(r, 1, 2, values + 2 * h)->member = head_member(0, h);
    expect_presented(r, FORMAT_CSV, "layer,head,token,0,1\n0,0,0,1,-2.5\n0,1,0,NaN,4\n");
}
END_TEST

/* Nothing for a failed statement, for one that only binds; a blank line before an
 * answer that follows another. */
START_TEST(test_answers)
{
    static const enum output_format formats[] = {FORMAT_CSV, FORMAT_TSV, FORMAT_MARKDOWN,
                                                 FORMAT_TEXT};
    struct err error = {.code = ERR_SYNTAX}, e = {0};
    struct report *r = new_report();
    struct text out = TEXT_EMPTY;
    ck_assert(report_ledger(r, "weights", "raw"));
    for (size_t i = 0; i < 4; i++) {
        struct look look = {.format = formats[i], .width = 80};
        struct answer answer = {.statement = "", .bound = "a", .follows = true};
        ck_assert(present(&answer, &look, &out, &e));
        answer.report = r;
        ck_assert(present(&answer, &look, &out, &e));
        answer.error = &error;
        ck_assert(present(&answer, &look, &out, &e));
        ck_assert_str_eq(text_get(&out), "");
    }
    add_string(r, "x");
    struct answer answer = {.statement = "", .bound = "", .report = r, .follows = true};
    ck_assert(present(&answer, &(struct look){.format = FORMAT_CSV}, &out, &e));
    ck_assert_str_eq(text_get(&out), "\ntext\nx\n");
    text_done(&out);
    report_free(r);
}
END_TEST

/* No format lets through an escape byte or bytes that are not UTF-8. */
START_TEST(test_hostile)
{
    static const enum output_format formats[] = {FORMAT_CSV, FORMAT_TSV, FORMAT_MARKDOWN};
    struct report *r = hostile_report();
    for (size_t i = 0; i < 3; i++) {
        char *got = presented(r, formats[i]);
        ck_assert(utf8_valid(got, strlen(got)));
        for (const char *at = got; *at != '\0'; at++)
            ck_assert_msg((unsigned char)*at >= 0x20 || strchr("\n\r\t", *at) != NULL, "byte %02x",
                          (unsigned char)*at);
        ck_assert_ptr_null(strstr(got, "\xc2\x9b"));
        mem_free(got);
    }
    report_free(r);
}
END_TEST

TCase *sheet_case(void)
{
    TCase *c = tcase_create("csv, tsv, markdown");
    tcase_add_test(c, test_series);
    tcase_add_test(c, test_blocks_apart);
    tcase_add_test(c, test_scalars);
    tcase_add_test(c, test_tables_merge);
    tcase_add_test(c, test_tables_in_document);
    tcase_add_test(c, test_titles_merge);
    tcase_add_test(c, test_csv_quotes);
    tcase_add_test(c, test_tsv_escapes);
    tcase_add_test(c, test_markdown);
    tcase_add_test(c, test_grid);
    tcase_add_test(c, test_answers);
    tcase_add_test(c, test_hostile);
    return c;
}
