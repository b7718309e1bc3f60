/* What is made of a bilinear MLP: its diagonal on tokens, bordered interactions, and the
 * structure that its outputs share. */
#include <float.h>
#include <math.h>

#include "bilens/num/bordered.h"
#include "bilens/num/diagonal.h"
#include "bilens/num/hosvd.h"
#include "bilens/num/quadratic.h"
#include "check_num.h"

#define PROMISE 1e-5 /* of the largest value */

/* A small model, plain and as matrices. */
struct mlp {
    struct plain e, l, r, p, u;
    struct matrix *me, *ml, *mr, *mp, *mu;
};

static struct mlp mlp_make(size_t resid, size_t hidden, size_t tokens, enum storing s)
{
    struct mlp m = {.e = plain_random(resid, tokens, 1), .l = plain_random(hidden, resid, 2)};
    m.r = plain_random(hidden, resid, 3);
    m.p = plain_random(resid, hidden, 4);
    m.u = plain_random(tokens, resid, 5);
    m.me = matrix_stored(m.e, AXIS_RESID, AXIS_TOKEN, s);
    m.ml = matrix_stored(m.l, AXIS_HIDDEN, AXIS_RESID, s);
    m.mr = matrix_stored(m.r, AXIS_HIDDEN, AXIS_RESID, s);
    m.mp = matrix_stored(m.p, AXIS_RESID, AXIS_HIDDEN, s);
    m.mu = matrix_stored(m.u, AXIS_TOKEN, AXIS_RESID, s);
    return m;
}

/* P((LE) o (RE)). */
static struct plain plain_outputs(struct mlp m)
{
    struct plain le = plain_product(m.l, m.e), re = plain_product(m.r, m.e);
    for (size_t i = 0; i < le.rows * le.cols; i++)
        le.at[i] *= re.at[i];
    return plain_product(m.p, le);
}

/* Q_g = 1/2 (L' diag(P'g) R + R' diag(P'g) L). */
static struct plain plain_form(struct mlp m, const double *g)
{
    struct plain al = plain_sum(m.l, 0, m.l);
    for (size_t h = 0; h < m.l.rows; h++) {
        double a = 0;
        for (size_t i = 0; i < m.p.rows; i++)
            a += m.p.at[i * m.p.cols + h] * g[i];
        for (size_t i = 0; i < m.l.cols; i++)
            al.at[h * m.l.cols + i] *= a;
    }
    struct plain half = plain_product(plain_transposed(al), m.r);
    struct plain both = plain_sum(half, 1, plain_transposed(half));
    return plain_sum(both, -0.5, both);
}

static struct vector *resid_vector(size_t size, unsigned seed)
{
    struct vector *v = keep_vector(vector_new(axis_make(AXIS_RESID, size, NULL)));
    struct plain p = plain_random(1, size, seed);
    for (size_t i = 0; i < size; i++)
        v->data[i] = p.at[i];
    return v;
}

/* ---- the diagonal ---- */

START_TEST(diagonal_outputs_are_the_mlp_of_each_token)
{
    struct err e = {0};
    static const size_t tokens[] = {1, 255, 256, 600};
    for (size_t t = 0; t < 4; t++)
        for (enum storing s = 0; s < STORINGS; s++) {
            struct mlp m = mlp_make(7, 12, tokens[t], s);
            struct matrix *x = keep(diagonal_outputs(m.me, m.ml, m.mr, m.mp, false, &e));
            ck_assert_int_eq(x->row.kind, AXIS_RESID);
            ck_assert_int_eq(x->col.kind, AXIS_TOKEN);
            struct plain expected = plain_outputs(m);
            expect_entries(x, expected, 1e-5);
            x = keep(diagonal_outputs(m.me, m.ml, m.mr, m.mp, true, &e));
            expect_entries(x, plain_sum(expected, 1, m.e), 1e-5);
            expect_entries(keep(diagonal_matrix(m.mu, x, &e)),
                           plain_product(m.u, plain_sum(expected, 1, m.e)), 1e-4);
        }
}
END_TEST

