/* `output FILE`: a file that takes the answers of many statements, each of them whole. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/outfile.h"
#include "output.h"
#include "pager.h"
#include "session.h"

struct output_log {
    int fd;
    char *path;
    bool answered; /* does it hold an answer? */
};

static void log_free(struct output_log *log)
{
    if (log == NULL)
        return;
    if (log->fd >= 0)
        close(log->fd);
    mem_free(log->path);
    mem_free(log);
}

/* Nothing of what is there is lost yet: only output_settle empties the file. */
static struct output_log *log_open(const char *path, struct err *e)
{
    struct output_log *log = mem_new(1, sizeof *log);
    log->path = mem_strdup(path);
    log->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (log->fd >= 0)
        return log;
    err_set(e, ERR_FILE, "cannot write %s: %s", path, strerror(errno));
    log_free(log);
    return NULL;
}

/* Writes at the end; of what cannot be written whole, nothing stays. */
static bool log_write(struct output_log *log, const char *bytes, size_t length, struct err *e)
{
    struct stat info;
    bool plain = fstat(log->fd, &info) == 0 && S_ISREG(info.st_mode);
    if (outfile_write_all(log->fd, bytes, length))
        return true;
    err_set(e, ERR_FILE, "cannot write %s: %s", log->path, strerror(errno));
    if (plain && ftruncate(log->fd, info.st_size) != 0)
        err_append(e, "; it ends in a part of this answer");
    return false;
}

bool output_ask(struct session *s, const char *path, struct err *e)
{
    struct output_log *log = NULL;
    if (path != NULL && !present_can_name(path, e))
        return false;
    if (path != NULL && present_is_figure(path))
        return err_set(e, ERR_ARGUMENT,
                       "an SVG file holds one figure: end the statement that draws it with > %s",
                       path);
    /* Outside the lock: opening a pipe waits for its reader, and Ctrl-C must not wait for that. */
    if (path != NULL && (log = log_open(path, e)) == NULL)
        return false;
    if (!jobs_enter(&s->jobs, e)) {
        log_free(log);
        return false;
    }
    log_free(s->pending_log);
    s->pending_log = log;
    s->pending_output = true;
    jobs_leave(&s->jobs);
    return true;
}

void output_settle(struct session *s, bool ok)
{
    if (s->pending_output && ok) {
        log_free(s->log);
        s->log = s->pending_log;
        if (s->log != NULL && ftruncate(s->log->fd, 0) != 0)
            errno = 0; /* a device or a pipe has no length */
    } else if (s->pending_output)
        log_free(s->pending_log);
    s->pending_log = NULL;
    s->pending_output = false;
}

void output_end(struct session *s)
{
    output_settle(s, false);
    log_free(s->log);
    s->log = NULL;
}

enum output_format output_format(const struct session *s)
{
    enum output_format format = s->settings.format;
    if (s->log != NULL)
        present_format_of(s->log->path, &format);
    return format;
}

bool output_follows(const struct session *s)
{
    return s->log != NULL ? s->log->answered : s->answered;
}

bool output_aside(struct session *s, const char *bytes, size_t length, struct err *e)
{
    if (s->log == NULL)
        return output_standard(s, bytes, length, e);
    return length == 0 || log_write(s->log, bytes, length, e);
}

bool output_answer(struct session *s, const char *bytes, size_t length, struct err *e)
{
    if (s->log == NULL && pager_show(s, bytes, length)) {
        s->answered = true;
        return true;
    }
    bool ok = output_aside(s, bytes, length, e);
    bool *answered = s->log != NULL ? &s->log->answered : &s->answered;
    *answered = *answered || length > 0;
    return ok;
}
