/* The matrix of the language: a sum of products of dense matrices, kept factored.
 * A circuit such as w_e' @ qk @ w_e is vocab x vocab but has rank d_head; it is
 * never multiplied out unless its entries are asked for. */
#ifndef BILENS_NUM_MATRIX_H
#define BILENS_NUM_MATRIX_H

#include "bilens/num/axis.h"
#include "bilens/num/dense.h"
#include "bilens/num/vector.h"

/* One factor of a product: a dense matrix, or (diagonal) a 1 x n row that stands
 * for the n x n diagonal matrix of it. */
struct factor {
    struct dense *dense;
    bool diagonal;
};

/* scale * factors[0] @ factors[1] @ ... */
struct term {
    double scale;
    size_t count;
    struct factor *factors;
};

/* Immutable and shared. No terms is the zero matrix. */
struct matrix {
    atomic_size_t refs;
    struct axis row, col;
    size_t count;
    struct term *terms;
};

/* A matrix of one dense factor; takes its own references, axes' labels included.
 * The axes' sizes must be the dense matrix's. */
struct matrix *matrix_from_dense(struct dense *a, struct axis row, struct axis col);
struct matrix *matrix_ref(struct matrix *a);
void matrix_unref(struct matrix *a);

/* All of these return a new matrix and leave their arguments alone; NULL with the
 * error set on failure. Axes that do not match are ERR_AXES. */
struct matrix *matrix_transpose(const struct matrix *a);
/* A side of many terms or factors is first multiplied out in part, in single precision; as
 * is a long sum. ERR_BUDGET where that takes more than 1 GiB. */
struct matrix *matrix_product(const struct matrix *a, const struct matrix *b, struct err *e);
/* The same entries on axes without an origin. */
struct matrix *matrix_loose(const struct matrix *a);
struct matrix *matrix_scale(const struct matrix *a, double scale);
/* a + scale * b, by listing the terms of both; terms of the same factors become one. */
struct matrix *matrix_sum(const struct matrix *a, double scale, const struct matrix *b,
                          struct err *e);
/* n x n, with v on its diagonal. */
struct matrix *matrix_diagonal(const struct vector *v, struct err *e);
/* v as a matrix of one column (or one row), whose other axis is `one`, of size 1. */
struct matrix *matrix_of_vector(const struct vector *v, struct axis one, bool column,
                                struct err *e);
/* Part of a: views of its outer factors; the spans must lie within it. */
struct matrix *matrix_slice(const struct matrix *a, struct span rows, struct span cols,
                            struct err *e);
/* [a, b]: columns of both, a dense copy of at most limit bytes. Where b's columns go on where
 * a's end the axis is theirs, else an index axis. */
struct matrix *matrix_cat(const struct matrix *a, const struct matrix *b, size_t limit,
                          struct err *e);

/* The inner dimension of the narrowest place of its terms, added up and at most
 * min(rows, cols): no matrix with these factors has a larger rank. */
size_t matrix_width(const struct matrix *a);
/* Is it one plain dense matrix, times a scale? */
bool matrix_is_dense(const struct matrix *a);

/* A x and A'x, in double precision. The vector has the other axis' labels. */
struct vector *matrix_apply(const struct matrix *a, const struct vector *x, struct err *e);
struct vector *matrix_apply_transposed(const struct matrix *a, const struct vector *x,
                                       struct err *e);
struct vector *matrix_row(const struct matrix *a, size_t i, struct err *e);
struct vector *matrix_col(const struct matrix *a, size_t j, struct err *e);

/* The name of a stored weight behind a that holds NaN or infinities in the part that
 * a shows, and how many; NULL where all are finite. Reads them all. */
bool matrix_nonfinite(const struct matrix *a, const char **name, size_t *count, struct err *e);

/* Every invariant of this structure; for tests. NULL, or what is wrong. */
const char *matrix_check(const struct matrix *a);

/* The factors multiplied out as far as entries are cheap: each term becomes
 * left (rows x k) times right (k x cols), or left alone (right NULL). */
struct split_term {
    double scale;
    struct dense *left, *right;
};
struct split {
    size_t rows, cols, count;
    struct split_term *terms;
};
/* ERR_BUDGET where a dense result on the way is larger than both its factors, and than 1 GiB
 * (of a diagonal n x n matrix: its zeros). */
bool matrix_split(const struct matrix *a, struct split *out, struct err *e);
void split_free(struct split *s);
/* Takes the largest scale out of the terms, so that tiles, which are of single precision, hold
 * what double precision can: their numbers times what this returns. */
double split_take_scale(struct split *s);
/* The columns of all left parts together, if every term would have a right part; else 0. */
size_t matrix_split_width(const struct matrix *a);
/* Entries [row, row + rows) x [col, col + cols) to out, row-major, leading dimension ld. */
bool split_tile(const struct split *s, size_t row, size_t rows, size_t col, size_t cols, float *out,
                size_t ld, struct err *e);

/* All entries. ERR_BUDGET where that takes more than limit bytes. */
struct dense *matrix_dense(const struct matrix *a, size_t limit, struct err *e);
/* The entries (i, i), in double precision. */
struct vector *matrix_diagonal_of(const struct matrix *a, struct err *e);

#endif
