/* How a model computes: all that a forward pass needs, raw, as it stands in the file.
 * The named matrices of struct model may be folded, centred or scaled; nothing here is. */
#ifndef BILENS_MODEL_ARCHITECTURE_H
#define BILENS_MODEL_ARCHITECTURE_H

#include <stdbool.h>
#include <stddef.h>

struct dense;
struct err;
struct storage;

/* A weight of one layer (or of none), in the orientation of the language, on a lazily widened
 * storage that other weights may share: w_q, w_k and w_v of a fused tensor, tied embeddings.
 * Element (i, j) of head h is
 *     storage_data(storage, e)[offset + h * head_stride + i * row_stride + j * col_stride].
 * A vector (a bias, a gain) has cols = 1. What is not split into heads has heads = 1. */
struct stored_weight {
    struct storage *storage; /* owned; NULL: the model has no such weight */
    size_t offset;
    size_t heads, rows, cols; /* rows and cols are of one head */
    ptrdiff_t head_stride, row_stride, col_stride;
};

enum norm_kind {
    NORM_NONE,  /* what passes stays as it is */
    NORM_LAYER, /* (x - mean x) / sqrt(var x + eps), the variance over n, not n - 1 */
    NORM_RMS    /* x / sqrt(mean x^2 + eps) */
};

/* Then: times gain (1 + gain where one_plus), plus bias. Without a gain, times 1. */
struct norm {
    enum norm_kind kind;
    double eps;
    bool one_plus;                   /* Gemma */
    struct stored_weight gain, bias; /* vectors; either may be missing */
};

enum activation {
    ACTIVATION_NONE,
    ACTIVATION_RELU,
    ACTIVATION_SILU,       /* x / (1 + exp -x) */
    ACTIVATION_GELU,       /* x/2 (1 + erf(x / sqrt 2)) */
    ACTIVATION_GELU_TANH,  /* x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))): "gelu_new" */
    ACTIVATION_GELU_QUICK, /* x / (1 + exp(-1.702 x)) */
    ACTIVATION_RELU_SQUARED
};

/* The MLP's shape; b are its biases, act its activation. */
enum mlp_kind {
    MLP_BILINEAR, /* w_p ((w_l x + b_l) * (w_r x + b_r)) + b_p */
    MLP_GATED,    /* w_p (act(w_l x + b_l) * (w_r x + b_r)) + b_p */
    MLP_PLAIN     /* w_p act(w_in x + b_in) + b_p; w_l and w_r are missing */
};

/* q = w_q x + b_q and k = w_k x + b_k, head by head; then the norms of a head (q_norm and
 * k_norm, over d_head), then the rotation of both. Score of query i on key j <= i:
 *     s = attention_scale <q_i, k_j>;  with a cap, cap tanh(s / cap)
 * and, with a window, only where i - j < window. Softmax over j; z = sum_j p_ij (w_v x_j + b_v);
 * out = attention_out_scale * (sum over heads of w_o z + b_o).
 * Query head h reads key-value head h * kv_heads / heads. */
struct architecture_layer {
    struct norm attention_in, mlp_in; /* before */
    struct norm attention_out,
        mlp_out;                   /* after, on what is added to the residual stream (Gemma-2) */
    struct norm query, key;        /* per head (Qwen3); gains of d_head, shared by heads */
    struct stored_weight w_q, w_o; /* heads: d_head x d_model, d_model x d_head */
    struct stored_weight w_k, w_v; /* kv_heads: d_head x d_model */
    struct stored_weight b_q, b_k, b_v;  /* vectors of d_head, as many heads */
    struct stored_weight b_o;            /* d_model, one for all heads */
    struct stored_weight w_l, w_r, w_in; /* d_hidden x d_model */
    struct stored_weight b_l, b_r, b_in; /* d_hidden */
    struct stored_weight w_p, b_p;       /* d_model x d_hidden, d_model */
    double attention_scale;              /* 1 / sqrt(d_head) in most models */
    size_t window;                       /* keys seen, the query's own among them; 0: all */
};

/* Pair f of a head is (f, f + dims / 2) for f < dims / 2 (half-split) and turns by
 * frequencies[f] radians a position; coordinates from dims on stay as they are. */
struct rotary_plan {
    size_t dims;         /* turned coordinates of d_head; 0: positions are not rotary */
    double base;         /* that the frequencies were made of, unless they are scaled */
    double *frequencies; /* dims / 2; owned */
    const char *scaling; /* "llama3", "linear": frequencies are scaled already; NULL: plain */
};

struct architecture {
    size_t layer_count;
    struct architecture_layer *layers; /* owned */
    size_t heads, kv_heads, d_head, d_model, d_hidden, context, vocab;

    struct stored_weight w_e;   /* d_model x vocab; x_0 = embedding_scale * its column */
    struct stored_weight w_pos; /* d_model x context, or missing */
    struct stored_weight w_u;   /* vocab x d_model; the storage of w_e where tied */
    struct stored_weight b_u;   /* vocab, or missing */
    bool tied;
    double embedding_scale; /* sqrt(d_model) in Gemma, else 1 */
    struct norm final;      /* before w_u */

    enum mlp_kind mlp;
    enum activation activation;
    const char *activation_name; /* as config.json spells it; NULL: none. Owned by the model */
    struct rotary_plan rotary;
    bool parallel; /* x + attention(norm x) + mlp(norm x) (NeoX), both from the same x */
    double attention_out_scale; /* 1, or 1/sqrt(2 n_layer) in the published bilinear layout */
    double attention_cap;       /* 0: none */
    double logit_cap;           /* 0: none; else cap tanh(logit / cap) */
    /* Why a forward pass would not be right (a kind of rotary scaling that is not known), for a
     * message; NULL: it would be. Owned. */
    char *unsupported;
};

/* The matrix of one head (0 where there are none) as a view; the caller's reference. */
struct dense *stored_weight_view(const struct stored_weight *w, size_t head);
/* Do the heads follow one another without a gap, so that one product makes them all? As rows
 * (w_q: heads * rows x cols), or as columns (w_o: rows x heads * cols). */
bool stored_weight_joined(const struct stored_weight *w);
/* All heads as that one matrix, if they are joined; the caller's reference. */
struct dense *stored_weight_all(const struct stored_weight *w);

/* Releases what a holds; not a itself. */
void architecture_done(struct architecture *a);

#endif
