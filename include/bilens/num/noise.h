/* What a spectrum would look like if the numbers behind it were random: of a product not as of a
 * square matrix of its outer size, but of random factors of its own. */
#ifndef BILENS_NUM_NOISE_H
#define BILENS_NUM_NOISE_H

#include "bilens/num/matrix.h"

enum noise {
    NOISE_NONE,    /* a sum, or with diagonals: nothing random is of that shape */
    NOISE_DENSE,   /* one matrix: Marchenko and Pastur's law */
    NOISE_PRODUCT, /* factors of the same shapes */
};

enum noise noise_kind(const struct matrix *a);
/* Do both have the same spectrum, but for the norm? As the heads of a model do. */
bool noise_same(const struct matrix *a, const struct matrix *b);
/* The first n singular values, largest first, of a random matrix with a's shapes and this Frobenius
 * norm, to out: the law's quantiles of one matrix (measures_bulk_values); of a product the mean of
 * a few draws, always the same ones, each by its small core. Not of NOISE_NONE. */
bool noise_values(const struct matrix *a, double norm, size_t n, double *out, struct err *e);

#endif
