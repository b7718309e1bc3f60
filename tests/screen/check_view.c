/* The views on a real screen: what they show, that they leave the terminal as it was, and that
 * nothing but leaving ends them. */
#include "screen.h"
#include "../support/alike.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char demo[] = "exec \"$BILENS\" -n --load tinystories-1-256";

/* Of xterm's ways to ask for the mouse libvterm knows that of this entry. */
static const char with_mouse[] = "screen-256color";

static struct screen *open_demo(void)
{
    struct screen *s = screen_open(&(struct screen_setup){.command = demo, .term = with_mouse});
    screen_expect_prompt(s);
    return s;
}

/* Back to the prompt, which was on the screen all the time. */
static void leave(struct screen *s)
{
    screen_keys(s, "q");
    screen_expect_line(s, "bilens> ");
}

static void expect_row(struct screen *s, int row, const char *text)
{
    ck_assert_msg(alike(text, screen_row(s, row)), "row %d is \"%s\", not \"%s\"", row,
                  screen_row(s, row), text);
}

/* From the workspace to an interaction and back, and out: the screen below is as it was. */
START_TEST(test_an_exploration)
{
    char before[4096], modes[4096];
    struct screen *s = open_demo();
    screen_run(s, "norm w_u");
    snprintf(before, sizeof before, "%s", screen_text(s));
    snprintf(modes, sizeof modes, "%s", screen_modes(s));
    screen_keys(s, "view interaction play\r");
    screen_expect(s, "component 0 of 256: eigenvalue");
    leave(s);
    screen_keys(s, "view w_u\r");
    screen_expect(s, "absmax of 114 x 4 entries");
    ck_assert(screen_alternate(s));
    ck_assert(!screen_cursor_visible(s));
    expect_row(s, 0, " w_u");
    screen_keys(s, "x");
    screen_expect(s, " w_u › svd w_u\n");
    screen_keys(s, "/game\r");
    screen_expect(s, " game: number 1 at the high pole of u45");
    expect_row(s, 22, " component 45 of 256: singular value 3.22267, 0.067% of the energy");
    screen_keys(s, "\t\r");
    screen_expect(s, " w_u › svd w_u › interaction \"game\"\n");
    screen_key(s, SCREEN_RIGHT);
    screen_expect(s, " component 1 of 256: eigenvalue");
    screen_key(s, SCREEN_BACKSPACE); /* to where it was, on the token */
    screen_expect(s, " u45 high: \"game\", token 804: 0.076303");
    screen_keys(s, "\t");
    screen_expect(s, "component 45 of 256");
    screen_keys(s, "?");
    screen_expect(s, "components in which a token ranks highest");
    screen_keys(s, "?");
    screen_expect_gone(s, "what it does");
    leave(s);
    ck_assert(!screen_alternate(s));
    ck_assert(screen_cursor_visible(s));
    ck_assert(!screen_mouse(s));
    size_t above = (size_t)(strstr(before, "weights raw") - before);
    ck_assert_msg(strncmp(screen_text(s), before, above) == 0, "%s", screen_dump(s));
    screen_expect(s, "norm  124.49\nweights raw");
    ck_assert_str_eq(screen_modes(s), modes);
    screen_close(s);
}
END_TEST

/* What is shown becomes a statement at the prompt, and that runs. */
START_TEST(test_a_view_goes_to_the_prompt)
{
    struct screen *s = open_demo();
    screen_run(s, "set pager off");
    screen_keys(s, "view svd w_u\r");
    screen_expect(s, "component 0 of 256");
    screen_keys(s, "ll:");
    screen_expect_line(s, "bilens> svd w_u; topk u2; topk v2");
    screen_keys(s, "\r");
    screen_expect_prompt(s);
    screen_keys(s, "view\r"); /* the latest answer: that of topk v2 */
    screen_expect(s, "▲ in high");
    expect_row(s, 0, " topk v2");
    leave(s);
    screen_close(s);
}
END_TEST

/* Larger, too small, and back, in the middle of it. */
static bool status_is_at_the_foot(struct screen *s, const void *context)
{
    (void)context;
    return strstr(screen_row(s, 48), "component 1 of 256") != NULL;
}

