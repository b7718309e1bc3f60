#include "bilens/num/panel.h"

#include <lapacke.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"

static lapack_int leading(size_t n)
{
    return (lapack_int)(n > 0 ? n : 1);
}

static bool failed(const char *routine, lapack_int info, struct err *e)
{
    if (info == LAPACK_WORK_MEMORY_ERROR || info == LAPACK_TRANSPOSE_MEMORY_ERROR)
        return err_memory(e);
    return err_set(e, ERR_NUMERIC, "%s did not converge (info %d)", routine, (int)info);
}

static double cube(size_t n)
{
    return (double)n * (double)n * (double)n;
}

/* Of dgesdd. (Golub and Van Loan, Matrix Computations, 4th ed., figure 8.6.1.) */
static double svd_operations(const struct panel *a, bool vectors)
{
    double m = (double)a->rows, n = (double)a->cols, k = m < n ? m : n, l = m < n ? n : m;
    return vectors ? 4 * l * k * k + 22 * k * k * k : 4 * l * k * k - 4.0 / 3 * k * k * k;
}

/* Householder QR in place; the triangle is copied to r. */
static lapack_int factor_columns(struct panel *a, struct panel *r, double *tau)
{
    size_t n = a->cols;
    lapack_int info = 0;
    int threads = blas_threads_for(n);
    task_opaque("QR", 2.0 * (double)a->rows * (double)n * (double)n, 0.5);
    if (n > 0)
        info = LAPACKE_dgeqrf(LAPACK_COL_MAJOR, (lapack_int)a->rows, (lapack_int)n, a->data,
                              leading(a->rows), tau);
    blas_threads_restore(threads);
    for (size_t j = 0; j < n; j++)
        memcpy(r->data + j * n, a->data + j * a->rows, (j + 1) * sizeof *tau);
    return info;
}

bool lapack_qr(struct panel *a, struct panel *r, struct err *e)
{
    size_t n = a->cols;
    if (!task_go_on(e))
        return false;
    *r = panel_new(n, n, e);
    double *tau = mem_new(n, sizeof *tau);
    if (r->data == NULL || tau == NULL) {
        panel_free(r);
        mem_free(tau);
        return err_memory(e);
    }
    int threads = blas_threads_for(n);
    lapack_int info = factor_columns(a, r, tau);
    if (info == 0 && n > 0)
        info = LAPACKE_dorgqr(LAPACK_COL_MAJOR, (lapack_int)a->rows, (lapack_int)n, (lapack_int)n,
                              a->data, leading(a->rows), tau);
    blas_threads_restore(threads);
    mem_free(tau);
    if (info != 0)
        panel_free(r);
    return info == 0 || failed("QR", info, e);
}

bool lapack_triangle(struct panel *a, struct panel *r, struct err *e)
{
    double *tau = mem_new(a->cols, sizeof *tau);
    if (tau == NULL)
        return err_memory(e);
    lapack_int info = factor_columns(a, r, tau);
    mem_free(tau);
    return info == 0 || failed("QR", info, e);
}

bool lapack_svd(struct panel *a, double *s, struct panel *u, struct panel *vt, struct err *e)
{
    bool vectors = u != NULL;
    size_t k = a->rows < a->cols ? a->rows : a->cols;
    if (k == 0)
        return true;
    if (!task_go_on(e))
        return false;
    task_opaque("singular values", svd_operations(a, vectors), 0.95);
    int threads = blas_threads_for(k);
    lapack_int info =
        LAPACKE_dgesdd(LAPACK_COL_MAJOR, vectors ? 'S' : 'N', (lapack_int)a->rows,
                       (lapack_int)a->cols, a->data, leading(a->rows), s, vectors ? u->data : NULL,
                       leading(a->rows), vectors ? vt->data : NULL, leading(k));
    blas_threads_restore(threads);
    return info == 0 || failed("singular value decomposition", info, e);
}

bool lapack_eigen(struct panel *a, double *w, bool vectors, struct err *e)
{
    if (a->rows == 0)
        return true;
    if (!task_go_on(e))
        return false;
    task_opaque("eigenvalues", (vectors ? 9 : 4.0 / 3) * cube(a->rows), 0.95);
    int threads = blas_threads_for(a->rows);
    lapack_int info = LAPACKE_dsyevd(LAPACK_COL_MAJOR, vectors ? 'V' : 'N', 'L',
                                     (lapack_int)a->rows, a->data, leading(a->rows), w);
    blas_threads_restore(threads);
    return info == 0 || failed("eigen-decomposition", info, e);
}

