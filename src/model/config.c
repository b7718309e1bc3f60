#include "bilens/model/config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/utf8.h"
#include "bilens/model/file.h"
#include "bilens/model/json.h"

enum { CONFIG_MOST_BYTES = 16 << 20 };

struct value {
    struct json_string key;
    enum json_type type;
    struct json_string string; /* of a string */
    struct json_number number; /* of a number */
};

struct config {
    char *path;
    char *bytes;          /* the file; keys and strings live in it */
    struct value *values; /* sorted by key */
    size_t count, capacity;
};

static int compare_values(const void *a, const void *b)
{
    const struct value *left = a, *right = b;
    return strcmp(left->key.bytes, right->key.bytes);
}

static bool add_value(struct config *c, const struct value *v, struct err *e)
{
    if (c->count == c->capacity) {
        size_t capacity = c->capacity == 0 ? 32 : 2 * c->capacity;
        struct value *grown = mem_resize(c->values, capacity, sizeof *grown);
        if (grown == NULL)
            return err_memory(e);
        c->values = grown;
        c->capacity = capacity;
    }
    c->values[c->count++] = *v;
    return true;
}

static bool read_values(struct config *c, struct json *json, struct err *e)
{
    struct value v = {.type = JSON_NONE};

    json_enter_object(json);
    while (json_next_member(json, &v.key)) {
        v.type = json_peek(json);
        if (v.type == JSON_STRING)
            json_read_string(json, &v.string);
        else if (v.type == JSON_NUMBER)
            json_read_number(json, &v.number);
        else
            json_skip(json);
        if (json->fault == NULL && !add_value(c, &v, e))
            return false;
    }
    if (!json_finish(json))
        return err_set(e, ERR_FORMAT, "%s: invalid JSON at byte %zu: %s", c->path, json->fault_at,
                       json->fault);
    return true;
}

static bool read_file(struct config *c, const char *path, struct err *e)
{
    struct json json;
    size_t length;

    c->path = mem_strdup(path);
    if (c->path == NULL)
        return err_memory(e);
    c->bytes = file_read(path, CONFIG_MOST_BYTES, &length, e);
    if (c->bytes == NULL)
        return false;
    if (!utf8_valid(c->bytes, length))
        return err_set(e, ERR_FORMAT, "%s: is not UTF-8", path);
    json = json_begin(c->bytes, length);
    if (!read_values(c, &json, e))
        return false;
    if (c->count > 0)
        qsort(c->values, c->count, sizeof c->values[0], compare_values);
    for (size_t i = 1; i < c->count; i++) {
        if (compare_values(&c->values[i - 1], &c->values[i]) == 0)
            return err_set(e, ERR_FORMAT, "%s: key \"%.200s\" is given twice", path,
                           c->values[i].key.bytes);
    }
    return true;
}

struct config *config_read(const char *path, struct err *e)
{
    struct config *c = mem_new(1, sizeof *c);

    if (c == NULL) {
        err_memory(e);
        return NULL;
    }
    if (!read_file(c, path, e)) {
        config_free(c);
        return NULL;
    }
    return c;
}

void config_free(struct config *c)
{
    if (c == NULL)
        return;
    mem_free(c->path);
    mem_free(c->bytes);
    mem_free(c->values);
    mem_free(c);
}

const char *config_path(const struct config *c)
{
    return c->path;
}

static const struct value *find_value(const struct config *c, const char *key)
{
    struct value wanted = {.key = {.bytes = key}};

    if (c->count == 0)
        return NULL;
    return bsearch(&wanted, c->values, c->count, sizeof wanted, compare_values);
}

bool config_has(const struct config *c, const char *key)
{
    return find_value(c, key) != NULL;
}

static bool refuse_value(const struct config *c, const struct value *v, const char *wanted,
                         struct err *e)
{
    if (v->type == JSON_NUMBER)
        return err_set(e, ERR_FORMAT, "%s: key \"%s\" must be %s, found %.*s", c->path,
                       v->key.bytes, wanted, (int)(v->number.length < 40 ? v->number.length : 40),
                       v->number.text);
    if (v->type == JSON_STRING)
        return err_set(e, ERR_FORMAT, "%s: key \"%s\" must be %s, found the string \"%.200s\"",
                       c->path, v->key.bytes, wanted, v->string.bytes);
    return err_set(e, ERR_FORMAT, "%s: key \"%s\" must be %s, found %s", c->path, v->key.bytes,
                   wanted, json_type_name(v->type));
}

bool config_get_size(const struct config *c, const char *key, size_t *out, struct err *e)
{
    const struct value *v = find_value(c, key);

    if (v == NULL)
        return err_set(e, ERR_FORMAT, "%s: key \"%s\" is missing", c->path, key);
    if (v->type != JSON_NUMBER || !v->number.whole || v->number.value == 0 ||
        v->number.value > UINT32_MAX)
        return refuse_value(c, v, "a positive integer", e);
    *out = (size_t)v->number.value;
    return true;
}

bool config_get_bool(const struct config *c, const char *key, bool *out, struct err *e)
{
    const struct value *v = find_value(c, key);

    if (v == NULL)
        return true;
    if (v->type != JSON_TRUE && v->type != JSON_FALSE)
        return refuse_value(c, v, "true or false", e);
    *out = v->type == JSON_TRUE;
    return true;
}

bool config_get_string(const struct config *c, const char *key, const char **out, struct err *e)
{
    const struct value *v = find_value(c, key);

    *out = NULL;
    if (v == NULL || v->type == JSON_NULL)
        return true;
    if (v->type != JSON_STRING)
        return refuse_value(c, v, "a string or null", e);
    *out = v->string.bytes;
    return true;
}
