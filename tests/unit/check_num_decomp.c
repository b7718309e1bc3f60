/* Singular values and eigenvalues, their vectors, and the identities that tell them apart. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "bilens/num/thin.h"
#include "check_num.h"

/* The promise: every value within 1e-5 of the largest one of what double precision gives. */
static const double PROMISE = 1e-5;

static const double *column(struct decomp *d, enum decomp_side side, size_t i)
{
    struct err e = {0};
    return keep_vector(decomp_vector(d, side, i, &e))->data;
}

/* Values that are not zero: what belongs to the others may be undetermined. */
static size_t nonzero_count(const struct decomp *d)
{
    size_t count = 0;
    while (count < decomp_count(d) && decomp_values(d)[count] != 0)
        count++;
    return count;
}

/* The vectors are orthonormal, and u sigma v' is the matrix. */
static void expect_vectors(struct decomp *d, struct plain a, double scale)
{
    size_t count = nonzero_count(d);
    struct plain u = plain_new(count, a.rows), v = plain_new(count, a.cols);
    const double *s = decomp_values(d);
    size_t rank = decomp_rank(d);
    for (size_t i = 0; i < count; i++) {
        memcpy(u.at + i * a.rows, column(d, SIDE_U, i), a.rows * sizeof *u.at);
        memcpy(v.at + i * a.cols, column(d, SIDE_V, i), a.cols * sizeof *v.at);
        ck_assert_double_gt(u.at[i * a.rows + vector_peak(u.at + i * a.rows, a.rows)], 0);
    }
    struct plain uu = plain_product(u, plain_transposed(u));
    struct plain vv = plain_product(v, plain_transposed(v)), back = plain_new(a.rows, a.cols);
    for (size_t i = 0; i < count; i++) {
        ck_assert_double_eq_tol(uu.at[i * count + i], 1, 1e-6);
        ck_assert_double_eq_tol(vv.at[i * count + i], 1, 1e-6);
        for (size_t j = 0; j < i && i < rank; j++) {
            ck_assert_double_eq_tol(uu.at[i * count + j], 0, 1e-6);
            ck_assert_double_eq_tol(vv.at[i * count + j], 0, 1e-6);
        }
        for (size_t r = 0; r < a.rows; r++)
            for (size_t c = 0; c < a.cols; c++)
                back.at[r * a.cols + c] += s[i] * u.at[i * a.rows + r] * v.at[i * a.cols + c];
    }
    expect_numbers(back.at, a.at, a.rows * a.cols, 1e-6 * scale);
}

/* U or V as a matrix holds the same columns, but for single precision's rounding of the
 * coefficients, which are as large as the component is small. */
static void expect_sides(struct decomp *d)
{
    const double *s = decomp_values(d);
    struct err e = {0};
    for (enum decomp_side side = SIDE_U; side <= SIDE_V; side++) {
        struct matrix *m = keep(decomp_matrix(d, side, &e));
        ck_assert_int_eq(m->row.kind, decomp_axis(d, side).kind);
        ck_assert_int_eq(m->col.kind, AXIS_COMP);
        ck_assert_uint_eq(m->col.size, decomp_count(d));
        for (size_t i = 0; i < nonzero_count(d); i += 3)
            expect_numbers(keep_vector(matrix_col(m, i, &e))->data, column(d, side, i), m->row.size,
                           1e-6 * fmax(1, fabs(s[0]) / fmax(fabs(s[i]), 1e-300)));
    }
}

static void expect_svd(struct matrix *m, struct plain a)
{
    struct err e = {0};
    struct decomp *d = keep_decomp(decomp_svd(m, &e));
    size_t least = a.rows < a.cols ? a.rows : a.cols, count = decomp_count(d);
    const double *expected = plain_svd(a);
    ck_assert_int_eq(decomp_kind_of(d), DECOMP_SVD);
    ck_assert_uint_le(count, least);
    expect_numbers(decomp_values(d), expected, count, PROMISE * expected[0]);
    for (size_t i = count; i < least; i++) /* what is left out is zero */
        ck_assert_double_le(expected[i], PROMISE * expected[0]);
    for (size_t i = 1; i < count; i++)
        ck_assert_double_le(decomp_values(d)[i], decomp_values(d)[i - 1]);
    expect_vectors(d, a, expected[0]);
    expect_sides(d);
}

