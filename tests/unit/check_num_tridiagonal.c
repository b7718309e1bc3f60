/* Symmetric eigen-problems by way of the tridiagonal form, against Jacobi and known spectra. */
#include <math.h>
#include <stdlib.h>

#include "check_num.h"
#include "src/num/tridiagonal.h"

enum { MOST = 120 };

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Jacobi's eigenvalues of a, ascending, to w. */
static void jacobi(struct plain a, double *w)
{
    const double *by_magnitude = plain_eigen(a);
    for (size_t i = 0; i < a.rows; i++)
        w[i] = by_magnitude[i];
    qsort(w, a.rows, sizeof *w, ascending);
}

static struct plain tridiagonal_plain(size_t n, const double *diagonal, const double *off)
{
    struct plain a = plain_new(n, n);
    for (size_t i = 0; i < n; i++) {
        a.at[i * (n + 1)] = diagonal[i];
        if (i + 1 < n)
            a.at[i * n + i + 1] = a.at[(i + 1) * n + i] = off[i];
    }
    return a;
}

static void expect_solved(size_t n, const double *diagonal, const double *off)
{
    struct err e = {0};
    double d[MOST], o[MOST], w[MOST], largest = 1e-300;
    for (size_t i = 0; i < n; i++) {
        d[i] = diagonal[i];
        o[i] = i + 1 < n ? off[i] : NAN; /* not looked at */
    }
    jacobi(tridiagonal_plain(n, diagonal, off), w);
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(w[i]));
    ck_assert(tridiagonal_solve(n, d, o, &e));
    expect_numbers(d, w, n, 1e-15 * (double)n * largest);
}

START_TEST(values_of_tridiagonal_matrices_are_jacobis)
{
    struct err e = {0};
    double d[MOST], o[MOST], w[MOST];
    for (size_t n = 0; n <= 60; n = n < 5 ? n + 1 : n + 11) { /* random, of both signs */
        struct plain x = plain_random(2, MOST, (unsigned)n + 1);
        expect_solved(n, x.at, x.at + MOST);
    }
    for (size_t i = 0; i < 41; i++) { /* Wilkinson: pairs equal to 1e-14 and less */
        d[i] = fabs(20 - (double)i);
        o[i] = 1;
    }
    expect_solved(41, d, o);
    for (int down = 0; down < 2; down++) { /* graded over 24 digits, either end up */
        for (size_t i = 0; i < 25; i++) {
            d[i] = pow(10, down ? -(double)i : (double)i - 24);
            o[i] = 0.1 * d[i];
        }
        expect_solved(25, d, o);
        jacobi(tridiagonal_plain(25, d, o), w);
        ck_assert(tridiagonal_solve(25, d, o, &e));
        for (size_t i = 0; i < 25; i++) /* small ones are right to as many digits */
            ck_assert_double_eq_tol(d[i] / w[i], 1, 1e-13);
    }
    for (size_t i = 0; i < 50;
         i++) { /* blocks, zeros on the diagonal, an entry that is nearly nothing */
        d[i] = i % 7 == 0 ? 0 : 1;
        o[i] = i % 5 == 4 ? 0 : i % 5 == 3 ? 1e-9 : 0.5;
    }
    expect_solved(50, d, o);
    for (size_t i = 0; i < 30; i++)
        d[i] = o[i] = 0;
    expect_solved(30, d, o);
    for (size_t i = 0; i < 30; i++)
        o[i] = 1; /* zero diagonal: values come in pairs +-w */
    expect_solved(30, d, o);
}
END_TEST

/* Shifts that hit an eigenvalue exactly, equal diagonals, blocks that come apart in the middle of
 * a sweep, entries on both sides of what counts as nothing. */
START_TEST(values_of_awkward_matrices_are_jacobis)
{
    enum { N = 40 };
    double d[N], o[N];
    for (unsigned seed = 0; seed < 300; seed++) {
        struct plain x = plain_random(3, N, seed + 1);
        for (size_t i = 0; i < N; i++) {
            double small = pow(10, -floor(9 * fabs(x.at[2 * N + i])) * (seed % 4));
            d[i] = seed % 2 ? floor(1.5 + 1.5 * x.at[i]) : small * x.at[i];
            o[i] = seed % 2 ? floor(1 + x.at[N + i]) * (seed % 4 == 1 ? 1 : small)
                            : small * x.at[N + i];
        }
        expect_solved(seed % 5 == 0 ? N : 2 + seed % 11, d, o);
        for (size_t i = 0; i < N; i++)
            d[i] = 1; /* the shifts of a pair lead back to where they began */
        expect_solved(seed % 5 == 0 ? N : 2 + seed % 11, d, o);
    }
}
END_TEST

START_TEST(values_of_the_second_difference_are_known)
{
    struct err e = {0};
    double d[MOST], o[MOST];
    for (size_t i = 0; i < MOST; i++) {
        d[i] = 2;
        o[i] = -1;
    }
    ck_assert(tridiagonal_solve(MOST, d, o, &e));
    for (size_t i = 0; i < MOST; i++) {
        double half = sin(acos(-1) * (double)(i + 1) / (2 * (MOST + 1)));
        ck_assert_double_eq_tol(d[i], 4 * half * half, 1e-14);
    }
}
END_TEST

