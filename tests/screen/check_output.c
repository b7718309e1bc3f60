/* What is done with an answer at a terminal: the pager (rule 23), tables of hostile tokens
 * (rule 20). The numbers are those of RULES. */
#include "screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rule 23: the pager ---- */

static struct screen *paged(const char *pager, const char *options)
{
    char command[128], variable[256];
    snprintf(command, sizeof command, "exec \"$BILENS\" -n %s", options);
    snprintf(variable, sizeof variable, "PAGER=%s", pager);
    const char *environment[] = {variable, NULL};
    struct screen *s =
        screen_open(&(struct screen_setup){.command = command, .environment = environment});
    screen_expect_prompt(s);
    return s;
}

#define NOTE "wc -l | sed s/^/pager-/"

START_TEST(test_long_answers_are_paged)
{
    struct screen *s = paged(NOTE, "");
    screen_run(s, "help");
    screen_expect(s, "\npager-");
    ck_assert_ptr_null(strstr(screen_text(s), "interaction")); /* it took all of it */
    screen_run(s, "help ls");
    screen_expect(s, "for example: ls"); /* which is short */
    screen_resize(s, 4, 80);
    screen_run(s, "help ls");
    screen_expect(s, "\npager-");
    screen_close(s);
}
END_TEST

START_TEST(test_the_screen_is_filled_before_the_pager_comes)
{
    /* The answer to 1 is three lines, and the prompt needs one. */
    struct screen *s = paged(NOTE, "");
    screen_resize(s, 4, 80);
    screen_run(s, "1");
    screen_expect(s, "value  1");
    screen_resize(s, 3, 80);
    screen_run(s, "1");
    screen_expect(s, "pager-3");
    screen_close(s);
}
END_TEST

START_TEST(test_nobody_is_paged_who_does_not_want_it)
{
    static const char *const cases[][2] = {
        {NOTE, "--safe"}, {"", ""}, {"cat", ""}, {"no-such-pager", ""}};
    struct screen *s = paged(cases[_i][0], cases[_i][1]);
    screen_run(s, "help");
    screen_expect(s, "Functions:"); /* near its end */
    ck_assert_ptr_null(strstr(screen_text(s), "pager-"));
    screen_close(s);
}
END_TEST

START_TEST(test_the_pager_can_be_set_off)
{
    struct screen *s = paged(NOTE, "");
    screen_run(s, "set pager off");
    screen_run(s, "help");
    screen_expect(s, "Functions:");
    ck_assert_ptr_null(strstr(screen_written(s, NULL), "pager-"));
    screen_close(s);
}
END_TEST

START_TEST(test_scripts_and_files_are_not_paged)
{
    static const char *const environment[] = {"PAGER=" NOTE, NULL};
    struct screen *s = screen_open(
        &(struct screen_setup){.command = "\"$BILENS\" -n -c help; echo help | \"$BILENS\" -n",
                               .environment = environment});
    screen_expect_exit(s, 0);
    ck_assert_ptr_null(strstr(screen_written(s, NULL), "pager-"));
    screen_close(s);
    s = paged(NOTE, "");
    screen_run(s, "help > file");
    screen_run(s, "output file");
    screen_run(s, "help");
    ck_assert_ptr_null(strstr(screen_written(s, NULL), "pager-"));
    screen_close(s);
}
END_TEST

START_TEST(test_leaving_the_pager_early_is_no_error)
{
    struct screen *s = paged("head -c 100; echo", "--load tinystories-1-256");
    screen_run(s, "help");
    screen_expect(s, "command");
    screen_run(s, "set format json; w_q[0,0]; 1"); /* more than a pipe holds */
    screen_run(s, "w_q[0,0]; 1");                  /* and again: a handler of SIGPIPE stays one */
    ck_assert_ptr_null(strstr(screen_written(s, NULL), "error"));
    screen_run(s, "40 + 2");
    screen_expect(s, "42");
    screen_close(s);
}
END_TEST

