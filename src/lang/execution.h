/* The models that a session keeps open, as call.c and execution.c know them. */
#ifndef BILENS_LANG_EXECUTION_H
#define BILENS_LANG_EXECUTION_H

#include "bilens/lang/call.h"

/* Takes the model, also on failure. The alias (NULL: none) is copied. */
bool open_model_make(struct open_model *m, void *model, void (*release)(void *model),
                     const char *alias, struct err *e);
/* The place of the one with that alias (NULL: of the one without); `models` if there is none. */
size_t open_model_find(const struct session_state *state, const char *alias);

#endif
