/* The spectrum view: components, their tokens, the components of a token. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/number.h"
#include "bilens/base/text.h"
#include "check_view.h"
#include "src/view/tokens.h"

START_TEST(test_components_and_their_tokens)
{
    open_view("svd w_u");
    expect_line(0, " svd w_u");
    expect_status(" component 0 of 4: singular value 4.03113, 52% of the energy");
    /* u0 is (4, 0, 0, 0, 1/2, 0, 0, 0) / 4.0311; v0 is e_0, which w_e' reads as (4, .., 1/2, ..) */
    expect_shown(" \xe2\x96\xb2 u0 high");
    expect_shown(" game        0.9923");
    expect_shown("game        4.0000");
    expect_shown(" \\x1b[2J     0.1240"); /* escaped, and never sent */
    press("l");
    expect_status(" component 1 of 4: singular value 3.04138, 30% of the energy");
    expect_shown(" play        0.9864");
    expect_shown(" \xe6\x97\xa5\xe6\x9c\xac        0.1644"); /* two cells each: aligned */
    press("jG");
    expect_status(" component 3 of 4: singular value 1.11803, 4% of the energy");
    press("h");
    expect_shown(" e\xcc\x81           0.2425"); /* a mark on a letter */
    press("gkh");
    expect_status(" component 0 of 4: singular value 4.03113, 52% of the energy");
}
END_TEST

/* The panes have the digits that are shown elsewhere, as far as there is room. */
START_TEST(test_digits_of_tokens)
{
    open_view("svd w_u");
    press("l");
    expect_shown(" play       0.98639");
    digits_show(3);
    expect_shown(" play         0.986");
    digits_show(15);
    expect_shown(" play      0.986394");
    digits_show(DIGITS_DEFAULT);
}
END_TEST

START_TEST(test_tokens_pane)
{
    open_view("svd w_u");
    press("\tj");
    expect_status(" u0 high: \"\\x1b[2J\", token 4: 0.124035");
    press("lk");
    expect_status(" u0 low: \"play\", token 1: 0");
    press("l");
    expect_status(" v0 in high: \"game\", token 0: 4");
    press("G");
    expect_shown("v0 in high");
    press("\t");
    expect_status(" component 0 of 4: singular value 4.03113, 52% of the energy");
}
END_TEST

START_TEST(test_search_finds_the_components_of_a_token)
{
    open_view("svd w_u");
    press("/run\n");
    expect_note(" run: number 1 at the high pole of u3 (1 of 1; n goes on)");
    expect_status(" component 3 of 4: singular value 1.11803, 4% of the energy");
    press("/the\n");
    expect_status(" component 2 of 4: singular value 2.06155, 14% of the energy");
    press("n"); /* it is in no other */
    expect_note(" the: number 1 at the high pole of u2 (1 of 1; n goes on)");
    press("/nothing\n");
    expect_note(" no token \"nothing\"");
    expect_status(" component 2 of 4: singular value 2.06155, 14% of the energy");
}
END_TEST

/* Random vectors on tokens: the rank of a token in each component by sorting, against hits. */
START_TEST(test_ranks_are_those_of_sorting)
{
    enum { N = 6 };
    struct err e = {0};
    float *data;
    struct axis token = axis_make(AXIS_TOKEN, TOKENS, fixture.labels);
    struct dense *d = dense_new(TOKENS, N, &data, &e);
    srand(5);
    for (size_t i = 0; i < TOKENS * N; i++)
        data[i] = (float)rand() / (float)RAND_MAX - 0.5F;
    struct matrix *m = matrix_from_dense(d, token, axis_make(AXIS_HIDDEN, N, NULL));
    dense_unref(d);
    struct value *v = value_of_matrix(m);
    struct decomp *svd = decomp_svd(m, &e);
    workspace_set(fixture.state.names, "r", v, false);
    open_view("svd r");
    for (size_t t = 0; t < 4; t++) {
        char keys[64], note[128];
        size_t best = TOKENS, where = 0;
        bool high = true;
        for (size_t k = 0; k < N; k++) {
            struct vector *u = decomp_vector(svd, SIDE_U, k, &e);
            size_t above = 0, below = 0;
            for (size_t i = 0; i < TOKENS; i++) {
                above += u->data[i] > u->data[t];
                below += u->data[i] < u->data[t];
            }
            size_t rank = above <= below ? above : below;
            if (rank < best) {
                best = rank;
                where = k;
                high = above <= below;
            }
            vector_unref(u);
        }
        snprintf(keys, sizeof keys, "/%s\n", view_tokens[t]);
        press(keys);
        snprintf(note, sizeof note, " %s: number %zu at the %s pole of u%zu (1 of 6; n goes on)",
                 view_tokens[t], best + 1, high ? "high" : "low", where);
        expect_note(note);
    }
    decomp_unref(svd);
    value_unref(v);
}
END_TEST

