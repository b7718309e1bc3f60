/* How tensors are stored: the types, their sizes, and widening to float32. */
#ifndef BILENS_FORMATS_DTYPE_H
#define BILENS_FORMATS_DTYPE_H

#include <stdbool.h>
#include <stddef.h>

enum dtype {
    DTYPE_F4,
    DTYPE_F6_E2M3,
    DTYPE_F6_E3M2,
    DTYPE_BOOL,
    DTYPE_U8,
    DTYPE_I8,
    DTYPE_F8_E5M2,
    DTYPE_F8_E4M3,
    DTYPE_F8_E8M0,
    DTYPE_I16,
    DTYPE_U16,
    DTYPE_F16,
    DTYPE_BF16,
    DTYPE_I32,
    DTYPE_U32,
    DTYPE_F32,
    DTYPE_I64,
    DTYPE_U64,
    DTYPE_F64,
    DTYPE_C64,
    DTYPE_COUNT
};

/* By its exact name ("BF16"). False for an unknown one. */
bool dtype_parse(const char *name, enum dtype *out);
const char *dtype_name(enum dtype type);
unsigned dtype_bits(enum dtype type);

/* Can it be widened to float32? (F64, F32, F16, BF16.) */
bool dtype_widens(enum dtype type);

/* Widens count elements of a type that can be; bytes need no alignment. An F64
 * beyond float32 becomes infinite. */
void dtype_widen(enum dtype type, const unsigned char *bytes, size_t count, float *out);

/* Adds to *nan and *inf how many elements are, or would be when widened. Types
 * that cannot be widened count as finite. */
void dtype_count_nonfinite(enum dtype type, const unsigned char *bytes, size_t count, size_t *nan,
                           size_t *inf);

/* How many F64 elements are finite, and infinite as float32. 0 for other types. */
size_t dtype_count_beyond(enum dtype type, const unsigned char *bytes, size_t count);

#endif
