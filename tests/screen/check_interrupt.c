/* Ctrl-C while LAPACK computes (rule 1), and what long work says of itself (rule 24); other signals
 * at the prompt. The numbers are those of RULES. */
#include "screen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A dense 4096 x 4096 matrix, whose svd takes many seconds. */
#define MAKE_DENSE "m = (w_e' @ w_u') * (w_e' @ w_u')"
#define PROGRESS "; Ctrl-C stops it"

/* A session at the terminal; beside it one that computes with standard error in a file. */
static struct screen *two_sessions(void)
{
    static const char *const environment[] = {"OPENBLAS_NUM_THREADS=1", "PAGER=cat", NULL};
    return screen_open(&(struct screen_setup){
        .rows = 60,
        .environment = environment,
        .command = "trap : INT; \"$BILENS\" -n -l tinystories-1-256 -c \"" MAKE_DENSE
                   "; svd m\" </dev/null >out 2>err & \"$BILENS\" -n -l tinystories-1-256;"
                   "echo status $?; kill $!; echo err $(wc -c <err), out $(wc -c <out)"});
}

/* Starts the svd and waits until it tells how far it is; that takes half a second. */
static void compute(struct screen *s)
{
    double start = screen_seconds();
    screen_keys(s, "svd m\r");
    screen_expect(s, PROGRESS);
    ck_assert_msg(screen_seconds() - start >= 0.5, "after %.2f s", screen_seconds() - start);
}

/* Ctrl-C; returns how long the prompt took to come back. */
static double interrupt(struct screen *s)
{
    double start = screen_seconds();
    screen_keys(s, SCREEN_CTRL_C);
    screen_expect_prompt(s);
    return screen_seconds() - start;
}

START_TEST(test_ctrl_c_while_it_computes)
{
    enum { TRIES = 3 };
    double best = SCREEN_PATIENCE;
    struct screen *s = two_sessions();
    screen_expect_prompt(s);
    screen_run(s, MAKE_DENSE);
    for (int i = 0; i < TRIES && best > 0.1; i++) { /* others may use the processor, too */
        compute(s);
        double took = interrupt(s);
        best = took < best ? took : best;
    }
    ck_assert_msg(best <= 0.1, "the prompt took %.0f ms", 1000 * best);
    /* The progress is gone, and the ^C that the terminal showed behind it. */
    screen_expect(s, "bilens> svd m\nerror: interrupted; the workspace is as it was\nbilens>");
    screen_run(s, "ls");
    screen_expect(s, "\nm "); /* all names are there, and no others */
    screen_run(s, "norm w_u");
    screen_expect(s, "norm  124.49"); /* computes beside what was left */
    screen_run(s, "u0");
    screen_expect(s, "unknown name 'u0'");
    compute(s);
    interrupt(s);
    interrupt(s);
    screen_keys(s, SCREEN_CTRL_C);
    screen_expect(s, "ended by three interrupts in a row");
    screen_expect(s, "status 1");
    screen_expect(s, "err 0, out 0"); /* no progress where nobody sees it */
    screen_close(s);
}
END_TEST

/* The progress of a stack is that of all its members: it names them in turn, a member moves it
 * through its own share, and it never goes back. */
START_TEST(test_progress_is_of_the_whole_statement)
{
    static const char *const environment[] = {"OPENBLAS_NUM_THREADS=1", "PAGER=cat", NULL};
    struct screen *s =
        screen_open(&(struct screen_setup){.rows = 60,
                                           .environment = environment,
                                           .command = "exec \"$BILENS\" -n -l tinystories-1-256"});
    screen_expect_prompt(s);
    screen_run(s, "s = (w_e' @ qk @ w_e)[..., :1200, :1200]; s = s * s");
    screen_keys(s, "svd s\r");
    screen_expect_prompt(s);
    int told = 0, before = 0;
    const char *at = screen_written(s, NULL);
    while ((at = strstr(at, "svd: head 0.")) != NULL) {
        int head, member, percent;
        bool read = sscanf(at, "svd: head 0.%d (%d of 4)", &head, &member) == 2;
        const char *line = at++, *end = strstr(line, PROGRESS), *sign = strstr(line, " %,");
        if (!read || end == NULL || sign == NULL || sign > end)
            continue;
        while (sign > line && sign[-1] >= '0' && sign[-1] <= '9')
            sign--;
        percent = atoi(sign);
        ck_assert_int_eq(member, head + 1);
        ck_assert_msg(percent >= before, "%d %% after %d %%", percent, before);
        ck_assert_msg(percent >= 25 * head && percent <= 25 * member, "%d %% in head %d", percent,
                      head);
        before = percent;
        told++;
    }
    ck_assert_msg(told > 0, "nothing was told:\n%s", screen_dump(s));
    screen_close(s);
}
END_TEST

