/* Which names values and models may have. */
#ifndef BILENS_CMD_NAMES_H
#define BILENS_CMD_NAMES_H

#include "bilens/lang/call.h"

/* Is it written as a name: letters, digits and _, perhaps two such with a dot between? */
bool name_is_written(const char *name);
/* May a value have it: is it written so, and no command or function? */
bool name_is_free(const struct call *c, const char *name);
/* May a model be opened under the alias, the statement's last argument (NULL: it has none)? It
 * is a name among names: no command, function or value. False with the error and its place. */
bool alias_is_free(struct call *c, const char *alias, struct err *e);

#endif
