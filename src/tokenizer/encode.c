/* Splitting a text into tokens, as the reference does, and back. */
#include "tokenizer_parts.h"

#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/utf8.h"

struct encoder {
    const struct tokenizer *t;
    size_t *ids;
    size_t count, capacity;
    struct err *e;
};

static void emit(struct encoder *x, size_t id)
{
    if (x->count == x->capacity) {
        size_t capacity = x->capacity == 0 ? 16 : 2 * x->capacity;
        x->ids = mem_resize(x->ids, capacity, sizeof *x->ids);
        x->capacity = capacity;
    }
    x->ids[x->count++] = id;
}

static bool find_unknown(struct encoder *x, size_t *id)
{
    const struct piece *unknown = &x->t->unknown;

    return tokenizer_model_find(x->t, unknown->bytes, unknown->length, id) ||
           err_set(x->e, ERR_FORMAT, "the vocabulary lacks its own unknown token \"%.100s\"",
                   unknown->bytes);
}

static bool emit_unknown(struct encoder *x)
{
    size_t id;

    if (!find_unknown(x, &id))
        return false;
    emit(x, id);
    return true;
}

/* --- WordPiece --- */

static size_t count_codes(const char *bytes, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += ((unsigned char)bytes[i] & 0xC0) != 0x80;
    return count;
}

/* The longest piece that starts at start, whose bytes may be overwritten before it:
 * the prefix of a continuation is put there. word has prefix.length bytes before. */
static bool longest_piece(const struct tokenizer *t, char *word, size_t length, size_t start,
                          size_t *id, size_t *end)
{
    size_t before = start > 0 ? t->prefix.length : 0;
    char *candidate = word + start - before;

    memcpy(candidate, t->prefix.bytes, before);
    for (size_t stop = length; stop > start; stop--) {
        if (stop < length && ((unsigned char)word[stop] & 0xC0) == 0x80)
            continue; /* inside a code point */
        if (tokenizer_model_find(t, candidate, before + stop - start, id)) {
            *end = stop;
            return true;
        }
    }
    return false;
}

static bool encode_word_piece(struct encoder *x, const char *bytes, size_t length)
{
    size_t room = x->t->prefix.length, first = x->count, start = 0, id, end = 0;
    char *buffer;
    bool good = true;

    if (count_codes(bytes, length) > x->t->most_chars)
        return emit_unknown(x);
    buffer = mem_alloc(room + length);
    memcpy(buffer + room, bytes, length);
    while (good && start < length) {
        if (!longest_piece(x->t, buffer + room, length, start, &id, &end)) {
            x->count = first; /* one failure makes the whole word unknown */
            good = emit_unknown(x);
            break;
        }
        emit(x, id);
        start = end;
    }
    mem_free(buffer);
    return good;
}

/* --- Byte-pair encoding --- */

/* The ids of <0xNN> for each of the bytes; false where one has none. */
static bool byte_id(const struct tokenizer *t, char byte, size_t *id)
{
    char piece[8];

    snprintf(piece, sizeof piece, "<0x%02X>", (unsigned char)byte);
    return tokenizer_model_find(t, piece, strlen(piece), id);
}

static bool has_bytes(const struct tokenizer *t, const char *bytes, size_t length)
{
    size_t id;

    for (size_t i = 0; i < length; i++) {
        if (!byte_id(t, bytes[i], &id))
            return false;
    }
    return t->byte_fallback;
}

/* A word's symbols. An unknown one waits for its neighbour, which it may become one with; as in
 * the reference, byte tokens do not end the wait. */
struct spelling {
    struct encoder *x;
    struct merging *merging;
    struct text symbol; /* with its prefix and suffix */
    size_t unknown;
    bool waits;
};

static void end_wait(struct spelling *s)
{
    if (s->waits)
        merging_add(s->merging, (uint32_t)s->unknown);
    s->waits = false;
}

static bool spell_code(struct spelling *s, const char *bytes, size_t length)
{
    const struct tokenizer *t = s->x->t;
    size_t id;

    if (tokenizer_model_find(t, text_get(&s->symbol), s->symbol.length, &id)) {
        end_wait(s);
        merging_add(s->merging, (uint32_t)id);
        return true;
    }
    if (has_bytes(t, bytes, length)) {
        for (size_t i = 0; i < length; i++) {
            byte_id(t, bytes[i], &id);
            merging_add(s->merging, (uint32_t)id);
        }
        return true;
    }
    if (t->unknown.bytes == NULL)
        return true; /* left out */
    if (!t->fuse_unknown)
        end_wait(s);
    if (!find_unknown(s->x, &s->unknown))
        return false;
    s->waits = true;
    return true;
}

static bool spell(struct spelling *s, const char *bytes, size_t length)
{
    const struct tokenizer *t = s->x->t;

    for (size_t i = 0, took; i < length; i += took) {
        uint32_t code;
        took = utf8_decode(bytes + i, length - i, &code);
        text_clear(&s->symbol);
        if (i > 0)
            text_add_bytes(&s->symbol, t->prefix.bytes, t->prefix.length);
        text_add_bytes(&s->symbol, bytes + i, took);
        if (i + took == length)
            text_add_bytes(&s->symbol, t->suffix.bytes, t->suffix.length);
        if (!spell_code(s, text_get(&s->symbol), s->symbol.length))
            return false;
    }
    end_wait(s);
    return true;
}

