#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/outfile.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "cache.h"

enum { NO_LOCKS = -2, TRIES_MOST = 64 };

bool store_refuse(const char *path, struct err *e)
{
    int reason = errno;
    err_set(e, ERR_FILE, "cannot write %s: %s", path, strerror(reason));
    if (reason == EROFS || reason == EACCES || reason == EPERM || reason == ENOSPC)
        err_append(e, " (HF_HUB_CACHE names another cache)");
    return false;
}

bool store_make_parents(const char *path, struct err *e)
{
    char *copy = mem_strdup(path);
    bool ok = true;
    for (char *slash = strchr(copy + 1, '/'); ok && slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
            struct stat info; /* a read-only place answers EROFS even where the folder exists */
            int reason = errno;
            bool there = stat(copy, &info) == 0 && S_ISDIR(info.st_mode);
            errno = reason;
            ok = there || store_refuse(copy, e);
        }
        *slash = '/';
    }
    mem_free(copy);
    return ok;
}

/* Eight digits that two processes hardly choose alike; if they do, O_EXCL tells. */
static unsigned pick_number(unsigned attempt)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t mixed = (uint64_t)t.tv_nsec * 0x9E3779B97F4A7C15u + (uint64_t)t.tv_sec;
    mixed ^= ((uint64_t)getpid() + ((uint64_t)attempt << 32)) * 0xBF58476D1CE4E5B9u;
    return (unsigned)(mixed >> 32);
}

int store_make_new(const char *stem, const char *ending, char **path, struct err *e)
{
    int fd = -1;
    for (unsigned i = 0; fd < 0 && i < TRIES_MOST; i++) {
        struct text t = TEXT_EMPTY;
        text_printf(&t, "%s.%08x%s", stem, pick_number(i), ending);
        *path = text_take(&t);
        fd = open(*path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (fd >= 0)
            break;
        bool taken = errno == EEXIST && i + 1 < TRIES_MOST;
        if (!taken)
            store_refuse(*path, e);
        mem_free(*path);
        *path = NULL;
        if (!taken)
            break;
    }
    return fd;
}

bool store_write(const char *path, const char *text, struct err *e)
{
    char *temporary = NULL;
    if (!store_make_parents(path, e))
        return false;
    int fd = store_make_new(path, ".tmp", &temporary, e);
    if (fd < 0)
        return false;
    bool ok = outfile_write_all(fd, text, strlen(text));
    ok = close(fd) == 0 && ok;
    ok = ok && rename(temporary, path) == 0;
    if (!ok) {
        store_refuse(path, e);
        unlink(temporary);
    }
    mem_free(temporary);
    return ok;
}

bool store_ref(const char *cache, const struct hub_repo *r, const char *commit, struct err *e)
{
    char known[REPO_COMMIT_LENGTH + 1];
    if (cache_commit(cache, r, known) && strcmp(known, commit) == 0)
        return true;
    char *path = cache_path(cache, r, "refs", r->revision, NULL);
    bool ok = store_write(path, commit, e);
    mem_free(path);
    return ok;
}

void store_absence(const char *cache, const struct hub_repo *r, const char *commit,
                   const char *file)
{
    char *path = cache_path(cache, r, ".no_exist", commit, file);
    store_write(path, "", NULL);
    mem_free(path);
}

/* --- Locks --- */

/* Is the file that was locked still the one of that name? Its last user may have removed it. */
static bool is_current(int fd, const char *path)
{
    struct stat held, named;
    return fstat(fd, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino &&
           held.st_dev == named.st_dev;
}

/* Takes the lock, trying ten times a second, so that an interrupt is noticed. */
static int wait_for_lock(int fd, const char *path, struct err *e)
{
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        struct timespec pause = {.tv_nsec = 100000000};
        if (errno == ENOSYS || errno == EOPNOTSUPP || errno == ENOLCK) {
            close(fd);
            return NO_LOCKS;
        }
        if (errno != EWOULDBLOCK && errno != EINTR) {
            store_refuse(path, e);
            close(fd);
            return -1;
        }
        task_step("waiting for another download of this file", 0, 0);
        if (!task_go_on(e)) {
            close(fd);
            return -1;
        }
        nanosleep(&pause, NULL);
    }
    return fd;
}

int store_lock(const char *cache, const struct hub_repo *r, const char *etag, struct err *e)
{
    struct text t = TEXT_EMPTY;
    text_printf(&t, "%s/.locks/%s/%s.lock", cache, r->folder, etag);
    char *path = text_take(&t);
    int fd = -1;
    if (store_make_parents(path, e)) {
        do {
            if (fd >= 0)
                close(fd);
            fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0664);
            if (fd < 0)
                store_refuse(path, e);
            else
                fd = wait_for_lock(fd, path, e);
        } while (fd >= 0 && !is_current(fd, path));
    }
    mem_free(path);
    return fd;
}

/* --- Links --- */

/* "../../blobs/ETAG" from snapshots/COMMIT, one step more for each folder in file. */
static char *link_target(const char *file, const char *etag)
{
    struct text t = TEXT_EMPTY;
    for (const char *c = file; *c != '\0'; c++)
        if (*c == '/')
            text_add(&t, "../");
    text_printf(&t, "../../blobs/%s", etag);
    return text_take(&t);
}

/* A link takes the place of what has its name, a link to another blob perhaps. Where there are
 * no links, the blob itself goes there. */
static bool place_link(const char *target, const char *path, const char *blob)
{
    struct text t = TEXT_EMPTY;
    if (symlink(target, path) == 0)
        return true;
    if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS)
        return rename(blob, path) == 0;
    if (errno != EEXIST)
        return false;
    text_printf(&t, "%s.%08x.tmp", path, pick_number(0));
    bool ok = symlink(target, text_get(&t)) == 0;
    if (ok && rename(text_get(&t), path) != 0) {
        ok = false;
        unlink(text_get(&t));
    }
    text_done(&t);
    return ok;
}

bool store_link(const char *cache, const struct hub_repo *r, const char *commit, const char *file,
                const char *etag, struct err *e)
{
    char *path = cache_path(cache, r, "snapshots", commit, file);
    char *blob = cache_path(cache, r, "blobs", etag, NULL), *target = link_target(file, etag);
    bool ok =
        store_make_parents(path, e) && (place_link(target, path, blob) || store_refuse(path, e));
    mem_free(path);
    mem_free(blob);
    mem_free(target);
    return ok;
}

/* --- Room --- */

bool store_check_room(const char *cache, uint64_t bytes, struct err *e)
{
    struct statvfs info;
    if (statvfs(cache, &info) != 0)
        return true; /* what is not known is found out by writing */
    uint64_t room = (uint64_t)info.f_bavail * info.f_frsize;
    return room >= bytes ||
           err_set(e, ERR_FILE,
                   "no room for %.4g MB in the cache %s: its disk has %.4g MB free (HF_HUB_CACHE "
                   "names another cache)",
                   (double)bytes / 1e6, cache, (double)room / 1e6);
}
