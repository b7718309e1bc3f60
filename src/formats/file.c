#include "bilens/formats/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"

int file_open(const char *path, size_t *size, struct err *e)
{
    /* O_NONBLOCK: opening a named pipe must not wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat status;

    if (fd < 0 || fstat(fd, &status) != 0) {
        err_set(e, ERR_FILE, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    if (!S_ISREG(status.st_mode)) {
        err_set(e, ERR_FILE, "%s: %s", path,
                S_ISDIR(status.st_mode) ? "is a directory, not a file" : "is not a regular file");
        close(fd);
        return -1;
    }
    *size = (size_t)status.st_size;
    return fd;
}

bool file_read_at(int fd, const char *path, size_t offset, void *out, size_t length, struct err *e)
{
    char *to = out;

    while (length > 0) {
        ssize_t got = pread(fd, to, length, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(e, ERR_FILE, "%s: %s", path, strerror(errno));
        if (got == 0)
            return err_set(e, ERR_FILE, "%s: the file became shorter while it was read", path);
        to += got;
        offset += (size_t)got;
        length -= (size_t)got;
    }
    return true;
}

char *file_read(const char *path, size_t most, size_t *length, struct err *e)
{
    size_t size;
    int fd = file_open(path, &size, e);
    char *bytes = NULL;

    if (fd < 0)
        return NULL;
    if (size > most)
        err_set(e, ERR_FORMAT, "%s: has %zu bytes; more than %zu are not read", path, size, most);
    else if ((bytes = mem_try_alloc(size + 1)) == NULL)
        err_memory(e);
    else if (!file_read_at(fd, path, 0, bytes, size, e)) {
        mem_free(bytes);
        bytes = NULL;
    }
    close(fd);
    if (bytes != NULL) {
        bytes[size] = '\0';
        *length = size;
    }
    return bytes;
}

char *file_join(const char *directory, const char *name)
{
    struct text joined = TEXT_EMPTY;
    size_t length = strlen(directory);

    text_add(&joined, directory);
    if (length > 0 && directory[length - 1] != '/')
        text_add_char(&joined, '/');
    text_add(&joined, name);
    return text_take(&joined);
}

bool file_is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool file_exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

const char *file_barrier(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0 || errno == ENOENT || errno == ENOTDIR)
        return NULL;
    return strerror(errno);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct file_names file_names(const char *folder)
{
    struct file_names n = {.count = 0};
    DIR *directory = opendir(folder);

    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        n.names = mem_resize(n.names, n.count + 1, sizeof *n.names);
        n.names[n.count++] = mem_strdup(entry->d_name);
    }
    if (directory != NULL)
        closedir(directory);
    if (n.count > 0)
        qsort(n.names, n.count, sizeof *n.names, compare_names);
    return n;
}

void file_names_done(struct file_names *n)
{
    for (size_t i = 0; i < n->count; i++)
        mem_free(n->names[i]);
    mem_free(n->names);
}

uint64_t file_sizes(const char *folder)
{
    struct file_names n = file_names(folder);
    struct stat status;
    uint64_t sum = 0;

    for (size_t i = 0; i < n.count; i++) {
        char *path = file_join(folder, n.names[i]);
        if (stat(path, &status) == 0 && S_ISREG(status.st_mode))
            sum += (uint64_t)status.st_size;
        mem_free(path);
    }
    file_names_done(&n);
    return sum;
}

static char *copy_last_part(const char *path)
{
    size_t end = strlen(path);
    size_t start;

    while (end > 1 && path[end - 1] == '/')
        end--;
    start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    return mem_strndup(path + start, end - start);
}

char *file_last_part(const char *path)
{
    char working[4096];
    char *part = copy_last_part(path);

    if (strcmp(part, ".") == 0 && getcwd(working, sizeof working) != NULL) {
        mem_free(part);
        part = copy_last_part(working);
    }
    return part;
}
