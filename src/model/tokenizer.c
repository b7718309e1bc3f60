/* Reading tokenizer.json. */
#include "bilens/model/tokenizer_parts.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/model/file.h"
#include "bilens/model/tokenizer_reader.h"

enum { TOKENIZER_MOST_BYTES = 256 << 20, MOST_PREFIX = 64 };

/* --- The model --- */

/* The message of a refused piece, with the file before it. */
static bool add_piece(struct tokenizer_reader *r, struct piece piece, uint64_t id)
{
    struct err why;

    err_clear(&why);
    if (vocabulary_add(&r->t->vocabulary, piece, id, &why))
        return true;
    if (why.code == ERR_MEMORY)
        return err_memory(r->e);
    return tokenizer_refuse(r, why.message);
}

static bool read_vocabulary_object(struct tokenizer_reader *r)
{
    struct json_string key;
    uint64_t id;

    json_enter_object(&r->json);
    while (json_next_member(&r->json, &key)) {
        if (!tokenizer_read_whole(r, key.bytes, &id) ||
            !add_piece(r, (struct piece){.bytes = key.bytes, .length = key.length}, id))
            return false;
    }
    return r->json.fault == NULL || tokenizer_refuse_json(r);
}

/* Unigram: [[piece, score], ...], the id is the place. */
static bool read_vocabulary_array(struct tokenizer_reader *r)
{
    uint64_t id = 0;

    json_enter_array(&r->json);
    while (json_next_item(&r->json)) {
        struct json_string piece = {.bytes = NULL};
        size_t items = 0;
        if (json_peek(&r->json) != JSON_ARRAY)
            return tokenizer_refuse_type(r, "vocab", "an array of [piece, score]");
        json_enter_array(&r->json);
        while (json_next_item(&r->json)) {
            if (items++ == 0 && json_peek(&r->json) == JSON_STRING)
                json_read_string(&r->json, &piece);
            else
                json_skip(&r->json);
        }
        if (r->json.fault != NULL)
            return tokenizer_refuse_json(r);
        if (piece.bytes == NULL || items != 2)
            return tokenizer_refuse(r, "an item of \"vocab\" is not [piece, score]");
        if (!add_piece(r, (struct piece){.bytes = piece.bytes, .length = piece.length}, id++))
            return false;
    }
    return r->json.fault == NULL || tokenizer_refuse_json(r);
}

static bool read_vocabulary(struct tokenizer_reader *r)
{
    if (r->t->vocabulary.count > 0)
        return tokenizer_refuse(r, "\"vocab\" is given twice");
    switch (json_peek(&r->json)) {
    case JSON_OBJECT:
        return read_vocabulary_object(r);
    case JSON_ARRAY:
        r->t->model = TOKENIZER_UNIGRAM;
        return read_vocabulary_array(r);
    default:
        return tokenizer_refuse_type(r, "vocab", "an object or an array");
    }
}

static bool read_model_member(struct tokenizer_reader *r, struct json_string key,
                              struct piece *type)
{
    uint64_t most;

    if (json_string_is(key, "type"))
        return tokenizer_read_string(r, key.bytes, type);
    if (json_string_is(key, "vocab"))
        return read_vocabulary(r);
    if (json_string_is(key, "unk_token"))
        return tokenizer_read_string(r, key.bytes, &r->t->unknown);
    if (json_string_is(key, "continuing_subword_prefix")) {
        r->has_prefix = true;
        return tokenizer_read_string(r, key.bytes, &r->t->prefix);
    }
    if (json_string_is(key, "max_input_chars_per_word")) {
        if (!tokenizer_read_whole(r, key.bytes, &most))
            return false;
        r->t->most_chars = most < SIZE_MAX ? (size_t)most : SIZE_MAX;
        return true;
    }
    if (json_string_is(key, "merges"))
        r->has_merges = true;
    return tokenizer_skip(r);
}

