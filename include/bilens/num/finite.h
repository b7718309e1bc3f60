/* What several analyses ask of their arguments before they start. */
#ifndef BILENS_NUM_FINITE_H
#define BILENS_NUM_FINITE_H

#include "bilens/num/matrix.h"

/* ERR_NONFINITE, naming the weight behind a that holds NaN or infinities and how many.
 * Reads them all. */
bool matrix_require_finite(const struct matrix *a, struct err *e);

/* The same of a storage. */
bool storage_require_finite(struct storage *s, struct err *e);

/* ERR_NONFINITE: so many entries that are finite in double precision are not in single. */
bool single_refuse(size_t beyond, struct err *e);
/* That, where data, rows x cols of a's entries (row-major, leading dimension ld), are not finite
 * though all that a is made of is. */
bool single_holds(const struct matrix *a, const float *data, size_t rows, size_t cols, size_t ld,
                  struct err *e);

/* ERR_AXES unless the two axes match; what each is, for the message: "the rows of L". */
bool axis_require(struct axis a, struct axis b, const char *a_name, const char *b_name,
                  struct err *e);

#endif
