/* Factored matrices: products, sums, slices and the questions about their entries. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "bilens/num/aggregate.h"
#include "bilens/num/quadratic.h"
#include "check_num.h"

static const size_t shapes[][2] = {{1, 1}, {1, 7},  {7, 1},    {5, 3},   {3, 5},
                                   {6, 6}, {40, 9}, {257, 33}, {33, 257}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* A vector on axis with those entries. */
static struct vector *vector_of(struct axis axis, const double *entries)
{
    struct vector *v = keep_vector(vector_new(axis));
    memcpy(v->data, entries, axis.size * sizeof *entries);
    return v;
}

static struct plain plain_slice(struct plain a, struct span rows, struct span cols)
{
    struct plain b = plain_new(rows.count, cols.count);
    for (size_t i = 0; i < b.rows; i++)
        for (size_t j = 0; j < b.cols; j++) {
            ptrdiff_t r = (ptrdiff_t)rows.first + (ptrdiff_t)i * rows.step;
            ptrdiff_t c = (ptrdiff_t)cols.first + (ptrdiff_t)j * cols.step;
            b.at[i * b.cols + j] = a.at[r * (ptrdiff_t)a.cols + c];
        }
    return b;
}

/* Every way to ask for entries of m gives those of p. */
static void expect_all_ways(struct matrix *m, struct plain p, double tolerance)
{
    struct err e = {0};
    expect_entries(m, p, tolerance);
    expect_entries(keep(matrix_transpose(m)), plain_transposed(p), tolerance);
    size_t i = p.rows / 2, j = p.cols - 1;
    struct vector *row = keep_vector(matrix_row(m, i, &e));
    struct vector *col = keep_vector(matrix_col(m, j, &e));
    ck_assert_uint_eq(row->axis.size, p.cols);
    ck_assert_uint_eq(col->axis.size, p.rows);
    expect_numbers(row->data, p.at + i * p.cols, p.cols, tolerance);
    for (size_t k = 0; k < p.rows; k++)
        ck_assert_double_le(fabs(col->data[k] - p.at[k * p.cols + j]), tolerance);
    struct plain x = plain_random(p.cols, 1, 77), y = plain_random(p.rows, 1, 78);
    struct vector *ax = keep_vector(matrix_apply(m, vector_of(m->col, x.at), &e));
    struct vector *ya = keep_vector(matrix_apply_transposed(m, vector_of(m->row, y.at), &e));
    double spread = tolerance * sqrt((double)(p.rows + p.cols));
    expect_numbers(ax->data, plain_product(p, x).at, p.rows, spread);
    expect_numbers(ya->data, plain_product(plain_transposed(p), y).at, p.cols, spread);
    struct span rows = {p.rows - 1, -1, (p.rows + 1) / 2}, cols = {0, 2, (p.cols + 1) / 2};
    expect_entries(keep(matrix_slice(m, rows, cols, &e)), plain_slice(p, rows, cols), tolerance);
    double norm, mean, sum = 0;
    for (size_t k = 0; k < p.rows * p.cols; k++)
        sum += p.at[k];
    ck_assert(matrix_norm(m, &norm, &e));
    ck_assert_double_le(fabs(norm - plain_norm(p)), 1e-6 * plain_norm(p));
    ck_assert(matrix_mean(m, &mean, &e));
    ck_assert_double_le(fabs(mean - sum / (double)(p.rows * p.cols)), tolerance);
}

START_TEST(entries_do_not_depend_on_how_they_are_stored)
{
    for (size_t s = 0; s < SHAPES; s++)
        for (enum storing storing = 0; storing < STORINGS; storing++) {
            struct plain p = plain_random(shapes[s][0], shapes[s][1], (unsigned)s);
            expect_all_ways(matrix_stored(p, AXIS_TOKEN, AXIS_RESID, storing), p, 1e-12);
        }
}
END_TEST

