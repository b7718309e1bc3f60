/* Numbers at the ends of what float32 and double hold: infinities, squares that overflow or
 * vanish, products that single precision could not write down on the way. */
#include <float.h>
#include <math.h>
#include <stdint.h>

#include "bilens/num/aggregate.h"
#include "bilens/num/extremes.h"
#include "check_num.h"

static struct matrix *product(struct matrix *a, struct matrix *b)
{
    struct err e = {0};
    return keep(matrix_product(a, b, &e));
}

static struct matrix *scaled(struct matrix *a, double scale)
{
    return keep(matrix_scale(a, scale));
}

static struct matrix *diagonal(const double *numbers, size_t n)
{
    struct err e = {0};
    struct vector *v = keep_vector(vector_new(axis_make(AXIS_INDEX, n, NULL)));
    for (size_t i = 0; i < n; i++)
        v->data[i] = numbers[i];
    return keep(matrix_diagonal(v, &e));
}

/* Rows and columns are what stands there, whatever stands beside it. */
static void expect_lines(struct matrix *m, struct plain p)
{
    struct err e = {0};
    for (size_t i = 0; i < p.rows; i++)
        for (size_t j = 0; j < p.cols; j++) {
            double x = p.at[i * p.cols + j];
            ck_assert_double_eq(keep_vector(matrix_row(m, i, &e))->data[j], x);
            ck_assert_double_eq(keep_vector(matrix_col(m, j, &e))->data[i], x);
        }
}

START_TEST(an_infinite_entry_is_read_as_one)
{
    for (size_t n = 1; n <= 7; n++)
        for (enum storing storing = 0; storing < STORINGS; storing++) {
            struct plain p = plain_random(n, 8 - n, (unsigned)n);
            p.at[0] = INFINITY;
            p.at[p.rows * p.cols - 1] = -INFINITY;
            expect_lines(matrix_stored(p, AXIS_INDEX, AXIS_INDEX, storing), p);
        }
}
END_TEST

START_TEST(rows_of_a_scaled_matrix_are_its_rows_scaled)
{
    static const double by[] = {2, 0, 4};
    struct err e = {0};
    struct plain p = plain_random(3, 3, 1), left = plain_random(3, 3, 1);
    p.at[0] = left.at[0] = INFINITY;
    for (size_t i = 1; i < 9; i++)
        left.at[i] *= by[i / 3];
    expect_lines(product(diagonal(by, 3), matrix_plain(p)), left);
    expect_lines(product(matrix_plain(plain_transposed(p)), diagonal(by, 3)),
                 plain_transposed(left));
    static const double square[] = {4, 0, 16};
    struct matrix *d = product(diagonal(by, 3), diagonal(by, 3));
    struct matrix *part =
        keep(matrix_slice(d, (struct span){2, -1, 3}, (struct span){0, 2, 2}, &e));
    struct plain q = plain_new(3, 2);
    q.at[1] = square[2];
    q.at[4] = square[0];
    expect_entries(part, q, 0);
}
END_TEST

START_TEST(the_asymmetry_of_small_numbers_is_seen)
{
    struct err e = {0};
    struct plain a = plain_random(3, 3, 1);
    ck_assert_ptr_null(decomp_eigen(scaled(matrix_plain(a), 1e-200), &e));
    ck_assert_int_eq(e.code, ERR_ARGUMENT);
    err_clear(&e);
    a = plain_sum(a, 1, plain_transposed(a));
    struct decomp *d = keep_decomp(decomp_eigen(scaled(matrix_plain(a), 1e-200), &e));
    struct plain unit = plain_new(3, 1);
    for (size_t i = 0; i < 3; i++)
        unit.at[i] = decomp_values(d)[i] * 1e200;
    expect_numbers(unit.at, plain_eigen(a), 3, 1e-6);
}
END_TEST

/* The squares of these have a digit or two, or none. */
START_TEST(values_whose_squares_vanish_keep_their_digits)
{
    struct err e = {0};
    struct plain a = plain_random(40, 40, 1), b = plain_random(90, 33, 2),
                 c = plain_random(33, 90, 3);
    static const double scales[] = {1e-158, 1e-161, 1e-164, 1e-200, 1e160};
    const double *dense = plain_svd(a), *chained = plain_svd(plain_product(b, c));
    for (size_t k = 0; k < sizeof scales / sizeof *scales; k++) {
        const struct matrix *two[] = {scaled(matrix_plain(a), scales[k]),
                                      scaled(product(matrix_plain(b), matrix_plain(c)), scales[k])};
        for (size_t i = 0; i < 2; i++) {
            struct decomp *d = keep_decomp(decomp_svd(two[i], &e));
            const double *expected = i == 0 ? dense : chained;
            for (size_t n = 0; n < 33; n++)
                ck_assert_double_eq_tol(decomp_values(d)[n] / scales[k], expected[n],
                                        1e-6 * expected[0]);
        }
    }
}
END_TEST

