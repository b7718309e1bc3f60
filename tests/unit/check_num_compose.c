/* Copying, composition and subspaces; the extreme entries of factored matrices. */
#include "bilens/num/compose.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "bilens/num/extremes.h"
#include "check_num.h"
#include "src/num/balance.h"

/* ---- extremes ---- */

static int by_high(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->col < y->col ? -1 : x->col > y->col;
}

static int by_low(const void *a, const void *b)
{
    struct entry x = *(const struct entry *)a, y = *(const struct entry *)b;
    x.value = -x.value;
    y.value = -y.value;
    return by_high(&x, &y);
}

static double split_entry(const struct split *s, size_t row, size_t col)
{
    struct err e = {0};
    double value = 0;
    for (size_t t = 0; t < s->count; t++) {
        const struct dense *l = s->terms[t].left, *r = s->terms[t].right;
        const float *x = dense_data(l, &e) + (ptrdiff_t)row * l->row_stride;
        double sum = r == NULL ? x[(ptrdiff_t)col * l->col_stride] : 0;
        for (size_t k = 0; r != NULL && k < l->cols; k++)
            sum += (double)x[(ptrdiff_t)k * l->col_stride] *
                   dense_data(r, &e)[(ptrdiff_t)k * r->row_stride + (ptrdiff_t)col * r->col_stride];
        value += s->terms[t].scale * sum;
    }
    return value;
}

/* Against all entries, sorted. Returns the share of tiles that were looked at. */
static double expect_extremes(struct matrix *m, size_t k)
{
    struct err e = {0};
    struct split s;
    struct extremes x;
    ck_assert(matrix_split(m, &s, &e));
    size_t cols = s.cols, count = s.rows * s.cols;
    struct entry *all = calloc(count + 1, sizeof *all);
    for (size_t i = 0; i < count; i++)
        all[i] = (struct entry){i / cols, i % cols, split_entry(&s, i / cols, i % cols)};
    ck_assert_msg(matrix_extremes(m, k, &x, &e), "%s", e.message);
    ck_assert_uint_eq(x.count, k < count ? k : count);
    for (int low = 0; low < 2; low++) {
        qsort(all, count, sizeof *all, low ? by_low : by_high);
        const struct entry *found = low ? x.low : x.high;
        for (size_t i = 0; i < x.count; i++) {
            ck_assert_uint_eq(found[i].row, all[i].row);
            ck_assert_uint_eq(found[i].col, all[i].col);
            ck_assert_double_eq(found[i].value, all[i].value);
        }
    }
    double share = x.tiles > 0 ? (double)x.tiles_seen / (double)x.tiles : 0;
    extremes_free(&x);
    split_free(&s);
    free(all);
    return share;
}

static struct matrix *product(struct matrix *a, struct matrix *b)
{
    struct err e = {0};
    return keep(matrix_product(a, b, &e));
}

START_TEST(extremes_are_those_of_all_entries)
{
    struct err e = {0};
    static const size_t sizes[][2] = {{1, 1}, {5, 3}, {256, 257}, {300, 700}};
    for (size_t i = 0; i < 4; i++)
        for (enum storing s = 0; s < STORINGS; s++) {
            size_t rows = sizes[i][0], cols = sizes[i][1];
            struct matrix *a = matrix_stored(plain_random(rows, 4, 1), AXIS_TOKEN, AXIS_RESID, s);
            struct matrix *b = matrix_stored(plain_random(4, cols, 2), AXIS_RESID, AXIS_TOKEN, s);
            struct matrix *m = product(a, b);
            expect_extremes(m, 20);
            expect_extremes(keep(matrix_transpose(keep(matrix_scale(m, -0.3)))), 1);
            struct matrix *d =
                matrix_stored(plain_random(rows, cols, 3), AXIS_TOKEN, AXIS_TOKEN, s);
            expect_extremes(d, 7);
            struct matrix *c = keep(matrix_scale(product(a, b), 1e-3));
            expect_extremes(keep(matrix_sum(keep(matrix_sum(m, 2, d, &e)), 1, c, &e)), 12);
        }
}
END_TEST

