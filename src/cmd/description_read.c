/* Written by whoever made the file: every part is checked before it is believed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/json.h"
#include "bilens/model/model.h"
#include "bilens/num/labels.h"
#include "bilens/tokenizer/tokenizer.h"
#include "description.h"
#include "description_reader.h"
#include "names.h"
#include "provenance.h"

enum { VALUES_MOST = 16384 };

bool reader_refuse(const struct reader *r, const char *why)
{
    return err_set(r->e, ERR_FORMAT, "%s: what bilens wrote about it was changed: %s", r->file,
                   r->json.fault != NULL ? r->json.fault : why);
}

/* Room for one more. */
bool reader_grow(void **list, size_t count, size_t size)
{
    void *grown = mem_resize(*list, count + 1, size);
    if (grown == NULL)
        return out_of_memory();
    *list = grown;
    memset((char *)grown + count * size, 0, size);
    return true;
}

/* ---- plain values ---- */

static bool read_bool(struct reader *r, bool *out)
{
    enum json_type type = json_peek(&r->json);
    *out = type == JSON_TRUE;
    return ((type == JSON_TRUE || type == JSON_FALSE) && json_skip(&r->json)) ||
           reader_refuse(r, "true or false is missing");
}

bool reader_string(struct reader *r, struct json_string *out)
{
    return json_read_string(&r->json, out) || reader_refuse(r, "a string is missing");
}

/* A whole number below limit. */
bool reader_index(struct reader *r, size_t limit, size_t *out)
{
    struct json_number n;
    if (!json_read_number(&r->json, &n) || !n.whole || n.value >= limit)
        return reader_refuse(r, "a number is out of range");
    *out = n.value;
    return true;
}

/* A step: no zero, of either sign. */
static bool read_step(struct reader *r, ptrdiff_t *out)
{
    char digits[16];
    struct json_number n;
    if (!json_read_number(&r->json, &n) || n.length >= sizeof digits)
        return reader_refuse(r, "a step is out of range");
    memcpy(digits, n.text, n.length);
    digits[n.length] = '\0';
    char *end;
    long step = strtol(digits, &end, 10);
    *out = step;
    return (*end == '\0' && step != 0 && labs(step) < INT32_MAX) ||
           reader_refuse(r, "a step is out of range");
}

bool reader_enter(struct reader *r)
{
    return json_enter_array(&r->json) || reader_refuse(r, "a list is missing");
}

bool reader_left(struct reader *r)
{
    return r->json.fault == NULL || reader_refuse(r, "");
}

/* ---- models ---- */

static void copy_string(char *to, size_t room, struct json_string from)
{
    size_t length = strlen(from.bytes);
    if (length >= room)
        length = room - 1;
    memcpy(to, from.bytes, length);
    to[length] = '\0';
}

static bool read_model_field(struct reader *r, struct json_string key, struct provenance *p)
{
    struct json_string string;
    bool name = json_string_is(key, "name");
    if (name || json_string_is(key, "hash")) {
        if (!reader_string(r, &string))
            return false;
        copy_string(name ? p->name : p->hash, name ? sizeof p->name : sizeof p->hash, string);
        return true;
    }
    bool *flag = json_string_is(key, "folded")     ? &p->folded
                 : json_string_is(key, "centered") ? &p->centered
                 : json_string_is(key, "rotary")   ? &p->rotary
                                                   : NULL;
    return flag != NULL ? read_bool(r, flag) : reader_refuse(r, "a model has a field nobody knows");
}

static bool read_model(struct reader *r)
{
    struct description *d = r->out;
    struct provenance p = {0};
    struct json_string key;
    void *list = d->traits;
    if (d->models == TRAIT_MODELS)
        return reader_refuse(r, "too many models");
    if (!json_enter_object(&r->json))
        return reader_refuse(r, "a model is missing");
    while (json_next_member(&r->json, &key))
        if (!read_model_field(r, key, &p))
            return false;
    if (!reader_left(r) || !reader_grow(&list, d->models, sizeof *d->traits))
        return false;
    d->traits = list;
    const struct open_model *open = provenance_open(r->call, &p);
    unsigned *trait = &d->traits[d->models++];
    if (open == NULL)
        return call_provenance(r->call, &p, trait);
    *trait = open->trait;
    return true;
}

/* ---- axes ---- */

static bool axis_kind_of(struct json_string name, enum axis_kind *out)
{
    for (int kind = 0; kind < AXIS_KIND_COUNT; kind++)
        if (json_string_is(name, axis_kind_name((enum axis_kind)kind))) {
            *out = (enum axis_kind)kind;
            return true;
        }
    return false;
}

static bool read_origin_part(struct reader *r, struct axis_origin *out)
{
    struct json_string string;
    if (!json_next_item(&r->json) || !reader_string(r, &string))
        return reader_refuse(r, "the part of an origin is missing");
    int part = 0;
    while (part <= PART_MLP && !json_string_is(string, description_parts[part]))
        part++;
    if (part > PART_MLP)
        return reader_refuse(r, "an origin is of a part nobody knows");
    out->part = (enum axis_part)part;
    if (!json_next_item(&r->json) || !reader_string(r, &string))
        return reader_refuse(r, "the model of an origin is missing");
    char *end = NULL;
    out->model = strtoull(string.bytes, &end, 16);
    return (string.length == 16 && end == string.bytes + 16 && out->model != 0) ||
           reader_refuse(r, "the model of an origin is no number");
}

