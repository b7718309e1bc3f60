#include "bilens/model/normalize.h"

#include <stdint.h>
#include <utf8proc.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"

/* --- Kinds of code points --- */

static utf8proc_category_t category(uint32_t code)
{
    return utf8proc_category((utf8proc_int32_t)code);
}

bool text_is_space(unsigned code)
{
    return (code >= 0x09 && code <= 0x0D) || code == 0x20 || code == 0x85 || code == 0xA0 ||
           code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
           code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

bool text_is_word(unsigned code)
{
    switch (category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_PC:
        return true;
    default:
        return code == 0x200C || code == 0x200D;
    }
}

/* ASCII punctuation counts whatever its category: $ + < = > ^ ` | ~ too. */
static bool is_punctuation(uint32_t code)
{
    utf8proc_category_t kind;

    if (code < 0x80)
        return (code >= 0x21 && code <= 0x2F) || (code >= 0x3A && code <= 0x40) ||
               (code >= 0x5B && code <= 0x60) || (code >= 0x7B && code <= 0x7E);
    kind = category(code);
    return kind >= UTF8PROC_CATEGORY_PC && kind <= UTF8PROC_CATEGORY_PO;
}

static bool is_digit(uint32_t code)
{
    utf8proc_category_t kind = category(code);
    return kind >= UTF8PROC_CATEGORY_ND && kind <= UTF8PROC_CATEGORY_NO;
}

static bool is_control(uint32_t code)
{
    utf8proc_category_t kind = category(code);

    if (code == '\t' || code == '\n' || code == '\r')
        return false;
    return kind == UTF8PROC_CATEGORY_CC || kind == UTF8PROC_CATEGORY_CF ||
           kind == UTF8PROC_CATEGORY_CS || kind == UTF8PROC_CATEGORY_CO;
}

/* The blocks that BERT's reference code lists. */
static bool is_ideograph(uint32_t code)
{
    static const uint32_t ranges[][2] = {{0x4E00, 0x9FFF},   {0x3400, 0x4DBF},   {0x20000, 0x2A6DF},
                                         {0x2A700, 0x2B73F}, {0x2B740, 0x2B81F}, {0x2B920, 0x2CEAF},
                                         {0xF900, 0xFAFF},   {0x2F800, 0x2FA1F}};

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    }
    return false;
}

/* --- Normalisation --- */

static void add_lowercase(struct text *out, uint32_t code)
{
    if (code == 0x130) { /* the one code point whose lowercase is two */
        text_add(out, "i\xCC\x87");
        return;
    }
    text_add_code(out, (uint32_t)utf8proc_tolower((utf8proc_int32_t)code));
}

static void add_step(enum normalize_step step, uint32_t code, struct text *out)
{
    utf8proc_category_t kind = category(code);
    bool keep = true;

    switch (step) {
    case NORMALIZE_CLEAN:
        keep = code != 0 && code != 0xFFFD && !is_control(code);
        code = text_is_space(code) ? ' ' : code;
        break;
    case NORMALIZE_CJK:
        if (is_ideograph(code)) {
            text_add_char(out, ' ');
            text_add_code(out, code);
            code = ' ';
        }
        break;
    case NORMALIZE_STRIP_NONSPACING:
        keep = kind != UTF8PROC_CATEGORY_MN;
        break;
    case NORMALIZE_STRIP_MARKS:
        keep = kind != UTF8PROC_CATEGORY_MN && kind != UTF8PROC_CATEGORY_MC &&
               kind != UTF8PROC_CATEGORY_ME;
        break;
    case NORMALIZE_LOWERCASE:
        add_lowercase(out, code);
        return;
    default:
        break;
    }
    if (keep)
        text_add_code(out, code);
}

/* utf8proc works on arrays that the caller gives it. */
static bool apply_form(utf8proc_option_t options, const struct text *in, struct text *out)
{
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text_get(in);
    utf8proc_ssize_t length = (utf8proc_ssize_t)in->length;
    utf8proc_ssize_t count = utf8proc_decompose(bytes, length, NULL, 0, options);
    utf8proc_int32_t *codes;

    if (count < 0)
        return false;
    codes = mem_new((size_t)count + 1, sizeof *codes);
    if (codes == NULL)
        return false;
    utf8proc_decompose(bytes, length, codes, count, options);
    if ((options & UTF8PROC_COMPOSE) != 0)
        count = utf8proc_normalize_utf32(codes, count, options);
    for (utf8proc_ssize_t i = 0; i < count; i++)
        text_add_code(out, (uint32_t)codes[i]);
    mem_free(codes);
    return true;
}

