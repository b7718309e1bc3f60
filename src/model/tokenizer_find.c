/* From a word that someone typed to a token. */
#include "bilens/model/tokenizer_parts.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/near.h"
#include "bilens/base/text.h"

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

static void try_piece(struct matches *m, const char *mark, const char *word)
{
    struct text piece = TEXT_EMPTY;
    size_t id;

    text_add(&piece, mark);
    text_add(&piece, word);
    if (!piece.failed && vocabulary_find(&m->t->vocabulary, text_get(&piece), piece.length, &id))
        add_match(m, id);
    text_done(&piece);
}

static void try_encoded(struct matches *m, const char *word)
{
    size_t *ids, count, unknown;
    struct err ignored;

    err_clear(&ignored);
    if (!tokenizer_encode(m->t, word, false, &ids, &count, &ignored))
        return;
    /* The unknown token is no answer, unless it was typed, which is exact. */
    if (count == 1 &&
        (!vocabulary_find(&m->t->vocabulary, m->t->unknown.bytes, m->t->unknown.length, &unknown) ||
         ids[0] != unknown))
        add_match(m, ids[0]);
    mem_free(ids);
}

size_t tokenizer_matches(const struct tokenizer *t, const char *word, size_t *ids, size_t most)
{
    struct matches m = {.t = t, .ids = ids, .most = most};
    struct text plain = TEXT_EMPTY;

    if (*word == '\0')
        return 0;
    try_piece(&m, "", word);
    if (normalize_apply(&t->normalize, word, strlen(word), &plain, NULL) && plain.length > 0)
        try_piece(&m, "", text_get(&plain));
    if (t->model == TOKENIZER_BPE || t->model == TOKENIZER_UNIGRAM) {
        try_piece(&m, "\xC4\xA0", word);     /* the byte-level alphabet's space */
        try_piece(&m, "\xE2\x96\x81", word); /* Metaspace's */
    }
    if (t->model == TOKENIZER_WORDPIECE) {
        try_piece(&m, t->prefix.bytes, word);
        if (plain.length > 0)
            try_piece(&m, t->prefix.bytes, text_get(&plain));
    }
    try_encoded(&m, word);
    text_done(&plain);
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

size_t tokenizer_near(const struct tokenizer *t, const char *word, size_t *ids, size_t most)
{
    int costs[NEAR_TOKENS], limit = (int)(strlen(word) < 12 ? strlen(word) / 2 : NEAR_FAR);
    bool continuation = t->model == TOKENIZER_WORDPIECE && t->prefix.length > 0;
    size_t count = 0;

    if (most > NEAR_TOKENS)
        most = NEAR_TOKENS;
    if (limit < 1)
        limit = 1;
    if (continuation && strncmp(word, t->prefix.bytes, t->prefix.length) == 0)
        continuation = false; /* asked for, so not left out */
    for (size_t id = 0; id < t->vocabulary.size; id++) {
        const char *piece = t->vocabulary.pieces[id].bytes;
        int cost;
        if (piece == NULL ||
            (continuation && strncmp(piece, t->prefix.bytes, t->prefix.length) == 0))
            continue;
        if (near_cost(word, piece, limit, &cost))
            insert_near(ids, costs, &count, most, id, cost);
    }
    return count;
}

bool tokenizer_next_prefixed(const struct tokenizer *t, const char *prefix, size_t *from,
                             size_t *id)
{
    size_t length = strlen(prefix);

    while (*from < t->vocabulary.size) {
        const struct piece *piece = &t->vocabulary.pieces[*from];
        *id = (*from)++;
        if (piece->bytes != NULL && piece->length >= length &&
            memcmp(piece->bytes, prefix, length) == 0)
            return true;
    }
    return false;
}

/* --- Refusals --- */

enum { SHOWN_PIECES = 8 };

static bool has_unknown(const struct tokenizer *t, const size_t *ids, size_t count)
{
    size_t unknown;

    if (!vocabulary_find(&t->vocabulary, t->unknown.bytes, t->unknown.length, &unknown))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (ids[i] == unknown)
            return true;
    }
    return false;
}

static void say_pieces(const struct tokenizer *t, const char *word, const size_t *ids, size_t count,
                       struct err *e)
{
    err_set(e, ERR_UNKNOWN_TOKEN, "\"%.100s\" is not one token: it is ", word);
    for (size_t i = 0; i < count && i < SHOWN_PIECES; i++)
        err_append(e, "%s\"%.60s\"", i == 0 ? "" : " + ", t->vocabulary.pieces[ids[i]].bytes);
    if (count > SHOWN_PIECES)
        err_append(e, " + %zu more", count - SHOWN_PIECES);
}

static void say_near(const struct tokenizer *t, const char *word, struct err *e)
{
    size_t ids[3];
    size_t count = tokenizer_near(t, word, ids, 3);

    for (size_t i = 0; i < count; i++)
        err_append(e, "%s%.60s", i == 0 ? "; nearest tokens: " : ", ",
                   t->vocabulary.pieces[ids[i]].bytes);
}

bool tokenizer_find(const struct labels *labels, const char *word, size_t *index, struct err *e)
{
    const struct tokenizer *t = (const struct tokenizer *)labels;
    size_t *ids, count;
    struct err why;

    if (*word == '\0')
        return err_set(e, ERR_UNKNOWN_TOKEN, "an empty word is no token");
    if (tokenizer_matches(t, word, index, 1) == 1)
        return true;
    err_clear(&why);
    if (!tokenizer_encode(t, word, false, &ids, &count, &why)) {
        if (why.code == ERR_MEMORY)
            return err_memory(e);
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
