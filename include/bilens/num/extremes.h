/* The largest and smallest entries of a factored matrix, over all its rows and columns. */
#ifndef BILENS_NUM_EXTREMES_H
#define BILENS_NUM_EXTREMES_H

#include "bilens/num/matrix.h"

struct entry {
    size_t row, col;
    double value;
};

struct extremes {
    size_t count;             /* in each list */
    struct entry *high, *low; /* best first; owned */
    /* How much was looked at: the rest could not win. */
    size_t tiles, tiles_seen;
};

/* The k largest and the k smallest entries (fewer where there are not so many), ties to the
 * lowest row, then column. Exact: an entry is the sum of its split terms (see matrix_split),
 * added up in double precision, and no entry that could win is passed over. Tiles of permuted
 * rows and columns are taken in the order of a row bound times a column bound on the entries in
 * them (norms, balanced between the two sides, see balance.h), and the search ends where no
 * bound can win; what a tile's single-precision product leaves open is settled in double.
 * Copies of the split factors and one tile are all that is allocated; at worst 2 rows cols width
 * operations.
 * ERR_NONFINITE: a weight is not finite, or the product overflows single precision. */
bool matrix_extremes(const struct matrix *a, size_t k, struct extremes *out, struct err *e);
void extremes_free(struct extremes *x);

#endif
