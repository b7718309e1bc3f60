/* Weights in formats that bilens does not read: said by name, with what to do instead. */
#ifndef BILENS_MODEL_FOREIGN_H
#define BILENS_MODEL_FOREIGN_H

#include <stdbool.h>

struct err;

/* Is it a file of a known other format, by its first bytes? Then the error says so. */
bool foreign_refuse_file(const char *path, struct err *e);
/* Does a folder without safetensors hold one, by name? The same. */
bool foreign_refuse_folder(const char *path, struct err *e);

/* Is it a name that such files have (.bin, .gguf, ...)? */
bool foreign_name(const char *name);

#endif
