/* From a word that someone typed to a token. */
#include "tokenizer_parts.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/near.h"
#include "bilens/base/text.h"
#include "byte_alphabet.h"

/* --- What a word may mean --- */

struct matches {
    const struct tokenizer *t;
    size_t *ids;
    size_t count, most;
};

static void add_match(struct matches *m, size_t id)
{
    for (size_t i = 0; i < m->count; i++) {
        if (m->ids[i] == id)
            return;
    }
    if (m->count < m->most)
        m->ids[m->count++] = id;
}

static void try_piece(struct matches *m, struct piece mark, struct piece word)
{
    struct text piece = TEXT_EMPTY;
    size_t id;

    text_add_bytes(&piece, mark.bytes, mark.length);
    text_add_bytes(&piece, word.bytes, word.length);
    if (vocabulary_find(&m->t->vocabulary, text_get(&piece), piece.length, &id))
        add_match(m, id);
    text_done(&piece);
}

/* The word as the vocabulary writes it. */
static void spell_word(const struct tokenizer *t, const char *word, struct text *out)
{
    if (t->byte_level) {
        byte_alphabet_write(out, word, strlen(word));
        return;
    }
    for (; *word != '\0'; word++) {
        if (*word == ' ' && t->space.length > 0)
            text_add_bytes(out, t->space.bytes, t->space.length);
        else
            text_add_char(out, *word);
    }
}

/* The word as the normalizer makes it; empty where it makes nothing, or cannot be made. */
static void normalize_word(const struct tokenizer *t, const char *word, struct text *out)
{
    struct err ignored;

    err_clear(&ignored);
    pthread_mutex_lock(&t->engine->lock);
    if (engine_prepare(t, &ignored) &&
        !normalize_apply(&t->engine->normalize, word, strlen(word), out, NULL, &ignored))
        text_clear(out);
    pthread_mutex_unlock(&t->engine->lock);
}

/* A text that is one token. The unknown token is no answer, unless it was typed, which is exact. */
static void try_encoded(struct matches *m, const char *before, const char *word)
{
    struct text text = TEXT_EMPTY;
    size_t *ids = NULL, count, unknown = m->t->unknown_id;
    struct err ignored;

    err_clear(&ignored);
    text_printf(&text, "%s%s", before, word);
    if (m->t->unknown.bytes != NULL)
        vocabulary_find(&m->t->vocabulary, m->t->unknown.bytes, m->t->unknown.length, &unknown);
    if (tokenizer_encode(m->t, text_get(&text), false, &ids, &count, &ignored) && count == 1 &&
        ids[0] != unknown)
        add_match(m, ids[0]);
    mem_free(ids);
    text_done(&text);
}

static struct piece piece_of(const struct text *text)
{
    return (struct piece){text_get(text), text->length};
}

size_t tokenizer_matches(const struct tokenizer *t, const char *word, size_t *ids, size_t most)
{
    static const struct piece none = {"", 0}, byte_space = {"\xC4\xA0", 2};
    static const struct piece meta_space = {"\xE2\x96\x81", 3};
    struct matches m = {.t = t, .ids = ids, .most = most};
    struct text plain = TEXT_EMPTY, own = TEXT_EMPTY;
    bool continues = t->model == TOKENIZER_WORDPIECE;

    if (*word == '\0')
        return 0;
    spell_word(t, word, &own);
    normalize_word(t, word, &plain);
    try_piece(&m, none, (struct piece){word, strlen(word)});
    try_piece(&m, none, piece_of(&own));
    if (plain.length > 0)
        try_piece(&m, none, piece_of(&plain));
    if (t->model == TOKENIZER_BPE || t->model == TOKENIZER_UNIGRAM) {
        try_piece(&m, byte_space, piece_of(&own));
        try_piece(&m, t->space.length > 0 ? t->space : meta_space, piece_of(&own));
    }
    if (continues)
        try_piece(&m, t->prefix, piece_of(&own));
    if (continues && plain.length > 0)
        try_piece(&m, t->prefix, piece_of(&plain));
    try_encoded(&m, "", word);
    try_encoded(&m, " ", word);
    text_done(&plain);
    text_done(&own);
    return m.count;
}

/* --- Near tokens --- */

enum { NEAR_TOKENS = 16, NEAR_FAR = 6 };

static size_t common_prefix(const char *a, const char *b)
{
    size_t n = 0;

    while (a[n] != '\0' && a[n] == b[n])
        n++;
    return n;
}

/* Lower is nearer: edits count, a common beginning counts against them, and a piece
 * that the word begins with is hardly an edit at all. INT_MAX where too far. */
static bool near_cost(const char *word, const char *piece, int limit, int *cost)
{
    int common = (int)common_prefix(word, piece);
    int distance = near_distance(word, piece, limit);

    if (distance > limit)
        return false;
    *cost = piece[common] == '\0' && common > 1 ? distance - common : 2 * distance - common;
    return true;
}

static void insert_near(size_t *ids, int *costs, size_t *count, size_t most, size_t id, int cost)
{
    size_t at = *count;

    while (at > 0 && costs[at - 1] > cost)
        at--;
    if (at == most)
        return;
    if (*count < most)
        (*count)++;
    for (size_t i = *count - 1; i > at; i--) {
        ids[i] = ids[i - 1];
        costs[i] = costs[i - 1];
    }
    ids[at] = id;
    costs[at] = cost;
}

