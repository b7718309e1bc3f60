/* The "model" of tokenizer.json: its vocabulary, and how it is used. */
#include "tokenizer_reader.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"

enum { MOST_AFFIX = 64 };

/* --- The vocabulary --- */

/* The message of a refused piece, with the file before it. */
bool tokenizer_add_piece(struct tokenizer_reader *r, struct piece piece, uint64_t id)
{
    struct err why;

    err_clear(&why);
    if (vocabulary_add(&r->t->vocabulary, piece, id, r->t->model == TOKENIZER_UNIGRAM, &why))
        return true;
    return tokenizer_refuse(r, why.message);
}

static bool read_vocabulary_object(struct tokenizer_reader *r)
{
    struct json_string key;
    uint64_t id;

    json_enter_object(&r->json);
    while (json_next_member(&r->json, &key)) {
        if (!tokenizer_read_whole(r, key.bytes, &id) ||
            !tokenizer_add_piece(r, (struct piece){.bytes = key.bytes, .length = key.length}, id))
            return false;
    }
    return r->json.fault == NULL || tokenizer_refuse_json(r);
}

static void add_score(struct tokenizer *t, size_t *capacity, double score)
{
    if (t->score_count == *capacity) {
        size_t wanted = *capacity == 0 ? 1024 : 2 * *capacity;
        t->scores = mem_resize(t->scores, wanted, sizeof *t->scores);
        *capacity = wanted;
    }
    t->scores[t->score_count++] = score;
}

/* Divisions of a text tie in the bits that the reference library reads. */
static bool read_score(struct tokenizer_reader *r, double *score)
{
    struct json_number number;

    if (!json_read_number(&r->json, &number))
        return tokenizer_refuse_json(r);
    return json_double(number, score) ||
           tokenizer_refuse(r, "a score of \"vocab\" is beyond the range of doubles");
}

static bool read_scored_piece(struct tokenizer_reader *r, struct piece *piece, double *score)
{
    bool has_score = false;
    size_t items = 0;

    if (json_peek(&r->json) != JSON_ARRAY)
        return tokenizer_refuse_type(r, "vocab", "an array of [piece, score]");
    json_enter_array(&r->json);
    while (json_next_item(&r->json)) {
        enum json_type type = json_peek(&r->json);
        bool good = true;
        if (items == 0 && type == JSON_STRING)
            good = tokenizer_read_string(r, "vocab", piece);
        else if (items == 1 && type == JSON_NUMBER)
            good = has_score = read_score(r, score);
        else
            good = tokenizer_skip(r);
        if (!good)
            return false;
        items++;
    }
    if (r->json.fault != NULL)
        return tokenizer_refuse_json(r);
    return (piece->bytes != NULL && has_score && items == 2) ||
           tokenizer_refuse(r, "an item of \"vocab\" is not [piece, score]");
}