START_TEST(test_statements_show_the_same)
{
    open_view("svd w_u");
    press("ll");
    expect_statement("svd w_u; topk u2; topk v2");
    open_view("svd(w_u)");
    expect_statement("topk svd(w_u).u0; topk svd(w_u).v0");
    open_view("svd grid");
    press("l]]");
    expect_shown("svd grid, head 0.2");
    expect_statement("svd grid; topk u1[0,2]; topk v1[0,2]");
    open_view("x");
    expect_statement("plot x; topk x");
    open_view("grid[..., 1, :]");
    press("]");
    expect_statement("plot (grid[..., 1, :])[0,1]; topk (grid[..., 1, :])[0,1]");
}
END_TEST

START_TEST(test_vector)
{
    open_view("x");
    expect_status(" token 0 of 8 \"game\": -3");
    press("l");
    expect_status(" token 1 of 8 \"play\": -2");
    press("/game on\n");
    expect_status(" token 7 of 8 \"game on\": 4");
    press("/nothing\n");
    expect_note(" no token \"nothing\"");
    press("x");
    expect_note(" a vector belongs to no matrix; x opens the matrix of a spectrum");
    open_view("svd w_u");
    open_view("w_u[:, 1]");
    expect_shown("play");
}
END_TEST

START_TEST(test_no_tokens_no_search)
{
    open_view("svd grid[0,0]");
    press("/game\n"); /* resid, read through w_e and w_u */
    expect_shown("pole of");
    open_view("grid[0,0,1,:]");
    press("/2\n");
    expect_status(" resid 2 of 4: -2");
    press("/game\n");
    expect_note(" places on the axis resid have numbers, no names; not 'game'");
    press("/9\n");
    expect_note(" 9 is not among the 4 shown");
    expect_status(" resid 2 of 4: -2"); /* where it was */
}
END_TEST

START_TEST(test_interaction_needs_a_model)
{
    open_view("svd w_u");
    press("\t\n");
    expect_note(" no model is loaded; load one: load tinystories-1-256");
    expect_line(0, " svd w_u");
}
END_TEST

START_TEST(test_matrix_of_a_spectrum)
{
    open_view("svd w_u");
    press("x");
    expect_line(0, " svd w_u \xe2\x80\xba w_u");
    expect_statement("heat w_u");
    open_view("svd grid[0,1] @ grid[0,2]");
    open_view("d = svd(w_u)");
    press("x");
    expect_status(" row token 0 \"game\", column resid 0: 4");
    expect_statement("heat d.u @ diag(d.s) @ d.v'");
}
END_TEST

START_TEST(test_scale_and_zoom)
{
    open_view("svd w_u");
    char *linear = screen();
    press("s");
    char *log = screen();
    ck_assert_str_ne(linear, log);
    press("s");
    char *again = screen();
    ck_assert_str_eq(linear, again);
    press("+-_");
    char *zoomed = screen();
    ck_assert_str_eq(linear, zoomed);
    mem_free(linear);
    mem_free(log);
    mem_free(again);
    mem_free(zoomed);
}
END_TEST

