/* The thin factorisation A = Q R with Q = A X, and products A'B. */
#include <math.h>
#include <string.h>

#include "bilens/num/thin.h"
#include "check_num.h"
#include "src/num/memo.h"

static struct plain plain_of_panel(const struct panel *p)
{
    struct plain a = plain_new(p->rows, p->cols);
    for (size_t i = 0; i < p->rows; i++)
        for (size_t j = 0; j < p->cols; j++)
            a.at[i * p->cols + j] = p->data[i + j * p->rows];
    return a;
}

static struct dense *dense_of(struct matrix *m)
{
    return m->terms[0].factors[0].dense;
}

/* A X has orthonormal columns and A X R is A. */
static void expect_factors(const struct thin *t, struct plain a, size_t rank, double orthonormal)
{
    ck_assert_ptr_nonnull(t);
    ck_assert_uint_eq(t->r.rows, rank);
    ck_assert_uint_eq(t->r.cols, a.cols);
    ck_assert_uint_eq(t->x.rows, a.cols);
    ck_assert_uint_eq(t->x.cols, rank);
    struct plain q = plain_product(a, plain_of_panel(&t->x));
    struct plain gram = plain_product(plain_transposed(q), q), one = plain_new(rank, rank);
    for (size_t i = 0; i < rank; i++)
        one.at[i * rank + i] = 1;
    expect_numbers(gram.at, one.at, rank * rank, orthonormal);
    struct plain back = plain_product(q, plain_of_panel(&t->r));
    expect_numbers(back.at, a.at, a.rows * a.cols, 1e-7 * (plain_norm(a) + 1e-300));
}

START_TEST(tall_matrices_are_factored)
{
    struct err e = {0};
    static const size_t tall[][2] = {{7, 1}, {5, 3}, {257, 33}, {600, 64}, {513, 5}};
    for (size_t s = 0; s < sizeof tall / sizeof *tall; s++)
        for (enum storing storing = 0; storing < STORINGS; storing++) {
            struct plain a = plain_random(tall[s][0], tall[s][1], (unsigned)s);
            struct dense *d = dense_of(matrix_stored(a, AXIS_INDEX, AXIS_INDEX, storing));
            bool owned = true;
            const struct thin *t = thin_get(&d, 1, &owned, &e);
            expect_factors(t, a, a.cols, 1e-9);
            ck_assert(!owned);
            ck_assert_ptr_eq(thin_get(&d, 1, &owned, &e), t); /* remembered */
        }
}
END_TEST

static struct plain coarse(struct plain a)
{
    for (size_t i = 0; i < a.rows * a.cols; i++)
        a.at[i] = rint(32 * a.at[i]) / 32;
    return a;
}

START_TEST(matrices_without_full_rank_keep_their_rank)
{
    struct err e = {0};
    bool owned;
    for (size_t rank = 0; rank <= 4; rank++) {
        /* Of entries so short that their products are exact. */
        struct plain x = coarse(plain_random(90, rank, 1)), y = coarse(plain_random(rank, 12, 2));
        struct plain a = plain_product(x, y);
        struct dense *d = dense_of(matrix_plain(a));
        expect_factors(thin_get(&d, 1, &owned, &e), a, rank, 1e-9);
        a.at[17] += 0x1p-24; /* one bit is a direction of its own */
        d = dense_of(matrix_plain(a));
        expect_factors(thin_get(&d, 1, &owned, &e), a, rank + 1, 1e-6);
    }
    struct plain close = plain_random(90, 2, 4); /* columns a little more than noise apart */
    for (size_t i = 0; i < 90; i++)
        close.at[2 * i + 1] = close.at[2 * i] + (i == 7 ? 0x1p-18 : 0);
    struct dense *near = dense_of(matrix_plain(close));
    expect_factors(thin_get(&near, 1, &owned, &e), close, 2, 1e-9);
    struct plain twice = plain_random(50, 6, 3); /* duplicated columns */
    for (size_t i = 0; i < 50; i++)
        twice.at[i * 6 + 4] = twice.at[i * 6 + 1];
    struct dense *d = dense_of(matrix_plain(twice));
    expect_factors(thin_get(&d, 1, &owned, &e), twice, 5, 1e-9);
}
END_TEST

