/* What is said of members of a stack one by one. */
#ifndef BILENS_CMD_STACKS_H
#define BILENS_CMD_STACKS_H

#include "bilens/base/text.h"
#include "bilens/cmd/common.h"

/* "0.1" */
void member_cell(struct report_table *t, size_t row, size_t column, struct member m);

/* Notes once that this circuit ("ov") is zero, of that member (of count 0: of all there is). */
void note_zero(struct text *zeros, const char *circuit, struct member m);
/* A line that tells those that were noted, if any were, and what a zero circuit does; the list is
 * done with. */
void tell_zeros(struct report *r, struct text *zeros, const char *what_it_does);

/* Of an MLP in layers after the first: what it does to embeddings is the direct path only. */
void mlp_path_ledger(const struct stack_axis *layers, struct report *r);

#endif
