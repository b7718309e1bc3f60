#include "bilens/base/utf8.h"

#include <string.h>
#include <utf8proc.h>

#include "bilens/base/text.h"

size_t utf8_decode(const char *bytes, size_t length, uint32_t *code)
{
    if (length == 0) {
        *code = UINT32_MAX;
        return 0;
    }
    utf8proc_int32_t decoded;
    size_t most = length > 4 ? 4 : length;
    utf8proc_ssize_t n =
        utf8proc_iterate((const utf8proc_uint8_t *)bytes, (utf8proc_ssize_t)most, &decoded);
    if (n <= 0) {
        *code = UINT32_MAX;
        return 1;
    }
    *code = (uint32_t)decoded;
    return (size_t)n;
}

bool utf8_valid(const char *bytes, size_t length)
{
    while (length > 0) {
        uint32_t code;
        size_t n = utf8_decode(bytes, length, &code);
        if (code == UINT32_MAX)
            return false;
        bytes += n;
        length -= n;
    }
    return true;
}

/* The bytes of a sequence that is well begun and then breaks off: at least 1. */
static size_t begun_length(const char *bytes, size_t length)
{
    static const struct {
        unsigned char lead_first, lead_last, next_first, next_last, more;
    } rows[] = {{0xE0, 0xE0, 0xA0, 0xBF, 2}, {0xE1, 0xEC, 0x80, 0xBF, 2},
                {0xED, 0xED, 0x80, 0x9F, 2}, {0xEE, 0xEF, 0x80, 0xBF, 2},
                {0xF0, 0xF0, 0x90, 0xBF, 3}, {0xF1, 0xF3, 0x80, 0xBF, 3},
                {0xF4, 0xF4, 0x80, 0x8F, 3}};
    const unsigned char *b = (const unsigned char *)bytes;

    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        size_t n = 1;
        if (b[0] < rows[r].lead_first || b[0] > rows[r].lead_last)
            continue;
        if (n < length && b[n] >= rows[r].next_first && b[n] <= rows[r].next_last)
            n++;
        while (n > 1 && n < length && n < rows[r].more && (b[n] & 0xC0) == 0x80)
            n++;
        return n;
    }
    return 1;
}

void utf8_replace(struct text *out, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length;) {
        uint32_t code;
        size_t took = utf8_decode(bytes + i, length - i, &code);
        text_add_code(out, code);
        i += code == UINT32_MAX ? begun_length(bytes + i, length - i) : took;
    }
}