START_TEST(the_diagonal_has_the_singular_values_of_the_dense_one)
{
    struct err e = {0};
    struct mlp m = mlp_make(6, 10, 70, STORED_BY_COLUMNS);
    struct matrix *x = keep(diagonal_outputs(m.me, m.ml, m.mr, m.mp, true, &e));
    struct decomp *d = keep_decomp(decomp_svd(keep(diagonal_matrix(m.mu, x, &e)), &e));
    struct plain dense = plain_product(m.u, plain_sum(plain_outputs(m), 1, m.e));
    const double *s = plain_svd(dense);
    ck_assert_uint_eq(decomp_count(d), 6);
    expect_numbers(decomp_values(d), s, 6, PROMISE * s[0]);
    ck_assert_double_le(s[6], 1e-6 * s[0]);
}
END_TEST

START_TEST(diagonals_refuse_what_does_not_fit)
{
    struct err e = {0};
    struct mlp m = mlp_make(6, 10, 20, STORED_BY_ROWS);
    ck_assert_ptr_null(diagonal_outputs(m.me, m.ml, m.mp, m.mp, false, &e));
    expect_error(&e, ERR_AXES,
                 "the columns of R, hidden (10), and the rows of E, resid (6), do not match");
    ck_assert_ptr_null(diagonal_outputs(m.me, m.ml, m.mr, m.mr, false, &e));
    expect_error(&e, ERR_AXES,
                 "the columns of P, resid (6), and the rows of L, hidden (10), do not match");
    struct plain bad = plain_sum(m.r, 0, m.r);
    bad.at[3] = NAN;
    struct matrix *mb = matrix_stored(bad, AXIS_HIDDEN, AXIS_RESID, STORED_BY_ROWS);
    ck_assert_ptr_null(diagonal_outputs(m.me, m.ml, mb, m.mp, false, &e));
    expect_error(&e, ERR_NONFINITE, "a computed matrix holds 1 NaN or infinite value");
    struct matrix *large = keep(matrix_scale(m.ml, 0x1p100));
    struct matrix *larger = keep(matrix_scale(m.mr, 0x1p100)); /* beyond single precision */
    struct matrix *x = keep(diagonal_outputs(m.me, large, larger, m.mp, false, &e));
    expect_entries(keep(matrix_scale(x, 0x1p-200)), plain_outputs(m), 1e-5);
}
END_TEST

/* ---- the form along a direction ---- */

START_TEST(forms_do_not_depend_on_how_the_weights_are_stored)
{
    struct err e = {0};
    static const size_t hidden[] = {1, 10, 256, 530}; /* and not on how many units a block has */
    for (size_t h = 0; h < 4; h++)
        for (int storing = 0; storing < STORINGS; storing++) {
            struct mlp m = mlp_make(9, hidden[h], 5, (enum storing)storing);
            struct vector *g = resid_vector(9, 8);
            struct plain expected = plain_form(m, g->data);
            struct matrix *q = keep(quadratic_form(m.ml, m.mr, m.mp, g, &e));
            expect_entries(q, expected, 1e-6 * plain_norm(expected));
        }
}
END_TEST

START_TEST(forms_refuse_what_does_not_fit)
{
    struct err e = {0};
    struct mlp m = mlp_make(5, 9, 20, STORED_BY_ROWS);
    struct vector *g = resid_vector(5, 8);
    ck_assert_ptr_null(quadratic_form(m.ml, m.mp, m.mp, g, &e));
    expect_error(&e, ERR_AXES,
                 "the columns of L, resid (5), and the columns of R, hidden (9), do not match");
    ck_assert_ptr_null(quadratic_form(m.ml, m.mr, m.mu, g, &e));
    expect_error(&e, ERR_AXES,
                 "the columns of P, resid (5), and the rows of L, hidden (9), do not match");
}
END_TEST

/* ---- bordered forms ---- */