START_TEST(products_and_sums_have_the_entries_of_the_dense_ones)
{
    struct err e = {0};
    for (unsigned how = 0; how < STORINGS * STORINGS; how++) {
        enum storing sa = how % STORINGS, sb = how / STORINGS;
        struct plain a = plain_random(60, 7, how), b = plain_random(7, 45, how + 50);
        struct plain c = plain_random(60, 45, how + 90);
        struct matrix *ma = matrix_stored(a, AXIS_TOKEN, AXIS_HEAD, sa);
        struct matrix *mb = matrix_stored(b, AXIS_HEAD, AXIS_RESID, sb);
        struct matrix *mc = matrix_stored(c, AXIS_TOKEN, AXIS_RESID, sa);
        struct matrix *ab = keep(matrix_product(ma, mb, &e));
        ck_assert_uint_eq(matrix_width(ab), 7);
        ck_assert(!matrix_is_dense(ab));
        ck_assert(matrix_is_dense(mc));
        ck_assert_int_eq(ab->row.kind, AXIS_TOKEN);
        ck_assert_int_eq(ab->col.kind, AXIS_RESID);
        struct plain pab = plain_product(a, b);
        expect_all_ways(ab, pab, 1e-5);
        struct matrix *sum = keep(matrix_sum(keep(matrix_scale(ab, -1.5)), 0.25, mc, &e));
        struct plain scaled = plain_sum(plain_new(60, 45), -1.5, pab);
        expect_all_ways(sum, plain_sum(scaled, 0.25, c), 1e-5);
        ck_assert_uint_eq(matrix_width(sum), 45);
    }
}
END_TEST

START_TEST(products_of_sums_and_diagonals)
{
    struct err e = {0};
    struct plain a = plain_random(30, 4, 1), b = plain_random(30, 4, 2), c = plain_random(4, 50, 3);
    struct plain d = plain_random(1, 4, 4), f = plain_random(1, 50, 5);
    struct matrix *sum = keep(matrix_sum(matrix_plain(a), -2, matrix_plain(b), &e));
    struct matrix *dm = keep(matrix_diagonal(vector_of(axis_make(AXIS_INDEX, 4, NULL), d.at), &e));
    struct matrix *fm = keep(matrix_diagonal(vector_of(axis_make(AXIS_INDEX, 50, NULL), f.at), &e));
    struct matrix *m = keep(matrix_product(sum, dm, &e));
    m = keep(matrix_product(keep(matrix_product(m, matrix_plain(c), &e)), fm, &e));
    struct plain pd = plain_new(4, 4), pf = plain_new(50, 50);
    for (size_t i = 0; i < 4; i++)
        pd.at[i * 5] = d.at[i];
    for (size_t i = 0; i < 50; i++)
        pf.at[i * 51] = f.at[i];
    struct plain p = plain_product(plain_product(plain_sum(a, -2, b), pd), plain_product(c, pf));
    expect_all_ways(m, p, 1e-5);
    ck_assert_uint_eq(matrix_width(m), 8);
    expect_all_ways(fm, pf, 1e-7);
    expect_all_ways(keep(matrix_product(fm, fm, &e)), plain_product(pf, pf), 1e-6);
    /* A diagonal as the outer factor, on either side. */
    struct matrix *outer = keep(matrix_product(fm, matrix_plain(plain_transposed(c)), &e));
    expect_all_ways(outer, plain_product(pf, plain_transposed(c)), 1e-6);
}
END_TEST

START_TEST(long_products_and_many_terms_stay_right)
{
    struct err e = {0};
    struct plain a = plain_random(9, 9, 1), p = a, q = plain_new(9, 9);
    struct matrix *m = matrix_plain(a), *power = m, *many = m;
    for (int i = 0; i < 6; i++) {
        power = keep(matrix_product(power, m, &e));
        p = plain_product(p, a);
    }
    expect_all_ways(power, p, 1e-4);
    for (int i = 1; i < 70; i++)
        many = keep(matrix_sum(many, i % 3, m, &e));
    q = plain_sum(q, 1 + 69, a);
    struct matrix *square = keep(matrix_product(many, many, &e));
    expect_entries(square, plain_product(q, q), 1e-2);
}
END_TEST

START_TEST(the_zero_matrix_and_empty_ones_are_matrices)
{
    struct err e = {0};
    struct matrix zero = {.refs = 1, .row = axis_make(AXIS_INDEX, 4, NULL)};
    zero.col = zero.row;
    double number = 7;
    ck_assert_ptr_null(matrix_check(&zero));
    expect_all_ways(&zero, plain_new(4, 4), 0);
    ck_assert(matrix_trace(&zero, &number, &e));
    ck_assert_double_eq(number, 0);
    /* Nothing in between: (3 x 0) @ (0 x 5) is zero. */
    struct matrix *left = matrix_plain(plain_new(3, 0)), *right = matrix_plain(plain_new(0, 5));
    struct matrix *m = keep(matrix_product(left, right, &e));
    expect_all_ways(m, plain_new(3, 5), 0);
    ck_assert_uint_eq(matrix_width(m), 0);
    m = keep(matrix_product(matrix_plain(plain_random(5, 3, 1)), left, &e));
    expect_all_ways(keep(matrix_product(m, right, &e)), plain_new(5, 5), 0);
}
END_TEST

