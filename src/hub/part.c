/* Files that are still being downloaded. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/formats/file.h"
#include "store.h"

static const char ending[] = ".incomplete";

/* Is this the start of that blob: ETAG.incomplete, or ETAG.SOMETHING.incomplete? */
static bool is_start(const char *name, const char *etag)
{
    size_t length = strlen(name), stem = strlen(etag), ends = sizeof ending - 1;
    return length >= stem + ends && strncmp(name, etag, stem) == 0 && name[stem] == '.' &&
           strcmp(name + length - ends, ending) == 0;
}

/* Opens a start if it is a plain file of its own, not a link to somewhere else. */
static bool open_start(const char *path, struct store_part *out)
{
    struct stat info;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_nlink != 1 ||
        (out->path != NULL && (uint64_t)info.st_size <= out->size)) {
        close(fd);
        return false;
    }
    if (out->path != NULL)
        close(out->fd);
    out->fd = fd;
    out->size = (uint64_t)info.st_size;
    return true;
}

/* The longest start in the blob's folder. */
static bool find_start(const char *blob, struct store_part *out)
{
    const char *slash = strrchr(blob, '/');
    char *folder = mem_strndup(blob, (size_t)(slash - blob));
    struct file_names n = file_names(folder);
    for (size_t i = 0; i < n.count; i++) {
        if (!is_start(n.names[i], slash + 1))
            continue;
        char *path = file_join(folder, n.names[i]);
        if (open_start(path, out)) {
            mem_free(out->path);
            out->path = path;
        } else {
            mem_free(path);
        }
    }
    file_names_done(&n);
    mem_free(folder);
    return out->path != NULL;
}

uint64_t store_part_peek(const char *blob)
{
    struct store_part part = {.fd = -1};
    uint64_t size = find_start(blob, &part) ? part.size : 0;
    if (part.fd >= 0)
        close(part.fd);
    mem_free(part.path);
    return size;
}

bool store_part_open(const char *blob, bool resume, struct store_part *out, struct err *e)
{
    *out = (struct store_part){.fd = -1};
    if (!store_make_parents(blob, e))
        return false;
    if (resume && find_start(blob, out)) {
        if (lseek(out->fd, 0, SEEK_END) == (off_t)out->size)
            return true;
        store_refuse(out->path, e);
        store_part_close(out, true);
        return false;
    }
    out->fd = store_make_new(blob, ending, &out->path, e);
    return out->fd >= 0;
}

bool store_part_write(struct store_part *p, const void *bytes, size_t length, struct err *e)
{
    const char *from = bytes;
    while (length > 0) {
        ssize_t n = write(p->fd, from, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            p->full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
            return store_refuse(p->path, e);
        }
        from += n;
        length -= (size_t)n;
        p->size += (uint64_t)n;
    }
    return true;
}

bool store_part_restart(struct store_part *p, struct err *e)
{
    if (ftruncate(p->fd, 0) != 0 || lseek(p->fd, 0, SEEK_SET) != 0)
        return store_refuse(p->path, e);
    p->size = 0;
    return true;
}

/* Nobody looks into a blob again to see whether it is right: it must be on the disk before it
 * has its name. */
bool store_part_finish(struct store_part *p, const char *blob, struct err *e)
{
    if (fsync(p->fd) != 0 || rename(p->path, blob) != 0)
        return store_refuse(blob, e);
    mem_free(p->path);
    p->path = NULL;
    return true;
}

void store_part_close(struct store_part *p, bool keep)
{
    if (p->path != NULL && (!keep || p->full || p->size == 0))
        unlink(p->path);
    if (p->fd >= 0)
        close(p->fd);
    mem_free(p->path);
    *p = (struct store_part){.fd = -1};
}