START_TEST(parts_side_by_side_are_factored_as_one)
{
    struct err e = {0};
    bool owned = false;
    struct plain a = plain_random(80, 4, 1), b = plain_random(80, 3, 2), both = plain_new(80, 10);
    for (size_t i = 0; i < 80; i++)
        for (size_t j = 0; j < 10; j++)
            both.at[i * 10 + j] = j < 4   ? a.at[i * 4 + j]
                                  : j < 7 ? b.at[i * 3 + j - 4]
                                          : both.at[i * 10 + j - 7]; /* part of a again */
    struct matrix *ma = matrix_plain(a), *mb = matrix_plain(b);
    struct matrix *mc = keep(matrix_slice(ma, (struct span){0, 1, 80}, (struct span){0, 1, 3}, &e));
    struct dense *parts[] = {dense_of(ma), dense_of(mb), dense_of(mc)};
    const struct thin *t = thin_get(parts, 3, &owned, &e);
    expect_factors(t, both, 7, 1e-9);
    ck_assert(owned);
    thin_free(t);
    t = thin_get(parts, 2, &owned, &e);
    ck_assert_uint_eq(t->r.rows, 7);
    thin_free(t);
    thin_free(NULL);
}
END_TEST

static bool fill_from(void *context, size_t first, size_t count, float *out, struct err *e)
{
    (void)e;
    const double *from = context;
    for (size_t i = 0; i < count; i++)
        out[i] = (float)from[first + i];
    return true;
}

/* Filled when first used. The caller owns it. */
static struct dense *filled(struct plain a, bool lasting)
{
    struct storage_source source = {.fill = fill_from, .context = a.at, .lasting = lasting};
    struct storage *s = storage_new_lazy(source, a.rows * a.cols, "weight");
    struct dense *d = dense_view(s, 0, a.rows, a.cols, (ptrdiff_t)a.cols, 1);
    storage_unref(s);
    ck_assert_ptr_nonnull(d);
    return d;
}

static void expect_cross(const struct cross *c, struct plain expected)
{
    ck_assert_ptr_nonnull(c->panel);
    struct plain p = plain_of_panel(c->panel);
    expect_numbers((c->transposed ? plain_transposed(p) : p).at, expected.at,
                   expected.rows * expected.cols, 1e-10);
}

static struct dense *weight_of(struct plain a)
{
    return filled(a, true);
}

START_TEST(cross_products_of_computed_matrices_are_made_anew)
{
    struct err e = {0};
    struct plain a = plain_random(700, 4, 1), b = plain_random(700, 3, 2);
    struct plain expected = plain_product(plain_transposed(a), b);
    for (enum storing storing = 0; storing < STORINGS; storing++) {
        struct dense *x = dense_of(matrix_stored(a, AXIS_INDEX, AXIS_INDEX, storing));
        struct dense *y = dense_of(matrix_stored(b, AXIS_INDEX, AXIS_INDEX, STORED_BY_COLUMNS));
        struct cross c = thin_cross(x, y, &e), d = thin_cross(y, x, &e);
        expect_cross(&c, expected);
        expect_cross(&d, plain_transposed(expected));
        ck_assert(c.owned && d.owned);
        ck_assert_ptr_null(memo_find(x, y, MEMO_GRAM));
        ck_assert_ptr_null(memo_find(y, x, MEMO_GRAM));
        thin_cross_done(&c);
        thin_cross_done(&d);
        ck_assert_ptr_null(d.panel);
    }
}
END_TEST