static bool is_bidi_control(uint32_t code)
{
    return code == 0x061c || code == 0x200e || code == 0x200f ||
           (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* Code points that an invisible or reordering effect makes dangerous to show. */
static bool is_unsafe(uint32_t code)
{
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code > 0x10ffff)
        return true;
    if (code == 0x2028 || code == 0x2029 || is_bidi_control(code))
        return true;
    switch (utf8proc_category((utf8proc_int32_t)code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CO:
        return true;
    case UTF8PROC_CATEGORY_CF: /* joiners and soft hyphens, tags, BOM: invisible */
        return code != 0x200d && code != 0x200c;
    default:
        return false;
    }
}

static bool is_joiner(uint32_t code)
{
    return code == 0x200c || code == 0x200d;
}

/* Vowels and final consonants of Hangul: they go into the cells of the consonant before. */
static bool is_conjoined(uint32_t code)
{
    return (code >= 0x1160 && code <= 0x11ff) || (code >= 0xd7b0 && code <= 0xd7ff);
}

/* Tone marks of Hangul, numbers in circles on black squares, hexagrams and reading marks of
 * Vietnamese, which terminals show wide. */
static bool is_wide_sign(uint32_t code)
{
    return (code >= 0x302e && code <= 0x302f) || (code >= 0x3248 && code <= 0x324f) ||
           (code >= 0x4dc0 && code <= 0x4dff) || (code >= 0x16ff0 && code <= 0x16ff1);
}

/* As wcwidth of glibc has it, by which terminals go: utf8proc counts no cell for marks that stand
 * beside their letter (in Devanagari, Bengali, Tamil, ...), and one for what is_conjoined. */
int utf8_code_width(uint32_t code)
{
    if (code >= 0x20 && code < 0x7f)
        return 1;
    if (is_unsafe(code))
        return -1;
    switch (utf8proc_category((utf8proc_int32_t)code)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
        return 0;
    case UTF8PROC_CATEGORY_MC:
        return is_wide_sign(code) ? 2 : 1;
    default:
        if (is_joiner(code) || is_conjoined(code))
            return 0;
        return is_wide_sign(code) ? 2 : utf8proc_charwidth((utf8proc_int32_t)code);
    }
}

size_t utf8_width(const char *string)
{
    size_t length = strlen(string), cells = 0;
    while (length > 0) {
        uint32_t code;
        size_t n = utf8_decode(string, length, &code);
        int width = utf8_code_width(code);
        cells += width > 0 ? (size_t)width : 0;
        string += n;
        length -= n;
    }
    return cells;
}

static void escape_code(struct text *out, uint32_t code)
{
    switch (code) {
    case '\n':
        text_add(out, "\\n");
        break;
    case '\t':
        text_add(out, "\\t");
        break;
    case '\r':
        text_add(out, "\\r");
        break;
    default:
        if (code < 0x80)
            text_printf(out, "\\x%02x", (unsigned)code);
        else
            text_printf(out, "\\u{%x}", (unsigned)code);
    }
}

/* What leaves a blank or no trace: two texts that differ by it look alike, and terminals do not
 * agree on the width of an emoji with a variation selector. */
static bool is_hidden(uint32_t code)
{
    static const uint32_t ranges[][2] = {
        {0x34f, 0x34f},     {0x115f, 0x1160},   {0x17b4, 0x17b5},   {0x180b, 0x180f},
        {0x2800, 0x2800},   {0x3164, 0x3164},   {0xfe00, 0xfe0f},   {0xffa0, 0xffa0},
        {0x16fe4, 0x16fe4}, {0x1d159, 0x1d159}, {0xe0100, 0xe01ef},
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    }
    return code > 0x7f && utf8proc_category((utf8proc_int32_t)code) == UTF8PROC_CATEGORY_ZS;
}

/* A letter or a mark of the scripts that joiners are written in, from Arabic to Sinhala. */
static bool takes_joiners(uint32_t code)
{
    return code >= 0x600 && code < 0xe00 &&
           utf8proc_category((utf8proc_int32_t)code) <= UTF8PROC_CATEGORY_ME;
}

bool utf8_code_is_mark(uint32_t code)
{
    if (code < 0x80)
        return false;
    return utf8_code_width(code) == 0 ||
           utf8proc_category((utf8proc_int32_t)code) == UTF8PROC_CATEGORY_MC;
}

void utf8_escape(struct text *out, const char *bytes, size_t length, bool ascii)
{
    uint32_t before = UINT32_MAX; /* the code point before; at the start and after an escape none */
    while (length > 0) {
        uint32_t code, after;
        size_t n = utf8_decode(bytes, length, &code);
        utf8_decode(bytes + n, length - n, &after);
        bool hidden = is_joiner(code) ? !takes_joiners(before) || !takes_joiners(after)
                                      : code != UINT32_MAX && is_hidden(code);
        if (code == UINT32_MAX) {
            text_printf(out, "\\x%02x", (unsigned char)bytes[0]);
        } else if (utf8_code_width(code) < 0 || hidden || (ascii && code > 0x7e)) {
            escape_code(out, code);
            code = UINT32_MAX;
        } else {
            if (before == UINT32_MAX && utf8_code_is_mark(code))
                text_add_code(out, 0x25cc); /* dotted circle */
            text_add_bytes(out, bytes, n);
        }
        before = code;
        bytes += n;
        length -= n;
    }
}

/* The bytes of string that fit in cells, and how many cells they take: no letter is cut off from
 * its marks. */
static size_t prefix_that_fits(const char *string, size_t cells, size_t *taken)
{
    size_t length = strlen(string), letter = 0, before = 0, total = 0;
    for (size_t at = 0; at < length;) {
        uint32_t code;
        size_t n = utf8_decode(string + at, length - at, &code);
        int width = utf8_code_width(code);
        if (!utf8_code_is_mark(code)) {
            letter = at;
            before = total;
        }
        total += width > 0 ? (size_t)width : 0;
        if (total > cells) {
            *taken = before;
            return letter;
        }
        at += n;
    }
    *taken = total;
    return length;
}

void utf8_fit(struct text *out, const char *string, size_t cells, bool pad, bool ascii)
{
    size_t taken;
    size_t bytes = prefix_that_fits(string, cells, &taken);
    if (string[bytes] != '\0' && cells > 0) {
        bytes = prefix_that_fits(string, cells - 1, &taken);
        text_add_bytes(out, string, bytes);
        text_add(out, ascii ? "~" : "\xe2\x80\xa6");
        taken++;
    } else {
        text_add_bytes(out, string, bytes);
    }
    if (pad && taken < cells)
        text_add_fill(out, ' ', cells - taken);
}

/* ---- text for files ---- */

static bool is_control(uint32_t code)
{
    if (code == '\t' || code == '\n' || code == '\r')
        return false;
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

void utf8_clean(struct text *out, const char *bytes, size_t length, bool controls)
{
    while (length > 0) {
        uint32_t code;
        size_t n = utf8_decode(bytes, length, &code);
        if (code == UINT32_MAX)
            text_printf(out, "\\x%02x", (unsigned char)bytes[0]);
        else if (controls && is_control(code))
            text_printf(out, "\\x%02x", (unsigned)code);
        else if (controls && code > 0x7f && utf8_code_width(code) < 0)
            text_printf(out, "\\u{%x}", (unsigned)code); /* reorders or hides what follows */
        else
            text_add_bytes(out, bytes, n);
        bytes += n;
        length -= n;
    }
}

/* ---- tokens ---- */

void utf8_escape_token(struct text *out, const char *bytes, size_t length, bool ascii)
{
    const char *mark = ascii ? "_" : "\xe2\x90\xa3"; /* an open box */
    struct text safe = TEXT_EMPTY;
    utf8_escape(&safe, bytes, length, ascii); /* makes no spaces and takes none away */
    const char *string = text_get(&safe);
    size_t start = strspn(string, " "), end = safe.length;
    while (end > start && string[end - 1] == ' ')
        end--;
    for (size_t i = 0; i < start; i++)
        text_add(out, mark);
    text_add_bytes(out, string + start, end - start);
    for (size_t i = end; i < safe.length; i++)
        text_add(out, mark);
    text_done(&safe);
}

size_t utf8_fold(const char *line, size_t length, size_t cells)
{
    size_t at = 0, taken = 0, space = 0, n = 1;
    while (at < length) {
        uint32_t code;
        n = utf8_decode(line + at, length - at, &code);
        int width = utf8_code_width(code);
        taken += width > 0 ? (size_t)width : 0;
        if (taken > cells)
            break;
        if (code == ' ')
            space = at;
        at += n;
    }
    if (at >= length)
        return length;
    if (line[at] == ' ' || space == 0)
        return at > 0 ? at : n; /* something, or it would never end */
    return space;
}