/* Nothing of the file is run after it, though errors do not end it otherwise. */
START_TEST(test_ctrl_c_ends_a_file_that_keeps_going)
{
    struct screen *s = screen_open(&(struct screen_setup){
        .command =
            "printf 'svd m\\nsvd m\\n' >two.bl; exec \"$BILENS\" -n -k -l tinystories-1-256"});
    screen_expect_prompt(s);
    screen_run(s, MAKE_DENSE);
    screen_keys(s, "source two.bl\r");
    screen_expect(s, PROGRESS);
    screen_keys(s, SCREEN_CTRL_C);
    screen_expect_prompt(s);
    screen_expect(s, "two.bl:1:1: error: interrupted");
    ck_assert_ptr_null(strstr(screen_text(s), "two.bl:2:1"));
    screen_close(s);
}
END_TEST

/* Opening a pipe waits for somebody to read it. */
START_TEST(test_ctrl_c_while_a_pipe_is_opened)
{
    struct screen *s =
        screen_open(&(struct screen_setup){.command = "mkfifo pipe; exec \"$BILENS\" -n"});
    screen_expect_prompt(s);
    screen_keys(s, "output pipe\r");
    screen_settle(s, 100);
    screen_keys(s, SCREEN_CTRL_C);
    screen_expect(s, "error: interrupted");
    screen_expect_prompt(s);
    screen_run(s, "40 + 2");
    screen_expect(s, "value  42"); /* on the terminal, as before */
    screen_close(s);
}
END_TEST

START_TEST(test_a_fatal_signal_at_the_prompt)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGQUIT, SIGSEGV};
    char modes[4096];
    struct screen *s = screen_open(&(struct screen_setup){
        .command = "ulimit -c 0; echo ready; read line; exec \"$BILENS\" -n"});
    screen_expect(s, "ready");
    snprintf(modes, sizeof modes, "%s", screen_modes(s));
    screen_keys(s, "\r");
    screen_expect_prompt(s);
    screen_run(s, "1");
    ck_assert_str_ne(screen_modes(s), modes); /* Readline's */
    screen_signal(s, signals[_i]);
    screen_expect_exit(s, 128 + signals[_i]);
    ck_assert_str_eq(screen_modes(s), modes);
    const char *written = screen_written(s, NULL), *last = NULL;
    for (const char *at = written; (at = strstr(at, "\033[?2004")) != NULL; at++)
        last = at;
    ck_assert(last != NULL && strncmp(last, "\033[?2004l", 8) == 0); /* pastes are plain again */
    screen_close(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("interrupt");
    TCase *tests = tcase_create("interrupt");
    tcase_set_timeout(tests, 2 * SCREEN_PATIENCE);
    tcase_add_test(tests, test_ctrl_c_while_it_computes);
    tcase_add_test(tests, test_progress_is_of_the_whole_statement);
    tcase_add_test(tests, test_ctrl_c_ends_a_file_that_keeps_going);
    tcase_add_test(tests, test_ctrl_c_while_a_pipe_is_opened);
    tcase_add_loop_test(tests, test_a_fatal_signal_at_the_prompt, 0, 4);
    suite_add_tcase(suite, tests);
    return screen_main(suite);
}
