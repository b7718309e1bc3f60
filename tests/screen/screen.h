/* A real screen for the program: it runs on a pty of a stated size, with a stated TERM, locale
 * and environment and a home of its own; libvterm is the terminal; a test reads cells, colours,
 * cursor, scrollback and tty modes, and sends keys, clicks, signals and new sizes.
 *
 * Nothing here sleeps for a fixed time. A wait ends as soon as what it waits for is there, and
 * fails after SCREEN_PATIENCE seconds. The macros at the end fail the test (of Check), showing
 * the screen.
 *
 *     struct screen *s = screen_open(&(struct screen_setup){.rows = 30, .cols = 100});
 *     screen_expect_prompt(s);
 *     screen_run(s, "load tinystories-1-256");    // types, Enter, waits for the next prompt
 *     screen_keys(s, "svd w_u\r");
 *     screen_expect(s, "singular values");
 *     screen_resize(s, 24, 80);
 *     screen_close(s);
 */
#ifndef TESTS_SCREEN_SCREEN_H
#define TESTS_SCREEN_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <check.h>

enum { SCREEN_PATIENCE = 30 };

/* The program that is tested, and where it finds its models: $BILENS and $BILENS_MODEL_PATH,
 * as `make check` sets them. */
struct screen_setup {
    int rows, cols;      /* 0: 24 and 80 */
    const char *term;    /* NULL: xterm-256color; "": unset */
    const char *locale;  /* LC_ALL; NULL: C.UTF-8 */
    const char *command; /* what sh runs, "$BILENS" being the program and $TESTS the
                            folder of the tests; NULL: exec "$BILENS" -n */
    const char *home;    /* an existing folder, borrowed; NULL: a fresh one for this screen */
    const char *const *environment; /* "NAME=value" on top, up to a NULL; NULL: none */
};

struct screen;

/* Never NULL: the test fails where a pty cannot be had. The caller closes it. */
struct screen *screen_open(const struct screen_setup *setup);
/* Ends the program, if it has not ended. */
void screen_close(struct screen *s);

/* Runs the suites' main: all homes stand below one folder, which is removed at the end.
 * Returns what main should. */
int screen_main(Suite *suite);

/* The folder that HOME is; XDG_CONFIG_HOME, XDG_STATE_HOME and XDG_CACHE_HOME are its
 * .config, .local/state and .cache. Borrowed. */
const char *screen_home(const struct screen *s);
/* A fresh folder, for sessions that share one; borrowed, removed at the end. */
const char *screen_folder(void);
int screen_pid(const struct screen *s);

/* ---- what a person does ---- */

void screen_keys(struct screen *s, const char *bytes);
void screen_bytes(struct screen *s, const char *bytes, size_t length);
enum screen_key {
    SCREEN_UP,
    SCREEN_DOWN,
    SCREEN_LEFT,
    SCREEN_RIGHT,
    SCREEN_HOME,
    SCREEN_END,
    SCREEN_PAGE_UP,
    SCREEN_PAGE_DOWN,
    SCREEN_ENTER,
    SCREEN_BACKSPACE,
    SCREEN_TAB,
    SCREEN_ESCAPE
};
/* As the terminal sends it in the mode it is in (cursor keys have two). */
void screen_key(struct screen *s, enum screen_key key);
/* What Ctrl and that letter send: screen_keys(s, SCREEN_CTRL_C). */
#define SCREEN_CTRL_C "\003"
#define SCREEN_CTRL_D "\004"
#define SCREEN_CTRL_Z "\032"
/* Presses and releases the left button; nothing unless the program asked for the mouse. */
void screen_click(struct screen *s, int row, int col);
/* Turns the wheel one notch: up or down. */
void screen_wheel(struct screen *s, int row, int col, bool up);
/* A paste: bracketed where the program asked for that. */
void screen_paste(struct screen *s, const char *bytes, size_t length);
void screen_resize(struct screen *s, int rows, int cols);
void screen_signal(struct screen *s, int number);

/* ---- waiting ---- */

