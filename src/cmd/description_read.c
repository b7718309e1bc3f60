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
#include "names.h"
#include "provenance.h"

enum { VALUES_MOST = 16384, LISTS_MOST = 1024 };

struct reader {
    struct call *call;
    struct json json;
    const char *file;
    struct description *out;
    struct err *e;
};

static bool refuse(const struct reader *r, const char *why)
{
    return err_set(r->e, ERR_FORMAT, "%s: what bilens wrote about it was changed: %s", r->file,
                   r->json.fault != NULL ? r->json.fault : why);
}

/* Room for one more. */
static void *grow(void *list, size_t count, size_t size)
{
    char *grown = mem_resize(list, count + 1, size);
    memset(grown + count * size, 0, size);
    return grown;
}

/* ---- plain values ---- */

static bool read_bool(struct reader *r, bool *out)
{
    enum json_type type = json_peek(&r->json);
    *out = type == JSON_TRUE;
    return ((type == JSON_TRUE || type == JSON_FALSE) && json_skip(&r->json)) ||
           refuse(r, "true or false is missing");
}

static bool read_string(struct reader *r, struct json_string *out)
{
    return json_read_string(&r->json, out) || refuse(r, "a string is missing");
}

/* A whole number below limit. */
static bool read_index(struct reader *r, size_t limit, size_t *out)
{
    struct json_number n;
    if (!json_read_number(&r->json, &n) || !n.whole || n.value >= limit)
        return refuse(r, "a number is out of range");
    *out = n.value;
    return true;
}

/* A step: no zero, of either sign. */
static bool read_step(struct reader *r, ptrdiff_t *out)
{
    char digits[16];
    struct json_number n;
    if (!json_read_number(&r->json, &n) || n.length >= sizeof digits)
        return refuse(r, "a step is out of range");
    memcpy(digits, n.text, n.length);
    digits[n.length] = '\0';
    char *end;
    long step = strtol(digits, &end, 10);
    *out = step;
    return (*end == '\0' && step != 0 && labs(step) < INT32_MAX) ||
           refuse(r, "a step is out of range");
}

static bool enter_array(struct reader *r)
{
    return json_enter_array(&r->json) || refuse(r, "a list is missing");
}

static bool left(struct reader *r)
{
    return r->json.fault == NULL || refuse(r, "");
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
        if (!read_string(r, &string))
            return false;
        copy_string(name ? p->name : p->hash, name ? sizeof p->name : sizeof p->hash, string);
        return true;
    }
    bool *flag = json_string_is(key, "folded")     ? &p->folded
                 : json_string_is(key, "centered") ? &p->centered
                 : json_string_is(key, "rotary")   ? &p->rotary
                                                   : NULL;
    return flag != NULL ? read_bool(r, flag) : refuse(r, "a model has a field nobody knows");
}

static bool read_model(struct reader *r)
{
    struct description *d = r->out;
    struct provenance p = {0};
    struct json_string key;
    if (d->models == TRAIT_MODELS)
        return refuse(r, "too many models");
    if (!json_enter_object(&r->json))
        return refuse(r, "a model is missing");
    while (json_next_member(&r->json, &key))
        if (!read_model_field(r, key, &p))
            return false;
    if (!left(r))
        return false;
    d->traits = grow(d->traits, d->models, sizeof *d->traits);
    const struct open_model *open = provenance_open(r->call, &p);
    unsigned *trait = &d->traits[d->models++];
    if (open != NULL)
        *trait = open->trait;
    else
        call_provenance(r->call, &p, trait);
    return true;
}

/* ---- labels ---- */

struct labels *labels_adopt(const struct call *c, struct labels *list)
{
    for (size_t i = 0; i < c->state->models; i++) {
        const struct model *m = c->state->open[i].model;
        struct labels *own = m->tokenizer ? tokenizer_labels(m->tokenizer) : NULL;
        if (own != NULL && labels_same(own, list))
            return labels_ref(own);
    }
    return labels_ref(list);
}

/* Appends a name; it grows by doubling. */
static bool add_name(struct reader *r, char ***names, size_t *count)
{
    struct json_string name = {0};
    if ((*count & (*count - 1)) == 0) /* full: 0, 1, 2, 4, ... */
        *names = mem_resize(*names, *count > 0 ? 2 * *count : 1, sizeof **names);
    bool none = json_peek(&r->json) == JSON_NULL;
    if (none ? !json_skip(&r->json) : !read_string(r, &name))
        return refuse(r, "a label is missing");
    (*names)[(*count)++] = none ? NULL : mem_strndup(name.bytes, name.length);
    return true;
}

