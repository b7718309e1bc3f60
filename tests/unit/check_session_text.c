/* The text format, as people see it. */
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "check_session.h"

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

START_TEST(test_scalars)
{
    struct report *r = new_report();
    struct block *b = add_block(r, BLOCK_SCALARS);
    ck_assert(block_scalar(b, "trace", -4.63030123456));
    ck_assert(block_scalar(b, "stable rank", NAN));
    ck_assert(report_ledger(r, "weights", "raw"));
    ck_assert(report_ledger(r, "scale", "none"));
    ck_assert(report_ledger(r, "lag", "0"));
    expect_text(r, 80, CHARSET_ASCII,
                "trace        -4.6303\nstable rank  NaN\nweights raw; lag 0\n\n");
}
END_TEST

START_TEST(test_many_scalars)
{
    static const char *const names[] = {"a", "rank", "energy", "b"};
    static const double values[] = {41.182891, 2, 15, NAN};
    for (size_t width = 25; width >= 24; width--) { /* the first of them holds the table */
        struct report *r = new_report();
        struct block *b = add_block(r, BLOCK_SCALARS);
        for (size_t i = 0; i < 4; i++)
            ck_assert(block_scalar(b, names[i], values[i]));
        expect_text(r, width, CHARSET_ASCII,
                    width == 25 ? "     a  rank  energy    b\n"
                                  "-------------------------\n"
                                  "41.183     2      15  NaN\n\n"
                                : "a       41.183\nrank     2\nenergy  15\nb       NaN\n\n");
    }
}
END_TEST

START_TEST(test_scalars_of_stack)
{
    struct report *r = new_report();
    for (size_t h = 0; h < 2; h++) {
        struct block *b = add_block(r, BLOCK_SCALARS);
        ck_assert(block_scalar(b, "trace", h ? 31.25 : -4.5));
        b->member = head_member(0, h);
    }
    ck_assert(report_title(r, "trace of qk"));
    expect_text(r, 80, CHARSET_UTF8,
                "trace of qk\nhead   trace\n────────────\n0.0   -4.500\n0.1   31.250\n\n");
}
END_TEST

START_TEST(test_table)
{
    const char *const tokens[] = {"the", "\x1b[2J", "\xe6\xbc\xa2\xe5\xad\x97"};
    struct report *r = new_report();
    add_tokens(r, "in, high", tokens, 3);
    expect_text(r, 80, CHARSET_UTF8,
                "in, high\nid  token     value\n───────────────────\n10  the      1.5000\n"
                "11  \\x1b[2J  2.5000\n12  漢字     3.5000\n\n");
    r = new_report();
    add_tokens(r, NULL, tokens, 1);
    expect_text(r, 20, CHARSET_ASCII, "token   value\n-------------\nthe    1.5000\n\n");
}
END_TEST

/* Both poles side by side where they fit, else one above the other. */
START_TEST(test_poles)
{
    const char *const tokens[] = {"a"};
    struct report *r = new_report();
    struct block *b = add_tokens(r, NULL, tokens, 1);
    b->table.pole = "high";
    b->table.has_component = true;
    b->table.value = -39.78;
    b = add_tokens(r, NULL, tokens, 1);
    b->table.pole = "low";
    b->table.has_component = true;
    b->table.value = -39.78;
    char *got = presented_text(r, 80, CHARSET_UTF8);
    ck_assert_str_eq(got, "component 0  λ = -39.78  high   component 0  λ = -39.78  low\n"
                          "id  token   value               id  token   value\n"
                          "─────────────────               ─────────────────\n"
                          "10  a      1.5000               10  a      1.5000\n\n");
    mem_free(got);
    expect_text(r, 40, CHARSET_ASCII,
                "component 0  lambda = -39.78  high\nid  token   value\n-----------------\n"
                "10  a      1.5000\n\ncomponent 0  lambda = -39.78  low\nid  token   value\n"
                "-----------------\n10  a      1.5000\n\n");
}
END_TEST

