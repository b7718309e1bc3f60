/* Folders of the cache, given by their paths. */
#ifndef BILENS_HUB_FOLDER_H
#define BILENS_HUB_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/hub/hub.h"

/* Names in a folder, sorted; hidden ones left out. */
struct folder_names {
    char **names;
    size_t count;
};

/* A folder that cannot be read is an empty one. False where memory is short. */
bool folder_read(const char *folder, struct folder_names *out);
void folder_done(struct folder_names *n);

/* A folder "models--owner--name" means the snapshot that "main" stands for, or its only one: out
 * gets path and name. False, with the error set, where it has none to choose, and for a folder of
 * many models. True with nothing in out for any other folder. */
bool folder_find(const char *path, struct hub_found *out, struct err *e);

#endif
