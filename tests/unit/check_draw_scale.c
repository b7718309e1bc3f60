#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bilens/draw/scale.h"
#include "check_draw.h"

/* The labels of a scale's ticks, with spaces between. */
static void expect_labels(const struct scale *scale, size_t most, const char *expected)
{
    struct ticks ticks;
    char all[512] = "", label[NUMBER_SIZE];
    scale_ticks(scale, most, &ticks);
    ck_assert_uint_le(ticks.count, TICKS_MOST);
    for (size_t i = 0; i < ticks.count; i++) {
        ticks_label(&ticks, i, label);
        strcat(all, i > 0 ? " " : "");
        strcat(all, label);
    }
    ck_assert_str_eq(all, expected);
}

static void expect_range(double lo, double hi, bool log, size_t most, const char *expected)
{
    struct scale scale = scale_new(lo, hi, log);
    expect_labels(&scale, most, expected);
}

START_TEST(ticks_are_round)
{
    expect_range(0, 63, false, 7, "0 10 20 30 40 50 60");
    expect_range(0, 1, false, 6, "0 0.2 0.4 0.6 0.8 1.0");
    expect_range(-3.1, 4.2, false, 5, "-2 0 2 4");
    expect_range(0.001, 0.0023, false, 4, "0.0010 0.0015 0.0020");
    expect_range(0, 128000, false, 5, "0 50000 100000");
}
END_TEST

START_TEST(ticks_are_short_far_from_one)
{
    expect_range(0, 4e9, false, 5, "0 1e9 2e9 3e9 4e9");
    expect_range(1.0e-8, 1.4e-8, false, 5, "1e-8 1.1e-8 1.2e-8 1.3e-8 1.4e-8");
    expect_range(0, 1e300, false, 3, "0 5e299 1e300");
    expect_range(-1e300, 1e300, false, 3, "-1e300 0 1e300");
}
END_TEST

START_TEST(log_ticks_are_powers)
{
    expect_range(1, 1e4, true, 5, "1 10 100 1000 10000");
    expect_range(1, 100, true, 7, "1 2 5 10 20 50 100");
    expect_range(0.5, 40, true, 5, "1 3 10 30");
    expect_range(1e-9, 1e3, true, 4, "1e-5 1");
    expect_range(1e-300, 1e300, true, 4, "1e-200 1 1e200");
    expect_range(-5, -1, true, 5, "1 2 5 10");
}
END_TEST

START_TEST(rounding_puts_ticks_at_the_ends)
{
    struct scale scale = scale_new(-4.6, 5, false);
    scale_round(&scale, 6);
    ck_assert_double_eq(scale.lo, -5);
    ck_assert_double_eq(scale.hi, 5);
    expect_labels(&scale, 6, "-5 0 5");
    scale = scale_new(0.3, 8.3, false);
    scale_round(&scale, 6);
    expect_labels(&scale, 6, "0 2 4 6 8 10");
    scale = scale_new(0.06, 8, true);
    scale_round(&scale, 6);
    ck_assert_double_eq_tol(scale.lo, 0.05, 1e-12);
    ck_assert_double_eq_tol(scale.hi, 10, 1e-12);
}
END_TEST

START_TEST(degenerate_ranges_are_widened)
{
    double ends[][2] = {
        {0, 0},       {5, 5},           {-5, -5},          {1, 1 + 1e-12}, {-DBL_MAX, DBL_MAX},
        {0, DBL_MIN}, {5e-324, 5e-324}, {DBL_MAX, DBL_MAX}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        for (int log = 0; log < 2; log++) {
            struct ticks ticks;
            struct scale scale = scale_new(ends[i][0], ends[i][1], log != 0);
            for (int round = 0; round < 2; round++) {
                ck_assert_double_gt(scale.hi, scale.lo);
                ck_assert_double_finite(scale.hi - scale.lo);
                double fraction = scale_fraction(&scale, ends[i][0]);
                ck_assert(fraction >= 0 && fraction <= 1);
                for (size_t most = 1; most <= TICKS_MOST; most++)
                    scale_ticks(&scale, most, &ticks);
                ck_assert_uint_gt(ticks.count, 0);
                scale_round(&scale, 5);
            }
        }
    }
}
END_TEST

START_TEST(fractions_are_clamped)
{
    struct scale scale = scale_new(0, 10, false);
    ck_assert_double_eq(scale_fraction(&scale, 5), 0.5);
    ck_assert_double_eq(scale_fraction(&scale, -5), 0);
    ck_assert_double_eq(scale_fraction(&scale, 50), 1);
    scale = scale_new(1, 100, true);
    ck_assert_double_eq_tol(scale_fraction(&scale, 10), 0.5, 1e-12);
}
END_TEST

START_TEST(index_ticks_are_whole)
{
    struct scale scale = scale_new(0, 2, false);
    struct ticks ticks;
    scale_index_ticks(&scale, 16, &ticks);
    ck_assert_uint_eq(ticks.count, 3);
    ck_assert_double_eq(ticks.at[1], 1);
}
END_TEST

START_TEST(numbers_are_short)
{
    static const struct {
        double value;
        const char *label;
    } cases[] = {{0, "0"},
                 {-0.0, "0"},
                 {1, "1"},
                 {0.5, "0.5"},
                 {3.14159, "3.14"},
                 {-12.345, "-12.3"},
                 {1234.5, "1234"},
                 {0.0012345, "0.00123"},
                 {1.5e-7, "1.5e-7"},
                 {2e9, "2e9"},
                 {-1e300, "-1e300"},
                 {NAN, "NaN"},
                 {-INFINITY, "-inf"},
                 {100, "100"},
                 {0.9999, "1"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char label[NUMBER_SIZE];
        number_short(cases[i].value, label);
        ck_assert_str_eq(label, cases[i].label);
    }
}
END_TEST

TCase *scale_case(void)
{
    TCase *tc = tcase_create("scale");
    tcase_add_test(tc, ticks_are_round);
    tcase_add_test(tc, ticks_are_short_far_from_one);
    tcase_add_test(tc, log_ticks_are_powers);
    tcase_add_test(tc, rounding_puts_ticks_at_the_ends);
    tcase_add_test(tc, degenerate_ranges_are_widened);
    tcase_add_test(tc, fractions_are_clamped);
    tcase_add_test(tc, index_ticks_are_whole);
    tcase_add_test(tc, numbers_are_short);
    return tc;
}
