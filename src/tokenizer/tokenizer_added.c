/* Added tokens: reading them, and cutting them out of a text. */
#include "tokenizer_reader.h"

#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "code_points.h"

/* --- Reading --- */

static bool read_added_members(struct tokenizer_reader *r, struct added_token *a)
{
    struct json_string key;
    bool good = true;

    json_enter_object(&r->json);
    while (good && json_next_member(&r->json, &key)) {
        if (json_string_is(key, "content"))
            good = tokenizer_read_string(r, key.bytes, &a->content);
        else if (json_string_is(key, "single_word"))
            good = tokenizer_read_bool(r, key.bytes, &a->single_word);
        else if (json_string_is(key, "lstrip"))
            good = tokenizer_read_bool(r, key.bytes, &a->strip_left);
        else if (json_string_is(key, "rstrip"))
            good = tokenizer_read_bool(r, key.bytes, &a->strip_right);
        else if (json_string_is(key, "normalized"))
            good = tokenizer_read_bool(r, key.bytes, &a->normalized);
        else if (json_string_is(key, "special"))
            good = tokenizer_read_bool(r, key.bytes, &a->special);
        else
            good = tokenizer_skip(r); /* "id" among them: its real id is worked out */
    }
    return good && (r->json.fault == NULL || tokenizer_refuse_json(r));
}

/* Its id is the one it has in the vocabulary, else the next one. */
static bool place_added(struct tokenizer_reader *r, struct added_token *a)
{
    struct vocabulary *v = &r->t->vocabulary;

    if (a->content.bytes == NULL)
        return tokenizer_refuse(r, "an added token has no \"content\"");
    if (vocabulary_find(v, a->content.bytes, a->content.length, &a->id))
        return true;
    a->id = v->size;
    return tokenizer_add_piece(r, a->content, a->id);
}

bool tokenizer_read_added(struct tokenizer_reader *r)
{
    struct tokenizer *t = r->t;
    size_t capacity = 0;

    r->json = r->added;
    if (json_peek(&r->json) == JSON_NULL)
        return true;
    if (json_peek(&r->json) != JSON_ARRAY)
        return tokenizer_refuse_type(r, "added_tokens", "an array");
    json_enter_array(&r->json);
    while (json_next_item(&r->json)) {
        struct added_token *a;
        if (json_peek(&r->json) != JSON_OBJECT)
            return tokenizer_refuse_type(r, "added_tokens", "an array of objects");
        if (t->added_count == capacity) {
            capacity = capacity == 0 ? 16 : 2 * capacity;
            a = mem_resize(t->added, capacity, sizeof *a);
            t->added = a;
        }
        a = &t->added[t->added_count];
        *a = (struct added_token){.id = 0};
        if (!read_added_members(r, a))
            return false;
        if (a->content.bytes != NULL && a->content.length == 0)
            continue; /* the reference passes over empty ones too */
        if (!place_added(r, a))
            return false;
        t->added_count++;
    }
    return r->json.fault == NULL || tokenizer_refuse_json(r);
}

/* --- The index --- */

/* The longest first among those of one first byte; among equals the first in the file, special
 * ones before others, as the reference has them. */
static bool comes_before(const struct added_form *a, const struct added_form *b)
{
    unsigned char x = (unsigned char)a->bytes.bytes[0], y = (unsigned char)b->bytes.bytes[0];

    if (x != y)
        return x < y;
    if (a->bytes.length != b->bytes.length)
        return a->bytes.length > b->bytes.length;
    if (a->token->special != b->token->special)
        return a->token->special;
    return a->token < b->token;
}

static int compare_forms(const void *a, const void *b)
{
    return comes_before(a, b) ? -1 : 1;
}

