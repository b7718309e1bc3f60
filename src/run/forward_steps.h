/* The steps of a forward pass on rows of activations, by the weights as they are stored. Rows
 * follow one another without gaps. */
#ifndef BILENS_RUN_FORWARD_STEPS_H
#define BILENS_RUN_FORWARD_STEPS_H

#include "bilens/model/architecture.h"

struct err;

/* y := x W' + b for n rows x of w->cols numbers; the heads' results stand side by side in y.
 * b may be missing. */
bool linear_apply(const struct stored_weight *w, const struct stored_weight *b, const float *x,
                  size_t n, float *y, struct err *e);

/* y := sum over heads of x_h W_h' + b, for rows x that hold the heads' parts side by side. */
bool linear_gather(const struct stored_weight *w, const struct stored_weight *b, const float *x,
                   size_t n, float *y, struct err *e);

/* y := norm of each of n rows of d numbers; y may be x. scales, where it is not NULL, gets what
 * each row was multiplied by. */
bool norm_apply(const struct norm *norm, const float *x, size_t n, size_t d, float *y,
                double *scales, struct err *e);

/* In place. */
void activation_apply(enum activation activation, float *x, size_t n);

/* Column j of an unsplit weight (a token's embedding) to x, w->rows numbers. */
bool column_read(const struct stored_weight *w, size_t j, float *x, struct err *e);

/* Element i of a stored vector (its heads side by side), widened now if need be: all of them
 * to out. Of a missing one, value. */
bool vector_read(const struct stored_weight *w, size_t n, double value, double *out, struct err *e);

#endif