START_TEST(cat_puts_columns_side_by_side)
{
    struct err e = {0};
    struct plain a = plain_random(5, 3, 1), b = plain_random(5, 4, 2), both = plain_new(5, 7);
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 7; j++)
            both.at[i * 7 + j] = j < 3 ? a.at[i * 3 + j] : 3 * b.at[i * 4 + j - 3];
    struct matrix *ma = matrix_stored(a, AXIS_RESID, AXIS_TOKEN, STORED_BY_COLUMNS);
    struct matrix *mb = matrix_stored(b, AXIS_RESID, AXIS_POS, STORED_BACKWARDS);
    struct matrix *m = keep(matrix_cat(ma, keep(matrix_scale(mb, 3)), SIZE_MAX, &e));
    expect_all_ways(m, both, 1e-6);
    ck_assert_int_eq(m->row.kind, AXIS_RESID);
    ck_assert_int_eq(m->col.kind, AXIS_INDEX);
    ck_assert_ptr_null(matrix_cat(ma, mb, 139, &e));
    ck_assert_int_eq(e.code, ERR_BUDGET);
    err_clear(&e);
    keep(matrix_cat(ma, mb, 140, &e));
    ck_assert_ptr_null(matrix_cat(ma, keep(matrix_transpose(mb)), SIZE_MAX, &e));
    expect_error(&e, ERR_AXES,
                 "cat puts columns side by side: the row axes resid (5) and pos (4) do not match");
}
END_TEST

START_TEST(axes_that_do_not_match_are_refused)
{
    struct err e = {0};
    double number;
    struct matrix *a = matrix_stored(plain_random(5, 3, 1), AXIS_TOKEN, AXIS_RESID, 0);
    struct matrix *b = matrix_stored(plain_random(3, 3, 1), AXIS_HEAD, AXIS_RESID, 0);
    ck_assert_ptr_null(matrix_product(a, b, &e));
    expect_error(&e, ERR_AXES, "the inner axes resid (3) and head (3) do not match");
    ck_assert_ptr_null(matrix_sum(a, 1, b, &e));
    expect_error(&e, ERR_AXES,
                 "the axes of the two sides of a sum, token (5) and head (3), do not match");
    ck_assert_ptr_null(matrix_apply(a, vector_of(b->row, (double[]){1, 2, 3}), &e));
    expect_error(&e, ERR_AXES, "the inner axes resid (3) and head (3) do not match");
    ck_assert_ptr_null(matrix_diagonal_of(a, &e));
    expect_error(&e, ERR_AXES, "a 5 x 3 matrix has no diagonal: it is not square");
    ck_assert(!matrix_trace(b, &number, &e));
    expect_error(&e, ERR_AXES,
                 "a trace needs the same axis on both sides, not head (3) and resid (3)");
    ck_assert_ptr_null(decomp_eigen(b, &e));
    expect_error(&e, ERR_AXES,
                 "eig needs the same axis on both sides, not head (3) and resid (3); svd takes any "
                 "matrix");
}
END_TEST

START_TEST(results_over_the_budget_are_refused)
{
    struct err e = {0};
    struct matrix *a = matrix_plain(plain_random(3000, 2, 1));
    struct matrix *g = keep(matrix_product(a, keep(matrix_transpose(a)), &e));
    ck_assert_ptr_null(matrix_dense(g, 35999999, &e));
    expect_error(&e, ERR_BUDGET,
                 "all 3000 x 3000 entries take 0.036 GB, over the memory budget of 0.036 GB; ask "
                 "for a part ([:256, :256]), or raise it with: set memory");
    struct dense *d = matrix_dense(g, 36000000, &e);
    ck_assert_ptr_nonnull(d);
    dense_unref(d);
}
END_TEST

START_TEST(nonfinite_entries_count_only_where_they_are_shown)
{
    struct err e = {0};
    const char *name;
    size_t count;
    struct plain p = plain_random(6, 4, 1);
    p.at[0] = NAN;
    p.at[23] = -INFINITY;
    struct matrix *m = matrix_stored(p, AXIS_TOKEN, AXIS_RESID, STORED_WITH_GAPS);
    ck_assert(matrix_nonfinite(m, &name, &count, &e));
    ck_assert_str_eq(name, "a computed matrix");
    ck_assert_uint_eq(count, 2);
    struct matrix *part = keep(matrix_slice(m, (struct span){1, 1, 4}, (struct span){0, 1, 4}, &e));
    ck_assert(matrix_nonfinite(part, &name, &count, &e));
    ck_assert_ptr_null(name);
}
END_TEST

