/* Where a logit comes from. With the data-dependent scales of the norms held at what they were
 * ("frozen"), the last residual stream reaches a logit by a linear map, and it is a sum: of the
 * embedding, what each head wrote, and what each MLP wrote. A bilinear MLP's part is a quadratic
 * form x' Q x of its own input, split further into the eigenvectors of Q: sum of
 * lambda_i (v_i' x)^2; its biases add a linear form and a constant. (Elhage et al., 2021; Pearce et
 * al., 2024.) */
#ifndef BILENS_RUN_ATTRIBUTION_H
#define BILENS_RUN_ATTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/run/forward.h"

struct decomp;
struct err;

/* What an MLP added to the logit. */
struct attribution_mlp {
    double total;
    /* Of a bilinear one: the eigen-decomposition of Q, d_model components by the magnitude of
     * lambda; v_i' x; lambda_i (v_i' x)^2. NULL where the MLP is not quadratic. */
    struct decomp *form;
    double *projections, *parts;
    double rest; /* total less the sum of parts: the biases, and rounding */
    /* What the biases make of it, by themselves: g' P((L x) * b_r + b_l * (R x)), and what does
     * not depend on the input: g' (P(b_l * b_r) + b_p), and the bias of a norm after it. */
    double linear, constant;
};

struct attribution {
    size_t layers, heads;
    double logit;     /* as the model computed it, before its soft cap; that of the token less that
                         of the other one */
    double embedding; /* of the token at the position */
    double place;     /* of the position itself, where positions are learned */
    double *head;     /* layers x heads: its OV on what it attended to, biases of v included */
    double *attention_bias;      /* layers: of w_o, and of a norm after it */
    struct attribution_mlp *mlp; /* layers */
    double bias;                 /* of the last norm, and of the unembedding */
    double sum;                  /* of all parts */
    double final_norm;           /* 1 / sqrt(...) of the last norm, frozen */
};

/* Reads count ids and splits the logit of `token` as the next one after the last of them; less the
 * logit of `other`, unless that is `token` itself. ERR_UNKNOWN_TOKEN, and what forward_append
 * says. out is to be freed after success only. */
struct attribution_task {
    const struct architecture *architecture;
    const size_t *ids;
    size_t count, token, other;
};
bool attribution_make(const struct attribution_task *task, struct attribution *out, struct err *e);
void attribution_done(struct attribution *a);

/* What attention in a layer added: its heads and their bias. */
double attribution_attention(const struct attribution *a, size_t layer);

/* How strongly each token's embedding points along eigenvector i of a layer's MLP, through the gain
 * of the norm before it and with the sign that the input's projection has: vocab numbers. */
bool attribution_reads(const struct attribution_task *task, const struct attribution *a,
                       size_t layer, size_t i, double *on_tokens, struct err *e);

#endif