/* Unigram: [[piece, score], ...], the id is the place. */
static bool read_vocabulary_array(struct tokenizer_reader *r)
{
    size_t capacity = 0;

    json_enter_array(&r->json);
    while (json_next_item(&r->json)) {
        struct piece piece = {.bytes = NULL};
        double score = 0;
        if (!read_scored_piece(r, &piece, &score) ||
            !tokenizer_add_piece(r, piece, r->t->score_count))
            return false;
        add_score(r->t, &capacity, score);
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

bool tokenizer_model_find(const struct tokenizer *t, const char *bytes, size_t length, size_t *id)
{
    return vocabulary_find(&t->vocabulary, bytes, length, id) && *id < t->model_size;
}

/* --- The settings --- */

/* Left as they are written: encoding reads them, showing tokens needs none. */
static bool pass_merges(struct tokenizer_reader *r)
{
    const char *start;

    r->has_merges = true;
    json_peek(&r->json); /* past the white space */
    start = r->json.at;
    if (!tokenizer_skip(r))
        return false;
    r->t->merges = (struct piece){start, (size_t)(r->json.at - start)};
    return true;
}

static bool read_unknown_id(struct tokenizer_reader *r)
{
    uint64_t id;

    if (json_peek(&r->json) == JSON_NULL)
        return tokenizer_skip(r);
    if (!tokenizer_read_whole(r, "unk_id", &id))
        return false;
    r->t->unknown_id = id < SIZE_MAX ? (size_t)id : UNIGRAM_NONE;
    return true;
}

static bool read_most_chars(struct tokenizer_reader *r, const char *key)
{
    uint64_t most;

    if (!tokenizer_read_whole(r, key, &most))
        return false;
    r->t->most_chars = most < SIZE_MAX ? (size_t)most : SIZE_MAX;
    return true;
}

static bool read_member(struct tokenizer_reader *r, struct json_string key, struct piece *type)
{
    struct tokenizer *t = r->t;

    if (json_string_is(key, "type"))
        return tokenizer_read_word(r, key.bytes, type);
    if (json_string_is(key, "vocab"))
        return read_vocabulary(r);
    if (json_string_is(key, "merges"))
        return pass_merges(r);
    if (json_string_is(key, "unk_token"))
        return tokenizer_read_string(r, key.bytes, &t->unknown);
    if (json_string_is(key, "unk_id"))
        return read_unknown_id(r);
    if (json_string_is(key, "continuing_subword_prefix")) {
        r->has_prefix = true;
        return tokenizer_read_string(r, key.bytes, &t->prefix);
    }
    if (json_string_is(key, "end_of_word_suffix"))
        return tokenizer_read_string(r, key.bytes, &t->suffix);
    if (json_string_is(key, "max_input_chars_per_word"))
        return read_most_chars(r, key.bytes);
    if (json_string_is(key, "byte_fallback"))
        return tokenizer_read_bool(r, key.bytes, &t->byte_fallback);
    if (json_string_is(key, "ignore_merges"))
        return tokenizer_read_bool(r, key.bytes, &t->ignore_merges);
    if (json_string_is(key, "fuse_unk"))
        return tokenizer_read_bool(r, key.bytes, &t->fuse_unknown);
    return tokenizer_skip(r); /* "dropout" among them, which is for training */
}

static const char *const model_names[] = {
    [TOKENIZER_WORDPIECE] = "WordPiece",
    [TOKENIZER_WORDLEVEL] = "WordLevel",
    [TOKENIZER_BPE] = "BPE",
    [TOKENIZER_UNIGRAM] = "Unigram",
};

const char *tokenizer_kind(const struct tokenizer *t)
{
    return model_names[t->model];
}

/* From its name, or, in old files, from what it holds. */
static bool set_type(struct tokenizer_reader *r, struct piece type)
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

static bool set_defaults(struct tokenizer_reader *r)
{
    struct tokenizer *t = r->t;

    if (t->unknown.bytes == NULL && t->model == TOKENIZER_WORDPIECE)
        t->unknown = (struct piece){.bytes = "[UNK]", .length = 5};
    if (t->unknown.bytes == NULL && t->model == TOKENIZER_WORDLEVEL)
        t->unknown = (struct piece){.bytes = "<unk>", .length = 5};
    if (t->prefix.bytes == NULL && t->model == TOKENIZER_WORDPIECE)
        t->prefix = (struct piece){.bytes = "##", .length = 2};
    if (t->prefix.bytes == NULL)
        t->prefix = (struct piece){.bytes = "", .length = 0};
    if (t->suffix.bytes == NULL)
        t->suffix = (struct piece){.bytes = "", .length = 0};
    if (t->model == TOKENIZER_UNIGRAM && t->score_count == 0 && t->vocabulary.count > 0)
        return tokenizer_refuse(r, "a Unigram \"vocab\" must be an array of [piece, score]");
    if (t->model != TOKENIZER_UNIGRAM && t->score_count > 0)
        return tokenizer_refuse(r, "only a Unigram \"vocab\" is an array");
    if (t->unknown_id != UNIGRAM_NONE && t->unknown_id >= t->score_count)
        return tokenizer_refuse(r, "\"unk_id\" is beyond the vocabulary");
    if (t->prefix.length > MOST_AFFIX)
        return tokenizer_refuse(r, "\"continuing_subword_prefix\" is absurdly long");
    if (t->suffix.length > MOST_AFFIX)
        return tokenizer_refuse(r, "\"end_of_word_suffix\" is absurdly long");
    return true;
}

bool tokenizer_read_model(struct tokenizer_reader *r)
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
        if (!read_member(r, key, &type))
            return false;
    }
    r->t->model_size = r->t->vocabulary.size;
    return (r->json.fault == NULL || tokenizer_refuse_json(r)) && set_type(r, type) &&
           set_defaults(r);
}
