/* Singular value and symmetric eigen-decompositions of factored matrices. Values
 * at once; vectors when first asked for, one at a time, by the sign rule: the
 * entry of largest magnitude of u (of an eigenvector) is positive, ties (see
 * vector_peak) to the lowest index, and v's sign follows u's. */
#ifndef BILENS_NUM_DECOMP_H
#define BILENS_NUM_DECOMP_H

#include "bilens/num/reduced.h"

enum decomp_kind { DECOMP_SVD, DECOMP_EIGEN };
enum decomp_side { SIDE_U, SIDE_V };

struct decomp; /* shared, immutable to its users */

struct decomp *decomp_svd(const struct matrix *a, struct err *e);
/* Refuses (ERR_ARGUMENT) a matrix whose relative asymmetry |A - A'|/|A| exceeds
 * 1e-4. Values are ordered by magnitude and keep their sign; U and V are the same. */
struct decomp *decomp_eigen(const struct matrix *a, struct err *e);
/* The same of a symmetric matrix in double precision, which is taken, also on failure; its entries
 * are right to noise times its largest value. */
struct decomp *decomp_eigen_panel(struct panel *a, struct axis axis, double noise, struct err *e);
struct decomp *decomp_ref(struct decomp *d);
void decomp_unref(struct decomp *d);

enum decomp_kind decomp_kind_of(const struct decomp *d);
/* As many values as the factors' shapes leave room for: min(rows, cols) of a dense matrix,
 * the inner width of a product; zeros included where its rank is lower. */
size_t decomp_count(const struct decomp *d);
const double *decomp_values(const struct decomp *d);                    /* borrowed */
struct axis decomp_axis(const struct decomp *d, enum decomp_side side); /* borrowed */

/* Column i of U or V, unit length. ERR_INDEX beyond the count, and for a zero value that an
 * outer factor's lower rank brought in, whose direction nothing determines. */
struct vector *decomp_vector(struct decomp *d, enum decomp_side side, size_t i, struct err *e);
/* Columns first, ..., first + count - 1 to out (new references; none on failure): several at
 * once cost little more than one, and they are orthogonal to each other also where values are
 * equal: alone, such a column may be another one of the same span. Errors as decomp_vector's
 * for the last of them. */
bool decomp_columns(struct decomp *d, enum decomp_side side, size_t first, size_t count,
                    struct vector **out, struct err *e);
/* U or V as a whole: side's axis x comp, factored through the outer matrices; dense where
 * single precision would not hold what cancels in that. Undetermined columns are zero. */
struct matrix *decomp_matrix(struct decomp *d, enum decomp_side side, struct err *e);

/* How many values are more than a rounding of zero. The vectors of the others mean nothing one by
 * one; together they span what the matrix sends to zero. Where there is none, all values are 0. */
size_t decomp_rank(const struct decomp *d);
/* How many have vectors: all, or fewer where an outer factor's rank is lower (see decomp_vector).
 */
size_t decomp_solved(const struct decomp *d);
/* Up to where a value is a rounding of zero, relative to the largest one: rounding to float32 the
 * entries of the matrix, or of the terms that it is the sum of, moves no value by more than 2^-24
 * of their norm, and four times that is taken. What was computed in double precision has less. */
double decomp_noise(const struct decomp *d);
/* |A - A'| / |A| of the matrix that an eigen-decomposition symmetrised, as far as it was found in
 * its factors' coordinates; 0 of an SVD. */
double decomp_asymmetry(const struct decomp *d);

#endif
