#include "bilens/formats/json.h"

#include <string.h>

struct json json_begin(char *bytes, size_t length)
{
    return (struct json){.start = bytes, .at = bytes, .end = bytes + length};
}

/* Keeps the first fault and stops everything that follows. */
static bool json_fail(struct json *s, const char *at, const char *why)
{
    if (s->fault == NULL) {
        s->fault = why;
        s->fault_at = (size_t)(at - s->start);
    }
    s->at = s->end;
    return false;
}

static void skip_space(struct json *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
        s->at++;
}

/* How long the word of Python's json at p is that stands for a number; 0: there is none. */
static size_t python_number(const struct json *s, const char *p)
{
    static const char *const words[] = {"NaN", "Infinity", "-Infinity"};

    for (size_t i = 0; s->python && i < sizeof words / sizeof words[0]; i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(s->end - p) >= length && memcmp(p, words[i], length) == 0)
            return length;
    }
    return 0;
}

enum json_type json_peek(struct json *s)
{
    skip_space(s);
    if (s->at == s->end)
        return JSON_NONE;
    switch (*s->at) {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    default:
        return *s->at == '-' || (*s->at >= '0' && *s->at <= '9') || python_number(s, s->at) > 0
                   ? JSON_NUMBER
                   : JSON_NONE;
    }
}

const char *json_type_name(enum json_type type)
{
    static const char *const names[] = {"nothing",  "an object", "an array", "a string",
                                        "a number", "true",      "false",    "null"};
    return names[type];
}

bool json_string_is(struct json_string a, const char *b)
{
    return strlen(b) == a.length && memcmp(a.bytes, b, a.length) == 0;
}

/* --- Strings --- */

static size_t encode_code(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* The four digits at p; false where they are not. */
static bool read_hex4(const struct json *s, const char *p, uint32_t *value)
{
    if (s->end - p < 4)
        return false;
    *value = 0;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        if (c >= '0' && c <= '9')
            *value = *value << 4 | (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            *value = *value << 4 | (uint32_t)(c - 'a' + 10);
        else if (c >= 'A' && c <= 'F')
            *value = *value << 4 | (uint32_t)(c - 'A' + 10);
        else
            return false;
    }
    return true;
}

/* p is at the first digit after \u; gives where the escape ends. */
static const char *read_unicode_escape(struct json *s, const char *p, uint32_t *code)
{
    uint32_t low;

    if (!read_hex4(s, p, code)) {
        json_fail(s, p, "a \\u escape without four hexadecimal digits");
        return NULL;
    }
    p += 4;
    if (*code < 0xD800 || *code > 0xDFFF)
        return p;
    if (*code > 0xDBFF || s->end - p < 6 || p[0] != '\\' || p[1] != 'u' ||
        !read_hex4(s, p + 2, &low) || low < 0xDC00 || low > 0xDFFF) {
        json_fail(s, p - 6, "a lone surrogate escape in a string");
        return NULL;
    }
    *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
    return p + 6;
}

enum { ESCAPE_MOST = 6 };

/* p is at the backslash; writes the bytes meant, gives where the escape ends. */
static const char *read_escape(struct json *s, const char *p, char out[ESCAPE_MOST], size_t *length)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    const char *found;
    uint32_t code;

    if (s->end - p < 2) {
        json_fail(s, s->end, "it ends inside a string");
        return NULL;
    }
    if (p[1] == 'u') {
        p = read_unicode_escape(s, p + 2, &code);
        if (p != NULL && code == 0 && s->spell_nul)
            memcpy(out, "\\u0000", *length = ESCAPE_MOST);
        else if (p != NULL)
            *length = encode_code(code, out);
        return p;
    }
    found = p[1] == '\0' ? NULL : strchr(letters, p[1]);
    if (found == NULL) {
        json_fail(s, p, "an unknown escape in a string");
        return NULL;
    }
    out[0] = meant[found - letters];
    *length = 1;
    return p + 2;
}

/* Checks the string at the scanner; decodes it in place where out is given. What
 * is decoded is never longer than what was written. */
static bool scan_string(struct json *s, struct json_string *out)
{
    char *start = s->at + 1, *write = start;
    const char *read = start;

    for (;;) {
        char decoded[ESCAPE_MOST];
        size_t length = 1;
        if (read == s->end)
            return json_fail(s, read, "it ends inside a string");
        if (*read == '"')
            break;
        if ((unsigned char)*read < 0x20)
            return json_fail(s, read, "a raw control character in a string");
        if (*read == '\\') {
            read = read_escape(s, read, decoded, &length);
            if (read == NULL)
                return false;
        } else {
            decoded[0] = *read++;
        }
        if (out != NULL)
            memcpy(write, decoded, length);
        write += length;
    }
    s->at += read - s->at + 1;
    if (out != NULL) {
        *write = '\0';
        *out = (struct json_string){.bytes = start, .length = (size_t)(write - start)};
    }
    return true;
}

static bool wrong_type(struct json *s, const char *why)
{
    return json_fail(s, s->at, s->at == s->end ? "it ends where a value should be" : why);
}

bool json_read_string(struct json *s, struct json_string *out)
{
    if (json_peek(s) != JSON_STRING)
        return wrong_type(s, "no string where one should be");
    return scan_string(s, out);
}