START_TEST(the_seed_form_adds_the_direction_to_the_diagonal)
{
    struct err e = {0};
    struct mlp m = mlp_make(6, 10, 40, STORED_BY_ROWS);
    struct vector *g = resid_vector(6, 8);
    struct matrix *q = keep(quadratic_form(m.ml, m.mr, m.mp, g, &e));
    struct plain expected = plain_form(m, g->data);
    expect_entries(q, expected, 1e-5);
    for (size_t i = 0; i < 6; i++)
        expected.at[i * 7] += g->data[i];
    struct matrix *seed = keep(bordered_seed(q, g, &e));
    expect_entries(seed, expected, 1e-5);
    ck_assert_int_eq(seed->row.kind, AXIS_RESID);
    struct vector *other = resid_vector(5, 8);
    ck_assert_ptr_null(bordered_seed(q, other, &e));
    expect_error(&e, ERR_AXES,
                 "the rows of Q, resid (6), and the output direction, resid (5), do not match");
}
END_TEST

/* [E; 1'], and S. */
static struct plain with_ones(struct plain e)
{
    struct plain b = plain_new(e.rows + 1, e.cols);
    for (size_t i = 0; i < b.rows; i++)
        for (size_t j = 0; j < b.cols; j++)
            b.at[i * b.cols + j] = i < e.rows ? e.at[i * e.cols + j] : 1;
    return b;
}

static struct plain plain_bordered(struct plain q, const double *g)
{
    size_t n = q.rows, size = n + 1;
    struct plain s = plain_new(size, size);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            s.at[i * size + j] = q.at[i * n + j];
        s.at[i * size + n] = s.at[n * size + i] = g[i] / 2;
    }
    return s;
}

START_TEST(the_bordered_form_is_the_form_with_its_linear_term)
{
    struct err e = {0};
    struct mlp m = mlp_make(6, 10, 40, STORED_BY_ROWS);
    struct vector *g = resid_vector(6, 8);
    struct plain form = plain_form(m, g->data), s = plain_bordered(form, g->data);
    struct matrix *q = keep(quadratic_form(m.ml, m.mr, m.mp, g, &e));
    expect_entries(keep(bordered_form(q, g, &e)), s, 1e-5);
    struct plain et = with_ones(m.e);
    struct plain tokens = plain_product(plain_product(plain_transposed(et), s), et);
    struct matrix *b = keep(bordered_tokens(m.me, q, g, &e));
    ck_assert_int_eq(b->row.kind, AXIS_TOKEN);
    ck_assert_int_eq(b->col.kind, AXIS_TOKEN);
    expect_entries(b, tokens, 1e-4);
    /* On the diagonal: x'Qx + g'x. */
    struct vector *d = keep_vector(matrix_diagonal_of(b, &e));
    for (size_t t = 0; t < 40; t++) {
        double y = 0;
        for (size_t i = 0; i < 6; i++) {
            y += g->data[i] * m.e.at[i * 40 + t];
            for (size_t j = 0; j < 6; j++)
                y += m.e.at[i * 40 + t] * form.at[i * 6 + j] * m.e.at[j * 40 + t];
        }
        ck_assert_double_eq_tol(d->data[t], y, 1e-4);
    }
}
END_TEST

START_TEST(bordered_eigenvalues_are_those_in_the_token_metric)
{
    struct err e = {0};
    for (size_t tokens = 5; tokens <= 60; tokens += 55) {
        struct mlp m = mlp_make(6, 10, tokens, STORED_BY_COLUMNS);
        struct vector *g = resid_vector(6, 9);
        struct matrix *q = keep(quadratic_form(m.ml, m.mr, m.mp, g, &e));
        struct decomp *d = keep_decomp(decomp_eigen(keep(bordered_tokens(m.me, q, g, &e)), &e));
        struct plain et = with_ones(m.e), s = plain_bordered(plain_form(m, g->data), g->data);
        const double *expected =
            plain_eigen(plain_product(plain_product(plain_transposed(et), s), et));
        size_t count = tokens < 7 ? tokens : 7;
        ck_assert_uint_eq(decomp_count(d), count);
        expect_numbers(decomp_values(d), expected, count, PROMISE * fabs(expected[0]));
    }
}
END_TEST

/* ---- shared structure ---- */

