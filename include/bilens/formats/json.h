/* A strict JSON scanner that hands out one value after the other and keeps none,
 * so that a header of millions of entries costs no memory. It works on a writable
 * buffer and decodes strings in place. It refuses what RFC 8259 refuses, lone
 * surrogate escapes, and nesting beyond 128 levels. The bytes must be known to be
 * UTF-8. */
#ifndef BILENS_FORMATS_JSON_H
#define BILENS_FORMATS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text;

enum json_type {
    JSON_NONE, /* the end, or something that starts no value */
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
};

enum { JSON_MOST_DEPTH = 128 };

/* A plain value: a copy of it, taken before a value, can read that value later,
 * provided that only json_skip passed over it in between. */
struct json {
    char *start, *at, *end;
    const char *fault; /* what is wrong, static; NULL while all is well */
    size_t fault_at;   /* its byte */
    size_t depth;
    bool first; /* just after an opening bracket */
    /* What a reader may ask for after json_begin. */
    bool python;    /* NaN, Infinity and -Infinity are numbers, as Python's json writes them */
    bool spell_nul; /* \u0000 in a string stays spelled so: then a string holds no NUL, and is no
                     * other string's beginning */
};

/* Decoded, NUL-terminated (it may hold NULs itself, unless they are spelled). Lives in the buffer.
 */
struct json_string {
    const char *bytes;
    size_t length;
};

struct json_number {
    bool whole;       /* an integer from 0 to 2^64 - 1, written as one */
    uint64_t value;   /* of a whole one */
    const char *text; /* as written; not terminated */
    size_t length;
};

struct json json_begin(char *bytes, size_t length);

/* The type of the value that comes next; it is not consumed. */
enum json_type json_peek(struct json *s);

/* Each of these consumes a value of its type, or sets the fault. */
bool json_read_string(struct json *s, struct json_string *out);
bool json_read_number(struct json *s, struct json_number *out);
bool json_enter_object(struct json *s);
bool json_enter_array(struct json *s);
/* Checks and passes over a value of any type; leaves the bytes as they were. */
bool json_skip(struct json *s);

/* Moves to the next member's value; key may be NULL. False at the closing bracket, which is
 * consumed, and after a fault. */
bool json_next_member(struct json *s, struct json_string *key);
bool json_next_item(struct json *s);

/* Sets a fault unless nothing but white space is left. */
bool json_finish(struct json *s);

/* The number as the reference library of tokenizers reads it, to the bit: it is not always the
 * double nearest to what is written. False where it is too large. */
bool json_double(struct json_number number, double *out);

/* Is the string this one? */
bool json_string_is(struct json_string a, const char *b);

/* "an object", "a string", ... for messages. */
const char *json_type_name(enum json_type type);

/* Appends the bytes as a JSON string, in quotes. What is not UTF-8 becomes \xNN, as text. */
void json_add_string(struct text *out, const char *bytes, size_t length);

#endif