START_TEST(singular_values_of_dense_matrices)
{
    static const size_t shapes[][2] = {{1, 1},   {1, 7},  {7, 1},    {5, 3},    {3, 5},
                                       {24, 24}, {40, 9}, {257, 33}, {33, 257}, {600, 64}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        struct plain a = plain_random(shapes[s][0], shapes[s][1], (unsigned)s + 20);
        for (enum storing storing = 0; storing < STORINGS; storing++)
            if (storing == STORED_BY_ROWS || a.rows * a.cols < 2000)
                expect_svd(matrix_stored(a, AXIS_TOKEN, AXIS_RESID, storing), a);
    }
}
END_TEST

START_TEST(singular_values_of_deficient_matrices)
{
    struct plain a = plain_product(plain_random(60, 5, 1), plain_random(5, 20, 2));
    for (size_t i = 0; i < 60 * 20; i++)
        a.at[i] = (float)a.at[i];
    expect_svd(matrix_plain(a), a);
    expect_svd(matrix_plain(plain_transposed(a)), plain_transposed(a));
    struct plain twice = plain_random(30, 8, 3);
    for (size_t i = 0; i < 30; i++)
        twice.at[i * 8 + 5] = twice.at[i * 8];
    expect_svd(matrix_plain(twice), twice);
    struct err e = {0};
    struct decomp *zero = keep_decomp(decomp_svd(matrix_plain(plain_new(9, 3)), &e));
    ck_assert_uint_eq(decomp_rank(zero), 0);
    for (size_t i = 0; i < decomp_count(zero); i++)
        ck_assert_double_eq(decomp_values(zero)[i], 0);
    zero = keep_decomp(decomp_svd(matrix_plain(plain_new(3, 3)), &e));
    ck_assert_uint_eq(decomp_count(zero), 3);
    ck_assert_double_eq(decomp_values(zero)[0], 0);
}
END_TEST

START_TEST(singular_values_far_apart_keep_the_promise)
{
    /* Columns shrinking to 1e-5, 1e-6, 1e-7 of the first: small values, and the length of
     * their vectors, still hold. */
    for (int digits = 5; digits <= 8; digits++) {
        struct plain a = plain_random(120, 16, 4);
        for (size_t i = 0; i < 120 * 16; i++)
            a.at[i] *= pow(10, -digits * (double)(i % 16) / 15);
        struct plain mixed = plain_product(a, plain_random(16, 16, 5));
        for (size_t i = 0; i < 120 * 16; i++) {
            a.at[i] = (float)a.at[i];
            mixed.at[i] = (float)mixed.at[i];
        }
        expect_svd(matrix_plain(a), a);
        expect_svd(matrix_plain(mixed), mixed);
    }
}
END_TEST

START_TEST(singular_values_of_products_and_sums)
{
    struct err e = {0};
    struct plain a = plain_random(90, 6, 1), b = plain_random(6, 110, 2),
                 c = plain_random(90, 4, 3);
    struct plain d = plain_random(4, 110, 4), middle = plain_random(6, 6, 5);
    struct plain p = plain_product(plain_product(a, middle), b);
    for (enum storing storing = 0; storing < STORINGS; storing++) {
        struct matrix *ma = matrix_stored(a, AXIS_TOKEN, AXIS_HEAD, storing);
        struct matrix *mb = matrix_stored(b, AXIS_HEAD, AXIS_POS, storing);
        struct matrix *m = matrix_stored(middle, AXIS_HEAD, AXIS_HEAD, storing);
        m = keep(matrix_product(keep(matrix_product(ma, m, &e)), mb, &e));
        expect_svd(m, p);
        struct matrix *other = matrix_stored(c, AXIS_TOKEN, AXIS_INDEX, STORED_BY_COLUMNS);
        other = keep(matrix_product(other, matrix_plain(d), &e));
        expect_svd(keep(matrix_sum(m, -0.5, other, &e)), plain_sum(p, -0.5, plain_product(c, d)));
    }
    /* Narrow inside and wide outside: (9 x 9) through 2. */
    struct plain x = plain_random(9, 2, 8), y = plain_random(2, 9, 9), z = plain_random(9, 9, 10);
    struct matrix *m = keep(matrix_product(matrix_plain(z), matrix_plain(x), &e));
    m = keep(matrix_product(m, matrix_plain(y), &e));
    m = keep(matrix_product(m, matrix_plain(z), &e));
    expect_svd(m, plain_product(plain_product(z, plain_product(x, y)), z));
    ck_assert_uint_eq(decomp_count(keep_decomp(decomp_svd(m, &e))), 2);
}
END_TEST