/* As description_write's write_origin wrote it. */
static bool read_origin(struct reader *r, struct described_axis *out)
{
    struct axis_origin one = {0};
    size_t layer = 0, head = 0;
    if (out->origins > 0)
        return reader_refuse(r, "an axis has two origins");
    if (!reader_enter(r) || !read_origin_part(r, &one))
        return false;
    while (json_next_item(&r->json)) {
        if (!reader_index(r, UINT32_MAX, &layer))
            return false;
        if (!json_next_item(&r->json) || !reader_index(r, UINT32_MAX, &head))
            return reader_refuse(r, "an origin has a layer without a head");
        one.layer = (uint32_t)layer;
        one.head = (uint32_t)head;
        out->origin = mem_resize(out->origin, out->origins + 1, sizeof *out->origin);
        out->origin[out->origins++] = one;
    }
    return reader_left(r) && (out->origins > 0 || reader_refuse(r, "an origin has no layer"));
}

/* Where the places of an axis stand, and whose they are: {"kind": ..., "start": ..., "step": ...,
 * "labels": ..., "origin": ...}. */
static bool read_place(struct reader *r, struct json_string *kind, struct described_axis *out)
{
    const size_t most = (size_t)1 << 40;
    struct json_string key;
    size_t list = 0;
    *out = (struct described_axis){.step = 1};
    *kind = (struct json_string){"", 0};
    if (!json_enter_object(&r->json))
        return reader_refuse(r, "an axis is missing");
    while (json_next_member(&r->json, &key)) {
        bool ok = json_string_is(key, "kind")     ? reader_string(r, kind)
                  : json_string_is(key, "start")  ? reader_index(r, most, &out->start)
                  : json_string_is(key, "step")   ? read_step(r, &out->step)
                  : json_string_is(key, "labels") ? reader_index(r, r->out->label_lists, &list)
                  : json_string_is(key, "origin")
                      ? read_origin(r, out)
                      : reader_refuse(r, "an axis has a field nobody knows");
        if (!ok)
            return false;
        if (json_string_is(key, "labels")) {
            labels_unref(out->labels);
            out->labels = labels_ref(r->out->labels[list]);
        }
    }
    return reader_left(r);
}

static bool read_stack(struct reader *r, struct described *v)
{
    struct described_axis place;
    struct json_string kind;
    if (!reader_enter(r))
        return false;
    for (v->stack = 0; json_next_item(&r->json); v->stack++) {
        if (v->stack == STACK_MOST)
            return reader_refuse(r, "a stack has more than two axes");
        bool ok = read_place(r, &kind, &place);
        labels_unref(place.labels);
        mem_free(place.origin);
        bool layer = json_string_is(kind, "layer");
        if (!ok || (!layer && !json_string_is(kind, "head")))
            return reader_refuse(r, "a stack is neither over layers nor over heads");
        v->stack_axes[v->stack] = (struct stack_axis){
            .kind = layer ? 'l' : 'h', .start = place.start, .step = place.step};
    }
    bool twice = v->stack == 2 && v->stack_axes[0].kind == v->stack_axes[1].kind;
    return reader_left(r) && (!twice || reader_refuse(r, "a stack is over the same twice"));
}

static bool read_axes(struct reader *r, struct described *v)
{
    struct json_string kind;
    size_t count = 0;
    if (v->axes[0].labels != NULL || v->axes[1].labels != NULL || v->axes[0].origins > 0 ||
        v->axes[1].origins > 0)
        return reader_refuse(r, "the axes of a value are given twice");
    if (!reader_enter(r))
        return false;
    for (; json_next_item(&r->json); count++) {
        if (count == 2)
            return reader_refuse(r, "a value has more than two axes");
        if (!read_place(r, &kind, &v->axes[count]))
            return false;
        if (!axis_kind_of(kind, &v->axes[count].kind))
            return reader_refuse(r, "an axis is of a kind nobody knows");
    }
    return reader_left(r);
}

/* ---- values ---- */

static bool read_kind(struct reader *r, struct described *v)
{
    struct json_string kind;
    if (!reader_string(r, &kind))
        return false;
    v->kind = json_string_is(kind, "number")   ? VALUE_NUMBER
              : json_string_is(kind, "vector") ? VALUE_VECTOR
                                               : VALUE_MATRIX;
    return v->kind != VALUE_MATRIX || json_string_is(kind, "matrix") ||
           reader_refuse(r, "a value is of a kind nobody knows");
}

/* Whether the name is free here is for the one who binds it: another may be asked for. */
static bool read_name(struct reader *r, struct described *v)
{
    struct json_string name;
    mem_free(v->name);
    v->name = NULL;
    if (!reader_string(r, &name))
        return false;
    v->name = mem_strdup(name.bytes);
    if (v->name == NULL)
        return err_memory(r->e);
    return (strlen(v->name) == name.length && name_is_written(v->name)) ||
           reader_refuse(r, "a value has a name that no value can have");
}

