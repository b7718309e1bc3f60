/* Numbers as they are shown, and the comparison that all tests of shown numbers use. */
#include "check_base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../support/alike.h"
#include "bilens/base/number.h"
#include "bilens/base/text.h"

/* The numbers, each on a line of its own, as a column shows them. */
static void expect_column(int digits, const double *values, size_t count, const char *expected)
{
    char got[400] = "", one[NUMBER_ROOM];
    struct number_format f = {.digits = digits};
    for (size_t i = 0; i < count; i++)
        format_see(&f, values[i]);
    format_settle(&f);
    for (size_t i = 0; i < count; i++) {
        format_write(&f, values[i], one);
        strcat(strcat(got, one), "|");
    }
    ck_assert_str_eq(got, expected);
}

START_TEST(test_columns)
{
    expect_column(5, (double[]){767.5149, 4.51, -3}, 3, "767.51|4.51|-3.00|");
    expect_column(5, (double[]){767.5149, 0.451, -3}, 3, "767.51   |0.45100|-3.0000 |");
    expect_column(3, (double[]){27.31, 4.226, 4.131, 4.068}, 4, "27.31|4.23|4.13|4.07|");
    expect_column(2, (double[]){27.31, 4.226}, 2, "27.3|4.2|");
    expect_column(5, (double[]){1, 20, 128256, 0}, 4, "1|20|128256|0|");
    expect_column(5, (double[]){0.25, 0, -0.0}, 3, "0.25000|0      |0      |");
    expect_column(5, (double[]){99999.96, 0.5}, 2, "1.0000e+05|0.50000   |");
    expect_column(5, (double[]){1234567.8}, 1, "1.2346e+06|");
    expect_column(5, (double[]){0.99986, 1.7457e-5}, 2, "0.99986   |1.7457e-05|");
    expect_column(8, (double[]){0.99986, 5.76077e-5}, 2, "0.99986000   |5.7607700e-05|");
    expect_column(5, (double[]){9.9999996, 2.5}, 2, "10.000|2.500|");
    expect_column(3, (double[]){NAN, INFINITY, 0.5}, 3, "NaN|inf|0.500|");
}
END_TEST

/* What rounds to nothing is not shown as nothing. */
START_TEST(test_no_false_zero)
{
    struct number_format f = {.digits = 4, .fixed = true, .decimals = 4};
    char got[NUMBER_ROOM];
    format_write(&f, -9.4e-6, got);
    ck_assert_str_eq(got, "-9e-06");
    format_write(&f, 5.1e-5, got);
    ck_assert_str_eq(got, "0.0001");
}
END_TEST

/* The significant digits of a number as printed. */
static int count_digits(const char *number)
{
    int count = 0;
    for (const char *c = number; *c != '\0' && *c != 'e'; c++)
        count += *c >= '0' && *c <= '9' && (count > 0 || *c != '0');
    return count;
}

/* Random columns of every range: with a larger setting no number has fewer digits, none has fewer
 * than three, or all that were asked for, the points stand under each other, and what is printed is
 * the number rounded. */
START_TEST(test_more_digits_show_more)
{
    enum { COLUMNS = 400, ROWS = 6, LEAST = 3 };
    unsigned state = 12345;
    for (int column = 0; column < COLUMNS; column++) {
        double values[ROWS];
        int before[ROWS] = {0}, alone_before[ROWS] = {0};
        for (int i = 0; i < ROWS; i++) {
            state = state * 1664525u + 1013904223u;
            double part = (state >> 8) / 16777216.0 - 0.5;
            values[i] = part * pow(10, column % 13 - 6 + i * (column % 4) / 2);
            if (column % 7 == 0) /* close to a carry */
                values[i] = (i % 2 == 0 ? 9.9999612345678912 : 0.99998123456789123) *
                            pow(10, column % 9 - 4);
        }
        for (int digits = DIGITS_LEAST; digits <= DIGITS_MOST; digits++) {
            struct number_format f = {.digits = digits};
            size_t end = 0;
            for (int i = 0; i < ROWS; i++)
                format_see(&f, values[i]);
            format_settle(&f);
            for (int i = 0; i < ROWS; i++) {
                char got[NUMBER_ROOM], alone[NUMBER_ROOM];
                format_write(&f, values[i], got);
                int shown = count_digits(got);
                size_t tail = strlen(got + strcspn(got, ".e "));
                ck_assert_msg(shown >= before[i], "%s with %d digits", got, digits);
                ck_assert_int_ge(shown, digits < LEAST ? digits : LEAST);
                ck_assert_msg(i == 0 || tail == end, "'%s' in its column", got);
                ck_assert_double_le(fabs(strtod(got, NULL) - values[i]),
                                    fabs(values[i]) * pow(10, 1 - shown));
                int own = count_digits(number_shown(values[i], digits, alone));
                ck_assert_msg(own >= alone_before[i], "%s of %d", alone, digits);
                if (digits < 10) /* none of them ends sooner */
                    ck_assert_int_ge(own, digits);
                before[i] = shown;
                alone_before[i] = own;
                end = tail;
            }
        }
    }
}
END_TEST

