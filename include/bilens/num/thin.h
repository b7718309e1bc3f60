/* The thin factorisation A = Q R of a tall matrix, Q never formed, and products
 * A'B of two tall matrices; both remembered with the storage of A.
 *
 * R comes from the Gram matrix of the columns, brought to unit length, in double precision:
 * products of float32 entries are exact in it. That is half the operations of Householder QR, but
 * squares the condition c: Q is orthonormal to about c^2 1e-16. Where c may exceed 1e4,
 * R comes from Householder QR in double precision, by blocks of rows, and Q is orthonormal
 * to c 1e-16.
 *
 * So each column of Q R is right to 1e-15 of that column, however different the columns'
 * lengths; and the singular values of a product A M, those of R M, are within 1e-7 of
 * its own largest one, also where M cancels the large directions of A, up to 1e8 times
 * as large as what is left of it. Beyond that the doubles have no more digits. */
#ifndef BILENS_NUM_THIN_H
#define BILENS_NUM_THIN_H

#include "bilens/num/dense.h"
#include "bilens/num/panel.h"

/* A = Q R with Q = A X: R is rank x cols, X is cols x rank, rank <= cols. The rank is less
 * where the columns, brought to unit length, depend on each other to 1e-12: rounding to
 * float32 is not lost. */
struct thin {
    struct panel r, x;
    bool upper; /* R is square and upper triangular; not where columns depend on each other */
};

/* Of the matrices side by side [A1 A2 ...] (same number of rows); of a single one, and of two
 * weights, as two models have them, it is remembered (see memo_keep). *owned tells whether the
 * caller frees it (thin_free) or it lives as long as parts[0]'s storage. NULL on failure: memory, a
 * read error, or ERR_NONFINITE where a Gram matrix is not finite. */
const struct thin *thin_get(struct dense *const *parts, size_t count, bool *owned, struct err *e);
void thin_free(const struct thin *t);

/* A'B (A.cols x B.cols), or with transposed B'A. Remembered where both are stored weights
 * (see memo_keep): then borrowed, it lives as long as their storages; of computed matrices it is
 * made anew. thin_cross_done either way. */
struct cross {
    const struct panel *panel; /* NULL on failure */
    bool transposed, owned;
};
struct cross thin_cross(struct dense *a, struct dense *b, struct err *e);
void thin_cross_done(struct cross *c);

/* y := A x, and y := A' x, in double precision. */
bool dense_apply(const struct dense *a, const double *x, double *y, struct err *e);
/* y := (A X)', A being widened once for all columns of X: y is X.cols x A.rows, that is, what A
 * makes of the k-th column is y's k-th row. */
bool dense_apply_panel(const struct dense *a, const struct panel *x, struct panel *y,
                       struct err *e);
bool dense_apply_transposed(const struct dense *a, const double *x, double *y, struct err *e);

/* Column-major double copy. */
struct panel panel_from_dense(const struct dense *a, struct err *e);
/* Single-precision copy, as a matrix. */
struct dense *dense_from_panel(const struct panel *a, struct err *e);

#endif
