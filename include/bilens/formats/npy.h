/* The .npy format of NumPy (versions 1.0, 2.0, 3.0): one array. The header is a Python literal;
 * it is scanned for the three keys that it must have, never evaluated. */
#ifndef BILENS_FORMATS_NPY_H
#define BILENS_FORMATS_NPY_H

#include "bilens/formats/array.h"

struct text;

/* Reads up to where the elements begin; *length is how many bytes that took. Pickled objects,
 * records, text, dates, complex numbers and raw bytes are refused by name (ERR_UNSUPPORTED);
 * what breaks the format is ERR_FORMAT. file: what the messages call it. */
bool npy_read_header(struct byte_source from, const char *file, struct array *out, size_t *length,
                     struct err *e);

/* Appends magic, version 1.0 and header, padded so that the elements start at a multiple of 64.
 * Of the array, type (F32 or F64), rank and shape count. */
void npy_write_header(const struct array *a, struct text *out);

#endif
