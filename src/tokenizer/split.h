/* A text is divided into the words that the model then looks up, and rewritten on the way:
 * the pre-tokenizer of tokenizer.json, in its smallest steps. */
#ifndef BILENS_TOKENIZER_SPLIT_H
#define BILENS_TOKENIZER_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/base/text.h"
#include "pattern.h"

enum split_type {
    SPLIT_AT,      /* matches of the pattern, as behavior says */
    SPLIT_PREPEND, /* content, before every word that does not start with it */
    SPLIT_SPACES,  /* every space becomes content */
    SPLIT_BYTES    /* the byte-level alphabet */
};

/* What becomes of a match: "the-final--x" at "-" is */
enum split_behavior {
    SPLIT_REMOVED,       /* the final x */
    SPLIT_ISOLATED,      /* the - final - - x */
    SPLIT_CONTIGUOUS,    /* the - final -- x */
    SPLIT_WITH_PREVIOUS, /* the- final- - x */
    SPLIT_WITH_NEXT      /* the -final - -x */
};

struct split_step {
    enum split_type type;
    enum split_behavior behavior;
    bool invert;         /* what lies between the matches takes their part */
    bool only_first;     /* PREPEND: only to what the text begins with */
    bool is_regex, runs; /* source is; of kind */
    pattern_kind *kind;  /* what to look for, or NULL: source is */
    struct piece source;
    struct piece content;
    struct pattern *pattern;
};

enum { SPLIT_MOST = 32 };

struct split {
    struct split_step steps[SPLIT_MOST];
    size_t count;
};

/* Kinds for SPLIT_AT. */
unsigned split_kind_space(uint32_t code);
unsigned split_kind_punctuation(uint32_t code);
unsigned split_kind_number(uint32_t code);
unsigned split_kind_word(uint32_t code); /* of \w+|[^\w\s]+ with runs: 1 or 2 */

/* Compiles what the steps need. Once, before split_apply; again after split_done. */
bool split_prepare(struct split *s, struct err *e);
void split_done(struct split *s);

/* A place in the text of a struct words. */
struct word {
    size_t start, end;
    bool first; /* does it begin where the text that was typed begins? */
};

struct words {
    struct text text;
    struct word *items;
    size_t count, capacity;
};

#define WORDS_EMPTY ((struct words){0})

void words_done(struct words *w);

/* Makes *out, whose memory is used again, the words of the bytes (valid UTF-8, not empty). */
bool split_apply(const struct split *s, const char *bytes, size_t length, bool first,
                 struct words *out, struct err *e);

#endif
