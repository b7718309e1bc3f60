#include "core.h"

#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"

/* How far below the largest a singular value may lie for the Gram matrix to tell it. */
static const double depth = 1e-4;

/* Sizes whose squares, in a Gram matrix, neither overflow nor lose digits as they vanish. */
static bool squares_well(double size)
{
    return size > 1e-140 && size < 1e150;
}

enum { SMALL = 32 }; /* below, LAPACK's SVD takes no time worth saving */

/* Cholesky of the Gram matrix of a's columns, each scaled to length one. *fits tells
 * whether its pivots are large enough for that to be right to 1e-8. */
static bool triangle_by_gram(const struct panel *a, struct panel *r, bool *fits)
{
    size_t n = a->cols;
    double *scale = mem_new(n, sizeof *scale);
    if (scale == NULL)
        return out_of_memory();
    panel_multiply(1, a, true, a, false, 0, r);
    *fits = true;
    for (size_t j = 0; j < n; j++) {
        scale[j] = sqrt(r->data[j + j * n]);
        *fits = *fits && squares_well(scale[j]);
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
    if (a->cols >= SMALL && a->rows >= a->cols && !triangle_by_gram(a, r, &fits))
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

/* Singular values from those of the Gram matrix, ascending; false where they tell too little. */
static bool roots(double *s, size_t n)
{
    if (!(s[0] > depth * depth * s[n - 1]))
        return false;
    for (size_t i = 0; i < n / 2; i++) { /* largest first */
        double swap = s[i];
        s[i] = s[n - 1 - i];
        s[n - 1 - i] = swap;
    }
    for (size_t i = 0; i < n; i++)
        s[i] = sqrt(s[i]);
    return true;
}

static bool form_of_gram(const struct panel *a, struct tridiagonal *t, struct err *e)
{
    struct panel g = small_gram(a, e);
    return g.data != NULL && tridiagonal_take(t, &g, e);
}

bool core_values(const struct panel *a, double *s, struct tridiagonal *gram, struct err *e)
{
    size_t n = a->cols <= a->rows ? a->cols : a->rows;
    if (n >= SMALL && squares_well(panel_norm(a))) {
        struct tridiagonal own = {0}, *t = gram ? gram : &own;
        bool ok = form_of_gram(a, t, e) && tridiagonal_values(t, s, e);
        tridiagonal_free(&own);
        if (!ok)
            return false;
        if (roots(s, n))
            return true;
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

/* The Gram matrix's eigenvectors for its largest values s^2, largest first. */
static bool near_side(const struct tridiagonal *gram, const double *s, size_t count,
                      struct panel *near, bool *good, struct err *e)
{
    size_t n = gram->h.rows;
    double *w = mem_new(count, sizeof *w);
    struct panel ascending = {0};
    bool ok = w != NULL || err_memory(e);
    for (size_t k = 0; ok && k < count; k++)
        w[count - 1 - k] = s[k] * s[k];
    ok = ok && tridiagonal_some(gram, w, count, &ascending, good, e);
    if (ok && *good) {
        *near = panel_room(n, count, e);
        ok = near->data != NULL;
        for (size_t k = 0; ok && k < count; k++)
            memcpy(near->data + k * n, ascending.data + (count - 1 - k) * n, n * sizeof *w);
    }
    panel_free(&ascending);
    mem_free(w);
    return ok;
}

bool core_first_vectors(const struct panel *a, const double *s, const struct tridiagonal *gram,
                        size_t count, struct panel *u, struct panel *v, bool *good, struct err *e)
{
    bool by_cols = a->cols <= a->rows;
    size_t n = by_cols ? a->cols : a->rows;
    *good = n >= SMALL && count <= n && squares_well(s[0]) && s[count - 1] > depth * s[0];
    if (!*good)
        return true;
    struct panel *near = by_cols ? v : u, *far = by_cols ? u : v;
    struct tridiagonal own = {0};
    bool ok = gram->h.data != NULL || form_of_gram(a, &own, e);
    ok = ok && near_side(gram->h.data != NULL ? gram : &own, s, count, near, good, e);
    ok = ok && (!*good || other_side(a, s, near, far, e));
    if (!ok)
        panel_free(near);
    tridiagonal_free(&own);
    return ok;
}
