#include "bilens/num/core.h"

#include <math.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"

/* How far below the largest a singular value may lie for the Gram matrix to tell it. */
static const double depth = 1e-4;

enum { SMALL = 32 }; /* below, LAPACK's SVD takes no time worth saving */

/* Cholesky of the Gram matrix of a's columns, each scaled to length one. *fits tells
 * whether its pivots are large enough for that to be right to 1e-8. */
static bool triangle_by_gram(const struct panel *a, struct panel *r, bool *fits, struct err *e)
{
    size_t n = a->cols;
    double *scale = mem_new(n, sizeof *scale);
    if (scale == NULL)
        return err_memory(e);
    panel_multiply(1, a, true, a, false, 0, r);
    *fits = true;
    for (size_t j = 0; j < n; j++) {
        scale[j] = sqrt(r->data[j + j * n]);
        *fits = *fits && scale[j] > 0;
    }
    for (size_t j = 0; *fits && j < n; j++)
        for (size_t i = 0; i < n; i++)
            r->data[i + j * n] /= scale[i] * scale[j];
    *fits = *fits && lapack_cholesky(r);
    for (size_t j = 0; *fits && j < n; j++)
        *fits = r->data[j + j * n] > depth;
    for (size_t j = 0; *fits && j < n; j++)
        for (size_t i = 0; i <= j; i++)
            r->data[i + j * n] *= scale[j];
    mem_free(scale);
    return true;
}

bool core_triangle(struct panel *a, struct panel *r, struct err *e)
{
    bool fits = false;
    if (a->cols >= SMALL && a->rows >= a->cols && !triangle_by_gram(a, r, &fits, e))
        return false;
    if (fits)
        return true;
    for (size_t i = 0; i < r->rows * r->cols; i++)
        r->data[i] = 0;
    return lapack_triangle(a, r, e);
}

/* a'a or aa', whichever is smaller; full. */
static struct panel small_gram(const struct panel *a, struct err *e)
{
    bool by_cols = a->cols <= a->rows;
    size_t n = by_cols ? a->cols : a->rows;
    struct panel g = panel_new(n, n, e);
    if (g.data != NULL)
        panel_multiply(1, a, by_cols, a, !by_cols, 0, &g);
    return g;
}

bool core_values(const struct panel *a, double *s, struct err *e)
{
    size_t n = a->cols <= a->rows ? a->cols : a->rows;
    if (n >= SMALL) {
        struct panel g = small_gram(a, e);
        bool ok = g.data != NULL && lapack_eigen(&g, s, false, e);
        panel_free(&g);
        if (!ok)
            return false;
        if (s[0] > depth * depth * s[n - 1]) {
            for (size_t i = 0; i < n / 2; i++) { /* largest first */
                double swap = s[i];
                s[i] = s[n - 1 - i];
                s[n - 1 - i] = swap;
            }
            for (size_t i = 0; i < n; i++)
                s[i] = sqrt(s[i]);
            return true;
        }
    }
    struct panel copy = panel_copy(a, e);
    bool ok = copy.data != NULL && lapack_svd(&copy, s, NULL, NULL, e);
    panel_free(&copy);
    return ok;
}

/* near: the vectors that the Gram matrix gives; far := A near / s, or A' near / s. */
static bool other_side(const struct panel *a, const double *s, const struct panel *near,
                       struct panel *far, struct err *e)
{
    bool by_cols = a->cols <= a->rows;
    *far = panel_new(by_cols ? a->rows : a->cols, near->cols, e);
    if (far->data == NULL)
        return false;
    panel_multiply(1, a, !by_cols, near, false, 0, far);
    for (size_t k = 0; k < far->cols; k++)
        for (size_t i = 0; i < far->rows; i++)
            far->data[i + k * far->rows] /= s[k];
    return true;
}

bool core_first_vectors(const struct panel *a, const double *s, size_t count, struct panel *u,
                        struct panel *v, bool *good, struct err *e)
{
    bool by_cols = a->cols <= a->rows;
    size_t n = by_cols ? a->cols : a->rows;
    *good = n >= SMALL && count <= n && s[count - 1] > depth * s[0];
    if (!*good)
        return true;
    struct panel *near = by_cols ? v : u, *far = by_cols ? u : v, ascending = {0};
    struct panel g = small_gram(a, e);
    bool ok = g.data != NULL && lapack_eigen_range(&g, n - count, count, &ascending, e);
    *near = ok ? panel_new(n, count, e) : (struct panel){0};
    ok = near->data != NULL;
    for (size_t k = 0; ok && k < count; k++)
        for (size_t i = 0; i < n; i++)
            near->data[i + k * n] = ascending.data[i + (count - 1 - k) * n];
    ok = ok && other_side(a, s, near, far, e);
    if (!ok)
        panel_free(near);
    panel_free(&ascending);
    panel_free(&g);
    return ok;
}
