/* The prompt: GNU Readline in line mode, by its callback interface, so that a signal is
 * answered at once and never eats a key. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "bilens/base/text.h"
#include "bilens/lang/lexer.h"
#include "bilens/session/session.h"
#include "bilens/session/signals.h"

static const char first[] = "bilens> ", continued[] = "   ...> ";

/* Readline's callback has no context of its own. */
static struct {
    char *line; /* the line that was entered; readline's, to be freed */
    bool entered;
} input;

static void on_line(char *line)
{
    input.line = line;
    input.entered = true;
    rl_callback_handler_remove(); /* the terminal is as it was while a statement runs */
}

enum outcome { LINE_ENTERED, LINE_CLEARED, LINE_END };

/* Ctrl-C: the line goes. */
static enum outcome clear_line(void)
{
    puts("^C"); /* before readline moves the cursor to the line's start */
    rl_free_line_state();
    rl_callback_sigcleanup();
    rl_callback_handler_remove();
    return LINE_CLEARED;
}

/* Waits for keys and signals. */
static enum outcome read_line(const char *prompt)
{
    enum { KEYS, SIGNALS };
    struct pollfd in[] = {[KEYS] = {.fd = STDIN_FILENO, .events = POLLIN},
                          [SIGNALS] = {.fd = signals_fd(), .events = POLLIN}};
    input.entered = false;
    rl_reset_screen_size();
    rl_callback_handler_install(prompt, on_line);
    while (!input.entered) {
        int ready = poll(in, 2, -1);
        if (ready > 0 && in[SIGNALS].revents != 0)
            signals_drain();
        if (signals_take_resize())
            rl_resize_terminal();
        if (signals_interrupted())
            return clear_line();
        if (ready > 0 && in[KEYS].revents != 0)
            rl_callback_read_char();
        else if (ready < 0 && errno != EINTR)
            return LINE_END;
    }
    return input.line == NULL ? LINE_END : LINE_ENTERED;
}

/* Counts what Ctrl-C meant while a computation that was left still runs: the third in a row
 * ends the program. */
static void count_interrupts(struct session *s)
{
    enum { ENOUGH = 3 };
    s->interrupts += signals_take_interrupts();
    if (s->interrupts >= ENOUGH && jobs_running(&s->jobs)) {
        fputs("bilens: ended by three interrupts in a row\n", stderr);
        s->ended = true;
    }
}

/* Lines until they make whole statements. False at the end of input. */
static bool read_statement(struct session *s, struct text *out)
{
    text_clear(out);
    for (;;) {
        enum outcome outcome = read_line(out->length == 0 ? first : continued);
        if (outcome == LINE_END)
            return false;
        if (outcome == LINE_CLEARED) {
            text_clear(out);
            count_interrupts(s);
            if (s->ended)
                return false;
            continue;
        }
        if (out->length > 0)
            text_add_char(out, '\n');
        text_add(out, input.line);
        free(input.line);
        if (!lexer_wants_more(text_get(out)))
            return !out->failed;
    }
}

void session_prompt(struct session *s)
{
    struct text statement = TEXT_EMPTY;
    s->interactive = true;
    rl_readline_name = "bilens";
    rl_change_environment = 0;
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    history_start();
    completion_start(s);
    rl_initialize(); /* rl_reset_screen_size needs its streams */
    signals_catch();
    while (!s->ended && read_statement(s, &statement)) {
        const char *text = text_get(&statement);
        if (text[strspn(text, " \t\n")] == '\0')
            continue;
        history_keep(text);
        signals_take_interrupts();
        s->interrupts = 0;
        session_run(s, text, (struct origin){NULL, 1});
        count_interrupts(s);
    }
    if (!s->ended)
        putchar('\n');
    s->failed = s->interrupts > 0 && s->ended; /* mistakes at the prompt are not the session's */
    text_done(&statement);
}
