/* Centring, above all where the mean is far larger than what is left. */
#include <math.h>

#include "bilens/num/center.h"
#include "check_num.h"

static double mean_of(const double *a, size_t count, size_t step)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += a[i * step];
    return sum / (double)count;
}

static struct plain centred(struct plain a, bool rows, bool cols)
{
    struct plain b = plain_sum(a, 0, a);
    for (size_t j = 0; rows && j < a.cols; j++)
        for (size_t i = 0; i < a.rows; i++)
            b.at[i * a.cols + j] -= mean_of(a.at + j, a.rows, a.cols);
    struct plain c = plain_sum(b, 0, b);
    for (size_t i = 0; cols && i < a.rows; i++)
        for (size_t j = 0; j < a.cols; j++)
            c.at[i * a.cols + j] -= mean_of(b.at + i * a.cols, a.cols, 1);
    return c;
}

/* Each column about its own mean, so many times as large as what is left. */
static struct plain off_centre(size_t rows, size_t cols, double mean, unsigned seed)
{
    struct plain a = plain_random(rows, cols, seed), m = plain_random(1, cols, seed + 1);
    for (size_t i = 0; i < rows * cols; i++)
        a.at[i] = (float)(a.at[i] + mean * m.at[i % cols]);
    return a;
}

static void expect_centred(struct matrix *m, struct plain p, size_t rank)
{
    struct err e = {0};
    for (int how = 1; how < 4; how++) {
        struct plain c = centred(p, how & 1, how & 2);
        const double *expected = plain_svd(c);
        struct matrix *mc = keep(matrix_center(m, how & 1, how & 2, &e));
        struct decomp *d = keep_decomp(decomp_svd(mc, &e));
        ck_assert_uint_eq(decomp_count(d), rank); /* as many as without centring, no more */
        expect_numbers(decomp_values(d), expected, rank, 1e-6 * expected[0]);
        expect_entries(mc, c, 1e-5 * expected[0]);
    }
}

START_TEST(a_large_mean_leaves_no_trace)
{
    struct err e = {0};
    for (double mean = 0; mean < 1e5; mean = 10 * mean + 1)
        for (enum storing s = 0; s < STORINGS; s++) {
            struct plain a = off_centre(90, 6, mean, 1);
            struct plain b = plain_transposed(off_centre(70, 6, mean, 3));
            struct matrix *ma = matrix_stored(a, AXIS_TOKEN, AXIS_HEAD, s);
            struct matrix *mb = matrix_stored(b, AXIS_HEAD, AXIS_TOKEN, s);
            expect_centred(ma, a, 6);
            expect_centred(keep(matrix_product(ma, mb, &e)), plain_product(a, b), 6);
            expect_centred(keep(matrix_product(ma, keep(matrix_transpose(ma)), &e)),
                           plain_product(a, plain_transposed(a)), 6);
        }
}
END_TEST

START_TEST(both_means_are_taken_away_at_once)
{
    struct plain a = off_centre(30, 20, 1000, 1);
    struct plain b = plain_transposed(off_centre(20, 30, 1000, 3));
    struct plain sum = plain_sum(a, 1, b);
    for (size_t i = 0; i < 600; i++)
        sum.at[i] = (float)sum.at[i];
    expect_centred(matrix_plain(sum), sum, 20);
}
END_TEST

static struct matrix *diagonal(struct plain numbers)
{
    struct err e = {0};
    struct vector *v = keep_vector(vector_new(axis_make(AXIS_INDEX, numbers.cols, NULL)));
    for (size_t i = 0; i < numbers.cols; i++)
        v->data[i] = numbers.at[i];
    return keep(matrix_diagonal(v, &e));
}

static struct plain written_out(struct plain numbers)
{
    struct plain d = plain_new(numbers.cols, numbers.cols);
    for (size_t i = 0; i < numbers.cols; i++)
        d.at[i * (numbers.cols + 1)] = numbers.at[i];
    return d;
}

START_TEST(diagonals_at_the_ends_are_in_the_mean)
{
    struct err e = {0};
    struct plain d = off_centre(1, 40, 3, 1), f = off_centre(1, 30, 3, 2);
    struct plain a = off_centre(40, 5, 1000, 3), b = plain_transposed(off_centre(30, 5, 1000, 4));
    struct matrix *left = keep(matrix_product(diagonal(d), matrix_plain(a), &e));
    struct matrix *right = keep(matrix_product(matrix_plain(b), diagonal(f), &e));
    struct plain pl = plain_product(written_out(d), a), pr = plain_product(b, written_out(f));
    expect_centred(left, pl, 5);
    expect_centred(keep(matrix_product(left, right, &e)), plain_product(pl, pr), 5);
    struct plain c = off_centre(40, 30, 1000, 5);
    struct matrix *between = keep(matrix_product(diagonal(d), matrix_plain(c), &e));
    between = keep(matrix_product(between, diagonal(f), &e));
    expect_centred(between, plain_product(written_out(d), plain_product(c, written_out(f))), 30);
    expect_centred(diagonal(d), written_out(d), 40);
    expect_centred(keep(matrix_sum(left, -2, left, &e)), plain_sum(pl, -2, pl), 5);
}
END_TEST

/* Of a large matrix that nobody has read yet, a part alone is made. */
START_TEST(parts_of_what_is_centred)
{
    struct err e = {0};
    float *data;
    struct dense *d = dense_new(2100, 2000, &data, &e);
    ck_assert_ptr_nonnull(d);
    for (size_t i = 0; i < 2100; i++)
        for (size_t j = 0; j < 2000; j++)
            data[i * 2000 + j] = (float)((i * i + 7 * j) % 32) + 5000;
    struct matrix *m = keep(
        matrix_from_dense(d, axis_make(AXIS_TOKEN, 2100, NULL), axis_make(AXIS_RESID, 2000, NULL)));
    struct matrix *c = keep(matrix_center(m, true, false, &e));
    struct span rows = {7, 100, 4}, cols = {1999, -9, 3};
    struct matrix *part = keep(matrix_slice(c, rows, cols, &e));
    struct plain p = plain_new(4, 3);
    for (size_t j = 0; j < 3; j++) {
        double mean = 0;
        for (size_t i = 0; i < 2100; i++)
            mean += data[i * 2000 + 1999 - 9 * j] / 2100.0;
        for (size_t i = 0; i < 4; i++)
            p.at[i * 3 + j] = data[(7 + 100 * i) * 2000 + 1999 - 9 * j] - mean;
    }
    dense_unref(d);
    expect_entries(part, p, 1e-6);
}
END_TEST

TCase *center_case(void)
{
    TCase *c = tcase_create("centring");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_add_test(c, a_large_mean_leaves_no_trace);
    tcase_add_test(c, both_means_are_taken_away_at_once);
    tcase_add_test(c, diagonals_at_the_ends_are_in_the_mean);
    tcase_add_test(c, parts_of_what_is_centred);
    return c;
}
