#include "charsmap.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "code_points.h"

/* A cluster of at least so many bytes is looked up by its code points only. */
enum { CLUSTER_LONG = 6 };

struct charsmap {
    unsigned char *bytes;       /* the table, decoded */
    const unsigned char *units; /* little-endian 32-bit units of the trie */
    size_t unit_count;
    const char *strings;
    size_t strings_length;
};

/* --- Reading --- */

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Returns how many bytes came out; SIZE_MAX where the text is no base 64. */
static size_t decode_base64(struct piece in, unsigned char *out)
{
    uint32_t bits = 0;
    size_t length = in.length, written = 0;

    if (length % 4 != 0)
        return SIZE_MAX;
    for (int pad = 0; pad < 2 && length > 0 && in.bytes[length - 1] == '='; pad++)
        length--;
    for (size_t i = 0; i < length; i++) {
        int value = base64_value(in.bytes[i]);
        if (value < 0)
            return SIZE_MAX;
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 > 0) /* the bits so far end 2, 4 or 6 behind a byte */
            out[written++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
    }
    return written;
}

static uint32_t read_unit(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool read_table(struct charsmap *c, struct piece base64, struct err *e)
{
    static const char wrong[] = "Precompiled: the \"precompiled_charsmap\" is damaged";
    size_t length, trie;

    c->bytes = mem_alloc(base64.length / 4 * 3 + 3);
    length = decode_base64(base64, c->bytes);
    if (length == SIZE_MAX || length < 8)
        return err_set(e, ERR_FORMAT, wrong);
    trie = read_unit(c->bytes);
    if (trie < 4 || trie % 4 != 0 || trie > length - 4)
        return err_set(e, ERR_FORMAT, wrong);
    c->units = c->bytes + 4;
    c->unit_count = trie / 4;
    c->strings = (const char *)c->units + trie;
    c->strings_length = length - 4 - trie;
    return utf8_valid(c->strings, c->strings_length) || err_set(e, ERR_FORMAT, wrong);
}

struct charsmap *charsmap_new(struct piece base64, struct err *e)
{
    struct charsmap *c = mem_new(1, sizeof *c);

    if (!read_table(c, base64, e)) {
        charsmap_free(c);
        return NULL;
    }
    return c;
}

void charsmap_free(struct charsmap *c)
{
    if (c == NULL)
        return;
    mem_free(c->bytes);
    mem_free(c);
}

/* --- The trie --- */

/* A unit of a double array: the label it was reached by, where its children lie (an exclusive or),
 * and whether one of them is a leaf, whose unit is a value. */
static size_t unit_offset(uint32_t unit)
{
    return (size_t)(unit >> 10) << ((unit & 1u << 9) >> 6);
}

/* The value of the shortest key that the bytes begin with. */
static bool find_prefix(const struct charsmap *c, const char *bytes, size_t length, size_t *value)
{
    size_t node = unit_offset(read_unit(c->units));

    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        node ^= byte;
        if (byte == 0 || node >= c->unit_count)
            return false;
        uint32_t unit = read_unit(c->units + 4 * node);
        if ((unit & (1u << 31 | 0xFF)) != byte)
            return false;
        node ^= unit_offset(unit);
        if ((unit >> 8 & 1) != 0 && node < c->unit_count) {
            *value = read_unit(c->units + 4 * node) & ((1u << 31) - 1);
            return true;
        }
    }
    return false;
}

/* Appends what the string is replaced by; false where the table has nothing. */
static bool replace(const struct charsmap *c, const char *bytes, size_t length, struct text *out)
{
    const char *string;
    size_t at;

    if (!find_prefix(c, bytes, length, &at) || at > c->strings_length)
        return false;
    string = c->strings + at;
    text_add_bytes(out, string, strnlen(string, c->strings_length - at));
    return true;
}

/* A code point of the same class for utf8proc, whose own tables may be older or newer: any mark for
 * those that go on with a cluster (but the joiner joins on both sides), any sign of Arabic numbers
 * for those before one, and a letter for what it takes for either and the reference does not. */
static utf8proc_int32_t representative(uint32_t code)
{
    enum { ACUTE = 0x301, JOINER = 0x200D, NUMBER_SIGN = 0x600 };
    int class = utf8proc_get_property((utf8proc_int32_t)code)->boundclass;

    if (code_is_joined(code))
        return code == JOINER ? JOINER : ACUTE;
    if (code_is_prepended(code))
        return NUMBER_SIGN;
    return class == UTF8PROC_BOUNDCLASS_EXTEND || class == UTF8PROC_BOUNDCLASS_SPACINGMARK ||
                   class == UTF8PROC_BOUNDCLASS_PREPEND
               ? 'a'
               : (utf8proc_int32_t)code;
}

static size_t cluster_end(const char *bytes, size_t length, size_t start)
{
    utf8proc_int32_t state = 0, before, after;
    uint32_t code;
    size_t at = start + utf8_decode(bytes + start, length - start, &code);

    for (before = representative(code); at < length; before = after) {
        size_t took = utf8_decode(bytes + at, length - at, &code);
        after = representative(code);
        if (utf8proc_grapheme_break_stateful(before, after, &state))
            break;
        at += took;
    }
    return at;
}

void charsmap_apply(const struct charsmap *c, const char *bytes, size_t length, struct text *out)
{
    for (size_t start = 0, end; start < length && out->length <= PIECE_TEXT_MOST; start = end) {
        uint32_t code;
        end = cluster_end(bytes, length, start);
        if (end - start < CLUSTER_LONG && replace(c, bytes + start, end - start, out))
            continue;
        for (size_t at = start, took; at < end && out->length <= PIECE_TEXT_MOST; at += took) {
            took = utf8_decode(bytes + at, end - at, &code);
            if (!replace(c, bytes + at, took, out))
                text_add_bytes(out, bytes + at, took);
        }
    }
}