/* Poles stand below each other before a token is cut; then so do all of the answer. */
START_TEST(test_poles_below)
{
    const char *const brief[] = {"a"}, *const lengthy[] = {"an exceedingly long token"};
    struct report *r = new_report();
    for (size_t i = 0; i < 4; i++) {
        struct block *b = add_tokens(r, i % 2 ? "low" : "high", i == 1 ? lengthy : brief, 1);
        b->table.pole = i % 2 ? "low" : "high";
        b->table.has_component = true;
        b->table.component = i / 2;
    }
    char *got = presented_text(r, 50, CHARSET_ASCII);
    const char *high = strstr(got, "high"), *low = strstr(high, "low");
    ck_assert_msg(has(got, "an exceedingly long token"), "%s", got);
    ck_assert_msg(strchr(high, '\n') < low, "%s", got);
    high = strstr(low, "high");
    ck_assert_ptr_nonnull(high);
    low = strstr(high, "low");
    ck_assert_msg(low != NULL && strchr(high, '\n') < low, "%s", got);
    mem_free(got);
    got = presented_text(r, 80, CHARSET_ASCII);
    ck_assert_msg(strchr(got, '\n') > strstr(got, "low"), "%s", got);
    mem_free(got);
    report_free(r);
}
END_TEST

/* Long text in columns is folded, not cut. */
START_TEST(test_folded_table)
{
    struct report *r = new_report();
    struct block *b = add_block(r, BLOCK_TABLE);
    ck_assert(block_table(b, NULL, 2, 2));
    ck_assert(table_column(&b->table, 0, "command", COLUMN_TEXT));
    ck_assert(table_column(&b->table, 1, "what it does", COLUMN_TEXT));
    ck_assert(table_text(&b->table, 0, 0, "interaction"));
    ck_assert(table_text(&b->table, 0, 1, "what pairs of inputs write along a direction"));
    ck_assert(table_text(&b->table, 1, 0, "ls"));
    expect_text(r, 36, CHARSET_ASCII,
                "command      what it does\n------------------------------------\n"
                "interaction  what pairs of inputs\n             write along a direction\n"
                "ls\n\n");
}
END_TEST

START_TEST(test_numbers)
{
    double values[] = {0.5, -0.125, NAN, 12.34};
    const char *const labels[] = {"the", "cat"};
    for (int large = 0; large < 2; large++) {
        values[3] = large ? 123456 : 12.34;
        struct report *r = new_report();
        struct block *b = add_grid(r, 2, 2, values);
        b->grid.numeric = true;
        b->grid.col_range[0] = 8;
        b->grid.col_range[1] = 10;
        label_grid(b, labels, NULL);
        expect_text(r, 80, CHARSET_ASCII,
                    large ? "             8           9\n--------------------------\n"
                            "the  0.5000     -0.1250\ncat        NaN   1.235e+05\n"
                            "rows 0:2, columns 8:10\n\n"
                          : "         8       9\n------------------\nthe  0.500  -0.125\n"
                            "cat    NaN  12.340\nrows 0:2, columns 8:10\n\n");
    }
}
END_TEST

/* As many columns as fit, and the caption says which. */
START_TEST(test_numbers_clipped)
{
    double values[40 * 40];
    for (size_t i = 0; i < 40 * 40; i++)
        values[i] = -0.5;
    struct report *r = new_report();
    add_grid(r, 40, 40, values)->grid.numeric = true;
    char *got = presented_text(r, 40, CHARSET_ASCII);
    ck_assert_ptr_nonnull(strstr(got, "\nrows 0:24, columns 0:4\n"));
    ck_assert_ptr_null(strstr(got, "left out"));
    mem_free(got);
    report_free(r);
}
END_TEST

START_TEST(test_series)
{
    const double values[] = {13.9655, 4, 2, 0.0214};
    struct report *r = new_report();
    add_series(r, "singular values", values, 4, SERIES_SPECTRUM);
    ck_assert(report_title(r, "w_u: 4096 x 256"));
    char *got = presented_text(r, 80, CHARSET_ASCII);
    ck_assert(strncmp(got, "w_u: 4096 x 256\nsingular values\n", 32) == 0);
    ck_assert(has(got, "component\n4 values, largest 13.966, smallest 0.0214\n"));
    mem_free(got);
    report_free(r);
    r = new_report();
    add_series(r, "eigenvalues", values, 1, SERIES_SPECTRUM);
    expect_text(r, 80, CHARSET_ASCII, "eigenvalues\n1 value, 13.966\n\n");
}
END_TEST

