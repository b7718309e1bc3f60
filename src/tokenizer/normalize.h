/* What happens to a text before it is divided into words. */
#ifndef BILENS_TOKENIZER_NORMALIZE_H
#define BILENS_TOKENIZER_NORMALIZE_H

#include <stdbool.h>
#include <stddef.h>

#include "piece.h"

struct charsmap;
struct err;
struct pattern;
struct text;

enum normalize_type {
    NORMALIZE_CLEAN, /* drops controls, makes white space plain (BERT) */
    NORMALIZE_CJK,   /* spaces around ideographs (BERT) */
    NORMALIZE_NFD,
    NORMALIZE_NFC,
    NORMALIZE_NFKD,
    NORMALIZE_NFKC,
    NORMALIZE_STRIP_NONSPACING, /* drops Mn (BERT) */
    NORMALIZE_STRIP_MARKS,      /* drops all of M (StripAccents) */
    NORMALIZE_LOWERCASE,        /* code point by code point */
    NORMALIZE_NMT,              /* drops some controls, makes others a space */
    NORMALIZE_STRIP,            /* white space at the ends */
    NORMALIZE_PREPEND,          /* content, unless the text is empty */
    NORMALIZE_REPLACE,          /* pattern by content */
    NORMALIZE_BYTES,            /* the byte-level alphabet */
    NORMALIZE_PRECOMPILED       /* SentencePiece's table */
};

struct normalize_step {
    enum normalize_type type;
    bool left, right;     /* of STRIP */
    bool is_regex;        /* source is */
    struct piece source;  /* of REPLACE: what to look for; of PRECOMPILED: the table, in base 64 */
    struct piece content; /* of PREPEND and REPLACE */
    struct pattern *pattern;
    struct charsmap *charsmap;
};

enum { NORMALIZE_MOST = 32 };

struct normalize {
    struct normalize_step steps[NORMALIZE_MOST];
    size_t count;
};

/* Compiles what the steps need. Once, before normalize_apply. Again only after
 * normalize_done. */
bool normalize_prepare(struct normalize *n, struct err *e);
void normalize_done(struct normalize *n);

bool normalize_has(const struct normalize *n, enum normalize_type type);

/* Appends the normalised text to out. Bytes that are not UTF-8 become U+FFFD. *from_start (may be
 * NULL) is cleared where what the text began with was dropped. */
bool normalize_apply(const struct normalize *n, const char *bytes, size_t length, struct text *out,
                     bool *from_start, struct err *e);

#endif
