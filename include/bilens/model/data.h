/* Where what comes with the program lies: models and examples. */
#ifndef BILENS_MODEL_DATA_H
#define BILENS_MODEL_DATA_H

#include <stdbool.h>

/* Calls visit with every place where "models" or "examples" may lie, nearest first, until it
 * returns false: beside the program itself (so that a tree that was moved, and one that was
 * only built, find their own), then where it was installed. Returns what the last visit did. */
bool data_visit(const char *kind, bool (*visit)(const char *place, void *context), void *context);

/* The path of an existing file of that kind and name, which the caller owns; NULL if none. */
char *data_find(const char *kind, const char *name);

#endif
