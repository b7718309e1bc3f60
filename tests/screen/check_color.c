/* Colour: whether (rule 5), how much (rule 6), and what it says (rule 14); no escape byte where
 * standard output is no terminal (rule 4). The numbers are those of RULES. */
#include "screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAT "\"$BILENS\" -n --load tinystories-1-256 -c 'm = w_q[0,0][:4,:6]; "

/* ---- rule 5: whether ---- */

struct wish {
    const char *options;
    const char *term; /* "": unset */
    const char *environment[4];
    bool terminal; /* colours on a terminal? */
    bool pipe;     /* colours in a pipe? */
};

static const struct wish wishes[] = {
    {"", "xterm-256color", {NULL}, true, false},
    {"", "dumb", {NULL}, false, false},
    {"", "", {NULL}, false, false},
    {"", "xterm-256color", {"CLICOLOR=0"}, false, false},
    {"", "xterm-256color", {"CLICOLOR=1"}, true, false},
    {"", "xterm-256color", {"CLICOLOR_FORCE=1", "CLICOLOR=0"}, true, true},
    {"", "xterm-256color", {"CLICOLOR_FORCE=0"}, true, false},
    {"", "xterm-256color", {"FORCE_COLOR=1", "CLICOLOR=0"}, true, true},
    {"", "xterm-256color", {"FORCE_COLOR=0"}, true, false},
    {"", "dumb", {"FORCE_COLOR=3"}, true, true},
    {"", "xterm-256color", {"NO_COLOR=1"}, false, false},
    {"", "xterm-256color", {"NO_COLOR="}, true, false}, /* empty: not said */
    {"", "xterm-256color", {"NO_COLOR=1", "CLICOLOR_FORCE=1", "FORCE_COLOR=1"}, false, false},
    {"--color always", "xterm-256color", {"NO_COLOR=1", "CLICOLOR=0"}, true, true},
    {"--color always", "dumb", {NULL}, true, true},
    {"--color never", "xterm-256color", {"CLICOLOR_FORCE=1", "FORCE_COLOR=1"}, false, false},
    {"--color auto", "xterm-256color", {"NO_COLOR=1"}, false, false},
};
enum { WISHES = sizeof wishes / sizeof *wishes };

START_TEST(test_who_wants_colour)
{
    const struct wish *w = &wishes[_i];
    const char *said = w->environment[0] != NULL ? w->environment[0] : "";
    char command[256];
    snprintf(command, sizeof command,
             "\"$BILENS\" -n %s -c help; echo =====; \"$BILENS\" -n %s -c help | cat", w->options,
             w->options);
    struct screen *s = screen_open(
        &(struct screen_setup){.term = w->term, .command = command, .environment = w->environment});
    screen_expect_exit(s, 0);
    const char *terminal = screen_written(s, NULL), *pipe = strstr(terminal, "=====");
    ck_assert_msg(pipe != NULL && strstr(pipe, "interaction") != NULL, "%s", screen_dump(s));
    const char *escape = strchr(terminal, '\033');
    ck_assert_msg((escape != NULL && escape < pipe) == w->terminal, "%s TERM=%s %s, on a terminal",
                  w->options, w->term, said);
    ck_assert_msg((strchr(pipe, '\033') != NULL) == w->pipe, "%s TERM=%s %s, in a pipe", w->options,
                  w->term, said);
    screen_close(s);
}
END_TEST

/* ---- rule 4: standard output is no terminal, standard input is one ---- */

START_TEST(test_no_escape_byte_leaves_the_terminal)
{
    struct screen *s = screen_open(&(struct screen_setup){
        .command =
            "\"$BILENS\" -n --load tinystories-1-256 > out; echo status $?; tr -d '\\n' < out"
            " | tr '\\033' '!'; wc -l < out"});
    screen_expect_prompt(s); /* on the terminal, for a person sits there */
    screen_run(s, "heat w_q[0,0][:2,:2]");
    screen_run(s, "nope");
    screen_expect(s, "unknown name 'nope'");
    screen_keys(s, SCREEN_CTRL_D);
    screen_expect(s, "status 0");
    screen_expect(s, "range");
    const char *out = strstr(screen_text(s), "status 0");
    ck_assert_ptr_null(strchr(out, '!'));
    ck_assert_ptr_null(strstr(out, "bilens>"));
    screen_close(s);
}
END_TEST

