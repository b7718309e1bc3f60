/* Pieces and their ids, both ways. Ids may have holes; pieces are bytes and may hold
 * NULs. */
#ifndef BILENS_TOKENIZER_VOCABULARY_H
#define BILENS_TOKENIZER_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "piece.h"

struct err;

enum { VOCABULARY_MOST = 1 << 24 }; /* ids, so that a stray one costs no gigabytes */

struct vocabulary {
    struct piece *pieces; /* by id; NULL bytes where an id has none */
    size_t size;          /* largest id + 1 */
    size_t capacity;
    size_t count;    /* pieces */
    uint32_t *slots; /* hash table of id + 1; 0 is free */
    size_t slot_count;
};

void vocabulary_done(struct vocabulary *v);
/* Refuses an id out of range or taken, and a piece that is there, unless it may be there again:
 * then the last id is the one that is found. The message says which, without a file name. */
bool vocabulary_add(struct vocabulary *v, struct piece piece, uint64_t id, bool again,
                    struct err *e);
bool vocabulary_find(const struct vocabulary *v, const char *bytes, size_t length, size_t *id);

#endif
