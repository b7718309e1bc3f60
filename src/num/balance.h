/* Tight bounds on the entries of a product of two tall matrices. */
#ifndef BILENS_NUM_BALANCE_H
#define BILENS_NUM_BALANCE_H

#include <stdbool.h>
#include <stddef.h>

struct err;

/* rows x width numbers, row-major; borrowed. */
struct tall {
    const float *data;
    size_t rows, width;
};

/* |<A_i, B_j>| <= a[i] b[j] (1 + BALANCE_SLACK) for all rows A_i of a matrix and B_j of another
 * of the same width, a = |A_i T|, b = |B_j T^-T|. Any invertible T gives a bound by
 * Cauchy-Schwarz; the one taken makes both Gram matrices the same diagonal one, as a balanced
 * realisation does, so that a direction which only one side has weighs little on either. (Moore,
 * Principal Component Analysis in Linear Systems, 1981; with a ridge of 1e-4, which keeps T's
 * condition number below about 1e7.) About 4 (rows A + rows B) width^2 operations. Numbers must be
 * finite. */
#define BALANCE_SLACK 1e-6
bool balance_norms(struct tall a, struct tall b, double *a_norms, double *b_norms, struct err *e);

/* |A_i| for each row. */
void tall_norms(struct tall a, double *norms);

#endif
