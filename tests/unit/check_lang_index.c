/* Every index form, on every kind of value, against the entries themselves. */
#include "check_lang.h"

/* ---- what is there ---- */

START_TEST(single_entries)
{
    ck_assert_double_eq_tol(number_of("w_u[2, 3]"), entry_of('u', 0, 0, 2, 3), 1e-7);
    ck_assert_double_eq_tol(number_of("w_u[-1, -4]"), entry_of('u', 0, 0, 5, 0), 1e-7);
    ck_assert_double_eq_tol(number_of("w_u[\"swim\", 1]"), entry_of('u', 0, 0, 1, 1), 1e-7);
    ck_assert_double_eq_tol(number_of("w_u[\"a b\"][1]"), entry_of('u', 0, 0, 4, 1), 1e-7);
    ck_assert_double_eq_tol(number_of("w_e[1, \"the\"]"), entry_of('e', 0, 0, 1, 3), 1e-7);
    ck_assert_double_eq_tol(number_of("w_e'[\"the\", 1]"), entry_of('e', 0, 0, 1, 3), 1e-7);
    ck_assert_double_eq_tol(number_of("w_u[run, 1]"), entry_of('u', 0, 0, 2, 1), 1e-7);
    ck_assert_double_eq_tol(number_of("w_u[k, k]"), entry_of('u', 0, 0, 2, 2), 1e-7);
    ck_assert_double_eq_tol(number_of("w_u[k + 1, 6/2]"), entry_of('u', 0, 0, 3, 3), 1e-7);
    ck_assert_double_eq_tol(number_of("t[\"run\"]"), entry_of('t', 0, 0, 2, 0), 1e-12);
    ck_assert_double_eq_tol(number_of("x[-1]"), entry_of('x', 0, 0, 3, 0), 1e-12);
    ck_assert_double_eq_tol(number_of("(w_u @ w_e)[4, 1]"), number_of("w_u[4] @ w_e[:, 1]"), 1e-6);
    ck_assert_double_eq_tol(number_of("grid[1, 2, 3, 0]"), entry_of('g', 1, 2, 3, 0), 1e-7);
    ck_assert_double_eq_tol(number_of("grid[1][-1][3][0]"), entry_of('g', 1, 2, 3, 0), 1e-7);
}
END_TEST

START_TEST(shapes_of_parts)
{
    expect_shape("w_u", "token x resid, 6 x 4");
    expect_shape("w_u[0]", "resid, 4");
    expect_shape("w_u[:, 0]", "token, 6");
    expect_shape("w_u[1:3]", "token[1:3] x resid, 2 x 4");
    expect_shape("w_u[...]", "token x resid, 6 x 4");
    expect_shape("w_u[..., 0]", "token, 6");
    expect_shape("w_u[::-1, 1::2]", "token[5::-1] x resid[1:5:2], 6 x 2");
    expect_shape("w_u[-2:]", "token[4:6] x resid, 2 x 4");
    expect_shape("w_u[4:-10:-2]", "token[4::-2] x resid, 3 x 4");
    expect_shape("w_u[:100, :]", "token x resid, 6 x 4");
    expect_shape("w_u[2:3]", "token[2:3] x resid, 1 x 4");
    expect_shape("grid", "[2 layer, 3 head] resid x resid, 4 x 4");
    expect_shape("grid[0]", "[3 head] resid x resid, 4 x 4");
    expect_shape("grid[:, 0]", "[2 layer] resid x resid, 4 x 4");
    expect_shape("grid[0, 1]", "resid x resid, 4 x 4");
    expect_shape("grid[..., :2, 0]", "[2 layer, 3 head] resid, 2");
    expect_shape("grid[..., 0, 0]", "[2 layer, 3 head] numbers");
    expect_shape("grid[1, ..., 0]", "[3 head] resid, 4");
    expect_shape("grid[:, ::-1, 0, 0]", "[2 layer, 3 head] numbers");
    expect_shape("(w_e' @ grid @ w_e)[0, 0, :2, :3]", "token x token, 2 x 3, factored through 2");
}
END_TEST

START_TEST(slices_hold_the_right_entries)
{
    struct err e = {0};
    struct value *v = value_of("w_u[4::-2, 1::2]");
    struct matrix *m = value_matrix(v, 0, &e);
    ck_assert_ptr_null(matrix_check(m));
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 2; j++) {
            struct vector *row = matrix_row(m, i, &e);
            ck_assert_double_eq_tol(row->data[j], entry_of('u', 0, 0, 4 - 2 * i, 1 + 2 * j), 1e-7);
            vector_unref(row);
        }
    matrix_unref(m);
    value_unref(v);
    v = value_of("t[::-2]");
    for (size_t i = 0; i < 3; i++)
        ck_assert_double_eq(v->items[0].vector->data[i], entry_of('t', 0, 0, 5 - 2 * i, 0));
    value_unref(v);
    v = value_of("grid[:, ::-2, 1, 2]");
    ck_assert_uint_eq(v->count, 4);
    for (size_t n = 0; n < 4; n++) {
        struct member member = value_member(v, n);
        ck_assert_uint_eq(member.index[0], n / 2);
        ck_assert_uint_eq(member.index[1], n % 2 ? 0 : 2);
        ck_assert_double_eq_tol(v->items[n].number, entry_of('g', n / 2, member.index[1], 1, 2),
                                1e-7);
    }
    value_unref(v);
}
END_TEST

