/* From a checkpoint's tensors to a model: its sizes, its architecture, and the named matrices of
 * the language. In this order: circuits_check, architecture_build, circuits_build. */
#ifndef BILENS_MODEL_CIRCUITS_H
#define BILENS_MODEL_CIRCUITS_H

#include <stdbool.h>

#include "bilens/model/model.h"
#include "layout.h"

struct checkpoint;
struct checkpoint_tensor;
struct config;
struct err;
struct labels;

/* A weight as the language shows it. Its stack is a member for each layer (1), or
 * for each layer and head (2). */
struct weight_info {
    const char *name, *summary;
    size_t stack;
    enum axis_kind row, col;
    enum norm_place before;          /* the norm that it reads after */
    enum norm_place after;           /* the norm that what it makes goes through */
    const char *bias, *bias_summary; /* what its bias is called */
};

const struct weight_info *circuits_weight(enum weight weight);
/* The size of an axis; of AXIS_HEAD, of one head. */
size_t circuits_axis_size(const struct model_sizes *sizes, enum axis_kind kind);
/* How many heads a weight's tensor holds: key-value heads of w_k and w_v, 1 where it has none. */
size_t circuits_heads(const struct model_sizes *sizes, enum weight weight);

/* Where a weight's rows lie in its tensor, of the orientation of the language, all heads: how many
 * are before them, and how many there are of all the weights in it. */
struct weight_rows {
    size_t before, own, all;
};

/* Everything a model is built from; all borrowed. */
struct circuits_input {
    struct checkpoint *file;
    const struct config *config;
    const struct layout_found *found;
    struct labels *labels; /* of the token axis, or NULL */
    size_t memory;         /* the largest widened tensor, in bytes; 0: any */
    bool tied;             /* w_u is w_e, whichever of the two tensors the file has */
};

/* Does the model have this weight? (Its MLP has w_l and w_r, or w_in.) */
bool circuits_has(const struct circuits_input *in, const struct model *m, enum weight weight);
struct weight_rows circuits_rows(const struct circuits_input *in, const struct model *m,
                                 enum weight weight);
/* The tensor a weight stands in, of tied embeddings whichever the file has. NULL with the error
 * set where it is missing. */
const struct checkpoint_tensor *circuits_tensor(const struct circuits_input *in, enum weight weight,
                                                size_t layer, struct err *e);
/* The name's pattern of a weight's bias; NULL: it has none, or config.json says that it has none.
 */
const char *circuits_bias(const struct circuits_input *in, enum weight weight);
/* Finds out whether w_u is w_e (in->tied). An unembedding of its own in the file counts, whatever
 * config.json says; that is noted, and so is an embedding that must stand in for it. */
bool circuits_tie(struct circuits_input *in, struct model *m, struct err *e);
/* A tensor that may be missing: NULL then, and for a NULL pattern. */
const struct checkpoint_tensor *circuits_find(const struct circuits_input *in, const char *pattern,
                                              size_t layer);

/* Reads model->sizes and what the MLP is, and checks that every tensor has the shape they ask
 * for. */
bool circuits_check(const struct circuits_input *in, struct model *m, struct err *e);

/* Fills model->architecture: what config.json says of it, and the weights as they are stored. */
bool architecture_build(const struct circuits_input *in, struct model *m, struct err *e);
/* Its parts. The weights' storages are made lazily widened. */
bool architecture_read_config(const struct circuits_input *in, struct model *m, struct err *e);
bool architecture_place_weights(const struct circuits_input *in, struct model *m, struct err *e);

/* The slots of the architecture that belong to a weight, and to a norm. */
struct stored_weight *architecture_weight(struct architecture *a, enum weight weight, size_t layer);
struct stored_weight *architecture_bias(struct architecture *a, enum weight weight, size_t layer);
struct norm *architecture_norm(struct architecture *a, enum norm_place place, size_t layer);

/* Fills model->matrices and model->vectors, views on lazily widened tensors. */
bool circuits_build(const struct circuits_input *in, struct model *m, struct err *e);

void circuits_free(struct model *m);

#endif