START_TEST(test_signed_spectrum)
{
    const double values[] = {-39.75, 12.5, 0, 3};
    struct report *r = new_report();
    add_series(r, "eigenvalues", values, 4, SERIES_SPECTRUM);
    char *got = presented_text(r, 80, CHARSET_ASCII);
    ck_assert_msg(has(got, "\n4 values, 2 positive, 1 negative, largest 12.5, smallest -39.75\n"),
                  "%s", got);
    ck_assert(has(got, "#") && has(got, "=")); /* bars of both signs */
    mem_free(got);
    report_free(r);
}
END_TEST

START_TEST(test_line)
{
    const double values[] = {1, -3, NAN, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    struct report *r = new_report();
    struct block *b = add_block(r, BLOCK_SERIES);
    ck_assert(block_series(b, "u0", "token", 100, values, 13, SERIES_LINE));
    char *got = presented_text(r, 80, CHARSET_ASCII);
    ck_assert_msg(has(got, "\n13 values, largest 2 at 103, smallest -3 at 101, 1 not finite\n"),
                  "%s", got);
    mem_free(got);
    report_free(r);
}
END_TEST

/* A few numbers are printed, not drawn. */
START_TEST(test_short_line)
{
    const double values[] = {1, -3, NAN, 0.25};
    struct report *r = new_report();
    struct block *b = add_block(r, BLOCK_SERIES);
    ck_assert(block_series(b, "u0", "token", 100, values, 4, SERIES_LINE));
    char *got = presented_text(r, 80, CHARSET_ASCII);
    ck_assert_msg(has(got, "1  -3  NaN  0.25\n"), "%s", got);
    mem_free(got);
    report_free(r);
}
END_TEST

/* Asked for as a plot, a few values are drawn; on the axes asked for. */
START_TEST(test_log_axes)
{
    const double values[] = {100, 30, 10, -1};
    struct report *r = new_report();
    struct series *s = &add_series(r, "s", values, 4, SERIES_LINE)->series;
    s->drawn = true;
    char *got = presented_text(r, 60, CHARSET_ASCII);
    ck_assert_msg(has(got, "\n4 values, largest 100 at 0, smallest -1 at 3\n"), "%s", got);
    ck_assert(!has(got, "log scale"));
    mem_free(got);
    s->log_x = s->log_y = true;
    got = presented_text(r, 60, CHARSET_ASCII);
    ck_assert_msg(has(got, "s\nlog scale\n") && has(got, "component + 1, log scale\n"), "%s", got);
    ck_assert(has(got, "1 value left out: 1 not positive (log axis)\n"));
    s->x0 = 3; /* a slice that has no place 0 keeps its numbers */
    mem_free(got);
    got = presented_text(r, 60, CHARSET_ASCII);
    ck_assert_msg(has(got, " component, log scale\n"), "%s", got);
    mem_free(got);
    report_free(r);
}
END_TEST

/* Spectra of two names share a plot where one was asked for, else each has its own. */
START_TEST(test_spectra_together)
{
    const double values[] = {3, 2, 1, 0.5};
    for (int drawn = 0; drawn < 2; drawn++) {
        struct report *r = new_report();
        add_series(r, "alpha", values, 4, SERIES_SPECTRUM)->series.drawn = drawn;
        add_series(r, "beta", values, 4, SERIES_SPECTRUM)->series.drawn = drawn;
        char *got = presented_text(r, 80, CHARSET_ASCII);
        ck_assert_msg(has(strstr(got, "component") + 1, "component") == !drawn, "%s", got);
        mem_free(got);
        report_free(r);
    }
}
END_TEST

/* A stack is one plot with a legend, and a small table of facts. */
START_TEST(test_series_of_stack)
{
    const double values[] = {3, 2, 1, 0.5};
    struct report *r = new_report();
    for (size_t h = 0; h < 3; h++)
        add_series(r, "singular values", values, 4, SERIES_SPECTRUM)->member = head_member(0, h);
    char *got = presented_text(r, 80, CHARSET_ASCII);
    ck_assert_msg(has(got, "singular values\n* 0.0  o 0.1  + 0.2\n") ||
                      has(got, "singular values\n*  0.0  o  0.1  +  0.2\n"),
                  "%s", got);
    ck_assert(has(got, "\nhead  values  largest  smallest\n-------------------------------\n"
                       "0.0        4        3   0.50000\n"));
    const char *plots = strstr(got, "component");
    ck_assert_ptr_nonnull(plots);
    ck_assert_ptr_null(strstr(plots + 1, "component"));
    mem_free(got);
    report_free(r);
}
END_TEST

/* Lines of different names share a plot; the title of one is not said twice. */
START_TEST(test_lines_together)
{
    const double values[] = {3, 2, 1, 0.5};
    struct report *r = new_report();
    add_series(r, "alpha", values, 4, SERIES_LINE);
    add_series(r, "beta", values, 4, SERIES_LINE);
    char *got = presented_text(r, 80, CHARSET_UTF8);
    ck_assert_ptr_eq(strstr(strstr(got, "component") + 1, "component"), NULL);
    ck_assert(has(got, "alpha") && has(got, "beta"));
    mem_free(got);
    report_free(r);
    r = new_report();
    add_series(r, "alpha", values, 4, SERIES_LINE);
    ck_assert(report_title(r, "alpha: resid, 4"));
    got = presented_text(r, 80, CHARSET_UTF8);
    ck_assert_ptr_eq(strstr(strstr(got, "alpha") + 1, "alpha"), NULL);
    mem_free(got);
    report_free(r);
}
END_TEST

START_TEST(test_heat)
{
    const double values[] = {1, -2.5, NAN, 0.5};
    struct report *r = new_report();
    struct block *b = add_grid(r, 2, 2, values);
    b->grid.aggregate = "absmax";
    b->grid.block[0] = 64;
    b->grid.block[1] = 32;
    char *got = presented_text(r, 80, CHARSET_UTF8);
    ck_assert_msg(has(got, "\naggregate absmax, 64 x 32 entries a cell, range ±2.5, 1 NaN\n"), "%s",
                  got);
    ck_assert(has(got, "-2.5") && has(got, "+2.5")); /* the ends of the colour bar */
    mem_free(got);
    got = presented_text(r, 80, CHARSET_ASCII);
    ck_assert(has(got, "\naggregate absmax, 64 x 32 entries a cell, range +-2.5, 1 NaN\n"));
    mem_free(got);
    report_free(r);
}
END_TEST

/* Facets share one scale and one colour bar. */
START_TEST(test_heat_of_stack)
{
    const double small[] = {0.5, -0.25, 0, 0.5}, large[] = {8, -2, 0, 1};
    struct report *r = new_report();
    add_grid(r, 2, 2, small)->member = head_member(0, 0);
    add_grid(r, 2, 2, large)->member = head_member(0, 1);
    add_grid(r, 2, 2, small)->member = head_member(0, 2); /* the largest is neither end */
    char *got = presented_text(r, 100, CHARSET_ASCII);
    ck_assert_msg(has(got, "head 0.0") && has(got, "head 0.1"), "%s", got);
    ck_assert(has(got, "\nrange +-8; rows token, columns resid\n"));
    const char *bar = strstr(got, "-8");
    ck_assert_ptr_nonnull(bar);
    ck_assert(!has(got, "0.5"));
    mem_free(got);
    report_free(r);
}
END_TEST

/* A scale of one's own: as many bars as facets, and no range for all. */
START_TEST(test_heat_free)
{
    const double small[] = {0.5, -0.25, 0, 0.5}, large[] = {8, -2, 0, 1};
    struct report *r = new_report();
    for (size_t h = 0; h < 2; h++) {
        struct block *b = add_grid(r, 2, 2, h ? large : small);
        b->member = head_member(0, h);
        b->grid.free = true;
    }
    char *got = presented_text(r, 100, CHARSET_ASCII);
    ck_assert_msg(has(got, "\neach its own range; rows"), "%s", got);
    ck_assert(has(got, "-0.5") && has(got, "+0.5") && has(got, "-8") && has(got, "+8"));
    mem_free(got);
    report_free(r);
}
END_TEST

/* A scale that was asked for: what lies beyond it is counted, over all facets. */
START_TEST(test_heat_range)
{
    const double values[] = {0.5, -0.25, NAN, -3};
    for (size_t count = 1; count < 3; count++) {
        struct report *r = new_report();
        for (size_t h = 0; h < count; h++) {
            struct block *b = add_grid(r, 2, 2, values);
            b->member = head_member(0, h);
            b->grid.vmax = 0.4;
            b->grid.fixed = true;
        }
        char *got = presented_text(r, 100, CHARSET_ASCII);
        ck_assert_msg(has(got, count == 1 ? "range +-0.4, 2 clipped, 1 NaN"
                                          : "range +-0.4, 4 clipped, 2 NaN"),
                      "%s", got);
        ck_assert(has(got, count == 1 ? "  2 clipped\n" : "  4 clipped\n")); /* at the bar */
        mem_free(got);
        report_free(r);
    }
}
END_TEST

/* Facets name their rows and columns, whole: fewer stand side by side where names are long. */
START_TEST(test_heat_facet_labels)
{
    const double values[] = {0.5, -0.25, 0, -3};
    const char *const brief[] = {"sun", "sea"}, *const lengthy[] = {"sun", "enthusiastic"};
    for (int long_names = 0; long_names < 2; long_names++) {
        struct report *r = new_report();
        for (size_t h = 0; h < 3; h++) {
            struct block *b = add_grid(r, 2, 2, values);
            b->member = head_member(0, h);
            label_grid(b, long_names ? lengthy : brief, brief);
        }
        char *got = presented_text(r, 60, CHARSET_ASCII);
        const char *second = strstr(got, "head 0.1"), *line = strchr(got, '\n');
        ck_assert_msg(has(got, long_names ? "enthusiastic |" : "sea |"), "%s", got);
        ck_assert_msg((second < line) == !long_names, "%s", got);
        mem_free(got);
        report_free(r);
    }
}
END_TEST

START_TEST(test_text)
{
    struct report *r = new_report();
    add_string(r, "one two three four five\n  indented words fold\n\n\x1b[31m");
    expect_text(r, 20, CHARSET_ASCII,
                "one two three four\nfive\n  indented words\n  fold\n\n\\x1b[31m\n\n");
}
END_TEST

START_TEST(test_ledger)
{
    struct report *r = new_report();
    add_string(r, "x");
    ck_assert(report_ledger(r, "weights", "raw"));
    ck_assert(report_ledger(r, "residual", "none"));
    ck_assert(report_ledger(r, "symmetrised", "no"));
    ck_assert(report_ledger(r, "precision", "float32 weights, float64 cores"));
    char *got = presented_text(r, 80, CHARSET_UTF8);
    ck_assert_str_eq(got, "x\nweights raw · float32 weights, float64 cores\n\n");
    mem_free(got);
    expect_text(r, 30, CHARSET_ASCII, "x\nweights raw; float32 weights,\nfloat64 cores\n\n");
}
END_TEST

TCase *text_case(void)
{
    TCase *c = tcase_create("text");
    tcase_add_test(c, test_scalars);
    tcase_add_test(c, test_many_scalars);
    tcase_add_test(c, test_scalars_of_stack);
    tcase_add_test(c, test_table);
    tcase_add_test(c, test_poles);
    tcase_add_test(c, test_poles_below);
    tcase_add_test(c, test_folded_table);
    tcase_add_test(c, test_numbers);
    tcase_add_test(c, test_numbers_clipped);
    tcase_add_test(c, test_series);
    tcase_add_test(c, test_signed_spectrum);
    tcase_add_test(c, test_line);
    tcase_add_test(c, test_short_line);
    tcase_add_test(c, test_log_axes);
    tcase_add_test(c, test_series_of_stack);
    tcase_add_test(c, test_lines_together);
    tcase_add_test(c, test_spectra_together);
    tcase_add_test(c, test_heat);
    tcase_add_test(c, test_heat_of_stack);
    tcase_add_test(c, test_heat_free);
    tcase_add_test(c, test_heat_range);
    tcase_add_test(c, test_heat_facet_labels);
    tcase_add_test(c, test_text);
    tcase_add_test(c, test_ledger);
    return c;
}
