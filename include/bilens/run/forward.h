/* The forward pass: what a model says comes next. In float32 on the weights as they stand in
 * the file, whatever `load` was told to fold; keys and values are remembered, so that a text that
 * grows by a token costs one token's work. */
#ifndef BILENS_RUN_FORWARD_H
#define BILENS_RUN_FORWARD_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/model/architecture.h"

struct err;

/* One text on its way through a model. */
struct forward;

/* What one position's residual stream was made of. All arrays are owned; d = d_model. */
struct forward_trace {
    size_t position;
    float *embedding, *place; /* d: embedding_scale times the token's; the position's, or zeros */
    struct forward_trace_layer {
        float *mixed;                    /* heads x d_head: what each head read, before w_o */
        float *attention;                /* d: what attention added to the stream */
        float *mlp_in;                   /* d: what the MLP was given, after its norm */
        float *mlp;                      /* d: what the MLP added */
        double attention_norm, mlp_norm; /* what the norms of both outputs multiplied by, or 1 */
    } * layers;
    double final_norm; /* what the last norm multiplied by: 1 / sqrt(...) */
};

bool forward_trace_make(const struct architecture *a, size_t position, struct forward_trace *out,
                        struct err *e);
void forward_trace_done(const struct architecture *a, struct forward_trace *t);

/* Room for capacity positions, at most the model's context. The architecture must outlive it.
 * ERR_UNSUPPORTED: the model computes in a way that is not known; ERR_ARGUMENT: capacity. */
struct forward *forward_new(const struct architecture *a, size_t capacity, struct err *e);
void forward_free(struct forward *f);

/* Fills a trace (borrowed) when its position is appended. */
void forward_watch(struct forward *f, struct forward_trace *trace);

/* How many tokens were appended. */
size_t forward_length(const struct forward *f);

/* The next count tokens. ERR_ARGUMENT where an id is none of the model's, or there is no room for
 * them all; ERR_INTERRUPTED. After an error the text is as it was. */
bool forward_append(struct forward *f, const size_t *ids, size_t count, struct err *e);

/* The logits of what follows positions first .. first + count - 1: count x vocab. */
bool forward_logits(struct forward *f, size_t first, size_t count, float *logits, struct err *e);
/* The same before the soft cap, if the model has one: linear in the last norm. */
bool forward_scores(struct forward *f, size_t first, size_t count, float *scores, struct err *e);

#endif