static const char *const model_names[] = {
    [TOKENIZER_WORDPIECE] = "WordPiece",
    [TOKENIZER_WORDLEVEL] = "WordLevel",
    [TOKENIZER_BPE] = "BPE",
    [TOKENIZER_UNIGRAM] = "Unigram",
};

/* From its name, or, in old files, from what it holds. */
static bool set_model(struct tokenizer_reader *r, struct piece type)
{
    if (type.bytes == NULL) {
        if (r->t->model != TOKENIZER_UNIGRAM)
            r->t->model = r->has_merges   ? TOKENIZER_BPE
                          : r->has_prefix ? TOKENIZER_WORDPIECE
                                          : TOKENIZER_WORDLEVEL;
        return true;
    }
    for (int i = 0; i <= TOKENIZER_UNIGRAM; i++) {
        if (strcmp(type.bytes, model_names[i]) == 0) {
            r->t->model = (enum tokenizer_model)i;
            return true;
        }
    }
    return err_set(r->e, ERR_UNSUPPORTED,
                   "%s: model type \"%.100s\" is unknown; bilens knows WordPiece, WordLevel, BPE "
                   "and Unigram",
                   r->path, type.bytes);
}

static bool read_model(struct tokenizer_reader *r)
{
    struct piece type = {.bytes = NULL};
    struct json_string key;

    if (r->has_model)
        return tokenizer_refuse(r, "\"model\" is given twice");
    r->has_model = true;
    if (json_peek(&r->json) != JSON_OBJECT)
        return tokenizer_refuse_type(r, "model", "an object");
    json_enter_object(&r->json);
    while (json_next_member(&r->json, &key)) {
        if (!read_model_member(r, key, &type))
            return false;
    }
    return (r->json.fault == NULL || tokenizer_refuse_json(r)) && set_model(r, type);
}

/* --- Added tokens --- */

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
        else
            good = tokenizer_skip(r); /* "id" among them: its real id is worked out */
    }
    return good && (r->json.fault == NULL || tokenizer_refuse_json(r));
}

/* Its id is the one it has in the vocabulary, else the next one. */
static bool place_added(struct tokenizer_reader *r, struct added_token *a)
{
    struct text text = TEXT_EMPTY;
    struct vocabulary *v = &r->t->vocabulary;

    if (a->content.bytes == NULL || a->content.length == 0)
        return tokenizer_refuse(r, "an added token has no \"content\"");
    if (!vocabulary_find(v, a->content.bytes, a->content.length, &a->id)) {
        a->id = v->size;
        if (!add_piece(r, a->content, a->id))
            return false;
    }
    if (!a->normalized || r->t->normalize.count == 0)
        return true;
    if (!normalize_apply(&r->t->normalize, a->content.bytes, a->content.length, &text, r->e))
        return false;
    a->content.length = text.length;
    a->content.bytes = a->owned = text_take(&text);
    return a->owned != NULL || err_memory(r->e);
}

static bool read_added(struct tokenizer_reader *r)
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
            if (a == NULL)
                return err_memory(r->e);
            t->added = a;
        }
        a = &t->added[t->added_count++];
        *a = (struct added_token){.id = 0};
        if (!read_added_members(r, a) || !place_added(r, a))
            return false;
    }
    return r->json.fault == NULL || tokenizer_refuse_json(r);
}

/* --- The file --- */

static bool read_top_member(struct tokenizer_reader *r, struct json_string key)
{
    if (json_string_is(key, "normalizer"))
        return tokenizer_read_steps(r, tokenizer_apply_normalizer);
    if (json_string_is(key, "pre_tokenizer"))
        return tokenizer_read_steps(r, tokenizer_apply_pre_tokenizer);
    if (json_string_is(key, "model"))
        return read_model(r);
    if (json_string_is(key, "added_tokens")) {
        if (r->has_added)
            return tokenizer_refuse(r, "\"added_tokens\" is given twice");
        r->has_added = true;
        r->added = r->json;
    }
    return tokenizer_skip(r);
}