static struct panel panel_of(struct plain a)
{
    struct err e = {0};
    struct panel p = panel_new(a.rows, a.cols, &e);
    for (size_t i = 0; i < a.rows; i++)
        for (size_t j = 0; j < a.cols; j++)
            p.data[i + j * a.rows] = a.at[i * a.cols + j];
    return p;
}

/* A v = w v, and the vectors are orthonormal. */
static void expect_vectors(struct plain a, const double *w, const struct panel *v)
{
    size_t n = a.rows;
    double norm = fmax(fabs(w[0]), fabs(w[v->cols - 1])), tolerance = 1e-14 * (double)n;
    ck_assert_uint_eq(v->rows, n);
    for (size_t k = 0; k < v->cols; k++) {
        const double *x = v->data + k * n;
        for (size_t i = 0; i < n; i++)
            ck_assert_double_eq_tol(vector_dot(a.at + i * n, x, n), w[k] * x[i], tolerance * norm);
        for (size_t j = 0; j <= k; j++)
            ck_assert_double_eq_tol(vector_dot(v->data + j * n, x, n), j == k, tolerance);
    }
}

static struct plain scaled(struct plain a, double scale)
{
    for (size_t i = 0; i < a.rows * a.cols; i++)
        a.at[i] *= scale;
    return a;
}

/* Symmetric: full, of low rank, with two clusters of values, very large, very small. */
static struct plain symmetric_case(size_t which)
{
    struct plain a = plain_random(60, 60, 7), low = plain_random(60, 5, 8);
    struct plain s = plain_sum(a, 1, plain_transposed(a));
    struct plain product = plain_product(low, plain_transposed(low));
    struct plain clustered = scaled(plain_sum(product, 0, product), 1e-13);
    for (size_t i = 0; i < 60; i++)
        clustered.at[i * 61] += i < 30 ? 1 : -2;
    const struct plain cases[] = {s, product, clustered, scaled(plain_sum(s, 0, s), 1e180),
                                  scaled(plain_sum(s, 0, s), 1e-180)};
    return cases[which];
}

START_TEST(some_vectors_and_all_are_eigenvectors)
{
    struct err e = {0};
    for (size_t which = 0; which < 5; which++) {
        struct plain a = symmetric_case(which);
        struct panel p = panel_of(a), some, all;
        struct tridiagonal t;
        double w[60], expected[60], few[6];
        bool good;
        ck_assert(tridiagonal_take(&t, &p, &e) && p.data == NULL);
        ck_assert(tridiagonal_values(&t, w, &e));
        jacobi(which < 3 ? a : symmetric_case(0), expected);
        if (which < 3)
            expect_numbers(w, expected, 60, 1e-13 * plain_norm(a));
        else
            for (size_t i = 0; i < 60; i++)
                ck_assert_double_eq_tol(w[i] / w[59], expected[i] / expected[59], 1e-13);
        for (size_t k = 0; k < 6; k++)
            few[k] = w[k < 3 ? k : 54 + k]; /* from both ends */
        ck_assert(tridiagonal_some(&t, few, 6, &some, &good, &e));
        ck_assert_msg(good || which == 2, "case %zu", which); /* rounding decides about clusters */
        if (good)
            expect_vectors(a, few, &some);
        ck_assert(tridiagonal_all(&t, &all, &e));
        expect_vectors(a, w, &all);
        tridiagonal_free(&t);
        panel_free(&some);
        panel_free(&all);
    }
}
END_TEST

START_TEST(blocks_want_all_vectors)
{
    struct err e = {0};
    struct plain a = plain_new(9, 9);
    for (size_t i = 0; i < 9; i++)
        a.at[i * 10] = i < 4 ? 1 : 2;
    a.at[1] = a.at[9] = 0.5;
    struct panel p = panel_of(a), some, all;
    struct tridiagonal t;
    double w[9];
    bool good = true;
    ck_assert(tridiagonal_take(&t, &p, &e) && tridiagonal_values(&t, w, &e));
    ck_assert(tridiagonal_some(&t, w, 3, &some, &good, &e));
    ck_assert(!good && some.data == NULL);
    ck_assert(tridiagonal_all(&t, &all, &e));
    expect_vectors(a, w, &all);
    tridiagonal_free(&t);
    panel_free(&all);
}
END_TEST

START_TEST(what_is_not_finite_has_no_form)
{
    struct err e = {0};
    struct plain a = plain_random(4, 4, 1);
    a.at[5] = NAN;
    struct panel p = panel_of(a);
    struct tridiagonal t;
    ck_assert(!tridiagonal_take(&t, &p, &e));
    expect_error(&e, ERR_NONFINITE, "the matrix holds NaN or infinite values");
    ck_assert(p.data == NULL && t.h.data == NULL && t.tau == NULL);
}
END_TEST

TCase *tridiagonal_case(void)
{
    TCase *c = tcase_create("tridiagonal");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_add_test(c, values_of_tridiagonal_matrices_are_jacobis);
    tcase_add_test(c, values_of_awkward_matrices_are_jacobis);
    tcase_add_test(c, values_of_the_second_difference_are_known);
    tcase_add_test(c, some_vectors_and_all_are_eigenvectors);
    tcase_add_test(c, blocks_want_all_vectors);
    tcase_add_test(c, what_is_not_finite_has_no_form);
    return c;
}
