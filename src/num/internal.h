/* What the files of this layer share and nobody else needs. */
#ifndef BILENS_NUM_INTERNAL_H
#define BILENS_NUM_INTERNAL_H

#include "bilens/num/matrix.h"
#include "bilens/num/reduced.h"

static inline size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* A diagonal factor is stored as one row. */
static inline size_t factor_rows(struct factor f)
{
    return f.diagonal ? f.dense->cols : f.dense->rows;
}

static inline bool span_is_whole(struct span s, size_t size)
{
    return s.first == 0 && s.step == 1 && s.count == size;
}

/* A term is multiplied out before it has more factors than CHAIN_MOST, a sum before it has
 * more terms than TERMS_MOST: statements such as x = x @ x double them each time. */
enum { TERMS_MOST = 64, CHAIN_MOST = 32 };

/* matrix.c */

struct matrix *matrix_make(struct axis row, struct axis col, size_t terms);
/* Room for count factors, none of them set yet. */
void term_reserve(struct term *t, double scale, size_t count);
/* Takes its own reference. */
void term_push(struct term *t, struct factor f);
/* a, or NULL (and a is dropped) where something failed. */
struct matrix *matrix_finish(struct matrix *a, bool ok);

/* multiply.c */

/* May rows x cols numbers be written out on the way to an answer? ERR_BUDGET if not. What
 * is no larger than a factor that is there already is never asked about. */
bool intermediate_fits(size_t rows, size_t cols, struct err *e);
/* A B; the product of two diagonals is one. dense is NULL on failure. */
struct factor factor_multiply(struct factor a, struct factor b, struct err *e);

/* to := from times by, n numbers along a row: a diagonal's entry is the same for all of a row of
 * diag(d) A (by_step 0), and another for each column of A diag(d). */
void scale_row(const float *from, ptrdiff_t step, const float *by, ptrdiff_t by_step, size_t n,
               float *to);
/* All of a, widened, with strides that BLAS takes: its own numbers where it is one dense matrix,
 * else multiplied out or copied. New reference. */
struct dense *matrix_dense_for_blas(const struct matrix *a, struct err *e);

/* rescale.c */

/* The largest finite magnitude in a, and whether all of it is finite. */
bool dense_largest(const struct dense *a, float *largest, bool *finite, struct err *e);

/* Powers of two that products in single precision, which ends at 2^127 and loses digits below
 * 2^-126, may come to. */
enum { EXPONENT_MOST = 100, EXPONENT_LEAST = -60 };
/* The power of two that numbers up to this are to be divided by, to be held in single precision
 * with all their digits: 0 if they are. */
int scale_exponent(double largest);

/* Where multiplying t out in single precision might overflow, or lose digits as numbers vanish:
 * the same term with its factors brought to about one by powers of two, in new out; an empty one
 * where t is fine as it is. */
bool term_rescale(const struct term *t, struct term *out, struct err *e);
void term_free(struct term *t); /* an empty one is fine */
/* Entries that may be far from one, for what multiplies them in single precision: a 2^-exponent,
 * or a itself and 0 where they are not. A new reference. */
struct matrix *matrix_near_one(const struct matrix *a, int *exponent, struct err *e);
/* The same for the largest of some numbers: 0, or the power of two to divide them by. */
int exponent_of(double largest);
/* a 2^exponent, in place of a; NULL passes through. */
struct matrix *matrix_shifted(struct matrix *a, int exponent);

/* apply.c */

/* The sum of all entries of a term: both ends are added up over their outer sizes, which is
 * remembered of weights. */
bool term_total(const struct term *t, double *sum, struct err *e);

/* The storage behind a that holds NaN or infinities in the part that a shows, and how many; NULL
 * where all are finite. Borrowed. */
bool matrix_find_nonfinite(const struct matrix *a, const struct storage **where, size_t *count,
                           struct err *e);
/* Sets ERR_NONFINITE, with its name, and returns false. */
bool storage_blame_nonfinite(const struct storage *s, size_t count, struct err *e);

/* compact.c */

/* The same matrix with one term of few factors, multiplied out in single precision. What all
 * terms begin or end with is kept apart where that makes the rest smaller. */
struct matrix *matrix_compact(const struct matrix *a, struct err *e);
/* The same matrix without diagonals at the ends of its terms: they are multiplied into their
 * neighbours. A term of diagonals becomes one diagonal. */
struct matrix *matrix_fold_diagonals(const struct matrix *a, struct err *e);
bool term_is_diagonal(const struct term *t);
/* The same matrix, its terms that are one plain dense matrix each added up entry by entry in double
 * precision, and rounded once: the rounding of what they cancel is gone. As it is where that is too
 * large, or float32 does not hold it. */
struct matrix *matrix_add_plain(const struct matrix *a, struct err *e);

/* reduced.c */

/* Sets ERR_NONFINITE and returns false, saying whose NaN or infinity spoilt a result. */
bool matrix_blame_nonfinite(const struct matrix *a, struct err *e);
/* F, or F' where transposed, with a diagonal written out; new. */
struct panel panel_of_factor(struct factor f, bool transposed, struct err *e);
/* p := p F, or p F' where transposed. Replaces p. */
bool panel_extend(struct panel *p, struct factor f, bool transposed, struct err *e);
struct panel panel_identity(size_t n, struct err *e);

/* basis.c */

/* Adds a part (a reference of its own) unless it is there. */
void basis_add(struct basis *b, struct dense *part);
/* Factors the parts; or, where they are not tall together, drops them for the identity. */
bool basis_finish(struct basis *b, size_t rows, bool tall, struct err *e);
/* b := the same basis as `from`, which must outlive it. */
void basis_share(struct basis *b, const struct basis *from);
void basis_free(struct basis *b);

#endif