bool lapack_eigenvalues(struct panel *a, double *re, double *im, struct err *e)
{
    if (a->rows == 0)
        return true;
    lapack_int n = (lapack_int)a->rows;
    if (!task_go_on(e))
        return false;
    task_opaque("eigenvalues", 10 * cube(a->rows), 0.95);
    int threads = blas_threads_for(a->rows);
    lapack_int info =
        LAPACKE_dgeev(LAPACK_COL_MAJOR, 'N', 'N', n, a->data, n, re, im, NULL, 1, NULL, 1);
    blas_threads_restore(threads);
    return info == 0 || failed("eigen-decomposition", info, e);
}

bool lapack_tridiagonalize(struct panel *a, double *diagonal, double *off, double *tau,
                           struct err *e)
{
    /* LAPACK takes 32 columns at a time where it has room for them; half as many are a tenth
     * faster at n = 256, a fifth at 64, and no slower at 512. */
    enum { COLUMNS = 16 };
    size_t n = a->rows;
    if (n == 0)
        return true;
    if (!task_go_on(e))
        return false;
    task_opaque("tridiagonal form", 4.0 / 3 * cube(n), 0.6);
    double *work = mem_alloc(COLUMNS * n * sizeof *work);
    if (work == NULL)
        return err_memory(e);
    int threads = blas_threads_for(n);
    lapack_int info = LAPACKE_dsytrd_work(LAPACK_COL_MAJOR, 'L', (lapack_int)n, a->data, leading(n),
                                          diagonal, off, tau, work, (lapack_int)(COLUMNS * n));
    blas_threads_restore(threads);
    mem_free(work);
    return info == 0 || failed("tridiagonal form", info, e);
}

bool lapack_tridiagonal_first(size_t n, const double *diagonal, const double *off, const double *w,
                              struct panel *vectors, bool *good, struct err *e)
{
    size_t count = vectors->cols;
    lapack_int *block = mem_new(3 * n, sizeof *block), *ends = block + n, *bad = ends + n;
    *good = true;
    if (block == NULL)
        return err_memory(e);
    for (size_t i = 0; i < n; i++)
        block[i] = 1;
    ends[0] = (lapack_int)n;
    lapack_int info =
        LAPACKE_dstein(LAPACK_COL_MAJOR, (lapack_int)n, diagonal, off, (lapack_int)count, w, block,
                       ends, vectors->data, leading(n), bad);
    mem_free(block);
    *good = info == 0; /* positive: vectors that did not converge */
    return info >= 0 || failed("inverse iteration", info, e);
}

bool lapack_tridiagonal_all(double *diagonal, double *off, struct panel *vectors, struct err *e)
{
    lapack_int n = (lapack_int)vectors->rows;
    if (n == 0)
        return true;
    if (!task_go_on(e))
        return false;
    task_opaque("eigenvectors", 8.0 / 3 * cube(vectors->rows), 0.6); /* at most: it deflates */
    int threads = blas_threads_for(vectors->rows);
    lapack_int info = LAPACKE_dstedc(LAPACK_COL_MAJOR, 'I', n, diagonal, off, vectors->data, n);
    blas_threads_restore(threads);
    return info == 0 || failed("eigen-decomposition", info, e);
}

bool lapack_tridiagonal_lift(const struct panel *a, const double *tau, struct panel *vectors,
                             struct err *e)
{
    lapack_int n = (lapack_int)a->rows, count = (lapack_int)vectors->cols;
    if (n == 0 || count == 0)
        return true;
    if (!task_go_on(e))
        return false;
    task_opaque("eigenvectors", 2 * (double)count * (double)n * (double)n, 0.9);
    int threads = blas_threads_for(a->rows);
    lapack_int info = LAPACKE_dormtr(LAPACK_COL_MAJOR, 'L', 'L', 'N', n, count, a->data, n, tau,
                                     vectors->data, n);
    blas_threads_restore(threads);
    return info == 0 || failed("eigen-decomposition", info, e);
}

bool lapack_cholesky(struct panel *g)
{
    if (g->rows == 0)
        return true;
    lapack_int n = (lapack_int)g->rows;
    int threads = blas_threads_for(g->rows);
    lapack_int info = LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'U', n, g->data, n);
    blas_threads_restore(threads);
    if (info != 0)
        return false;
    for (size_t j = 0; j < g->cols; j++)
        for (size_t i = j + 1; i < g->rows; i++)
            g->data[i + j * g->rows] = 0;
    return true;
}

bool lapack_invert_upper(struct panel *r, struct err *e)
{
    if (r->rows == 0)
        return true;
    lapack_int n = (lapack_int)r->rows;
    int threads = blas_threads_for(r->rows);
    lapack_int info = LAPACKE_dtrtri(LAPACK_COL_MAJOR, 'U', 'N', n, r->data, n);
    blas_threads_restore(threads);
    return info == 0 || failed("triangular inverse", info, e);
}
