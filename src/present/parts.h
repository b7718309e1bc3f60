/* What the presenters share: numbers as text, names of members, runs of blocks. */
#ifndef BILENS_PRESENT_PARTS_H
#define BILENS_PRESENT_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/base/number.h"
#include "bilens/lang/report.h"

struct text;

enum { DIGITS_MACHINE = 9 };

/* Does every number of the column count something (an id, an index)? */
bool column_is_whole(const struct report_table *t, size_t column);

/* "layer" or "head". */
const char *member_axis_name(char axis);
/* Are they members of stacks over the same axes? */
bool member_alike(const struct member *a, const struct member *b);
/* "head 0.1", "layer 1"; nothing where there is no stack. */
void member_title(const struct member *member, struct text *out);

/* How many blocks from the first on belong together: series of one name on one axis,
 * scalars of the same names, grids with the same columns; 1 for what stands alone. */
size_t run_series(const struct block *first, size_t count);
size_t run_scalars(const struct block *first, size_t count);
size_t run_grids(const struct block *first, size_t count);
/* The end of the scale that so many grids are coloured on together. */
double grids_largest(const struct block *first, size_t count);
/* How many values lie beyond the scale that was asked for. */
size_t grid_clipped(const struct grid *g);

/* Have they the same columns? */
bool tables_alike(const struct report_table *a, const struct report_table *b);

/* Does the entry say something (a convention that is "none" does not)? */
bool ledger_speaks(const struct ledger_entry *entry);

#endif
