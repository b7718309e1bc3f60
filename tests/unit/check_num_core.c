/* Singular values by the Gram matrix, and the first few vectors alone. */
#include "check_num.h"

#include <math.h>

#include "src/num/core.h"

static struct panel panel_of(struct plain a)
{
    struct err e = {0};
    struct panel p = panel_new(a.rows, a.cols, &e);
    for (size_t i = 0; i < a.rows; i++)
        for (size_t j = 0; j < a.cols; j++)
            p.data[i + j * a.rows] = a.at[i * a.cols + j];
    return p;
}

/* a with its columns scaled so that the last is `smallest` of the first. */
static struct plain graded(size_t rows, size_t cols, double smallest)
{
    struct plain a = plain_random(rows, cols, 5);
    for (size_t j = 0; j < cols; j++)
        for (size_t i = 0; i < rows; i++)
            a.at[i * cols + j] *= pow(smallest, (double)j / (double)(cols - 1));
    return a;
}

START_TEST(values_are_those_of_jacobi)
{
    struct err e = {0};
    /* 1e-3 goes by the Gram matrix, 1e-9 must not; small ones never do. */
    const struct plain cases[] = {graded(70, 50, 1), graded(50, 70, 1), graded(64, 64, 1e-3),
                                  graded(60, 40, 1e-9), graded(9, 5, 1e-3)};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct panel a = panel_of(cases[c]);
        size_t n = a.rows < a.cols ? a.rows : a.cols;
        double s[80];
        ck_assert(core_values(&a, s, NULL, &e));
        const double *expected = plain_svd(cases[c]);
        for (size_t i = 0; i < n; i++)
            ck_assert_double_eq_tol(s[i], expected[i], 1e-7 * expected[i] + 1e-14 * expected[0]);
        panel_free(&a);
    }
}
END_TEST

START_TEST(first_vectors_are_singular_vectors)
{
    struct err e = {0};
    const struct plain cases[] = {graded(70, 50, 0.1), graded(50, 70, 0.1)};
    for (size_t c = 0; c < 2; c++) {
        struct panel a = panel_of(cases[c]), u, v;
        double s[80], y[80];
        bool good;
        ck_assert(core_values(&a, s, NULL, &e) &&
                  core_first_vectors(&a, s, &(struct tridiagonal){0}, 3, &u, &v, &good, &e));
        ck_assert(good && u.rows == a.rows && v.rows == a.cols && u.cols == 3);
        for (size_t k = 0; k < 3; k++) {
            panel_apply(&a, false, v.data + k * v.rows, y);
            double away = 0, length = 0;
            for (size_t i = 0; i < a.rows; i++) {
                away += fabs(y[i] - s[k] * u.data[i + k * u.rows]);
                length += u.data[i + k * u.rows] * u.data[i + k * u.rows];
            }
            ck_assert_double_lt(away, 1e-10 * s[0]);
            ck_assert_double_eq_tol(length, 1, 1e-10);
        }
        panel_free(&a);
        panel_free(&u);
        panel_free(&v);
    }
}
END_TEST

START_TEST(steep_spectra_want_the_whole_decomposition)
{
    struct err e = {0};
    struct panel a = panel_of(graded(60, 40, 1e-30)), u, v;
    double s[40];
    bool good = true;
    ck_assert(core_values(&a, s, NULL, &e) &&
              core_first_vectors(&a, s, &(struct tridiagonal){0}, 8, &u, &v, &good, &e));
    ck_assert(!good);
    panel_free(&a);
}
END_TEST

START_TEST(triangles_are_those_of_a_thin_qr)
{
    struct err e = {0};
    /* Independent columns, columns of very different lengths, nearly dependent ones. */
    struct plain near = plain_random(90, 40, 2),
                 cases[] = {plain_random(90, 40, 1), graded(90, 40, 1e-12), near};
    for (size_t i = 0; i < 90; i++)
        near.at[i * 40 + 39] = near.at[i * 40] + 1e-9 * near.at[i * 40 + 39];
    for (size_t c = 0; c < 3; c++) {
        struct panel a = panel_of(cases[c]), r = panel_new(40, 40, &e);
        ck_assert(core_triangle(&a, &r, &e));
        struct plain g = plain_product(plain_transposed(cases[c]), cases[c]);
        for (size_t i = 0; i < 40; i++)
            for (size_t j = 0; j < 40; j++) { /* R'R is the Gram matrix, column by column */
                double sum = 0, scale = sqrt(g.at[i * 41] * g.at[j * 41]);
                for (size_t k = 0; k < 40; k++)
                    sum += r.data[k + i * 40] * r.data[k + j * 40];
                ck_assert_double_eq_tol(sum, g.at[i * 40 + j], 1e-12 * scale);
            }
        double last = fabs(r.data[39 + 39 * 40]);
        ck_assert(c != 2 || (last > 1e-10 && last < 1e-7)); /* what a Gram matrix cannot tell */
        panel_free(&a);
        panel_free(&r);
    }
}
END_TEST

