#include "config.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/formats/file.h"
#include "bilens/formats/json.h"

/* Values deeper than this, and of longer paths, are nobody's hyperparameters: they are checked
 * and passed over. */
enum { CONFIG_MOST_BYTES = 16 << 20, CONFIG_MOST_DEPTH = 3, CONFIG_MOST_PATH = 200 };

struct value {
    char *key; /* its path; owned */
    enum json_type type;
    struct json_string string; /* of a string */
    struct json_number number; /* of a number */
};

struct config {
    char *path;
    char *bytes;          /* the file; strings live in it */
    struct value *values; /* sorted by key */
    size_t count, capacity;
};

/* What is being read. */
struct reader {
    struct config *config;
    struct json json;
    struct err *e;
};

static int compare_values(const void *a, const void *b)
{
    const struct value *left = a, *right = b;
    return strcmp(left->key, right->key);
}

/* Takes v's key. */
static void add_value(struct config *c, const struct value *v)
{
    if (c->count == c->capacity) {
        size_t capacity = c->capacity == 0 ? 32 : 2 * c->capacity;
        c->values = mem_resize(c->values, capacity, sizeof *c->values);
        c->capacity = capacity;
    }
    c->values[c->count++] = *v;
}

static void read_members(struct reader *r, const char *path, size_t depth);

static char *make_key(const char *path, const char *name)
{
    struct text key = TEXT_EMPTY;

    text_printf(&key, "%s%s%s", path, *path == '\0' ? "" : ".", name);
    return text_take(&key);
}

/* The value that comes next, under that name within path. */
static void read_value(struct reader *r, const char *path, const char *name, size_t depth)
{
    struct value v = {.key = make_key(path, name), .type = json_peek(&r->json)};
    bool nested = v.type == JSON_OBJECT || v.type == JSON_ARRAY;

    if (v.type == JSON_STRING)
        json_read_string(&r->json, &v.string);
    else if (v.type == JSON_NUMBER)
        json_read_number(&r->json, &v.number);
    else if (!nested || depth >= CONFIG_MOST_DEPTH || strlen(v.key) > CONFIG_MOST_PATH)
        json_skip(&r->json);
    else
        read_members(r, v.key, depth);
    if (r->json.fault == NULL)
        add_value(r->config, &v);
    else
        mem_free(v.key);
}

/* An object's or an array's values. */
static void read_members(struct reader *r, const char *path, size_t depth)
{
    struct json_string key;
    char number[24];

    if (json_peek(&r->json) == JSON_ARRAY) {
        json_enter_array(&r->json);
        for (size_t i = 0; json_next_item(&r->json); i++) {
            snprintf(number, sizeof number, "%zu", i);
            read_value(r, path, number, depth + 1);
        }
        return;
    }
    json_enter_object(&r->json);
    while (json_next_member(&r->json, &key))
        read_value(r, path, key.bytes, depth + 1);
}

static bool read_values(struct config *c, struct json *json, struct err *e)
{
    struct reader r = {.config = c, .json = *json, .e = e};

    if (json_peek(&r.json) == JSON_ARRAY)
        json_enter_object(&r.json); /* sets the fault */
    read_members(&r, "", 0);
    if (!json_finish(&r.json))
        return err_set(e, ERR_FORMAT, "%s: invalid JSON at byte %zu: %s", c->path, r.json.fault_at,
                       r.json.fault);
    return true;
}

static bool read_file(struct config *c, const char *path, struct err *e)
{
    struct json json;
    size_t length;

    c->path = mem_strdup(path);
    c->bytes = file_read(path, CONFIG_MOST_BYTES, &length, e);
    if (c->bytes == NULL)
        return false;
    if (!utf8_valid(c->bytes, length))
        return err_set(e, ERR_FORMAT, "%s: is not UTF-8", path);
    json = json_begin(c->bytes, length);
    json.python = json.spell_nul = true;
    if (!read_values(c, &json, e))
        return false;
    if (c->count > 0)
        qsort(c->values, c->count, sizeof c->values[0], compare_values);
    for (size_t i = 1; i < c->count; i++) {
        if (compare_values(&c->values[i - 1], &c->values[i]) == 0)
            return err_set(e, ERR_FORMAT, "%s: key \"%.200s\" is given twice", path,
                           c->values[i].key);
    }
    return true;
}

struct config *config_read(const char *path, struct err *e)
{
    struct config *c = mem_new(1, sizeof *c);

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
    for (size_t i = 0; i < c->count; i++)
        mem_free(c->values[i].key);
    mem_free(c->values);
    mem_free(c);
}

const char *config_path(const struct config *c)
{
    return c->path;
}

static int compare_name(const char *name, size_t length, const char *key)
{
    int order = strncmp(name, key, length);
    return order != 0 ? order : key[length] == '\0' ? 0 : -1;
}