START_TEST(components_beyond_the_count_are_refused)
{
    struct err e = {0};
    struct decomp *d = keep_decomp(decomp_svd(matrix_plain(plain_random(5, 3, 1)), &e));
    ck_assert_ptr_null(decomp_vector(d, SIDE_V, 3, &e));
    expect_error(&e, ERR_INDEX, "component 3 is out of range: there are 3 (0 to 2)");
    d = keep_decomp(decomp_svd(matrix_plain(plain_new(5, 0)), &e));
    ck_assert_ptr_null(decomp_vector(d, SIDE_U, 0, &e));
    expect_error(&e, ERR_INDEX, "component 0 is out of range: there are none");
}
END_TEST

START_TEST(the_rank_ignores_what_float32_cannot_tell)
{
    struct err e = {0};
    struct plain a = plain_new(40, 40);
    static const float entries[] = {1, 0.5F, 1e-3F, 1e-5F, 2e-7F, 1e-8F};
    for (size_t i = 0; i < 6; i++)
        a.at[i * 41] = (double)entries[i];
    /* 2^-22 of their norm is 2.7e-7. */
    ck_assert_uint_eq(decomp_rank(keep_decomp(decomp_svd(matrix_plain(a), &e))), 4);
    a.at[3 * 41] *= -1;
    struct decomp *d = keep_decomp(decomp_eigen(matrix_plain(a), &e));
    ck_assert_uint_eq(decomp_rank(d), 4);
    ck_assert_double_eq_tol(decomp_noise(d), 2.6656e-7, 1e-11);
}
END_TEST

/* Of what two matrices have in common nothing is left, wherever their numbers are stored. */
START_TEST(the_difference_of_equal_matrices_is_zero)
{
    struct err e = {0};
    struct plain a = plain_random(300, 12, 1), b = plain_random(12, 40, 2);
    for (size_t i = 0; i < 300 * 12; i++)
        a.at[i] *= 1e10;
    struct matrix *one = matrix_plain(a), *two = matrix_stored(a, AXIS_INDEX, AXIS_INDEX, 1);
    struct matrix *three = matrix_plain(a), *right = matrix_plain(b);
    struct matrix *half = keep(matrix_sum(one, -0.25, two, &e));
    struct matrix *differences[] = {
        keep(matrix_sum(one, -1, two, &e)),
        keep(matrix_sum(half, -0.75, three, &e)),
        keep(matrix_sum(keep(matrix_product(one, right, &e)), -1,
                        keep(matrix_product(two, right, &e)), &e)),
    };
    for (size_t i = 0; i < 3; i++) {
        struct decomp *d = keep_decomp(decomp_svd(differences[i], &e));
        double norm;
        ck_assert(matrix_norm(differences[i], &norm, &e));
        ck_assert_double_le(norm, i < 2 ? 0 : 1e-12 * plain_norm(a) * plain_norm(b));
        ck_assert_uint_eq(decomp_rank(d), 0);
        ck_assert_double_eq(decomp_values(d)[0], 0);
    }
}
END_TEST

/* What rounding the terms of a sum may have left is no rank: four rows that differ by 1e-9 of
 * them, and one by 1e-2. */
START_TEST(the_rank_of_a_sum_is_told_by_its_terms)
{
    struct err e = {0};
    struct plain a = plain_random(40, 5, 1), b = plain_random(5, 30, 2), c = plain_new(5, 30);
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 30; j++)
            c.at[i * 30 + j] = b.at[i * 30 + j] * (i == 0 ? 1.01 : 1 + 1e-9);
    struct matrix *left = matrix_plain(a);
    struct matrix *one = keep(matrix_product(left, matrix_plain(b), &e));
    struct matrix *two = keep(matrix_product(left, matrix_plain(c), &e));
    ck_assert_uint_eq(decomp_rank(keep_decomp(decomp_svd(one, &e))), 5);
    ck_assert_uint_eq(decomp_rank(keep_decomp(decomp_svd(keep(matrix_sum(one, -1, two, &e)), &e))),
                      1);
}
END_TEST