START_TEST(test_a_resize)
{
    struct screen *s = open_demo();
    screen_keys(s, "view svd w_u\r");
    screen_expect(s, "component 0 of 256");
    screen_keys(s, "l");
    screen_expect(s, "component 1 of 256");
    screen_resize(s, 50, 200);
    ck_assert(screen_wait(s, status_is_at_the_foot, NULL));
    expect_row(s, 48, " component 1 of 256: singular value 32.8083, 6.9% of the energy");
    ck_assert(strstr(screen_row(s, 1), "u1 low") != NULL); /* beside the chart now */
    screen_resize(s, 12, 40);
    screen_expect(s, "the spectrum view needs 44 x 16, this");
    screen_expect(s, "terminal has 40 x 12; q leaves");
    screen_resize(s, 24, 80);
    screen_expect(s, "component 1 of 256");
    expect_row(s, 22, " component 1 of 256: singular value 32.8083, 6.9% of the energy");
    leave(s);
    screen_resize(s, 30, 100); /* the prompt, too, goes by the new size */
    screen_run(s, "set pager off");
    screen_keys(s, "view qk\r");
    screen_expect(s, "layer 0, head 0");
    screen_expect(s, "largest magnitude");
    ck_assert(strstr(screen_row(s, 28), "layer 0, head 0") != NULL);
    leave(s);
    screen_close(s);
}
END_TEST

/* A signal that ends the program gives the terminal back first. */
START_TEST(test_a_fatal_signal)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGSEGV};
    char modes[4096];
    struct screen *s = screen_open(&(struct screen_setup){
        .term = with_mouse,
        .command = "echo ready; read line; exec \"$BILENS\" -n --load tinystories-1-256"});
    screen_expect(s, "ready");
    snprintf(modes, sizeof modes, "%s", screen_modes(s));
    screen_keys(s, "\r");
    screen_expect_prompt(s);
    screen_keys(s, "view qk\r");
    screen_expect(s, "layer 0, head 0");
    ck_assert_msg(screen_alternate(s) && screen_mouse(s), "%s", screen_dump(s));
    screen_signal(s, signals[_i]);
    screen_expect_exit(s, 128 + signals[_i]);
    ck_assert(!screen_alternate(s));
    ck_assert(!screen_mouse(s));
    ck_assert(screen_cursor_visible(s));
    ck_assert_str_eq(screen_modes(s), modes);
    screen_close(s);
}
END_TEST

/* Terminals that cannot, and no terminal at all: a refusal, and the session lives. */
START_TEST(test_refusals)
{
    static const struct {
        const char *term, *message;
    } cases[] = {
        {"", "a view needs to know the terminal, and TERM is not set"},
        {"dumb", "a view needs a terminal that can place its cursor, and 'dumb' cannot"},
        {"no-such-terminal", "terminfo has no 'no-such-terminal'; try TERM=xterm"},
    };
    struct screen *s =
        screen_open(&(struct screen_setup){.command = demo, .term = cases[_i].term, .cols = 132});
    screen_expect_prompt(s);
    screen_keys(s, "view w_u\r");
    screen_expect(s, cases[_i].message);
    screen_expect(s, "svd, heat, topk");
    screen_expect_prompt(s);
    ck_assert(!screen_alternate(s));
    screen_keys(s, "norm w_u\r");
    screen_expect(s, "norm");
    screen_expect_prompt(s);
    screen_close(s);
}
END_TEST

/* What acts on the session answers nothing to look at, and does not act from there. */
START_TEST(test_no_view_of_the_session)
{
    static const char *const statements[] = {"view set width 30\r", "view quit\r",
                                             "view export e.csv\r"};
    struct screen *s = open_demo();
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        screen_keys(s, "\014"); /* clears the screen, so that the answer before is gone */
        screen_expect_gone(s, "error:");
        screen_keys(s, statements[i]);
        screen_expect(s, "error: this acts on the session, and answers nothing to look at");
        screen_expect_prompt(s);
    }
    screen_run(s, "set width");
    screen_expect(s, "width    auto");
    screen_close(s);
}
END_TEST

START_TEST(test_no_terminal)
{
    struct screen *s = screen_open(
        &(struct screen_setup){.command = "\"$BILENS\" -n -c 'view 3' | cat; echo; exec "
                                          "\"$BILENS\" -n -c 'view 3' </dev/null",
                               .cols = 132});
    screen_expect_exit(s, 1);
    screen_expect(s,
                  "a view needs a terminal on standard input and output; without one, svd, heat");
    ck_assert(strstr(screen_text(s), "bilens> ") == NULL);
    screen_close(s);
}
END_TEST

/* Only what changed is sent, and never the whole screen anew. */
START_TEST(test_no_flicker)
{
    size_t before, after;
    struct screen *s = open_demo();
    screen_keys(s, "view svd w_u\r");
    screen_expect(s, "component 0 of 256");
    screen_settle(s, 50);
    screen_written(s, &before);
    screen_keys(s, "l");
    screen_expect(s, "component 1 of 256");
    screen_settle(s, 50);
    const char *written = screen_written(s, &after);
    ck_assert_uint_lt(after - before, 2500);
    ck_assert(strstr(written + before, "\033[2J") == NULL);
    ck_assert(strstr(written + before, "\033[J") == NULL);
    screen_close(s);
}
END_TEST