START_TEST(extremes_take_ties_by_place)
{
    struct plain a = plain_random(400, 1, 1), b = plain_random(1, 400, 2);
    for (size_t i = 0; i < 400; i++) { /* few different values, among them zeros */
        a.at[i] = round(a.at[i] * 2);
        b.at[i] = round(b.at[i]);
    }
    struct matrix *m = product(matrix_plain(a), matrix_plain(b));
    expect_extremes(m, 1);
    expect_extremes(m, 50);
    expect_extremes(product(matrix_plain(plain_new(30, 2)), matrix_plain(plain_new(2, 300))), 9);
}
END_TEST

START_TEST(extremes_of_all_and_none)
{
    struct matrix *m =
        product(matrix_plain(plain_random(9, 2, 1)), matrix_plain(plain_random(2, 8, 2)));
    expect_extremes(m, 72);
    expect_extremes(m, 1000);
    expect_extremes(m, 0);
    expect_extremes(
        product(matrix_plain(plain_random(0, 2, 1)), matrix_plain(plain_random(2, 8, 2))), 3);
}
END_TEST

/* Directions that one side has a thousand times as much of as the other. */
static struct matrix *crooked(size_t rows, bool other, unsigned seed)
{
    struct plain a = plain_random(rows, 5, seed);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < 5; j++)
            a.at[i * 5 + j] =
                (float)(a.at[i * 5 + j] * pow(10, (other ? -1.0 : 1.0) * ((double)j - 2)));
    return matrix_plain(a);
}

static struct tall tall_of(struct matrix *m)
{
    struct err e = {0};
    return (struct tall){dense_data(m->terms[0].factors[0].dense, &e), m->row.size, m->col.size};
}

START_TEST(bounds_spare_most_tiles)
{
    struct plain a = plain_random(1200, 6, 1), b = plain_random(6, 1000, 2);
    for (size_t i = 0; i < 1200; i++) /* norms that differ, as those of tokens do */
        for (size_t j = 0; j < 6; j++)
            a.at[i * 6 + j] = (float)(a.at[i * 6 + j] / (1 + (double)(i * 7 % 1200) / 30));
    ck_assert_double_le(expect_extremes(product(matrix_plain(a), matrix_plain(b)), 20), 0.2);
    struct matrix *left = crooked(1200, false, 3), *right = crooked(1000, true, 4);
    expect_extremes(product(left, keep(matrix_transpose(right))), 20);
}
END_TEST

START_TEST(balanced_bounds_hold_and_are_tight)
{
    struct err e = {0};
    for (unsigned kind = 0; kind < 2; kind++) {
        struct tall a = tall_of(crooked(600, false, 1)), b = tall_of(crooked(700, kind, 2));
        double x[600], y[700], plain_x[600], plain_y[700], balanced = 0, plain = 0;
        ck_assert(balance_norms(a, b, x, y, &e));
        tall_norms(a, plain_x);
        tall_norms(b, plain_y);
        for (size_t i = 0; i < 600; i++)
            for (size_t j = 0; j < 700; j++) {
                double entry = 0;
                for (size_t k = 0; k < 5; k++)
                    entry += (double)a.data[i * 5 + k] * b.data[j * 5 + k];
                ck_assert_double_le(fabs(entry), x[i] * y[j] * (1 + BALANCE_SLACK));
                balanced += x[i] * y[j];
                plain += plain_x[i] * plain_y[j];
            }
        ck_assert_double_le(balanced, (kind ? 1e-2 : 1.01) * plain);
    }
    struct tall zero = tall_of(matrix_plain(plain_new(3, 5)));
    double x[600], y[3];
    ck_assert(balance_norms(tall_of(crooked(600, false, 1)), zero, x, y, &e));
    ck_assert_double_eq(y[2], 0);
}
END_TEST

START_TEST(the_search_goes_on_while_a_bound_can_win)
{
    /* Two kinds of rows and of columns, one tile each: that of the largest bound, 0.904, has
     * entries of 0.476 only; the best, 0.891, are in the one with the next bound, 0.895. */
    static const double row[2][2] = {{0.18, -0.773}, {-0.678, 0.484}};
    static const double col[2][2] = {{-1.048, 0.373}, {0.381, 1.164}};
    struct plain a = plain_new(512, 2), b = plain_new(2, 512);
    for (size_t i = 0; i < 512; i++)
        for (size_t k = 0; k < 2; k++) {
            a.at[2 * i + k] = (float)row[i / 256][k];
            b.at[512 * k + i] = (float)(i % 2 ? col[i / 256][k] : -col[i / 256][k]);
        }
    ck_assert_double_lt(expect_extremes(product(matrix_plain(a), matrix_plain(b)), 20), 1);
}
END_TEST

