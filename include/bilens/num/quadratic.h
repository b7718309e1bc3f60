/* The quadratic form that a bilinear MLP y = P((Lx) * (Rx)) is along an output direction. */
#ifndef BILENS_NUM_QUADRATIC_H
#define BILENS_NUM_QUADRATIC_H

#include "bilens/num/matrix.h"

/* Q = 1/2 (L' diag(a) R + R' diag(a) L), a = P' g, so that g' y = x' Q x. L and R are
 * hidden x resid, P is resid x hidden, g on resid. Symmetric, resid x resid, dense;
 * d_model^2 d_hidden multiplications in single precision. ERR_AXES. (Pearce et al., Bilinear MLPs
 * enable weight-based mechanistic interpretability, 2024.) */
struct matrix *quadratic_form(const struct matrix *l, const struct matrix *r,
                              const struct matrix *p, const struct vector *g, struct err *e);

#endif
