/* What several analyses ask of their arguments before they start. */
#ifndef BILENS_NUM_FINITE_H
#define BILENS_NUM_FINITE_H

#include "bilens/num/matrix.h"

/* ERR_NONFINITE, naming the weight behind a that holds NaN or infinities and how many.
 * Reads them all. */
bool matrix_require_finite(const struct matrix *a, struct err *e);

/* ERR_AXES unless the two axes match; what each is, for the message: "the rows of L". */
bool axis_require(struct axis a, struct axis b, const char *a_name, const char *b_name,
                  struct err *e);

#endif