static bool read_labels(struct reader *r)
{
    struct description *d = r->out;
    char **names = NULL;
    size_t count = 0;
    bool ok = d->label_lists < LISTS_MOST ? enter_array(r) : refuse(r, "too many lists of labels");
    while (ok && json_next_item(&r->json))
        ok = add_name(r, &names, &count);
    if (!ok || !left(r)) {
        for (size_t i = 0; i < count; i++)
            mem_free(names[i]);
        mem_free(names);
        return false;
    }
    d->labels = grow(d->labels, d->label_lists, sizeof *d->labels);
    struct labels *own = labels_list_new(names, count);
    d->labels[d->label_lists++] = labels_adopt(r->call, own);
    labels_unref(own);
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

/* Where the places of an axis stand: {"kind": ..., "start": ..., "step": ..., "labels": ...}. */
static bool read_place(struct reader *r, struct json_string *kind, struct described_axis *out)
{
    const size_t most = (size_t)1 << 40;
    struct json_string key;
    size_t list = 0;
    *out = (struct described_axis){.step = 1};
    *kind = (struct json_string){"", 0};
    if (!json_enter_object(&r->json))
        return refuse(r, "an axis is missing");
    while (json_next_member(&r->json, &key)) {
        bool ok = json_string_is(key, "kind")     ? read_string(r, kind)
                  : json_string_is(key, "start")  ? read_index(r, most, &out->start)
                  : json_string_is(key, "step")   ? read_step(r, &out->step)
                  : json_string_is(key, "labels") ? read_index(r, r->out->label_lists, &list)
                                                  : refuse(r, "an axis has a field nobody knows");
        if (!ok)
            return false;
        if (json_string_is(key, "labels")) {
            labels_unref(out->labels);
            out->labels = labels_ref(r->out->labels[list]);
        }
    }
    return left(r);
}

static bool read_stack(struct reader *r, struct described *v)
{
    struct described_axis place;
    struct json_string kind;
    if (!enter_array(r))
        return false;
    for (v->stack = 0; json_next_item(&r->json); v->stack++) {
        if (v->stack == STACK_MOST)
            return refuse(r, "a stack has more than two axes");
        bool ok = read_place(r, &kind, &place);
        labels_unref(place.labels);
        bool layer = json_string_is(kind, "layer");
        if (!ok || (!layer && !json_string_is(kind, "head")))
            return refuse(r, "a stack is neither over layers nor over heads");
        v->stack_axes[v->stack] = (struct stack_axis){
            .kind = layer ? 'l' : 'h', .start = place.start, .step = place.step};
    }
    bool twice = v->stack == 2 && v->stack_axes[0].kind == v->stack_axes[1].kind;
    return left(r) && (!twice || refuse(r, "a stack is over the same twice"));
}

static bool read_axes(struct reader *r, struct described *v)
{
    struct json_string kind;
    size_t count = 0;
    if (v->axes[0].labels != NULL || v->axes[1].labels != NULL)
        return refuse(r, "the axes of a value are given twice");
    if (!enter_array(r))
        return false;
    for (; json_next_item(&r->json); count++) {
        if (count == 2)
            return refuse(r, "a value has more than two axes");
        if (!read_place(r, &kind, &v->axes[count]))
            return false;
        if (!axis_kind_of(kind, &v->axes[count].kind))
            return refuse(r, "an axis is of a kind nobody knows");
    }
    return left(r);
}

/* ---- values ---- */

static bool read_kind(struct reader *r, struct described *v)
{
    struct json_string kind;
    if (!read_string(r, &kind))
        return false;
    v->kind = json_string_is(kind, "number")   ? VALUE_NUMBER
              : json_string_is(kind, "vector") ? VALUE_VECTOR
                                               : VALUE_MATRIX;
    return v->kind != VALUE_MATRIX || json_string_is(kind, "matrix") ||
           refuse(r, "a value is of a kind nobody knows");
}

/* Whether the name is free here is for the one who binds it: another may be asked for. */
static bool read_name(struct reader *r, struct described *v)
{
    struct json_string name;
    mem_free(v->name);
    v->name = NULL;
    if (!read_string(r, &name))
        return false;
    v->name = mem_strdup(name.bytes);
    return (strlen(v->name) == name.length && name_is_written(v->name)) ||
           refuse(r, "a value has a name that no value can have");
}

static bool read_models_of(struct reader *r, struct described *v)
{
    size_t model = 0;
    if (!enter_array(r))
        return false;
    while (json_next_item(&r->json)) {
        if (!read_index(r, r->out->models, &model))
            return false;
        v->traits |= r->out->traits[model];
    }
    return left(r);
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
    return refuse(r, "a value has a field nobody knows");
}

static bool read_value(struct reader *r)
{
    struct description *d = r->out;
    struct json_string key;
    if (d->count == VALUES_MOST)
        return refuse(r, "too many values");
    d->list = grow(d->list, d->count, sizeof *d->list);
    struct described *v = &d->list[d->count++];
    if (!json_enter_object(&r->json))
        return refuse(r, "a value is missing");
    while (json_next_member(&r->json, &key))
        if (!read_value_field(r, key, v))
            return false;
    if (!left(r))
        return false;
    if (v->name == NULL || (v->factored && v->kind != VALUE_MATRIX))
        return refuse(r, "a value lacks a name, or is no matrix and has factors");
    for (size_t i = 0; i + 1 < d->count; i++)
        if (strcmp(d->list[i].name, v->name) == 0)
            return refuse(r, "two values have the same name");
    return true;
}

/* ---- the whole ---- */

static bool read_list(struct reader *r, bool (*each)(struct reader *r))
{
    bool ok = enter_array(r);
    while (ok && json_next_item(&r->json))
        ok = each(r);
    return ok && left(r);
}

static bool read_version(struct reader *r)
{
    size_t version = 0;
    if (!read_index(r, SIZE_MAX, &version))
        return false;
    return version == 1 ||
           err_set(r->e, ERR_UNSUPPORTED, "%s: saved by a later bilens (version %zu; 1 is known)",
                   r->file, version);
}

static bool read_all(struct reader *r)
{
    struct json_string key;
    if (!json_enter_object(&r->json))
        return refuse(r, "it is no object");
    while (json_next_member(&r->json, &key)) {
        bool ok = json_string_is(key, "version")  ? read_version(r)
                  : json_string_is(key, "models") ? read_list(r, read_model)
                  : json_string_is(key, "labels") ? read_list(r, read_labels)
                  : json_string_is(key, "values") ? read_list(r, read_value)
                                                  : refuse(r, "it has a field nobody knows");
        if (!ok)
            return false;
    }
    return left(r) && (json_finish(&r->json) || refuse(r, ""));
}

bool description_read(struct call *c, const char *text, size_t length, const char *file,
                      struct description *out, struct err *e)
{
    char *copy = mem_try_alloc(length); /* strings are decoded in place */
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
