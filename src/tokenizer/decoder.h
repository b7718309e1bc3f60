/* From tokens back to text: the decoder of tokenizer.json. */
#ifndef BILENS_TOKENIZER_DECODER_H
#define BILENS_TOKENIZER_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bilens/base/text.h"
#include "piece.h"

struct err;

enum decode_type {
    DECODE_WORDPIECE,     /* content starts what continues a word; a space before all others */
    DECODE_BPE,           /* content ends a word: a space, but not at the end */
    DECODE_METASPACE,     /* content is a space, or nothing at the very beginning */
    DECODE_BYTES,         /* the byte-level alphabet */
    DECODE_BYTE_FALLBACK, /* <0xNN> is a byte */
    DECODE_FUSE,          /* all tokens become one */
    DECODE_STRIP,         /* up to so many of content from the ends of each token */
    DECODE_REPLACE        /* source by content */
};

struct decode_step {
    enum decode_type type;
    struct piece source, content;
    bool is_regex;      /* source is */
    bool cleanup;       /* of WORDPIECE: no space before punctuation */
    bool keep_first;    /* of METASPACE: a space at the very beginning stays */
    size_t start, stop; /* of STRIP */
};

enum { DECODE_MOST = 16 };

struct decoder {
    struct decode_step steps[DECODE_MOST];
    size_t count;
};

/* Is the piece <0xNN>, and which byte is it? */
bool decoder_byte(struct piece piece, unsigned char *byte);

/* A list of strings in one buffer. */
struct strings {
    struct text text;
    size_t *ends;
    size_t count, capacity;
};

#define STRINGS_EMPTY ((struct strings){0})

void strings_done(struct strings *s);
/* Ends a string: what was appended to text since the last one. */
void strings_end(struct strings *s);

/* Replaces the strings by what the steps make of them. */
bool decoder_apply(const struct decoder *d, struct strings *strings, struct err *e);

#endif
