/* The matrix view: cursor, labels, search, zoom, range, members. */
#include <stdio.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/number.h"
#include "check_view.h"

START_TEST(test_small_matrix_shows_its_numbers)
{
    open_view("w_u");
    expect_line(0, " w_u");
    expect_status(" row token 0 \"game\", column resid 0: 4");
    expect_shown("4.000");
    expect_shown("0.500");
    expect_shown("    \\x1b[2J "); /* a row's label, escaped */
    expect_shown("single entries");
    press("jl");
    expect_status(" row token 1 \"play\", column resid 1: 3");
    press("G");
    expect_status(" row token 7 \"game on\", column resid 3: 0.5");
    press("jlg");
    expect_status(" row token 0 \"game\", column resid 0: 4");
    press("kh");
    expect_status(" row token 0 \"game\", column resid 0: 4");
    press(" ");
    expect_status(" row token 7 \"game on\", column resid 0: 0");
}
END_TEST

/* What its places cannot show is not shown as nothing; the setting says how many there are. */
START_TEST(test_numbers_of_cells)
{
    open_view("cat(w_u, 0.0000061 * w_u)");
    expect_shown("4.000");
    expect_shown("2e-05");
    open_view("w_u @ w_e");
    expect_shown("16.00");
    digits_show(9);
    expect_shown("16.000");
    expect_shown(" 0 ");
    digits_show(DIGITS_DEFAULT);
}
END_TEST

START_TEST(test_rows_and_columns_are_searched_apart)
{
    open_view("w_u @ w_e");
    press("/game\n");
    expect_note(" row game: 1 of 2"); /* the token itself, and game on */
    press("n");
    expect_note(" row game: 2 of 2");
    expect_status(" row token 7 \"game on\", column token 0 \"game\": 0");
    press("n");
    expect_note(" row game: 1 of 2");
    press("N");
    expect_note(" row game: 2 of 2");
    press("\\play\n");
    expect_note(" column play: 1 of 1");
    expect_status(" row token 7 \"game on\", column token 1 \"play\": 0");
    press("\\nothing\n");
    expect_note(" no token \"nothing\"");
    open_view("w_u");
    press("\\2\n");
    expect_status(" row token 0 \"game\", column resid 2: 0");
    press("\\two\n");
    expect_note(" resid has numbers, no names: not 'two'");
    press("\\7\n");
    expect_note(" resid 7 is not on this part of the axis");
}
END_TEST

START_TEST(test_nothing_was_searched_for)
{
    open_view("w_u");
    press("n");
    expect_note(" nothing was searched for yet: / and a row's word, \\ and a column's");
}
END_TEST

START_TEST(test_largest_magnitudes_in_turn)
{
    open_view("w_u");
    press("m");
    expect_status(" row token 0 \"game\", column resid 0: 4");
    expect_note(" number 1 by magnitude, of all entries");
    press("m");
    expect_status(" row token 1 \"play\", column resid 1: 3");
    press("mm");
    expect_status(" row token 3 \"run\", column resid 3: 1");
    press("M");
    expect_status(" row token 2 \"the\", column resid 2: 2");
    expect_note(" number 3 by magnitude, of all entries");
}
END_TEST

START_TEST(test_members)
{
    char status[128];
    open_view("grid");
    press("]\n");
    expect_line(0, " grid \xe2\x80\xba grid, head 0.1");
    snprintf(status, sizeof status, " row resid 0, column resid 0: %g", grid_entry(0, 1, 0, 0));
    expect_status(status);
    press("]]");
    expect_line(0, " grid \xe2\x80\xba grid, head 1.0");
    snprintf(status, sizeof status, " row resid 0, column resid 0: %g", grid_entry(1, 0, 0, 0));
    expect_status(status);
    expect_statement("heat grid[1,0]");
    press("]]]");
    expect_note(" there is no later one in this stack");
    press("[[[[[[");
    expect_note(" there is no earlier one in this stack");
}
END_TEST

START_TEST(test_statement_is_what_is_in_sight)
{
    open_view("w_u @ w_e");
    expect_statement("heat w_u @ w_e");
    explorer_resize(fixture.x, 12, 44); /* six rows, three numbers */
    press("G++++");
    expect_statement("heat (w_u @ w_e)[2:8, 5:8]");
    press("s");
    expect_statement("heat (w_u @ w_e)[2:8, 5:8] --aggregate mean");
    press("ss_");
    expect_statement("heat w_u @ w_e");
}
END_TEST

START_TEST(test_row_opens_as_a_vector)
{
    open_view("grid[0,2]");
    press("jj\n");
    expect_line(0, " grid[0,2] \xe2\x80\xba row 2");
    expect_statement("plot (grid[0,2])[2]; topk (grid[0,2])[2]");
}
END_TEST

START_TEST(test_ranges_of_colours)
{
    open_view("w_u");
    expect_shown("+4 ");
    press(")");
    expect_shown("+2.67 ");
    expect_shown("2 clipped");
    press("((");
    expect_shown("+6 ");
    press("a");
    expect_note(" colours span the values on the screen");
    expect_shown("+4 ");
    press("a");
    expect_note(" colours span all entries");
}
END_TEST

