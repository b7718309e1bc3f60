/* Centring over an axis. The mean is projected out of the outer factors, so that a product keeps
 * its factors' shapes, and what is left is as right as a stored weight however large the mean
 * was. */
#ifndef BILENS_NUM_CENTER_H
#define BILENS_NUM_CENTER_H

#include "bilens/num/matrix.h"

/* With rows, A less the mean of its rows: (1 - 11'/n) A, centred over the row axis; with cols,
 * less the mean of its columns; or both. The outer factors are read once, in double precision;
 * their centred numbers are made when they are used, and rounded to float32 once. */
struct matrix *matrix_center(const struct matrix *a, bool rows, bool cols, struct err *e);
/* The mean square of each column's entries, or (centred) their variance: cols numbers. Reads all
 * entries once. */
bool matrix_column_spread(const struct matrix *a, bool centred, double *out, struct err *e);

#endif
