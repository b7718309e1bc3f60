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
        expect_numbers(s, cases[c].expected, cases[c].values, 0.05);
        struct matrix *flipped = keep(matrix_transpose(m)); /* other draws of the same law */
        ck_assert(noise_values(flipped, 2, cases[c].values, again, &e));
        for (size_t i = 0; i < cases[c].values; i++)
            ck_assert_double_eq_tol(again[i] / 2, cases[c].expected[i], 0.03);
    }
}
END_TEST

/* A product of these zeros: of a (rows x cols), and of others; a small letter is a factor flipped.
 */
static struct matrix *word(const char *letters, const size_t dims[][2])
{
    struct err e = {0};
    struct matrix *of[3], *m = NULL;
    for (size_t i = 0; i < 3; i++)
        of[i] = matrix_plain(plain_new(dims[i][0], dims[i][1]));
    for (; *letters != '\0'; letters++) {
        bool flip = *letters >= 'a';
        struct matrix *one = of[*letters - (flip ? 'a' : 'A')];
        one = flip ? keep(matrix_transpose(one)) : one;
        m = m ? keep(matrix_product(m, one, &e)) : one;
    }
    return m;
}

/* What is one matrix in a product is one draw: the values of A A' are squares. */
START_TEST(equal_factors_are_drawn_once)
{
    static const struct {
        const char *letters;
        size_t dims[3][2], values;
        double expected[8];
    } cases[] = {
        {"ABa", {{60, 6}, {6, 6}}, 6, {0.7239, 0.5141, 0.3642, 0.2424, 0.1359, 0.0423}},
        {"ABba", {{7, 6}, {6, 5}}, 5, {0.9300, 0.3438, 0.1249, 0.0357, 0.0057}},
        {"AA", {{6, 6}}, 6, {0.7994, 0.4924, 0.2965, 0.1606, 0.0672, 0.0184}},
        {"aBCA", {{4, 9}, {4, 3}, {3, 4}}, 3, {0.9427, 0.3235, 0.0821}},
        {"ABa", {{4, 9}, {9, 9}}, 4, {0.8817, 0.4280, 0.1920, 0.0504}},
        {"aAB", {{4, 9}, {9, 6}}, 4, {0.8839, 0.4231, 0.1889, 0.0638}},
        {"Aa", {{300, 8}}, 8, {0.4470, 0.4101, 0.3815, 0.3566, 0.3338, 0.3110, 0.2880, 0.2613}},
        {"aA", {{300, 8}}, 8, {0.4470, 0.4101, 0.3815, 0.3566, 0.3338, 0.3110, 0.2880, 0.2613}},
    };
    struct err e = {0};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double s[8];
        struct matrix *m = word(cases[c].letters, cases[c].dims);
        ck_assert(noise_values(m, 1, cases[c].values, s, &e));
        expect_numbers(s, cases[c].expected, cases[c].values, 0.05);
    }
    ck_assert(noise_same(word("ABa", cases[0].dims), word("ABa", cases[0].dims)));
    ck_assert(!noise_same(word("AA", cases[2].dims), word("Aa", cases[2].dims)));
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
    tcase_add_test(c, equal_factors_are_drawn_once);
    tcase_add_test(c, one_matrix_has_its_law_and_a_sum_none);
    return c;
}
