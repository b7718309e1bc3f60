/* Folders of the cache, given by their paths. */
#ifndef BILENS_HUB_CACHE_FOLDER_H
#define BILENS_HUB_CACHE_FOLDER_H

#include <stdbool.h>

#include "bilens/hub/hub.h"

/* A folder "models--owner--name" means the snapshot that "main" stands for, or its only one: out
 * gets path and name. False, with the error set, where it has none to choose, and for a folder of
 * many models. True with nothing in out for any other folder. */
bool cache_folder_find(const char *path, struct hub_found *out, struct err *e);

#endif
