/* Byte-pair encoding: the table of merges, and merging a word by it. */
#ifndef BILENS_TOKENIZER_MERGES_H
#define BILENS_TOKENIZER_MERGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

struct merge {
    uint32_t left, right; /* ids */
    uint32_t rank;        /* the lowest merges first */
    uint32_t id;          /* of the two together */
};

/* A hash table of merges by their pair. */
struct merges {
    struct merge *slots; /* free where rank is MERGES_NONE */
    size_t slot_count, count;
};

#define MERGES_NONE UINT32_MAX

void merges_init(struct merges *m, size_t expected);
void merges_done(struct merges *m);
/* A pair that is there already gets the new rank. */
void merges_add(struct merges *m, struct merge merge);
/* Borrowed; NULL where the two do not merge. */
const struct merge *merges_find(const struct merges *m, uint32_t left, uint32_t right);

/* A symbol of a word that is being merged. */
struct symbol {
    uint32_t id;
    size_t previous, next; /* places, SYMBOL_NONE at the ends */
    bool gone;
};

#define SYMBOL_NONE SIZE_MAX

/* A merge that could be made at a place. */
struct chance {
    size_t place;
    uint32_t rank, id;
};

/* A word's symbols, and the queue of what could be merged; its memory is used again. */
struct merging {
    struct symbol *symbols;
    size_t count, capacity;
    struct chance *heap;
    size_t heap_count, heap_capacity;
};

void merging_done(struct merging *g);
/* Empties it for the next word. */
void merging_clear(struct merging *g);
/* Appends a symbol of the word. */
void merging_add(struct merging *g, uint32_t id);
/* Merges until nothing merges any more: lowest rank first, then leftmost. In time n log n. The
 * symbols that are not gone are left, in order. */
void merging_run(struct merging *g, const struct merges *m);

#endif
