/* Structure that all outputs of a bilinear MLP y = P((Lx) * (Rx)) share: the higher-order
 * SVD of its tensor B along the output, and the kinship of two outputs. */
#ifndef BILENS_NUM_HOSVD_H
#define BILENS_NUM_HOSVD_H

#include "bilens/num/decomp.h"
#include "bilens/num/panel.h"

/* BB' = P 1/2 [(LL') o (RR') + (LR') o (RL')] P', resid x resid, symmetric and positive
 * semidefinite: <Q_g, Q_h> = g' BB' h for the quadratic forms of quadratic_form. Its
 * eigenvectors are output directions, its eigenvalues the squares of the tensor's singular
 * values. L and R are hidden x resid, P resid x hidden. The d_model^3 tensor is never built:
 * products of the weights, 2 d_hidden^2 d_model multiply-adds, and what P makes of them, 1/2
 * d_hidden^2 d_model, by blocks of 256 hidden units, all in double precision: entries are within
 * 1e-14 of the largest, so that roots of eigenvalues are within 1e-6 of theirs. The panel
 * is the caller's; ERR_AXES, ERR_NONFINITE. (Pearce et al., Bilinear MLPs enable weight-based
 * mechanistic interpretability, 2024.) */
bool hosvd_gram(const struct matrix *l, const struct matrix *r, const struct matrix *p,
                struct panel *out, struct err *e);
/* Its eigen-decomposition, on P's row axis, in double precision. */
struct decomp *hosvd_eigen(const struct matrix *l, const struct matrix *r, const struct matrix *p,
                           struct err *e);

/* Frobenius norm of Q_t for each token t, whose output direction is row t of unembed (token x
 * resid); gram is hosvd_gram's. On the token axis; 2 tokens d_model^2 operations. */
struct vector *kinship_norms(const struct matrix *unembed, const struct panel *gram, struct err *e);
/* The cosine between Q_g and Q_t for each token, 0 where one of the two is zero; norms are
 * kinship_norms'. On the token axis; 2 tokens d_model operations. ERR_AXES where g is not on
 * unembed's columns. */
struct vector *kinship_cosines(const struct matrix *unembed, const struct panel *gram,
                               const struct vector *norms, const struct vector *g, struct err *e);

#endif
