#include "tridiagonal.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"

/* Products of several entries must not overflow or vanish: beyond 1e-30 and 1e30, to about 1. */
enum { EXPONENT_MOST = 100 };

static int exponent_for(double norm)
{
    int exponent = 0;
    frexp(norm, &exponent);
    return exponent > EXPONENT_MOST || exponent < -EXPONENT_MOST ? exponent : 0;
}

static void divide_by_power(double *x, size_t n, int exponent)
{
    for (size_t i = 0; exponent != 0 && i < n; i++)
        x[i] = ldexp(x[i], -exponent);
}

bool tridiagonal_take(struct tridiagonal *t, struct panel *a, struct err *e)
{
    size_t n = a->rows;
    *t = (struct tridiagonal){.h = *a, .tau = mem_new(3 * n, sizeof *t->tau)};
    *a = (struct panel){0};
    double norm = panel_norm(&t->h);
    bool ok = t->tau != NULL || err_memory(e);
    if (ok && !isfinite(norm))
        ok = err_set(e, ERR_NONFINITE, "the matrix holds NaN or infinite values");
    if (ok) {
        t->diagonal = t->tau + n;
        t->off = t->diagonal + n;
        t->exponent = exponent_for(norm);
        divide_by_power(t->h.data, n * n, t->exponent);
        ok = lapack_tridiagonalize(&t->h, t->diagonal, t->off, t->tau, e);
    }
    if (!ok)
        tridiagonal_free(t);
    return ok;
}

void tridiagonal_free(struct tridiagonal *t)
{
    panel_free(&t->h);
    mem_free(t->tau);
    *t = (struct tridiagonal){0};
}

/* The solvers destroy what they are given: a copy, diagonal first, of T. */
static double *copy_of_t(const struct tridiagonal *t)
{
    size_t n = t->h.rows;
    double *copy = mem_alloc(2 * n * sizeof *copy);
    if (copy == NULL)
        out_of_memory();
    else
        memcpy(copy, t->diagonal, 2 * n * sizeof *copy); /* off follows */
    return copy;
}

bool tridiagonal_values(const struct tridiagonal *t, double *w, struct err *e)
{
    size_t n = t->h.rows;
    double *copy = copy_of_t(t);
    bool ok = copy != NULL && tridiagonal_solve(n, copy, copy + n, e);
    if (ok) {
        memcpy(w, copy, n * sizeof *w);
        divide_by_power(w, n, -t->exponent);
    }
    mem_free(copy);
    return ok;
}

/* Is an entry beside the diagonal nothing beside its neighbours? The blocks on both sides then
 * have eigenvectors of their own. */
static bool falls_apart(const struct tridiagonal *t)
{
    for (size_t i = 0; i + 1 < t->h.rows; i++) {
        double limit = DBL_EPSILON * DBL_EPSILON * fabs(t->diagonal[i] * t->diagonal[i + 1]);
        if (t->off[i] * t->off[i] <= limit + DBL_MIN)
            return true;
    }
    return false;
}

bool tridiagonal_some(const struct tridiagonal *t, const double *w, size_t count,
                      struct panel *vectors, bool *good, struct err *e)
{
    size_t n = t->h.rows;
    *vectors = (struct panel){0};
    *good = !falls_apart(t);
    if (!*good)
        return true;
    double *values = mem_new(n, sizeof *values);
    *vectors = panel_new(n, count, e);
    bool ok = vectors->data != NULL && (values != NULL || err_memory(e));
    if (ok) {
        memcpy(values, w, count * sizeof *w);
        divide_by_power(values, count, t->exponent);
    }
    ok = ok && lapack_tridiagonal_first(n, t->diagonal, t->off, values, vectors, good, e) &&
         (!*good || lapack_tridiagonal_lift(&t->h, t->tau, vectors, e));
    if (!ok || !*good)
        panel_free(vectors);
    mem_free(values);
    return ok;
}

bool tridiagonal_all(const struct tridiagonal *t, struct panel *vectors, struct err *e)
{
    size_t n = t->h.rows;
    double *copy = copy_of_t(t);
    *vectors = copy != NULL ? panel_room(n, n, e) : (struct panel){0};
    bool ok = vectors->data != NULL && lapack_tridiagonal_all(copy, copy + n, vectors, e) &&
              lapack_tridiagonal_lift(&t->h, t->tau, vectors, e);
    if (!ok)
        panel_free(vectors);
    mem_free(copy);
    return ok;
}
