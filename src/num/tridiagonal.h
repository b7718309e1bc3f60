/* A symmetric matrix brought to tridiagonal form once, A = H T H', which is most of the work of an
 * eigen-decomposition, and kept for what is asked of it later: all values, the few
 * vectors that people look at, or all of them. */
#ifndef BILENS_NUM_TRIDIAGONAL_H
#define BILENS_NUM_TRIDIAGONAL_H

#include "bilens/num/panel.h"

struct tridiagonal {
    struct panel h;               /* n x n; below the diagonal the reflections that H is made of */
    double *tau, *diagonal, *off; /* n numbers each, in one piece that tau points at */
    int exponent; /* A was divided by 2^exponent, so that nothing overflows or vanishes */
};

/* Takes a (n x n; its lower triangle is read), also on failure, where t is left empty.
 * 4/3 n^3 multiplications and additions. ERR_NONFINITE where a is not finite. */
bool tridiagonal_take(struct tridiagonal *t, struct panel *a, struct err *e);
void tridiagonal_free(struct tridiagonal *t); /* an empty one is fine */

/* diagonal := the eigenvalues, ascending, of the n x n matrix with this diagonal and with off (n -
 * 1 numbers; destroyed) beside it; its largest entries between 1e-30 and 1e30. */
bool tridiagonal_solve(size_t n, double *diagonal, double *off, struct err *e);

/* All n eigenvalues, ascending, each right to 1e-15 n of the largest. */
bool tridiagonal_values(const struct tridiagonal *t, double *w, struct err *e);

/* The eigenvectors of count of these values, which ascend, to new *vectors, n x count: |A v - w v|
 * is within 1e-14 n of the largest value, and they are orthonormal to the same. n^2 operations a
 * vector. Not *good, without an error and without vectors, where T falls apart into blocks, or
 * a vector did not converge: then all are wanted. */
bool tridiagonal_some(const struct tridiagonal *t, const double *w, size_t count,
                      struct panel *vectors, bool *good, struct err *e);
/* All eigenvectors, n x n, ascending, to new *vectors. */
bool tridiagonal_all(const struct tridiagonal *t, struct panel *vectors, struct err *e);

#endif
