/* The thin factorisation A = Q R of a tall matrix, Q never formed, and products
 * A'B of two tall matrices; both remembered with the storage of A.
 *
 * R comes from the Gram matrix in double precision. The entries are float32 (24
 * bits), so their products are exact in double and the Gram matrix is right to
 * about 1e-16 of its largest eigenvalue: singular values are right to
 * sqrt(1e-16) = 1e-8 of the largest one in the worst case. Householder QR in single
 * precision, which costs three times as much, is good to 1e-7. */
#ifndef BILENS_NUM_THIN_H
#define BILENS_NUM_THIN_H

#include "bilens/num/dense.h"
#include "bilens/num/panel.h"

/* A = Q R with Q = A X: R is rank x cols, X is cols x rank, rank <= cols (a matrix
 * without full rank keeps only the directions above 1e-7 of the largest). */
struct thin {
    struct panel r, x;
};

/* Of the matrices side by side [A1 A2 ...] (same number of rows); of a single one it
 * is remembered. *owned tells whether the caller frees it (thin_free) or it lives
 * as long as parts[0]'s storage. NULL on failure: memory, a read error, or
 * ERR_NONFINITE where a Gram matrix is not finite. */
const struct thin *thin_get(struct dense *const *parts, size_t count, bool *owned, struct err *e);
void thin_free(const struct thin *t);

/* A'B (A.cols x B.cols), remembered: borrowed, lives as long as A's and B's storages.
 * *transposed: the panel is B'A instead. */
const struct panel *thin_cross(struct dense *a, struct dense *b, bool *transposed, struct err *e);

/* y := A x, and y := A' x, in double precision. */
bool dense_apply(const struct dense *a, const double *x, double *y, struct err *e);
bool dense_apply_transposed(const struct dense *a, const double *x, double *y, struct err *e);

/* Column-major double copy. */
struct panel panel_from_dense(const struct dense *a, struct err *e);
/* Single-precision copy, as a matrix. */
struct dense *dense_from_panel(const struct panel *a, struct err *e);

#endif