/* Reads what the program writes until the question is answered true. */
typedef bool screen_question(struct screen *s, const void *context);
bool screen_wait(struct screen *s, screen_question *question, const void *context);
/* Rows are joined by line ends, without trailing blanks: text may span them. */
bool screen_wait_text(struct screen *s, const char *text);
bool screen_wait_gone(struct screen *s, const char *text);
/* The row with the cursor is exactly that, up to the cursor: trailing blanks count. */
bool screen_wait_line(struct screen *s, const char *line);
/* A fresh prompt, empty, with the cursor behind it, written after the last keys were sent. */
bool screen_wait_prompt(struct screen *s);
/* The program has ended: its exit status, or 128 + the signal that ended it. */
bool screen_wait_exit(struct screen *s, int *status);
/* Nothing was written for `milliseconds`: for what must not happen, and before cells are
 * compared that no text tells. */
void screen_settle(struct screen *s, int milliseconds);
double screen_seconds(void); /* of a steady clock, for measuring */

/* ---- what a person sees ---- */

enum screen_color_kind { SCREEN_COLOR_DEFAULT, SCREEN_COLOR_INDEX, SCREEN_COLOR_RGB };
struct screen_color {
    enum screen_color_kind kind;
    uint32_t value; /* 0..255, or 0xrrggbb */
};
struct screen_cell {
    char text[32]; /* UTF-8 with its combining marks; "" right of a wide character, " " blank */
    int width;
    struct screen_color fore, back;
    bool bold, underline, reverse; /* libvterm knows no dim */
};

void screen_size(const struct screen *s, int *rows, int *cols);
struct screen_cell screen_cell(const struct screen *s, int row, int col);
/* One row, all rows, without trailing blanks. Borrowed until the next call. */
const char *screen_row(struct screen *s, int row);
const char *screen_text(struct screen *s);
/* Where the text stands; false where it does not. Columns are cells. */
bool screen_find(struct screen *s, const char *text, int *row, int *col);
void screen_cursor(const struct screen *s, int *row, int *col);
bool screen_cursor_visible(const struct screen *s);
bool screen_alternate(const struct screen *s);
bool screen_mouse(const struct screen *s); /* does the program want clicks? */
/* Rows that left the screen at its top, oldest first. Borrowed. */
const char *screen_scrollback(const struct screen *s);
/* Every byte the program wrote to the terminal so far (and what the tty echoed); length may be
 * NULL. Borrowed until more is read. */
const char *screen_written(const struct screen *s, size_t *length);
/* The tty's modes, as text: what `stty -a` tells except the size. Borrowed until next call;
 * also after the program has ended. */
const char *screen_modes(struct screen *s);
/* The screen in a frame, cursor and modes: for messages. Borrowed until the next call. */
const char *screen_dump(struct screen *s);

/* ---- what must be so ---- */

#define screen_expect(s, text)                                                                     \
    ck_assert_msg(screen_wait_text(s, text), "\"%s\" never showed:\n%s", text, screen_dump(s))
#define screen_expect_gone(s, text)                                                                \
    ck_assert_msg(screen_wait_gone(s, text), "\"%s\" never went:\n%s", text, screen_dump(s))
#define screen_expect_line(s, line)                                                                \
    ck_assert_msg(screen_wait_line(s, line), "the line never was \"%s\":\n%s", line, screen_dump(s))
#define screen_expect_prompt(s)                                                                    \
    ck_assert_msg(screen_wait_prompt(s), "no prompt came:\n%s", screen_dump(s))
/* Types a line at the prompt and waits for the next prompt. */
#define screen_run(s, line)                                                                        \
    do {                                                                                           \
        screen_keys(s, line "\r");                                                                 \
        screen_expect_prompt(s);                                                                   \
    } while (0)
#define screen_expect_exit(s, expected)                                                            \
    do {                                                                                           \
        int screen_status_ = -1;                                                                   \
        ck_assert_msg(screen_wait_exit(s, &screen_status_), "it does not end:\n%s",                \
                      screen_dump(s));                                                             \
        ck_assert_msg(screen_status_ == (expected), "status %d, not %d:\n%s", screen_status_,      \
                      (int)(expected), screen_dump(s));                                            \
    } while (0)

#endif
