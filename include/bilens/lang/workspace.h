/* The names of a session and their values. */
#ifndef BILENS_LANG_WORKSPACE_H
#define BILENS_LANG_WORKSPACE_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/lang/value.h"

struct text;
struct workspace;

struct workspace *workspace_new(void);
void workspace_free(struct workspace *w);
/* A workspace of its own with the same names and (shared) values, in the same order. */
struct workspace *workspace_copy(const struct workspace *w);
/* Exchanges what two workspaces hold. */
void workspace_swap(struct workspace *a, struct workspace *b);

/* The value of a name, borrowed; NULL if it has none. */
struct value *workspace_get(const struct workspace *w, const char *name);
/* Binds name (copied) to value (referenced); from_model marks what `load` brought. A value of the
 * user's under such a name is marked TRAIT_EDITED, and what `load` brought stays beneath it. */
void workspace_set(struct workspace *w, const char *name, struct value *value, bool from_model);
void workspace_remove(struct workspace *w, const char *name);
/* What `load` brought under the name, whatever it was bound to since; borrowed. NULL: nothing. */
struct value *workspace_of_model(const struct workspace *w, const char *name);
/* Was the name of what `load` brought bound to something else since? */
bool workspace_is_rebound(const struct workspace *w, const char *name);
/* Appends the name to a list of names, unless it is there already, if that is so. */
void workspace_note_rebound(const struct workspace *w, const char *name, struct text *names);
/* What `load` brought, or the value where no model did; borrowed. The name is appended to unused
 * (may be NULL) where it was bound to something else since. */
struct value *workspace_model_first(const struct workspace *w, const char *name,
                                    struct text *unused);
/* Removes what `load` brought under an alias ("a.w_u"); with alias NULL, what the current
 * model brought (names without a dot), and the latest decomposition's names. */
void workspace_remove_model(struct workspace *w, const char *alias);
/* Is name bound, or a column (u0) of something bound? */
bool workspace_knows(const struct workspace *w, const char *name);
/* If name is a bound name and digits ("v12"), its value (borrowed) and the number. */
struct value *workspace_column(const struct workspace *w, const char *name, size_t *column);
/* Appends the bound names near a misspelt one to the error. */
void workspace_near(const struct workspace *w, const char *name, struct err *e);

/* Every name, in the order of binding. */
typedef bool workspace_visit(const char *name, const struct value *value, bool from_model,
                             void *context);
bool workspace_each(const struct workspace *w, workspace_visit *visit, void *context);

/* The matrix whose rows are the directions that tokens stand for ("w_u" of the current
 * model), or NULL. Borrowed. */
struct value *workspace_directions(const struct workspace *w);

#endif
