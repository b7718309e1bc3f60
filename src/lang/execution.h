/* The models that a session keeps, as the files of this layer know them. */
#ifndef BILENS_LANG_EXECUTION_H
#define BILENS_LANG_EXECUTION_H

#include "bilens/lang/call.h"

/* Takes the model. The alias (NULL: none) is copied. */
void open_model_make(struct open_model *m, void *model, void (*release)(void *model),
                     const char *alias);
/* The place of the one with that alias (NULL: of the one without); `models` if there is none. */
size_t open_model_find(const struct session_state *state, const char *alias);

/* provenance.c: room for what a call adds, before anything is changed; then adding it. */
void provenance_reserve(const struct call *c, struct session_state *state);
void provenance_commit(const struct call *c, struct session_state *state);
/* A model that another takes the place of is remembered. */
void provenance_keep_model(struct session_state *state, const struct open_model *m);
void provenance_copy(struct session_state *to, const struct session_state *from);

#endif
