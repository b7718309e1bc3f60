#include "cache.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/file.h"

const char config_file[] = "config.json";
const char weights_file[] = "model.safetensors";
const char index_file[] = "model.safetensors.index.json";
const char tokenizer_file[] = "tokenizer.json";

char *cache_path(const char *cache, const struct hub_repo *r, const char *a, const char *b,
                 const char *c)
{
    const char *const parts[] = {r->folder, a, b, c};
    struct text t = TEXT_EMPTY;
    text_add(&t, cache);
    for (size_t i = 0; i < 4 && parts[i] != NULL; i++)
        text_printf(&t, "/%s", parts[i]);
    return text_take(&t);
}

bool cache_commit(const char *cache, const struct hub_repo *r, char commit[REPO_COMMIT_LENGTH + 1])
{
    size_t length = 0;
    if (repo_is_commit(r->revision)) {
        strcpy(commit, r->revision);
        return true;
    }
    char *path = cache_path(cache, r, "refs", r->revision, NULL);
    char *text = file_exists(path) ? file_read(path, 256, &length, NULL) : NULL;
    if (text != NULL)
        text[strcspn(text, " \r\n")] = '\0';
    bool known = text != NULL && repo_is_commit(text);
    if (known)
        strcpy(commit, text);
    mem_free(text);
    mem_free(path);
    return known;
}

static bool is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

enum cached cache_file(const char *cache, const struct hub_repo *r, const char *commit,
                       const char *file)
{
    char *path = cache_path(cache, r, "snapshots", commit, file);
    bool here = is_file(path);
    mem_free(path);
    if (here)
        return CACHED_HERE;
    path = cache_path(cache, r, ".no_exist", commit, file);
    bool absent = is_file(path);
    mem_free(path);
    return absent ? CACHED_ABSENT : CACHED_NOT;
}

static void note_missing(struct cached_model *m, const char *file)
{
    if (m->missing[0] == '\0')
        snprintf(m->missing, sizeof m->missing, "%s", file);
}

/* Are all the files here that the index names? One that cannot be read is left to whoever
 * opens it: asking the hub again would not mend it. */
static void check_shards(const char *cache, const struct hub_repo *r, const char *commit,
                         struct cached_model *out)
{
    struct shard_index shards = {0};
    char *path = cache_path(cache, r, "snapshots", commit, index_file);
    bool read = shards_read(path, &shards, NULL);
    mem_free(path);
    out->weights = true;
    for (size_t i = 0; read && i < shards.file_count; i++) {
        if (cache_file(cache, r, commit, shards.files[i]) == CACHED_HERE)
            continue;
        out->weights = false;
        note_missing(out, shards.files[i]);
    }
    if (read)
        shard_index_done(&shards);
}

void cache_model(const char *cache, const struct hub_repo *r, const char *commit,
                 struct cached_model *out)
{
    *out = (struct cached_model){0};
    out->config = cache_file(cache, r, commit, config_file) == CACHED_HERE;
    if (!out->config)
        note_missing(out, config_file);
    out->tokenizer = cache_file(cache, r, commit, tokenizer_file);
    out->weights = cache_file(cache, r, commit, weights_file) == CACHED_HERE;
    if (!out->weights && cache_file(cache, r, commit, index_file) == CACHED_HERE)
        check_shards(cache, r, commit, out);
    else if (!out->weights)
        note_missing(out, weights_file);
}
