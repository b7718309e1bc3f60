/* Reading tokenizer.json. */
#include "tokenizer_parts.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/formats/file.h"
#include "tokenizer_reader.h"

enum { TOKENIZER_MOST_BYTES = 256 << 20 };

static bool read_top_member(struct tokenizer_reader *r, struct json_string key)
{
    if (json_string_is(key, "normalizer"))
        return tokenizer_read_steps(r, key.bytes, tokenizer_apply_normalizer);
    if (json_string_is(key, "pre_tokenizer"))
        return tokenizer_read_steps(r, key.bytes, tokenizer_apply_pre_tokenizer);
    if (json_string_is(key, "post_processor"))
        return tokenizer_read_steps(r, key.bytes, tokenizer_apply_post_processor);
    if (json_string_is(key, "decoder")) {
        r->t->has_decoder = json_peek(&r->json) != JSON_NULL;
        return tokenizer_read_steps(r, key.bytes, tokenizer_apply_decoder);
    }
    if (json_string_is(key, "model"))
        return tokenizer_read_model(r);
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
        return tokenizer_refuse(r, "is another library's file: it has no key \"model\", as the "
                                   "files of Hugging Face's tokenizers have");
    return !r->has_added || tokenizer_read_added(r);
}

static void tokenizer_destroy(struct labels *labels)
{
    struct tokenizer *t = (struct tokenizer *)labels;

    engine_free(t->engine);
    mem_free(t->added);
    mem_free(t->scores);
    mem_free(t->ends.items);
    vocabulary_done(&t->vocabulary);
    mem_free(t->bytes);
    mem_free(t);
}

static bool tokenizer_name(const struct labels *labels, size_t index, struct text *out)
{
    return tokenizer_show((const struct tokenizer *)labels, index, out);
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
                                                    .meanings = tokenizer_meanings,
                                                    .count = tokenizer_count,
                                                    .destroy = tokenizer_destroy,
                                                    .same = tokenizer_same};

struct tokenizer *tokenizer_read(const char *path, struct err *e)
{
    struct tokenizer *t = mem_new(1, sizeof *t);
    struct tokenizer_reader r = {.t = t, .path = path, .e = e};

    t->labels.class = &tokenizer_labels_class;
    atomic_init(&t->labels.refs, 1);
    t->most_chars = 100;
    t->unknown_id = UNIGRAM_NONE;
    t->engine = engine_new();
    if (t->engine == NULL || !read_file(&r)) {
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

size_t tokenizer_size(const struct tokenizer *t)
{
    return t->vocabulary.size;
}

const char *tokenizer_piece(const struct tokenizer *t, size_t id)
{
    return id < t->vocabulary.size ? t->vocabulary.pieces[id].bytes : NULL;
}
