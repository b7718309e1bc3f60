/* Centring over an axis: the mean is taken away as a term of rank one, so that a
 * factored or tall matrix stays what it is. */
#ifndef BILENS_NUM_CENTER_H
#define BILENS_NUM_CENTER_H

#include "bilens/num/matrix.h"

/* A - 1 m', m the mean of A's rows: centred over the row axis. */
struct matrix *matrix_center_rows(const struct matrix *a, struct err *e);
/* A - m 1', m the mean of A's columns: centred over the column axis. */
struct matrix *matrix_center_cols(const struct matrix *a, struct err *e);
/* The mean square of each column's entries, or (centred) their variance: cols numbers. Reads all
 * entries once. */
bool matrix_column_spread(const struct matrix *a, bool centred, double *out, struct err *e);

#endif
