#include "bilens/num/panel.h"

#include <cblas.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/task.h"

#ifndef HAVE_OPENBLAS
typedef int blasint; /* what OpenBLAS calls the integers of its interface */
#endif

/* An OpenBLAS that is older than the processor takes it for the oldest there is (a Pentium 4), and
 * computes at a fifth of the speed or less. */
const char *blas_better_kernels(void)
{
#if defined(HAVE_OPENBLAS) && defined(__x86_64__) && defined(__GNUC__)
    if (getenv("OPENBLAS_CORETYPE") != NULL || strcmp(openblas_get_corename(), "Prescott") != 0)
        return NULL;
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return "SkylakeX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return "Haswell";
#endif
    return NULL;
}

#ifdef HAVE_OPENBLAS
int blas_threads_for(size_t n)
{
    enum { SMALL = 512 };
    int before = openblas_get_num_threads();
    if (n <= SMALL && before > 1)
        openblas_set_num_threads(1);
    return before;
}

void blas_threads_restore(int before)
{
    if (before > 1)
        openblas_set_num_threads(before);
}
#else
int blas_threads_for(size_t n)
{
    (void)n;
    return 1;
}

void blas_threads_restore(int before)
{
    (void)before;
}
#endif

/* Threads for one call that does so many operations. OpenBLAS's threads meet by spinning, several
 * times in a product, and since 0.3.22 a thread that spins does not even give its processor up:
 * where other programs want the processors, a meeting lasts until the system has turned to the last
 * of the threads, some milliseconds, and many small calls take a hundred times as long as with one
 * thread. This many operations take milliseconds themselves. */
static int threads_for_call(double operations)
{
    const double worth = 2e8;
    return blas_threads_for(operations < worth ? 0 : SIZE_MAX);
}

/* A matrix times a vector waits for memory: a product of matrices does some sixteen operations in
 * the time of one. */
static int threads_for_matrix(size_t rows, size_t cols)
{
    return threads_for_call(16 * 2.0 * (double)rows * (double)cols);
}

static int threads_for_product(size_t rows, size_t inner, size_t cols)
{
    return threads_for_call(2.0 * (double)rows * (double)inner * (double)cols);
}

static CBLAS_TRANSPOSE transposed_if(bool transposed)
{
    return transposed ? CblasTrans : CblasNoTrans;
}

static blasint leading(size_t n)
{
    return (blasint)(n > 0 ? n : 1);
}

void panel_multiply(double alpha, const struct panel *a, bool a_transposed, const struct panel *b,
                    bool b_transposed, double beta, struct panel *c)
{
    size_t inner = a_transposed ? a->rows : a->cols;
    if (c->rows == 0 || c->cols == 0)
        return;
    int threads = threads_for_product(c->rows, inner, c->cols);
    cblas_dgemm(CblasColMajor, transposed_if(a_transposed), transposed_if(b_transposed),
                (blasint)c->rows, (blasint)c->cols, (blasint)inner, alpha, a->data,
                leading(a->rows), b->data, leading(b->rows), beta, c->data, leading(c->rows));
    blas_threads_restore(threads);
}

void panel_multiply_upper(const struct panel *r, bool transposed, bool right, struct panel *b)
{
    if (b->rows == 0 || b->cols == 0)
        return;
    int threads = threads_for_product(b->rows, r->rows, b->cols);
    cblas_dtrmm(CblasColMajor, right ? CblasRight : CblasLeft, CblasUpper,
                transposed_if(transposed), CblasNonUnit, (blasint)b->rows, (blasint)b->cols, 1.0,
                r->data, leading(r->rows), b->data, leading(b->rows));
    blas_threads_restore(threads);
}

void panel_apply(const struct panel *a, bool transposed, const double *x, double *y)
{
    size_t out = transposed ? a->cols : a->rows;
    if (a->rows == 0 || a->cols == 0) {
        for (size_t i = 0; i < out; i++)
            y[i] = 0;
        return;
    }
    int threads = threads_for_matrix(a->rows, a->cols);
    cblas_dgemv(CblasColMajor, transposed_if(transposed), (blasint)a->rows, (blasint)a->cols, 1.0,
                a->data, leading(a->rows), x, 1, 0.0, y, 1);
    blas_threads_restore(threads);
}

