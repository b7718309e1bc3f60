/* From a checkpoint's tensors to the named matrices of the language. */
#ifndef BILENS_MODEL_CIRCUITS_H
#define BILENS_MODEL_CIRCUITS_H

#include <stdbool.h>

#include "bilens/model/layout.h"
#include "bilens/model/model.h"

struct config;
struct err;
struct labels;
struct safetensors;

/* A weight as the language shows it. Its stack is a member for each layer (1), or
 * for each layer and head (2). */
struct weight_info {
    const char *name, *summary;
    size_t stack;
    enum axis_kind row, col;
};

const struct weight_info *circuits_weight(enum weight weight);
/* The size of an axis; of AXIS_HEAD, of one head. */
size_t circuits_axis_size(const struct model_sizes *sizes, enum axis_kind kind);

/* Everything a model is built from; all borrowed. */
struct circuits_input {
    struct safetensors *file;
    const struct config *config;
    const struct layout *layout;
    struct labels *labels; /* of the token axis, or NULL */
};

/* Reads model->sizes and checks that every tensor has the shape they ask for. */
bool circuits_check(const struct circuits_input *in, struct model *m, struct err *e);

/* Fills model->matrices, views on lazily widened tensors, once they were checked. */
bool circuits_build(const struct circuits_input *in, struct model *m, struct err *e);

void circuits_free(struct model *m);

#endif