START_TEST(extremes_refuse_what_is_not_finite)
{
    struct err e = {0};
    struct extremes x;
    struct plain a = plain_random(9, 2, 1);
    a.at[5] = NAN;
    struct matrix *b = matrix_plain(plain_random(2, 8, 2));
    ck_assert(!matrix_extremes(product(matrix_plain(a), b), 3, &x, &e));
    expect_error(&e, ERR_NONFINITE, "a computed matrix holds 1 NaN or infinite value");
    ck_assert_ptr_null(x.high);
    static const double huge[] = {1, FLT_MAX, -3};
    struct matrix *line = matrix_plain((struct plain){1, 3, (double *)huge});
    ck_assert(matrix_extremes(keep(matrix_scale(line, -1e39)), 3, &x, &e));
    ck_assert_double_eq(x.low[0].value, -1e39 * FLT_MAX);
    ck_assert_double_eq(x.high[0].value, 3e39);
    extremes_free(&x);
}
END_TEST

/* ---- copying ---- */

START_TEST(copying_scores_of_circuits_with_known_eigenvalues)
{
    struct err e = {0};
    /* W_v E U W_o = C where W_v E = [C 0], U W_o = [1; 0]. */
    static const double turn[] = {0, -2, 0, 2, 0, 0, 0, 0, 3};
    struct plain c = plain_new(3, 40), one = plain_new(40, 3), unit = plain_new(3, 3);
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 3; j++)
            c.at[i * 40 + j] = turn[i * 3 + j];
        one.at[i * 3 + i] = unit.at[i * 3 + i] = 1;
    }
    struct matrix *w_v = matrix_stored(unit, AXIS_HEAD, AXIS_RESID, STORED_BY_ROWS);
    struct matrix *w_o = matrix_stored(unit, AXIS_RESID, AXIS_HEAD, STORED_BY_ROWS);
    struct matrix *embed = matrix_stored(c, AXIS_RESID, AXIS_TOKEN, STORED_BY_ROWS);
    struct matrix *unembed = matrix_stored(one, AXIS_TOKEN, AXIS_RESID, STORED_BY_ROWS);
    struct copying x;
    struct copying_tokens t;
    ck_assert(copying_begin(&t, unembed, embed, &e));
    ck_assert(copying_make(&t, w_o, w_v, &x, &e));
    static const double re[] = {3, 0, 0}, im[] = {0, 2, -2};
    ck_assert_uint_eq(x.count, 3);
    expect_numbers(x.re, re, 3, 1e-12);
    expect_numbers(x.im, im, 3, 1e-12);
    ck_assert_double_eq_tol(x.score_re, 3 / 7.0, 1e-12);
    ck_assert_double_eq_tol(x.score_im, 0, 1e-12);
    copying_free(&x);
    ck_assert(!copying_make(&t, w_o, w_o, &x, &e));
    expect_error(&e, ERR_AXES,
                 "the columns of W_v, head (3), and the rows of E, resid (3), do not match");
    copying_end(&t);
    ck_assert(!copying_begin(&t, embed, embed, &e));
    expect_error(&e, ERR_AXES,
                 "the columns of E, token (40), and the rows of U, resid (3), do not match");
}
END_TEST

START_TEST(copying_sums_are_traces_of_the_whole_circuit)
{
    struct err e = {0};
    struct plain u = plain_random(50, 8, 1), o = plain_random(8, 3, 2), v = plain_random(3, 8, 3),
                 w = plain_random(8, 50, 4);
    struct plain ov = plain_product(plain_product(u, o), plain_product(v, w));
    struct copying x;
    struct copying_tokens t;
    ck_assert(copying_begin(&t, matrix_stored(u, AXIS_TOKEN, AXIS_RESID, STORED_BY_COLUMNS),
                            matrix_stored(w, AXIS_RESID, AXIS_TOKEN, STORED_BY_ROWS), &e));
    ck_assert(copying_make(&t, keep(matrix_scale(matrix_stored(o, AXIS_RESID, AXIS_HEAD, 0), 2)),
                           matrix_stored(v, AXIS_HEAD, AXIS_RESID, STORED_BACKWARDS), &x, &e));
    double sum = 0, squares = 0, sizes = 0;
    for (size_t i = 0; i < 3; i++) {
        sum += x.re[i];
        squares += x.re[i] * x.re[i] - x.im[i] * x.im[i];
        sizes += hypot(x.re[i], x.im[i]);
    }
    ck_assert_double_eq_tol(sum, 2 * plain_trace(ov), 1e-9);
    ck_assert_double_eq_tol(squares, 4 * plain_trace(plain_product(ov, ov)), 1e-8);
    ck_assert_double_eq_tol(x.score_re, sum / sizes, 1e-12);
    copying_free(&x);
    copying_end(&t);
}
END_TEST

