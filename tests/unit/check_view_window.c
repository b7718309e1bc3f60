/* The window on a matrix: what is in sight, and that what is computed of it is what direct loops
 * over all entries give. */
#include <math.h>
#include <stdlib.h>

#include "bilens/base/mem.h"
#include "check_view.h"
#include "src/view/window.h"

enum { ROWS = 57, COLS = 43, INNER = 5 };

/* A product of random factors, and all its entries. */
static struct matrix *make_product(double *entries)
{
    struct err e = {0};
    float *a, *b;
    struct dense *left = dense_new(ROWS, INNER, &a, &e), *right = dense_new(INNER, COLS, &b, &e);
    struct axis row = axis_make(AXIS_INDEX, ROWS, NULL), col = axis_make(AXIS_INDEX, COLS, NULL);
    struct axis inner = axis_make(AXIS_INDEX, INNER, NULL);
    srand(7);
    for (size_t i = 0; i < ROWS * INNER; i++)
        a[i] = (float)rand() / (float)RAND_MAX - 0.5F;
    for (size_t i = 0; i < INNER * COLS; i++)
        b[i] = (float)rand() / (float)RAND_MAX - 0.5F;
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < COLS; j++) {
            entries[i * COLS + j] = 0;
            for (size_t k = 0; k < INNER; k++)
                entries[i * COLS + j] += (double)a[i * INNER + k] * (double)b[k * COLS + j];
        }
    struct matrix *l = matrix_from_dense(left, row, inner);
    struct matrix *r = matrix_from_dense(right, inner, col);
    struct matrix *m = matrix_product(l, r, &e);
    ck_assert_ptr_nonnull(m);
    matrix_unref(l);
    matrix_unref(r);
    dense_unref(left);
    dense_unref(right);
    return m;
}

static struct window make_window(size_t rows, size_t cols, size_t height, size_t width)
{
    struct window w = {.height = height, .width = width, .halves = true};
    w.row = (struct window_axis){.size = rows, .block = 1};
    w.col = (struct window_axis){.size = cols, .block = 1};
    return w;
}

START_TEST(test_fit_shows_all)
{
    for (size_t rows = 1; rows < 200000; rows = rows * 5 / 2 + 1)
        for (size_t cols = 1; cols < 200000; cols = cols * 3 + 1) {
            struct window w = make_window(rows, cols, 18, 66);
            window_fit(&w);
            ck_assert_uint_ge(window_seen(&w.row, window_rows(&w)) * w.row.block, rows);
            ck_assert_uint_ge(window_seen(&w.col, window_cols(&w)) * w.col.block, cols);
        }
}
END_TEST

static void expect_in_sight(const struct window_axis *a, size_t room)
{
    ck_assert_uint_lt(a->at, a->size);
    ck_assert_uint_ge(a->at, a->first);
    ck_assert_uint_lt(a->at, a->first + window_seen(a, room) * a->block);
    ck_assert_uint_eq(a->first % a->block, 0);
}

START_TEST(test_cursor_stays_in_sight)
{
    srand(3);
    for (int round = 0; round < 300; round++) {
        struct window w = make_window(1 + (size_t)rand() % 5000, 1 + (size_t)rand() % 5000,
                                      1 + (size_t)rand() % 50, 1 + (size_t)rand() % 200);
        w.halves = rand() % 2 == 0;
        window_fit(&w);
        for (int step = 0; step < 60; step++) {
            w.row.at = (size_t)rand() % w.row.size;
            w.col.at = (size_t)rand() % w.col.size;
            if (step % 4 == 3) {
                w.height = 1 + (size_t)rand() % 50;
                w.width = 1 + (size_t)rand() % 200;
            }
            window_follow(&w);
            if (step % 2 == 0)
                window_zoom(&w, rand() % 3 != 0);
            expect_in_sight(&w.row, window_rows(&w));
            expect_in_sight(&w.col, window_cols(&w));
        }
    }
}
END_TEST

START_TEST(test_zoom_ends_at_numbers_and_at_all)
{
    struct window w = make_window(4096, 4096, 18, 66), fit;
    window_fit(&w);
    fit = w;
    w.row.at = 1000;
    w.col.at = 3000;
    for (int i = 0; i < 30; i++)
        window_zoom(&w, true);
    ck_assert_uint_eq(w.zoom, ZOOM_NUMBERS);
    ck_assert_uint_eq(w.row.block * w.col.block, 1);
    ck_assert_uint_eq(window_rows(&w), 18);
    ck_assert_uint_eq(window_cols(&w), 66 / NUMBER_WIDE);
    for (int i = 0; i < 30; i++)
        window_zoom(&w, false);
    ck_assert_uint_eq(w.row.block, fit.row.block);
    ck_assert_uint_eq(w.col.block, fit.col.block);
    ck_assert(w.row.first == 0 && w.col.first == 0 && w.zoom == 0);
}
END_TEST

