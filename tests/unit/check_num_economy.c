/* What must not grow: sums and products made again and again, and diagonals of a
 * vocabulary's size. */
#include <math.h>
#include <stdint.h>

#include "check_num.h"

static size_t most_factors(const struct matrix *m)
{
    size_t most = 0;
    for (size_t t = 0; t < m->count; t++)
        most = m->terms[t].count > most ? m->terms[t].count : most;
    return most;
}

START_TEST(a_sum_of_a_matrix_with_itself_stays_one_term)
{
    struct err e = {0};
    struct plain a = plain_random(9, 4, 1), b = plain_random(4, 9, 2), p = plain_product(a, b);
    struct matrix *m = keep(matrix_product(matrix_plain(a), matrix_plain(b), &e)), *x = m;
    for (int i = 0; i < 20; i++)
        x = keep(matrix_sum(x, 1, x, &e));
    ck_assert_uint_eq(x->count, 1);
    ck_assert_double_eq(x->terms[0].scale, 1 << 20);
    expect_entries(x, plain_sum(plain_new(9, 9), 1 << 20, p), 1);
    struct matrix *mixed = keep(matrix_sum(x, -2, keep(matrix_transpose(m)), &e));
    ck_assert_uint_eq(keep(matrix_sum(mixed, 3, mixed, &e))->count, 2);
    ck_assert_uint_eq(keep(matrix_sum(x, 1, matrix_plain(p), &e))->count, 2);
}
END_TEST

/* A sum of many circuits keeps what they begin and end with; other long sums become a
 * pair, or dense. */
START_TEST(long_sums_are_multiplied_out)
{
    struct err e = {0};
    struct plain w = plain_random(5, 40, 1), shared = plain_new(40, 40);
    struct plain dense = plain_new(7, 8), thin = plain_new(300, 300);
    struct matrix *mw = matrix_plain(w), *mt = keep(matrix_transpose(mw));
    struct matrix *circuits = NULL, *plains = NULL, *pairs = NULL;
    for (unsigned i = 0; i < 150; i++) {
        struct plain m = plain_random(5, 5, 2 * i), d = plain_random(7, 8, i);
        struct plain x = plain_random(300, 1, i), y = plain_random(1, 300, i + 200);
        struct matrix *one = keep(matrix_product(mt, matrix_plain(m), &e));
        one = keep(matrix_product(one, mw, &e));
        struct matrix *pair = keep(matrix_product(matrix_plain(x), matrix_plain(y), &e));
        shared = plain_sum(shared, 2, plain_product(plain_product(plain_transposed(w), m), w));
        dense = plain_sum(dense, 2, d);
        circuits = keep(circuits ? matrix_sum(circuits, 2, one, &e) : matrix_scale(one, 2));
        plains = keep(plains ? matrix_sum(plains, 2, matrix_plain(d), &e)
                             : matrix_scale(matrix_plain(d), 2));
        if (i < 80) {
            thin = plain_sum(thin, 2, plain_product(x, y));
            pairs = keep(pairs ? matrix_sum(pairs, 2, pair, &e) : matrix_scale(pair, 2));
        }
    }
    ck_assert_uint_le(circuits->count, 64);
    ck_assert_uint_eq(matrix_width(circuits), 40);
    expect_entries(circuits, shared, 1e-3);
    expect_entries(plains, dense, 1e-4);
    expect_entries(pairs, thin, 1e-4);
    ck_assert_uint_eq(matrix_width(pairs), 80);
    ck_assert_uint_eq(decomp_count(keep_decomp(decomp_svd(circuits, &e))), 5);
}
END_TEST

START_TEST(powers_are_multiplied_out_before_they_are_long)
{
    struct err e = {0};
    struct plain a = plain_random(9, 9, 1), p = a;
    for (size_t i = 0; i < 81; i++)
        p.at[i] = a.at[i] = (i % 10 == 0 ? 0.9375 : 0) + a.at[i] / 32;
    struct matrix *x = matrix_plain(a), *one = x, *y = x;
    for (int i = 0; i < 8; i++) {
        x = keep(matrix_product(x, x, &e));
        p = plain_product(p, p);
        ck_assert_uint_le(most_factors(x), 32);
    }
    expect_entries(x, p, 1e-4 * plain_norm(p));
    for (int i = 1; i < 64; i++)
        y = keep(matrix_product(y, one, &e));
    p = plain_product(a, a);
    for (int i = 2; i < 64; i *= 2)
        p = plain_product(p, p);
    expect_entries(y, p, 1e-4 * plain_norm(p));
    /* The narrow place of a circuit survives, and its outer factors stay what they were. */
    struct plain w = plain_random(4, 30, 3), q = plain_random(4, 4, 4);
    for (size_t i = 0; i < 16; i++)
        q.at[i] /= 16;
    struct matrix *mw = matrix_plain(w), *m = keep(matrix_transpose(mw));
    m = keep(matrix_product(keep(matrix_product(m, matrix_plain(q), &e)), mw, &e));
    struct plain c = plain_product(plain_product(plain_transposed(w), q), w), power = c;
    for (int i = 0; i < 5; i++) {
        m = keep(matrix_product(m, m, &e));
        power = plain_product(power, power);
    }
    ck_assert_uint_eq(matrix_width(m), 4);
    expect_entries(m, power, 1e-4 * plain_norm(power));
}
END_TEST

