/* Values on their way into a file: which arrays they become, and the bytes of those. */
#ifndef BILENS_CMD_RECORDS_H
#define BILENS_CMD_RECORDS_H

#include "bilens/formats/array.h"
#include "bilens/formats/npz.h"
#include "bilens/lang/value.h"

struct text;

/* A number, vector or matrix, or a stack of them, under a name. Stack axes come first. Numbers
 * and vectors are F64, matrices F32: what they are computed in. */
struct record {
    char *name;          /* owned */
    struct value *value; /* a reference; no decomposition */
    size_t width;        /* of a matrix kept as left @ right: their inner dimension; else 0 */
};

struct records {
    struct record *list;
    size_t count;
};

/* Adds a value; a decomposition becomes its fields, NAME.u, NAME.s and NAME.v. With factored,
 * products are kept as two factors where that is smaller. ERR_BUDGET where an array would be
 * larger than memory bytes. */
bool records_add(struct records *r, const char *name, struct value *v, bool factored, size_t memory,
                 struct err *e);
void records_free(struct records *r);

enum part { PART_WHOLE, PART_LEFT, PART_RIGHT };

/* One array of the file, and the reading of its bytes, row by row: nothing is built whole. */
struct piece {
    char *name; /* owned: NAME, NAME.left or NAME.right */
    const struct record *record;
    enum part part;
    struct array array;
    size_t member, row;    /* the next to be read */
    struct matrix *matrix; /* the member being read, and what it is multiplied out from */
    struct split split;
    float *band;
    size_t beyond; /* entries so far that float32 cannot hold: they stand there as infinities */
};

struct pieces {
    struct piece *list;
    size_t count;
};

/* All arrays of the records, which must outlive them; F64 ones first, as the reference does, so
 * that each is aligned in a safetensors file. */
bool pieces_make(const struct records *r, struct pieces *out, struct err *e);
void pieces_free(struct pieces *p);
/* The piece's bytes, little-endian. */
struct chunk_source piece_source(struct piece *p);
size_t piece_bytes(const struct piece *p);

#endif
