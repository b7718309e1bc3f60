/* Lag profiles of rotary positions, and what is measured of spectra. */
#include <math.h>

#include "bilens/num/measures.h"
#include "bilens/num/rotary.h"
#include "check_num.h"

/* ---- rotary positions ---- */

/* x turned to a position, pair by pair, by the definition. */
static struct plain turned(struct plain x, double base, double position)
{
    struct plain y = plain_new(1, x.cols);
    size_t half = x.cols / 2;
    for (size_t f = 0; f < half; f++) {
        double angle = position / pow(base, 2.0 * (double)f / (double)x.cols);
        y.at[f] = x.at[f] * cos(angle) - x.at[f + half] * sin(angle);
        y.at[f + half] = x.at[f] * sin(angle) + x.at[f + half] * cos(angle);
    }
    return y;
}

START_TEST(lag_profiles_are_dot_products_of_turned_vectors)
{
    enum { D = 12, LAGS = 40 };
    struct err e = {0};
    struct plain q = plain_random(1, D, 1), k = plain_random(1, D, 2);
    double s[LAGS];
    static const double bases[] = {10000, 500};
    for (size_t b = 0; b < 2; b++) {
        struct rotary rotary = {.d_head = D, .base = bases[b]};
        ck_assert(rotary_lag_profile(rotary, q.at, k.at, 0.25, LAGS, s, &e));
        for (size_t lag = 0; lag < LAGS; lag++)
            for (double p = 100; p < 1000; p += 450) {
                struct plain qp = turned(q, bases[b], p), kp = turned(k, bases[b], p - (double)lag);
                ck_assert_double_eq_tol(s[lag], 0.25 * vector_dot(qp.at, kp.at, D), 1e-12);
            }
        struct plain own = plain_sum(q, 0, q);
        ck_assert(rotary_turn(rotary, 17, own.at, &e));
        expect_numbers(own.at, turned(q, bases[b], 17).at, D, 1e-13);
    }
    ck_assert_double_eq_tol(s[0], 0.25 * vector_dot(q.at, k.at, D), 1e-14);
}
END_TEST

/* The first six of ten coordinates turn, at speeds of their own. */
START_TEST(lag_profiles_of_partial_rotation)
{
    enum { D = 10, DIMS = 6, LAGS = 9 };
    static const double speeds[DIMS / 2] = {1.5, 0.25, 0.03125};
    struct rotary rotary = {.d_head = D, .dims = DIMS, .frequencies = speeds};
    struct plain q = plain_random(1, D, 3), k = plain_random(1, D, 4);
    struct err e = {0};
    double s[LAGS];
    ck_assert(rotary_lag_profile(rotary, q.at, k.at, 0.5, LAGS, s, &e));
    for (size_t lag = 0; lag < LAGS; lag++) {
        double dot = 0;
        for (size_t f = 0; f < DIMS / 2; f++) { /* of complex numbers: q conj(k) turned by lag */
            double turn = speeds[f] * (double)lag;
            double re = q.at[f] * k.at[f] + q.at[f + 3] * k.at[f + 3];
            double im = q.at[f + 3] * k.at[f] - q.at[f] * k.at[f + 3];
            dot += re * cos(turn) - im * sin(turn);
        }
        for (size_t i = DIMS; i < D; i++)
            dot += q.at[i] * k.at[i];
        ck_assert_double_eq_tol(s[lag], 0.5 * dot, 1e-13);
    }
    struct plain turned_q = plain_sum(q, 0, q), turned_k = plain_sum(k, 0, k);
    ck_assert(rotary_turn(rotary, 8, turned_q.at, &e) && rotary_turn(rotary, 3, turned_k.at, &e));
    ck_assert_double_eq_tol(s[5], 0.5 * vector_dot(turned_q.at, turned_k.at, D), 1e-13);
    rotary.dims = 12;
    ck_assert(!rotary_turn(rotary, 1, q.at, &e));
    expect_error(&e, ERR_ARGUMENT, "rotary positions turn 12 coordinates of 10");
}
END_TEST