static bool apply_step(enum normalize_step step, const struct text *in, struct text *out)
{
    static const utf8proc_option_t forms[] = {
        [NORMALIZE_NFD] = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE,
        [NORMALIZE_NFC] = UTF8PROC_STABLE | UTF8PROC_COMPOSE,
        [NORMALIZE_NFKD] = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT,
        [NORMALIZE_NFKC] = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT,
    };
    const char *bytes = text_get(in);
    uint32_t code;

    if (step >= NORMALIZE_NFD && step <= NORMALIZE_NFKC)
        return apply_form(forms[step], in, out);
    for (size_t i = 0; i < in->length;) {
        i += utf8_decode(bytes + i, in->length - i, &code);
        add_step(step, code, out);
    }
    return true;
}

bool normalize_has(const struct normalize *n, enum normalize_step step)
{
    for (size_t i = 0; i < n->count; i++) {
        if (n->steps[i] == step)
            return true;
    }
    return false;
}

static void add_valid(struct text *out, const char *bytes, size_t length)
{
    uint32_t code;

    for (size_t i = 0; i < length;) {
        i += utf8_decode(bytes + i, length - i, &code);
        text_add_code(out, code);
    }
}

bool normalize_apply(const struct normalize *n, const char *bytes, size_t length, struct text *out,
                     struct err *e)
{
    struct text now = TEXT_EMPTY, next = TEXT_EMPTY;
    bool good = true;

    add_valid(&now, bytes, length);
    for (size_t i = 0; good && i < n->count; i++) {
        struct text swap = now;
        text_clear(&next);
        good = apply_step(n->steps[i], &now, &next) && !now.failed && !next.failed;
        now = next;
        next = swap;
    }
    if (good)
        text_add_bytes(out, text_get(&now), now.length);
    good = good && !now.failed && !out->failed;
    text_done(&now);
    text_done(&next);
    return good || err_memory(e);
}

/* --- Words --- */

/* What a step makes of a code point. Words are runs of one kind; since every step
 * looks at one code point only, taking the steps one after the other is the same as
 * parting where any of them parts. */
enum kind { KIND_REMOVE, KIND_ISOLATE, KIND_RUN, KIND_OTHER_RUN };

static enum kind kind_of(enum split_step step, uint32_t code)
{
    switch (step) {
    case SPLIT_BERT:
        return text_is_space(code) ? KIND_REMOVE : is_punctuation(code) ? KIND_ISOLATE : KIND_RUN;
    case SPLIT_WHITESPACE:
        return text_is_space(code) ? KIND_REMOVE : text_is_word(code) ? KIND_RUN : KIND_OTHER_RUN;
    case SPLIT_WHITESPACE_ONLY:
        return text_is_space(code) ? KIND_REMOVE : KIND_RUN;
    case SPLIT_PUNCTUATION:
        return is_punctuation(code) ? KIND_ISOLATE : KIND_RUN;
    case SPLIT_DIGITS:
        return is_digit(code) ? KIND_OTHER_RUN : KIND_RUN;
    case SPLIT_DIGITS_INDIVIDUAL:
        return is_digit(code) ? KIND_ISOLATE : KIND_RUN;
    }
    return KIND_RUN;
}

/* All steps' kinds in one number, two bits each. */
struct kinds {
    unsigned bits;
    bool removed, isolated;
};

static struct kinds kinds_of(const struct split *s, uint32_t code)
{
    struct kinds kinds = {0};

    for (size_t i = 0; i < s->count; i++) {
        enum kind kind = kind_of(s->steps[i], code);
        kinds.removed |= kind == KIND_REMOVE;
        kinds.isolated |= kind == KIND_ISOLATE;
        kinds.bits = kinds.bits << 2 | (unsigned)kind;
    }
    return kinds;
}

bool split_next(const struct split *s, const char *bytes, size_t length, size_t *rest,
                size_t *start, size_t *end)
{
    size_t at = *rest;
    unsigned run = 0;
    bool inside = false;

    while (at < length) {
        uint32_t code;
        size_t took = utf8_decode(bytes + at, length - at, &code);
        struct kinds kinds = kinds_of(s, code);
        if (inside && (kinds.removed || kinds.isolated || kinds.bits != run))
            break;
        at += took;
        if (kinds.removed)
            continue;
        if (!inside)
            *start = at - took;
        inside = true;
        run = kinds.bits;
        if (kinds.isolated)
            break;
    }
    *rest = *end = at;
    return inside;
}
