/* model.safetensors.index.json: which tensor lies in which of a checkpoint's files. */
#ifndef BILENS_FORMATS_SHARD_INDEX_H
#define BILENS_FORMATS_SHARD_INDEX_H

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

/* "model-00002-of-00005.safetensors", the last part of a path: one of several files by its name. */
struct shard_name {
    size_t count;        /* 5 */
    size_t stem, digits; /* where "00002" begins in the path, and how many digits it has */
};
bool shard_name_read(const char *path, struct shard_name *out);
/* The path of the one with a number from 1 on (mem_free). */
char *shard_name_path(const char *path, const struct shard_name *name, size_t number);

#endif