/* Stopped and brought back by the shell: the screen and the modes are the shell's meanwhile. */
START_TEST(test_stop_and_go_on)
{
    static const char *const environment[] = {"PS1=sh> ", NULL};
    struct screen *s =
        screen_open(&(struct screen_setup){.command = "exec sh -i", .environment = environment});
    screen_expect_line(s, "sh> ");
    screen_keys(s, "\"$BILENS\" -n --load tinystories-1-256\r");
    screen_expect_prompt(s);
    screen_keys(s, "view svd w_u\r");
    screen_expect(s, "component 0 of 256");
    screen_keys(s, SCREEN_CTRL_Z);
    screen_expect_line(s, "sh> ");
    ck_assert(!screen_alternate(s));
    screen_keys(s, "fg\r");
    screen_expect(s, "component 0 of 256");
    ck_assert(screen_alternate(s));
    screen_keys(s, "l");
    screen_expect(s, "component 1 of 256");
    leave(s);
    screen_close(s);
}
END_TEST

/* A click moves the cursor; the wheel, too. */
START_TEST(test_mouse)
{
    struct screen *s = open_demo();
    screen_keys(s, "view\r");
    screen_expect(s, "w_e: resid x token");
    ck_assert(screen_mouse(s));
    screen_click(s, 5, 10);
    screen_expect(s, "w_k: [1 layer, 4 head]");
    screen_wheel(s, 5, 10, false);
    screen_expect(s, "w_v: [1 layer, 4 head]");
    leave(s);
    ck_assert(!screen_mouse(s));
    screen_close(s);
}
END_TEST

/* Ctrl-C while it computes leaves the computation, not the view; else it leaves the view. */
START_TEST(test_interrupts)
{
    struct screen *s = open_demo();
    screen_run(s, "x = (w_u @ w_e) * (w_u @ w_e)");
    screen_keys(s, "view x\r");
    screen_expect(s, "row token");
    screen_keys(s, "x");
    screen_expect(s, "; Ctrl-C stops it");
    screen_keys(s, SCREEN_CTRL_C);
    screen_expect(s, "interrupted");
    expect_row(s, 0, " x");
    screen_keys(s, SCREEN_CTRL_C);
    screen_expect_line(s, "bilens> ");
    ck_assert(!screen_alternate(s));
    screen_close(s);
}
END_TEST

/* ---- colours and characters ---- */

/* The places of a colour between white and a pole, of those in which 256 colours are drawn. */
static int pole_of(struct screen_color c, int *step)
{
    static const uint32_t high[] = {231, 224, 217, 210, 167, 160, 124, 88};
    static const uint32_t low[] = {231, 189, 153, 111, 68, 26, 25, 18};
    for (*step = 7; *step > 0; --*step) {
        if (c.kind == SCREEN_COLOR_INDEX && c.value == high[*step])
            return 1;
        if (c.kind == SCREEN_COLOR_INDEX && c.value == low[*step])
            return -1;
    }
    ck_assert_uint_eq(c.value, 231);
    return 0;
}

/* M and -M: the same places, the other pole; both signs are there. */
START_TEST(test_signs_exchange_their_colours)
{
    enum { ROWS = 8, COLS = 40, TOP = 2, LEFT = 13 };
    static int poles[ROWS][COLS], steps[ROWS][COLS];
    int signs[3] = {0};
    struct screen *s = open_demo();
    for (int sign = 0; sign < 2; sign++) {
        screen_keys(s, sign == 0 ? "view w_u[:16, :40]\r" : "view -w_u[:16, :40]\r");
        screen_expect(s, "single entries");
        screen_settle(s, 50);
        for (int r = 0; r < ROWS; r++)
            for (int c = 1; c < COLS; c++) { /* the first column has the cursor */
                int step, pole = pole_of(screen_cell(s, TOP + r, LEFT + c).back, &step);
                ck_assert_msg(sign == 0 || (pole == -poles[r][c] && step == steps[r][c]),
                              "%d, %d:\n%s", r, c, screen_dump(s));
                poles[r][c] = pole;
                steps[r][c] = step;
                signs[pole + 1]++;
            }
        leave(s);
    }
    ck_assert(signs[0] > 0 && signs[1] > 0 && signs[2] > 0);
    screen_close(s);
}
END_TEST

/* Where a description with direct colours is installed, a terminal that says truecolor gets
 * them: the poles are those of the prompt's drawings. */
