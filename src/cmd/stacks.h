/* Stacks over layers and heads of the current model, and cells that name a member. */
#ifndef BILENS_CMD_STACKS_H
#define BILENS_CMD_STACKS_H

#include "bilens/cmd/common.h"

/* A stack over [layer, head] of the current model, by name; borrowed. */
const struct value *head_stack(struct call *c, const char *name, struct err *e);
/* "0.1" */
bool member_cell(struct report_table *t, size_t row, size_t column, struct member m, struct err *e);

#endif
