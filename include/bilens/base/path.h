/* Paths as people write them. */
#ifndef BILENS_BASE_PATH_H
#define BILENS_BASE_PATH_H

#include <stdbool.h>

/* A copy (mem_free) with "~" or "~user" at its beginning as that home
 * folder: $HOME, or what the system says. With variables, $NAME and ${NAME} become their values,
 * too. What is unknown stays as it is, as Python's expanduser and expandvars leave it. */
char *path_expand(const char *path, bool variables);

#endif
