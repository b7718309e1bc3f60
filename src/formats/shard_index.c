#include "bilens/formats/shard_index.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/formats/checkpoint.h"
#include "bilens/formats/file.h"
#include "bilens/formats/json.h"

/* --- Names of files --- */

static bool has_ending(const char *name, const char *ending)
{
    size_t length = strlen(name), part = strlen(ending);
    return length > part && strcmp(name + length - part, ending) == 0;
}

/* Is one of its parts ".."? */
static bool climbs(const char *name)
{
    while (*name != '\0') {
        size_t length = strcspn(name, "/");
        if (length == 2 && name[0] == '.' && name[1] == '.')
            return true;
        name += length + (name[length] == '/');
    }
    return false;
}

/* What makes the name one that must not be opened; NULL: nothing. The index came from somebody
 * else, and must not reach a file outside of its folder. */
static const char *fault_of(struct json_string name)
{
    if (name.bytes[0] == '/')
        return "is absolute; a shard lies beside its index";
    if (isalpha((unsigned char)name.bytes[0]) && name.bytes[1] == ':')
        return "names a drive; a shard lies beside its index";
    if (strchr(name.bytes, '\\') != NULL)
        return "holds a backslash";
    if (climbs(name.bytes))
        return "leaves the folder of the index by \"..\"";
    if (!has_ending(name.bytes, ".safetensors"))
        return "does not end in .safetensors";
    return NULL;
}

static size_t digits_at(const char *s, size_t *number)
{
    size_t digits = strspn(s, "0123456789");

    *number = digits > 0 && digits < 10 ? strtoul(s, NULL, 10) : 0;
    return digits;
}

bool shard_name_read(const char *path, struct shard_name *out)
{
    const char *slash = strrchr(path, '/'), *last = slash == NULL ? path : slash + 1;
    const char *of = strstr(last, "-of-"), *begin = of;
    size_t number, count;

    while (begin != NULL && begin > last && isdigit((unsigned char)begin[-1]))
        begin--;
    if (of == NULL || begin == of || begin == last || begin[-1] != '-')
        return false;
    size_t digits = digits_at(begin, &number), more = digits_at(of + 4, &count);
    if (number == 0 || number > count || count > CHECKPOINT_MOST_SHARDS ||
        strcmp(of + 4 + more, ".safetensors") != 0)
        return false;
    if (out != NULL)
        *out =
            (struct shard_name){.count = count, .stem = (size_t)(begin - path), .digits = digits};
    return true;
}

char *shard_name_path(const char *path, const struct shard_name *name, size_t number)
{
    struct text out = TEXT_EMPTY;

    text_add_bytes(&out, path, name->stem);
    text_printf(&out, "%0*zu%s", (int)name->digits, number, path + name->stem + name->digits);
    return text_take(&out);
}

/* --- Reading --- */

static bool refuse_json(const struct shard_index *x, const struct json *json, struct err *e)
{
    return err_set(e, ERR_FORMAT, "%s: invalid JSON at byte %zu: %s", x->path, json->fault_at,
                   json->fault);
}

static bool add_entry(struct shard_index *x, struct json_string tensor, struct json_string file,
                      struct err *e)
{
    const char *fault = fault_of(file);

    if (fault != NULL)
        return err_set(e, ERR_FORMAT,
                       "%s: `weight_map`: tensor \"%.200s\" is in \"%.200s\", which %s", x->path,
                       tensor.bytes, file.bytes, fault);
    if (x->count == SAFETENSORS_MOST_TENSORS)
        return err_set(e, ERR_FORMAT, "%s: `weight_map` names more than %d tensors", x->path,
                       SAFETENSORS_MOST_TENSORS);
    if (x->count == x->capacity) {
        size_t capacity = x->capacity == 0 ? 256 : 2 * x->capacity;
        x->entries = mem_resize(x->entries, capacity, sizeof *x->entries);
        x->capacity = capacity;
    }
    x->entries[x->count++] = (struct shard_entry){tensor.bytes, file.bytes};
    return true;
}

