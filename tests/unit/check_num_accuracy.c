/* The promise of the layer where it is hard to keep: factors with large directions that the
 * next one cancels, columns that nearly depend on each other, ranks that fall short. */
#include <math.h>
#include <string.h>

#include "bilens/num/thin.h"
#include "check_num.h"

static const double PROMISE = 1e-5;

static struct plain in_single(struct plain a)
{
    for (size_t i = 0; i < a.rows * a.cols; i++)
        a.at[i] = (float)a.at[i];
    return a;
}

/* Entries so short that sums and products of some of them are exact. */
static struct plain coarse(struct plain a)
{
    for (size_t i = 0; i < a.rows * a.cols; i++)
        a.at[i] = rint(64 * a.at[i]) / 64;
    return a;
}

static void expect_circuit(struct plain w, struct plain q, struct plain k)
{
    struct err e = {0};
    struct matrix *mw = matrix_plain(w), *mq = matrix_plain(q), *mk = matrix_plain(k);
    struct matrix *qk = keep(matrix_product(keep(matrix_transpose(mq)), mk, &e));
    struct matrix *m = keep(matrix_product(keep(matrix_transpose(mw)), qk, &e));
    m = keep(matrix_product(m, mw, &e));
    struct plain left = plain_product(q, w), right = plain_product(k, w);
    const double *expected = plain_svd(plain_product(plain_transposed(left), right));
    struct decomp *d = keep_decomp(decomp_svd(m, &e));
    ck_assert_uint_eq(decomp_count(d), q.rows);
    expect_numbers(decomp_values(d), expected, q.rows, PROMISE * expected[0]);
    for (size_t i = 0; i < q.rows; i++) { /* |A v| is the value, and v is unit */
        struct vector *v = keep_vector(decomp_vector(d, SIDE_V, i, &e));
        struct vector *u = keep_vector(decomp_vector(d, SIDE_U, i, &e));
        ck_assert_double_eq_tol(vector_dot(v->data, v->data, v->axis.size), 1, 1e-9);
        struct vector *av = keep_vector(matrix_apply(m, v, &e));
        for (size_t j = 0; j < u->axis.size; j++)
            ck_assert_double_eq_tol(av->data[j], expected[i] * u->data[j],
                                    2 * PROMISE * expected[0]);
    }
}

START_TEST(a_large_column_that_is_never_read_hides_nothing)
{
    for (int digits = 3; digits <= 8; digits++) {
        struct plain w = plain_random(32, 150, 1), q = plain_random(4, 32, 2);
        struct plain k = plain_random(4, 32, 3);
        for (size_t t = 0; t < 150; t++)
            w.at[11 * 150 + t] *= pow(10, digits);
        for (size_t h = 0; h < 4; h++)
            q.at[h * 32 + 11] = k.at[h * 32 + 11] = 0;
        expect_circuit(in_single(w), q, k);
    }
}
END_TEST

/* The same along (1, 1, ..., 1), which q and k cancel exactly. */
START_TEST(a_large_direction_that_is_cancelled_hides_nothing)
{
    for (int bits = 11; bits <= 23; bits += 3) {
        struct plain w = coarse(plain_random(32, 120, 1)), q = coarse(plain_random(4, 32, 2));
        struct plain k = coarse(plain_random(4, 32, 3)), t = coarse(plain_random(1, 120, 4));
        for (size_t i = 0; i < 32 * 120; i++)
            w.at[i] += ldexp(rint(8 * t.at[i % 120]), bits - 3);
        for (size_t h = 0; h < 4; h++) {
            struct plain *both[] = {&q, &k};
            for (size_t b = 0; b < 2; b++) {
                double sum = 0;
                for (size_t i = 0; i < 31; i++)
                    sum += both[b]->at[h * 32 + i];
                both[b]->at[h * 32 + 31] = -sum;
            }
        }
        expect_circuit(in_single(w), q, k);
    }
}
END_TEST

/* Kahan's triangle: every pivot is moderate, and its condition is far larger than they say. */
static struct plain kahan(size_t n)
{
    struct plain a = plain_new(3 * n, n);
    double c = 0.5, s = sqrt(1 - c * c), power = 1;
    for (size_t i = 0; i < n; i++, power *= s)
        for (size_t j = i; j < n; j++)
            a.at[i * n + j] = i == j ? power : -c * power;
    return in_single(a);
}

START_TEST(pivots_do_not_vouch_for_a_condition)
{
    struct err e = {0};
    for (size_t n = 20; n <= 40; n += 4) {
        struct plain a = kahan(n);
        struct dense *d = matrix_plain(a)->terms[0].factors[0].dense;
        bool owned;
        const struct thin *t = thin_get(&d, 1, &owned, &e);
        ck_assert_ptr_nonnull(t);
        struct plain x = plain_new(t->x.rows, t->x.cols);
        for (size_t i = 0; i < x.rows; i++)
            for (size_t j = 0; j < x.cols; j++)
                x.at[i * x.cols + j] = t->x.data[i + j * x.rows];
        struct plain q = plain_product(a, x), gram = plain_product(plain_transposed(q), q);
        for (size_t i = 0; i < gram.rows; i++)
            for (size_t j = 0; j < gram.rows; j++)
                ck_assert_double_eq_tol(gram.at[i * gram.rows + j], i == j, 1e-6);
    }
}
END_TEST

