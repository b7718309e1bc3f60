/* What encoding needs beyond the labels. */
#include "tokenizer_parts.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/formats/json.h"

struct tokenizer_engine *engine_new(void)
{
    struct tokenizer_engine *engine = mem_new(1, sizeof *engine);

    pthread_mutex_init(&engine->lock, NULL);
    return engine;
}

/* Takes back what engine_prepare made, all or a part of it. */
static void unprepare(struct tokenizer_engine *engine)
{
    normalize_done(&engine->normalize);
    split_done(&engine->split);
    added_index_done(&engine->raw);
    added_index_done(&engine->normalized);
    merges_done(&engine->merges);
    unigram_done(&engine->unigram);
    engine->ready = false;
}

void engine_free(struct tokenizer_engine *engine)
{
    if (engine == NULL)
        return;
    unprepare(engine);
    merging_done(&engine->merging);
    words_done(&engine->words);
    pthread_mutex_destroy(&engine->lock);
    mem_free(engine);
}

/* --- The merges --- */

struct merge_reader {
    const struct tokenizer *t;
    struct json json;
    struct text both; /* of a pair */
    uint32_t rank;
    struct err *e;
};

static bool refuse(struct merge_reader *r, const char *what)
{
    return err_set(r->e, ERR_FORMAT, "merge %u of the tokenizer: %s", (unsigned)r->rank, what);
}

static bool find_piece(struct merge_reader *r, struct piece piece, uint32_t *id)
{
    size_t found;

    if (!tokenizer_model_find(r->t, piece.bytes, piece.length, &found))
        return err_set(
            r->e, ERR_FORMAT, "merge %u of the tokenizer: \"%.*s\" is not in the vocabulary",
            (unsigned)r->rank, piece.length < 100 ? (int)piece.length : 100, piece.bytes);
    *id = (uint32_t)found;
    return true;
}

static bool add_merge(struct merge_reader *r, struct piece left, struct piece right)
{
    struct merge merge = {.rank = r->rank};
    size_t prefix = r->t->prefix.length;

    if (right.length < prefix)
        return refuse(r, "its right side is shorter than \"continuing_subword_prefix\"");
    text_clear(&r->both);
    text_add_bytes(&r->both, left.bytes, left.length);
    text_add_bytes(&r->both, right.bytes + prefix, right.length - prefix);
    struct piece both = {text_get(&r->both), r->both.length};
    if (!find_piece(r, left, &merge.left) || !find_piece(r, right, &merge.right) ||
        !find_piece(r, both, &merge.id))
        return false;
    merges_add(&r->t->engine->merges, merge);
    return true;
}

/* "a b", as older files have it. */
static bool read_joined(struct merge_reader *r)
{
    struct json_string s;
    const char *space;

    if (!json_read_string(&r->json, &s))
        return refuse(r, r->json.fault);
    if (strncmp(s.bytes, "#version", 8) == 0)
        return true;
    space = memchr(s.bytes, ' ', s.length);
    if (space == NULL || memchr(space + 1, ' ', s.length - (size_t)(space + 1 - s.bytes)) != NULL)
        return refuse(r, "it is not two pieces");
    size_t left = (size_t)(space - s.bytes);
    if (!add_merge(r, (struct piece){s.bytes, left},
                   (struct piece){space + 1, s.length - left - 1}))
        return false;
    r->rank++;
    return true;
}

/* ["a", "b"] */
static bool read_pair(struct merge_reader *r)
{
    struct json_string side[2];
    size_t count = 0;

    json_enter_array(&r->json);
    while (json_next_item(&r->json)) {
        if (count == 2 || json_peek(&r->json) != JSON_STRING)
            return refuse(r, "it is not two pieces");
        if (!json_read_string(&r->json, &side[count++]))
            break;
    }
    if (r->json.fault != NULL || count != 2)
        return refuse(r, r->json.fault != NULL ? r->json.fault : "it is not two pieces");
    if (!add_merge(r, (struct piece){side[0].bytes, side[0].length},
                   (struct piece){side[1].bytes, side[1].length}))
        return false;
    r->rank++;
    return true;
}

static bool read_merges(struct merge_reader *r)
{
    if (json_peek(&r->json) != JSON_ARRAY)
        return err_set(r->e, ERR_FORMAT, "the \"merges\" of the tokenizer must be an array");
    json_enter_array(&r->json);
    while (json_next_item(&r->json)) {
        enum json_type type = json_peek(&r->json);
        if (type != JSON_STRING && type != JSON_ARRAY)
            return refuse(r, "it is not two pieces");
        if (type == JSON_STRING ? !read_joined(r) : !read_pair(r))
            return false;
    }
    return r->json.fault == NULL || refuse(r, r->json.fault);
}

/* Strings are decoded where they stand, so it works on a copy: the file's own bytes can be read
 * again if memory runs out on the way. */
static bool make_merges(const struct tokenizer *t, struct err *e)
{
    size_t length = t->merges.length;

    /* A merge takes at least 12 bytes in the file: ["a", "bc"], */
    merges_init(&t->engine->merges, length / 24);
    if (length == 0)
        return true;
    char *copy = mem_strndup(t->merges.bytes, length);
    struct merge_reader r = {.t = t, .json = json_begin(copy, length), .e = e};
    bool good = read_merges(&r);
    text_done(&r.both);
    mem_free(copy);
    return good;
}

bool engine_prepare(const struct tokenizer *t, struct err *e)
{
    struct tokenizer_engine *engine = t->engine;

    if (engine->ready)
        return true;
    engine->ready = normalize_prepare(&engine->normalize, e) && split_prepare(&engine->split, e) &&
                    added_index_make(&engine->raw, t, false, e) &&
                    added_index_make(&engine->normalized, t, true, e);
    if (engine->ready && t->model == TOKENIZER_BPE)
        engine->ready = make_merges(t, e);
    if (engine->ready && t->model == TOKENIZER_UNIGRAM)
        unigram_init(&engine->unigram, &t->vocabulary, t->scores, t->score_count, t->unknown_id);
    if (!engine->ready)
        unprepare(engine);
    return engine->ready;
}
