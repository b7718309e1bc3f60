/* The interaction of tokens through a bilinear MLP along an output direction g, together
 * with the residual stream's own term g'x. */
#ifndef BILENS_NUM_BORDERED_H
#define BILENS_NUM_BORDERED_H

#include "bilens/num/matrix.h"

/* Everywhere q is symmetric, resid x resid (see quadratic_form), g is on resid; the results
 * are new; ERR_AXES where they do not fit. */

/* Q + diag(g), dense, resid x resid: between tokens E' (Q + diag g) E. It treats the linear
 * path as a quadratic one, as the notebook does. */
struct matrix *bordered_seed(const struct matrix *q, const struct vector *g, struct err *e);

/* S = [[Q, g/2], [g'/2, 0]], dense, (d_model + 1) x (d_model + 1) on an index axis: x'Qx + g'x
 * is exactly [x; 1]' S [x; 1]. Its eigenvectors' last coordinate is that of the constant. */
struct matrix *bordered_form(const struct matrix *q, const struct vector *g, struct err *e);

/* The same form between tokens, [e_i; 1]' S [e_j; 1], token x token and factored, for embed
 * resid x token: E'QE + 1/2 (E'g) 1' + 1/2 1 (g'E). Its eigen-decomposition is that of S in
 * the token metric of [E; 1']: written so, the remembered Gram matrix of E serves it, and only
 * E's row sums are new (a copy [E; 1'] would cost tokens d_model^2 again). */
struct matrix *bordered_tokens(const struct matrix *embed, const struct matrix *q,
                               const struct vector *g, struct err *e);

#endif
