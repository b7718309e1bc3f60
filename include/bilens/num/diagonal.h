/* The diagonal of a bilinear MLP y = P((Lx) * (Rx)) on tokens: what each token alone,
 * through the MLP, gives every output. */
#ifndef BILENS_NUM_DIAGONAL_H
#define BILENS_NUM_DIAGONAL_H

#include "bilens/num/matrix.h"

/* X = P((L E) * (R E)), and with residual + E: column t is the MLP's output for the
 * embedding of token t. E is resid x token, L and R hidden x resid, P resid x hidden. A
 * dense resid x token matrix, as large as E, made by tiles of tokens; 6 tokens d_model
 * d_hidden floating-point operations. ERR_AXES; ERR_NONFINITE where a weight is not finite,
 * with its name. */
struct matrix *diagonal_outputs(const struct matrix *embed, const struct matrix *l,
                                const struct matrix *r, const struct matrix *p, bool residual,
                                struct err *e);

/* D = U X, kept factored: entry (o, i) is what token i gives the logit of o. U is token x
 * resid. Both factors are tall, so that its SVD costs a thin QR of X and a core of d_model. */
struct matrix *diagonal_matrix(const struct matrix *unembed, const struct matrix *outputs,
                               struct err *e);

#endif
