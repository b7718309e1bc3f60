/* Singular values of small dense cores, and the first few vectors, at the cost of a
 * symmetric eigen-problem where that is as good. */
#ifndef BILENS_NUM_CORE_H
#define BILENS_NUM_CORE_H

#include "tridiagonal.h"

/* Singular values of a, largest first, to s (min(rows, cols) numbers). Those of the Gram
 * matrix are half the work of a bidiagonalisation, and as good where the smallest is not below
 * 1e-4 of the largest (each is right to 1e-16 * 1e8 of itself); else LAPACK's own SVD. *gram
 * (empty; NULL: not wanted) becomes the Gram matrix's tridiagonal form, the caller's, unless a
 * was too small for one. */
bool core_values(const struct panel *a, double *s, struct tridiagonal *gram, struct err *e);

/* The triangle of the thin QR of a (m x n, m >= n), to the zeroed n x n panel r; a is destroyed. By
 * the Gram matrix where its columns, scaled to one length, are clearly independent (a third
 * of the time at 256 x 64); by Householder's reflections where they are not. */
bool core_triangle(struct panel *a, struct panel *r, struct err *e);

/* The first count left and right vectors (rows x count, cols x count) for the values s that
 * core_values gave, with the form it gave or an empty one. *good is false, and nothing is made,
 * where s[count - 1] is below 1e-4 of s[0], or as tridiagonal_some says: then the whole
 * decomposition is wanted. */
bool core_first_vectors(const struct panel *a, const double *s, const struct tridiagonal *gram,
                        size_t count, struct panel *u, struct panel *v, bool *good, struct err *e);

#endif
