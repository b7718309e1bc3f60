/* A new size of the terminal while a statement computes (rule 8). */
#include "screen.h"

#include <string.h>

/* The longest row that is part of the drawing's frame. */
static int frame_width(struct screen *s)
{
    int rows, cols, longest = 0;
    screen_size(s, &rows, &cols);
    for (int row = 0; row < rows; row++) {
        const char *line = strstr(screen_row(s, row), "└");
        int cells = 0;
        for (const char *c = line; c != NULL && *c != '\0'; c++)
            cells += ((unsigned char)*c & 0xc0) != 0x80;
        longest = cells > longest ? cells : longest;
    }
    return longest;
}

/* A drawing that was asked for at 120 columns and comes at 50: a frame that is longer than the
 * line would go on in the next row. */
START_TEST(test_a_resize_while_it_computes)
{
    static const char *const statements[] = {"plot svd(x[:700, :700]).s\r",
                                             "heat svd(x[:700, :700]).u\r"};
    struct screen *s = screen_open(&(struct screen_setup){
        .command = "exec \"$BILENS\" -n --load tinystories-1-256", .rows = 60, .cols = 120});
    screen_expect_prompt(s);
    screen_run(s, "set pager off");
    screen_run(s, "x = (w_u @ w_e) * (w_u @ w_e)");
    screen_keys(s, statements[_i]);
    screen_settle(s, 20);
    screen_resize(s, 60, 50);
    screen_expect_prompt(s);
    ck_assert_msg(frame_width(s) > 30, "%s", screen_dump(s));
    int row, col;
    ck_assert(screen_find(s, "└", &row, &col));
    ck_assert_msg(strstr(screen_row(s, row + 1), "─") == NULL, "%s", screen_dump(s));
    screen_close(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resize");
    TCase *c = tcase_create("resize");
    tcase_set_timeout(c, 2 * SCREEN_PATIENCE);
    tcase_add_loop_test(c, test_a_resize_while_it_computes, 0, 2);
    suite_add_tcase(suite, c);
    return screen_main(suite);
}
