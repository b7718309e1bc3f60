#include "normalize.h"

#include <stdint.h>
#include <utf8proc.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "byte_alphabet.h"
#include "charsmap.h"
#include "code_points.h"
#include "pattern.h"

bool normalize_has(const struct normalize *n, enum normalize_type type)
{
    for (size_t i = 0; i < n->count; i++) {
        if (n->steps[i].type == type)
            return true;
    }
    return false;
}

bool normalize_prepare(struct normalize *n, struct err *e)
{
    for (size_t i = 0; i < n->count; i++) {
        struct normalize_step *s = &n->steps[i];
        if (s->type == NORMALIZE_REPLACE) {
            s->pattern =
                s->is_regex ? pattern_new_regex(s->source, e) : pattern_new_string(s->source, e);
            if (s->pattern == NULL)
                return false;
        }
        if (s->type == NORMALIZE_PRECOMPILED) {
            s->charsmap = charsmap_new(s->source, e);
            if (s->charsmap == NULL)
                return false;
        }
    }
    return true;
}

void normalize_done(struct normalize *n)
{
    for (size_t i = 0; i < n->count; i++) {
        pattern_free(n->steps[i].pattern);
        charsmap_free(n->steps[i].charsmap);
        n->steps[i].pattern = NULL;
        n->steps[i].charsmap = NULL;
    }
}

/* --- Code point by code point --- */

static void add_lowercase(struct text *out, uint32_t code)
{
    if (code == 0x130) { /* the one code point whose lowercase is two */
        text_add(out, "i\xCC\x87");
        return;
    }
    text_add_code(out, code_lower(code));
}

/* SentencePiece's "nmt" rules: some controls go, others and the odd spaces become a space. */
static void add_nmt(struct text *out, uint32_t code)
{
    bool dropped = (code >= 0x01 && code <= 0x08) || code == 0x0B ||
                   (code >= 0x0E && code <= 0x1F) || code == 0x7F || code == 0x8F || code == 0x9F;
    bool space = code == 0x09 || code == 0x0A || code == 0x0C || code == 0x0D || code == 0x1680 ||
                 (code >= 0x200B && code <= 0x200F) || code == 0x2028 || code == 0x2029 ||
                 code == 0x2581 || code == 0xFEFF || code == 0xFFFD;

    if (!dropped)
        text_add_code(out, space ? ' ' : code);
}

static void add_code(enum normalize_type type, uint32_t code, struct text *out)
{
    bool keep = true;

    switch (type) {
    case NORMALIZE_CLEAN:
        keep = code != 0 && code != 0xFFFD && !code_is_control(code);
        code = code_is_space(code) ? ' ' : code;
        break;
    case NORMALIZE_CJK:
        if (code_is_ideograph(code)) {
            text_add_char(out, ' ');
            text_add_code(out, code);
            code = ' ';
        }
        break;
    case NORMALIZE_STRIP_NONSPACING:
        keep = !code_is_nonspacing(code);
        break;
    case NORMALIZE_STRIP_MARKS:
        keep = !code_is_mark(code);
        break;
    case NORMALIZE_LOWERCASE:
        add_lowercase(out, code);
        return;
    case NORMALIZE_NMT:
        add_nmt(out, code);
        return;
    default:
        break;
    }
    if (keep)
        text_add_code(out, code);
}

static void apply_codes(enum normalize_type type, const struct text *in, struct text *out,
                        bool *from_start)
{
    const char *bytes = text_get(in);
    uint32_t code;

    for (size_t i = 0; i < in->length;) {
        i += utf8_decode(bytes + i, in->length - i, &code);
        add_code(type, code, out);
        *from_start &= out->length > 0;
    }
}

/* --- The whole text --- */

/* utf8proc works on arrays that the caller gives it. */
static void add_form(utf8proc_option_t options, const char *bytes, size_t byte_count,
                     struct text *out)
{
    const utf8proc_uint8_t *string = (const utf8proc_uint8_t *)bytes;
    utf8proc_ssize_t length = (utf8proc_ssize_t)byte_count;
    utf8proc_ssize_t count = utf8proc_decompose(string, length, NULL, 0, options);
    if (count < 0) /* beyond what any array holds: left out */
        return;
    utf8proc_int32_t *codes = mem_new((size_t)count + 1, sizeof *codes);
    utf8proc_decompose(string, length, codes, count, options);
    if ((options & UTF8PROC_COMPOSE) != 0)
        count = utf8proc_normalize_utf32(codes, count, options);
    for (utf8proc_ssize_t i = 0; i < count; i++)
        text_add_code(out, (uint32_t)codes[i]);
    mem_free(codes);
}