/* Eigenvalues with their sign, and m v = lambda v for each vector. */
static void expect_eigen(struct matrix *m, struct plain a)
{
    struct err e = {0};
    struct decomp *d = keep_decomp(decomp_eigen(m, &e));
    const double *expected = plain_eigen(a);
    size_t count = decomp_count(d);
    ck_assert_int_eq(decomp_kind_of(d), DECOMP_EIGEN);
    for (size_t i = 0; i < count; i++) {
        /* Opposite values of one magnitude may come in either order. */
        ck_assert_double_eq_tol(fabs(decomp_values(d)[i]), fabs(expected[i]),
                                PROMISE * fabs(expected[0]));
        const double *v = column(d, SIDE_V, i);
        struct plain av = plain_product(a, (struct plain){a.rows, 1, (double *)v});
        for (size_t k = 0; k < a.rows; k++)
            ck_assert_double_eq_tol(av.at[k], decomp_values(d)[i] * v[k],
                                    2 * PROMISE * fabs(expected[0]));
        ck_assert_double_gt(v[vector_peak(v, a.rows)], 0);
        ck_assert_double_eq_tol(vector_dot(v, v, a.rows), 1, 1e-6);
        expect_numbers(column(d, SIDE_U, i), v, a.rows, 0);
    }
    for (size_t i = count; i < a.rows; i++)
        ck_assert_double_le(fabs(expected[i]), PROMISE * fabs(expected[0]));
    expect_sides(d);
}

static struct plain symmetric(size_t n, unsigned seed)
{
    struct plain a = plain_random(n, n, seed);
    return plain_sum(a, 1, plain_transposed(a));
}

START_TEST(eigenvalues_of_symmetric_matrices)
{
    static const size_t sizes[] = {1, 2, 3, 17, 40};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (enum storing storing = 0; storing < STORINGS; storing++) {
            struct plain a = symmetric(sizes[s], (unsigned)s);
            expect_eigen(matrix_stored(a, AXIS_RESID, AXIS_RESID, storing), a);
        }
}
END_TEST

START_TEST(eigenvalues_of_symmetric_products_and_sums)
{
    struct err e = {0};
    struct plain w = plain_random(6, 80, 1), q = symmetric(6, 2), g = plain_random(80, 1, 3);
    struct plain p = plain_product(plain_product(plain_transposed(w), q), w);
    struct matrix *mw = matrix_stored(w, AXIS_RESID, AXIS_TOKEN, STORED_BY_ROWS);
    struct matrix *mq = matrix_stored(q, AXIS_RESID, AXIS_RESID, STORED_BY_ROWS);
    struct matrix *mg = matrix_stored(g, AXIS_TOKEN, AXIS_INDEX, STORED_BY_ROWS);
    struct matrix *m = keep(matrix_transpose(mw));
    m = keep(matrix_product(keep(matrix_product(m, mq, &e)), mw, &e)); /* E' Q E */
    expect_eigen(m, p);
    ck_assert_uint_eq(decomp_count(keep_decomp(decomp_eigen(m, &e))), 6);
    struct matrix *gg = keep(matrix_product(mg, keep(matrix_transpose(mg)), &e));
    struct matrix *sum = keep(matrix_sum(m, -4, gg, &e));
    struct plain ps = plain_sum(p, -4, plain_product(g, plain_transposed(g)));
    expect_eigen(sum, ps);
    struct plain full = symmetric(80, 7); /* a term without a tall factor */
    struct matrix *mf = matrix_stored(full, AXIS_TOKEN, AXIS_TOKEN, STORED_BY_COLUMNS);
    expect_eigen(keep(matrix_sum(sum, 0.1, mf, &e)), plain_sum(ps, 0.1, full));
    /* A sum of two that are not symmetric: A B' + B A'. */
    struct plain a = plain_random(50, 2, 8), b = plain_random(50, 2, 9);
    struct plain ab = plain_product(a, plain_transposed(b));
    struct matrix *mab =
        keep(matrix_product(matrix_plain(a), keep(matrix_transpose(matrix_plain(b))), &e));
    struct matrix *both = keep(matrix_sum(mab, 1, keep(matrix_transpose(mab)), &e));
    expect_eigen(both, plain_sum(ab, 1, plain_transposed(ab)));
}
END_TEST

