/* A file mapped into memory, for reading. A page of it may vanish at any moment,
 * when someone truncates the file; reading it then raises SIGBUS. So nobody gets a
 * pointer into it: they pass a function, which runs guarded. */
#ifndef BILENS_FORMATS_MAPPING_H
#define BILENS_FORMATS_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct mapping;

/* One reference, the caller's. NULL on failure. */
struct mapping *mapping_open(const char *path, struct err *e);
void mapping_unref(struct mapping *m);

/* As of the opening. */
size_t mapping_size(const struct mapping *m);
const char *mapping_path(const struct mapping *m);

/* False where the file was written to since it was opened, or another one has taken its path: what
 * was read of it and what will be are not the same any more. A path that is gone does no harm. */
bool mapping_check(const struct mapping *m, struct err *e);

/* Copies with read(2), for small parts. */
bool mapping_copy(const struct mapping *m, size_t offset, void *out, size_t length, struct err *e);

/* Calls visit on bytes [offset, offset + length). It must neither allocate nor
 * lock, because it may be left in its middle. False where the bytes are no longer
 * those of the opening; what visit wrote by then is worthless. */
bool mapping_visit(const struct mapping *m, size_t offset, size_t length,
                   void (*visit)(const unsigned char *bytes, size_t length, void *context),
                   void *context, struct err *e);

#endif