static bool encode_pairs(struct encoder *x, const char *bytes, size_t length)
{
    struct tokenizer_engine *engine = x->t->engine;
    struct merging *g = &engine->merging;
    struct spelling s = {.x = x, .merging = g};
    bool good;
    size_t id;

    if (x->t->ignore_merges && tokenizer_model_find(x->t, bytes, length, &id)) {
        emit(x, id);
        return true;
    }
    merging_clear(g);
    good = spell(&s, bytes, length);
    text_done(&s.symbol);
    if (!good)
        return false;
    merging_run(g, &engine->merges);
    for (size_t i = 0; i < g->count; i++) {
        if (!g->symbols[i].gone)
            emit(x, g->symbols[i].id);
    }
    return true;
}

/* --- Unigram --- */

static void emit_string(struct encoder *x, const char *bytes, size_t length)
{
    const struct tokenizer *t = x->t;
    size_t id;

    if (tokenizer_model_find(t, bytes, length, &id))
        emit(x, id);
    else if (!has_bytes(t, bytes, length))
        emit(x, t->unknown_id);
    else
        for (size_t i = 0; i < length && byte_id(t, bytes[i], &id); i++)
            emit(x, id);
}

/* Unknown neighbours are one token. */
static bool encode_unigram(struct encoder *x, const char *bytes, size_t length)
{
    struct unigram_part *parts;
    size_t count;
    bool good;

    good = unigram_divide(&x->t->engine->unigram, bytes, length, &parts, &count, x->e);
    for (size_t i = 0, next; good && i < count; i = next) {
        next = i + 1;
        while (parts[i].unknown && next < count && parts[next].unknown)
            next++;
        emit_string(x, bytes + parts[i].start, parts[next - 1].end - parts[i].start);
    }
    mem_free(parts);
    return good;
}

/* --- Words and texts --- */

static bool encode_word(struct encoder *x, const char *bytes, size_t length)
{
    size_t id;

    switch (x->t->model) {
    case TOKENIZER_WORDPIECE:
        return encode_word_piece(x, bytes, length);
    case TOKENIZER_BPE:
        return encode_pairs(x, bytes, length);
    case TOKENIZER_UNIGRAM:
        return encode_unigram(x, bytes, length);
    default:
        if (!tokenizer_model_find(x->t, bytes, length, &id))
            return emit_unknown(x);
        emit(x, id);
        return true;
    }
}

static bool encode_words(struct encoder *x, const char *bytes, size_t length, bool first)
{
    struct words *words = &x->t->engine->words;

    if (!split_apply(&x->t->engine->split, bytes, length, first, words, x->e))
        return false;
    for (size_t i = 0; i < words->count; i++) {
        const struct word *w = &words->items[i];
        if (!encode_word(x, text_get(&words->text) + w->start, w->end - w->start))
            return false;
    }
    return true;
}

typedef bool encode_next(struct encoder *x, const char *bytes, size_t length, bool first);

/* Cuts the added tokens out, and hands what lies between them to next. */
static bool cut_added(struct encoder *x, const struct added_index *index, const char *bytes,
                      size_t length, bool first, encode_next *next)
{
    struct added_match match;
    size_t done = 0, at = 0;

    while (added_next(index, bytes, length, &at, done, &match)) {
        if (match.start > done && !next(x, bytes + done, match.start - done, first && done == 0))
            return false;
        emit(x, match.token->id);
        done = match.end;
    }
    return done >= length || next(x, bytes + done, length - done, first && done == 0);
}

static bool encode_normalized(struct encoder *x, const char *bytes, size_t length, bool first)
{
    struct tokenizer_engine *engine = x->t->engine;
    struct text text = TEXT_EMPTY;
    bool good =
        normalize_apply(&engine->normalize, bytes, length, &text, &first, x->e) &&
        cut_added(x, &engine->normalized, text_get(&text), text.length, first, encode_words);

    text_done(&text);
    return good;
}

/* The text's ids come first; the template tells where they go. */
static void put_ends(struct encoder *x)
{
    const struct ends *ends = &x->t->ends;
    struct encoder whole = {.t = x->t, .e = x->e};

    if (ends->count == 0)
        return;
    for (size_t i = 0; i < ends->count; i++) {
        if (ends->items[i] != ENDS_TEXT)
            emit(&whole, ends->items[i]);
        for (size_t k = 0; ends->items[i] == ENDS_TEXT && k < x->count; k++)
            emit(&whole, x->ids[k]);
    }
    mem_free(x->ids);
    *x = whole;
}

static bool check_known(const struct tokenizer *t, bool special, struct err *e)
{
    if (t->unknown_step != NULL)
        return err_set(e, ERR_UNSUPPORTED,
                       "splitting a text by this tokenizer is not supported: it uses %.100s",
                       t->unknown_step);
    if (special && t->unknown_ends != NULL)
        return err_set(e, ERR_UNSUPPORTED,
                       "putting special tokens around a text by this tokenizer is not supported: "
                       "it uses %.100s",
                       t->unknown_ends);
    return true;
}

bool tokenizer_encode(const struct tokenizer *t, const char *string, bool special, size_t **ids,
                      size_t *count, struct err *e)
{
    struct encoder x = {.t = t, .e = e};
    struct text valid = TEXT_EMPTY;
    bool good;

    *ids = NULL;
    *count = 0;
    if (!check_known(t, special, e))
        return false;
    utf8_replace(&valid, string, strlen(string));
    pthread_mutex_lock(&t->engine->lock);
    good = engine_prepare(t, e) &&
           cut_added(&x, &t->engine->raw, text_get(&valid), valid.length, true, encode_normalized);
    if (good && special)
        put_ends(&x);
    pthread_mutex_unlock(&t->engine->lock);
    text_done(&valid);
    if (!good) {
        mem_free(x.ids);
        return false;
    }
    *ids = x.ids;
    *count = x.count;
    return true;
}
