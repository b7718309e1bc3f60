/* Small dense matrices in double precision, column-major, and the BLAS and LAPACK
 * calls on them. Only blas.c includes cblas.h, only lapack.c includes lapacke.h. */
#ifndef BILENS_NUM_PANEL_H
#define BILENS_NUM_PANEL_H

#include <stdbool.h>
#include <stddef.h>

struct err;

struct panel {
    size_t rows, cols;
    double *data; /* column-major, leading dimension rows; owned */
};

/* Zeroed. data is NULL on failure, with the error set. */
struct panel panel_new(size_t rows, size_t cols, struct err *e);
/* The same without the zeros, for what is overwritten whole. */
struct panel panel_room(size_t rows, size_t cols, struct err *e);
struct panel panel_copy(const struct panel *a, struct err *e);
void panel_free(struct panel *a);
double panel_norm(const struct panel *a); /* Frobenius, safe against overflow */
/* sum_ij a_ij b_ij */
double panel_inner(const struct panel *a, const struct panel *b);
bool panel_finite(const struct panel *a);
/* C := alpha op(A) op(B) + beta C; shapes must fit. */
void panel_multiply(double alpha, const struct panel *a, bool a_transposed, const struct panel *b,
                    bool b_transposed, double beta, struct panel *c);
/* B := op(R) B, or with right B := B op(R), for upper triangular square R (what lies below its
 * diagonal is not read): half the work of panel_multiply, and no room for a result. */
void panel_multiply_upper(const struct panel *r, bool transposed, bool right, struct panel *b);
/* y := op(A) x */
void panel_apply(const struct panel *a, bool transposed, const double *x, double *y);

/* How many threads BLAS computes with, and setting that: on small problems more than one
 * only wait for each other. blas_threads_restore(blas_threads_for(n)) brackets a call on an n x n
 * problem. */
int blas_threads_for(size_t n);
void blas_threads_restore(int before);

/* The kernels that OpenBLAS should be asked for, by the name that OPENBLAS_CORETYPE takes, where it
 * does not know this processor and nobody has asked for any; else NULL. It reads that variable
 * as it is loaded, so that a program must start anew. */
const char *blas_better_kernels(void);

/* G := G + A'A, upper triangle; a is m x n row-major with leading dimension n. */
void blas_gram_add(const double *a, size_t m, size_t n, double *g);
/* C := A B + beta C in single precision. A and B are given by strides of which one is 1
 * (else returns false); c is row-major with leading dimension ldc. */
struct strided {
    const float *data;
    size_t rows, cols;
    ptrdiff_t row_stride, col_stride;
};
bool blas_multiply_single(struct strided a, struct strided b, float beta, float *c, size_t ldc);
/* C := alpha A B + beta C */
bool blas_multiply_scaled(float alpha, struct strided a, struct strided b, float beta, float *c,
                          size_t ldc);
/* y := x B (b.cols numbers) for one row x of b.rows numbers; B as above. */
bool blas_apply_single(struct strided b, const float *x, float *y);

/* Thin QR of a (m x n, m >= n): a becomes Q (m x n), r is n x n upper triangular. */
bool lapack_qr(struct panel *a, struct panel *r, struct err *e);
/* The triangle of that alone, to the n x n panel r, whose lower half must be zero; a is
 * destroyed. */
bool lapack_triangle(struct panel *a, struct panel *r, struct err *e);
/* Singular values of a (destroyed), largest first, to s (min(m, n) numbers). With
 * u (m x min) and vt (min x n) not NULL, the vectors as well. */
bool lapack_svd(struct panel *a, double *s, struct panel *u, struct panel *vt, struct err *e);
/* Eigenvalues of symmetric a (n x n), in ascending order, to w. With vectors, a becomes
 * the eigenvectors, else it is destroyed. Reads the lower triangle: symmetrise first. */
bool lapack_eigen(struct panel *a, double *w, bool vectors, struct err *e);
/* Eigenvalues of any square a (destroyed), in LAPACK's order, real and imaginary parts to re
 * and im (n numbers each); conjugate pairs stand together, positive imaginary part first. */
bool lapack_eigenvalues(struct panel *a, double *re, double *im, struct err *e);

/* The steps of a symmetric eigen-decomposition one by one, for tridiagonal.h. T has n diagonal
 * entries and n - 1 beside them; arrays hold n numbers. */
/* a (n x n; its lower triangle is read) = H T H'; a and tau become what H is made of. */
bool lapack_tridiagonalize(struct panel *a, double *diagonal, double *off, double *tau,
                           struct err *e);
/* T's eigenvectors for the eigenvalues w, which ascend, to the n x count panel, by inverse
 * iteration. No entry beside the diagonal may be negligible. Not *good, without an error, where
 * one did not converge. */
bool lapack_tridiagonal_first(size_t n, const double *diagonal, const double *off, const double *w,
                              struct panel *vectors, bool *good, struct err *e);
/* All of T's eigenvectors, n x n, in ascending order of their values, which diagonal becomes;
 * off is destroyed. */
bool lapack_tridiagonal_all(double *diagonal, double *off, struct panel *vectors, struct err *e);
/* vectors := H vectors. */
bool lapack_tridiagonal_lift(const struct panel *a, const double *tau, struct panel *vectors,
                             struct err *e);

/* Cholesky G = R'R: the upper triangle of g becomes R, the rest zero. False (no
 * error set) where g is not numerically positive definite; g is then destroyed. */
bool lapack_cholesky(struct panel *g);
/* r := inverse of upper triangular r. */
bool lapack_invert_upper(struct panel *r, struct err *e);

#endif