START_TEST(vectors_one_at_a_time_and_all_at_once_agree)
{
    struct err e = {0};
    for (int digits = 2; digits <= 9; digits += 7) {
        struct plain a = plain_random(150, 20, 4);
        for (size_t i = 0; i < 150 * 20; i++)
            a.at[i] *= pow(10, -digits * (double)(i % 20) / 19);
        struct plain mixed = in_single(plain_product(a, plain_random(20, 20, 5)));
        struct decomp *d = keep_decomp(decomp_svd(matrix_plain(mixed), &e));
        struct matrix *u = keep(decomp_matrix(d, SIDE_U, &e));
        for (size_t i = 0; i < 20; i++) {
            struct vector *one = keep_vector(decomp_vector(d, SIDE_U, i, &e));
            struct vector *column = keep_vector(matrix_col(u, i, &e));
            expect_numbers(column->data, one->data, 150, 2e-6);
            ck_assert_double_eq_tol(vector_dot(one->data, one->data, 150), 1, 1e-12);
        }
    }
}
END_TEST

START_TEST(low_ranks_give_zeros_without_directions)
{
    struct err e = {0};
    struct plain twice = plain_random(30, 8, 3);
    for (size_t i = 0; i < 30; i++)
        twice.at[i * 8 + 5] = twice.at[i * 8];
    for (int flip = 0; flip < 2; flip++) {
        struct matrix *m = matrix_plain(flip ? plain_transposed(twice) : twice);
        struct decomp *d = keep_decomp(decomp_svd(m, &e));
        ck_assert_uint_eq(decomp_count(d), 8);
        ck_assert_double_gt(decomp_values(d)[6], 0.1);
        ck_assert_double_eq(decomp_values(d)[7], 0);
        for (enum decomp_side side = SIDE_U; side <= SIDE_V; side++) {
            ck_assert_ptr_null(decomp_vector(d, side, 7, &e));
            expect_error(&e, ERR_INDEX,
                         "component 7 has the value 0: its direction is not determined");
            struct matrix *all = keep(decomp_matrix(d, side, &e));
            ck_assert_uint_eq(all->col.size, 8);
            struct vector *last = keep_vector(matrix_col(all, 7, &e));
            for (size_t i = 0; i < last->axis.size; i++)
                ck_assert_double_eq(last->data[i], 0);
        }
    }
    /* Of eigenvalues too: E'QE with a direction of E that is zero. */
    struct plain w = plain_random(6, 40, 5), q = plain_random(6, 6, 6);
    for (size_t t = 0; t < 40; t++)
        w.at[3 * 40 + t] = 0;
    struct matrix *mw = matrix_plain(w);
    struct matrix *m = matrix_plain(plain_sum(q, 1, plain_transposed(q)));
    m = keep(matrix_product(keep(matrix_transpose(mw)), m, &e));
    struct decomp *d = keep_decomp(decomp_eigen(keep(matrix_product(m, mw, &e)), &e));
    ck_assert_uint_eq(decomp_count(d), 6);
    ck_assert_double_eq(decomp_values(d)[5], 0);
    ck_assert_double_ne(decomp_values(d)[4], 0);
    ck_assert_ptr_null(decomp_vector(d, SIDE_U, 5, &e));
    ck_assert_int_eq(e.code, ERR_INDEX);
}
END_TEST

START_TEST(signs_do_not_hang_on_rounding)
{
    struct err e = {0};
    struct plain u = plain_random(20, 1, 1), v = plain_random(1, 6, 2);
    u.at[4] = -3; /* the lowest of what is equal but for rounding */
    u.at[9] = 3 + 0x1p-21;
    struct matrix *m = keep(matrix_product(matrix_plain(u), matrix_plain(v), &e));
    struct decomp *d = keep_decomp(decomp_svd(m, &e));
    struct vector *first = keep_vector(decomp_vector(d, SIDE_U, 0, &e));
    ck_assert_double_gt(first->data[4], 0);
    ck_assert_double_lt(first->data[9], 0);
}
END_TEST

START_TEST(scales_beyond_single_precision_are_applied_in_double)
{
    struct err e = {0};
    struct plain a = plain_random(4, 3, 1), small = plain_new(4, 3), b = plain_random(3, 4, 2);
    for (size_t i = 0; i < 12; i++)
        small.at[i] = ldexp(a.at[i], -120);
    struct matrix *m = keep(matrix_scale(matrix_plain(in_single(small)), 0x1p140));
    for (size_t i = 0; i < 12; i++)
        small.at[i] = ldexp(a.at[i], 20);
    expect_entries(m, small, 0);
    struct matrix *p = keep(matrix_product(matrix_plain(a), matrix_plain(b), &e));
    p = keep(matrix_scale(keep(matrix_scale(p, 1e-60)), 1e60));
    expect_entries(p, plain_product(a, b), 1e-6);
}
END_TEST

TCase *accuracy_case(void)
{
    TCase *c = tcase_create("accuracy");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_add_test(c, a_large_column_that_is_never_read_hides_nothing);
    tcase_add_test(c, a_large_direction_that_is_cancelled_hides_nothing);
    tcase_add_test(c, pivots_do_not_vouch_for_a_condition);
    tcase_add_test(c, vectors_one_at_a_time_and_all_at_once_agree);
    tcase_add_test(c, low_ranks_give_zeros_without_directions);
    tcase_add_test(c, signs_do_not_hang_on_rounding);
    tcase_add_test(c, scales_beyond_single_precision_are_applied_in_double);
    return c;
}
