/* The post_processor of tokenizer.json: the ids that are put around a text. */
#include "tokenizer_reader.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"

enum { ENDS_MOST = 256 };

static bool add_item(struct tokenizer_reader *r, struct ends *ends, size_t item)
{
    if (ends->count == ENDS_MOST)
        return tokenizer_refuse(r, "a post_processor puts absurdly many tokens around a text");
    ends->items = mem_resize(ends->items, ends->count + 1, sizeof *ends->items);
    ends->items[ends->count++] = item;
    return true;
}

static bool add_items(struct tokenizer_reader *r, struct ends *ends, const struct ends *more)
{
    for (size_t i = 0; i < more->count; i++) {
        if (!add_item(r, ends, more->items[i]))
            return false;
    }
    return true;
}

/* What one processor makes goes where the next one puts the text. */
static bool compose(struct tokenizer_reader *r, const struct ends *outer)
{
    struct ends *inner = &r->t->ends, both = {.items = NULL};
    bool good = true;

    for (size_t i = 0; good && i < outer->count; i++) {
        if (outer->items[i] == ENDS_TEXT && inner->count > 0)
            good = add_items(r, &both, inner);
        else
            good = add_item(r, &both, outer->items[i]);
    }
    mem_free(good ? inner->items : both.items);
    if (good)
        *inner = both;
    return good;
}

/* --- Templates --- */

struct special {
    struct piece name;
    struct ends ids;
};

struct template
{
    struct special *specials;
    size_t special_count;
    struct ends ends;
};

static bool read_ids(struct tokenizer_reader *r, struct ends *out)
{
    uint64_t id;

    if (json_peek(&r->json) != JSON_ARRAY)
        return tokenizer_refuse_type(r, "ids", "an array");
    json_enter_array(&r->json);
    while (json_next_item(&r->json)) {
        if (!tokenizer_read_whole(r, "ids", &id) || !add_item(r, out, (size_t)id))
            return false;
    }
    return r->json.fault == NULL || tokenizer_refuse_json(r);
}

/* {"[CLS]": {"id": "[CLS]", "ids": [101], "tokens": ["[CLS]"]}, ...} */
static bool read_specials(struct tokenizer_reader *r, struct template *t)
{
    struct json_string key, field;

    if (json_peek(&r->json) != JSON_OBJECT)
        return tokenizer_refuse_type(r, "special_tokens", "an object");
    json_enter_object(&r->json);
    while (json_next_member(&r->json, &key)) {
        t->specials = mem_resize(t->specials, t->special_count + 1, sizeof *t->specials);
        struct special *s = &t->specials[t->special_count++];
        *s = (struct special){.name = {key.bytes, key.length}};
        if (json_peek(&r->json) != JSON_OBJECT)
            return tokenizer_refuse_type(r, "special_tokens", "an object of objects");
        json_enter_object(&r->json);
        while (json_next_member(&r->json, &field)) {
            if (json_string_is(field, "ids") ? !read_ids(r, &s->ids) : !tokenizer_skip(r))
                return false;
        }
    }
    return r->json.fault == NULL || tokenizer_refuse_json(r);
}

static bool add_special(struct tokenizer_reader *r, struct template *t, struct piece name)
{
    for (size_t i = 0; i < t->special_count; i++) {
        const struct special *s = &t->specials[i];
        if (s->name.length == name.length && memcmp(s->name.bytes, name.bytes, name.length) == 0)
            return add_items(r, &t->ends, &s->ids);
    }
    return err_set(r->e, ERR_FORMAT,
                   "%s: the template's token \"%.100s\" is not in its "
                   "\"special_tokens\"",
                   r->path, name.bytes);
}

/* {"SpecialToken": {"id": "[CLS]", "type_id": 0}} or {"Sequence": {"id": "A", "type_id": 0}} */
static bool read_place(struct tokenizer_reader *r, struct template *t)
{
    struct json_string kind, field;
    struct piece id = {.bytes = NULL};

    if (json_peek(&r->json) != JSON_OBJECT)
        return tokenizer_refuse_type(r, "single", "an array of objects");
    json_enter_object(&r->json);
    while (json_next_member(&r->json, &kind)) {
        if (json_peek(&r->json) != JSON_OBJECT)
            return tokenizer_refuse_type(r, kind.bytes, "an object");
        json_enter_object(&r->json);
        while (json_next_member(&r->json, &field)) {
            if (json_string_is(field, "id") ? !tokenizer_read_string(r, "id", &id)
                                            : !tokenizer_skip(r))
                return false;
        }
        if (r->json.fault != NULL)
            break;
        if (id.bytes == NULL)
            return tokenizer_refuse(r, "a place of a template has no \"id\"");
        if (json_string_is(kind, "Sequence") ? !add_item(r, &t->ends, ENDS_TEXT)
                                             : !add_special(r, t, id))
            return false;
    }
    return r->json.fault == NULL || tokenizer_refuse_json(r);
}

static bool read_places(struct tokenizer_reader *r, struct template *t)
{
    if (json_peek(&r->json) != JSON_ARRAY)
        return tokenizer_refuse_type(r, "single", "an array");
    json_enter_array(&r->json);
    while (json_next_item(&r->json)) {
        if (!read_place(r, t))
            return false;
    }
    return r->json.fault == NULL || tokenizer_refuse_json(r);
}

static bool apply_template(struct tokenizer_reader *r, const struct tokenizer_settings *s)
{
    struct template t = {.specials = NULL};
    struct json here = r->json;
    bool good = true;

    if (s->special.at != NULL) {
        r->json = s->special;
        good = read_specials(r, &t);
    }
    if (good && s->single.at != NULL) {
        r->json = s->single;
        good = read_places(r, &t);
    }
    r->json = here;
    good = good && compose(r, &t.ends);
    for (size_t i = 0; i < t.special_count; i++)
        mem_free(t.specials[i].ids.items);
    mem_free(t.specials);
    mem_free(t.ends.items);
    return good;
}

bool tokenizer_apply_post_processor(struct tokenizer_reader *r, const struct tokenizer_settings *s)
{
    const char *type = s->type.bytes;
    bool roberta = strcmp(type, "RobertaProcessing") == 0;

    if (strcmp(type, "ByteLevel") == 0) /* it only moves offsets */
        return true;
    if (strcmp(type, "TemplateProcessing") == 0)
        return apply_template(r, s);
    if ((roberta || strcmp(type, "BertProcessing") == 0) && s->cls != UINT64_MAX &&
        s->sep != UINT64_MAX) {
        size_t items[] = {(size_t)s->cls, ENDS_TEXT, (size_t)s->sep};
        return compose(r, &(struct ends){.items = items, .count = 3});
    }
    if (r->t->unknown_ends == NULL)
        r->t->unknown_ends = type;
    return true;
}
