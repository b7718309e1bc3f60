/* Checkpoint layouts: how a published architecture names and arranges its tensors, and what its
 * config.json says. A layout is a row of a table (layout_table.c, layout_bilinear.c); a new
 * one is a new row.
 *
 * Names of tensors are patterns: `*` stands for the layer, a leading `~` for the family's prefix,
 * which a file has or has not. Keys of config.json may name several, "new|old". */
#ifndef BILENS_MODEL_LAYOUT_H
#define BILENS_MODEL_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/model/model.h"

struct checkpoint;
struct config;
struct err;

/* The weights a model is made of, in the orientation of the language. W_IN is the first matrix
 * of an MLP without a second factor. */
enum weight { W_E, W_POS, W_U, W_Q, W_K, W_V, W_O, W_L, W_R, W_IN, W_P, WEIGHT_COUNT };

/* Where norms stand: before a part, after it, within it (of a head's queries and keys), or
 * before the unembedding. */
enum norm_place {
    NORM_NOWHERE,
    NORM_ATTENTION_IN,
    NORM_MLP_IN,
    NORM_ATTENTION_OUT,
    NORM_MLP_OUT,
    NORM_QUERY,
    NORM_KEY,
    NORM_FINAL,
    NORM_PLACE_COUNT
};

/* Where a weight stands. The rows (or columns) of all heads stand in one tensor, head by head.
 * Several weights may name the same tensor: then they stand under one another in it, each with as
 * many rows as it has (key-value heads may be fewer), in the order of their parts. Its bias is
 * arranged like it. */
struct layout_source {
    const char *pattern;   /* the tensor's name; NULL: there is none */
    const char *otherwise; /* the tensor that takes its place where embeddings are tied, or NULL */
    unsigned part;         /* its place among the weights in that tensor */
    bool interleaved;      /* they stand under one another in each head, not head under head */
    bool transposed;       /* stored as the transpose of what the language shows */
    const char *bias;      /* its bias, or NULL; a file may leave it out */
};

struct layout_norm {
    bool present;
    const char *gain, *bias; /* its weights, or NULL; a file may leave the bias out */
    bool optional;           /* and the gain too */
};

struct layout_norms {
    enum norm_kind kind;
    bool by_config; /* "rms", "normalization" of config.json may say another kind, or none */
    bool one_plus;  /* the gain is 1 + weight */
    double eps;
    const char *eps_key; /* or NULL */
    struct layout_norm at[NORM_PLACE_COUNT];
};

/* The names that a family's config.json gives to things; NULL: it has none for that. */
struct layout_keys {
    /* Sizes. One that the layout has none for must be there. */
    const char *layers, *heads, *kv_heads, *d_head, *context, *d_model, *d_hidden, *vocab;
    const char *activation;
    const char *tied;                      /* are w_e and w_u one? */
    const char *attention_bias, *mlp_bias; /* do those parts have biases? */
    const char *rotary; /* an object: "rope_theta", "rope_type|type", ... within it */
    /* The same outside of it. share: which part of d_head turns; NULL: all of it, whatever
     * "partial_rotary_factor" says. */
    const char *rotary_base, *rotary_share;
    const char *attention_scalar;          /* scores are divided by its root, not d_head's */
    const char *scaled, *scaled_by_layer;  /* are they divided at all; by layer + 1 too? */
    const char *attention_cap, *logit_cap; /* soft caps */
    const char *window, *window_switch;    /* keys seen; is that in force? */
    const char *window_from;               /* the first layer with a window */
    const char *parallel;
};

/* What must hold of a checkpoint for a layout to be the right one. */
enum layout_mark_kind {
    MARK_END,
    MARK_TENSOR,      /* it has this tensor (`*`: layer 0) */
    MARK_NO_TENSOR,   /* it has not */
    MARK_KEY,         /* config.json has this key */
    MARK_TYPE,        /* its model_type is this */
    MARK_FIVE_TO_ONE, /* this tensor has five times as many rows as columns */
};

struct layout_mark {
    enum layout_mark_kind kind;
    const char *what;
};

enum { LAYOUT_MOST_MARKS = 6 };

/* Where attention sees only a window, if config.json states its size. */
enum layout_windows {
    WINDOWS_NONE,
    WINDOWS_ALL,  /* in every layer */
    WINDOWS_EVEN, /* in layers 0, 2, ... */
    WINDOWS_LATE  /* from the layer that window_from names */
};

/* What the MLP is. */
enum layout_mlp {
    LAYOUT_MLP_BILINEAR, /* what "bilinear", "mlp" and "gate" of config.json say */
    LAYOUT_MLP_GATED,
    LAYOUT_MLP_PLAIN
};

struct layout {
    const char *name;
    struct layout_mark marks[LAYOUT_MOST_MARKS];
    const char *refusal; /* known, but not supported: why; else NULL */
    const char *prefix;  /* what `~` stands for, where the file has it */
    const struct layout_keys *keys;
    const struct layout_source *sources; /* one for each weight */
    const struct layout_norms *norms;
    const char *const *buffers; /* tensors that are no weights; NULL-ended */
    enum layout_mlp mlp;
    enum positions positions;
    bool scaled_attention; /* attention output x 1/sqrt(2 n_layer), unless scale_attn is false */
    bool scaled_embedding; /* x sqrt(d_model) */
    enum layout_windows windows;

    /* What holds where config.json is silent. A size of 0 is none: the file must state it, but
     * kv_heads are as many as heads, d_head the equal share of d_model, d_hidden hidden_ratio
     * times d_model (if that is not 0), and vocab the rows of the embedding. */
    struct model_sizes sizes;
    size_t hidden_ratio;
    double rotary_base, rotary_share;                  /* share 0 means 1 */
    double attention_scalar, attention_cap, logit_cap; /* 0: d_head, none, none */
    size_t window, window_from;                        /* 0: none */
    const char *activation;                            /* or NULL */
    bool tied, parallel, biased;
};

/* The table's rows, tried from the top: what is peculiar stands before what is general. NULL after
 * the last. */
const struct layout *layout_row(size_t i);

/* A layout as a file has it. */
struct layout_found {
    const struct layout *layout;
    const char *prefix; /* what `~` stands for in this file: the layout's prefix, or "" */
    char *reason;       /* which marks held; mem_free */
};

/* The first row whose marks all hold. False on failure: the error lists what was found and which
 * layouts are known. */
bool layout_recognise(const struct checkpoint *file, const struct config *config,
                      struct layout_found *out, struct err *e);

/* The name of a pattern's tensor in one layer (mem_free). */
char *layout_tensor_name(const struct layout_found *found, const char *pattern, size_t layer);
/* Is the name the pattern's, for any layer? False for a NULL pattern. */
bool layout_matches(const struct layout_found *found, const char *pattern, const char *name);
/* Is it one of a buffer's? */
bool layout_is_buffer(const struct layout_found *found, const char *name);

#endif
