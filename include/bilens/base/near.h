/* Names near a misspelt one, for "did you mean". */
#ifndef BILENS_BASE_NEAR_H
#define BILENS_BASE_NEAR_H

#include <stddef.h>

enum { NEAR_MOST = 3 };

struct near {
    const char *names[NEAR_MOST]; /* borrowed, nearest first */
    int distances[NEAR_MOST];
    size_t count;
};

struct err;

/* Optimal string alignment distance over bytes (a swap of neighbours is one
 * step), letter case ignored; gives up (returns limit + 1) beyond limit. */
int near_distance(const char *a, const char *b, int limit);

/* Offers a candidate; near keeps the best three within a third of the word's
 * length (at least 1, at most 3), earlier offers first among equals. */
void near_offer(struct near *near, const char *word, const char *candidate);

/* Appends "; did you mean a, b or c?" to the error, or nothing if none is near. */
void near_append(const struct near *near, struct err *e);

#endif