/* 64 x 64, of which one screen shows blocks; the cursor is on the largest entry of its block. */
START_TEST(test_blocks_and_their_largest_entries)
{
    struct err e = {0};
    float *data;
    enum { N = 256 };
    struct dense *d = dense_new(N, N, &data, &e);
    for (size_t i = 0; i < N * N; i++)
        data[i] = 0.25F;
    data[100 * N + 201] = -9;
    struct axis index = axis_make(AXIS_INDEX, N, NULL);
    struct value *v = value_of_matrix(matrix_from_dense(d, index, index));
    dense_unref(d);
    workspace_set(fixture.state.names, "spike", v, false);
    value_unref(v);
    open_view("spike");
    expect_shown("absmax of 15 x 4 entries a cell");
    expect_not_shown(" 0 clipped");
    expect_not_shown(" 0 NaN");
    press("m");
    expect_status(" row index 100, column index 201: -9");
    press("l");
    expect_status(" row index 90, column index 204: 0.25");
    press("h");
    expect_status(" row index 100, column index 201: -9");
    press("s");
    expect_note(" each cell shows the mean of its entries");
    expect_status(" row index 100, column index 201: -9; mean of the cell 0.0958333");
    press("s+");
    expect_shown("rms of 8 x 2 entries a cell");
    expect_status(" row index 100, column index 201: -9; rms of the cell 2.26298");
    press("+++++++");
    expect_shown("-9.000");
    expect_status(" row index 100, column index 201: -9");
    press("_");
    expect_shown("rms of 15 x 4 entries a cell");
}
END_TEST

START_TEST(test_not_finite)
{
    struct err e = {0};
    float *data;
    struct dense *d = dense_new(2, 2, &data, &e);
    data[1] = 0.0F / 0.0F;
    data[2] = 1.0F / 0.0F;
    data[3] = 2;
    struct axis index = axis_make(AXIS_INDEX, 2, NULL);
    struct value *v = value_of_matrix(matrix_from_dense(d, index, index));
    dense_unref(d);
    workspace_set(fixture.state.names, "odd", v, false);
    value_unref(v);
    open_view("odd");
    expect_shown("1 NaN, 1 infinite");
    press("l");
    expect_status(" row index 0, column index 1: NaN");
    press("hj");
    expect_status(" row index 1, column index 0: inf");
    press("m");
    expect_note(" a computed matrix holds 2 NaN or infinite values");
}
END_TEST

START_TEST(test_clicks)
{
    open_view("w_u");
    explorer_point(fixture.x, POINTER_CLICK, 3, 13 + 10);
    expect_status(" row token 1 \"play\", column resid 1: 3");
    explorer_point(fixture.x, POINTER_CLICK, 20, 13);
    explorer_point(fixture.x, POINTER_CLICK, 3, 60);
    expect_status(" row token 1 \"play\", column resid 1: 3");
}
END_TEST

/* Where nobody waits for the work it is dropped. */
static bool interrupted(void *context, struct view_work *w, struct err *e)
{
    (void)context;
    w->destroy(w);
    return err_set(e, ERR_INTERRUPTED, "interrupted");
}

START_TEST(test_what_was_not_computed_is_not_shown)
{
    open_view("grid");
    press("\n");
    expect_status(" row resid 0, column resid 0: -2");
    fixture.view.compute = interrupted;
    press("]");
    expect_line(0, " grid \xe2\x80\xba grid, head 0.1");
    expect_note(" interrupted");
    expect_status("");
    expect_not_shown("-2.000"); /* that is of the member before */
    fixture.view.compute = NULL;
    press("l");
    expect_status(" row resid 0, column resid 1: 1");
    expect_shown("1.000");
    fixture.view.compute = interrupted;
    press("l");
    expect_status("");
    fixture.view.compute = NULL;
    press("k");
    expect_status(" row resid 0, column resid 2: -2");
}
END_TEST

static int patience;

/* So many computations are waited for. */
static bool impatient(void *context, struct view_work *w, struct err *e)
{
    if (patience-- <= 0)
        return interrupted(context, w, e);
    bool ok = w->run(w, e);
    if (!ok)
        w->destroy(w);
    return ok;
}

/* Not by the view itself, which could not be told to stop. */
START_TEST(test_vectors_are_computed_by_the_host)
{
    struct err e = {0};
    fixture.view.compute = impatient;
    patience = 1; /* the statement, which makes values only */
    ck_assert(!explorer_ask(fixture.x, NULL, "svd(w_u).u", &e));
    ck_assert_int_eq(e.code, ERR_INTERRUPTED);
    patience = 10;
    open_view("svd(w_u)");
    patience = 0;
    press("x");
    expect_note(" interrupted");
    patience = 10;
    press("x");
    expect_shown("single entries");
}
END_TEST

TCase *matrix_case(void)
{
    TCase *tc = tcase_create("matrix");
    tcase_add_checked_fixture(tc, fixture_make, fixture_free);
    tcase_add_test(tc, test_small_matrix_shows_its_numbers);
    tcase_add_test(tc, test_numbers_of_cells);
    tcase_add_test(tc, test_rows_and_columns_are_searched_apart);
    tcase_add_test(tc, test_nothing_was_searched_for);
    tcase_add_test(tc, test_largest_magnitudes_in_turn);
    tcase_add_test(tc, test_members);
    tcase_add_test(tc, test_statement_is_what_is_in_sight);
    tcase_add_test(tc, test_row_opens_as_a_vector);
    tcase_add_test(tc, test_ranges_of_colours);
    tcase_add_test(tc, test_blocks_and_their_largest_entries);
    tcase_add_test(tc, test_not_finite);
    tcase_add_test(tc, test_clicks);
    tcase_add_test(tc, test_what_was_not_computed_is_not_shown);
    tcase_add_test(tc, test_vectors_are_computed_by_the_host);
    return tc;
}