START_TEST(traces_and_diagonals)
{
    struct err e = {0};
    double trace;
    struct plain a = plain_random(70, 6, 1), b = plain_random(6, 6, 2), c = plain_random(6, 70, 3);
    struct plain p = plain_product(plain_product(a, b), c), q = plain_random(70, 70, 9);
    struct matrix *m = keep(matrix_product(matrix_plain(a), matrix_plain(b), &e));
    m = keep(matrix_product(m, matrix_plain(c), &e));
    m = keep(matrix_sum(m, -3, matrix_plain(q), &e));
    p = plain_sum(p, -3, q);
    for (int flip = 0; flip < 2; flip++) { /* the trace takes a way of its own for tall factors */
        ck_assert(matrix_trace(m, &trace, &e));
        ck_assert_double_eq_tol(trace, plain_trace(p), 1e-5);
        m = keep(matrix_transpose(m));
    }
    struct vector *d = keep_vector(matrix_diagonal_of(m, &e));
    for (size_t i = 0; i < 70; i++)
        ck_assert_double_eq_tol(d->data[i], p.at[i * 71], 1e-5);
}
END_TEST

/* The naive aggregate of one block. */
static double block_value(struct plain p, enum aggregate how, size_t row, size_t col, size_t rows,
                          size_t cols)
{
    double peak = 0, sum = 0, squares = 0, count = 0;
    for (size_t i = row; i < row + rows && i < p.rows; i++)
        for (size_t j = col; j < col + cols && j < p.cols; j++) {
            double x = p.at[i * p.cols + j];
            peak = fabs(x) > fabs(peak) ? x : peak;
            sum += x;
            squares += x * x;
            count++;
        }
    return how == AGGREGATE_ABSMAX ? peak
           : how == AGGREGATE_MEAN ? sum / count
                                   : sqrt(squares / count);
}

START_TEST(aggregates_of_blocks)
{
    struct err e = {0};
    struct plain a = plain_random(103, 3, 1), b = plain_random(3, 61, 2), p = plain_product(a, b);
    struct matrix *m = keep(matrix_product(matrix_plain(a), matrix_plain(b), &e));
    for (enum aggregate how = AGGREGATE_ABSMAX; how <= AGGREGATE_RMS; how++) {
        struct aggregated out;
        ck_assert(matrix_aggregate(m, how, 10, 8, &out, &e));
        ck_assert_uint_eq(out.block_rows, 11);
        ck_assert_uint_eq(out.block_cols, 8);
        ck_assert_uint_eq(out.rows, 10);
        ck_assert_uint_eq(out.cols, 8);
        double largest = 0;
        for (size_t i = 0; i < out.rows; i++)
            for (size_t j = 0; j < out.cols; j++) {
                double x = out.values[i * out.cols + j];
                ck_assert_double_eq_tol(x, block_value(p, how, i * 11, j * 8, 11, 8), 1e-6);
                largest = fmax(largest, fabs(x));
            }
        ck_assert_double_eq(out.largest, largest);
        aggregated_free(&out);
    }
}
END_TEST

/* More entries than one tile has, and more than one thread is given; terms that stand alone, and
 * scales that are no 1. */
START_TEST(aggregates_of_many_tiles)
{
    enum { ROWS = 900, COLS = 1300 };
    struct err e = {0};
    struct plain a = plain_random(ROWS, 3, 1), b = plain_random(3, COLS, 2);
    struct plain d = plain_random(ROWS, COLS, 3), p = plain_product(a, b);
    for (size_t i = 0; i < ROWS * COLS; i++)
        p.at[i] = -0.3 * p.at[i] + 0.5 * d.at[i];
    struct matrix *ab = keep(matrix_product(matrix_plain(a), matrix_plain(b), &e));
    struct matrix *m = keep(matrix_sum(keep(matrix_scale(ab, -0.3)), 0.5, matrix_plain(d), &e));
    for (enum aggregate how = AGGREGATE_ABSMAX; how <= AGGREGATE_RMS; how++) {
        struct aggregated out;
        ck_assert(matrix_aggregate(m, how, 7, 9, &out, &e));
        size_t rows = out.block_rows, cols = out.block_cols;
        for (size_t i = 0; i < out.rows * out.cols; i++) {
            size_t row = i / out.cols * rows, col = i % out.cols * cols;
            ck_assert_double_eq_tol(out.values[i], block_value(p, how, row, col, rows, cols), 1e-6);
        }
        aggregated_free(&out);
    }
}
END_TEST

