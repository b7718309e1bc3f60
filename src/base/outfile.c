/* realpath is an X/Open extension of POSIX. */
#define _XOPEN_SOURCE 700
#include "bilens/base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"

struct outfile {
    char *path;           /* as it was asked for, for messages */
    char *target;         /* what the temporary file will replace: links followed */
    char *temporary;      /* NULL: written in place */
    int fd;               /* -1: closed */
    struct outfile *next; /* of those that have a temporary file */
};

/* Those that have a temporary file: it must not outlive the program. */
static struct {
    pthread_mutex_t lock;
    struct outfile *first;
} begun = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Under the lock, so that a file that is there is known. */
static bool create_temporary(struct outfile *f)
{
    pthread_mutex_lock(&begun.lock);
    f->fd = open(f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (f->fd >= 0) {
        f->next = begun.first;
        begun.first = f;
    }
    pthread_mutex_unlock(&begun.lock);
    return f->fd >= 0;
}

/* The temporary file is gone, or has its name. */
static void forget_temporary(struct outfile *f)
{
    pthread_mutex_lock(&begun.lock);
    struct outfile **at = &begun.first;
    while (*at != NULL && *at != f)
        at = &(*at)->next;
    if (*at != NULL)
        *at = f->next;
    pthread_mutex_unlock(&begun.lock);
    mem_free(f->temporary);
    f->temporary = NULL;
}

void outfile_remove_begun(void)
{
    pthread_mutex_lock(&begun.lock);
    for (const struct outfile *f = begun.first; f != NULL; f = f->next)
        unlink(f->temporary);
    begun.first = NULL;
    pthread_mutex_unlock(&begun.lock);
}

static bool refuse(const char *path, struct err *e)
{
    return err_set(e, ERR_FILE, "cannot write %s: %s", path, strerror(errno));
}

bool outfile_write_all(int fd, const void *data, size_t length)
{
    const char *bytes = data;
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno != EINTR)
            return false;
        bytes += n > 0 ? n : 0;
        length -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* A name that nobody has: six letters of the clock; O_EXCL sees to it that it is nobody's. */
static char *temporary_name(const char *target)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    struct timespec now;
    struct text name = TEXT_EMPTY;
    clock_gettime(CLOCK_REALTIME, &now);
    unsigned long long seed = (unsigned long long)now.tv_sec * 1000000007ULL +
                              (unsigned long long)now.tv_nsec + (unsigned long long)getpid();
    text_printf(&name, "%s.", target);
    for (int i = 0; i < 6; i++, seed /= sizeof letters - 1)
        text_add_char(&name, letters[seed % (sizeof letters - 1)]);
    return text_take(&name);
}

/* Opened by open(), so that the umask counts; an existing file's permissions are kept. */
static bool open_beside(struct outfile *f, struct err *e)
{
    enum { ATTEMPTS = 100 };
    struct stat info;
    bool exists = stat(f->target, &info) == 0;
    for (int i = 0; i < ATTEMPTS && f->fd < 0; i++) {
        mem_free(f->temporary);
        f->temporary = temporary_name(f->target);
        if (!create_temporary(f) && errno != EEXIST)
            break;
    }
    if (f->fd >= 0 && (!exists || fchmod(f->fd, info.st_mode & 07777) == 0))
        return true;
    refuse(f->path, e);
    if (f->fd < 0) { /* the name is not ours to remove */
        mem_free(f->temporary);
        f->temporary = NULL;
    }
    return false;
}

static bool open_in_place(struct outfile *f, int flags, struct err *e)
{
    f->fd = open(f->path, O_WRONLY | O_CLOEXEC | flags, 0666);
    return f->fd >= 0 || refuse(f->path, e);
}

/* Only a plain file of one name is replaced. */
static bool open_either(struct outfile *f, struct err *e)
{
    struct stat info;
    if (stat(f->path, &info) == 0 && (!S_ISREG(info.st_mode) || info.st_nlink > 1))
        return open_in_place(f, S_ISREG(info.st_mode) ? O_TRUNC : 0, e);
    char *real = realpath(f->path, NULL); /* NULL: there is no such file yet */
    if (real == NULL && lstat(f->path, &info) == 0 && S_ISLNK(info.st_mode))
        return open_in_place(f, O_CREAT | O_TRUNC, e);
    f->target = mem_strdup(real != NULL ? real : f->path);
    free(real);
    return open_beside(f, e);
}

struct outfile *outfile_open(const char *path, struct err *e)
{
    struct outfile *f = mem_new(1, sizeof *f);
    f->fd = -1;
    f->path = mem_strdup(path);
    if (open_either(f, e))
        return f;
    outfile_free(f);
    return NULL;
}

bool outfile_write(struct outfile *f, const void *bytes, size_t length, struct err *e)
{
    return outfile_write_all(f->fd, bytes, length) || refuse(f->path, e);
}

bool outfile_finish(struct outfile *f, struct err *e)
{
    int fd = f->fd;
    f->fd = -1;
    return fd < 0 || close(fd) == 0 || refuse(f->path, e);
}

bool outfile_commit(struct outfile *f, struct err *e)
{
    if (f->temporary == NULL)
        return true;
    if (rename(f->temporary, f->target) != 0)
        return refuse(f->path, e);
    forget_temporary(f);
    return true;
}

void outfile_free(struct outfile *f)
{
    if (f == NULL)
        return;
    if (f->fd >= 0)
        close(f->fd);
    if (f->temporary != NULL)
        unlink(f->temporary);
    forget_temporary(f);
    mem_free(f->target);
    mem_free(f->path);
    mem_free(f);
}

const char *outfile_path(const struct outfile *f)
{
    return f->path;
}

const char *outfile_temporary(const struct outfile *f)
{
    return f->temporary;
}

bool outfile_append(const char *path, const void *bytes, size_t length, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_APPEND | O_CREAT, 0666);
    bool ok = fd >= 0 && outfile_write_all(fd, bytes, length);
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    return ok || refuse(path, e);
}