START_TEST(tokens_that_rank_themselves_first_are_counted)
{
    struct err e = {0};
    double share;
    struct plain a = plain_random(2500, 6, 1), b = plain_random(6, 2500, 2);
    for (size_t i = 0; i < 2500; i++) { /* half of them read what they write */
        double norm = plain_norm((struct plain){1, 6, a.at + i * 6});
        for (size_t k = 0; k < 6; k++) {
            a.at[i * 6 + k] = (float)(a.at[i * 6 + k] / norm);
            if (i % 2 == 0)
                b.at[k * 2500 + i] = a.at[i * 6 + k];
        }
    }
    struct plain ab = plain_product(a, b);
    size_t first = 0;
    for (size_t j = 0; j < 2500; j++) {
        size_t best = 0;
        for (size_t i = 1; i < 2500; i++)
            if (ab.at[i * 2500 + j] > ab.at[best * 2500 + j])
                best = i;
        first += best == j;
    }
    ck_assert_uint_ge(first, 1250);
    ck_assert_uint_lt(first, 2000);
    ck_assert(matrix_first_share(matrix_plain(a), matrix_plain(b), &share, &e));
    ck_assert_double_eq_tol(share, (double)first / 2500, 1e-12);
    ck_assert(!matrix_first_share(matrix_plain(a), matrix_plain(a), &share, &e));
    expect_error(&e, ERR_AXES, "the rows, index (2500), and the columns, index (6), do not match");
}
END_TEST

/* Tokens that are written alike share the first place; a row longer by one part in 10^7, which
 * single precision would hardly tell, takes it. */
START_TEST(ranks_are_exact_where_entries_are_nearly_equal)
{
    enum { N = 1500, WIDTH = 3 };
    struct err e = {0};
    double share;
    struct plain a = plain_new(N, WIDTH), b = plain_new(WIDTH, N);
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < WIDTH; k++) {
            a.at[i * WIDTH + k] = 0.3F + 0.1F * (float)k; /* all rows alike */
            b.at[k * N + i] = 0.7F - 0.2F * (float)k + 0.001F * (float)(i % 7);
        }
    ck_assert(matrix_first_share(matrix_plain(a), matrix_plain(b), &share, &e));
    ck_assert_double_eq(share, 1);
    a.at[77 * WIDTH] = nextafterf((float)a.at[77 * WIDTH], 1);
    ck_assert(matrix_first_share(matrix_plain(a), matrix_plain(b), &share, &e));
    ck_assert_double_eq_tol(share, 1.0 / N, 1e-15);
    a.at[5] = NAN;
    ck_assert(!matrix_first_share(matrix_plain(a), matrix_plain(b), &share, &e));
    expect_error(&e, ERR_NONFINITE, "a computed matrix holds 1 NaN or infinite value");
}
END_TEST

/* ---- composition ---- */

/* later @ earlier, of one pair. */
static bool compose(struct matrix *later, struct matrix *earlier, double *score, bool *zero,
                    struct err *e)
{
    struct composing a = {0}, b = {0};
    bool later_zero;
    composing_make(&a, 1);
    composing_make(&b, 1);
    bool ok = composing_add(&a, later, COMPOSING_READS, &later_zero, e) &&
              composing_add(&b, earlier, COMPOSING_WRITES, zero, e) &&
              composing_scores(&a, &b, score, e);
    composing_free(&a);
    composing_free(&b);
    return ok;
}