START_TEST(rotary_refuses_what_has_no_pairs)
{
    struct err e = {0};
    double x[5] = {0}, s[3];
    ck_assert(!rotary_lag_profile((struct rotary){.d_head = 5, .base = 10000}, x, x, 1, 3, s, &e));
    expect_error(&e, ERR_ARGUMENT,
                 "rotary positions turn pairs of coordinates, but d_head is 5, an odd number");
    ck_assert(!rotary_turn((struct rotary){.d_head = 4, .base = 0}, 1, x, &e));
    expect_error(&e, ERR_ARGUMENT, "the rotary base must be a positive number, not 0");
    ck_assert(!rotary_turn((struct rotary){.d_head = 4, .base = NAN}, 1, x, &e));
    ck_assert_int_eq(e.code, ERR_ARGUMENT);
    err_clear(&e);
    ck_assert(
        rotary_lag_profile((struct rotary){.d_head = 0, .base = 10000}, NULL, NULL, 1, 3, s, &e));
    ck_assert_double_eq(s[2], 0);
}
END_TEST

/* ---- ranks and energy ---- */

START_TEST(ranks_of_known_spectra)
{
    static const double flat[] = {2, -2, 2, 2}, one[] = {3, 0, 0}, mixed[] = {4, -2, 1};
    ck_assert_double_eq_tol(measures_effective_rank(flat, 4), 4, 1e-14);
    ck_assert_double_eq_tol(measures_stable_rank(flat, 4), 4, 1e-14);
    ck_assert_double_eq_tol(measures_entropy_rank(flat, 4), 4, 1e-13);
    ck_assert_double_eq_tol(measures_effective_rank(one, 3), 1, 1e-14);
    ck_assert_double_eq_tol(measures_stable_rank(one, 3), 1, 1e-14);
    ck_assert_double_eq_tol(measures_entropy_rank(one, 3), 1, 1e-14);
    ck_assert_double_eq_tol(measures_effective_rank(mixed, 3), 49.0 / 21, 1e-14);
    ck_assert_double_eq_tol(measures_stable_rank(mixed, 3), 21.0 / 16, 1e-14);
    double entropy = -(16 * log(16 / 21.0) + 4 * log(4 / 21.0) + log(1 / 21.0)) / 21;
    ck_assert_double_eq_tol(measures_entropy_rank(mixed, 3), exp(entropy), 1e-13);
}
END_TEST

START_TEST(energy_of_the_first_values)
{
    static const double mixed[] = {4, -2, 1}, huge[] = {3e200, 4e199};
    ck_assert_double_eq(measures_energy(mixed, 3, 0), 0);
    ck_assert_double_eq_tol(measures_energy(mixed, 3, 1), 16.0 / 21, 1e-15);
    ck_assert_double_eq_tol(measures_energy(mixed, 3, 2), 20.0 / 21, 1e-15);
    ck_assert_double_eq(measures_energy(mixed, 3, 9), 1);
    ck_assert_uint_eq(measures_energy_rank(mixed, 3, 0), 0);
    ck_assert_uint_eq(measures_energy_rank(mixed, 3, 0.75), 1);
    ck_assert_uint_eq(measures_energy_rank(mixed, 3, 0.9), 2);
    ck_assert_uint_eq(measures_energy_rank(mixed, 3, 0.99), 3);
    ck_assert_uint_eq(measures_energy_rank(mixed, 3, 1), 3);
    ck_assert_double_eq_tol(measures_stable_rank(huge, 2), 1 + 16.0 / 900, 1e-14);
}
END_TEST

START_TEST(spectra_without_energy_have_rank_zero)
{
    static const double zeros[] = {0, 0};
    for (size_t n = 0; n <= 2; n++) {
        ck_assert_double_eq(measures_effective_rank(zeros, n), 0);
        ck_assert_double_eq(measures_stable_rank(zeros, n), 0);
        ck_assert_double_eq(measures_entropy_rank(zeros, n), 0);
        ck_assert_double_eq(measures_energy(zeros, n, 1), 0);
        ck_assert_uint_eq(measures_energy_rank(zeros, n, 0.9), 0);
    }
}
END_TEST