void blas_gram_add(const double *a, size_t m, size_t n, double *g)
{
    /* A row-major m x n is, column-major, its transpose n x m. */
    enum { LONG = 1000000000 };
    double operations = (double)m * (double)n * (double)n;
    if (operations > LONG)
        task_opaque("Gram matrix", operations, 0.5);
    int threads = threads_for_call(operations);
    if (m > 0 && n > 0)
        cblas_dsyrk(CblasColMajor, CblasUpper, CblasNoTrans, (blasint)n, (blasint)m, 1.0, a,
                    leading(n), 1.0, g, leading(n));
    blas_threads_restore(threads);
}

/* How BLAS must be told of a strided matrix, row-major: transposed or not, and the
 * leading dimension. A stride that only one row or column uses may be anything. */
static bool row_major_form(struct strided a, CBLAS_TRANSPOSE *trans, blasint *ld)
{
    if (a.rows == 0 || a.cols == 0) { /* no element: the strides say nothing */
        *trans = CblasNoTrans;
        *ld = leading(a.cols);
        return true;
    }
    bool by_rows = a.col_stride == 1 || a.cols <= 1;
    bool by_cols = a.row_stride == 1 || a.rows <= 1;
    ptrdiff_t row_stride = a.rows <= 1 ? (ptrdiff_t)a.cols : a.row_stride;
    ptrdiff_t col_stride = a.cols <= 1 ? (ptrdiff_t)a.rows : a.col_stride;
    if (by_rows && row_stride >= (ptrdiff_t)a.cols && row_stride >= 1) {
        *trans = CblasNoTrans;
        *ld = (blasint)row_stride;
        return true;
    }
    if (by_cols && col_stride >= (ptrdiff_t)a.rows && col_stride >= 1) {
        *trans = CblasTrans;
        *ld = (blasint)col_stride;
        return true;
    }
    return false;
}

bool blas_multiply_single(struct strided a, struct strided b, float beta, float *c, size_t ldc)
{
    return blas_multiply_scaled(1, a, b, beta, c, ldc);
}

bool blas_multiply_scaled(float alpha, struct strided a, struct strided b, float beta, float *c,
                          size_t ldc)
{
    CBLAS_TRANSPOSE ta, tb;
    blasint lda, ldb;
    if (!row_major_form(a, &ta, &lda) || !row_major_form(b, &tb, &ldb))
        return false;
    int threads = threads_for_product(a.rows, a.cols, b.cols);
    if (a.rows > 0 && b.cols > 0)
        cblas_sgemm(CblasRowMajor, ta, tb, (blasint)a.rows, (blasint)b.cols, (blasint)a.cols, alpha,
                    a.data, lda, b.data, ldb, beta, c, leading(ldc));
    blas_threads_restore(threads);
    return true;
}

bool blas_apply_single(struct strided b, const float *x, float *y)
{
    CBLAS_TRANSPOSE trans;
    blasint ld;
    if (!row_major_form(b, &trans, &ld))
        return false;
    for (size_t j = 0; b.rows == 0 && j < b.cols; j++)
        y[j] = 0;
    int threads = threads_for_matrix(b.rows, b.cols);
    /* y' = B' x': what BLAS is told to transpose is the other one. */
    if (b.rows > 0 && b.cols > 0 && trans == CblasNoTrans)
        cblas_sgemv(CblasRowMajor, CblasTrans, (blasint)b.rows, (blasint)b.cols, 1.0F, b.data, ld,
                    x, 1, 0.0F, y, 1);
    else if (b.rows > 0 && b.cols > 0)
        cblas_sgemv(CblasRowMajor, CblasNoTrans, (blasint)b.cols, (blasint)b.rows, 1.0F, b.data, ld,
                    x, 1, 0.0F, y, 1);
    blas_threads_restore(threads);
    return true;
}
