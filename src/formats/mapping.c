#include "bilens/formats/mapping.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <threads.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/formats/file.h"

struct mapping {
    atomic_size_t refs;
    int fd;
    size_t size;
    struct stat opened;   /* as it was then */
    unsigned char *bytes; /* NULL for an empty file */
    char *path;
};

/* --- The guard against SIGBUS --- */

struct guard {
    sigjmp_buf back;
    const unsigned char *begin, *end;
};

/* State that cannot be avoided: a signal handler belongs to the process and gets
 * no context. The guard is per thread, the rest is written once. */
static _Thread_local struct guard *volatile guard_current;
static struct sigaction guard_earlier;
static once_flag guard_once = ONCE_FLAG_INIT;

/* A fault that is not ours goes where it would have gone without us. */
static void guard_pass_on(int signal_number, siginfo_t *info, void *context)
{
    if ((guard_earlier.sa_flags & SA_SIGINFO) != 0) {
        guard_earlier.sa_sigaction(signal_number, info, context);
    } else if (guard_earlier.sa_handler != SIG_DFL && guard_earlier.sa_handler != SIG_IGN) {
        guard_earlier.sa_handler(signal_number);
    } else {
        /* Blocked until we return, then it takes its default course. */
        sigaction(signal_number, &guard_earlier, NULL);
        raise(signal_number);
    }
}

static void guard_on_signal(int signal_number, siginfo_t *info, void *context)
{
    struct guard *guard = guard_current;
    const unsigned char *at = info->si_addr;

    if (guard != NULL && at >= guard->begin && at < guard->end)
        siglongjmp(guard->back, 1);
    guard_pass_on(signal_number, info, context);
}

static void guard_install(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_sigaction = guard_on_signal;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &guard_earlier);
}

static bool guard_run(const struct mapping *m, size_t offset, size_t length,
                      void (*visit)(const unsigned char *, size_t, void *), void *context)
{
    struct guard *outer = guard_current;
    struct guard guard;

    guard.begin = m->bytes;
    guard.end = m->bytes + m->size;
    if (sigsetjmp(guard.back, 1) != 0) {
        guard_current = outer;
        return false;
    }
    guard_current = &guard;
    visit(m->bytes + offset, length, context);
    guard_current = outer;
    return true;
}

/* --- Mappings --- */

static void mapping_free(struct mapping *m)
{
    if (m->bytes != NULL)
        munmap(m->bytes, m->size);
    if (m->fd >= 0)
        close(m->fd);
    mem_free(m->path);
    mem_free(m);
}

static bool mapping_start(struct mapping *m, const char *path, struct err *e)
{
    m->path = mem_strdup(path);
    m->fd = file_open(path, &m->size, e);
    if (m->fd < 0)
        return false;
    if (fstat(m->fd, &m->opened) != 0)
        return err_set(e, ERR_FILE, "%s: %s", path, strerror(errno));
    if (m->size > 0) {
        void *bytes = mmap(NULL, m->size, PROT_READ, MAP_PRIVATE, m->fd, 0);
        if (bytes == MAP_FAILED)
            return err_set(e, ERR_FILE, "%s: cannot be mapped: %s", path, strerror(errno));
        m->bytes = bytes;
    }
    return true;
}

struct mapping *mapping_open(const char *path, struct err *e)
{
    struct mapping *m = mem_new(1, sizeof *m);

    call_once(&guard_once, guard_install);
    atomic_init(&m->refs, 1);
    m->fd = -1;
    if (!mapping_start(m, path, e)) {
        mapping_free(m);
        return NULL;
    }
    return m;
}

void mapping_unref(struct mapping *m)
{
    if (m != NULL && atomic_fetch_sub(&m->refs, 1) == 1)
        mapping_free(m);
}

size_t mapping_size(const struct mapping *m)
{
    return m->size;
}

const char *mapping_path(const struct mapping *m)
{
    return m->path;
}

bool mapping_copy(const struct mapping *m, size_t offset, void *out, size_t length, struct err *e)
{
    return file_read_at(m->fd, m->path, offset, out, length, e);
}

static bool mapping_shrank(const struct mapping *m, struct err *e)
{
    return err_set(e, ERR_FILE,
                   "%s: the file became shorter than the %zu bytes it had when it was opened; "
                   "load it again",
                   m->path, m->size);
}

static bool mapping_changed(const struct mapping *m, struct err *e)
{
    return err_set(e, ERR_FILE, "%s: the file changed since it was read; load it again", m->path);
}

static bool is_as_opened(const struct mapping *m, const struct stat *now)
{
    const struct timespec *then = &m->opened.st_mtim;

    return now->st_size == m->opened.st_size && now->st_mtim.tv_sec == then->tv_sec &&
           now->st_mtim.tv_nsec == then->tv_nsec;
}

bool mapping_check(const struct mapping *m, struct err *e)
{
    struct stat now;

    if (fstat(m->fd, &now) != 0 || (size_t)now.st_size < m->size)
        return mapping_shrank(m, e);
    if (!is_as_opened(m, &now))
        return mapping_changed(m, e);
    if (stat(m->path, &now) == 0 &&
        (now.st_ino != m->opened.st_ino || now.st_dev != m->opened.st_dev))
        return mapping_changed(m, e);
    return true;
}

bool mapping_visit(const struct mapping *m, size_t offset, size_t length,
                   void (*visit)(const unsigned char *bytes, size_t length, void *context),
                   void *context, struct err *e)
{
    struct stat status;

    if (length == 0)
        return true;
    if (offset > m->size || length > m->size - offset)
        return err_set(e, ERR_FILE, "%s: bytes beyond the end of the file", m->path);
    if (!guard_run(m, offset, length, visit, context))
        return mapping_shrank(m, e);
    /* The guard alone would not do: past the new end, the rest of the last page reads as zeros.
     * After the visit, so that a change in the middle of it is seen. */
    if (fstat(m->fd, &status) != 0 || (size_t)status.st_size < offset + length)
        return mapping_shrank(m, e);
    if (!is_as_opened(m, &status))
        return mapping_changed(m, e);
    return true;
}
