/* The heads, the workspace, the page; and the whole of it on the demo model, and short of memory.
 */
#include <stdio.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/view/spectra.h"
#include "check_view.h"

/* ---- heads ---- */

START_TEST(test_grid_of_layers_and_heads)
{
    open_view("grid");
    expect_shown("6 of 6 to come");
    ck_assert(explorer_idle(fixture.x));
    expect_shown("5 of 6 to come");
    idle();
    expect_not_shown("to come");
    expect_line(1, " \xe2\x96\xb8 head 0.0            head 0.1            head 0.2");
    expect_status(" layer 0, head 0: resid x resid, 4 x 4, largest magnitude 2");
    press("jl");
    expect_status(" layer 1, head 1: resid x resid, 4 x 4, largest magnitude 4");
    press("jll");
    expect_status(" layer 1, head 2: resid x resid, 4 x 4, largest magnitude 4");
    press("g]]]");
    expect_status(" layer 1, head 0: resid x resid, 4 x 4, largest magnitude 4");
    press("/0.2\n");
    expect_status(" layer 0, head 2: resid x resid, 4 x 4, largest magnitude 2");
    press("/7\n");
    expect_note(" no layer or head is called '7'; they are called 0.1 and such");
    expect_statement("heat grid");
    press("sa");
    expect_statement("heat grid --aggregate mean --free");
}
END_TEST

START_TEST(test_heads_share_a_range_or_not)
{
    open_view("grid");
    idle();
    expect_shown("+4 ");
    press("a");
    expect_shown("+2 ");
    press("a)");
    expect_shown("+2.67 ");
    press("(");
    expect_shown("+4 ");
}
END_TEST

START_TEST(test_head_opens)
{
    open_view("grid");
    press("l\n");
    expect_line(0, " grid \xe2\x80\xba grid, head 0.1");
    press("<x");
    expect_line(0, " grid \xe2\x80\xba svd grid[0,1]");
    press("<");
    explorer_point(fixture.x, POINTER_CLICK, 3, 60);
    expect_shown("layer 0, head 2");
}
END_TEST

/* ---- workspace ---- */

START_TEST(test_names)
{
    open_view("ls");
    expect_line(0, " names");
    open_view(NULL);
    expect_shown("w_u         token x resid, 8 x 4");
    expect_shown("grid        [2 layer, 3 head] resid x resid, 4 x 4");
    expect_status(" w_u: token x resid, 8 x 4 (1 of 5)");
    press("/gr\n");
    expect_status(" grid: [2 layer, 3 head] resid x resid, 4 x 4 (3 of 5)");
    press("/zz\n");
    expect_note(" no name holds 'zz'");
    press("G\n");
    expect_note(" a number has no view; a matrix, a vector or a decomposition has");
    expect_statement("ls");
}
END_TEST

START_TEST(test_spark_once_known)
{
    fixture.view.spectra = spectra_new();
    open_view(NULL);
    char *before = screen_line(2);
    press("x");
    expect_line(0, " names \xe2\x80\xba svd w_u");
    press("<");
    char *after = screen_line(2);
    ck_assert(strstr(before, "\xe2\x96\x88") == NULL);
    ck_assert_msg(strstr(after, "\xe2\x96\x88") != NULL, "%s", after);
    mem_free(before);
    mem_free(after);
    spectra_free(fixture.view.spectra);
}
END_TEST

START_TEST(test_spectra_are_forgotten_with_their_values)
{
    struct err e = {0};
    size_t count;
    struct spectra *s = spectra_new();
    struct value *v = value_ref(workspace_get(fixture.state.names, "w_u"));
    struct value *d = value_svd(v, &e);
    spectra_note(s, v, d);
    ck_assert_ptr_nonnull(spectra_find(s, v, &count));
    ck_assert_uint_eq(count, RESID);
    workspace_remove(fixture.state.names, "w_u");
    struct value *last = v;
    value_unref(v);
    spectra_note(s, workspace_get(fixture.state.names, "w_e"), d);
    ck_assert_ptr_null(spectra_find(s, last, &count)); /* by its address only */
    value_unref(d);
    spectra_free(s);
}
END_TEST

/* ---- page ---- */

static struct canvas *lines(void *context, const struct report *r, const struct theme *theme,
                            size_t width, struct err *e)
{
    enum { LINES = 50 };
    struct canvas *c = canvas_new(LINES, width, e);
    (void)context;
    (void)r;
    (void)theme;
    for (size_t i = 0; i < LINES; i++) {
        char line[32];
        snprintf(line, sizeof line, "line %zu of %zu", i, width);
        canvas_put(c, i, 0, ROLE_TEXT, line);
    }
    return c;
}