static bool add_form(struct added_index *index, const struct tokenizer *t,
                     const struct added_token *token, struct err *e)
{
    struct added_form form = {.bytes = token->content, .token = token};

    if (token->normalized && t->engine->normalize.count > 0) {
        struct text text = TEXT_EMPTY;
        if (!normalize_apply(&t->engine->normalize, token->content.bytes, token->content.length,
                             &text, NULL, e)) {
            text_done(&text);
            return false;
        }
        form.bytes.length = text.length;
        form.bytes.bytes = form.owned = text_take(&text);
    }
    if (form.bytes.length == 0)
        mem_free(form.owned);
    else
        index->forms[index->count++] = form;
    return true;
}

bool added_index_make(struct added_index *index, const struct tokenizer *t, bool normalized,
                      struct err *e)
{
    *index = (struct added_index){.forms = mem_new(t->added_count + 1, sizeof *index->forms)};
    for (size_t i = 0; i < t->added_count; i++) {
        if (t->added[i].normalized == normalized && !add_form(index, t, &t->added[i], e))
            return false;
    }
    qsort(index->forms, index->count, sizeof *index->forms, compare_forms);
    for (size_t i = 0; i < index->count; i++)
        index->first[(unsigned char)index->forms[i].bytes.bytes[0] + 1] = i + 1;
    for (size_t b = 1; b <= 256; b++) {
        if (index->first[b] == 0)
            index->first[b] = index->first[b - 1];
    }
    return true;
}

void added_index_done(struct added_index *index)
{
    for (size_t i = 0; i < index->count; i++)
        mem_free(index->forms[i].owned);
    mem_free(index->forms);
    *index = (struct added_index){.forms = NULL};
}

/* --- Cutting out --- */

static size_t code_start(const char *bytes, size_t at)
{
    do
        at--;
    while (at > 0 && ((unsigned char)bytes[at] & 0xC0) == 0x80);
    return at;
}

static bool stands_alone(const char *bytes, size_t length, size_t start, size_t end)
{
    uint32_t code;

    if (start > 0) {
        size_t before = code_start(bytes, start);
        utf8_decode(bytes + before, start - before, &code);
        if (code_is_word(code))
            return false;
    }
    return end == length || utf8_decode(bytes + end, length - end, &code) == 0 ||
           !code_is_word(code);
}

/* The longest form at a place. */
static const struct added_form *form_at(const struct added_index *index, const char *bytes,
                                        size_t length)
{
    unsigned char first = (unsigned char)bytes[0];

    for (size_t i = index->first[first]; i < index->first[first + 1]; i++) {
        const struct added_form *form = &index->forms[i];
        if (form->bytes.length <= length &&
            memcmp(bytes, form->bytes.bytes, form->bytes.length) == 0)
            return form;
    }
    return NULL;
}

static size_t skip_space_left(const char *bytes, size_t least, size_t at)
{
    while (at > least) {
        uint32_t code;
        size_t before = code_start(bytes, at);
        utf8_decode(bytes + before, at - before, &code);
        if (!code_is_space(code))
            break;
        at = before;
    }
    return at < least ? least : at;
}

static size_t skip_space_right(const char *bytes, size_t length, size_t at)
{
    while (at < length) {
        uint32_t code;
        size_t took = utf8_decode(bytes + at, length - at, &code);
        if (!code_is_space(code))
            break;
        at += took;
    }
    return at;
}

bool added_next(const struct added_index *index, const char *bytes, size_t length, size_t *at,
                size_t done, struct added_match *out)
{
    while (*at < length) {
        const struct added_form *form = form_at(index, bytes + *at, length - *at);
        size_t start = *at;
        if (form == NULL) {
            ++*at;
            continue;
        }
        *at += form->bytes.length;
        if (form->token->single_word && !stands_alone(bytes, length, start, *at))
            continue; /* shorter ones are not tried either */
        out->token = form->token;
        out->start = form->token->strip_left ? skip_space_left(bytes, done, start) : start;
        out->end = form->token->strip_right ? skip_space_right(bytes, length, *at) : *at;
        return true;
    }
    return false;
}
