/* Where something occurs in a text: a string, a kind of code point, or a regular expression.
 * Regular expressions are Oniguruma's, in the syntax that the reference uses. */
#ifndef BILENS_TOKENIZER_PATTERN_H
#define BILENS_TOKENIZER_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "piece.h"

struct err;
struct pattern;

/* 0 for a code point that is none of what is looked for, else which kind of it. */
typedef unsigned pattern_kind(uint32_t code);

/* Each gives a pattern that pattern_free frees; NULL on failure. Strings are borrowed. */
struct pattern *pattern_new_regex(struct piece source, struct err *e);
struct pattern *pattern_new_string(struct piece string, struct err *e);
/* Every code point of a kind; with runs, neighbours of the same kind as one. */
struct pattern *pattern_new_kind(pattern_kind *kind, bool runs);
void pattern_free(struct pattern *p); /* NULL is fine */

/* A walk along the matches. Matches do not overlap; an empty one never follows another
 * match directly. */
struct pattern_walk {
    const struct pattern *pattern;
    const char *bytes; /* valid UTF-8 */
    size_t length;
    size_t at;
    size_t last_end; /* of the match before */
    bool matched;    /* was there one? */
};

struct pattern_walk pattern_walk(const struct pattern *p, const char *bytes, size_t length);

/* The next match, or *found false at the end. Fails, with the error set, where a regular
 * expression takes more steps than a search is allowed, which only hostile ones do. */
bool pattern_next(struct pattern_walk *w, bool *found, size_t *start, size_t *end, struct err *e);

#endif