static const struct value *find_name(const struct config *c, const char *name, size_t length)
{
    size_t low = 0, high = c->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_name(name, length, c->values[middle].key);
        if (order == 0)
            return &c->values[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* The first of "new|old" that is there and not null; else one that is null; else NULL. */
static const struct value *find_value(const struct config *c, const char *key)
{
    const struct value *null = NULL;

    while (key != NULL) {
        size_t length = strcspn(key, "|");
        const struct value *v = find_name(c, key, length);
        if (v != NULL && v->type != JSON_NULL)
            return v;
        null = null == NULL ? v : null;
        key = key[length] == '|' ? key + length + 1 : NULL;
    }
    return null;
}

bool config_has(const struct config *c, const char *key)
{
    return find_value(c, key) != NULL;
}

const char *config_name(const struct config *c, const char *key, size_t *length)
{
    const struct value *v = find_value(c, key);

    *length = v == NULL ? strcspn(key, "|") : strlen(v->key);
    return v == NULL ? key : v->key;
}

static bool refuse_value(const struct config *c, const struct value *v, const char *wanted,
                         struct err *e)
{
    if (v->type == JSON_NUMBER)
        return err_set(e, ERR_FORMAT, "%s: key \"%s\" must be %s, found %.*s", c->path, v->key,
                       wanted, (int)(v->number.length < 40 ? v->number.length : 40),
                       v->number.text);
    if (v->type == JSON_STRING)
        return err_set(e, ERR_FORMAT, "%s: key \"%s\" must be %s, found the string \"%.200s\"",
                       c->path, v->key, wanted, v->string.bytes);
    return err_set(e, ERR_FORMAT, "%s: key \"%s\" must be %s, found %s", c->path, v->key, wanted,
                   json_type_name(v->type));
}

static bool read_size(const struct config *c, const struct value *v, size_t *out, struct err *e)
{
    if (v->type != JSON_NUMBER || !v->number.whole || v->number.value == 0 ||
        v->number.value > UINT32_MAX)
        return refuse_value(c, v, "a positive integer", e);
    *out = (size_t)v->number.value;
    return true;
}

bool config_get_size(const struct config *c, const char *key, size_t *out, struct err *e)
{
    const struct value *v = find_value(c, key);

    if (v == NULL)
        return err_set(e, ERR_FORMAT, "%s: key \"%.*s\" is missing", c->path,
                       (int)strcspn(key, "|"), key);
    return read_size(c, v, out, e);
}

bool config_find_size(const struct config *c, const char *key, size_t *out, struct err *e)
{
    const struct value *v = find_value(c, key);

    return v == NULL || v->type == JSON_NULL || read_size(c, v, out, e);
}

bool config_find_positive(const struct config *c, const char *key, double *out, struct err *e)
{
    const struct value *v = find_value(c, key);
    char number[64];
    double value;

    if (v == NULL || v->type == JSON_NULL)
        return true;
    if (v->type != JSON_NUMBER || v->number.length >= sizeof number)
        return refuse_value(c, v, "a positive number", e);
    memcpy(number, v->number.text, v->number.length);
    number[v->number.length] = '\0';
    value = strtod(number, NULL);
    if (!(value > 0) || !isfinite(value))
        return refuse_value(c, v, "a positive number", e);
    *out = value;
    return true;
}

bool config_get_bool(const struct config *c, const char *key, bool *out, struct err *e)
{
    const struct value *v = find_value(c, key);

    if (v == NULL || v->type == JSON_NULL)
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

/* Is there a value under a path that goes on from the key? */
static bool holds_something(const struct config *c, const char *key)
{
    size_t length = strlen(key);

    for (size_t i = 0; i < c->count; i++) {
        if (strncmp(c->values[i].key, key, length) == 0 && c->values[i].key[length] == '.')
            return true;
    }
    return false;
}

bool config_find_object(const struct config *c, const char *key, const char **out, struct err *e)
{
    *out = NULL;
    while (key != NULL && *out == NULL) {
        size_t length = strcspn(key, "|");
        const struct value *v = find_name(c, key, length);
        if (v != NULL && v->type != JSON_NULL && v->type != JSON_OBJECT)
            return refuse_value(c, v, "an object or null", e);
        if (v != NULL && v->type == JSON_OBJECT && holds_something(c, v->key))
            *out = v->key;
        key = key[length] == '|' ? key + length + 1 : NULL;
    }
    return true;
}

bool config_is_zero(const struct config *c, const char *key)
{
    const struct value *v = find_value(c, key);

    return v != NULL && v->type == JSON_NUMBER && v->number.whole && v->number.value == 0;
}

bool config_is(const struct config *c, const char *key, bool value)
{
    const struct value *v = find_value(c, key);

    return v != NULL && v->type == (value ? JSON_TRUE : JSON_FALSE);
}
