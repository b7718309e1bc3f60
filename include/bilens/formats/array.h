/* Arrays as files hold them: what a header says of one, and its numbers in the order and
 * precision that bilens wants. */
#ifndef BILENS_FORMATS_ARRAY_H
#define BILENS_FORMATS_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/formats/dtype.h"

struct err;

enum { ARRAY_MOST_RANK = 32 };

struct array {
    enum dtype type;
    bool swapped; /* the most significant byte comes first */
    bool fortran; /* the first index runs fastest */
    size_t rank, shape[ARRAY_MOST_RANK];
    size_t count; /* elements; see array_count */
};

/* Sets count. False (no error set) where the elements, or 16 bytes for each, overflow. */
bool array_count(struct array *a);

/* Are elements of the type numbers that bilens reads: integers, booleans, F16, BF16, F32, F64? */
bool array_type_reads(enum dtype type);

/* Where bytes come from, one after the other: all length of them, or an error. */
struct byte_source {
    bool (*read)(void *context, void *out, size_t length, struct err *e);
    void *context;
};

/* Finite numbers that float32 does not hold. */
struct narrowed {
    size_t beyond;   /* infinite now */
    size_t vanished; /* zero now */
    size_t rounded;  /* whole numbers (below 2^53) that are others now */
};
/* The number as a float, counted. */
float narrow(double number, struct narrowed *count);

/* All elements to out, last index fastest; of F64 and integers, *narrowed counts what float32 does
 * not hold. The type must be one that reads. */
bool array_read_floats(const struct array *a, struct byte_source from, float *out,
                       struct narrowed *narrowed, struct err *e);
bool array_read_doubles(const struct array *a, struct byte_source from, double *out, struct err *e);

#endif