static void expect_runs(const double *values, size_t n, const struct degenerate *expected,
                        size_t count)
{
    struct degenerate runs[8];
    ck_assert_uint_eq(measures_degenerate(values, n, MEASURES_GAP, runs), count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(runs[i].first, expected[i].first);
        ck_assert_uint_eq(runs[i].count, expected[i].count);
        ck_assert_uint_eq(runs[i].span, expected[i].span);
    }
}

START_TEST(degenerate_runs_are_found)
{
    static const double none[] = {3, 2, 1};
    static const double at_gap[] = {10000, 9999, 9997.9, 1, 1, 0, -0.0, 0};
    static const struct degenerate expected[] = {{0, 2, 2}, {3, 2, 2}, {5, 3, 3}};
    expect_runs(none, 3, NULL, 0);
    expect_runs(none, 0, NULL, 0);
    expect_runs(at_gap, 8, expected, 3);
    /* Each close to the next, though not the first to the last. */
    static const double chain[] = {1.00018, 1.00009, 1};
    expect_runs(chain, 3, &(struct degenerate){0, 3, 3}, 1);
}
END_TEST

START_TEST(opposite_eigenvalues_are_not_degenerate)
{
    static const double pair[] = {5, -5, 2}, woven[] = {5, -5, 5, -5, 1};
    static const struct degenerate expected[] = {{0, 2, 3}, {1, 2, 3}};
    expect_runs(pair, 3, NULL, 0);
    expect_runs(woven, 5, expected, 2);
}
END_TEST

/* ---- comparisons with chance ---- */

START_TEST(random_matrices_fill_their_bulk)
{
    struct plain a = plain_random(60, 15, 1);
    const double *s = plain_svd(a);
    struct bulk bulk = measures_bulk(plain_norm(a), 60, 15);
    ck_assert_double_eq_tol(bulk.upper, plain_norm(a) / sqrt(900) * (sqrt(60) + sqrt(15)), 1e-12);
    ck_assert_double_eq_tol(bulk.lower, plain_norm(a) / sqrt(900) * (sqrt(60) - sqrt(15)), 1e-12);
    ck_assert_double_eq_tol(s[0] / bulk.upper, 1, 0.1);
    ck_assert_double_eq_tol(s[14] / bulk.lower, 1, 0.25);
    ck_assert_double_eq(measures_bulk(1, 0, 5).upper, 0);
}
END_TEST

START_TEST(the_bulk_of_a_square_matrix_is_a_quarter_circle)
{
    enum { N = 50 };
    double s[N], end = measures_bulk(7, 300, 300).upper;
    measures_bulk_values(7, 300, 300, N, s);
    for (size_t i = 0; i < N; i++) {
        double t = s[i] / end, below = 2 / acos(-1) * (asin(t) + t * sqrt(1 - t * t));
        ck_assert_double_eq_tol(1 - below, ((double)i + 0.5) / N, 1e-6);
    }
}
END_TEST

START_TEST(the_bulk_of_a_tall_matrix_has_its_norm)
{
    enum { N = 40 };
    static double s[20000];
    struct bulk bulk = measures_bulk(3, 1000, N);
    double energy = 0;
    measures_bulk_values(3, N, 1000, 20000, s); /* so many that their mean is the law's */
    for (size_t i = 0; i < 20000; i++) {
        energy += s[i] * s[i] * N / 20000;
        ck_assert(s[i] <= bulk.upper && s[i] >= bulk.lower && (i == 0 || s[i] <= s[i - 1]));
    }
    ck_assert_double_eq_tol(energy, 9, 1e-5);
    struct plain a = plain_random(1000, N, 3);
    const double *random = plain_svd(a);
    measures_bulk_values(plain_norm(a), 1000, N, N, s);
    for (size_t i = 0; i < N; i++)
        ck_assert_double_eq_tol(random[i] / s[i], 1, 0.02);
    measures_bulk_values(0, 1000, N, N, s);
    ck_assert(s[0] == 0 && s[N - 1] == 0);
}
END_TEST