START_TEST(test_ctrl_c_is_for_the_pager)
{
    struct screen *s = paged("cat >/dev/null; trap 'echo caught; exit 0' INT; echo here; "
                             "while :; do sleep 0.01; done",
                             "");
    screen_keys(s, "help\r");
    screen_expect(s, "here");
    screen_keys(s, SCREEN_CTRL_C);
    screen_expect(s, "caught");
    screen_expect_prompt(s);
    screen_run(s, "40 + 2");
    screen_expect(s, "value  42");
    ck_assert_ptr_null(strstr(screen_written(s, NULL), "interrupted"));
    screen_close(s);
}
END_TEST

START_TEST(test_less_is_the_pager)
{
    /* Without PAGER: less -FRX. A PAGER of less, or anything else, finds LESS set. */
    struct screen *s = screen_open(&(struct screen_setup){.command = "exec \"$BILENS\" -n"});
    char *before = NULL;
    screen_expect_prompt(s);
    before = strdup(screen_modes(s));
    screen_keys(s, "help\r");
    screen_expect(s, "\n:");
    int row, col;
    ck_assert(screen_find(s, "command", &row, &col));
    ck_assert(screen_cell(s, row, col).bold); /* its colours came through */
    ck_assert(!screen_alternate(s));          /* what was read stays on the screen */
    screen_keys(s, "q");                      /* it clears its own line, and begins none */
    screen_expect_line(s, "bilens> ");
    ck_assert_str_eq(screen_modes(s), before);
    free(before);
    screen_close(s);
    s = paged("cat >/dev/null; echo LESS=$LESS", "");
    screen_run(s, "help");
    screen_expect(s, "LESS=FRX");
    screen_close(s);
}
END_TEST

/* ---- rule 20: tables of hostile tokens ---- */

/* What each token is shown as, and the cells that takes. They are the largest ten of the row. */
static const struct token {
    const char *shown;
    int cells;
} tokens[][10] = {{{"\u6f22\u5b57", 4},
                   {"e\u0301a\u0308", 2},
                   {"\U0001f389", 2},
                   {"\\x1b[31mred", 11},
                   {"a\\x07b", 6},
                   {"\\u{202e}evil", 12},
                   {"x\\ty", 4},
                   {"\ud55c\uad6d", 4},
                   {"\u25cc\u0301start", 6},
                   {"\\u{9b}31m", 9}},
                  {{"\u0939\u093f\u0928\u094d\u0926\u0940", 5},
                   {"\u09b2\u09be\u09df\u09be", 4},
                   {"\u0ba4\u0bca\u0bb4\u0bbf\u0bb2", 5},
                   {"\u0d37\u0d47\u0d27", 3},
                   {"\u0915\u094d\u200d\u0937", 2},
                   {"\u25cc\u093e", 2},
                   {"\u2764\\u{fe0f}", 9},
                   {"\U0001f469\\u{200d}\U0001f467", 12},
                   {"a\\u{a0}b", 8},
                   {"\u1112\u1161\u11ab", 2}}};

#define HOSTILE MODEL_OF("")
#define MODEL_OF(SET)                                                                              \
    "python3 \"$TESTS/screen/hostile_model.py\" " SET                                              \
    " \"$BILENS_MODEL_PATH/tinystories-1-256\" hostile"                                            \
    " 1563 2348 3472 385 3354 3178 3241 3417 1886 3036 && \"$BILENS\" -n --load ./hostile "

static struct screen *hostile_table(bool marks)
{
#define TABLE "--color never -c 'topk w_u[804] 10'"
    struct screen *s = screen_open(&(struct screen_setup){
        .rows = 40, .command = marks ? MODEL_OF("--marks") TABLE : HOSTILE TABLE});
    screen_expect_exit(s, 0);
    return s;
}

/* The column from which on the row has a word that starts with that letter. */
static int heading(struct screen *s, int row, int col, const char *letter)
{
    while (strcmp(screen_cell(s, row, col).text, letter) != 0 ||
           (col > 0 && strcmp(screen_cell(s, row, col - 1).text, " ") != 0))
        ck_assert_msg(++col < 80, "%s", screen_dump(s));
    return col;
}

