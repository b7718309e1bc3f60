#include "bilens/formats/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/file.h"
#include "bilens/formats/hash.h"
#include "bilens/formats/mapping.h"
#include "bilens/formats/other_formats.h"
#include "bilens/formats/shard_index.h"

struct checkpoint {
    char *path;
    struct safetensors **files;
    size_t file_count;
    struct checkpoint_tensor *tensors; /* of all files, sorted by name */
    size_t count;
};

static int compare_names(const void *a, const void *b)
{
    const struct checkpoint_tensor *left = a, *right = b;
    return tensor_compare_names(left->tensor, right->tensor);
}

/* --- Opening --- */

/* A tensor of a name that two shards have. */
static bool check_names(const struct checkpoint *c, struct err *e)
{
    for (size_t i = 1; i < c->count; i++) {
        const struct checkpoint_tensor *a = &c->tensors[i - 1], *b = &c->tensors[i];
        if (compare_names(a, b) == 0)
            return err_set(e, ERR_FORMAT, "%s: tensor \"%.200s\" is in two shards, %s and %s",
                           c->path, a->tensor->name, safetensors_path(a->file),
                           safetensors_path(b->file));
    }
    return true;
}

static bool list_tensors(struct checkpoint *c, struct err *e)
{
    size_t count = 0;

    for (size_t i = 0; i < c->file_count; i++)
        count += safetensors_count(c->files[i]);
    c->tensors = mem_new(count, sizeof *c->tensors);
    for (size_t i = 0; i < c->file_count; i++) {
        for (size_t j = 0; j < safetensors_count(c->files[i]); j++)
            c->tensors[c->count++] =
                (struct checkpoint_tensor){c->files[i], safetensors_get(c->files[i], j)};
    }
    if (c->count > 0)
        qsort(c->tensors, c->count, sizeof *c->tensors, compare_names);
    return check_names(c, e);
}

/* The path of a file that stands beside the index. */
static char *beside(const char *index, const char *name)
{
    const char *slash = strrchr(index, '/');
    struct text path = TEXT_EMPTY;

    if (slash != NULL)
        text_add_bytes(&path, index, (size_t)(slash - index) + 1);
    text_add(&path, name);
    return text_take(&path);
}

/* The next one of its files. */
static bool open_file(struct checkpoint *c, const char *path, struct err *e)
{
    struct safetensors *file = foreign_refuse_file(path, e) ? NULL : safetensors_open(path, e);

    if (file != NULL)
        c->files[c->file_count++] = file;
    return file != NULL;
}

static bool open_shard(struct checkpoint *c, const struct shard_index *x, size_t i, struct err *e)
{
    char *path = beside(c->path, x->files[i]);

    if (!file_exists(path))
        err_set(e, ERR_FILE, "%s: the shard %.200s is missing (%zu of %zu that the index names)",
                c->path, x->files[i], i + 1, x->file_count);
    else
        open_file(c, path, e);
    mem_free(path);
    return c->file_count == i + 1;
}

static int compare_files(const void *a, const void *b)
{
    return strcmp(a, *(const char *const *)b);
}

/* One of the index's own files. */
static size_t find_file(const struct shard_index *x, const char *file)
{
    const char **found = bsearch(file, x->files, x->file_count, sizeof *x->files, compare_files);
    return (size_t)(found - x->files);
}

/* Every tensor that the index names must be where it says. */
static bool check_map(const struct checkpoint *c, const struct shard_index *x, struct err *e)
{
    for (size_t i = 0; i < x->count; i++) {
        const struct shard_entry *entry = &x->entries[i];
        const struct safetensors *file = c->files[find_file(x, entry->file)];
        if (safetensors_find(file, entry->tensor) == NULL)
            return err_set(
                e, ERR_FORMAT,
                "%s: `weight_map` says that tensor \"%.200s\" is in %.200s, which has no "
                "such tensor",
                c->path, entry->tensor, entry->file);
    }
    return true;
}

static bool open_shards(struct checkpoint *c, struct err *e)
{
    struct shard_index x;
    bool good = shard_index_read(c->path, &x, e);

    c->files = mem_new(x.file_count, sizeof *c->files);
    for (size_t i = 0; good && i < x.file_count; i++)
        good = open_shard(c, &x, i, e);
    /* A tensor in two shards is in the one that the index names, too: that comes first. */
    good = good && list_tensors(c, e) && check_map(c, &x, e);
    shard_index_done(&x);
    return good;
}

