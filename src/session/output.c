#include "output.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bilens/base/err.h"
#include "bilens/base/outfile.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "session.h"
#include "signals.h"

void output_complain(const char *message)
{
    struct text safe = TEXT_EMPTY;
    utf8_escape(&safe, message, strlen(message), false);
    fprintf(stderr, "bilens: %s\n", text_get(&safe));
    text_done(&safe);
}

/* In pieces, so that Ctrl-C finds its way into a long answer. */
bool output_standard(struct session *s, const char *bytes, size_t length, struct err *e)
{
    enum { PIECE = 1 << 15 };
    for (size_t at = 0; at < length;) {
        size_t piece = length - at < PIECE ? length - at : PIECE;
        if (signals_interrupted())
            return err_set(e, ERR_INTERRUPTED, "interrupted; the workspace is as it was");
        if (fwrite(bytes + at, 1, piece, stdout) != piece || fflush(stdout) != 0) {
            if (errno != EPIPE)
                fprintf(stderr, "bilens: cannot write: %s\n", strerror(errno));
            s->ended = s->failed = true;
            return false;
        }
        at += piece;
    }
    return true;
}

static bool write_file(const char *path, const char *bytes, size_t length, struct err *e)
{
    struct outfile *f = outfile_open(path, e);
    bool ok = f != NULL && outfile_write(f, bytes, length, e) && outfile_finish(f, e) &&
              outfile_commit(f, e);
    outfile_free(f);
    return ok;
}

/* What a shell says of a command that was ended by signal n: 128 + n. */
enum { STATUS_UNKNOWN = 127, STATUS_SIGNALLED = 128 };

/* A command that stops reading early (head) is ended by SIGPIPE, and has done its work. */
static bool check_status(const char *command, int status, struct err *e)
{
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGPIPE ||
               err_set(e, ERR_FILE, "signal %d ended the command: %s", WTERMSIG(status), command);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    if (code == 0 || code == STATUS_SIGNALLED + SIGPIPE)
        return true;
    if (code == STATUS_UNKNOWN)
        return err_set(e, ERR_FILE, "the shell knows no such command: %s", command);
    return err_set(e, ERR_FILE, "the answer was computed, but the command ended with status %d: %s",
                   code, command);
}

static bool write_pipe(const char *command, const char *bytes, size_t length, struct err *e)
{
    fflush(stdout);
    FILE *p = popen(command, "w");
    if (p == NULL)
        return err_set(e, ERR_FILE, "cannot run the shell: %s", strerror(errno));
    fwrite(bytes, 1, length, p); /* a command may stop reading early: no error */
    return check_status(command, pclose(p), e);
}

bool output_redirect(const struct statement *s, const char *bytes, size_t length, struct err *e)
{
    if (s->redirect == REDIRECT_PIPE)
        return write_pipe(s->target, bytes, length, e);
    return s->redirect == REDIRECT_APPEND ? outfile_append(s->target, bytes, length, e)
                                          : write_file(s->target, bytes, length, e);
}
