/* What a decomposition is made of, for decomp.c (values, signs) and decomp_vectors.c. */
#ifndef BILENS_NUM_DECOMP_PARTS_H
#define BILENS_NUM_DECOMP_PARTS_H

#include "bilens/num/decomp.h"
#include "internal.h"
#include "tridiagonal.h"

/* How many vectors are found where only the first are asked for: as many as tables show if
 * nothing is said, or twice that. */
enum { FIRST = 4, FIRST_MORE = 8 };

/* Coordinates of the vectors in their bases, once somebody asked for a vector. */
struct vectors {
    struct panel u, v; /* left.rank x count, right.rank x count */
};

struct decomp {
    atomic_size_t refs;
    enum decomp_kind kind;
    struct axis row, col;
    size_t count;  /* as many as the factors' shapes allow, so that stacks are not ragged */
    size_t solved; /* values that the core gives; the others are zero, without vectors */
    double *values;
    double asymmetry; /* of the matrix that was symmetrised, relative to its norm */
    double noise;     /* values up to it are a rounding of zero */
    size_t *order;    /* of an eigen-decomposition: which eigenvalue, ascending, each value is */
    struct reduced reduced;
    /* Of the core, which is then gone, for eigenvalues; for singular values of its Gram matrix,
     * or empty (see core_values). */
    struct tridiagonal form;
    _Atomic(struct vectors *) vectors; /* all of them */
    _Atomic(struct vectors *) first, first_more;
    _Atomic(signed char) *signs; /* 0: not known yet */
};

void vectors_free(struct vectors *v); /* NULL is fine */

/* All vectors' coordinates; or, where component i is one of the first, those. Borrowed. */
const struct vectors *decomp_vectors(struct decomp *d, size_t i, struct err *e);

#endif
