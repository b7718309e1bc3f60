/* The unigram model: a text is divided so that the scores of its pieces sum up highest. */
#ifndef BILENS_TOKENIZER_UNIGRAM_H
#define BILENS_TOKENIZER_UNIGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vocabulary.h"

struct err;

/* The pieces in order of their bytes, so that all that a text begins with are found in one walk. */
struct unigram {
    const struct vocabulary *vocabulary;
    const double *scores; /* by id; borrowed */
    uint32_t *sorted;     /* ids */
    size_t count;
    double worst; /* score */
    size_t unknown_id;
};

#define UNIGRAM_NONE SIZE_MAX

/* scores: one for each of the first count ids. Both are borrowed. unknown_id: UNIGRAM_NONE where
 * there is none, which makes a text that the pieces do not cover an error. */
void unigram_init(struct unigram *u, const struct vocabulary *v, const double *scores, size_t count,
                  size_t unknown_id);
void unigram_done(struct unigram *u);

/* One piece of the best division. */
struct unigram_part {
    size_t start, end;
    bool unknown; /* a code point that no piece covers, or the unknown piece itself */
};

/* The best division of the bytes (valid UTF-8), in order; among equal ones the one that the
 * reference finds. *parts is the caller's (mem_free). */
bool unigram_divide(const struct unigram *u, const char *bytes, size_t length,
                    struct unigram_part **parts, size_t *count, struct err *e);

#endif