START_TEST(test_direct_colours)
{
    static const char *const environment[] = {"COLORTERM=truecolor", NULL};
    static const char command[] =
        "printf '%s\\n' 'xterm-direct|direct colours, RGB, colors#0x1000000, pairs#0x10000,' "
        "'\tccc@, initc@,' "
        "'\tsetaf=\\E[%?%p1%{8}%<%t3%p1%d%e38;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;"
        "%p1%{255}%&%d%;m,' "
        "'\tsetab=\\E[%?%p1%{8}%<%t4%p1%d%e48;2;%p1%{65536}%/%d;%p1%{256}%/%{255}%&%d;"
        "%p1%{255}%&%d%;m,' "
        "'\tuse=xterm-256color,' >$HOME/direct.ti; tic -x -o $HOME/.terminfo $HOME/direct.ti; "
        "exec \"$BILENS\" -n --load tinystories-1-256";
    struct screen *s =
        screen_open(&(struct screen_setup){.command = command, .environment = environment});
    screen_expect_prompt(s);
    screen_keys(s, "view w_u[:16, :40]\r");
    screen_expect(s, "single entries");
    screen_settle(s, 50);
    int row, col;
    ck_assert(screen_find(s, "-", &row, &col)); /* of the colour bar, which ends at both poles */
    while (strchr("-0123456789.", screen_cell(s, row, col).text[0]) != NULL)
        col++;
    struct screen_color low = screen_cell(s, row, col + 1).back;
    ck_assert_msg(low.kind == SCREEN_COLOR_RGB && low.value == 0x053061, "%06x:\n%s", low.value,
                  screen_dump(s));
    screen_close(s);
}
END_TEST

/* Without colours nothing has one, and the cursor shows all the same. */
START_TEST(test_without_colours)
{
    static const char *const environment[] = {"NO_COLOR=1", NULL};
    struct screen *s =
        screen_open(&(struct screen_setup){.command = demo, .environment = environment});
    screen_expect_prompt(s);
    screen_keys(s, "view interaction game\r");
    screen_expect(s, "component 0 of 256");
    screen_keys(s, "\tj");
    screen_expect(s, "v0 high: \"agreed\"");
    screen_settle(s, 50);
    int rows, cols, row, col;
    screen_size(s, &rows, &cols);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++) {
            struct screen_cell cell = screen_cell(s, r, c);
            ck_assert(cell.fore.kind == SCREEN_COLOR_DEFAULT);
            ck_assert(cell.back.kind == SCREEN_COLOR_DEFAULT);
        }
    ck_assert(screen_find(s, "agreed", &row, &col));
    ck_assert(screen_cell(s, row, col).reverse && !screen_cell(s, row + 1, col).reverse);
    screen_close(s);
}
END_TEST

/* Tokens that would do harm: shown escaped, in as many cells as they take, and never sent. */
START_TEST(test_hostile_tokens)
{
    static const char *const tokens[] = {
        "\u6f22\u5b57",  "e\u0301a\u0308", "\U0001f389",   "\\x1b[31mred",      "a\\x07b",
        "\\u{202e}evil", "x\\ty",          "\ud55c\uad6d", "\u25cc\u0301start", "\\u{9b}31m"};
    struct screen *s = screen_open(
        &(struct screen_setup){.cols = 120,
                               .command = "python3 \"$TESTS/screen/hostile_model.py\""
                                          " \"$BILENS_MODEL_PATH/tinystories-1-256\" hostile"
                                          " 1563 2348 3472 385 3354 3178 3241 3417 1886 3036 &&"
                                          " exec \"$BILENS\" -n --load ./hostile"});
    screen_expect_prompt(s);
    screen_keys(s, "view w_u[804]\r");
    screen_expect(s, "q quit"); /* below all of it */
    int row, col, at;
    ck_assert(screen_find(s, "\u25b2 out high", &row, &col));
    for (int i = 0; i < 10; i++) {
        ck_assert_msg(screen_find(s, tokens[i], &at, &col) && at == row + 1 + i, "%s:\n%s",
                      tokens[i], screen_dump(s));
        const char *digit = screen_cell(s, at, col + 27).text; /* the last one of the number */
        ck_assert_msg(digit[0] >= '0' && digit[0] <= '9', "%s:\n%s", tokens[i], screen_dump(s));
    }
    screen_keys(s, "\tlljjj"); /* in the status, too */
    screen_expect(s, " out high: \"\\x1b[31mred\"");
    screen_keys(s, "q");
    screen_expect_line(s, "bilens> ");
    screen_keys(s, "view w_u[380:390]\r"); /* and as the label of a row */
    screen_expect(s, "\\x1b[31mred");
    const char *written = screen_written(s, NULL);
    ck_assert_ptr_null(strstr(written, "\033[31mred"));
    ck_assert_ptr_null(strstr(written, "\u202e"));
    ck_assert_ptr_null(strstr(written, "\xc2\x9b"));
    ck_assert_ptr_null(strchr(written, 7));
    screen_close(s);
}
END_TEST

