/* Photographs the program: runs a script against a real screen and writes the screen's cells as
 * JSON, for tests/pictures to draw.
 *
 *     size ROWS COLS       before anything else; 24 80 if not said
 *     env NAME=VALUE
 *     run LINE             types it at the prompt and waits for the next prompt
 *     keys TEXT            \e, \r, \t, \b, \f stand for Escape, Enter, Tab, Backspace, Ctrl-L
 *     wait TEXT            until that shows
 *     still                until nothing changes any more
 *     resize ROWS COLS
 *     write FILE
 *
 * The script stands in the file that $SNAPSHOT names. */
#include "screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/text.h"

enum { VARIABLES_MOST = 8, LINE_MOST = 1024, STILL = 200 };

struct script {
    int rows, cols;
    char variables[VARIABLES_MOST][LINE_MOST];
    const char *environment[VARIABLES_MOST + 1];
    size_t count;
    struct screen *screen; /* NULL until the first thing to do */
};

static void add_color(struct text *out, const char *name, struct screen_color c)
{
    if (c.kind == SCREEN_COLOR_INDEX)
        text_printf(out, ",\"%s\":%u", name, c.value);
    else if (c.kind == SCREEN_COLOR_RGB)
        text_printf(out, ",\"%s\":\"#%06x\"", name, c.value);
}

static void add_cell(struct text *out, const struct screen_cell *cell)
{
    text_add(out, "{\"text\":\"");
    for (const char *c = cell->text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            text_add_char(out, '\\');
        text_add_char(out, *c);
    }
    text_printf(out, "\",\"width\":%d", cell->width);
    add_color(out, "fore", cell->fore);
    add_color(out, "back", cell->back);
    text_printf(out, "%s%s%s}", cell->bold ? ",\"bold\":true" : "",
                cell->underline ? ",\"underline\":true" : "",
                cell->reverse ? ",\"reverse\":true" : "");
}

static void write_cells(struct screen *s, const char *path)
{
    struct text out = TEXT_EMPTY;
    int rows, cols, row, col;
    screen_size(s, &rows, &cols);
    screen_cursor(s, &row, &col);
    text_printf(&out, "{\"cursor\":[%d,%d],\"visible\":%s,\"rows\":[\n", row, col,
                screen_cursor_visible(s) ? "true" : "false");
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++) {
            struct screen_cell cell = screen_cell(s, r, c);
            text_add(&out, c == 0 ? "[" : ",");
            add_cell(&out, &cell);
            if (c + 1 == cols)
                text_add(&out, r + 1 < rows ? "],\n" : "]\n");
        }
    text_add(&out, "]}\n");
    FILE *f = fopen(path, "w");
    ck_assert_msg(f != NULL && fputs(text_get(&out), f) >= 0 && fclose(f) == 0, "cannot write %s",
                  path);
    text_done(&out);
}

/* Undoes the escapes of `keys`. */
static void send_keys(struct screen *s, const char *keys)
{
    struct text out = TEXT_EMPTY;
    for (; *keys != '\0'; keys++) {
        static const char names[] = "ertbf\\", bytes[] = "\033\r\t\177\014\\";
        const char *name = *keys == '\\' && keys[1] != '\0' ? strchr(names, keys[1]) : NULL;
        text_add_char(&out, name != NULL ? bytes[name - names] : *keys);
        keys += name != NULL;
    }
    screen_keys(s, text_get(&out));
    text_done(&out);
}

static struct screen *screen_of(struct script *script)
{
    if (script->screen == NULL) {
        script->screen = screen_open(&(struct screen_setup){
            .rows = script->rows, .cols = script->cols, .environment = script->environment});
        screen_expect_prompt(script->screen);
    }
    return script->screen;
}

static void set_up(struct script *script, const char *word, const char *rest)
{
    if (strcmp(word, "size") == 0) {
        ck_assert(sscanf(rest, "%d %d", &script->rows, &script->cols) == 2);
        return;
    }
    ck_assert(script->count < VARIABLES_MOST);
    char *variable = script->variables[script->count];
    snprintf(variable, LINE_MOST, "%s", rest);
    script->environment[script->count++] = variable;
}

static void perform(struct script *script, const char *word, const char *rest)
{
    struct screen *s = screen_of(script);
    int rows, cols;
    if (strcmp(word, "run") == 0) {
        screen_keys(s, rest);
        screen_keys(s, "\r");
        screen_expect_prompt(s);
    } else if (strcmp(word, "keys") == 0)
        send_keys(s, rest);
    else if (strcmp(word, "wait") == 0)
        screen_expect(s, rest);
    else if (strcmp(word, "still") == 0)
        screen_settle(s, STILL);
    else if (strcmp(word, "resize") == 0 && sscanf(rest, "%d %d", &rows, &cols) == 2)
        screen_resize(s, rows, cols);
    else if (strcmp(word, "write") == 0)
        write_cells(s, rest);
    else
        ck_abort_msg("the script says '%s %s'", word, rest);
}

START_TEST(the_script_runs)
{
    char line[LINE_MOST];
    struct script script = {.count = 0};
    FILE *in = fopen(getenv("SNAPSHOT"), "r");
    ck_assert_ptr_nonnull(in);
    while (fgets(line, sizeof line, in) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *rest = line + strcspn(line, " ");
        if (*rest != '\0')
            *rest++ = '\0';
        if (strcmp(line, "size") == 0 || strcmp(line, "env") == 0)
            set_up(&script, line, rest);
        else if (line[0] != '\0' && line[0] != '#')
            perform(&script, line, rest);
    }
    fclose(in);
    screen_close(screen_of(&script));
}
END_TEST

int main(void)
{
    if (getenv("SNAPSHOT") == NULL) {
        fputs("SNAPSHOT must name a script\n", stderr);
        return EXIT_FAILURE;
    }
    Suite *suite = suite_create("snapshot");
    TCase *tests = tcase_create("snapshot");
    tcase_add_test(tests, the_script_runs);
    suite_add_tcase(suite, tests);
    return screen_main(suite);
}
