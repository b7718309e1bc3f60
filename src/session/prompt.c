/* The prompt: GNU Readline in line mode, by its callback interface, so that a signal is
 * answered at once and never eats a key. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "bilens/base/guard.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/lang/lexer.h"
#include "session.h"
#include "signals.h"

static const char first[] = "bilens> ", continued[] = "   ...> ";

/* Readline's callback has no context of its own. */
static struct {
    char *line; /* the line that was entered; readline's, to be freed */
    bool entered;
    const char *typed; /* what the line begins with; or NULL */
} input;

static void on_line(char *line)
{
    input.line = line;
    input.entered = true;
    rl_callback_handler_remove(); /* the terminal is as it was while a statement runs */
}

/* At the prompt the keys of signals are keys like others: a paste may hold their bytes (a
 * binary file), and must neither clear the line, stop the program, nor freeze the terminal
 * (Ctrl-S) in its middle. Readline puts the modes back before a statement runs. */
static void prepare_terminal(int meta)
{
    static const char no_pastes[] = "\033[?2004l";
    struct termios modes;
    const char *pastes = rl_variable_value("enable-bracketed-paste");
    bool bracketed = pastes != NULL && strcmp(pastes, "on") == 0;
    bool known = guard_terminal();
    guard_leaving(no_pastes, bracketed ? sizeof no_pastes - 1 : 0, fileno(rl_outstream));
    rl_prep_terminal(meta);
    if (!known || tcgetattr(STDIN_FILENO, &modes) != 0)
        return;
    modes.c_lflag &= ~(tcflag_t)ISIG;
    modes.c_iflag &= ~(tcflag_t)IXON;
    tcsetattr(STDIN_FILENO, TCSANOW, &modes);
}

static void restore_terminal(void)
{
    rl_deprep_terminal();
    guard_end();
}

static int interrupt_key(int count, int key)
{
    (void)count;
    (void)key;
    return raise(SIGINT); /* as if it came from elsewhere: see signals.h */
}

/* What the terminal would have done: the job stops, and comes back as it was. */
static int suspend_key(int count, int key)
{
    (void)count;
    (void)key;
    restore_terminal();
    kill(0, SIGTSTP);
    prepare_terminal(1);
    rl_on_new_line();
    rl_redisplay();
    return 0;
}

static void bind_signal_key(cc_t key, rl_command_func_t *function)
{
    Keymap maps[] = {emacs_standard_keymap, vi_insertion_keymap, vi_movement_keymap};
    for (size_t i = 0; key != _POSIX_VDISABLE && i < sizeof maps / sizeof *maps; i++)
        rl_bind_key_in_map(key, function, maps[i]);
}

/* The keys that the user's terminal has for signals. */
static void bind_signal_keys(void)
{
    struct termios modes;
    rl_prep_term_function = prepare_terminal;
    rl_deprep_term_function = restore_terminal;
    if (tcgetattr(STDIN_FILENO, &modes) != 0)
        return;
    bind_signal_key(modes.c_cc[VINTR], interrupt_key);
    bind_signal_key(modes.c_cc[VSUSP], suspend_key);
}

enum outcome { LINE_ENTERED, LINE_CLEARED, LINE_END };

/* Ctrl-C: the line goes. */
static enum outcome clear_line(void)
{
    fputs("^C\n", rl_outstream); /* before readline moves the cursor to the line's start */
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
    if (input.typed != NULL) {
        rl_insert_text(input.typed);
        rl_redisplay();
        input.typed = NULL;
    }
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
        else if (ready < 0 && errno != EINTR) {
            rl_callback_handler_remove();
            return LINE_END;
        }
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
            return true;
    }
}

void session_prompt(struct session *s)
{
    struct text statement = TEXT_EMPTY;
    s->interactive = true;
    rl_readline_name = "bilens";
    /* The prompt and its keys are no part of what a file or a pipe is given. */
    rl_outstream = isatty(STDOUT_FILENO) ? stdout : stderr;
    rl_change_environment = 0;
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    history_start();
    completion_start(s);
    rl_initialize(); /* rl_reset_screen_size needs its streams */
    bind_signal_keys();
    signals_catch();
    for (; !s->ended; input.typed = s->typed) {
        if (!read_statement(s, &statement))
            break;
        mem_free(s->typed);
        s->typed = NULL;
        const char *text = text_get(&statement);
        if (text[strspn(text, " \t\n")] == '\0')
            continue;
        history_keep(text, !s->safe);
        signals_take_interrupts();
        s->interrupts = 0;
        session_run(s, text, (struct origin){NULL, 1});
        count_interrupts(s);
    }
    if (!s->ended)
        fputc('\n', rl_outstream);
    s->failed = s->interrupts > 0 && s->ended; /* mistakes at the prompt are not the session's */
    text_done(&statement);
}
