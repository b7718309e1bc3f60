/* The chart of bars: what is in sight, where the cursor is, what is drawn. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "check_view.h"
#include "src/view/bars.h"

static const struct theme plain = {CHARSET_ASCII, DEPTH_MONO, false};

static void expect_bars(const struct bars *b, size_t rows, size_t cols, const char *expected)
{
    struct err e = {0};
    struct text out = TEXT_EMPTY;
    struct canvas *c = canvas_new(rows, cols, &e);
    struct bars_place place = {0, 0, rows, cols};
    bars_draw(b, c, &place, &plain);
    canvas_write(c, &plain, &out);
    ck_assert_str_eq(text_get(&out), expected);
    canvas_free(c);
    text_done(&out);
}

START_TEST(test_draws_positive_values)
{
    double values[] = {4, 3, 2, 1, 0};
    struct bars b = {.values = values, .count = 5, .per = 1, .wide = 2, .at = 2, .step = 1};
    expect_bars(&b, 6, 20,
                "     4 +#   :\n"
                "       |# # :\n"
                "     2 +# # #\n"
                "     0 +# # # #\n"
                "       ++---^-------\n"
                "        0\n");
}
END_TEST

START_TEST(test_draws_signs_from_the_line_of_zero)
{
    double values[] = {2, -2, 1, -0.1, NAN};
    struct bars b = {.values = values, .count = 5, .per = 1, .wide = 1, .at = 0, .step = 1};
    expect_bars(&b, 6, 16,
                "     2 +#\n"
                "     0 +# # ?\n"
                "       |:# '\n"
                "    -2 +:#\n"
                "       +^-------\n"
                "        0\n");
}
END_TEST

START_TEST(test_log_scale_shows_small_values)
{
    double values[] = {1000, 10, 1, 0};
    struct bars b = {
        .values = values, .count = 4, .per = 1, .wide = 1, .at = 3, .log = true, .step = 1};
    expect_bars(&b, 8, 16,
                "  1000 +#  :\n"
                "   100 +#  :\n"
                "       |#  :\n"
                "    10 +#. :\n"
                "       |## :\n"
                "     1 +##.:\n"
                "       ++--^----\n"
                "        0\n");
}
END_TEST

/* Of several values in a bar the largest shows, also under the cursor: bars stay comparable. */
START_TEST(test_bar_of_several_values)
{
    double values[] = {1, 4, 0, 4, 1, 1, 1, 2};
    struct bars b = {.values = values, .count = 8, .per = 2, .wide = 1, .at = 2, .step = 1};
    expect_bars(&b, 6, 14,
                "     4 +##\n"
                "       |##\n"
                "     2 +## #\n"
                "     0 +####\n"
                "       ++^----\n"
                "        0\n");
}
END_TEST

START_TEST(test_fit_shows_all)
{
    for (size_t count = 1; count < 6000; count = count * 3 / 2 + 1)
        for (size_t cols = 10; cols < 220; cols += 7) {
            struct bars b = {.count = count, .at = count - 1};
            bars_fit(&b, cols);
            ck_assert_uint_eq(bars_seen(&b, cols), count);
            bars_follow(&b, cols);
            ck_assert_uint_eq(b.first, 0);
            ck_assert(b.per == 1 || b.wide == 1);
        }
}
END_TEST

START_TEST(test_cursor_stays_in_sight)
{
    srand(1);
    for (int round = 0; round < 100; round++) {
        size_t cols = 10 + (size_t)rand() % 150, count = 1 + (size_t)rand() % 2000;
        struct bars b = {.count = count};
        bars_fit(&b, cols);
        for (int step = 0; step < 60; step++) {
            b.at = (size_t)rand() % count;
            if (step % 3 == 0)
                bars_zoom(&b, cols, rand() % 3 != 0);
            if (step % 17 == 0)
                cols = 10 + (size_t)rand() % 150;
            bars_follow(&b, cols);
            ck_assert_uint_ge(b.at, b.first);
            ck_assert_uint_lt(b.at, b.first + bars_seen(&b, cols));
            ck_assert_uint_eq(b.first % b.per, 0);
            struct bars_place place = {3, 5, 10, cols};
            bool found = false, wrong = false;
            for (size_t col = 0; col < cols + 10; col++) {
                size_t value;
                bool hit = bars_hit(&b, &place, col, &value);
                wrong = wrong || (hit && (value < b.first || value >= count));
                found = found || (hit && b.at >= value && b.at < value + b.per);
            }
            ck_assert(!wrong);
            ck_assert_msg(found, "no column hits value %zu of %zu", b.at, count);
        }
    }
}
END_TEST

START_TEST(test_zooming_out_ends_where_it_began)
{
    for (size_t count = 1; count < 3000; count = count * 2 + 1) {
        struct bars b = {.count = count, .at = count / 3}, fit;
        bars_fit(&b, 80);
        fit = b;
        for (int i = 0; i < 20; i++)
            bars_zoom(&b, 80, true);
        ck_assert_uint_eq(b.per, 1);
        for (int i = 0; i < 20; i++)
            bars_zoom(&b, 80, false);
        ck_assert_uint_eq(b.per, fit.per);
        ck_assert_uint_eq(b.wide, fit.wide);
        ck_assert_uint_eq(b.first, 0);
    }
}
END_TEST

TCase *bars_case(void)
{
    TCase *tc = tcase_create("bars");
    tcase_add_test(tc, test_draws_positive_values);
    tcase_add_test(tc, test_draws_signs_from_the_line_of_zero);
    tcase_add_test(tc, test_log_scale_shows_small_values);
    tcase_add_test(tc, test_bar_of_several_values);
    tcase_add_test(tc, test_fit_shows_all);
    tcase_add_test(tc, test_cursor_stays_in_sight);
    tcase_add_test(tc, test_zooming_out_ends_where_it_began);
    return tc;
}
