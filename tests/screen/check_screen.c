/* The harness itself: what a shell prints arrives as cells, colours, cursor, scrollback, modes. */
#include "screen.h"

#include <stdlib.h>
#include <string.h>

static struct screen *shell(const char *command)
{
    return screen_open(&(struct screen_setup){.rows = 5, .cols = 20, .command = command});
}

START_TEST(test_cells_carry_text_width_and_colour)
{
    struct screen *s = shell("printf 'a\\033[31mb\\033[48;5;200mc\\033[38;2;1;2;3;1;4;7md\\033[0m"
                             "\\nx\xe6\xbc\xa2y\\n'; exec sleep 60");
    screen_expect(s, "x\xe6\xbc\xa2y");
    struct screen_cell a = screen_cell(s, 0, 0), b = screen_cell(s, 0, 1), c = screen_cell(s, 0, 2),
                       d = screen_cell(s, 0, 3);
    ck_assert_str_eq(a.text, "a");
    ck_assert_int_eq(a.fore.kind, SCREEN_COLOR_DEFAULT);
    ck_assert_int_eq(b.fore.kind, SCREEN_COLOR_INDEX);
    ck_assert_uint_eq(b.fore.value, 1);
    ck_assert_int_eq(c.back.kind, SCREEN_COLOR_INDEX);
    ck_assert_uint_eq(c.back.value, 200);
    ck_assert_int_eq(d.fore.kind, SCREEN_COLOR_RGB);
    ck_assert_uint_eq(d.fore.value, 0x010203);
    ck_assert(d.bold && d.underline && d.reverse && !a.bold);
    ck_assert_int_eq(screen_cell(s, 1, 1).width, 2);
    ck_assert_str_eq(screen_cell(s, 1, 2).text, "");
    int row, col;
    ck_assert(screen_find(s, "y", &row, &col));
    ck_assert_int_eq(row, 1);
    ck_assert_int_eq(col, 3);
    screen_close(s);
}
END_TEST

START_TEST(test_the_alternate_screen_comes_and_goes)
{
    struct screen *s = shell("printf 'one\\033[?1049h\\033[?25lfull'; read line;"
                             "printf '\\033[?1049l\\033[?25h'; exec sleep 60");
    screen_expect(s, "full");
    ck_assert(screen_alternate(s) && !screen_cursor_visible(s));
    screen_keys(s, "\r");
    screen_expect(s, "one");
    ck_assert(!screen_alternate(s) && screen_cursor_visible(s));
    screen_close(s);
}
END_TEST

START_TEST(test_what_scrolls_away_is_kept)
{
    struct screen *s = shell("for i in 1 2 3 4 5 6 7 8; do echo line $i; done; exit 3");
    screen_expect_exit(s, 3);
    ck_assert_str_eq(screen_scrollback(s), "line 1\nline 2\nline 3\nline 4\n");
    ck_assert_str_eq(screen_text(s), "line 5\nline 6\nline 7\nline 8\n\n");
    screen_close(s);
}
END_TEST

START_TEST(test_a_new_size_reaches_the_program)
{
    struct screen *s = shell("trap 'stty size' WINCH; echo ready; while :; do read line; done");
    screen_expect(s, "ready");
    screen_resize(s, 7, 33);
    screen_expect(s, "7 33");
    screen_close(s);
}
END_TEST

START_TEST(test_modes_tell_a_changed_tty)
{
    struct screen *s =
        shell("read a; stty -echo; echo changed; read a; stty echo; echo back; read a");
    char *before = strdup(screen_modes(s));
    screen_keys(s, "\r");
    screen_expect(s, "changed");
    ck_assert_str_ne(screen_modes(s), before);
    screen_keys(s, "\r");
    screen_expect(s, "back");
    ck_assert_str_eq(screen_modes(s), before);
    free(before);
    screen_close(s);
}
END_TEST

START_TEST(test_signals_and_ends_are_seen)
{
    struct screen *s = shell("echo ready; exec sleep 60");
    screen_expect(s, "ready");
    screen_keys(s, SCREEN_CTRL_C); /* the tty makes it SIGINT */
    screen_expect_exit(s, 128 + 2);
    screen_close(s);
    s = shell("echo ready; exec sleep 60");
    screen_expect(s, "ready");
    screen_signal(s, 15);
    screen_expect_exit(s, 128 + 15);
    screen_close(s);
}
END_TEST

START_TEST(test_the_environment_is_the_stated_one)
{
    static const char *const more[] = {"COLORTERM=truecolor", "LC_ALL=C", NULL};
    struct screen *s = screen_open(&(struct screen_setup){
        .term = "",
        .command = "echo \"[${TERM-none}$COLORTERM$LC_ALL$NO_COLOR]\"; pwd; exec sleep 60",
        .environment = more});
    screen_expect(s, "[nonetruecolorC]");
    screen_expect(s, screen_home(s));
    screen_close(s);
}
END_TEST

START_TEST(test_a_wait_ends_when_the_program_has)
{
    struct screen *s = shell("echo bye");
    double start = screen_seconds();
    ck_assert(!screen_wait_text(s, "never"));
    ck_assert(screen_seconds() - start < SCREEN_PATIENCE / 2);
    ck_assert(screen_wait_text(s, "bye"));
    screen_close(s);
}
END_TEST

START_TEST(test_the_program_prompts_and_answers)
{
    struct screen *s = screen_open(&(struct screen_setup){.rows = 0});
    char *before = strdup(screen_modes(s));
    screen_expect_prompt(s);
    ck_assert_str_ne(screen_modes(s), before); /* Readline reads keys */
    screen_run(s, "1 + 1");
    screen_expect(s, "bilens> 1 + 1\nvalue  2\n");
    screen_keys(s, SCREEN_CTRL_D);
    screen_expect_exit(s, 0);
    ck_assert_str_eq(screen_modes(s), before);
    free(before);
    screen_close(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("screen");
    TCase *tests = tcase_create("harness");
    tcase_add_test(tests, test_cells_carry_text_width_and_colour);
    tcase_add_test(tests, test_the_alternate_screen_comes_and_goes);
    tcase_add_test(tests, test_what_scrolls_away_is_kept);
    tcase_add_test(tests, test_a_new_size_reaches_the_program);
    tcase_add_test(tests, test_modes_tell_a_changed_tty);
    tcase_add_test(tests, test_signals_and_ends_are_seen);
    tcase_add_test(tests, test_the_environment_is_the_stated_one);
    tcase_add_test(tests, test_a_wait_ends_when_the_program_has);
    tcase_add_test(tests, test_the_program_prompts_and_answers);
    suite_add_tcase(suite, tests);
    return screen_main(suite);
}
