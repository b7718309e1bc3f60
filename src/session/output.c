#include "bilens/session/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/session/session.h"
#include "bilens/session/signals.h"

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

bool output_write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno != EINTR)
            return false;
        bytes += n > 0 ? n : 0;
        length -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool file_error(const char *path, struct err *e)
{
    return err_set(e, ERR_FILE, "cannot write %s: %s", path, strerror(errno));
}

/* Permissions: those of the file that is replaced, or what the umask leaves of 0666. */
static mode_t file_mode(const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0)
        return info.st_mode & 07777;
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* To a temporary file beside it, then renamed: whole or absent. */
static bool replace_file(const char *path, const char *bytes, size_t length, struct err *e)
{
    struct text temporary = TEXT_EMPTY;
    text_printf(&temporary, "%s.XXXXXX", path);
    if (temporary.failed)
        return err_memory(e);
    int fd = mkstemp(temporary.data);
    bool ok = fd >= 0 && output_write_all(fd, bytes, length) && fchmod(fd, file_mode(path)) == 0;
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    ok = ok && rename(temporary.data, path) == 0;
    if (!ok) {
        file_error(path, e);
        if (fd >= 0)
            unlink(temporary.data);
    }
    text_done(&temporary);
    return ok;
}

/* Into what is there already: a device, a pipe, a file with several names. */
static bool write_into(const char *path, int flags, const char *bytes, size_t length, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0666);
    bool ok = fd >= 0 && output_write_all(fd, bytes, length);
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    return ok || file_error(path, e);
}

/* A link is followed to what it names; only a plain file of one name is replaced. */
static bool write_file(const char *path, const char *bytes, size_t length, struct err *e)
{
    struct stat info;
    if (stat(path, &info) == 0 && (!S_ISREG(info.st_mode) || info.st_nlink > 1))
        return write_into(path, S_ISREG(info.st_mode) ? O_TRUNC : 0, bytes, length, e);
    char *real = realpath(path, NULL); /* NULL: there is no such file yet */
    if (real == NULL && lstat(path, &info) == 0 && S_ISLNK(info.st_mode))
        return write_into(path, O_CREAT | O_TRUNC, bytes, length, e);
    bool ok = replace_file(real ? real : path, bytes, length, e);
    free(real);
    return ok;
}

static bool write_pipe(const char *command, const char *bytes, size_t length, struct err *e)
{
    fflush(stdout);
    FILE *p = popen(command, "w");
    if (p == NULL)
        return err_set(e, ERR_FILE, "cannot run the shell: %s", strerror(errno));
    fwrite(bytes, 1, length, p); /* a command may stop reading early: no error */
    int status = pclose(p);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return err_set(e, ERR_FILE, "the shell knows no such command: %s", command);
    return true;
}

bool output_redirect(const struct statement *s, const char *bytes, size_t length, struct err *e)
{
    if (s->redirect == REDIRECT_PIPE)
        return write_pipe(s->target, bytes, length, e);
    return s->redirect == REDIRECT_APPEND
               ? write_into(s->target, O_APPEND | O_CREAT, bytes, length, e)
               : write_file(s->target, bytes, length, e);
}
