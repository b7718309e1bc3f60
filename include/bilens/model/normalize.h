/* What happens to a text before it is looked up: its normalisation, and its
 * division into words. */
#ifndef BILENS_MODEL_NORMALIZE_H
#define BILENS_MODEL_NORMALIZE_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct text;

enum normalize_step {
    NORMALIZE_CLEAN, /* drops controls, makes white space plain (BERT) */
    NORMALIZE_CJK,   /* spaces around ideographs (BERT) */
    NORMALIZE_NFD,
    NORMALIZE_NFC,
    NORMALIZE_NFKD,
    NORMALIZE_NFKC,
    NORMALIZE_STRIP_NONSPACING, /* drops Mn (BERT) */
    NORMALIZE_STRIP_MARKS,      /* drops all of M (StripAccents) */
    NORMALIZE_LOWERCASE         /* code point by code point */
};

enum split_step {
    SPLIT_BERT,       /* white space removed, punctuation isolated */
    SPLIT_WHITESPACE, /* \w+|[^\w\s]+ */
    SPLIT_WHITESPACE_ONLY,
    SPLIT_PUNCTUATION,      /* isolated */
    SPLIT_DIGITS,           /* runs of them */
    SPLIT_DIGITS_INDIVIDUAL /* each of them isolated */
};

enum { NORMALIZE_MOST = 12, SPLIT_MOST = 8 };

struct normalize {
    enum normalize_step steps[NORMALIZE_MOST];
    size_t count;
};

struct split {
    enum split_step steps[SPLIT_MOST];
    size_t count;
};

bool normalize_has(const struct normalize *n, enum normalize_step step);

/* Appends the normalised text to out. Bytes that are not UTF-8 become U+FFFD. */
bool normalize_apply(const struct normalize *n, const char *bytes, size_t length, struct text *out,
                     struct err *e);

/* Takes the next word from *rest on (offsets into bytes, advanced). False at the end. */
bool split_next(const struct split *s, const char *bytes, size_t length, size_t *rest,
                size_t *start, size_t *end);

/* Of the reference: Unicode White_Space; letters, marks, digits, connectors. */
bool text_is_space(unsigned code);
bool text_is_word(unsigned code);

#endif