START_TEST(test_clicks)
{
    open_view("svd w_u");
    explorer_point(fixture.x, POINTER_CLICK, 3, 8 + 4);
    expect_status(" component 1 of 4: singular value 3.04138, 30% of the energy");
    explorer_point(fixture.x, POINTER_CLICK, 13, 3);
    expect_status(" u1 high: \"\xe6\x97\xa5\xe6\x9c\xac\", token 5: 0.164399");
    explorer_point(fixture.x, POINTER_CLICK, 3, 8);
    expect_status(" component 0 of 4: singular value 4.03113, 52% of the energy");
}
END_TEST

/* Binds a vector on an axis without names: i at place i, and -i at every fifth. */
static struct vector *bind_ramp(const char *name, enum axis_kind kind, size_t count)
{
    struct vector *x = vector_new(axis_make(kind, count, NULL));
    for (size_t i = 0; i < count; i++)
        x->data[i] = i % 5 == 4 ? -(double)i : (double)i;
    struct value *v = value_of_vector(vector_ref(x));
    workspace_set(fixture.state.names, name, v, false);
    value_unref(v);
    return x;
}

START_TEST(test_poles_share_no_entry)
{
    struct err e = {0};
    struct token_tables t = {0};
    bool seen[33] = {0};
    struct vector *x = bind_ramp("ramp", AXIS_HEAD, 33);
    struct reader reader = {.vector = x, .reading = READING_OWN, .name = ""};
    ck_assert(token_tables_add(&t, &reader, 100, &e));
    ck_assert_uint_eq(t.table[0].count, 17);
    ck_assert_uint_eq(t.table[1].count, 16);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < t.table[k].count; i++) {
            ck_assert(!seen[t.table[k].index[i]]);
            seen[t.table[k].index[i]] = true;
        }
    token_tables_done(&t);
    vector_unref(x);
}
END_TEST

/* "head" is an axis of stacks; what a bar stands for is said; no key is offered that does nothing.
 */
START_TEST(test_vector_without_tokens)
{
    vector_unref(bind_ramp("dims", AXIS_HEAD, 33));
    open_view("dims");
    press("ll");
    expect_status(" d_head 2 of 33: 2");
    press("\t");
    expect_status(" high: d_head 32: 32");
    expect_note(" / find  s log  : prompt  Tab pane  + zoom  ? keys  q quit");
    vector_unref(bind_ramp("long", AXIS_HIDDEN, 2000));
    open_view("long");
    expect_status(" hidden 0 of 2000: 0; a bar shows the largest of 29");
}
END_TEST

START_TEST(test_row_is_called_by_its_token)
{
    open_view("w_u");
    press("j\n");
    expect_line(0, " w_u \xe2\x80\xba row 1 \"play\"");
}
END_TEST

TCase *spectrum_case(void)
{
    TCase *tc = tcase_create("spectrum");
    tcase_add_checked_fixture(tc, fixture_make, fixture_free);
    tcase_add_test(tc, test_components_and_their_tokens);
    tcase_add_test(tc, test_digits_of_tokens);
    tcase_add_test(tc, test_tokens_pane);
    tcase_add_test(tc, test_search_finds_the_components_of_a_token);
    tcase_add_test(tc, test_ranks_are_those_of_sorting);
    tcase_add_test(tc, test_statements_show_the_same);
    tcase_add_test(tc, test_vector);
    tcase_add_test(tc, test_no_tokens_no_search);
    tcase_add_test(tc, test_interaction_needs_a_model);
    tcase_add_test(tc, test_matrix_of_a_spectrum);
    tcase_add_test(tc, test_scale_and_zoom);
    tcase_add_test(tc, test_clicks);
    tcase_add_test(tc, test_poles_share_no_entry);
    tcase_add_test(tc, test_vector_without_tokens);
    tcase_add_test(tc, test_row_is_called_by_its_token);
    return tc;
}