/* sum_ij Q_g[i,j] Q_h[i,j] for g and h along the axes: from the explicit tensor. */
static struct plain plain_gram(struct mlp m)
{
    size_t n = m.p.rows;
    struct plain tensor = plain_new(n, n * n);
    for (size_t g = 0; g < n; g++) {
        struct plain axis = plain_new(1, n);
        axis.at[g] = 1;
        struct plain q = plain_form(m, axis.at);
        for (size_t i = 0; i < n * n; i++)
            tensor.at[g * n * n + i] = q.at[i];
    }
    return plain_product(tensor, plain_transposed(tensor));
}

START_TEST(the_output_gram_matrix_is_that_of_the_tensor)
{
    struct err e = {0};
    static const size_t hidden[] = {1, 10, 256, 300};
    for (size_t h = 0; h < 4; h++) {
        struct mlp m = mlp_make(6, hidden[h], 20, h % 2 ? STORED_BACKWARDS : STORED_BY_ROWS);
        struct plain expected = plain_gram(m);
        struct panel gram;
        ck_assert(hosvd_gram(m.ml, m.mr, m.mp, &gram, &e));
        expect_numbers(gram.data, expected.at, 36, 1e-6 * plain_norm(expected));
        panel_free(&gram);
        struct decomp *d = keep_decomp(hosvd_eigen(m.ml, m.mr, m.mp, &e));
        ck_assert_int_eq(decomp_axis(d, SIDE_V).kind, AXIS_RESID);
        const double *s = plain_eigen(expected);
        expect_numbers(decomp_values(d), s, 6, PROMISE * s[0]);
    }
}
END_TEST

/* Fewer hidden units than outputs: most values are zero, and their roots would be those of
 * rounding. All forms one below the other have the tensor's singular values. */
START_TEST(the_roots_of_a_deficient_gram_matrix_are_singular_values)
{
    enum { RESID = 16, HIDDEN = 3 };
    struct err e = {0};
    for (double size = 1e-10; size < 1e11; size *= 1e10) {
        struct mlp m = mlp_make(RESID, HIDDEN, 8, STORED_BY_ROWS);
        struct plain forms = plain_new(RESID, RESID * RESID);
        for (size_t i = 0; i < RESID; i++) {
            double unit[RESID] = {0};
            unit[i] = 1;
            struct plain q = plain_form(m, unit);
            for (size_t k = 0; k < RESID * RESID; k++)
                forms.at[i * RESID * RESID + k] = q.at[k];
        }
        const double *expected = plain_svd(forms);
        struct plain p = plain_new(RESID, HIDDEN);
        for (size_t i = 0; i < RESID * HIDDEN; i++)
            p.at[i] = size * m.p.at[i];
        struct matrix *mp = matrix_stored(p, AXIS_RESID, AXIS_HIDDEN, STORED_BY_ROWS);
        struct decomp *d = keep_decomp(hosvd_eigen(m.ml, m.mr, mp, &e));
        ck_assert_uint_eq(decomp_count(d), RESID);
        ck_assert_double_eq(decomp_noise(d), 4 * RESID * DBL_EPSILON);
        for (size_t i = 0; i < RESID; i++)
            ck_assert_double_eq_tol(sqrt(fabs(decomp_values(d)[i])) / size, expected[i],
                                    1e-6 * expected[0]);
    }
}
END_TEST

/* Singular values of the tensor down to 1e-5 of the largest are eigenvalues down to 1e-10: float32
 * would call them zero, doubles do not. */
START_TEST(small_values_of_a_gram_matrix_are_no_noise)
{
    enum { SIZE = 6 };
    struct err e = {0};
    struct mlp m = mlp_make(SIZE, SIZE, 8, STORED_BY_ROWS);
    struct plain p = plain_new(SIZE, SIZE);
    for (size_t i = 0; i < SIZE; i++)
        p.at[i * SIZE + i] = pow(10, -(double)i);
    struct matrix *mp = matrix_stored(p, AXIS_RESID, AXIS_HIDDEN, STORED_BY_ROWS);
    ck_assert_uint_eq(decomp_rank(keep_decomp(hosvd_eigen(m.ml, m.mr, mp, &e))), SIZE);
}
END_TEST