START_TEST(test_columns_stand_below_each_other)
{
    struct screen *s = hostile_table(_i == 1);
    int row, token, first, second;
    ck_assert_msg(screen_find(s, "out, high", &row, &token), "%s", screen_dump(s));
    row++; /* id, token, value; and once more for the other pole */
    first = heading(s, row, 0, "v");
    second = heading(s, row, first + 1, "v");
    token = heading(s, row, 0, "t");
    for (int i = 0; i < 10; i++) {
        int at = row + 2 + i, end = token + tokens[_i][i].cells;
        const char *shown = tokens[_i][i].shown;
        int in, col;
        ck_assert_msg(screen_find(s, shown, &in, &col) && in == at && col == token,
                      "%s is not in row %d\n%s", shown, at, screen_dump(s));
        ck_assert_str_eq(screen_cell(s, at, end).text, " ");
        ck_assert_msg(screen_cell(s, at, first + 4).text[0] >= '0' &&
                          strcmp(screen_cell(s, at, first + 5).text, " ") == 0 &&
                          screen_cell(s, at, second + 4).text[0] >= '0' &&
                          strcmp(screen_cell(s, at, second - 1).text, "-") != 0,
                      "row %d is not aligned:\n%s", at, screen_dump(s));
    }
    screen_close(s);
}
END_TEST

START_TEST(test_nothing_in_a_token_reaches_the_terminal)
{
    struct screen *s = hostile_table(false);
    const char *written = screen_written(s, NULL);
    for (const char *c = written; *c != '\0'; c++)
        ck_assert_msg((unsigned char)*c >= ' ' || *c == '\r' || *c == '\n', "byte %d", *c);
    ck_assert_ptr_null(strstr(written, "\u202e"));
    ck_assert_ptr_null(strstr(written, "\xc2\x9b"));
    screen_close(s);
}
END_TEST

/* A view sends its statement to the prompt, which shows it as it is: such a token by its number. */
START_TEST(test_nothing_in_a_token_reaches_the_prompt)
{
    static const struct {
        const char *keys, *line;
    } cases[] = {{"jjjjj", "bilens> interaction w_u[3178]; topk v0"},
                 {"jjjjjjjjj", "bilens> interaction w_u[3036]; topk v0"},
                 {"", "bilens> interaction \"\u6f22\u5b57\"; topk v0"}};
    struct screen *s = screen_open(&(struct screen_setup){.rows = 40, .command = HOSTILE});
    screen_expect_prompt(s);
    screen_keys(s, "view topk w_u[804] 10\r\tll");
    screen_expect(s, "out high: \"");
    screen_keys(s, cases[_i].keys);
    screen_keys(s, "\r");
    screen_expect(s, "component 0 of ");
    screen_keys(s, ":");
    screen_expect_line(s, cases[_i].line);
    ck_assert_ptr_null(strstr(screen_written(s, NULL), "\u202e"));
    ck_assert_ptr_null(strstr(screen_written(s, NULL), "\xc2\x9b"));
    screen_close(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("output");
    TCase *tests = tcase_create("output");
    tcase_set_timeout(tests, 2 * SCREEN_PATIENCE);
    tcase_add_test(tests, test_long_answers_are_paged);
    tcase_add_test(tests, test_the_screen_is_filled_before_the_pager_comes);
    tcase_add_loop_test(tests, test_nobody_is_paged_who_does_not_want_it, 0, 4);
    tcase_add_test(tests, test_the_pager_can_be_set_off);
    tcase_add_test(tests, test_scripts_and_files_are_not_paged);
    tcase_add_test(tests, test_leaving_the_pager_early_is_no_error);
    tcase_add_test(tests, test_ctrl_c_is_for_the_pager);
    tcase_add_test(tests, test_less_is_the_pager);
    tcase_add_loop_test(tests, test_columns_stand_below_each_other, 0, 2);
    tcase_add_test(tests, test_nothing_in_a_token_reaches_the_terminal);
    tcase_add_loop_test(tests, test_nothing_in_a_token_reaches_the_prompt, 0, 3);
    suite_add_tcase(suite, tests);
    return screen_main(suite);
}
