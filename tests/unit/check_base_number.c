/* Numbers as they are shown, and the comparison that all tests of shown numbers use. */
#include "check_base.h"

#include <math.h>
#include <string.h>

#include "../support/alike.h"
#include "bilens/base/number.h"

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
    expect_column(5, (double[]){767.5149, 0.451, -3}, 3, "767.51|0.45|-3.00|");
    expect_column(5, (double[]){1, 20, 128256}, 3, "1|20|128256|");
    expect_column(5, (double[]){0.25, 0, -0.0}, 3, "0.25000|0      |0      |");
    expect_column(5, (double[]){99999.96, 0.5}, 2, "1e+05|0.5  |");
    expect_column(5, (double[]){1234567.8}, 1, "1.2346e+06|");
    expect_column(5, (double[]){0.99986, 1.7457e-5}, 2, "0.99986   |1.7457e-05|");
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

START_TEST(test_digits)
{
    char got[NUMBER_ROOM];
    ck_assert_int_eq(digits_shown(), DIGITS_DEFAULT);
    ck_assert_int_eq(digits_double(), 2 * DIGITS_DEFAULT);
    digits_show(9);
    ck_assert_int_eq(digits_double(), DIGITS_MOST);
    digits_show(DIGITS_DEFAULT);
    number_write_whole(128256, 5, got);
    ck_assert_str_eq(got, "128256");
    number_write_whole(128256.5, 5, got);
    ck_assert_str_eq(got, "1.2826e+05");
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
    tcase_add_test(c, test_digits);
    tcase_add_test(c, test_alike);
    return c;
}
