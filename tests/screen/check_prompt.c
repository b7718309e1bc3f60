/* The prompt at a terminal: keys, history, completion, pastes, set-up files, the pager. The
 * numbers are those of RULES. */
#include "screen.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct screen *prompt(const char *home)
{
    struct screen *s = screen_open(&(struct screen_setup){.home = home});
    screen_expect_prompt(s);
    return s;
}

/* The program with these options, in its shell command. */
static struct screen *program(const char *command, const char *home)
{
    return screen_open(&(struct screen_setup){.command = command, .home = home});
}

/* A path below a home; borrowed until the next call. */
static const char *below(const char *home, const char *path)
{
    static char whole[256];
    snprintf(whole, sizeof whole, "%s/%s", home, path);
    return whole;
}

/* Makes a file with its folders. */
static void write_file(const char *home, const char *path, const char *contents)
{
    char whole[256];
    snprintf(whole, sizeof whole, "%s/%s", home, path);
    for (char *slash = strchr(whole + strlen(home) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(whole, 0700);
        *slash = '/';
    }
    FILE *out = fopen(whole, "w");
    ck_assert_ptr_nonnull(out);
    ck_assert(fputs(contents, out) >= 0);
    ck_assert_int_eq(fclose(out), 0);
}

/* All of a file; "" where there is none. Borrowed until the next call. */
static const char *read_file(const char *path)
{
    static char contents[65536];
    FILE *in = fopen(path, "r");
    size_t n = in != NULL ? fread(contents, 1, sizeof contents - 1, in) : 0;
    contents[n] = '\0';
    if (in != NULL)
        fclose(in);
    return contents;
}

static const char *history_of(const char *home)
{
    return read_file(below(home, ".local/state/bilens/history"));
}

/* ---- rule 1: Ctrl-C and Ctrl-D at the prompt ---- */

START_TEST(test_ctrl_c_clears_the_line)
{
    struct screen *s = prompt(NULL);
    screen_keys(s, "svd nonsense (");
    screen_expect_line(s, "bilens> svd nonsense (");
    screen_keys(s, SCREEN_CTRL_C);
    screen_expect_prompt(s);
    screen_keys(s, "(1 +\r");
    screen_expect_line(s, "   ...> ");
    screen_keys(s, SCREEN_CTRL_C); /* drops the lines before it, too */
    screen_expect_prompt(s);
    screen_run(s, "2 + 2");
    screen_expect(s, "value  4");
    ck_assert_ptr_null(strstr(screen_text(s), "error"));
    screen_close(s);
}
END_TEST

/* At 80 columns: between words, the line after it from its beginning. */
START_TEST(test_a_long_error_is_folded_at_blanks)
{
    struct screen *s = prompt(NULL);
    screen_run(s, "load / as 3b");
    screen_expect(
        s, "\nerror: '3b' is not a name for a model: a letter, then letters, digits or _,\n"
           "fewer than 32\n");
    screen_close(s);
}
END_TEST

START_TEST(test_ctrl_d_ends_with_success)
{
    struct screen *s = prompt(NULL);
    char *before = strdup(screen_modes(s));
    screen_run(s, "nope");
    screen_keys(s, SCREEN_CTRL_D);
    screen_expect_exit(s, 0);
    ck_assert_str_ne(screen_modes(s), before); /* those were Readline's */
    ck_assert(!screen_alternate(s));
    free(before);
    screen_close(s);
}
END_TEST

START_TEST(test_ctrl_z_stops_the_job)
{
    struct screen *s = program("set -m; \"$BILENS\" -n; echo stopped; stty -a >modes; fg", NULL);
    screen_expect_prompt(s);
    screen_keys(s, "6 *");
    screen_expect_line(s, "bilens> 6 *");
    screen_keys(s, SCREEN_CTRL_Z);
    screen_expect(s, "stopped");
    screen_expect_line(s, "bilens> 6 *"); /* back, with what was typed */
    const char *modes = read_file(below(screen_home(s), "modes"));
    ck_assert_msg(strstr(modes, "isig icanon") && strstr(modes, " echo "), "%s",
                  modes); /* the shell had its terminal as ever */
    screen_keys(s, " 7\r");
    screen_expect_prompt(s);
    screen_expect(s, "value  42");
    screen_close(s);
}
END_TEST

/* ---- rule 8: the next drawing has the new width ---- */

static bool wide_table(struct screen *s, const void *width)
{
    int rows, cols = 0, size;
    screen_size(s, &rows, &size);
    for (int row = 0; row < rows; row++) {
        const char *line = screen_row(s, row);
        int cells = 0;
        for (const char *c = line; *c != '\0'; c++)
            cells += ((unsigned char)*c & 0xc0) != 0x80;
        cols = cells > cols ? cells : cols;
    }
    return cols == *(const int *)width;
}

START_TEST(test_the_next_drawing_has_the_new_width)
{
    struct screen *s = program("exec \"$BILENS\" -n --load tinystories-1-256", NULL);
    static const int narrow = 40, wide = 97;
    screen_expect_prompt(s);
    screen_run(s, "set pager off");
    screen_resize(s, 24, narrow);
    screen_run(s, "plot svd(w_u).s");
    ck_assert_msg(screen_wait(s, wide_table, &narrow), "%s", screen_dump(s));
    screen_resize(s, 24, wide);
    screen_run(s, "plot svd(w_u).s");
    ck_assert_msg(screen_wait(s, wide_table, &wide), "%s", screen_dump(s));
    /* In the middle of a line that is being edited, too. */
    screen_keys(s, "plot svd(w_u).s");
    screen_resize(s, 24, narrow);
    screen_keys(s, "\r");
    screen_expect_prompt(s);
    ck_assert_msg(screen_wait(s, wide_table, &narrow), "%s", screen_dump(s));
    screen_close(s);
}
END_TEST

/* ---- rule 10: TERM unset, unknown, dumb ---- */

START_TEST(test_any_terminal_will_do)
{
    static const char *const terms[] = {"", "nobody-knows-this", "dumb", "vt100"};
    struct screen *s = screen_open(&(struct screen_setup){.term = terms[_i]});
    screen_expect_prompt(s);
    screen_run(s, "1 + 1");
    screen_expect(s, "value  2");
    screen_keys(s, SCREEN_CTRL_D);
    screen_expect_exit(s, 0);
    screen_close(s);
}
END_TEST

/* ---- rules 16, 17: history ---- */

START_TEST(test_history_is_private_and_kept_at_once)
{
    const char *home = strdup(screen_folder());
    struct screen *one = prompt(home), *two = prompt(home);
    struct stat info;
    screen_run(one, "1 + 1");
    screen_run(two, "2 + 2");
    screen_run(one, "3 + 3");
    ck_assert_int_eq(stat(below(home, ".local/state/bilens/history"), &info), 0);
    ck_assert_int_eq(info.st_mode & 07777, 0600);
    screen_signal(one, 9);
    screen_signal(two, 9);
    screen_expect_exit(one, 128 + 9);
    screen_expect_exit(two, 128 + 9);
    ck_assert_str_eq(history_of(home), "1 + 1\n2 + 2\n3 + 3\n");
    struct screen *three = prompt(home);
    screen_key(three, SCREEN_UP);
    screen_expect_line(three, "bilens> 3 + 3");
    screen_key(three, SCREEN_UP);
    screen_expect_line(three, "bilens> 2 + 2");
    screen_close(one);
    screen_close(two);
    screen_close(three);
    free((char *)home);
}
END_TEST

START_TEST(test_history_of_others_is_made_private)
{
    const char *home = strdup(screen_folder());
    struct stat info;
    write_file(home, ".local/state/bilens/history", "7\n");
    chmod(below(home, ".local/state/bilens/history"), 0644);
    struct screen *s = prompt(home);
    screen_run(s, "8");
    ck_assert_int_eq(stat(below(home, ".local/state/bilens/history"), &info), 0);
    ck_assert_int_eq(info.st_mode & 07777, 0600);
    ck_assert_str_eq(history_of(home), "7\n8\n");
    screen_close(s);
    free((char *)home);
}
END_TEST

START_TEST(test_a_statement_of_several_lines_is_one_entry)
{
    const char *home = strdup(screen_folder());
    struct screen *s = prompt(home);
    screen_keys(s, "(1 +\r");
    screen_expect_line(s, "   ...> ");
    screen_keys(s, "4)\r");
    screen_expect_prompt(s);
    screen_expect(s, "value  5");
    screen_key(s, SCREEN_UP);
    screen_expect(s, "bilens> (1 +\n4)");
    screen_close(s);
    s = prompt(home); /* and once more after the file was read */
    screen_key(s, SCREEN_UP);
    screen_expect(s, "bilens> (1 +\n4)");
    screen_keys(s, "\r");
    screen_expect(s, "value  5");
    screen_expect_prompt(s);
    screen_run(s, "history");
    screen_expect(s, "    1  (1 +\n");
    screen_expect(s, "    2  history");
    screen_close(s);
    free((char *)home);
}
END_TEST

START_TEST(test_scripts_and_safe_sessions_leave_no_history)
{
    const char *home = strdup(screen_folder());
    struct screen *s = program("\"$BILENS\" -c '1 + 1'; echo '2 + 2' | \"$BILENS\";"
                               "exec \"$BILENS\" --safe",
                               home);
    screen_expect_prompt(s);
    screen_run(s, "3 + 3");
    screen_key(s, SCREEN_UP); /* this session knows it, the file does not */
    screen_expect_line(s, "bilens> 3 + 3");
    screen_keys(s, SCREEN_CTRL_C);
    screen_expect_prompt(s);
    screen_keys(s, SCREEN_CTRL_D);
    screen_expect_exit(s, 0);
    struct stat info;
    ck_assert_int_ne(stat(below(home, ".local"), &info), 0);
    screen_close(s);
    free((char *)home);
}
END_TEST

START_TEST(test_a_home_that_is_missing_is_not_made)
{
    struct screen *s = program("unset XDG_STATE_HOME; HOME=$PWD/none exec \"$BILENS\" -n", NULL);
    struct stat info;
    screen_expect_prompt(s);
    screen_run(s, "1 + 1");
    screen_run(s, "history");
    screen_expect(s, "    1  1 + 1");
    ck_assert_int_ne(stat(below(screen_home(s), "none"), &info), 0);
    screen_close(s);
}
END_TEST

/* ---- rule 17: pastes ---- */

START_TEST(test_a_paste_runs_nothing_before_enter)
{
    static const char paste[] = "1 + 1\n2 + 3; 4 + 4\n";
    const char *home = strdup(screen_folder());
    struct screen *s = prompt(home);
    screen_paste(s, paste, strlen(paste));
    screen_expect(s, "4 + 4");
    screen_settle(s, 30);
    ck_assert_ptr_null(strstr(screen_text(s), "value"));
    screen_keys(s, "\r");
    screen_expect_prompt(s);
    screen_expect(s, "value  8");
    ck_assert_ptr_nonnull(strstr(screen_text(s), "value  2"));
    ck_assert_ptr_nonnull(strstr(screen_text(s), "value  5"));
    const char *kept = history_of(home);
    ck_assert_ptr_eq(strchr(kept, '\n'), kept + strlen(kept) - 1); /* one entry */
    screen_close(s);
    free((char *)home);
}
END_TEST

START_TEST(test_a_pasted_binary_file_breaks_nothing)
{
    char junk[600];
    struct screen *s = prompt(NULL);
    for (size_t i = 0; i < sizeof junk; i++) /* all bytes but ESC, which could end the bracket */
        junk[i] = (char)((i + 1) % 256 == 27 ? 28 : (i + 1) % 256);
    screen_paste(s, junk, sizeof junk);
    screen_settle(s, 30);
    screen_keys(s, "\r");
    screen_expect_prompt(s);
    screen_expect(s, "error: '\\x01' means nothing here");
    screen_run(s, "40 + 2");
    screen_expect(s, "value  42");
    ck_assert(!screen_alternate(s));
    screen_close(s);
}
END_TEST

START_TEST(test_a_statement_of_a_megabyte)
{
    enum { SIZE = 1 << 20 };
    char *statement = malloc(SIZE);
    struct screen *s = prompt(NULL);
    ck_assert_ptr_nonnull(statement);
    memset(statement, ' ', SIZE);
    statement[0] = '7';
    statement[SIZE - 1] = '8';
    screen_keys(s, "set pager off\r");
    screen_expect_prompt(s);
    screen_run(s, "0");
    write_file(screen_home(s), "long.bl", "");
    FILE *out = fopen(below(screen_home(s), "long.bl"), "w");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(statement, 1, SIZE, out), SIZE);
    ck_assert_int_eq(fclose(out), 0);
    screen_run(s, "source long.bl");
    screen_expect(s, "long.bl:1:1048576: error: unexpected '8'");
    screen_run(s, "40 + 2");
    screen_expect(s, "value  42");
    free(statement);
    screen_close(s);
}
END_TEST