START_TEST(composition_is_the_norm_that_is_left)
{
    struct err e = {0};
    struct plain a = plain_product(plain_random(12, 2, 1), plain_random(2, 12, 2));
    struct plain b = plain_product(plain_random(12, 3, 3), plain_random(3, 12, 4));
    struct matrix *ma =
        product(matrix_plain(plain_random(12, 2, 1)), matrix_plain(plain_random(2, 12, 2)));
    struct matrix *mb =
        product(matrix_plain(plain_random(12, 3, 3)), matrix_plain(plain_random(3, 12, 4)));
    double score;
    bool zero;
    ck_assert(compose(ma, mb, &score, &zero, &e));
    ck_assert(!zero);
    ck_assert_double_eq_tol(score, plain_norm(plain_product(a, b)) / plain_norm(a) / plain_norm(b),
                            1e-6);
    ck_assert_double_eq_tol(composition_chance(12), sqrt(1.0 / 12), 1e-15);
    ck_assert(compose(ma, keep(matrix_scale(mb, 0)), &score, &zero, &e));
    ck_assert(zero);
    ck_assert_double_eq(score, 0);
    ck_assert(!compose(ma, matrix_plain(plain_random(5, 5, 1)), &score, &zero, &e));
    expect_error(&e, ERR_AXES,
                 "what the later circuits read, index (12), and what the earlier ones write, index "
                 "(5), do not match");
}
END_TEST

/* Circuits of many shapes, more columns than are taken at a time: each pair against its dense
 * product. */
START_TEST(composition_of_many_pairs_at_once)
{
    enum { SIZE = 150, LATER = 5, EARLIER = 4 };
    struct err e = {0};
    struct plain p[LATER], q[EARLIER];
    struct composing a = {0}, b = {0};
    double scores[LATER * EARLIER];
    bool zero;
    composing_make(&a, LATER);
    composing_make(&b, EARLIER);
    for (unsigned i = 0; i < LATER; i++) { /* the last one has full rank and is not square */
        size_t rows = i == LATER - 1 ? 2 * SIZE : SIZE, k = i == LATER - 1 ? SIZE : 3 + i;
        struct plain l = plain_random(rows, k, 2 * i + 1), r = plain_random(k, SIZE, 2 * i + 2);
        p[i] = plain_product(l, r);
        ck_assert(composing_add(
            &a, k < SIZE ? product(matrix_plain(l), matrix_plain(r)) : matrix_plain(p[i]),
            COMPOSING_READS, &zero, &e));
        ck_assert(!zero);
    }
    for (unsigned i = 0; i < EARLIER; i++) {
        struct plain l = plain_random(SIZE, 4 + i, 50 + i), r = plain_random(4 + i, 33, 60 + i);
        q[i] = plain_product(l, r);
        struct matrix *m = keep(matrix_scale(product(matrix_plain(l), matrix_plain(r)), 1e18));
        ck_assert(i == 1 ? composing_skip(&b, m, COMPOSING_WRITES, &e)
                         : composing_add(&b, m, COMPOSING_WRITES, &zero, &e));
    }
    ck_assert_double_eq(composing_bytes(product(matrix_plain(plain_random(300, 7, 1)),
                                                matrix_plain(plain_random(7, 150, 2)))),
                        (7 + 64) * 300 * 8);
    ck_assert(composing_scores(&a, &b, scores, &e));
    for (size_t i = 0; i < LATER; i++)
        for (size_t j = 0; j < EARLIER; j++) {
            double norm =
                plain_norm(plain_product(p[i], q[j])) / plain_norm(p[i]) / plain_norm(q[j]);
            ck_assert_double_eq_tol(scores[i * EARLIER + j], j == 1 ? 0 : norm, 1e-6);
        }
    composing_free(&a);
    composing_free(&b);
}
END_TEST

START_TEST(composition_by_chance)
{
    struct err e = {0};
    double sum = 0, score;
    bool zero;
    for (unsigned i = 0; i < 20; i++) {
        struct matrix *a = matrix_plain(plain_random(20, 20, 2 * i + 1));
        ck_assert(compose(a, matrix_plain(plain_random(20, 20, 2 * i + 2)), &score, &zero, &e));
        sum += score / composition_chance(20) / 20;
    }
    ck_assert_double_eq_tol(sum, 1, 0.05);
}
END_TEST

/* ---- subspaces ---- */

