/* What is the same in every view: crumbs, hints, notes, words being typed, screens too small. */
#include <string.h>

#include "bilens/base/mem.h"
#include "check_view.h"

START_TEST(test_crumbs_follow_the_stack)
{
    open_view(NULL);
    expect_line(0, " names");
    press("jj\n"); /* grid */
    expect_line(0, " names \xe2\x80\xba grid");
    press("\n");
    expect_line(0, " names \xe2\x80\xba grid \xe2\x80\xba grid, head 0.0");
    press("x");
    expect_line(0,
                " names \xe2\x80\xba grid \xe2\x80\xba grid, head 0.0 \xe2\x80\xba svd grid[0,0]");
    press("<<");
    expect_line(0, " names \xe2\x80\xba grid");
    press_key(KEYCODE_BACKSPACE);
    expect_line(0, " names");
    press("<");
    expect_note(" this is the first view; q leaves");
    ck_assert(!explorer_done(fixture.x));
}
END_TEST

START_TEST(test_crumbs_that_do_not_fit)
{
    open_view("grid[0,0] @ grid[0,1] @ grid[0,2] @ grid[1,0] @ grid[1,1] @ grid[1,2]");
    explorer_resize(fixture.x, 24, 44);
    expect_line(0, " \xe2\x80\xa6@ grid[0,2] @ grid[1,0] @ grid[1,1] @ ...");
}
END_TEST

START_TEST(test_hints_keep_help_and_quit)
{
    open_view("w_u");
    expect_note(
        " / row  Enter row  s rms  x spectrum  : prompt  \\ column  + zoom  ? keys  q quit");
    explorer_resize(fixture.x, 24, 40);
    expect_note(" / row  Enter row  s rms  ? keys  q quit");
}
END_TEST

/* The hints of a place: what does nothing there is in no bar, what leads on is in every one. */
START_TEST(test_hints_are_of_what_works)
{
    open_view("grid");
    press("\n"); /* a stack, and deeper: the longest bars */
    expect_note(" / row  Enter row  < back  [ ] next  s rms  x spectrum  : prompt  ? keys  q quit");
    open_view("svd grid");
    expect_note(" / find  Enter open  < back  [ ] next  s log  x matrix  : prompt  ? keys  q quit");
    open_view("grid[..., 1, :]");
    expect_shown("[ ] next");
    expect_not_shown("x matrix"); /* a vector belongs to none */
}
END_TEST

START_TEST(test_quit_and_interrupt_leave)
{
    open_view("w_u");
    press("q");
    ck_assert(explorer_done(fixture.x));
    ck_assert_str_eq(explorer_typed(fixture.x), "");
    press(":"); /* too late for anything */
    ck_assert_str_eq(explorer_typed(fixture.x), "");
}
END_TEST

START_TEST(test_statement_goes_to_the_prompt_on_one_line)
{
    open_view("svd (w_u\n  @ w_e)");
    press(":");
    ck_assert(explorer_done(fixture.x));
    ck_assert_str_eq(explorer_typed(fixture.x), "svd (w_u   @ w_e); topk u0; topk v0");
}
END_TEST

START_TEST(test_word_being_typed)
{
    struct err e = {0};
    struct caret caret;
    open_view("w_u");
    press("/ga");
    press_key(0x65e5); /* takes two cells */
    expect_note(" /ga\xe6\x97\xa5");
    struct canvas *c = explorer_draw(fixture.x, &caret, &e);
    canvas_free(c);
    ck_assert(caret.visible && caret.row == 23 && caret.col == 6);
    press_key(KEYCODE_BACKSPACE);
    expect_note(" /ga");
    press_key(KEYCODE_BACKSPACE);
    press_key(KEYCODE_BACKSPACE);
    expect_note(" /");
    press_key(KEYCODE_BACKSPACE); /* behind the beginning: no search after all */
    expect_shown("q quit");
    press("/run\033");
    expect_shown("q quit");
    press("\\q"); /* q is a letter here */
    expect_note(" \\q");
    press("\025");
    expect_note(" \\");
    press("\n");
    expect_shown("q quit");
}
END_TEST

START_TEST(test_word_longer_than_the_line)
{
    open_view("w_u");
    press("/");
    for (int i = 0; i < 2000; i++)
        press(i < 1990 ? "a" : "b");
    char *line = screen_line(23);
    ck_assert_uint_eq(strlen(line), 79);
    mem_free(line);
    press("\n");
    expect_shown("no token");
}
END_TEST

START_TEST(test_error_is_shown_until_the_next_key)
{
    open_view("w_u");
    press("/nothing\n");
    expect_note(" no token \"nothing\"");
    press("j");
    expect_shown("q quit");
}
END_TEST

START_TEST(test_too_small_says_the_size_it_needs)
{
    open_view("svd w_u");
    press("l");
    explorer_resize(fixture.x, 10, 60);
    expect_line(0, "the spectrum view needs 44 x 16, this terminal has 60 x 10;");
    press("l"); /* nothing moves unseen */
    explorer_resize(fixture.x, 24, 80);
    expect_shown("component 1 of 4");
    explorer_resize(fixture.x, 3, 12);
    expect_line(0, "the spectrum");
    press("q");
    ck_assert(explorer_done(fixture.x));
}
END_TEST

START_TEST(test_any_size_draws)
{
    static const char *const statements[] = {"svd w_u", "w_u", "grid", NULL, "norm grid", "x"};
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        open_view(statements[i]);
        for (size_t rows = 1; rows < 40; rows += 3)
            for (size_t cols = 1; cols < 160; cols += 13) {
                explorer_resize(fixture.x, rows, cols);
                idle();
                mem_free(screen());
                press("+");
                mem_free(screen());
                press("?");
                mem_free(screen());
                press("?-");
            }
    }
}
END_TEST

START_TEST(test_clicks_and_wheel)
{
    open_view(NULL);
    explorer_point(fixture.x, POINTER_CLICK, 4, 5);
    expect_status(" grid: [2 layer, 3 head] resid x resid, 4 x 4 (3 of 5)");
    explorer_point(fixture.x, POINTER_WHEEL_DOWN, 4, 5);
    expect_status(" x: token, 8 (4 of 5)");
    explorer_point(fixture.x, POINTER_WHEEL_UP, 4, 5);
    explorer_point(fixture.x, POINTER_CLICK, 20, 5); /* no name stands there */
    explorer_point(fixture.x, POINTER_CLICK, 0, 0);
    expect_status(" grid: [2 layer, 3 head] resid x resid, 4 x 4 (3 of 5)");
}
END_TEST

TCase *frame_case(void)
{
    TCase *tc = tcase_create("frame");
    tcase_add_checked_fixture(tc, fixture_make, fixture_free);
    tcase_add_test(tc, test_crumbs_follow_the_stack);
    tcase_add_test(tc, test_crumbs_that_do_not_fit);
    tcase_add_test(tc, test_hints_keep_help_and_quit);
    tcase_add_test(tc, test_hints_are_of_what_works);
    tcase_add_test(tc, test_quit_and_interrupt_leave);
    tcase_add_test(tc, test_statement_goes_to_the_prompt_on_one_line);
    tcase_add_test(tc, test_word_being_typed);
    tcase_add_test(tc, test_word_longer_than_the_line);
    tcase_add_test(tc, test_error_is_shown_until_the_next_key);
    tcase_add_test(tc, test_too_small_says_the_size_it_needs);
    tcase_add_test(tc, test_any_size_draws);
    tcase_add_test(tc, test_clicks_and_wheel);
    return tc;
}
