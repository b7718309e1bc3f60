/* Spectra of random products, beside means of 3000 draws by numpy, of unit norm. */
#include <math.h>

#include "bilens/num/measures.h"
#include "bilens/num/noise.h"
#include "check_num.h"

/* Zeros of those shapes. */
static struct matrix *chain(const size_t *dims, size_t count)
{
    struct err e = {0};
    struct matrix *m = matrix_plain(plain_new(dims[0], dims[1]));
    for (size_t i = 2; i < count; i++)
        m = keep(matrix_product(m, matrix_plain(plain_new(dims[i - 1], dims[i])), &e));
    return m;
}

START_TEST(a_product_is_compared_with_random_factors)
{
    static const struct {
        size_t count, dims[5], values;
        double expected[16];
    } cases[] = {
        {4,
         {200, 16, 16, 150},
         16,
         {0.4900, 0.4224, 0.3724, 0.3306, 0.2938, 0.2605, 0.2294, 0.2015, 0.1737, 0.1478, 0.1224,
          0.0987, 0.0752, 0.0523, 0.0300, 0.0094}},
        {4, {60, 12, 7, 80}, 7, {0.6323, 0.4931, 0.3950, 0.3136, 0.2415, 0.1780, 0.1127}},
        {3,
         {10, 40, 12},
         10,
         {0.5858, 0.4738, 0.3918, 0.3257, 0.2687, 0.2162, 0.1693, 0.1264, 0.0847, 0.0445}},
        {5, {300, 6, 40, 6, 5}, 5, {0.8295, 0.4732, 0.2644, 0.1286, 0.0407}},
    };
    struct err e = {0};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double s[16], again[16];
        struct matrix *m = chain(cases[c].dims, cases[c].count);
        ck_assert_int_eq(noise_kind(m), NOISE_PRODUCT);
        ck_assert(noise_values(m, 1, cases[c].values, s, &e));
        expect_numbers(s, cases[c].expected, cases[c].values, 0.03);
        struct matrix *flipped = keep(matrix_transpose(m)); /* other draws of the same law */
        ck_assert(noise_values(flipped, 2, cases[c].values, again, &e));
        for (size_t i = 0; i < cases[c].values; i++)
            ck_assert_double_eq_tol(again[i] / 2, cases[c].expected[i], 0.03);
    }
}
END_TEST

/* The values of A A' are the squares of A's. */
START_TEST(a_matrix_times_its_transpose_has_squares)
{
    enum { N = 8 };
    struct err e = {0};
    double s[N], law[N], sum = 0;
    struct matrix *a = matrix_plain(plain_new(300, N));
    struct matrix *at = keep(matrix_transpose(a));
    measures_bulk_values(1, 300, N, N, law);
    for (size_t i = 0; i < N; i++)
        sum += pow(law[i], 4);
    for (int flip = 0; flip < 2; flip++) {
        struct matrix *square = keep(matrix_product(flip ? at : a, flip ? a : at, &e));
        ck_assert(noise_values(square, 3, N, s, &e));
        for (size_t i = 0; i < N; i++)
            ck_assert_double_eq_tol(s[i], 3 * law[i] * law[i] / sqrt(sum), 1e-12);
    }
}
END_TEST

START_TEST(one_matrix_has_its_law_and_a_sum_none)
{
    struct err e = {0};
    double s[5], law[5];
    struct matrix *a = matrix_plain(plain_random(30, 5, 1));
    struct matrix *b = matrix_plain(plain_random(30, 5, 2));
    measures_bulk_values(7, 30, 5, 5, law);
    ck_assert_int_eq(noise_kind(a), NOISE_DENSE);
    ck_assert(noise_values(a, 7, 5, s, &e));
    expect_numbers(s, law, 5, 0);
    ck_assert_int_eq(noise_kind(keep(matrix_sum(a, 1, b, &e))), NOISE_NONE);
    struct vector *v = keep_vector(vector_new(axis_make(AXIS_INDEX, 5, NULL)));
    struct matrix *d = keep(matrix_diagonal(v, &e));
    ck_assert_int_eq(noise_kind(keep(matrix_product(a, d, &e))), NOISE_NONE);
}
END_TEST

TCase *noise_case(void)
{
    TCase *c = tcase_create("noise");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_add_test(c, a_product_is_compared_with_random_factors);
    tcase_add_test(c, a_matrix_times_its_transpose_has_squares);
    tcase_add_test(c, one_matrix_has_its_law_and_a_sum_none);
    return c;
}