START_TEST(cross_products_of_weights_are_remembered)
{
    struct err e = {0};
    struct plain a = plain_random(700, 4, 1), b = plain_random(700, 3, 2);
    struct plain expected = plain_product(plain_transposed(a), b);
    struct dense *x = weight_of(a), *y = weight_of(b);
    struct cross c = thin_cross(x, y, &e), d = thin_cross(y, x, &e);
    expect_cross(&c, expected);
    expect_cross(&d, plain_transposed(expected));
    ck_assert(!c.owned && !d.owned);
    ck_assert_ptr_eq(c.panel, d.panel);
    ck_assert_int_ne(c.transposed, d.transposed);
    thin_cross_done(&c); /* the storages keep it */
    c = thin_cross(x, y, &e);
    ck_assert_ptr_eq(c.panel, d.panel);
    struct dense *computed = dense_of(matrix_plain(b));
    c = thin_cross(x, computed, &e);
    ck_assert(c.owned);
    thin_cross_done(&c);
    struct dense *centred = filled(b, false); /* for a statement */
    c = thin_cross(x, centred, &e);
    ck_assert(c.owned);
    thin_cross_done(&c);
    dense_unref(centred);
    dense_unref(x);
    dense_unref(y);
}
END_TEST

/* Views without end of one matrix do not fill the memory. */
START_TEST(few_parts_of_a_storage_are_remembered)
{
    struct err e = {0};
    struct dense *whole = weight_of(plain_random(700, 4, 1));
    size_t remembered = 0;
    for (size_t i = 1; i <= 100; i++) {
        struct dense *part =
            dense_slice(whole, (struct span){i, 1, 700 - i}, (struct span){0, 1, 4});
        bool owned;
        const struct thin *t = thin_get(&part, 1, &owned, &e);
        struct cross c = thin_cross(part, part, &e);
        ck_assert(t != NULL && c.panel != NULL);
        remembered += !owned + !c.owned;
        if (owned)
            thin_free(t);
        thin_cross_done(&c);
        dense_unref(part);
    }
    ck_assert_uint_eq(remembered, MEMO_PARTS_MOST);
    bool owned = true; /* the whole still is */
    const struct thin *t = thin_get(&whole, 1, &owned, &e);
    ck_assert(!owned);
    ck_assert_ptr_eq(thin_get(&whole, 1, &owned, &e), t);
    dense_unref(whole);
}
END_TEST

START_TEST(nonfinite_matrices_have_no_factors)
{
    struct err e = {0};
    bool owned;
    struct plain a = plain_random(20, 3, 1);
    a.at[31] = NAN;
    struct dense *d = dense_of(matrix_plain(a));
    ck_assert_ptr_null(thin_get(&d, 1, &owned, &e));
    expect_error(&e, ERR_NONFINITE, "a matrix holds NaN or infinite values");
}
END_TEST

START_TEST(panels_and_dense_matrices_are_the_same_numbers)
{
    struct err e = {0};
    struct plain a = plain_random(6, 4, 1);
    for (enum storing storing = 0; storing < STORINGS; storing++) {
        struct panel p =
            panel_from_dense(dense_of(matrix_stored(a, AXIS_INDEX, AXIS_INDEX, storing)), &e);
        expect_numbers(plain_of_panel(&p).at, a.at, 24, 0);
        struct dense *d = dense_from_panel(&p, &e);
        ck_assert_float_eq(dense_data(d, &e)[5], (float)a.at[5]);
        ck_assert_double_eq_tol(panel_norm(&p), plain_norm(a), 1e-12);
        ck_assert_double_eq_tol(panel_inner(&p, &p), pow(plain_norm(a), 2), 1e-12);
        p.data[3] = 1e200; /* whose square overflows */
        ck_assert_double_eq_tol(panel_norm(&p) / 1e200, 1, 1e-12);
        ck_assert(panel_finite(&p));
        p.data[7] = NAN;
        ck_assert(!panel_finite(&p));
        ck_assert(isnan(panel_norm(&p)));
        dense_unref(d);
        panel_free(&p);
    }
}
END_TEST

TCase *thin_case(void)
{
    TCase *c = tcase_create("thin");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_add_test(c, tall_matrices_are_factored);
    tcase_add_test(c, matrices_without_full_rank_keep_their_rank);
    tcase_add_test(c, parts_side_by_side_are_factored_as_one);
    tcase_add_test(c, cross_products_of_computed_matrices_are_made_anew);
    tcase_add_test(c, cross_products_of_weights_are_remembered);
    tcase_add_test(c, few_parts_of_a_storage_are_remembered);
    tcase_add_test(c, nonfinite_matrices_have_no_factors);
    tcase_add_test(c, panels_and_dense_matrices_are_the_same_numbers);
    return c;
}