static bool open_single(struct checkpoint *c, struct err *e)
{
    c->files = mem_new(1, sizeof *c->files);
    return open_file(c, c->path, e) && list_tensors(c, e);
}

/* All files of a set, by the name of one: it says how many there are. */
static bool open_named(struct checkpoint *c, const struct shard_name *name, struct err *e)
{
    bool good = true;

    c->files = mem_new(name->count, sizeof *c->files);
    for (size_t i = 1; good && i <= name->count; i++) {
        char *path = shard_name_path(c->path, name, i);
        if (!file_exists(path))
            good = err_set(e, ERR_FILE, "%s: this shard is missing (%zu of %zu; there is no index)",
                           path, i, name->count);
        good = good && open_file(c, path, e);
        mem_free(path);
    }
    return good && list_tensors(c, e);
}

static bool is_index(const char *path)
{
    size_t length = strlen(path);
    return length > 5 && strcmp(path + length - 5, ".json") == 0;
}

struct checkpoint *checkpoint_open(const char *path, struct err *e)
{
    struct checkpoint *c = mem_new(1, sizeof *c);
    struct shard_name name;
    bool good;

    c->path = mem_strdup(path);
    if (is_index(path))
        good = !foreign_refuse_stub(path, e) && open_shards(c, e);
    else if (file_exists(path) && shard_name_read(path, &name))
        good = open_named(c, &name, e);
    else
        good = open_single(c, e);
    if (!good) {
        checkpoint_free(c);
        return NULL;
    }
    return c;
}

void checkpoint_free(struct checkpoint *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->file_count; i++)
        safetensors_unref(c->files[i]);
    mem_free(c->files);
    mem_free(c->tensors);
    mem_free(c->path);
    mem_free(c);
}

bool checkpoint_check(const struct checkpoint *c, struct err *e)
{
    for (size_t i = 0; i < c->file_count; i++) {
        if (!mapping_check(safetensors_mapping(c->files[i]), e))
            return false;
    }
    return true;
}

/* --- Looking --- */

const char *checkpoint_path(const struct checkpoint *c)
{
    return c->path;
}

size_t checkpoint_shards(const struct checkpoint *c)
{
    return c->file_count;
}

size_t checkpoint_count(const struct checkpoint *c)
{
    return c->count;
}

const struct checkpoint_tensor *checkpoint_get(const struct checkpoint *c, size_t index)
{
    return &c->tensors[index];
}

const struct checkpoint_tensor *checkpoint_find(const struct checkpoint *c, const char *name)
{
    struct tensor named = {.name = name, .name_length = strlen(name)};
    struct checkpoint_tensor key = {.tensor = &named};

    if (c->count == 0)
        return NULL;
    return bsearch(&key, c->tensors, c->count, sizeof key, compare_names);
}

size_t checkpoint_index(const struct checkpoint *c, const struct checkpoint_tensor *t)
{
    return (size_t)(t - c->tensors);
}

/* --- The hash --- */

enum { HASH_SHOWN = 12, HASH_BLOCKS = 256, HASH_LEAST_BLOCKS = 8 };

/* More than this would take noticeable time to read. */
static const size_t hash_whole = (size_t)64 << 20;

static bool hash_shard(const struct checkpoint *c, size_t i, bool whole, char hex[HASH_SIZE],
                       struct err *e)
{
    const struct mapping *m = safetensors_mapping(c->files[i]);
    size_t blocks = HASH_BLOCKS / c->file_count;

    if (whole)
        return hash_file(m, hex, e);
    return hash_samples(m, safetensors_data_start(c->files[i]),
                        blocks < HASH_LEAST_BLOCKS ? HASH_LEAST_BLOCKS : blocks, hex, e);
}

bool checkpoint_hash(const struct checkpoint *c, char out[CHECKPOINT_HASH_SIZE], struct err *e)
{
    struct text all = TEXT_EMPTY;
    char hex[HASH_SIZE];
    size_t bytes = 0;
    bool good = true, whole;

    for (size_t i = 0; i < c->file_count; i++)
        bytes += mapping_size(safetensors_mapping(c->files[i]));
    whole = bytes <= hash_whole;
    for (size_t i = 0; good && i < c->file_count; i++) {
        good = hash_shard(c, i, whole, hex, e);
        text_add(&all, hex);
    }
    if (good && c->file_count > 1)
        hash_bytes(all.data, all.length, hex);
    text_done(&all);
    if (good)
        snprintf(out, CHECKPOINT_HASH_SIZE, "%s%.*s", whole ? "" : "sampled-", HASH_SHOWN, hex);
    return good;
}
