/* What the files of this folder that build a model share. */
#ifndef BILENS_MODEL_MODEL_PARTS_H
#define BILENS_MODEL_MODEL_PARTS_H

#include "circuits.h"

struct text;

/* The sizes that config.json states, or leaves to the tensors. */
bool sizes_read(const struct circuits_input *in, struct model_sizes *sizes, struct err *e);

/* Appends "num_hidden_layers = 32 in config.json", by whichever of the key's names this has, or
 * "num_hidden_layers = 32 by default". */
void sizes_describe(const struct config *c, const char *key, size_t size, struct text *out);

/* What the MLP is, and its activation. */
bool mlp_read(const struct circuits_input *in, struct model *m, struct err *e);

/* Adds a line to what is told of the model. */
__attribute__((format(printf, 2, 3))) void model_note(struct model *m, const char *format, ...);
/* Of the file: model->dtype, parameters and counts of what is not finite, with their notes. */
bool notes_before_building(const struct circuits_input *in, struct model *m, struct err *e);
/* Of what config.json says in vain. */
void notes_on_config(const struct circuits_input *in, struct model *m);
/* Does config.json say that the weights are packed into few bits? Appends by what, and what would
 * work instead. */
bool quantised_describe(const struct config *c, struct text *out);

/* Of what --fold leaves out. */
void notes_on_folding(struct model *m);

#endif
