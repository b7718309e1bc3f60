/* Views, as statements ask for them: of the latest answer, or of one just given. */
#ifndef BILENS_SESSION_VIEW_H
#define BILENS_SESSION_VIEW_H

#include "bilens/lang/parser.h"
#include "session.h"

/* After a statement that succeeded: what its answer is about becomes the latest answer, if it
 * is one to look at; the call's report is then taken (and NULL). */
void view_keep(struct session *s, struct call *c);
/* Opens the view that the statement asked for, if it did. */
bool view_pending(struct session *s, struct err *e);

void latest_done(struct latest *l);

#endif
