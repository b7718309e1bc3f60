/* Opening and reading files that somebody else wrote. */
#ifndef BILENS_FORMATS_FILE_H
#define BILENS_FORMATS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/* Opens a regular file for reading; the caller closes the descriptor. -1 on
 * failure: a directory, a pipe or a device is refused, without waiting for it. */
int file_open(const char *path, size_t *size, struct err *e);

/* Reads length bytes from offset. False where the file ends before. */
bool file_read_at(int fd, const char *path, size_t offset, void *out, size_t length, struct err *e);

/* The whole file, followed by a NUL that *length does not count (mem_free). A
 * file of more than most bytes is refused. */
char *file_read(const char *path, size_t most, size_t *length, struct err *e);

/* directory/name (mem_free). */
char *file_join(const char *directory, const char *name);

bool file_is_directory(const char *path);
bool file_exists(const char *path);
/* What keeps one from seeing whether there is a file, such as "Permission denied"; NULL if
 * nothing does. */
const char *file_barrier(const char *path);

/* The names in a folder, sorted; hidden ones left out. A folder that cannot be read is empty. */
struct file_names {
    char **names;
    size_t count;
};
struct file_names file_names(const char *folder);
void file_names_done(struct file_names *n);

/* The bytes of the regular files in a folder, links followed; not of those in folders in it, nor
 * of hidden ones. */
uint64_t file_sizes(const char *folder);

/* The part after the last slash, trailing slashes aside; for "." that of the
 * working directory (mem_free). */
char *file_last_part(const char *path);

#endif