/* ---- rule 6: how much ---- */

enum kind { KIND_MONO, KIND_8, KIND_256, KIND_TRUE };

struct terminal {
    const char *term, *colorterm;
    enum kind kind;
};

/* two of them are not in every terminfo: this test makes them. */
static const struct terminal terminals[] = {
    {"vt100", "", KIND_MONO},
    {"linux", "", KIND_8},
    {"xterm", "", KIND_8},
    {"xterm-256color", "", KIND_256},
    {"screen-256color", "", KIND_256},
    {"xterm-256color", "truecolor", KIND_TRUE},
    {"xterm", "24bit", KIND_TRUE},
    {"xterm-256color", "yes", KIND_256},
    {"made-with-rgb", "", KIND_TRUE},
    {"made-with-tc", "", KIND_TRUE},
    {"nobody-knows-256color", "", KIND_256},
    {"nobody-knows", "", KIND_MONO},
};
enum { TERMINALS = sizeof terminals / sizeof *terminals };

#define MAKE_TERMINALS                                                                             \
    "printf 'made-with-rgb|test,\\n\\tRGB, use=xterm-256color,\\n"                                 \
    "made-with-tc|test,\\n\\tTc, use=xterm-256color,\\n' > t.ti && tic -x -o .terminfo t.ti && "

/* Bold, dim, reverse, their ends, the terminal's own colours. */
static bool is_attribute(int code)
{
    static const int codes[] = {0, 1, 2, 7, 22, 27, 39, 49};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i] == code)
            return true;
    return false;
}

/* Reads the parameters of one SGR sequence and notes the highest kind of colour. */
static void note_colors(const char *sgr, size_t length, enum kind *kind)
{
    int values[32];
    size_t count = 0;
    for (size_t i = 0; i < length && count < 32; i++, count++) {
        values[count] = (int)strtol(sgr + i, NULL, 10);
        i += strspn(sgr + i, "0123456789");
    }
    for (size_t i = 0; i < count; i++) {
        enum kind seen = KIND_MONO;
        if ((values[i] == 38 || values[i] == 48) && i + 2 < count) {
            seen = values[i + 1] == 2 ? KIND_TRUE : KIND_256;
            /* The first sixteen are whatever their user made of them. */
            ck_assert(seen == KIND_TRUE || (values[i + 2] >= 16 && values[i + 2] <= 255));
            i += seen == KIND_TRUE ? 4 : 2;
        } else if ((values[i] >= 30 && values[i] <= 37) || (values[i] >= 40 && values[i] <= 47))
            seen = KIND_8;
        else
            ck_assert_msg(is_attribute(values[i]), "%d is no attribute", values[i]);
        *kind = seen > *kind ? seen : *kind;
    }
}

static enum kind colors_of(const char *written)
{
    enum kind kind = KIND_MONO;
    for (const char *at = written; (at = strstr(at, "\033[")) != NULL;) {
        at += 2;
        size_t length = strspn(at, "0123456789;");
        ck_assert_msg(at[length] == 'm', "not a colour: ESC [%.8s", at);
        note_colors(at, length, &kind);
    }
    return kind;
}

/* Are the first columns of the heatmap drawn unlike its last ones? They are of the other sign. */
static bool signs_differ(struct screen *s)
{
    int row, col;
    ck_assert_msg(screen_find(s, "\u2502", &row, &col), "%s", screen_dump(s));
    struct screen_cell low = screen_cell(s, row, col + 1), high = screen_cell(s, row, col + 2);
    int rows, cols;
    screen_size(s, &rows, &cols);
    for (int c = col + 2; c < cols && strcmp(high.text, low.text) == 0 &&
                          memcmp(&high.fore, &low.fore, sizeof low.fore) == 0 &&
                          memcmp(&high.back, &low.back, sizeof low.back) == 0;
         c++)
        high = screen_cell(s, row, c);
    return strcmp(high.text, low.text) != 0 ||
           memcmp(&high.fore, &low.fore, sizeof low.fore) != 0 ||
           memcmp(&high.back, &low.back, sizeof low.back) != 0;
}