START_TEST(slices_are_sliced_by_their_own_places)
{
    ck_assert_double_eq_tol(number_of("w_u[1:][0, 0]"), entry_of('u', 0, 0, 1, 0), 1e-7);
    ck_assert_double_eq_tol(number_of("w_u[::-1][1:][0, 0]"), entry_of('u', 0, 0, 4, 0), 1e-7);
    /* A token keeps its name in a part of the axis. */
    ck_assert_double_eq_tol(number_of("w_u[1:][\"run\", 0]"), entry_of('u', 0, 0, 2, 0), 1e-7);
    ck_assert_double_eq_tol(number_of("w_u[::-2][\"the\", 0]"), entry_of('u', 0, 0, 3, 0), 1e-7);
    expect_failure("w_u[3:][\"run\"]", ERR_INDEX, 8, 13,
                   "index 2 is not on the axis token[3:6] of size 3");
    expect_failure("w_u[::-2][\"run\"]", ERR_INDEX, 10, 15,
                   "index 2 is not on the axis token[5::-2] of size 3");
    /* Steps that would overflow if they were multiplied. */
    ck_assert_double_eq_tol(number_of("w_u[::1e14][::1e14][::1e14][0, 0]"),
                            entry_of('u', 0, 0, 0, 0), 1e-7);
    ck_assert_double_eq_tol(number_of("t[::-999999999999999][::-999999999999999][0]"),
                            entry_of('t', 0, 0, 5, 0), 1e-7);
}
END_TEST

/* ---- what is refused ---- */

START_TEST(indices_out_of_range)
{
    expect_failure("w_u[6, 0]", ERR_INDEX, 4, 5,
                   "index 6 is out of range: the token axis has 6 (0 to 5, or -6 to -1)");
    expect_failure("w_u[0, -5]", ERR_INDEX, 7, 9,
                   "index -5 is out of range: the resid axis has 4 (0 to 3, or -4 to -1)");
    expect_failure("grid[2]", ERR_INDEX, 5, 6,
                   "index 2 is out of range: the layer axis has 2 (0 to 1, or -2 to -1)");
    expect_failure("grid[0, 3]", ERR_INDEX, 8, 9,
                   "index 3 is out of range: the head axis has 3 (0 to 2, or -3 to -1)");
    expect_failure("x[1e14]", ERR_INDEX, 2, 6,
                   "index 100000000000000 is out of range: the resid axis has 4 (0 to 3, or -4 to "
                   "-1)");
    expect_failure("w_u[3:3]", ERR_INDEX, 4, 7, "the slice 3:3 is empty: the token axis has 6");
    expect_failure("w_u[4:1]", ERR_INDEX, 4, 7, "the slice 4:1 is empty: the token axis has 6");
    expect_failure("w_u[6:]", ERR_INDEX, 4, 6, "the slice 6: is empty: the token axis has 6");
    expect_failure("w_u[1:4:-1]", ERR_INDEX, 4, 10,
                   "the slice 1:4:-1 is empty: the token axis has 6");
    expect_failure("w_u[::0]", ERR_INDEX, 4, 7, "a slice's step cannot be 0");
}
END_TEST

START_TEST(indices_of_the_wrong_kind)
{
    expect_failure("w_u[1.5]", ERR_TYPE, 4, 7, "1.5 is not a whole number: it cannot be an index");
    expect_failure("w_u[1e300]", ERR_TYPE, 4, 9,
                   "1e+300 is not a whole number: it cannot be an index");
    expect_failure("w_u[t]", ERR_TYPE, 4, 5, "a vector cannot be an index");
    expect_failure("w_u[:t]", ERR_TYPE, 5, 6, "a vector cannot be an index");
    expect_failure("w_u[grid[..., 0, 0]]", ERR_TYPE, 4, 19,
                   "a stack of numbers cannot be an index");
}
END_TEST

START_TEST(counts_of_indices)
{
    expect_failure("w_u[0, 1, 2]", ERR_INDEX, 0, 12, "3 indices for 2 axes");
    expect_failure("x[0, 1]", ERR_INDEX, 0, 7, "2 indices for 1 axis");
    expect_failure("w_u[]", ERR_INDEX, 0, 5, "0 indices for 2 axes");
    expect_failure("w_u[..., ...]", ERR_INDEX, 0, 13,
                   "2 indices for 2 axes, and only one '...' makes sense");
    expect_failure("k[0]", ERR_TYPE, 0, 4, "a number cannot be indexed");
    expect_failure("svd(w_u)[0]", ERR_TYPE, 0, 11, "a decomposition cannot be indexed");
}
END_TEST

