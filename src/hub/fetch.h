/* A whole model, from the hub into the cache. */
#ifndef BILENS_HUB_FETCH_H
#define BILENS_HUB_FETCH_H

#include <stdbool.h>

#include "repo.h"
#include "settings.h"

struct err;

/* Brings what is missing of the model at a revision: a branch, a tag, or a commit. The cache
 * says which commit the repository's own revision stands for only once all of it is here, so
 * that whoever works offline finds a whole model or none. commit: what the revision stands for.
 * An error never shows the token. */
bool fetch_model(struct hub_settings *s, const struct hub_repo *r, const char *revision,
                 char commit[REPO_COMMIT_LENGTH + 1], struct err *e);

#endif