/* The ends of a spectrum have all their digits. */
START_TEST(test_full)
{
    char got[NUMBER_ROOM];
    struct number_format f = {.digits = 5, .full = true};
    format_see(&f, 38.9954612);
    format_see(&f, 4.1);
    format_settle(&f);
    format_write(&f, 4.1, got);
    ck_assert_str_eq(got, "4.1000");
    format_write(&f, 38.9954612, got);
    ck_assert_str_eq(got, "38.995 ");
}
END_TEST

START_TEST(test_shown)
{
    static const struct {
        double value;
        int digits;
        const char *expected;
    } cases[] = {{-0.0169997, 5, "-0.017000"},
                 {38.9999612, 5, "39.000"},
                 {39, 5, "39"},
                 {0.5, 5, "0.5"},
                 {0.1f, 5, "0.10000"},
                 {-0.0, 5, "0"},
                 {12838.7, 4, "12839"},
                 {12838.7, 2, "12839"},
                 {128256.5, 5, "1.2826e+05"},
                 {128256.5, 7, "128256.5"},
                 {128256, 5, "128256"},
                 {0.0001, 5, "0.0001"},
                 {0.0000999999999, 5, "0.00010000"},
                 {0.0000123, 2, "1.2e-05"},
                 {1.23e-5, 5, "1.23e-05"},
                 {NAN, 5, "NaN"},
                 {INFINITY, 5, "inf"},
                 {-INFINITY, 5, "-inf"}};
    char got[NUMBER_ROOM];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_str_eq(number_shown(cases[i].value, cases[i].digits, got), cases[i].expected);
    struct text t = TEXT_EMPTY;
    text_add(&t, "range ");
    text_number(&t, -0.0169997);
    ck_assert_str_eq(text_get(&t), "range -0.017000");
    text_done(&t);
}
END_TEST

START_TEST(test_digits)
{
    char got[NUMBER_ROOM];
    ck_assert_int_eq(digits_shown(), DIGITS_DEFAULT);
    ck_assert_int_eq(digits_double(), 2 * DIGITS_DEFAULT);
    digits_show(9);
    ck_assert_int_eq(digits_double(), DIGITS_MOST);
    digits_show(DIGITS_DEFAULT);
    digits_show(DIGITS_LEAST);
    ck_assert_int_eq(digits_brief(), DIGITS_LEAST);
    digits_show(DIGITS_DEFAULT);
    ck_assert_int_eq(digits_brief(), DIGITS_DEFAULT - 1);
    number_write(-INFINITY, 9, got);
    ck_assert_str_eq(got, "-Infinity");
}
END_TEST

START_TEST(test_alike)
{
    ck_assert(alike("rank 7.7351, 16 values", "rank 7.7350, 16 values"));
    ck_assert(alike("loss  1.231418\n", "loss  1.231417\n"));
    ck_assert(alike("  9.9999  1.0000\n", " 10.0000  1.0000\n"));
    ck_assert(!alike("rank 7.7351", "rank 7.7353"));
    ck_assert(!alike("16 values", "17 values"));
    ck_assert(!alike("0.1  2.5000", "0.2  2.5000")); /* heads */
    ck_assert(!alike("0.50", "0.50 "));
    ck_assert(!alike("a  0.50", "a   0.50"));
    ck_assert(!alike("tinystories ef16deed6376", "tinystories ef16deed6377"));
    ck_assert(!alike("1.00e-05", "1.00e-06"));
    ck_assert(!alike("-0.25", "0.25"));
    ck_assert(!alike("6.0419", "6.04191234567")); /* noise */
    ck_assert(!alike("head 6.0419    1.3", "head 6.041871   1.3"));
    ck_assert(!alike("0.05", "0.06"));
    ck_assert(!alike("1e-05", "2e-05"));
    ck_assert(!alike("1.2e-05", "1.3e-05"));
    ck_assert(alike("1.2345e-05", "1.2346e-05"));
    ck_assert(alike("  9.9999  0.1", " 10.0000  0.1"));
    ck_assert(!alike("9.9999  0.1", "10.0000    0.1"));
    const char *text = "norm  124.49\nweights raw";
    ck_assert_ptr_eq(alike_find(text, "124.50\nweights"), text + 6);
    ck_assert_ptr_null(alike_find(text, "124.52"));
}
END_TEST

TCase *number_case(void)
{
    TCase *c = tcase_create("number");
    tcase_add_test(c, test_columns);
    tcase_add_test(c, test_no_false_zero);
    tcase_add_test(c, test_more_digits_show_more);
    tcase_add_test(c, test_full);
    tcase_add_test(c, test_shown);
    tcase_add_test(c, test_digits);
    tcase_add_test(c, test_alike);
    return c;
}