START_TEST(tokens_as_indices)
{
    expect_failure("w_u[\"walk\"]", ERR_UNKNOWN_TOKEN, 4, 10, "'walk' is no token");
    expect_failure("w_u[0, \"game\"]", ERR_TYPE, 7, 13,
                   "the resid axis has no names: \"game\" cannot index it; the token axis has names: "
                   "[\"game\"]");
    expect_failure("w_u[:, 1:, 0, \"game\"]", ERR_INDEX, 0, 21, "4 indices for 2 axes");
    expect_failure("grid[0, \"game\"]", ERR_TYPE, 8, 14,
                   "the head axis has no names: \"game\" cannot index it");
    expect_failure("grid[\"game\"]", ERR_TYPE, 5, 11,
                   "the layer axis has no names: \"game\" cannot index it");
    expect_failure("w_u[nope]", ERR_UNKNOWN_TOKEN, 4, 8, "'nope' is no token");
    expect_failure("x[nope]", ERR_UNKNOWN_NAME, 2, 6, "unknown name 'nope'");
}
END_TEST

/* ---- decompositions ---- */

START_TEST(sides_of_decompositions_are_indexed)
{
    expect_shape("svd(w_u)", "svd (fields u s v) of token x resid, 6 x 4");
    expect_shape("svd(w_u).u", "token x comp, 6 x 4");
    expect_shape("svd(w_u).v", "resid x comp, 4 x 4");
    expect_shape("svd(w_u).s", "comp, 4");
    expect_shape("svd(w_u).u0", "token, 6");
    expect_shape("svd(w_u).u[:, 0]", "token, 6");
    expect_shape("svd(w_u).u[\"run\"]", "comp, 4");
    expect_shape("svd(grid)[0]", "[3 head] svd (fields u s v) of resid x resid, 4 x 4");
    expect_shape("svd(grid).u[0]", "[3 head] resid x comp, 4 x 4");
    expect_shape("svd(grid).u[0, 1, :, 2]", "resid, 4");
    expect_shape("svd(grid).s[1]", "[3 head] comp, 4");
    ck_assert_double_eq(number_of("svd(w_u).u[\"run\", 1]"), number_of("svd(w_u).u1[2]"));
    ck_assert_double_eq_tol(number_of("svd(w_u).u[2:, 1:][0, 0]"), number_of("svd(w_u).u1[2]"),
                            1e-6);
    expect_failure("svd(w_u).u4", ERR_INDEX, 0, 11,
                   "4 is out of range: the comp axis has 4 (0 to 3)");
}
END_TEST

START_TEST(members_of_lower_rank_are_not_read_beyond_their_end)
{
    /* Member 0 has three components, the zero one after it has none. */
    struct err e = {0};
    struct axis row = axis_make(AXIS_TOKEN, TOKENS, NULL), col = axis_make(AXIS_HEAD, 3, NULL);
    const struct stack_axis heads = {'h', 2, 0, 1};
    struct value *v = value_new(VALUE_MATRIX, 1, &heads);
    for (size_t n = 0; n < 2; n++) {
        float *data;
        struct dense *d = dense_new(TOKENS, 3, &data, &e);
        for (size_t i = 0; n == 0 && i < (size_t)TOKENS * 3; i++)
            data[i] = (float)entry_of('m', 0, 0, i, 0);
        v->items[n].matrix = matrix_from_dense(d, row, col);
        dense_unref(d);
    }
    workspace_set(fixture.names, "pruned", v, false);
    value_unref(v);
    v = value_of("svd(pruned)");
    size_t count = decomp_count(v->items[1].decomp);
    workspace_set(fixture.names, "d", v, false);
    value_unref(v);
    number_of("d.s[0, 2]");
    if (count == 0) {
        expect_failure("d.s[1, 2]", ERR_INDEX, 0, 9,
                       "index 2 is out of range: the comp axis of member 1 has 0");
        expect_failure("d.s[:, 2]", ERR_INDEX, 0, 9,
                       "index 2 is out of range: the comp axis of member 1 has 0");
        expect_failure("d.u[:, 0, 1:]", ERR_INDEX, 0, 13,
                       "index 2 is out of range: the comp axis of member 1 has 0");
        expect_failure("d.s[1][0]", ERR_INDEX, 0, 6,
                       "index 2 is out of range: the comp axis of member 1 has 0");
        expect_failure("d.u1", ERR_INDEX, 0, 4,
                       "index 1 is out of range: the comp axis of member 1 has 0");
    }
    ck_assert_double_eq(number_of("norm(d.u[1] @ d.v[1]')"), 0);
}
END_TEST

TCase *index_case(void)
{
    TCase *c = tcase_create("index");
    tcase_add_checked_fixture(c, fixture_make, fixture_free);
    tcase_add_test(c, single_entries);
    tcase_add_test(c, shapes_of_parts);
    tcase_add_test(c, slices_hold_the_right_entries);
    tcase_add_test(c, slices_are_sliced_by_their_own_places);
    tcase_add_test(c, indices_out_of_range);
    tcase_add_test(c, indices_of_the_wrong_kind);
    tcase_add_test(c, counts_of_indices);
    tcase_add_test(c, tokens_as_indices);
    tcase_add_test(c, sides_of_decompositions_are_indexed);
    tcase_add_test(c, members_of_lower_rank_are_not_read_beyond_their_end);
    return c;
}
