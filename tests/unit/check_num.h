/* What the test files of the num layer share: plain double-precision matrices with naive
 * algorithms, which the layer's answers are compared with. */
#ifndef CHECK_NUM_H
#define CHECK_NUM_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

#include "bilens/base/err.h"
#include "bilens/num/decomp.h"
#include "bilens/num/matrix.h"

/* Row-major. Everything made by these functions, and all that `keep` is given, is freed
 * when the test ends. */
struct plain {
    size_t rows, cols;
    double *at;
};

struct plain plain_new(size_t rows, size_t cols);
/* Entries that float32 can hold, between -1 and 1; the same for the same seed. */
struct plain plain_random(size_t rows, size_t cols, unsigned seed);
struct plain plain_product(struct plain a, struct plain b);
struct plain plain_transposed(struct plain a);
/* a + scale * b */
struct plain plain_sum(struct plain a, double scale, struct plain b);
double plain_norm(struct plain a);
double plain_trace(struct plain a);
/* Singular values by one-sided Jacobi, largest first: min(rows, cols) numbers. */
const double *plain_svd(struct plain a);
/* Eigenvalues of a symmetric matrix by Jacobi, by magnitude. */
const double *plain_eigen(struct plain a);

/* The same matrix, stored in different ways. */
enum storing { STORED_BY_ROWS, STORED_BY_COLUMNS, STORED_BACKWARDS, STORED_WITH_GAPS, STORINGS };
struct matrix *matrix_stored(struct plain a, enum axis_kind row, enum axis_kind col,
                             enum storing storing);
/* On index axes, by rows. */
struct matrix *matrix_plain(struct plain a);

/* Remembers a matrix, and gives it back; fails the test if it is NULL or broken. */
struct matrix *keep(struct matrix *m);
struct vector *keep_vector(struct vector *v);
struct decomp *keep_decomp(struct decomp *d);

/* All entries, through matrix_dense, are within tolerance. */
void expect_entries(struct matrix *m, struct plain expected, double tolerance);
void expect_numbers(const double *numbers, const double *expected, size_t count, double tolerance);
void expect_error(struct err *e, enum err_code code, const char *message);

/* Frees what the test made; the teardown of every case. */
void free_kept(void);

TCase *axis_case(void);
TCase *storage_case(void);
TCase *matrix_case(void);
TCase *thin_case(void);
TCase *decomp_case(void);
TCase *identity_case(void);
TCase *spectrum_case(void);
TCase *bilinear_case(void);
TCase *compose_case(void);
TCase *accuracy_case(void);
TCase *economy_case(void);
TCase *core_case(void);
TCase *forward_case(void);
TCase *tridiagonal_case(void);
TCase *memory_case(void);
TCase *range_case(void);
TCase *center_case(void);
TCase *noise_case(void);

#endif
