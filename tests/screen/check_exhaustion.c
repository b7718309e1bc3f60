/* Memory ends at a prompt, and in a view: the terminal is as it was before the program, and the
 * history has all that was typed (rule 27). */
#include "screen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/mem.h"

/* Its modes are read before the program can change them. */
static struct screen *start(char modes[4096])
{
    struct screen *s = screen_open(&(struct screen_setup){
        .command = "echo ready; read go; exec \"${BILENS%/*}/tests/screen/exhausted\" "
                   "'load tinystories-1-256'"});
    screen_expect(s, "ready");
    snprintf(modes, 4096, "%s", screen_modes(s));
    screen_keys(s, "\r");
    screen_expect_prompt(s);
    screen_run(s, "1 + 1");
    return s;
}

static void expect_end(struct screen *s, const char *modes, const char *history)
{
    char path[512], kept[256] = "";
    screen_expect_exit(s, MEM_EXHAUSTED_STATUS);
    screen_expect(s, "bilens: out of memory; what was typed is in the history");
    ck_assert_str_eq(screen_modes(s), modes);
    ck_assert(!screen_alternate(s));
    ck_assert(!screen_mouse(s));
    ck_assert(screen_cursor_visible(s));
    snprintf(path, sizeof path, "%s/.local/state/bilens/history", screen_home(s));
    FILE *in = fopen(path, "r");
    ck_assert_ptr_nonnull(in);
    ck_assert_uint_gt(fread(kept, 1, sizeof kept - 1, in), 0);
    fclose(in);
    ck_assert_str_eq(kept, history);
    screen_close(s);
}

START_TEST(test_memory_ends_at_the_prompt)
{
    char modes[4096];
    struct screen *s = start(modes);
    ck_assert_str_ne(screen_modes(s), modes);
    screen_keys(s, "w_");
    screen_expect_line(s, "bilens> w_");
    screen_signal(s, SIGUSR1);
    screen_keys(s, "\t"); /* what completes it needs memory */
    expect_end(s, modes, "1 + 1\n");
}
END_TEST

START_TEST(test_memory_ends_in_a_view)
{
    char modes[4096];
    struct screen *s = start(modes);
    screen_keys(s, "view w_u\r");
    screen_expect(s, "absmax of");
    ck_assert(screen_alternate(s));
    screen_signal(s, SIGUSR1);
    screen_key(s, SCREEN_RIGHT);
    expect_end(s, modes, "1 + 1\nview w_u\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exhaustion");
    TCase *tests = tcase_create("exhaustion");
    tcase_add_test(tests, test_memory_ends_at_the_prompt);
    tcase_add_test(tests, test_memory_ends_in_a_view);
    suite_add_tcase(suite, tests);
    return screen_main(suite);
}
