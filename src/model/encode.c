/* Splitting a text into tokens, as the reference does. */
#include "bilens/model/tokenizer_parts.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"

struct encoder {
    const struct tokenizer *t;
    size_t *ids;
    size_t count, capacity;
    struct err *e;
};

static bool emit(struct encoder *x, size_t id)
{
    if (x->count == x->capacity) {
        size_t capacity = x->capacity == 0 ? 16 : 2 * x->capacity;
        size_t *ids = mem_resize(x->ids, capacity, sizeof *ids);
        if (ids == NULL)
            return err_memory(x->e);
        x->ids = ids;
        x->capacity = capacity;
    }
    x->ids[x->count++] = id;
    return true;
}

static bool emit_unknown(struct encoder *x)
{
    const struct piece *unknown = &x->t->unknown;
    size_t id;

    if (!vocabulary_find(&x->t->vocabulary, unknown->bytes, unknown->length, &id))
        return err_set(x->e, ERR_FORMAT, "the vocabulary lacks its own unknown token \"%.100s\"",
                       unknown->bytes);
    return emit(x, id);
}

/* --- Words --- */

static size_t count_codes(const char *bytes, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += ((unsigned char)bytes[i] & 0xC0) != 0x80;
    return count;
}

/* The longest piece that starts at start, whose bytes may be overwritten before it:
 * the prefix of a continuation is put there. room has prefix.length bytes before. */
static bool longest_piece(const struct tokenizer *t, char *word, size_t length, size_t start,
                          size_t *id, size_t *end)
{
    size_t before = start > 0 ? t->prefix.length : 0;
    char *candidate = word + start - before;

    memcpy(candidate, t->prefix.bytes, before);
    for (size_t stop = length; stop > start; stop--) {
        if (stop < length && ((unsigned char)word[stop] & 0xC0) == 0x80)
            continue; /* inside a code point */
        if (vocabulary_find(&t->vocabulary, candidate, before + stop - start, id)) {
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
    if (buffer == NULL)
        return err_memory(x->e);
    memcpy(buffer + room, bytes, length);
    while (good && start < length) {
        if (!longest_piece(x->t, buffer + room, length, start, &id, &end)) {
            x->count = first; /* one failure makes the whole word unknown */
            good = emit_unknown(x);
            break;
        }
        good = emit(x, id);
        start = end;
    }
    mem_free(buffer);
    return good;
}

static bool encode_word(struct encoder *x, const char *bytes, size_t length)
{
    size_t id;

    if (x->t->model == TOKENIZER_WORDPIECE)
        return encode_word_piece(x, bytes, length);
    if (vocabulary_find(&x->t->vocabulary, bytes, length, &id))
        return emit(x, id);
    return emit_unknown(x);
}

static bool encode_words(struct encoder *x, const char *bytes, size_t length)
{
    size_t rest = 0, start, end;

    while (split_next(&x->t->split, bytes, length, &rest, &start, &end)) {
        if (!encode_word(x, bytes + start, end - start))
            return false;
    }
    return true;
}

/* --- Added tokens --- */

static uint32_t code_before(const char *bytes, size_t at)
{
    size_t start = at - 1;
    uint32_t code;

    while (start > 0 && ((unsigned char)bytes[start] & 0xC0) == 0x80)
        start--;
    utf8_decode(bytes + start, at - start, &code);
    return code;
}

static bool stands_alone(const char *bytes, size_t length, size_t start, size_t end)
{
    uint32_t code;

    if (start > 0 && text_is_word(code_before(bytes, start)))
        return false;
    if (end < length && utf8_decode(bytes + end, length - end, &code) > 0 && text_is_word(code))
        return false;
    return true;
}

/* The longest added token at a place. */
static const struct added_token *added_at(const struct tokenizer *t, bool normalized,
                                          const char *bytes, size_t length, size_t at)
{
    const struct added_token *best = NULL;

    for (size_t i = 0; i < t->added_count; i++) {
        const struct added_token *a = &t->added[i];
        size_t n = a->content.length;
        if (a->normalized != normalized || n == 0 || n > length - at ||
            memcmp(bytes + at, a->content.bytes, n) != 0)
            continue;
        if (a->single_word && !stands_alone(bytes, length, at, at + n))
            continue;
        if (best == NULL || n > best->content.length)
            best = a;
    }
    return best;
}

static size_t skip_space_left(const char *bytes, size_t least, size_t at)
{
    while (at > least && text_is_space(code_before(bytes, at))) {
        do
            at--;
        while (at > least && ((unsigned char)bytes[at] & 0xC0) == 0x80);
    }
    return at;
}

static size_t skip_space_right(const char *bytes, size_t length, size_t at)
{
    while (at < length) {
        uint32_t code;
        size_t took = utf8_decode(bytes + at, length - at, &code);
        if (!text_is_space(code))
            break;
        at += took;
    }
    return at;
}

/* Cuts the added tokens out, and hands what lies between them to next. */
static bool cut_added(struct encoder *x, bool normalized, const char *bytes, size_t length,
                      bool (*next)(struct encoder *, const char *, size_t))
{
    size_t done = 0, at = 0;

    while (at < length) {
        const struct added_token *a = added_at(x->t, normalized, bytes, length, at);
        size_t end;
        if (a == NULL) {
            at++;
            continue;
        }
        end = at + a->content.length;
        if (a->strip_left)
            at = skip_space_left(bytes, done, at);
        if (a->strip_right)
            end = skip_space_right(bytes, length, end);
        if ((at > done && !next(x, bytes + done, at - done)) || !emit(x, a->id))
            return false;
        done = at = end;
    }
    return done == length || next(x, bytes + done, length - done);
}

static bool encode_normalized(struct encoder *x, const char *bytes, size_t length)
{
    struct text text = TEXT_EMPTY;
    bool good = normalize_apply(&x->t->normalize, bytes, length, &text, x->e) &&
                cut_added(x, true, text_get(&text), text.length, encode_words);

    text_done(&text);
    return good;
}

bool tokenizer_encode(const struct tokenizer *t, const char *string, bool special, size_t **ids,
                      size_t *count, struct err *e)
{
    struct encoder x = {.t = t, .e = e};

    *ids = NULL;
    *count = 0;
    if (t->model == TOKENIZER_BPE || t->model == TOKENIZER_UNIGRAM)
        return err_set(e, ERR_UNSUPPORTED,
                       "splitting a text by a %s tokenizer is not supported yet",
                       tokenizer_kind(t));
    if (special)
        return err_set(e, ERR_UNSUPPORTED, "the tokens put around a text are not read yet");
    if (t->unsupported != NULL)
        return err_set(e, ERR_UNSUPPORTED,
                       "splitting a text by this tokenizer is not supported: it uses %.100s",
                       t->unsupported);
    if (!cut_added(&x, false, string, strlen(string), encode_normalized)) {
        mem_free(x.ids);
        return false;
    }
    *ids = x.ids;
    *count = x.count;
    return true;
}