START_TEST(test_page_scrolls)
{
    fixture.view.page = lines;
    open_view("norm grid");
    expect_line(0, " norm grid");
    expect_line(1, " line 0 of 78");
    expect_status(" lines 1 to 21 of 50");
    press("jj");
    expect_line(1, " line 2 of 78");
    press(" ");
    expect_line(1, " line 22 of 78");
    press("Gj");
    expect_status(" lines 30 to 50 of 50");
    press("g/line 17\n");
    expect_line(1, " line 17 of 78");
    press("/line 4\nn");
    expect_line(1, " line 29 of 78"); /* as far as it goes: 40 is in sight */
    press("/nowhere\n");
    expect_note(" 'nowhere' is nowhere on this page");
    explorer_resize(fixture.x, 24, 60);
    expect_shown("of 58");
    expect_statement("norm grid");
}
END_TEST

/* ---- what has no view ---- */

static void expect_refused(const char *statement, const char *message)
{
    struct err e = {0};
    ck_assert(!explorer_ask(fixture.x, NULL, statement, &e));
    ck_assert_str_eq(e.message, message);
}

START_TEST(test_refusals)
{
    expect_refused("nonsense_word", "unknown name 'nonsense_word'");
}
END_TEST

/* ---- the demo model ---- */

static void load_demo(void)
{
    struct err e = {0};
    struct statement s;
    size_t at = 0;
    struct script *script = script_new("load tinystories-1-256");
    ck_assert(statement_parse(script->text, &at, fixture.state.commands, NULL, &s, &e));
    struct call *c = call_new(&fixture.state, script, &s);
    ck_assert_msg(call_run(c, &e) && call_commit(c, &fixture.state, &e), "%s", e.message);
    call_free(c);
    script_unref(script);
}

/* Every key turns the tables to its component. */
START_TEST(test_tables_turn_at_once)
{
    enum { MOVES = 60 };
    load_demo();
    open_view("svd w_u");
    for (size_t i = 1; i <= MOVES; i++) {
        char heading[16];
        press("l");
        snprintf(heading, sizeof heading, "u%zu high", i);
        expect_shown(heading);
    }
    session_state_done(&fixture.state);
}
END_TEST

/* No expression gives one head's profile: a comment says which was looked at. */
START_TEST(test_statement_says_the_head)
{
    load_demo();
    open_view("lag --lags 40");
    press("]]]");
    expect_line(0, " lag --lags 40, head 0.3");
    expect_statement("lag --lags 40 # head 0.3");
    expect_shown("/ find  [ ] next"); /* Enter does nothing among lags */
    session_state_done(&fixture.state);
}
END_TEST

START_TEST(test_from_the_workspace_to_an_interaction_and_back)
{
    load_demo();
    open_view(NULL);
    press("/w_u\nx/game\n");
    expect_status(" component 45 of 256: singular value 3.22267, 0.067% of the energy");
    press("\t\n");
    expect_line(0, " names \xe2\x80\xba svd w_u \xe2\x80\xba interaction \"game\"");
    expect_statement("interaction \"game\"; topk v0");
    press("<<");
    expect_line(0, " names");
    session_state_done(&fixture.state);
}
END_TEST

/* ---- short of memory ---- */

static void scenario(void)
{
    static const char *const statements[] = {"svd w_u", "w_u @ w_e", "grid", "norm grid", NULL};
    struct view_request none = {0};
    for (size_t i = 0; i < 5; i++) {
        struct err e = {0};
        struct caret caret;
        if (!(statements[i] != NULL ? explorer_ask(fixture.x, NULL, statements[i], &e)
                                    : explorer_open(fixture.x, &none, &e)))
            continue;
        press("jl/game\n+m\tx?");
        explorer_idle(fixture.x);
        canvas_free(explorer_draw(fixture.x, &caret, &e));
        press("?\n:");
    }
}

START_TEST(test_short_of_memory)
{
    fixture.view.page = lines;
    mem_fail_at(0);
    scenario();
    size_t asked = mem_fail_at(0);
    for (size_t n = 1; n < asked + 20; n += 1 + n / 12) {
        explorer_free(fixture.x);
        fixture.x = explorer_new(&fixture.view);
        explorer_resize(fixture.x, 24, 80);
        mem_fail_at(n);
        scenario();
        mem_fail_at(0);
        mem_free(screen());
    }
}
END_TEST

TCase *others_case(void)
{
    TCase *tc = tcase_create("others");
    tcase_add_checked_fixture(tc, fixture_make, fixture_free);
    tcase_add_test(tc, test_grid_of_layers_and_heads);
    tcase_add_test(tc, test_heads_share_a_range_or_not);
    tcase_add_test(tc, test_head_opens);
    tcase_add_test(tc, test_names);
    tcase_add_test(tc, test_spark_once_known);
    tcase_add_test(tc, test_spectra_are_forgotten_with_their_values);
    tcase_add_test(tc, test_page_scrolls);
    tcase_add_test(tc, test_refusals);
    tcase_add_test(tc, test_tables_turn_at_once);
    tcase_add_test(tc, test_statement_says_the_head);
    tcase_add_test(tc, test_from_the_workspace_to_an_interaction_and_back);
    return tc;
}

TCase *view_memory_case(void)
{
    TCase *tc = tcase_create("memory");
    tcase_add_checked_fixture(tc, fixture_make, fixture_free);
    tcase_add_test(tc, test_short_of_memory);
    return tc;
}