static bool read_models_of(struct reader *r, struct described *v)
{
    size_t model = 0;
    if (!reader_enter(r))
        return false;
    while (json_next_item(&r->json)) {
        if (!reader_index(r, r->out->models, &model))
            return false;
        v->traits |= r->out->traits[model];
    }
    return reader_left(r);
}

static bool read_trait(struct reader *r, struct described *v, unsigned trait)
{
    bool set;
    if (!read_bool(r, &set))
        return false;
    v->traits |= set ? trait : 0;
    return true;
}

static bool read_value_field(struct reader *r, struct json_string key, struct described *v)
{
    if (json_string_is(key, "name"))
        return read_name(r, v);
    if (json_string_is(key, "kind"))
        return read_kind(r, v);
    if (json_string_is(key, "stack"))
        return read_stack(r, v);
    if (json_string_is(key, "axes"))
        return read_axes(r, v);
    if (json_string_is(key, "models"))
        return read_models_of(r, v);
    if (json_string_is(key, "keys"))
        return read_trait(r, v, TRAIT_KEYS);
    if (json_string_is(key, "latest"))
        return read_trait(r, v, TRAIT_LATEST);
    if (json_string_is(key, "edited"))
        return read_trait(r, v, TRAIT_EDITED);
    if (json_string_is(key, "factored"))
        return read_bool(r, &v->factored);
    return reader_refuse(r, "a value has a field nobody knows");
}

static bool read_value(struct reader *r)
{
    struct description *d = r->out;
    struct json_string key;
    void *list = d->list;
    if (d->count == VALUES_MOST)
        return reader_refuse(r, "too many values");
    if (!reader_grow(&list, d->count, sizeof *d->list))
        return false;
    d->list = list;
    struct described *v = &d->list[d->count++];
    if (!json_enter_object(&r->json))
        return reader_refuse(r, "a value is missing");
    while (json_next_member(&r->json, &key))
        if (!read_value_field(r, key, v))
            return false;
    if (!reader_left(r))
        return false;
    if (v->name == NULL || (v->factored && v->kind != VALUE_MATRIX))
        return reader_refuse(r, "a value lacks a name, or is no matrix and has factors");
    for (size_t i = 0; i + 1 < d->count; i++)
        if (strcmp(d->list[i].name, v->name) == 0)
            return reader_refuse(r, "two values have the same name");
    return true;
}

/* ---- the whole ---- */

static bool read_list(struct reader *r, bool (*each)(struct reader *r))
{
    bool ok = reader_enter(r);
    while (ok && json_next_item(&r->json))
        ok = each(r);
    return ok && reader_left(r);
}

static bool read_version(struct reader *r)
{
    size_t version = 0;
    if (!reader_index(r, SIZE_MAX, &version))
        return false;
    return version == 1 ||
           err_set(r->e, ERR_UNSUPPORTED, "%s: saved by a later bilens (version %zu; 1 is known)",
                   r->file, version);
}

static bool read_all(struct reader *r)
{
    struct json_string key;
    if (!json_enter_object(&r->json))
        return reader_refuse(r, "it is no object");
    while (json_next_member(&r->json, &key)) {
        bool ok = json_string_is(key, "version")  ? read_version(r)
                  : json_string_is(key, "models") ? read_list(r, read_model)
                  : json_string_is(key, "labels") ? read_list(r, reader_labels)
                  : json_string_is(key, "values") ? read_list(r, read_value)
                                                  : reader_refuse(r, "it has a field nobody knows");
        if (!ok)
            return false;
    }
    return reader_left(r) && (json_finish(&r->json) || reader_refuse(r, ""));
}

bool description_read(struct call *c, const char *text, size_t length, const char *file,
                      struct description *out, struct err *e)
{
    char *copy = mem_alloc(length); /* strings are decoded in place */
    *out = (struct description){0};
    if (copy == NULL)
        return err_memory(e);
    memcpy(copy, text, length);
    struct reader r = {
        .call = c, .json = json_begin(copy, length), .file = file, .out = out, .e = e};
    bool ok = read_all(&r);
    mem_free(copy);
    if (!ok)
        description_free(out);
    return ok;
}

void description_free(struct description *d)
{
    for (size_t i = 0; i < d->count; i++) {
        mem_free(d->list[i].name);
        labels_unref(d->list[i].axes[0].labels);
        labels_unref(d->list[i].axes[1].labels);
        mem_free(d->list[i].axes[0].origin);
        mem_free(d->list[i].axes[1].origin);
    }
    for (size_t i = 0; i < d->label_lists; i++)
        labels_unref(d->labels[i]);
    mem_free(d->list);
    mem_free(d->labels);
    mem_free(d->traits);
    *d = (struct description){0};
}

const struct described *description_find(const struct description *d, const char *name)
{
    for (size_t i = 0; i < d->count; i++)
        if (strcmp(d->list[i].name, name) == 0)
            return &d->list[i];
    return NULL;
}