START_TEST(opposite_eigenvalues_keep_their_own_vectors)
{
    struct err e = {0};
    for (unsigned seed = 0; seed < 20; seed++) {
        struct plain b = plain_random(9, 7, seed), a = plain_new(16, 16);
        for (size_t i = 0; i < 9; i++)
            for (size_t j = 0; j < 7; j++)
                a.at[i * 16 + 9 + j] = a.at[(9 + j) * 16 + i] = b.at[i * 7 + j];
        /* [[0, B], [B', 0]] has the eigenvalues +s and -s for each singular value of B. */
        expect_eigen(matrix_plain(a), a);
    }
    (void)e;
}
END_TEST

START_TEST(eigen_refuses_what_is_not_symmetric)
{
    struct err e = {0};
    struct plain a = symmetric(8, 1);
    a.at[1] += 1e-4 * plain_norm(a) / 1.5;
    keep_decomp(decomp_eigen(matrix_plain(a), &e)); /* |A - A'| is 0.94e-4 |A| */
    a.at[1] += 1e-4 * plain_norm(a) / 3;
    ck_assert_ptr_null(decomp_eigen(matrix_plain(a), &e));
    expect_error(&e, ERR_ARGUMENT,
                 "not symmetric (|A - A'| is 0.00014 of |A|): eig takes symmetric matrices; "
                 "0.5 * (A + A') is the symmetric part, and svd takes any matrix");
}
END_TEST

static bool fill_with_nan(void *context, size_t first, size_t count, float *out, struct err *e)
{
    (void)e;
    for (size_t i = 0; i < count; i++)
        out[i] = (first + i) % *(size_t *)context ? 1 : NAN;
    return true;
}

START_TEST(nonfinite_weights_are_named)
{
    struct err e = {0};
    double norm;
    for (size_t every = 60; every <= 100; every += 40) {
        struct storage_source source = {.fill = fill_with_nan, .context = &every};
        struct storage *s = storage_new_lazy(source, 100, "layer.0.q_proj.weight");
        struct dense *d = dense_view(s, 0, 25, 4, 4, 1);
        struct matrix *m = keep(
            matrix_from_dense(d, axis_make(AXIS_TOKEN, 25, NULL), axis_make(AXIS_RESID, 4, NULL)));
        struct matrix *g = keep(matrix_product(m, keep(matrix_transpose(m)), &e));
        const char *expected = every == 60 ? "layer.0.q_proj.weight holds 2 NaN or infinite values"
                                           : "layer.0.q_proj.weight holds 1 NaN or infinite value";
        ck_assert_ptr_null(decomp_svd(m, &e));
        expect_error(&e, ERR_NONFINITE, expected);
        ck_assert_ptr_null(decomp_eigen(g, &e));
        expect_error(&e, ERR_NONFINITE, expected);
        ck_assert(!matrix_norm(keep(matrix_transpose(m)), &norm, &e));
        expect_error(&e, ERR_NONFINITE, expected);
        dense_unref(d);
        storage_unref(s);
    }
    struct matrix *huge = keep(matrix_scale(matrix_plain(plain_random(3, 3, 1)), INFINITY));
    ck_assert_ptr_null(decomp_svd(huge, &e));
    expect_error(&e, ERR_NONFINITE,
                 "the values are not finite: something overflowed, or was divided by zero");
}
END_TEST

START_TEST(decompositions_outlive_their_matrix)
{
    struct err e = {0};
    struct matrix *m = matrix_plain(plain_random(50, 4, 1));
    struct decomp *d = decomp_svd(m, &e);
    free_kept();
    struct vector *v = decomp_vector(decomp_ref(d), SIDE_U, 3, &e);
    ck_assert_double_eq_tol(vector_dot(v->data, v->data, 50), 1, 1e-9);
    decomp_unref(d);
    decomp_unref(d);
    decomp_unref(NULL);
    vector_unref(v);
}
END_TEST

