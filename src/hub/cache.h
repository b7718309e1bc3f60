/* The layout of the cache, read only:
 *     CACHE/models--owner--name/refs/REVISION            the commit it stands for
 *                              /snapshots/COMMIT/FILE    a link to ../../blobs/ETAG
 *                              /.no_exist/COMMIT/FILE    known not to be there
 */
#ifndef BILENS_HUB_CACHE_H
#define BILENS_HUB_CACHE_H

#include <stdbool.h>

#include "bilens/formats/shard_index.h"
#include "repo.h"

struct err;

/* CACHE/FOLDER/A/B/C, up to the first NULL (mem_free). */
char *cache_path(const char *cache, const struct hub_repo *r, const char *a, const char *b,
                 const char *c);

/* The commit that the repository's revision stands for; false where the cache knows none. */
bool cache_commit(const char *cache, const struct hub_repo *r, char commit[REPO_COMMIT_LENGTH + 1]);

/* What the cache knows of one file of a commit. */
enum cached { CACHED_NOT, CACHED_HERE, CACHED_ABSENT /* the commit has no such file */ };
enum cached cache_file(const char *cache, const struct hub_repo *r, const char *commit,
                       const char *file);

/* What of a model is here. A model is its config.json and its weights: model.safetensors, or
 * model.safetensors.index.json and every file that this names. */
struct cached_model {
    bool config, weights;  /* all of it is here */
    enum cached tokenizer; /* of tokenizer.json, without which a model can still be read */
    char missing[160];     /* the name of a file that is not here; raw, from an index perhaps */
};
void cache_model(const char *cache, const struct hub_repo *r, const char *commit,
                 struct cached_model *out);

/* An index of shards; its files have names that stay below the folder they are joined to. On
 * failure nothing is left to release. */
bool shards_read(const char *path, struct shard_index *out, struct err *e);

extern const char config_file[], weights_file[], index_file[], tokenizer_file[];

#endif
