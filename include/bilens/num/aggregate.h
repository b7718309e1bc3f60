/* A matrix brought down to the values that a drawing can show. */
#ifndef BILENS_NUM_AGGREGATE_H
#define BILENS_NUM_AGGREGATE_H

#include "bilens/num/matrix.h"

/* How a block of entries becomes one value: the signed entry of largest magnitude (a
 * mean would blank what people look for), the mean, or the root mean square. Of two that differ
 * in nothing but their sign it is the first in reading order, in a block of one tile; in one that
 * lies across several tiles, the first of the first tile that has it. */
enum aggregate { AGGREGATE_ABSMAX, AGGREGATE_MEAN, AGGREGATE_RMS };

struct aggregated {
    size_t rows, cols;             /* values */
    size_t block_rows, block_cols; /* entries in one value; the last ones may hold fewer */
    double *values;              /* rows x cols, row-major; owned. A block without finite entries is
                                    NaN, or where all are infinite the first of them */
    double largest;              /* magnitude among the finite values */
    size_t nan_count, inf_count; /* entries left out */
};

/* At most most_rows x most_cols values of all entries of a, by bands of tiles: a factored
 * matrix is never built. */
bool matrix_aggregate(const struct matrix *a, enum aggregate how, size_t most_rows,
                      size_t most_cols, struct aggregated *out, struct err *e);
/* The same with blocks of that many entries, however many values that makes. */
bool matrix_aggregate_blocks(const struct matrix *a, enum aggregate how, size_t block_rows,
                             size_t block_cols, struct aggregated *out, struct err *e);
void aggregated_free(struct aggregated *a);

#endif
