/* Checkpoint layouts: how a published architecture names and arranges its tensors.
 * A layout is a row of a table; a new one is a new row. */
#ifndef BILENS_MODEL_LAYOUT_H
#define BILENS_MODEL_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/model/model.h"

struct config;
struct err;
struct safetensors;

/* The weights a model is made of, in the orientation of the language. */
enum weight { W_E, W_POS, W_U, W_Q, W_K, W_V, W_O, W_L, W_R, W_P, WEIGHT_COUNT };

/* Where a weight stands. All layers', or all heads', rows (or columns) stand in one
 * tensor, head by head; several weights may stand under one another in it. */
struct layout_source {
    const char *pattern; /* the tensor's name, `*` for the layer; NULL: there is none */
    unsigned part;       /* which of the stacked weights, of parts (0 means 1) */
    unsigned parts;
    bool transposed; /* stored as the transpose of what the language shows */
    const char *gain; /* the norm's weight that scales what it reads, or NULL */
};

/* The names that a family's config.json gives to the sizes. */
struct layout_keys {
    const char *layers, *heads, *context, *d_model, *d_hidden, *vocab;
};

/* What must hold of a checkpoint for a layout to be the right one. */
enum layout_mark_kind {
    MARK_END,
    MARK_TENSOR,      /* it has this tensor (`*`: layer 0) */
    MARK_NO_TENSOR,   /* it has not */
    MARK_KEY,         /* config.json has this key */
    MARK_FIVE_TO_ONE, /* this tensor has five times as many rows as columns */
};

struct layout_mark {
    enum layout_mark_kind kind;
    const char *what;
};

enum { LAYOUT_MOST_MARKS = 6 };

struct layout {
    const char *name;
    struct layout_mark marks[LAYOUT_MOST_MARKS];
    const char *refusal; /* known, but not supported: why; else NULL */
    const struct layout_keys *keys;
    const struct layout_source *sources; /* one for each weight */
    const char *const *unread;           /* weights that no matrix shows (norms); NULL-ended */
    const char *const *buffers;          /* tensors that are no weights; NULL-ended */
    enum positions positions;
    double rotary_base;
    bool scaled_attention; /* attention output x 1/sqrt(2 n_layer), unless scale_attn is false */
};

/* The first row whose marks all hold. *reason (mem_free) says which they were. NULL
 * on failure: the error lists what was found and which layouts are known. */
const struct layout *layout_recognise(const struct safetensors *file, const struct config *config,
                                      char **reason, struct err *e);

/* The pattern with the layer filled in (mem_free). */
char *layout_tensor_name(const char *pattern, size_t layer, struct err *e);
/* Is the name one of the patterns' (a NULL-ended list), for any layer? */
bool layout_names(const char *const *patterns, const char *name);

#endif