/* A token as someone would type it: as it is shown, without the space before a word. False where
 * there is nothing to type. */
static bool typed_form(const struct tokenizer *t, size_t id, struct text *out, const char **word)
{
    text_clear(out);
    if (!tokenizer_show(t, id, out))
        return false;
    *word = text_get(out);
    while (**word == ' ')
        ++*word;
    return **word != '\0';
}

/* Are they the same word, with and without a space? */
static bool is_twin(const struct tokenizer *t, size_t a, const char *word)
{
    struct text other = TEXT_EMPTY;
    const char *typed;
    bool twin = typed_form(t, a, &other, &typed) && strcmp(typed, word) == 0;

    text_done(&other);
    return twin;
}

size_t tokenizer_near(const struct tokenizer *t, const char *word, size_t *ids, size_t most)
{
    int costs[NEAR_TOKENS], limit = (int)(strlen(word) < 12 ? strlen(word) / 2 : NEAR_FAR);
    bool continuation = t->model == TOKENIZER_WORDPIECE && t->prefix.length > 0;
    struct text shown = TEXT_EMPTY;
    const char *typed;
    size_t count = 0;

    if (most > NEAR_TOKENS)
        most = NEAR_TOKENS;
    if (limit < 1)
        limit = 1;
    if (continuation && strncmp(word, t->prefix.bytes, t->prefix.length) == 0)
        continuation = false; /* asked for, so not left out */
    for (size_t id = 0; id < t->vocabulary.size; id++) {
        int cost;
        bool twin = false;
        if (!typed_form(t, id, &shown, &typed) ||
            (continuation && strncmp(typed, t->prefix.bytes, t->prefix.length) == 0) ||
            !near_cost(word, typed, limit, &cost))
            continue;
        for (size_t i = 0; i < count && !twin; i++)
            twin = costs[i] == cost && is_twin(t, ids[i], typed);
        if (!twin)
            insert_near(ids, costs, &count, most, id, cost);
    }
    text_done(&shown);
    return count;
}

bool tokenizer_next_prefixed(const struct tokenizer *t, const char *prefix, size_t *from,
                             struct text *word)
{
    size_t length = strlen(prefix);
    const char *typed;

    while (*from < t->vocabulary.size) {
        if (!typed_form(t, (*from)++, word, &typed) || strncmp(typed, prefix, length) != 0)
            continue;
        size_t skipped = (size_t)(typed - text_get(word));
        memmove(word->data, typed, word->length - skipped + 1);
        word->length -= skipped;
        return true;
    }
    return false;
}

/* --- Refusals --- */

enum { SHOWN_PIECES = 8 };

static bool has_unknown(const struct tokenizer *t, const size_t *ids, size_t count)
{
    size_t unknown = t->unknown_id;

    if (t->unknown.bytes != NULL)
        vocabulary_find(&t->vocabulary, t->unknown.bytes, t->unknown.length, &unknown);
    for (size_t i = 0; i < count; i++) {
        if (ids[i] == unknown)
            return true;
    }
    return false;
}

static void say_pieces(const struct tokenizer *t, const char *word, const size_t *ids, size_t count,
                       struct err *e)
{
    struct text shown = TEXT_EMPTY;

    err_set(e, ERR_UNKNOWN_TOKEN, "\"%.100s\" is not one token: it is ", word);
    for (size_t i = 0; i < count && i < SHOWN_PIECES; i++) {
        text_clear(&shown);
        tokenizer_show(t, ids[i], &shown);
        err_append(e, "%s\"%.60s\"", i == 0 ? "" : " + ", text_get(&shown));
    }
    if (count > SHOWN_PIECES)
        err_append(e, " + %zu more", count - SHOWN_PIECES);
    text_done(&shown);
}

static void say_near(const struct tokenizer *t, const char *word, struct err *e)
{
    struct text shown = TEXT_EMPTY;
    const char *typed;
    size_t ids[3], count = tokenizer_near(t, word, ids, 3);

    for (size_t i = 0; i < count; i++) {
        if (typed_form(t, ids[i], &shown, &typed))
            err_append(e, "%s%.60s", i == 0 ? "; nearest tokens: " : ", ", typed);
    }
    text_done(&shown);
}

bool tokenizer_find(const struct labels *labels, const char *word, size_t *index, struct err *e)
{
    const struct tokenizer *t = (const struct tokenizer *)labels;
    size_t *ids = NULL, count;
    struct err why;

    if (*word == '\0')
        return err_set(e, ERR_UNKNOWN_TOKEN, "an empty word is not a token");
    if (tokenizer_matches(t, word, index, 1) == 1)
        return true;
    err_clear(&why);
    if (!tokenizer_encode(t, word, false, &ids, &count, &why)) {
        err_set(e, ERR_UNKNOWN_TOKEN, "\"%.100s\" is not a token (%s)", word, why.message);
    } else if (count == 0 || has_unknown(t, ids, count)) {
        err_set(e, ERR_UNKNOWN_TOKEN, "\"%.100s\" is not in the vocabulary, nor made of its pieces",
                word);
    } else {
        say_pieces(t, word, ids, count, e);
    }
    mem_free(ids);
    say_near(t, word, e);
    return false;
}

size_t tokenizer_meanings(const struct labels *labels, const char *word, size_t *indices,
                          size_t most)
{
    return tokenizer_matches((const struct tokenizer *)labels, word, indices, most);
}
