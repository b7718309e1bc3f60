/* Files that are not what their names say, and weights in formats that bilens does not read: named
 * by their first bytes, with what would work instead. */
#ifndef BILENS_FORMATS_OTHER_FORMATS_H
#define BILENS_FORMATS_OTHER_FORMATS_H

#include <stdbool.h>

struct err;

/* Is it a file of a known other format? Then the error says so. */
bool foreign_refuse_file(const char *path, struct err *e);
/* Does it only stand for a file: a Git-LFS pointer, a link stored as text, a web page, nothing at
 * all? The same. */
bool foreign_refuse_stub(const char *path, struct err *e);
/* Does a folder without safetensors hold weights of another format? The same. */
bool foreign_refuse_folder(const char *path, struct err *e);

/* Is it a name that such files have (.bin, .gguf, ...)? */
bool foreign_name(const char *name);

#endif