START_TEST(sums_of_sums_multiply_without_growing)
{
    struct err e = {0};
    struct plain a = plain_random(6, 6, 1), b = plain_random(6, 6, 2), p;
    struct matrix *x = keep(matrix_sum(matrix_plain(a), 0.5, matrix_plain(b), &e));
    p = plain_sum(a, 0.5, b);
    for (int i = 0; i < 5; i++) {
        x = keep(matrix_product(x, x, &e));
        p = plain_product(p, p);
        ck_assert_uint_le(x->count, 64);
    }
    expect_entries(x, p, 1e-4 * plain_norm(p));
}
END_TEST

/* ---- diagonals of a vocabulary's size: n x n would be 144 GB ---- */

enum { VOCABULARY = 190000 };

static struct vector *long_vector(void)
{
    struct vector *v = keep_vector(vector_new(axis_make(AXIS_TOKEN, VOCABULARY, NULL)));
    for (size_t i = 0; i < VOCABULARY; i++)
        v->data[i] = i % 3 == 0 ? -2 : 1;
    return v;
}

START_TEST(long_diagonals_answer_without_their_zeros)
{
    struct err e = {0};
    double number;
    struct matrix *d = keep(matrix_diagonal(long_vector(), &e));
    struct matrix *square = keep(matrix_product(d, d, &e));
    struct matrix *sum = keep(matrix_sum(square, 2, d, &e)); /* 0 or 3 */
    ck_assert(matrix_trace(d, &number, &e));
    ck_assert_double_eq(number, (double)(VOCABULARY / 3 + 1) * -2 + 2 * VOCABULARY / 3);
    ck_assert(matrix_norm(square, &number, &e));
    ck_assert_double_eq_tol(number, sqrt(16.0 * (VOCABULARY / 3 + 1) + 2 * VOCABULARY / 3), 1e-9);
    struct vector *v = keep_vector(matrix_diagonal_of(sum, &e));
    ck_assert_double_eq(v->data[0], 0);
    ck_assert_double_eq(v->data[1], 3);
    /* As an outer factor it is multiplied into its neighbour. */
    struct plain w = plain_random(VOCABULARY, 2, 1), dw = plain_sum(w, 0, w);
    for (size_t i = 0; i < 2 * VOCABULARY; i++)
        dw.at[i] *= i / 2 % 3 == 0 ? -2 : 1;
    struct matrix *m = keep(matrix_product(square, matrix_plain(w), &e));
    m = keep(matrix_product(d, m, &e));
    for (size_t i = 0; i < 2 * VOCABULARY; i++)
        dw.at[i] *= i / 2 % 3 == 0 ? 4 : 1;
    const double *expected = plain_svd(dw);
    expect_numbers(decomp_values(keep_decomp(decomp_svd(m, &e))), expected, 2, 1e-5 * *expected);
}
END_TEST

START_TEST(long_diagonals_are_refused_where_their_zeros_are_needed)
{
    struct err e = {0};
    struct split s;
    struct matrix *d = keep(matrix_diagonal(long_vector(), &e));
    ck_assert_ptr_null(decomp_svd(d, &e));
    ck_assert_int_eq(e.code, ERR_BUDGET);
    err_clear(&e);
    ck_assert(!matrix_split(d, &s, &e));
    expect_error(&e, ERR_BUDGET,
                 "this writes out 190000 x 190000 entries on the way, 144 GB, and bilens stops "
                 "at 1.07 GB there; take a part of it first ([:256, :256])");
    struct span back = {VOCABULARY - 1, -1, VOCABULARY}, all = {0, 1, VOCABULARY};
    ck_assert_ptr_null(matrix_slice(d, back, all, &e));
    ck_assert_int_eq(e.code, ERR_BUDGET);
    err_clear(&e);
}
END_TEST

START_TEST(joined_columns_keep_the_names_they_go_on_with)
{
    struct err e = {0};
    struct matrix *m = matrix_stored(plain_random(3, 9, 1), AXIS_RESID, AXIS_TOKEN, 0);
    struct span rows = {0, 1, 3};
    struct matrix *a = keep(matrix_slice(m, rows, (struct span){1, 2, 2}, &e)); /* 1 3 */
    struct matrix *b = keep(matrix_slice(m, rows, (struct span){5, 2, 2}, &e)); /* 5 7 */
    struct matrix *c = keep(matrix_slice(m, rows, (struct span){5, 1, 2}, &e)); /* 5 6 */
    struct axis both = keep(matrix_cat(a, b, SIZE_MAX, &e))->col;
    ck_assert_int_eq(both.kind, AXIS_TOKEN);
    ck_assert_uint_eq(both.size, 4);
    ck_assert_uint_eq(axis_original(both, 0), 1);
    ck_assert_uint_eq(axis_original(both, 3), 7);
    struct matrix *others[][2] = {{b, a}, {a, c}, {a, a}};
    for (size_t i = 0; i < 3; i++) {
        both = keep(matrix_cat(others[i][0], others[i][1], SIZE_MAX, &e))->col;
        ck_assert_int_eq(both.kind, AXIS_INDEX);
        ck_assert_uint_eq(both.size, 4);
        ck_assert_uint_eq(axis_original(both, 3), 3);
        ck_assert_ptr_null(both.labels);
    }
}
END_TEST

TCase *economy_case(void)
{
    TCase *c = tcase_create("economy");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_add_test(c, a_sum_of_a_matrix_with_itself_stays_one_term);
    tcase_add_test(c, long_sums_are_multiplied_out);
    tcase_add_test(c, powers_are_multiplied_out_before_they_are_long);
    tcase_add_test(c, sums_of_sums_multiply_without_growing);
    tcase_add_test(c, long_diagonals_answer_without_their_zeros);
    tcase_add_test(c, long_diagonals_are_refused_where_their_zeros_are_needed);
    tcase_add_test(c, joined_columns_keep_the_names_they_go_on_with);
    return c;
}