/* By what its own values can tell apart, however many tokens it is wide. */
START_TEST(the_rank_of_a_wide_product_is_that_of_its_values)
{
    static const double by[] = {1, 1e-1, 1e-2, 1e-3, 1e-4, 2e-6};
    struct err e = {0};
    for (size_t n = 10; n <= 10000; n *= 10) {
        struct matrix *left = matrix_plain(plain_random(n, 6, 1));
        struct matrix *right = matrix_plain(plain_random(6, n, 2));
        struct matrix *m = product(product(left, diagonal(by, 6)), right);
        ck_assert_uint_eq(decomp_rank(keep_decomp(decomp_svd(m, &e))), 6);
    }
}
END_TEST

/* Rounded to float32, whatever the shape. */
START_TEST(rounding_does_not_count_to_a_rank)
{
    static const size_t shapes[][3] = {
        {4, 4, 2}, {3, 40, 2}, {40, 30, 4}, {100, 60, 59}, {7, 7, 1}};
    struct err e = {0};
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
        for (unsigned seed = 1; seed < 6; seed++) {
            const size_t *n = shapes[k];
            struct plain a = plain_random(n[0], n[2], seed), b = plain_random(n[2], n[1], seed + 9);
            struct matrix *m = matrix_plain(plain_product(a, b));
            ck_assert_uint_eq(decomp_rank(keep_decomp(decomp_svd(m, &e))), n[2]);
        }
}
END_TEST

/* What is finite in double precision is shown, searched and multiplied on as it is. */
START_TEST(products_beyond_single_precision_are_finite)
{
    struct err e = {0};
    for (int power = -30; power <= 30; power += 20) {
        struct plain a = plain_random(30, 4, 1), b = plain_random(4, 20, 2);
        struct plain big = plain_new(30, 4), wide = plain_new(4, 20);
        for (size_t i = 0; i < 120; i++)
            a.at[i] = (big.at[i] = (float)(a.at[i] * pow(10, power))) / pow(10, power);
        for (size_t i = 0; i < 80; i++)
            b.at[i] = (wide.at[i] = (float)(b.at[i] * pow(10, power))) / pow(10, power);
        struct plain p = plain_product(a, b);
        struct matrix *m = product(matrix_plain(big), matrix_plain(wide));
        struct aggregated all;
        ck_assert(matrix_aggregate_blocks(m, AGGREGATE_MEAN, 1, 1, &all, &e));
        ck_assert_uint_eq(all.inf_count, 0);
        for (size_t i = 0; i < 600; i++)
            ck_assert_double_eq_tol(all.values[i] / pow(10, 2 * power), p.at[i], 1e-6);
        aggregated_free(&all);
        struct extremes x;
        ck_assert(matrix_extremes(m, 3, &x, &e));
        for (size_t i = 0; i < 3; i++) {
            double high = p.at[x.high[i].row * 20 + x.high[i].col];
            ck_assert_double_eq_tol(x.high[i].value / pow(10, 2 * power), high, 1e-6);
            ck_assert_double_ge(high, x.low[2 - i].value / pow(10, 2 * power));
        }
        extremes_free(&x);
        expect_entries(scaled(m, pow(10, -2 * power)), p, 1e-6);
        struct matrix *back = product(diagonal((double[]){1, 1, 1, 1}, 4), matrix_plain(wide));
        back = product(scaled(matrix_plain(big), pow(10, -2 * power)), back);
        expect_entries(back, p, 1e-6);
        double far[30];
        for (size_t i = 0; i < 30; i++)
            far[i] = pow(10, 60);
        back = scaled(product(diagonal(far, 30), m), pow(10, -60 - 2 * power));
        expect_entries(back, p, 1e-6);
    }
}
END_TEST

START_TEST(entries_that_single_precision_cannot_hold_are_refused)
{
    struct err e = {0};
    struct plain a = plain_random(2, 2, 1);
    struct matrix *m = scaled(matrix_plain(a), 1e60);
    ck_assert_ptr_null(matrix_dense(m, SIZE_MAX, &e));
    expect_error(
        &e, ERR_NONFINITE,
        "4 entries are beyond float32, which ends at 3.4e38; take a multiple of the matrix "
        "(1e-30 * A)");
    ck_assert_ptr_null(matrix_cat(matrix_plain(a), m, SIZE_MAX, &e));
    ck_assert_int_eq(e.code, ERR_NONFINITE);
    a.at[0] = INFINITY; /* is what it is */
    struct dense *d = matrix_dense(scaled(matrix_plain(a), 2), SIZE_MAX, &e);
    ck_assert_ptr_nonnull(d);
    ck_assert_float_infinite(*dense_data(d, &e));
    dense_unref(d);
}
END_TEST

TCase *range_case(void)
{
    TCase *c = tcase_create("range");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_add_test(c, an_infinite_entry_is_read_as_one);
    tcase_add_test(c, rows_of_a_scaled_matrix_are_its_rows_scaled);
    tcase_add_test(c, the_asymmetry_of_small_numbers_is_seen);
    tcase_add_test(c, values_whose_squares_vanish_keep_their_digits);
    tcase_add_test(c, the_rank_of_a_wide_product_is_that_of_its_values);
    tcase_add_test(c, rounding_does_not_count_to_a_rank);
    tcase_add_test(c, products_beyond_single_precision_are_finite);
    tcase_add_test(c, entries_that_single_precision_cannot_hold_are_refused);
    return c;
}