static bool read_map(struct shard_index *x, struct json *json, struct err *e)
{
    struct json_string tensor, file;

    if (json_peek(json) != JSON_OBJECT)
        return err_set(e, ERR_FORMAT, "%s: `weight_map` is %s, not an object of strings", x->path,
                       json_type_name(json_peek(json)));
    json_enter_object(json);
    while (json_next_member(json, &tensor)) {
        if (json_peek(json) != JSON_STRING && json_peek(json) != JSON_NONE)
            return err_set(e, ERR_FORMAT,
                           "%s: `weight_map` is not an object of strings: \"%.200s\" is %s",
                           x->path, tensor.bytes, json_type_name(json_peek(json)));
        if (!json_read_string(json, &file))
            return refuse_json(x, json, e);
        if (!add_entry(x, tensor, file, e))
            return false;
    }
    return json->fault == NULL || refuse_json(x, json, e);
}

static bool read_index(struct shard_index *x, struct json *json, struct err *e)
{
    struct json_string key;
    bool found = false;

    json_enter_object(json);
    while (json_next_member(json, &key)) {
        if (!json_string_is(key, "weight_map")) {
            json_skip(json); /* metadata: it may be missing, and means nothing here */
            continue;
        }
        if (found)
            return err_set(e, ERR_FORMAT, "%s: `weight_map` is given twice", x->path);
        found = true;
        if (!read_map(x, json, e))
            return false;
    }
    if (!json_finish(json))
        return refuse_json(x, json, e);
    if (!found)
        return err_set(e, ERR_FORMAT, "%s: has no `weight_map`%s", x->path,
                       has_ending(x->path, ".index.json")
                           ? ""
                           : ": it is not an index of shards; load the folder of the model");
    return true;
}

/* --- In order --- */

static int compare_tensors(const void *a, const void *b)
{
    const struct shard_entry *left = a, *right = b;
    return strcmp(left->tensor, right->tensor);
}

static int compare_files(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool list_files(struct shard_index *x, struct err *e)
{
    x->files = mem_new(x->count, sizeof *x->files);
    for (size_t i = 0; i < x->count; i++)
        x->files[i] = x->entries[i].file;
    qsort(x->files, x->count, sizeof *x->files, compare_files);
    for (size_t i = 0; i < x->count; i++) {
        if (i == 0 || strcmp(x->files[x->file_count - 1], x->files[i]) != 0)
            x->files[x->file_count++] = x->files[i];
    }
    return x->file_count <= CHECKPOINT_MOST_SHARDS ||
           err_set(e, ERR_FORMAT, "%s: `weight_map` names %zu files; more than %d are not read",
                   x->path, x->file_count, CHECKPOINT_MOST_SHARDS);
}

static bool arrange(struct shard_index *x, struct err *e)
{
    if (x->count == 0)
        return err_set(e, ERR_FORMAT, "%s: `weight_map` names no tensor", x->path);
    qsort(x->entries, x->count, sizeof *x->entries, compare_tensors);
    for (size_t i = 1; i < x->count; i++) {
        if (compare_tensors(&x->entries[i - 1], &x->entries[i]) == 0)
            return err_set(e, ERR_FORMAT, "%s: `weight_map` names tensor \"%.200s\" twice", x->path,
                           x->entries[i].tensor);
    }
    return list_files(x, e);
}

bool shard_index_read(const char *path, struct shard_index *out, struct err *e)
{
    struct json json;
    size_t length;

    *out = (struct shard_index){.path = mem_strdup(path)};
    out->bytes = file_read(path, SAFETENSORS_MOST_HEADER, &length, e);
    if (out->bytes == NULL)
        return false;
    if (!utf8_valid(out->bytes, length))
        return err_set(e, ERR_FORMAT, "%s: is not UTF-8", path);
    json = json_begin(out->bytes, length);
    json.python = json.spell_nul = true;
    return read_index(out, &json, e) && arrange(out, e);
}

void shard_index_done(struct shard_index *x)
{
    mem_free(x->path);
    mem_free(x->bytes);
    mem_free(x->entries);
    mem_free(x->files);
}