/* Two peaks of opposite sign, as a skew matrix has them: the first one in reading order counts. */
START_TEST(of_two_peaks_the_first_is_shown)
{
    enum { SIZE = 200 };
    struct err e = {0};
    struct plain a = plain_random(SIZE, SIZE, 1), p = plain_sum(a, -1, plain_transposed(a));
    struct aggregated out;
    ck_assert(matrix_aggregate(matrix_plain(p), AGGREGATE_ABSMAX, 3, 3, &out, &e));
    for (size_t i = 0; i < 9; i++)
        ck_assert_double_eq(
            out.values[i], (float)block_value(p, AGGREGATE_ABSMAX, i / 3 * 67, i % 3 * 67, 67, 67));
    aggregated_free(&out);
}
END_TEST

START_TEST(a_spike_survives_aggregation)
{
    struct err e = {0};
    struct plain p = plain_random(500, 400, 1);
    for (size_t i = 0; i < 500 * 400; i++)
        p.at[i] = (p.at[i] + p.at[(i * 7 + 1) % 200000]) / 2;
    p.at[321 * 400 + 123] = -20;
    p.at[5] = NAN;
    p.at[6] = INFINITY;
    for (size_t i = 400 * 480; i < 500 * 400; i++)
        p.at[i] = i % 2 ? NAN : -INFINITY; /* the last band of blocks has nothing else */
    struct aggregated out;
    ck_assert(matrix_aggregate(matrix_plain(p), AGGREGATE_ABSMAX, 25, 40, &out, &e));
    ck_assert_double_eq(out.values[16 * 40 + 12], -20);
    ck_assert_double_eq(out.largest, 20);
    ck_assert_uint_eq(out.nan_count, 4001);
    ck_assert_uint_eq(out.inf_count, 4001);
    ck_assert(isnan(out.values[24 * 40 + 3]));
    ck_assert(isfinite(out.values[0]));
    aggregated_free(&out);
}
END_TEST

START_TEST(the_quadratic_form_of_a_bilinear_mlp)
{
    struct err e = {0};
    struct plain l = plain_random(12, 5, 1), r = plain_random(12, 5, 2), p = plain_random(5, 12, 3);
    struct plain g = plain_random(5, 1, 4), x = plain_random(5, 1, 5);
    struct vector *direction = vector_of(axis_make(AXIS_RESID, 5, NULL), g.at);
    struct matrix *q = keep(
        quadratic_form(matrix_stored(l, AXIS_HIDDEN, AXIS_RESID, STORED_BY_ROWS),
                       matrix_stored(r, AXIS_HIDDEN, AXIS_RESID, STORED_BY_COLUMNS),
                       matrix_stored(p, AXIS_RESID, AXIS_HIDDEN, STORED_BACKWARDS), direction, &e));
    struct plain lx = plain_product(l, x), rx = plain_product(r, x);
    for (size_t i = 0; i < 12; i++)
        lx.at[i] *= rx.at[i];
    double expected = plain_product(plain_transposed(g), plain_product(p, lx)).at[0];
    struct vector *qx = keep_vector(matrix_apply(q, vector_of(q->col, x.at), &e));
    ck_assert_double_eq_tol(vector_dot(qx->data, x.at, 5), expected, 1e-5);
    struct vector *xq = keep_vector(matrix_apply_transposed(q, vector_of(q->row, x.at), &e));
    expect_numbers(xq->data, qx->data, 5, 1e-7);
}
END_TEST

TCase *matrix_case(void)
{
    TCase *c = tcase_create("matrix");
    tcase_add_checked_fixture(c, NULL, free_kept);
    tcase_add_test(c, entries_do_not_depend_on_how_they_are_stored);
    tcase_add_test(c, products_and_sums_have_the_entries_of_the_dense_ones);
    tcase_add_test(c, products_of_sums_and_diagonals);
    tcase_add_test(c, long_products_and_many_terms_stay_right);
    tcase_add_test(c, the_zero_matrix_and_empty_ones_are_matrices);
    tcase_add_test(c, cat_puts_columns_side_by_side);
    tcase_add_test(c, axes_that_do_not_match_are_refused);
    tcase_add_test(c, results_over_the_budget_are_refused);
    tcase_add_test(c, nonfinite_entries_count_only_where_they_are_shown);
    tcase_add_test(c, traces_and_diagonals);
    tcase_add_test(c, aggregates_of_blocks);
    tcase_add_test(c, aggregates_of_many_tiles);
    tcase_add_test(c, of_two_peaks_the_first_is_shown);
    tcase_add_test(c, a_spike_survives_aggregation);
    tcase_add_test(c, the_quadratic_form_of_a_bilinear_mlp);
    return c;
}