static bool read_file(struct tokenizer_reader *r)
{
    struct json_string key;
    size_t length;

    r->t->bytes = file_read(r->path, TOKENIZER_MOST_BYTES, &length, r->e);
    if (r->t->bytes == NULL)
        return false;
    if (!utf8_valid(r->t->bytes, length))
        return tokenizer_refuse(r, "is not UTF-8");
    r->json = json_begin(r->t->bytes, length);
    json_enter_object(&r->json);
    while (json_next_member(&r->json, &key)) {
        if (!read_top_member(r, key))
            return false;
    }
    if (!json_finish(&r->json))
        return tokenizer_refuse_json(r);
    if (!r->has_model)
        return tokenizer_refuse(r, "key \"model\" is missing");
    if (r->t->prefix.length > MOST_PREFIX)
        return tokenizer_refuse(r, "\"continuing_subword_prefix\" is absurdly long");
    return !r->has_added || read_added(r);
}

static void tokenizer_destroy(struct labels *labels)
{
    struct tokenizer *t = (struct tokenizer *)labels;

    for (size_t i = 0; i < t->added_count; i++)
        mem_free(t->added[i].owned);
    mem_free(t->added);
    vocabulary_done(&t->vocabulary);
    mem_free(t->bytes);
    mem_free(t);
}

static bool tokenizer_name(const struct labels *labels, size_t index, struct text *out)
{
    const struct tokenizer *t = (const struct tokenizer *)labels;

    if (index >= t->vocabulary.size || t->vocabulary.pieces[index].bytes == NULL)
        return false;
    text_add_bytes(out, t->vocabulary.pieces[index].bytes, t->vocabulary.pieces[index].length);
    return true;
}

static size_t tokenizer_count(const struct labels *labels)
{
    return ((const struct tokenizer *)labels)->vocabulary.size;
}

/* Two models with the same vocabulary may meet in one product. */
static bool tokenizer_same(const struct labels *a, const struct labels *b)
{
    const struct vocabulary *x = &((const struct tokenizer *)a)->vocabulary;
    const struct vocabulary *y = &((const struct tokenizer *)b)->vocabulary;

    if (x->size != y->size || x->count != y->count)
        return false;
    for (size_t i = 0; i < x->size; i++) {
        const struct piece *p = &x->pieces[i], *q = &y->pieces[i];
        if (p->length != q->length || (p->bytes == NULL) != (q->bytes == NULL) ||
            (p->bytes != NULL && memcmp(p->bytes, q->bytes, p->length) != 0))
            return false;
    }
    return true;
}

const struct labels_class tokenizer_labels_class = {.name = tokenizer_name,
                                                    .find = tokenizer_find,
                                                    .count = tokenizer_count,
                                                    .destroy = tokenizer_destroy,
                                                    .same = tokenizer_same};

struct tokenizer *tokenizer_read(const char *path, struct err *e)
{
    struct tokenizer *t = mem_new(1, sizeof *t);
    struct tokenizer_reader r = {.t = t, .path = path, .e = e};

    if (t == NULL) {
        err_memory(e);
        return NULL;
    }
    t->labels.class = &tokenizer_labels_class;
    atomic_init(&t->labels.refs, 1);
    t->unknown = (struct piece){.bytes = "[UNK]", .length = 5};
    t->prefix = (struct piece){.bytes = "##", .length = 2};
    t->most_chars = 100;
    if (!read_file(&r)) {
        labels_unref(&t->labels);
        return NULL;
    }
    return t;
}

struct labels *tokenizer_labels(struct tokenizer *t)
{
    return &t->labels;
}

const struct tokenizer *tokenizer_of(const struct labels *labels)
{
    if (labels == NULL || labels->class != &tokenizer_labels_class)
        return NULL;
    return (const struct tokenizer *)labels;
}

const char *tokenizer_kind(const struct tokenizer *t)
{
    return model_names[t->model];
}

size_t tokenizer_size(const struct tokenizer *t)
{
    return t->vocabulary.size;
}

const char *tokenizer_piece(const struct tokenizer *t, size_t id)
{
    return id < t->vocabulary.size ? t->vocabulary.pieces[id].bytes : NULL;
}
