/* From ids back to text, and single tokens as a person reads them. */
#include "tokenizer_parts.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/utf8.h"
#include "byte_alphabet.h"

static const struct added_token *added_with(const struct tokenizer *t, size_t id)
{
    for (size_t i = 0; i < t->added_count; i++) {
        if (t->added[i].id == id)
            return &t->added[i];
    }
    return NULL;
}

/* A normalized added token is decoded from the form in which it is looked for. */
static bool add_normalized(const struct tokenizer *t, struct piece piece, struct text *out,
                           struct err *e)
{
    bool good;

    pthread_mutex_lock(&t->engine->lock);
    good = engine_prepare(t, e) &&
           normalize_apply(&t->engine->normalize, piece.bytes, piece.length, out, NULL, e);
    pthread_mutex_unlock(&t->engine->lock);
    return good;
}

static bool take_pieces(const struct tokenizer *t, const size_t *ids, size_t count, bool special,
                        struct strings *out, struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        const struct added_token *added = added_with(t, ids[i]);
        struct piece piece;
        if (tokenizer_piece(t, ids[i]) == NULL || (!special && added != NULL && added->special))
            continue;
        piece = t->vocabulary.pieces[ids[i]];
        if (!t->has_decoder && out->count > 0)
            text_add_char(&out->text, ' ');
        if (added == NULL || !added->normalized || t->unknown_step != NULL)
            text_add_bytes(&out->text, piece.bytes, piece.length);
        else if (!add_normalized(t, piece, &out->text, e))
            return false;
        strings_end(out);
    }
    return true;
}

bool tokenizer_decode(const struct tokenizer *t, const size_t *ids, size_t count, bool special,
                      struct text *out, struct err *e)
{
    struct strings strings = STRINGS_EMPTY;
    bool good;

    if (t->unknown_decoder != NULL)
        return err_set(e, ERR_UNSUPPORTED,
                       "text from this tokenizer's tokens is not supported: it uses %.100s",
                       t->unknown_decoder);
    good =
        take_pieces(t, ids, count, special, &strings, e) && decoder_apply(&t->decoder, &strings, e);
    if (good)
        text_add_bytes(out, text_get(&strings.text), strings.text.length);
    strings_done(&strings);
    return good;
}

/* --- Single tokens --- */

static void add_spaces(struct text *out, struct piece piece, struct piece space)
{
    for (size_t i = 0; i < piece.length;) {
        if (piece.length - i >= space.length &&
            memcmp(piece.bytes + i, space.bytes, space.length) == 0) {
            text_add_char(out, ' ');
            i += space.length;
        } else {
            text_add_char(out, piece.bytes[i++]);
        }
    }
}

bool tokenizer_show(const struct tokenizer *t, size_t id, struct text *out)
{
    struct text bytes = TEXT_EMPTY;
    struct piece piece;
    unsigned char byte;

    if (tokenizer_piece(t, id) == NULL)
        return false;
    piece = t->vocabulary.pieces[id];
    if (t->byte_level && byte_alphabet_read(&bytes, piece.bytes, piece.length))
        utf8_clean(out, text_get(&bytes), bytes.length, false);
    else if (t->byte_fallback && decoder_byte(piece, &byte))
        utf8_clean(out, (const char *)&byte, 1, false);
    else if (!t->byte_level && t->space.length > 0)
        add_spaces(out, piece, t->space);
    else
        text_add_bytes(out, piece.bytes, piece.length);
    text_done(&bytes);
    return true;
}