/* --- Numbers and literals --- */

static const char *skip_digits(const struct json *s, const char *p)
{
    while (p < s->end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

static void read_whole(struct json_number *n)
{
    n->value = 0;
    for (size_t i = 0; i < n->length; i++) {
        uint64_t digit = (uint64_t)(n->text[i] - '0');
        if (n->value > (UINT64_MAX - digit) / 10) {
            n->whole = false;
            return;
        }
        n->value = n->value * 10 + digit;
    }
}

/* Past the fraction and the exponent at p; NULL where they are malformed. */
static const char *skip_fraction(const struct json *s, const char *p)
{
    const char *digits;

    if (p < s->end && *p == '.') {
        digits = ++p;
        p = skip_digits(s, p);
        if (p == digits)
            return NULL;
    }
    if (p < s->end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < s->end && (*p == '+' || *p == '-'))
            p++;
        digits = p;
        p = skip_digits(s, p);
        if (p == digits)
            return NULL;
    }
    return p;
}

bool json_read_number(struct json *s, struct json_number *out)
{
    const char *p, *digits, *whole_end;
    size_t word;

    if (json_peek(s) != JSON_NUMBER)
        return wrong_type(s, "no number where one should be");
    word = python_number(s, s->at);
    if (word > 0) {
        *out = (struct json_number){.text = s->at, .length = word};
        s->at += word;
        return true;
    }
    digits = *s->at == '-' ? s->at + 1 : s->at;
    whole_end = skip_digits(s, digits);
    if (whole_end == digits || (*digits == '0' && whole_end - digits > 1))
        return json_fail(s, s->at, "a malformed number");
    p = skip_fraction(s, whole_end);
    if (p == NULL)
        return json_fail(s, s->at, "a malformed number");
    *out = (struct json_number){
        .whole = digits == s->at && p == whole_end, .text = s->at, .length = (size_t)(p - s->at)};
    if (out->whole)
        read_whole(out);
    s->at += p - s->at;
    return true;
}

static bool skip_literal(struct json *s, const char *literal)
{
    size_t length = strlen(literal);

    if ((size_t)(s->end - s->at) < length || memcmp(s->at, literal, length) != 0)
        return json_fail(s, s->at, "a misspelt true, false or null");
    s->at += length;
    return true;
}

/* --- Objects and arrays --- */

static bool enter(struct json *s)
{
    if (s->depth == JSON_MOST_DEPTH)
        return json_fail(s, s->at, "nesting deeper than 128 levels");
    s->depth++;
    s->at++;
    s->first = true;
    return true;
}

bool json_enter_object(struct json *s)
{
    return json_peek(s) == JSON_OBJECT ? enter(s) : wrong_type(s, "no object where one should be");
}

bool json_enter_array(struct json *s)
{
    return json_peek(s) == JSON_ARRAY ? enter(s) : wrong_type(s, "no array where one should be");
}

/* Past a comma, or past the closing bracket (then false). */
static bool next_element(struct json *s, char close)
{
    if (s->fault != NULL)
        return false;
    skip_space(s);
    if (s->at == s->end)
        return json_fail(s, s->at,
                         close == '}' ? "it ends inside an object" : "it ends inside an array");
    if (*s->at == close) {
        s->at++;
        s->depth--;
        s->first = false;
        return false;
    }
    if (s->first) {
        s->first = false;
        return true;
    }
    if (*s->at != ',')
        return json_fail(s, s->at,
                         close == '}' ? "no comma between members of an object"
                                      : "no comma between items of an array");
    s->at++;
    skip_space(s);
    return true;
}

bool json_next_member(struct json *s, struct json_string *key)
{
    if (!next_element(s, '}'))
        return false;
    if (json_peek(s) != JSON_STRING)
        return wrong_type(s, "no string as the key of a member");
    if (!scan_string(s, key))
        return false;
    skip_space(s);
    if (s->at == s->end || *s->at != ':')
        return wrong_type(s, "no colon after the key of a member");
    s->at++;
    return true;
}

bool json_next_item(struct json *s)
{
    return next_element(s, ']');
}

/* Recursion is bounded by the limit on nesting. */
bool json_skip(struct json *s)
{
    struct json_number number;

    switch (json_peek(s)) {
    case JSON_OBJECT:
        enter(s);
        while (json_next_member(s, NULL))
            json_skip(s);
        break;
    case JSON_ARRAY:
        enter(s);
        while (json_next_item(s))
            json_skip(s);
        break;
    case JSON_STRING:
        scan_string(s, NULL);
        break;
    case JSON_NUMBER:
        json_read_number(s, &number);
        break;
    case JSON_TRUE:
        skip_literal(s, "true");
        break;
    case JSON_FALSE:
        skip_literal(s, "false");
        break;
    case JSON_NULL:
        skip_literal(s, "null");
        break;
    case JSON_NONE:
        wrong_type(s, "no value where one should be");
        break;
    }
    return s->fault == NULL;
}

bool json_finish(struct json *s)
{
    if (s->fault != NULL)
        return false;
    skip_space(s);
    return s->at == s->end || json_fail(s, s->at, "something follows the closing brace");
}