/* Columns computed alone are the columns of the whole, for both kinds. */
static void expect_same_columns(struct decomp *alone, struct decomp *whole, enum decomp_side side)
{
    struct err e = {0};
    for (size_t k = 0; k < 12; k++) { /* from within the first few to beyond them */
        struct vector *one = keep_vector(decomp_vector(alone, side, k, &e));
        struct vector *column =
            keep_vector(matrix_col(keep(decomp_matrix(whole, side, &e)), k, &e));
        expect_numbers(one->data, column->data, one->axis.size, 2e-5);
    }
}

START_TEST(columns_alone_are_columns_of_the_whole)
{
    struct err e = {0};
    struct plain a = plain_random(90, 90, 3), s = plain_sum(a, 1, plain_transposed(a));
    struct matrix *ma = matrix_plain(plain_random(300, 80, 4)), *ms = matrix_plain(s);
    for (enum decomp_side side = SIDE_U; side <= SIDE_V; side++) {
        expect_same_columns(keep_decomp(decomp_svd(ma, &e)), keep_decomp(decomp_svd(ma, &e)), side);
        expect_same_columns(keep_decomp(decomp_eigen(ms, &e)), keep_decomp(decomp_eigen(ms, &e)),
                            side);
    }
}
END_TEST

START_TEST(columns_together_are_columns_one_by_one)
{
    struct err e = {0};
    struct decomp *d = keep_decomp(decomp_svd(matrix_plain(plain_random(300, 80, 4)), &e));
    for (enum decomp_side side = SIDE_U; side <= SIDE_V; side++) {
        struct vector *v[45];
        ck_assert(decomp_columns(d, side, 2, 45, v, &e)); /* more than are expanded at once */
        for (size_t k = 0; k < 45; k++) {
            struct vector *one = keep_vector(decomp_vector(d, side, k + 2, &e));
            expect_numbers(keep_vector(v[k])->data, one->data, one->axis.size, 1e-13);
        }
        ck_assert(!decomp_columns(d, side, 40, 41, v, &e));
        expect_error(&e, ERR_INDEX, "component 80 is out of range: there are 80 (0 to 79)");
        ck_assert(decomp_columns(d, side, 0, 0, v, &e));
    }
}
END_TEST

/* (I - 11'/32) D (I - 11'/32), which floats hold exactly, with these values. */
static struct plain mirrored(const double *values)
{
    enum { N = 64 };
    struct plain a = plain_new(N, N);
    double trace = 0;
    for (size_t i = 0; i < N; i++)
        trace += values[i];
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            a.at[i * N + j] =
                (i == j ? values[i] : 0) - (values[i] + values[j]) / 32 + trace / 1024;
    return a;
}

/* Equal values at the ends of what is found alone: components 3 and 4, and 7 and 8. */
START_TEST(columns_of_equal_values_are_orthogonal_together)
{
    struct err e = {0};
    double values[64] = {100, 90, 80, 70, 70, 50, 40, 30, 30};
    for (size_t i = 9; i < 64; i++)
        values[i] = 20 - 0.25 * (double)i;
    struct decomp *d = keep_decomp(decomp_eigen(matrix_plain(mirrored(values)), &e));
    for (size_t first = 3; first <= 7; first += 4) {
        struct vector *v[2];
        keep_vector(decomp_vector(d, SIDE_V, first, &e)); /* found with others than its pair is */
        ck_assert(decomp_columns(d, SIDE_V, first, 2, v, &e));
        keep_vector(v[0]);
        keep_vector(v[1]);
        ck_assert_double_eq_tol(vector_dot(v[0]->data, v[1]->data, 64), 0, 1e-9);
        for (size_t i = 0; i < 64; i++) { /* the norm of a row in their span */
            double norm = hypot(v[0]->data[i], v[1]->data[i]);
            double a = (i == first) - 1.0 / 32, b = (i == first + 1) - 1.0 / 32;
            ck_assert_double_eq_tol(norm, hypot(a, b), 1e-9);
        }
    }
}
END_TEST

TCase *core_case(void)
{
    TCase *c = tcase_create("core");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_add_test(c, values_are_those_of_jacobi);
    tcase_add_test(c, first_vectors_are_singular_vectors);
    tcase_add_test(c, steep_spectra_want_the_whole_decomposition);
    tcase_add_test(c, triangles_are_those_of_a_thin_qr);
    tcase_add_test(c, columns_alone_are_columns_of_the_whole);
    tcase_add_test(c, columns_together_are_columns_one_by_one);
    tcase_add_test(c, columns_of_equal_values_are_orthogonal_together);
    return c;
}