/* Singular values whose squares follow a power law above 1 exactly: its quantiles. */
static void quantiles(double *s, size_t n, double exponent)
{
    for (size_t i = 0; i < n; i++)
        s[i] = sqrt(pow(((double)i + 0.5) / (double)n, -1 / (exponent - 1)));
}

START_TEST(power_laws_are_found_again)
{
    enum { N = 400 };
    struct err e = {0};
    double s[N + 100];
    struct power_law law;
    static const double exponents[] = {1.7, 2.5, 4};
    for (size_t i = 0; i < 3; i++) {
        quantiles(s, N, exponents[i]);
        ck_assert(measures_power_law(s, N, &law, &e));
        ck_assert_double_eq_tol(law.exponent, exponents[i], 0.05);
        ck_assert_double_eq_tol(law.error, (law.exponent - 1) / sqrt((double)law.count), 1e-12);
        ck_assert_double_le(law.distance, 0.01);
        ck_assert_uint_gt(law.count, N / 2);
        /* A flat bulk below the tail is cut off, and zeros do not matter. */
        for (size_t j = N; j < N + 100; j++)
            s[j] = j < N + 90 ? 0.99 - 0.001 * (double)(j - N) : 0;
        ck_assert(measures_power_law(s, N + 100, &law, &e));
        ck_assert_double_eq_tol(law.exponent, exponents[i], 0.06);
        ck_assert_uint_le(law.count, N + 10);
        ck_assert_double_eq_tol(law.cut, s[law.count - 1] * s[law.count - 1], 1e-12);
    }
}
END_TEST

START_TEST(the_power_law_of_two_values)
{
    struct err e = {0};
    static const double two[] = {-2, 1}, same[] = {3, 3, 0};
    struct power_law law;
    ck_assert(measures_power_law(two, 2, &law, &e));
    ck_assert_double_eq_tol(law.exponent, 1 + 2 / log(4), 1e-12);
    ck_assert_double_eq_tol(law.cut, 1, 1e-12);
    ck_assert_uint_eq(law.count, 2);
    /* Beyond 4 the law has exp(-2), of the values half; at 1 it has all. */
    ck_assert_double_eq_tol(law.distance, 0.5, 1e-12);
    ck_assert(!measures_power_law(same, 3, &law, &e));
    expect_error(&e, ERR_ARGUMENT,
                 "a power law needs at least two different values that are not zero to within "
                 "rounding; of these 3, 2 are not");
    ck_assert(!measures_power_law(same, 0, &law, &e));
    expect_error(&e, ERR_ARGUMENT,
                 "a power law needs at least two different values that are not zero to within "
                 "rounding; of these 0, 0 are not");
}
END_TEST

TCase *spectrum_case(void)
{
    TCase *c = tcase_create("spectrum");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_add_test(c, lag_profiles_are_dot_products_of_turned_vectors);
    tcase_add_test(c, lag_profiles_of_partial_rotation);
    tcase_add_test(c, rotary_refuses_what_has_no_pairs);
    tcase_add_test(c, ranks_of_known_spectra);
    tcase_add_test(c, energy_of_the_first_values);
    tcase_add_test(c, spectra_without_energy_have_rank_zero);
    tcase_add_test(c, degenerate_runs_are_found);
    tcase_add_test(c, opposite_eigenvalues_are_not_degenerate);
    tcase_add_test(c, random_matrices_fill_their_bulk);
    tcase_add_test(c, the_bulk_of_a_square_matrix_is_a_quarter_circle);
    tcase_add_test(c, the_bulk_of_a_tall_matrix_has_its_norm);
    tcase_add_test(c, power_laws_are_found_again);
    tcase_add_test(c, the_power_law_of_two_values);
    return c;
}