START_TEST(kinship_is_the_cosine_of_forms)
{
    enum { TOKENS = 530 };
    struct err e = {0};
    struct mlp m = mlp_make(5, 9, TOKENS, STORED_BY_ROWS);
    for (size_t i = 0; i < 5; i++)
        m.u.at[17 * 5 + i] = 0; /* a token without an output */
    m.mu = matrix_stored(m.u, AXIS_TOKEN, AXIS_RESID, STORED_BY_COLUMNS);
    struct vector *g = resid_vector(5, 8);
    struct plain own = plain_form(m, g->data);
    struct panel gram;
    ck_assert(hosvd_gram(m.ml, m.mr, m.mp, &gram, &e));
    struct vector *norms = keep_vector(kinship_norms(m.mu, &gram, &e));
    struct vector *cosines = keep_vector(kinship_cosines(m.mu, &gram, norms, g, &e));
    ck_assert_int_eq(cosines->axis.kind, AXIS_TOKEN);
    for (size_t t = 0; t < TOKENS; t++) {
        struct plain q = plain_form(m, m.u.at + t * 5);
        double expected = vector_dot(q.at, own.at, 25) / plain_norm(q) / plain_norm(own);
        ck_assert_double_eq_tol(norms->data[t], plain_norm(q), 1e-6);
        ck_assert_double_eq_tol(cosines->data[t], t == 17 ? 0 : expected, 1e-6);
    }
    ck_assert_double_eq(cosines->data[17], 0);
    panel_free(&gram);
}
END_TEST

START_TEST(shared_structure_refuses_what_does_not_fit)
{
    struct err e = {0};
    struct mlp m = mlp_make(5, 9, 20, STORED_BY_ROWS);
    struct panel gram;
    ck_assert(!hosvd_gram(m.ml, m.mp, m.mp, &gram, &e));
    expect_error(&e, ERR_AXES,
                 "the columns of L, resid (5), and the columns of R, hidden (9), do not match");
    ck_assert(hosvd_gram(m.ml, m.mr, m.mp, &gram, &e));
    ck_assert_ptr_null(kinship_norms(m.me, &gram, &e));
    expect_error(&e, ERR_AXES, "the Gram matrix of 5 output directions does not fit 20 columns");
    struct vector *norms = keep_vector(kinship_norms(m.mu, &gram, &e));
    ck_assert_ptr_null(kinship_cosines(m.mu, &gram, norms, norms, &e));
    expect_error(&e, ERR_AXES,
                 "the columns of U, resid (5), and the output direction, token (20), do not match");
    panel_free(&gram);
    m.l.at[0] = INFINITY;
    struct matrix *bad = matrix_stored(m.l, AXIS_HIDDEN, AXIS_RESID, STORED_BY_ROWS);
    ck_assert(!hosvd_gram(bad, m.mr, m.mp, &gram, &e));
    expect_error(&e, ERR_NONFINITE, "a computed matrix holds 1 NaN or infinite value");
    ck_assert_ptr_null(gram.data);
}
END_TEST

TCase *bilinear_case(void)
{
    TCase *c = tcase_create("bilinear");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_set_timeout(c, 30);
    tcase_add_test(c, diagonal_outputs_are_the_mlp_of_each_token);
    tcase_add_test(c, the_diagonal_has_the_singular_values_of_the_dense_one);
    tcase_add_test(c, diagonals_refuse_what_does_not_fit);
    tcase_add_test(c, forms_do_not_depend_on_how_the_weights_are_stored);
    tcase_add_test(c, forms_refuse_what_does_not_fit);
    tcase_add_test(c, the_seed_form_adds_the_direction_to_the_diagonal);
    tcase_add_test(c, the_bordered_form_is_the_form_with_its_linear_term);
    tcase_add_test(c, bordered_eigenvalues_are_those_in_the_token_metric);
    tcase_add_test(c, the_output_gram_matrix_is_that_of_the_tensor);
    tcase_add_test(c, the_roots_of_a_deficient_gram_matrix_are_singular_values);
    tcase_add_test(c, small_values_of_a_gram_matrix_are_no_noise);
    tcase_add_test(c, kinship_is_the_cosine_of_forms);
    tcase_add_test(c, shared_structure_refuses_what_does_not_fit);
    return c;
}
