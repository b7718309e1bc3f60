/* A file that is written whole or not at all: into a temporary file beside it, which takes its
 * name when everything went well. A link is followed to what it names, and permissions stay.
 * What cannot be replaced (a device, a pipe, a file with several names) is written in place. */
#ifndef BILENS_BASE_OUTFILE_H
#define BILENS_BASE_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct outfile;

/* All of these say ERR_FILE, with the path and the system's reason. */
struct outfile *outfile_open(const char *path, struct err *e);
bool outfile_write(struct outfile *f, const void *bytes, size_t length, struct err *e);
/* Everything was written: closes the file, so that what can fail has failed before the commit. */
bool outfile_finish(struct outfile *f, struct err *e);
/* After outfile_finish: the file has its name from now on. */
bool outfile_commit(struct outfile *f, struct err *e);
/* Drops what was not committed: nothing is left behind. NULL is fine. */
void outfile_free(struct outfile *f);
/* For the end of the program: removes the temporary files of all that were begun and not committed.
 * Allocates nothing. */
void outfile_remove_begun(void);

/* The path that was asked for; the temporary file's, or NULL where it is written in place. */
const char *outfile_path(const struct outfile *f);
const char *outfile_temporary(const struct outfile *f);

/* Adds to a file that may be there already; nothing but what fails in the middle is lost. */
bool outfile_append(const char *path, const void *bytes, size_t length, struct err *e);

/* All of it, whatever signals come. errno tells why not. */
bool outfile_write_all(int fd, const void *bytes, size_t length);

#endif
