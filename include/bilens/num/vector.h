/* Vectors: double precision, with an axis. Immutable once shared. */
#ifndef BILENS_NUM_VECTOR_H
#define BILENS_NUM_VECTOR_H

#include <stdatomic.h>

#include "bilens/num/axis.h"

struct vector {
    atomic_size_t refs;
    struct axis axis;
    double *data; /* axis.size numbers */
};

/* Zeroed; to be filled before it is shared. Takes its own reference on the axis. */
struct vector *vector_new(struct axis axis);
struct vector *vector_ref(struct vector *v);
void vector_unref(struct vector *v);

double vector_dot(const double *a, const double *b, size_t n);
bool vector_is_zero(const struct vector *v);
/* How many entries are NaN or infinite. */
size_t vector_nonfinite(const struct vector *v);

/* Index of the entry of largest magnitude, the lowest among those within 1e-6 of it, so that
 * rounding does not choose between equals; n > 0. */
size_t vector_peak(const double *a, size_t n);

/* Indices of the k largest (high) or smallest entries, best first, the lowest
 * index among equals; NaN is passed over. Returns how many (at most k and n). */
size_t vector_extremes(const double *a, size_t n, size_t k, bool high, size_t *indices);

#endif
