/* What a transformer does that is not linear: norms, activations, soft caps. Numbers
 * are float32, as models compute; sums over a row are taken in double. */
#ifndef BILENS_NUM_NONLINEAR_H
#define BILENS_NUM_NONLINEAR_H

#include <stddef.h>

/* (x - mean x) / sqrt(var x + eps) of a row of n numbers, the variance over n, and x /
 * sqrt(mean x^2 + eps); to out, which may be x itself. They return 1 / sqrt(...), what the row was
 * multiplied by. */
double norm_layer_row(const float *x, size_t n, double eps, float *out);
double norm_rms_row(const float *x, size_t n, double eps, float *out);

/* Activations, in place. */
void relu_apply(float *x, size_t n);
void relu_squared_apply(float *x, size_t n); /* max(x, 0)^2 */
void silu_apply(float *x, size_t n);         /* x / (1 + exp(-x)) */
void gelu_apply(float *x, size_t n);         /* x Phi(x), by the error function */
void gelu_tanh_apply(float *x, size_t n);    /* the approximation that GPT-2 was trained with */
void gelu_quick_apply(float *x, size_t n);   /* x / (1 + exp(-1.702 x)) */

/* x := cap tanh(x / cap), in place; cap 0 is no cap. */
void softcap_apply(double cap, float *x, size_t n);

/* x[i] := x[i] * y[i], x[i] + y[i], scale * x[i]. */
void multiply_elements(float *x, const float *y, size_t n);
void add_elements(float *x, const float *y, size_t n);
void scale_elements(float *x, double scale, size_t n);

#endif
