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
#include "bilens/session/session.h"

void output_complain(const char *message)
{
    fprintf(stderr, "bilens: %s\n", message);
}

bool output_write(struct session *s, const char *bytes, size_t length)
{
    if (length == 0 || (fwrite(bytes, 1, length, stdout) == length && fflush(stdout) == 0))
        return true;
    if (errno != EPIPE)
        fprintf(stderr, "bilens: cannot write: %s\n", strerror(errno));
    s->ended = s->failed = true;
    return false;
}

static bool write_all(int fd, const char *bytes, size_t length)
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

/* Permissions that a new file gets: what the umask leaves of 0666. */
static mode_t new_file_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* To a temporary file beside it, then renamed: whole or absent. */
static bool write_file(const char *path, const char *bytes, size_t length, struct err *e)
{
    struct text temporary = TEXT_EMPTY;
    text_printf(&temporary, "%s.XXXXXX", path);
    if (temporary.failed)
        return err_memory(e);
    int fd = mkstemp(temporary.data);
    bool ok = fd >= 0 && write_all(fd, bytes, length) && fchmod(fd, new_file_mode()) == 0;
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

static bool append_file(const char *path, const char *bytes, size_t length, struct err *e)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    bool ok = fd >= 0 && write_all(fd, bytes, length);
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    return ok || file_error(path, e);
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
    return s->redirect == REDIRECT_APPEND ? append_file(s->target, bytes, length, e)
                                          : write_file(s->target, bytes, length, e);
}
