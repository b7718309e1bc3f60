/* A checkpoint's tensors, whether they lie in one .safetensors file or in several, the shards
 * that a model.safetensors.index.json names. */
#ifndef BILENS_FORMATS_CHECKPOINT_H
#define BILENS_FORMATS_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/formats/safetensors.h"

struct err;
struct checkpoint;

enum { CHECKPOINT_MOST_SHARDS = 1000, CHECKPOINT_HASH_SIZE = 32 };

/* A tensor and the file it lies in. */
struct checkpoint_tensor {
    struct safetensors *file;
    const struct tensor *tensor;
};

/* One .safetensors file, or an index (a name that ends in .json) with its shards beside it. NULL
 * on failure; the error names the file, the tensor and the rule that was broken. */
struct checkpoint *checkpoint_open(const char *path, struct err *e);
/* False where one of its files is not what it was when it was opened (see mapping_check). */
bool checkpoint_check(const struct checkpoint *c, struct err *e);
void checkpoint_free(struct checkpoint *c); /* NULL is fine */

/* What was opened: the file, or the index. */
const char *checkpoint_path(const struct checkpoint *c);
size_t checkpoint_shards(const struct checkpoint *c);

size_t checkpoint_count(const struct checkpoint *c);
/* In the order of their names, bytewise. Borrowed. */
const struct checkpoint_tensor *checkpoint_get(const struct checkpoint *c, size_t index);
/* NULL where there is none of that name. Borrowed. */
const struct checkpoint_tensor *checkpoint_find(const struct checkpoint *c, const char *name);
/* The place of a tensor that checkpoint_get or checkpoint_find gave. */
size_t checkpoint_index(const struct checkpoint *c, const struct checkpoint_tensor *t);

/* 12 hex digits of XXH3-64 of the file, of the shards' hashes; where they are too large to be
 * read for that, "sampled-" and 12 digits of their sizes, headers and evenly spaced pages. */
bool checkpoint_hash(const struct checkpoint *c, char out[CHECKPOINT_HASH_SIZE], struct err *e);

#endif