static double block_value(const double *entries, size_t row, size_t col, size_t rows, size_t cols,
                          enum aggregate how)
{
    double peak = 0, sum = 0, squares = 0, count = 0;
    how = rows * cols == 1 ? AGGREGATE_ABSMAX : how; /* a single entry is shown as it is */
    for (size_t i = row; i < row + rows && i < ROWS; i++)
        for (size_t j = col; j < col + cols && j < COLS; j++, count++) {
            double x = entries[i * COLS + j];
            peak = fabs(x) > fabs(peak) ? x : peak;
            sum += x;
            squares += x * x;
        }
    return how == AGGREGATE_ABSMAX ? peak
           : how == AGGREGATE_MEAN ? sum / count
                                   : sqrt(squares / count);
}

START_TEST(test_values_of_any_window)
{
    static double entries[ROWS * COLS];
    struct err e = {0};
    struct matrix *m = make_product(entries);
    for (size_t block = 1; block < 20; block += 3)
        for (size_t first = 0; first < ROWS; first += 2 * block)
            for (int how = AGGREGATE_ABSMAX; how <= AGGREGATE_RMS; how++) {
                struct window w = make_window(ROWS, COLS, 4, 7);
                struct aggregated a;
                w.row.block = w.col.block = block;
                w.row.first = first;
                w.col.first = COLS / 3 / block * block;
                ck_assert(window_values(fixture.x, m, &w, (enum aggregate)how, &a, &e));
                ck_assert_uint_eq(a.rows, window_seen(&w.row, window_rows(&w)));
                ck_assert_uint_eq(a.cols, window_seen(&w.col, window_cols(&w)));
                for (size_t i = 0; i < a.rows * a.cols; i++) {
                    double x = block_value(entries, first + i / a.cols * block,
                                           w.col.first + i % a.cols * block, block, block,
                                           (enum aggregate)how);
                    ck_assert_double_eq_tol(a.values[i], x, 1e-6);
                }
                aggregated_free(&a);
            }
    matrix_unref(m);
}
END_TEST

START_TEST(test_peak_of_a_block)
{
    static double entries[ROWS * COLS];
    struct err e = {0};
    struct matrix *m = make_product(entries);
    for (size_t row = 0; row < ROWS; row += 10)
        for (size_t col = 0; col < COLS; col += 10) {
            struct entry peak;
            ck_assert(window_peak(fixture.x, m, row, col, 10, 10, &peak, &e));
            ck_assert_double_eq_tol(peak.value,
                                    block_value(entries, row, col, 10, 10, AGGREGATE_ABSMAX), 1e-6);
            ck_assert_double_eq_tol(peak.value, entries[peak.row * COLS + peak.col], 1e-6);
        }
    matrix_unref(m);
}
END_TEST

static int by_magnitude(const void *a, const void *b)
{
    double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
    return (x < y) - (x > y);
}

START_TEST(test_largest_of_all)
{
    static double entries[ROWS * COLS], sorted[ROWS * COLS];
    struct err e = {0};
    struct matrix *m = make_product(entries);
    struct entry *largest;
    size_t count;
    for (size_t i = 0; i < ROWS * COLS; i++)
        sorted[i] = entries[i];
    qsort(sorted, ROWS * COLS, sizeof *sorted, by_magnitude);
    ck_assert(window_largest(fixture.x, m, 100, &largest, &count, &e));
    ck_assert_uint_eq(count, 100);
    for (size_t i = 0; i < count; i++) {
        ck_assert_double_eq_tol(fabs(largest[i].value), fabs(sorted[i]), 1e-6);
        ck_assert_double_eq_tol(largest[i].value, entries[largest[i].row * COLS + largest[i].col],
                                1e-6);
    }
    mem_free(largest);
    struct matrix *small = matrix_slice(m, (struct span){0, 1, 2}, (struct span){0, 1, 3}, &e);
    ck_assert(window_largest(fixture.x, small, 100, &largest, &count, &e));
    ck_assert_uint_eq(count, 6); /* each once */
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            ck_assert(largest[i].row != largest[j].row || largest[i].col != largest[j].col);
    mem_free(largest);
    matrix_unref(small);
    matrix_unref(m);
}
END_TEST

TCase *window_case(void)
{
    TCase *tc = tcase_create("window");
    tcase_add_checked_fixture(tc, fixture_make, fixture_free);
    tcase_add_test(tc, test_fit_shows_all);
    tcase_add_test(tc, test_cursor_stays_in_sight);
    tcase_add_test(tc, test_zoom_ends_at_numbers_and_at_all);
    tcase_add_test(tc, test_values_of_any_window);
    tcase_add_test(tc, test_peak_of_a_block);
    tcase_add_test(tc, test_largest_of_all);
    return tc;
}
