/* The prompt: GNU Readline in line mode. */
#include <errno.h>
#include <signal.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/lang/lexer.h"
#include "bilens/session/session.h"

static const char first[] = "bilens> ", continued[] = "   ...> ";

/* At the prompt Ctrl-C clears the line: readline calls this while it waits. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static int check_interrupt(void)
{
    if (interrupted) {
        rl_replace_line("", 0);
        rl_done = 1;
    }
    return 0;
}

/* One line, or NULL at the end of input. *cleared: Ctrl-C took it away. */
static char *read_line(const char *prompt, bool *cleared)
{
    struct sigaction act = {.sa_handler = on_interrupt}, before;
    sigemptyset(&act.sa_mask);
    interrupted = 0;
    sigaction(SIGINT, &act, &before);
    rl_reset_screen_size();
    char *line = readline(prompt);
    sigaction(SIGINT, &before, NULL);
    *cleared = interrupted != 0;
    return line;
}

/* Lines until they make whole statements. False at the end of input. */
static bool read_statement(struct text *out)
{
    text_clear(out);
    for (;;) {
        bool cleared;
        char *line = read_line(out->length == 0 ? first : continued, &cleared);
        if (line == NULL)
            return false;
        if (cleared) {
            puts("^C");
            text_clear(out);
            free(line);
            continue;
        }
        if (out->length > 0)
            text_add_char(out, '\n');
        text_add(out, line);
        free(line);
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
    rl_event_hook = NULL;
    rl_signal_event_hook = check_interrupt;
    history_start();
    completion_start(s);
    rl_initialize(); /* rl_reset_screen_size needs its streams */
    while (!s->ended && read_statement(&statement)) {
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