/* ---- rule 18: completion ---- */

struct completion {
    const char *typed, *line;
};

/* Types, asks for completion, compares the line, and clears it. */
static void complete(struct screen *s, struct completion c)
{
    char expected[256];
    screen_keys(s, c.typed);
    screen_keys(s, "\t");
    snprintf(expected, sizeof expected, "bilens> %s", c.line);
    screen_expect_line(s, expected);
    screen_keys(s, SCREEN_CTRL_C);
    screen_expect_prompt(s);
}

START_TEST(test_tab_completes_everything)
{
    static const struct completion completions[] = {
        {"compos", "composition "}, /* a command */
        {"1; kin", "1; kinship "},  /* behind another statement */
        {"interaction game --comp", "interaction game --components "}, /* an option */
        {"interaction game --basis to", "interaction game --basis token "},
        {"svd w_po", "svd w_pos "},                 /* a name of the workspace */
        {"x = w_e' @ mysp", "x = w_e' @ myspace "}, /* of one's own */
        {"set form", "set format "},
        {"set format mark", "set format markdown "},
        {"output on", "output one.txt "},
        {"interaction exclaim", "interaction exclaimed "}, /* a token */
        {"w_u[\"exclaim", "w_u[\"exclaimed\""},            /* in quotes */
        {"load tinystories-1", "load tinystories-1-256 "}, /* a model */
        {"load fol", "load folder/"},                      /* a path */
        {"source folder/in", "source folder/inner.bl "},
        {"source folder/with", "source \"folder/with blank.bl\" "},
        {"source \"folder/with", "source \"folder/with blank.bl\" "},
        {"source folder/quo", "source \"folder/quo\\\"te.bl\" "},
        {"norm w_u > fol", "norm w_u > folder/"}, /* a redirect */
        {"norm w_u >>folder/in", "norm w_u >>folder/inner.bl "},
        {"norm w_u | cat folder/in", "norm w_u | cat folder/inner.bl "},
        {"help kins", "help kinship "},
        {"save mysp", "save myspace "}, /* a word before an argument */
        {"save myspace to", "save myspace to "},
        {"save to folder/in", "save to folder/inner.bl "},
        {"read one.txt a", "read one.txt as "},
    };
    const char *home = strdup(screen_folder());
    write_file(home, "folder/inner.bl", "");
    write_file(home, "folder/with blank.bl", "");
    write_file(home, "folder/quo\"te.bl", "");
    write_file(home, "one.txt", "");
    struct screen *s = program("exec \"$BILENS\" -n --load tinystories-2-128-abs", home);
    screen_expect_prompt(s);
    screen_run(s, "myspace = 1");
    for (size_t i = 0; i < sizeof completions / sizeof *completions; i++)
        complete(s, completions[i]);
    screen_close(s);
    free((char *)home);
}
END_TEST

