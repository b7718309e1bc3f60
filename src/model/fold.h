/* Folding: what the norms around a weight do to every input alike is multiplied into it. What
 * depends on the input, one over the root mean square or the deviation, stays out.
 *
 *     w (gain * center(x) + bias)  =  (w diag(gain) C) x  +  w bias
 *
 * C takes the mean away; it is there for LayerNorm only. A gain behind a weight (a norm on what it
 * writes, or on a head's queries and keys) scales its rows. */
#ifndef BILENS_MODEL_FOLD_H
#define BILENS_MODEL_FOLD_H

#include <stdbool.h>

#include "bilens/model/architecture.h"

struct err;
struct vector;

/* The weight with the norm it reads after, and the norm behind it, folded in: a storage of its
 * own, filled when it is first used. Either norm may be of kind NORM_NONE. */
void fold_weight(const struct stored_weight *w, const struct norm *before, const struct norm *after,
                 struct stored_weight *out);

/* What is added to a head's (or to all) rows after folding: bias, and the weight times the bias
 * of the norm before it. out has w->rows numbers. bias may have no storage. */
bool fold_bias(const struct stored_weight *w, const struct stored_weight *bias,
               const struct norm *before, const struct norm *after, size_t head, double *out,
               struct err *e);

/* Is there anything for fold_bias to tell? */
bool fold_has_bias(const struct stored_weight *bias, const struct norm *before);

#endif
