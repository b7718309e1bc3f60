#include "pager.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "session.h"

enum { NO_SUCH_COMMAND = 127 };

/* Bytes of the escape sequence at the start, which colours text, or 0 if there is none. */
static size_t sgr_length(const char *bytes, size_t length)
{
    size_t n = 2;
    if (length < n || bytes[0] != '\033' || bytes[1] != '[')
        return 0;
    while (n < length && strchr("0123456789;", bytes[n]) != NULL && bytes[n] != '\0')
        n++;
    return n < length ? n + 1 : n;
}

size_t pager_rows(const char *bytes, size_t length, size_t cols)
{
    size_t rows = 0, cells = 0;
    bool open = false; /* has the row been begun? */
    for (size_t at = 0; at < length;) {
        uint32_t code;
        size_t skip = sgr_length(bytes + at, length - at);
        at += skip;
        if (skip > 0)
            continue;
        at += utf8_decode(bytes + at, length - at, &code);
        int width = utf8_code_width(code);
        size_t taken = width > 0 ? (size_t)width : 0;
        rows += !open || (code != '\n' && cells + taken > cols);
        cells = open && cells + taken <= cols ? cells + taken : taken;
        open = code != '\n';
        if (!open)
            cells = 0;
    }
    return rows;
}

/* Is it more than the terminal can show above the next prompt? */
static bool is_long(const char *bytes, size_t length)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
        return false;
    return pager_rows(bytes, length, size.ws_col) >= size.ws_row;
}

static void on_interrupt(int number)
{
    (void)number;
}

/* What the shell runs. A pager named without its options still has to let colours through
 * and leave short text on the screen: LESS and LV say so, unless the user's own do. */
static void pager_command(struct text *out)
{
    const char *pager = getenv("PAGER");
    text_add(out, "LESS=${LESS-FRX} LV=${LV--c}; export LESS LV; ");
    if (pager != NULL)
        text_add(out, pager);
    else
        text_printf(out, "command -v less >/dev/null 2>&1 || exit %d; exec less -FRX",
                    NO_SUCH_COMMAND);
}

/* The pager reads keys itself; Ctrl-C is for it. A handler, unlike SIG_IGN, is not inherited. */
static bool run_pager(const char *command, const char *bytes, size_t length)
{
    struct sigaction quiet = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART}, before;
    sigemptyset(&quiet.sa_mask);
    fflush(stdout);
    sigaction(SIGINT, &quiet, &before);
    FILE *p = popen(command, "w");
    int status = -1;
    if (p != NULL) {
        fwrite(bytes, 1, length, p); /* it may be left before it has read all: no error */
        status = pclose(p);
    }
    sigaction(SIGINT, &before, NULL);
    return p != NULL && !(WIFEXITED(status) && WEXITSTATUS(status) == NO_SUCH_COMMAND);
}

bool pager_show(const struct session *s, const char *bytes, size_t length)
{
    const char *pager = getenv("PAGER");
    bool wanted = s->interactive && s->settings.pager && !s->safe &&
                  (pager == NULL || (pager[0] != '\0' && strcmp(pager, "cat") != 0));
    if (!wanted || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || !is_long(bytes, length))
        return false;
    struct text command = TEXT_EMPTY;
    pager_command(&command);
    bool shown = run_pager(text_get(&command), bytes, length);
    text_done(&command);
    return shown;
}