/* Marks beside their letters take the cells that the terminal gives them, and what would look like
 * another token does not. */
START_TEST(test_marks)
{
    static const char *const tokens[] = {"\u0939\u093f\u0928\u094d\u0926\u0940",
                                         "\u09b2\u09be\u09df\u09be",
                                         "\u0ba4\u0bca\u0bb4\u0bbf\u0bb2",
                                         "\u0d37\u0d47\u0d27",
                                         "\u0915\u094d\u200d\u0937",
                                         "\u25cc\u093e",
                                         "\u2764\\u{fe0f}",
                                         "\U0001f469\\u{200d}\U0001f467",
                                         "a\\u{a0}b",
                                         "\u1112\u1161\u11ab"};
    struct screen *s = screen_open(
        &(struct screen_setup){.cols = 120,
                               .command = "python3 \"$TESTS/screen/hostile_model.py\" --marks"
                                          " \"$BILENS_MODEL_PATH/tinystories-1-256\" marks"
                                          " 1563 2348 3472 385 3354 3178 3241 3417 1886 3036 &&"
                                          " exec \"$BILENS\" -n --load ./marks"});
    screen_expect_prompt(s);
    screen_keys(s, "view w_u[804]\r");
    screen_expect(s, "q quit");
    int row, col, at;
    ck_assert(screen_find(s, "\u25b2 out high", &row, &col));
    for (int i = 0; i < 10; i++) {
        ck_assert_msg(screen_find(s, tokens[i], &at, &col) && at == row + 1 + i, "%s:\n%s",
                      tokens[i], screen_dump(s));
        const char *digit = screen_cell(s, at, col + 27).text; /* the last one of the number */
        ck_assert_msg(digit[0] >= '0' && digit[0] <= '9', "%s:\n%s", tokens[i], screen_dump(s));
    }
    screen_close(s);
}
END_TEST

/* In the C locale not one byte is beyond ASCII. */
START_TEST(test_ascii)
{
    size_t length;
    struct screen *s = screen_open(&(struct screen_setup){.command = demo, .locale = "C"});
    screen_expect_prompt(s);
    screen_keys(s, "view qk\r");
    screen_expect(s, "> head 0.0");
    screen_keys(s, "\r");
    screen_expect(s, "row resid");
    screen_keys(s, "x");
    screen_expect(s, "component 0 of 64");
    screen_keys(s, "?q");
    screen_expect(s, "component 0 of 64");
    const char *written = screen_written(s, &length);
    for (size_t i = 0; i < length; i++)
        ck_assert((unsigned char)written[i] < 0x80);
    screen_close(s);
}
END_TEST

/* A case each, so that one can be run alone: CK_RUN_CASE=a_resize. */
static void add(Suite *suite, const char *name, const TTest *test, int loops)
{
    TCase *c = tcase_create(name);
    tcase_set_timeout(c, 2 * SCREEN_PATIENCE);
    tcase_add_loop_test(c, test, 0, loops);
    suite_add_tcase(suite, c);
}

int main(void)
{
    Suite *suite = suite_create("view");
    add(suite, "an_exploration", test_an_exploration, 1);
    add(suite, "a_view_goes_to_the_prompt", test_a_view_goes_to_the_prompt, 1);
    add(suite, "a_resize", test_a_resize, 1);
    add(suite, "a_fatal_signal", test_a_fatal_signal, 3);
    add(suite, "refusals", test_refusals, 3);
    add(suite, "no_view_of_the_session", test_no_view_of_the_session, 1);
    add(suite, "no_terminal", test_no_terminal, 1);
    add(suite, "no_flicker", test_no_flicker, 1);
    add(suite, "stop_and_go_on", test_stop_and_go_on, 1);
    add(suite, "mouse", test_mouse, 1);
    add(suite, "interrupts", test_interrupts, 1);
    add(suite, "signs_exchange_their_colours", test_signs_exchange_their_colours, 1);
    add(suite, "direct_colours", test_direct_colours, 1);
    add(suite, "without_colours", test_without_colours, 1);
    add(suite, "hostile_tokens", test_hostile_tokens, 1);
    add(suite, "marks", test_marks, 1);
    add(suite, "ascii", test_ascii, 1);
    return screen_main(suite);
}
