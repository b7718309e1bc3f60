/* Cells that name a member of a stack. */
#ifndef BILENS_CMD_STACKS_H
#define BILENS_CMD_STACKS_H

#include "bilens/cmd/common.h"

/* "0.1" */
bool member_cell(struct report_table *t, size_t row, size_t column, struct member m);

#endif