/* What the reference's tables lack stays as it is, and nothing moves or composes across it. Of what
 * they have no version of Unicode changes the forms: utf8proc may be any. */
static void apply_form(utf8proc_option_t options, const struct text *in, struct text *out)
{
    const char *bytes = text_get(in);
    size_t start = 0, took;
    uint32_t code;

    for (size_t at = 0; at < in->length; at += took) {
        took = utf8_decode(bytes + at, in->length - at, &code);
        if (!code_is_later(code))
            continue;
        if (at > start)
            add_form(options, bytes + start, at - start, out);
        text_add_bytes(out, bytes + at, took);
        start = at + took;
    }
    if (start < in->length)
        add_form(options, bytes + start, in->length - start, out);
}

static void apply_strip(const struct normalize_step *s, const struct text *in, struct text *out,
                        bool *from_start)
{
    const char *bytes = text_get(in);
    size_t start = 0, end = in->length, kept;
    uint32_t code;

    while (s->left && start < end) {
        size_t took = utf8_decode(bytes + start, end - start, &code);
        if (!code_is_space(code))
            break;
        start += took;
    }
    kept = s->right ? start : end; /* where the last code point that is no space ends */
    for (size_t at = start; s->right && at < end;) {
        at += utf8_decode(bytes + at, end - at, &code);
        kept = code_is_space(code) ? kept : at;
    }
    *from_start &= start == 0;
    text_add_bytes(out, bytes + start, kept - start);
}

static bool apply_replace(const struct normalize_step *s, const struct text *in, struct text *out,
                          bool *from_start, struct err *e)
{
    const char *bytes = text_get(in);
    struct pattern_walk walk = pattern_walk(s->pattern, bytes, in->length);
    size_t done = 0, start, end;
    bool found;

    do {
        if (!pattern_next(&walk, &found, &start, &end, e))
            return false;
        text_add_bytes(out, bytes + done, (found ? start : in->length) - done);
        if (found) {
            text_add_bytes(out, s->content.bytes, s->content.length);
            *from_start &= out->length > 0 || end == 0;
            done = end;
        }
    } while (found && out->length <= PIECE_TEXT_MOST);
    return true;
}

static bool apply_step(const struct normalize_step *s, const struct text *in, struct text *out,
                       bool *from_start, struct err *e)
{
    static const utf8proc_option_t forms[] = {
        [NORMALIZE_NFD] = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE,
        [NORMALIZE_NFC] = UTF8PROC_STABLE | UTF8PROC_COMPOSE,
        [NORMALIZE_NFKD] = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT,
        [NORMALIZE_NFKC] = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT,
    };

    switch (s->type) {
    case NORMALIZE_NFD:
    case NORMALIZE_NFC:
    case NORMALIZE_NFKD:
    case NORMALIZE_NFKC:
        apply_form(forms[s->type], in, out);
        return true;
    case NORMALIZE_STRIP:
        apply_strip(s, in, out, from_start);
        return true;
    case NORMALIZE_PREPEND:
        if (in->length > 0)
            text_add_bytes(out, s->content.bytes, s->content.length);
        text_add_bytes(out, text_get(in), in->length);
        return true;
    case NORMALIZE_REPLACE:
        return apply_replace(s, in, out, from_start, e);
    case NORMALIZE_BYTES:
        byte_alphabet_write(out, text_get(in), in->length);
        return true;
    case NORMALIZE_PRECOMPILED:
        charsmap_apply(s->charsmap, text_get(in), in->length, out);
        return true;
    default:
        apply_codes(s->type, in, out, from_start);
        return true;
    }
}

bool normalize_apply(const struct normalize *n, const char *bytes, size_t length, struct text *out,
                     bool *from_start, struct err *e)
{
    struct text now = TEXT_EMPTY, next = TEXT_EMPTY;
    bool good = true, start = true;

    utf8_replace(&now, bytes, length);
    for (size_t i = 0; good && i < n->count; i++) {
        struct text swap = now;
        text_clear(&next);
        good = apply_step(&n->steps[i], &now, &next, &start, e) && piece_text_fits(&next, e);
        now = next;
        next = swap;
    }
    if (good)
        text_add_bytes(out, text_get(&now), now.length);
    if (from_start != NULL)
        *from_start &= start;
    text_done(&now);
    text_done(&next);
    return good;
}
