/* model.safetensors.index.json: which tensor lies in which of a checkpoint's files. */
#ifndef BILENS_MODEL_SHARD_INDEX_H
#define BILENS_MODEL_SHARD_INDEX_H

#include <stdbool.h>
#include <stddef.h>

struct err;

struct shard_entry {
    const char *tensor; /* as the index spells it; it may hold anything but NUL */
    const char *file;   /* a relative path that stays within its folder */
};

struct shard_index {
    char *path, *bytes;          /* names live in bytes */
    struct shard_entry *entries; /* sorted by tensor */
    size_t count, capacity;
    const char **files; /* each file once, sorted; borrowed */
    size_t file_count;
};

/* The error names the file and the rule that was broken; out is to be released either way. */
bool shard_index_read(const char *path, struct shard_index *out, struct err *e);
void shard_index_done(struct shard_index *x);

#endif
