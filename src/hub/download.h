/* One file of a repository, from the hub into the cache. */
#ifndef BILENS_HUB_DOWNLOAD_H
#define BILENS_HUB_DOWNLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "client.h"

/* How far the whole model is, for whoever watches: bytes. */
struct download_progress {
    uint64_t done, total;
};

/* How many of the blob's bytes are still to be brought; 0 where its size is not known. */
uint64_t download_lacking(const char *cache, const struct hub_repo *r, const struct hub_file *f);

/* Brings the blob that f describes, unless it is here, and links it as file of f's commit.
 * Goes on with what an earlier download left; what is of the wrong size or has another
 * checksum than the hub says never gets a final name. */
bool download_file(struct client *c, const struct hub_repo *r, const char *file,
                   const struct hub_file *f, struct download_progress *progress, struct err *e);

#endif