START_TEST(test_as_many_colours_as_the_terminal_has)
{
    const struct terminal *t = &terminals[_i];
    char colorterm[64];
    snprintf(colorterm, sizeof colorterm, "COLORTERM=%s", t->colorterm);
    const char *environment[] = {colorterm, NULL};
    bool made = strncmp(t->term, "made", 4) == 0;
    char command[512];
    snprintf(command, sizeof command, "%s%sheat m; heat cat(m[:1,:1], -m[:1,:1])'",
             made ? MAKE_TERMINALS : "", HEAT);
    struct screen *s = screen_open(&(struct screen_setup){
        .rows = 50, .term = t->term, .command = command, .environment = environment});
    screen_expect_exit(s, 0);
    enum kind kind = colors_of(screen_written(s, NULL));
    ck_assert_msg(kind == t->kind, "%s %s: kind %d, not %d\n%s", t->term, t->colorterm, (int)kind,
                  (int)t->kind, screen_dump(s));
    ck_assert_msg(signs_differ(s), "%s", screen_dump(s));
    screen_close(s);
}
END_TEST

/* ---- rule 14: the colours of M and -M are exchanged ---- */

/* Blue to red and back: the mean of the two grounds says it, for RdBu is symmetric in no other
 * channel. Cells are compared by the sign of red minus blue. */
static int warmth(struct screen_color c)
{
    ck_assert_int_eq(c.kind, SCREEN_COLOR_RGB);
    int red = (int)(c.value >> 16), blue = (int)(c.value & 0xff);
    return (red > blue) - (red < blue);
}

START_TEST(test_a_change_of_sign_exchanges_the_colours)
{
    enum { SIDE = 24 };
    static const char *const environment[] = {"COLORTERM=truecolor", NULL};
    struct screen *s = screen_open(
        &(struct screen_setup){.rows = 60,
                               .environment = environment,
                               .command = HEAT "heat cat(m, 0 * m); heat cat(-m, 0 * m)'"});
    screen_expect_exit(s, 0);
    int row, col, other, warm = 0, cold = 0;
    ck_assert(screen_find(s, "\u2502", &row, &col));
    int rows = 0;
    while (strstr(screen_row(s, row + rows), "\u2514") == NULL)
        rows++;
    for (other = row + rows; strstr(screen_row(s, other), "\u2502") == NULL;)
        other++;
    for (int r = 0; r < rows; r++)
        for (int c = col + 1; c < 70; c++) {
            struct screen_cell a = screen_cell(s, row + r, c), b = screen_cell(s, other + r, c);
            ck_assert_str_eq(a.text, b.text);
            if (a.back.kind == SCREEN_COLOR_DEFAULT)
                continue;
            ck_assert_int_eq(warmth(a.back), -warmth(b.back));
            if (strcmp(a.text, " ") != 0)
                ck_assert_int_eq(warmth(a.fore), -warmth(b.fore));
            warm += warmth(a.back) > 0;
            cold += warmth(a.back) < 0;
            if (c >= col + 1 + 36) /* the half that is zero: white */
                ck_assert_uint_eq(a.back.value, 0xf7f7f7);
        }
    ck_assert(warm > SIDE && cold > SIDE);
    screen_close(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("colour");
    TCase *tests = tcase_create("colour");
    tcase_add_loop_test(tests, test_who_wants_colour, 0, WISHES);
    tcase_add_test(tests, test_no_escape_byte_leaves_the_terminal);
    tcase_add_loop_test(tests, test_as_many_colours_as_the_terminal_has, 0, TERMINALS);
    tcase_add_test(tests, test_a_change_of_sign_exchanges_the_colours);
    suite_add_tcase(suite, tests);
    return screen_main(suite);
}