TCase *decomp_case(void)
{
    TCase *c = tcase_create("decomp");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_add_test(c, singular_values_of_dense_matrices);
    tcase_add_test(c, singular_values_of_deficient_matrices);
    tcase_add_test(c, singular_values_far_apart_keep_the_promise);
    tcase_add_test(c, singular_values_of_products_and_sums);
    tcase_add_test(c, components_beyond_the_count_are_refused);
    tcase_add_test(c, the_rank_ignores_what_float32_cannot_tell);
    tcase_add_test(c, the_difference_of_equal_matrices_is_zero);
    tcase_add_test(c, the_rank_of_a_sum_is_told_by_its_terms);
    tcase_add_test(c, eigenvalues_of_symmetric_matrices);
    tcase_add_test(c, eigenvalues_of_symmetric_products_and_sums);
    tcase_add_test(c, opposite_eigenvalues_keep_their_own_vectors);
    tcase_add_test(c, eigen_refuses_what_is_not_symmetric);
    tcase_add_test(c, nonfinite_weights_are_named);
    tcase_add_test(c, decompositions_outlive_their_matrix);
    return c;
}

/* ---- what is cyclic and what is not ---- */

static double norm_of(struct matrix *m)
{
    struct err e = {0};
    double norm = 0;
    ck_assert(matrix_norm(m, &norm, &e));
    return norm;
}

static double trace_of(struct matrix *m)
{
    struct err e = {0};
    double trace = 0;
    ck_assert(matrix_trace(m, &trace, &e));
    return trace;
}

START_TEST(trace_is_cyclic_and_norm_is_not)
{
    struct err e = {0};
    struct plain a = plain_random(40, 5, 1), b = plain_random(5, 40, 2);
    struct matrix *ma = matrix_plain(a), *mb = matrix_plain(b);
    struct matrix *ab = keep(matrix_product(ma, mb, &e)), *ba = keep(matrix_product(mb, ma, &e));
    ck_assert_double_eq_tol(trace_of(ab), plain_trace(plain_product(a, b)), 1e-5);
    ck_assert_double_eq_tol(trace_of(ba), trace_of(ab), 1e-5);
    double outer = norm_of(ab), inner = norm_of(ba);
    ck_assert_double_eq_tol(outer, plain_norm(plain_product(a, b)), 1e-5);
    ck_assert_double_eq_tol(inner, plain_norm(plain_product(b, a)), 1e-5);
    ck_assert_double_gt(fabs(outer - inner), 0.1 * outer);
}
END_TEST

START_TEST(eigenvalues_are_cyclic_and_singular_values_are_not)
{
    struct err e = {0};
    /* S T with S = A A' positive and T symmetric: A' T A has the eigenvalues of S T. */
    struct plain a = plain_random(40, 5, 1), t = symmetric(40, 2);
    struct plain inner = plain_product(plain_product(plain_transposed(a), t), a); /* 5 x 5 */
    struct plain outer = plain_product(t, plain_product(a, plain_transposed(a))); /* 40 x 40 */
    struct matrix *ma = matrix_plain(a), *mt = matrix_plain(t);
    struct matrix *mi =
        keep(matrix_product(keep(matrix_product(keep(matrix_transpose(ma)), mt, &e)), ma, &e));
    struct matrix *mo =
        keep(matrix_product(mt, keep(matrix_product(ma, keep(matrix_transpose(ma)), &e)), &e));
    struct decomp *eigen = keep_decomp(decomp_eigen(mi, &e));
    const double *lambda = decomp_values(eigen);
    double sum = 0, sum_of_squares = 0;
    for (size_t i = 0; i < 5; i++) {
        sum += lambda[i];
        sum_of_squares += lambda[i] * lambda[i];
    }
    /* Power sums of the eigenvalues of the other order: tr(TS) and tr(TSTS). */
    ck_assert_double_eq_tol(sum, plain_trace(outer), 1e-4);
    ck_assert_double_eq_tol(trace_of(mo), sum, 1e-4);
    ck_assert_double_eq_tol(sum_of_squares, plain_trace(plain_product(outer, outer)), 1e-2);
    const double *si = plain_svd(inner), *so = plain_svd(outer);
    struct decomp *di = keep_decomp(decomp_svd(mi, &e)), *dn = keep_decomp(decomp_svd(mo, &e));
    expect_numbers(decomp_values(di), si, 5, PROMISE * si[0]);
    expect_numbers(decomp_values(dn), so, 5, PROMISE * so[0]);
    ck_assert_double_gt(fabs(so[0] - si[0]), 0.1 * so[0]);
}
END_TEST

TCase *identity_case(void)
{
    TCase *c = tcase_create("identities");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_add_test(c, trace_is_cyclic_and_norm_is_not);
    tcase_add_test(c, eigenvalues_are_cyclic_and_singular_values_are_not);
    return c;
}