/* Two planes in n dimensions at the angles 0.3 and 1.2, each in a crooked basis. */
static void expect_planes(size_t n, bool factored)
{
    struct err e = {0};
    struct plain p = plain_new(n, 2), q = plain_new(n, 2);
    p.at[0] = p.at[3] = 1;
    q.at[0] = cos(0.3), q.at[4] = sin(0.3);
    q.at[3] = cos(1.2), q.at[7] = sin(1.2);
    struct plain x = plain_random(2, 2, 1), y = plain_random(2, 3, 2);
    struct matrix *a = matrix_plain(plain_product(p, x)), *b = matrix_plain(plain_product(q, y));
    if (factored) {
        a = product(matrix_plain(p), matrix_plain(x));
        b = keep(matrix_sum(product(matrix_plain(q), matrix_plain(y)), -0.5, b, &e));
    }
    struct subspaces s;
    ck_assert_msg(subspaces_make(a, b, &s, &e), "%s", e.message);
    ck_assert_uint_eq(s.first_rank, 2);
    ck_assert_uint_eq(s.second_rank, 2); /* three columns, rank two */
    ck_assert_uint_eq(s.count, 2);
    ck_assert_double_eq_tol(s.cosines[0], cos(0.3), 1e-6);
    ck_assert_double_eq_tol(s.cosines[1], cos(1.2), 1e-6);
    ck_assert_double_eq_tol(s.kernel, cos(0.3) * cos(0.3) + cos(1.2) * cos(1.2), 1e-6);
    ck_assert_double_eq_tol(s.chance, 4.0 / (double)n, 1e-15);
    subspaces_free(&s);
}

START_TEST(principal_angles_of_known_planes)
{
    expect_planes(50, false);
    expect_planes(50, true);
    expect_planes(4, false);
    expect_planes(4, true);
}
END_TEST

START_TEST(subspaces_of_every_kind_of_matrix)
{
    struct err e = {0};
    struct subspaces s;
    struct plain a = plain_random(30, 4, 1);
    struct matrix *tall = matrix_plain(a),
                  *again = product(tall, matrix_plain(plain_random(4, 50, 2)));
    ck_assert(subspaces_make(tall, again, &s, &e)); /* the same space, read otherwise */
    ck_assert_uint_eq(s.second_rank, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_double_eq_tol(s.cosines[i], 1, 1e-6);
        ck_assert_double_le(s.cosines[i], 1);
    }
    subspaces_free(&s);
    /* All of the space holds every other. */
    ck_assert(subspaces_make(tall, matrix_plain(plain_random(30, 90, 3)), &s, &e));
    ck_assert_uint_eq(s.second_rank, 30);
    ck_assert_double_eq_tol(s.kernel, 4, 1e-6);
    ck_assert_double_eq_tol(s.chance, 4, 1e-12);
    subspaces_free(&s);
    ck_assert(subspaces_make(tall, keep(matrix_scale(tall, 0)), &s, &e));
    ck_assert_uint_eq(s.second_rank, 0);
    ck_assert_uint_eq(s.count, 0);
    ck_assert_double_eq(s.kernel, 0);
    subspaces_free(&s);
    ck_assert(!subspaces_make(tall, matrix_plain(plain_random(31, 2, 1)), &s, &e));
    expect_error(&e, ERR_AXES,
                 "the rows of the first, index (30), and those of the second, index (31), do not "
                 "match");
}
END_TEST

TCase *compose_case(void)
{
    TCase *c = tcase_create("compose");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_set_timeout(c, 30);
    tcase_add_test(c, extremes_are_those_of_all_entries);
    tcase_add_test(c, extremes_take_ties_by_place);
    tcase_add_test(c, extremes_of_all_and_none);
    tcase_add_test(c, bounds_spare_most_tiles);
    tcase_add_test(c, the_search_goes_on_while_a_bound_can_win);
    tcase_add_test(c, balanced_bounds_hold_and_are_tight);
    tcase_add_test(c, extremes_refuse_what_is_not_finite);
    tcase_add_test(c, copying_scores_of_circuits_with_known_eigenvalues);
    tcase_add_test(c, copying_sums_are_traces_of_the_whole_circuit);
    tcase_add_test(c, tokens_that_rank_themselves_first_are_counted);
    tcase_add_test(c, ranks_are_exact_where_entries_are_nearly_equal);
    tcase_add_test(c, composition_is_the_norm_that_is_left);
    tcase_add_test(c, composition_of_many_pairs_at_once);
    tcase_add_test(c, composition_by_chance);
    tcase_add_test(c, principal_angles_of_known_planes);
    tcase_add_test(c, subspaces_of_every_kind_of_matrix);
    return c;
}