START_TEST(test_a_completed_path_is_read_back)
{
    const char *home = strdup(screen_folder());
    write_file(home, "a \"b\\c.bl", "20 + 3\n");
    struct screen *s = prompt(home);
    screen_keys(s, "source a\t");
    screen_expect_line(s, "bilens> source \"a \\\"b\\\\c.bl\" ");
    screen_keys(s, "\r");
    screen_expect_prompt(s);
    screen_expect(s, "value  23");
    screen_close(s);
    free((char *)home);
}
END_TEST

/* ---- rule 19: set-up files ---- */

START_TEST(test_the_inputrc_has_its_section)
{
    const char *home = strdup(screen_folder());
    write_file(home, ".inputrc",
               "$if bilens\n\"\\C-t\": \"6 * 7\"\n$endif\n$if other\n\"\\C-t\": \"no\"\n$endif\n");
    struct screen *s = prompt(home);
    screen_keys(s, "\024");
    screen_expect_line(s, "bilens> 6 * 7");
    screen_close(s);
    free((char *)home);
}
END_TEST

START_TEST(test_the_init_file_runs_unless_told_not_to)
{
    const char *home = strdup(screen_folder());
    write_file(home, ".config/bilens/bilensrc", "from_init = 12\nset ledger off\nno such\n");
    struct screen *s = program("exec \"$BILENS\"", home);
    screen_expect_prompt(s);
    screen_expect(s, "bilensrc:3:4: error: ");
    screen_run(s, "from_init + 1");
    screen_expect(s, "value  13\n\nbilens>");
    screen_keys(s, SCREEN_CTRL_D);
    screen_expect_exit(s, 0); /* a mistake in it is no failure */
    screen_close(s);
    s = program("exec \"$BILENS\" --no-init", home);
    screen_expect_prompt(s);
    screen_run(s, "from_init");
    screen_expect(s, "unknown name 'from_init'");
    screen_close(s);
    free((char *)home);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("prompt");
    TCase *tests = tcase_create("prompt");
    tcase_add_test(tests, test_ctrl_c_clears_the_line);
    tcase_add_test(tests, test_a_long_error_is_folded_at_blanks);
    tcase_add_test(tests, test_ctrl_d_ends_with_success);
    tcase_add_test(tests, test_ctrl_z_stops_the_job);
    tcase_add_test(tests, test_the_next_drawing_has_the_new_width);
    tcase_add_loop_test(tests, test_any_terminal_will_do, 0, 4);
    tcase_add_test(tests, test_history_is_private_and_kept_at_once);
    tcase_add_test(tests, test_history_of_others_is_made_private);
    tcase_add_test(tests, test_a_statement_of_several_lines_is_one_entry);
    tcase_add_test(tests, test_scripts_and_safe_sessions_leave_no_history);
    tcase_add_test(tests, test_a_home_that_is_missing_is_not_made);
    tcase_add_test(tests, test_a_paste_runs_nothing_before_enter);
    tcase_add_test(tests, test_a_pasted_binary_file_breaks_nothing);
    tcase_add_test(tests, test_a_statement_of_a_megabyte);
    tcase_add_test(tests, test_tab_completes_everything);
    tcase_add_test(tests, test_a_completed_path_is_read_back);
    tcase_add_test(tests, test_the_inputrc_has_its_section);
    tcase_add_test(tests, test_the_init_file_runs_unless_told_not_to);
    suite_add_tcase(suite, tests);
    return screen_main(suite);
}
