/* Where a script goes on after a statement that did not parse. */
#ifndef BILENS_SESSION_RECOVERY_H
#define BILENS_SESSION_RECOVERY_H

#include <stdbool.h>
#include <stddef.h>

#include "session.h"

/* Behind the next ';' or line end that follows the error in the statement at `from`. Of one that
 * goes on over its lines only because a bracket is open, the next statement is the line that does
 * not continue it; the error then names the bracket. */
size_t recovery_next(const char *text, size_t from, struct origin origin, struct err *e);

/* The same while a script is still being read: is its last line, at that place, one that cannot
 * continue the statement before it, whatever comes after? */
bool recovery_breaks(const struct session_state *state, const char *text, size_t last_line);

#endif
