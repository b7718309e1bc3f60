/* The prompt: GNU Readline in line mode, by its callback interface, so that a signal is
 * answered at once and never eats a key. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/lang/lexer.h"
#include "bilens/session/session.h"

static const char first[] = "bilens> ", continued[] = "   ...> ";

/* Readline's callback and the signal handlers have no context of their own. */
static struct {
    char *line; /* the line that was entered; readline's, to be freed */
    bool entered;
    const char *typed; /* what the line begins with; or NULL */
} input;
static volatile sig_atomic_t interrupted, resized;

static void on_line(char *line)
{
    input.line = line;
    input.entered = true;
    rl_callback_handler_remove(); /* the terminal is as it was while a statement runs */
}

static void on_signal(int number)
{
    if (number == SIGINT)
        interrupted = 1;
    else
        resized = 1;
}

enum outcome { LINE_ENTERED, LINE_CLEARED, LINE_END };

/* Waits for keys with signals open only while it waits. */
static enum outcome wait_for_line(const char *prompt, const sigset_t *open)
{
    input.entered = false;
    interrupted = resized = 0;
    rl_reset_screen_size();
    rl_callback_handler_install(prompt, on_line);
    if (input.typed != NULL) {
        rl_insert_text(input.typed);
        rl_redisplay();
        input.typed = NULL;
    }
    while (!input.entered) {
        fd_set in;
        FD_ZERO(&in);
        FD_SET(STDIN_FILENO, &in);
        int ready = pselect(STDIN_FILENO + 1, &in, NULL, NULL, NULL, open);
        if (resized) {
            resized = 0;
            rl_resize_terminal();
        }
        if (interrupted) {
            puts("^C"); /* before readline moves the cursor to the line's start */
            rl_free_line_state();
            rl_callback_sigcleanup();
            rl_callback_handler_remove();
            return LINE_CLEARED;
        }
        if (ready > 0)
            rl_callback_read_char();
        else if (ready < 0 && errno != EINTR)
            return LINE_END;
    }
    return input.line == NULL ? LINE_END : LINE_ENTERED;
}

static enum outcome read_line(const char *prompt)
{
    struct sigaction act = {.sa_handler = on_signal}, old_int, old_winch;
    sigset_t block, before;
    sigemptyset(&act.sa_mask);
    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigaddset(&block, SIGWINCH);
    sigprocmask(SIG_BLOCK, &block, &before);
    sigaction(SIGINT, &act, &old_int);
    sigaction(SIGWINCH, &act, &old_winch);
    enum outcome outcome = wait_for_line(prompt, &before);
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGWINCH, &old_winch, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return outcome;
}

/* Lines until they make whole statements. False at the end of input. */
static bool read_statement(struct text *out)
{
    text_clear(out);
    for (;;) {
        enum outcome outcome = read_line(out->length == 0 ? first : continued);
        if (outcome == LINE_END)
            return false;
        if (outcome == LINE_CLEARED) {
            text_clear(out);
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
    for (; !s->ended; input.typed = s->typed) {
        if (!read_statement(&statement))
            break;
        mem_free(s->typed);
        s->typed = NULL;
        const char *text = text_get(&statement);
        if (text[strspn(text, " \t\n")] == '\0')
            continue;
        history_keep(text);
        session_run(s, text, (struct origin){NULL, 1});
    }
    if (!s->ended)
        putchar('\n');
    s->failed = false; /* mistakes at the prompt are not the session's failure */
    text_done(&statement);
}
