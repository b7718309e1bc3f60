/* The file names in model.safetensors.index.json: {"weight_map": {TENSOR: FILE, ...}, ...}. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/utf8.h"
#include "bilens/model/file.h"
#include "bilens/model/json.h"
#include "cache.h"

enum { INDEX_MOST = 64 << 20, SHARDS_MOST = 1024 };

/* A name that stays below the folder it is joined to, and that a URL can spell. */
static bool is_inside(struct json_string name)
{
    static const char ending[] = ".safetensors";
    const char *s = name.bytes;
    if (name.length <= sizeof ending - 1 || name.length > 200 || strlen(s) != name.length ||
        strcmp(s + name.length - (sizeof ending - 1), ending) != 0)
        return false;
    for (const char *c = s; *c != '\0'; c++) {
        bool starts = c == s || c[-1] == '/';
        if ((unsigned char)*c < ' ' || *c == '\x7f' || *c == '\\' || *c == ':' ||
            (starts && (*c == '/' || *c == '.')))
            return false;
    }
    return true;
}

static bool add_name(struct shard_names *out, const char *path, struct json_string name,
                     struct err *e)
{
    if (!is_inside(name))
        return err_set(e, ERR_FORMAT,
                       "%s: the file name \"%.200s\" is refused: it must end in .safetensors and "
                       "stay inside the model's folder",
                       path, name.bytes);
    for (size_t i = out->count; i > 0; i--) /* the last one first: they come in runs */
        if (strcmp(out->names[i - 1], name.bytes) == 0)
            return true;
    if (out->count == SHARDS_MOST)
        return err_set(e, ERR_FORMAT, "%s: names more than %d files", path, SHARDS_MOST);
    char **grown = mem_resize(out->names, out->count + 1, sizeof *grown);
    if (grown == NULL)
        return err_memory(e);
    out->names = grown;
    grown[out->count] = mem_strdup(name.bytes);
    return grown[out->count++] != NULL || err_memory(e);
}

static bool read_map(struct json *s, const char *path, struct shard_names *out, struct err *e)
{
    struct json_string file;
    if (!json_enter_object(s))
        return false;
    while (json_next_member(s, NULL)) {
        if (!task_go_on(e) || !json_read_string(s, &file) || !add_name(out, path, file, e))
            return false;
    }
    return s->fault == NULL;
}

static bool read_index(struct json *s, const char *path, struct shard_names *out, struct err *e)
{
    struct json_string key;
    bool found = false, ok = json_enter_object(s);
    while (ok && json_next_member(s, &key)) {
        bool map = json_string_is(key, "weight_map");
        ok = map ? !found && read_map(s, path, out, e) : json_skip(s);
        found = found || map;
    }
    ok = ok && s->fault == NULL && json_finish(s);
    if (ok && found && out->count > 0)
        return true;
    if (e != NULL && e->code != ERR_NONE)
        return false;
    return err_set(e, ERR_FORMAT, "%s: is no index of shards: %s", path,
                   s->fault != NULL ? s->fault : "no weight_map that names files");
}

bool shards_read(const char *path, struct shard_names *out, struct err *e)
{
    size_t length;
    char *bytes = file_read(path, INDEX_MOST, &length, e);
    *out = (struct shard_names){0};
    if (bytes == NULL)
        return false;
    struct json s = json_begin(bytes, length);
    bool ok = utf8_valid(bytes, length)
                  ? read_index(&s, path, out, e)
                  : err_set(e, ERR_FORMAT, "%s: is no index of shards: not UTF-8", path);
    mem_free(bytes);
    if (!ok)
        shards_done(out);
    return ok;
}

void shards_done(struct shard_names *s)
{
    for (size_t i = 0; i < s->count; i++)
        mem_free(s->names[i]);
    mem_free(s->names);
    *s = (struct shard_names){0};
}
