#include "bilens/num/quadratic.h"

#include <stdint.h>

#include "bilens/base/err.h"
#include "internal.h"

/* L' diag(a) R as a dense matrix; diag(a) R first, for R lies by rows. */
static struct dense *one_half(const struct matrix *l, const struct matrix *r,
                              const struct vector *a, struct err *e)
{
    struct matrix *lt = matrix_transpose(l, e), *d = lt ? matrix_diagonal(a, e) : NULL;
    struct matrix *dr = d ? matrix_product(d, r, e) : NULL;
    struct matrix *ldr = dr ? matrix_product(lt, dr, e) : NULL;
    struct dense *out = ldr ? matrix_dense(ldr, SIZE_MAX, e) : NULL;
    matrix_unref(lt);
    matrix_unref(d);
    matrix_unref(dr);
    matrix_unref(ldr);
    return out;
}

/* to := 1/2 (from + from'), by blocks: strides of powers of two share few places of a cache. */
static void symmetrise(const float *from, size_t n, float *to)
{
    enum { BLOCK = 8 };
    for (size_t ib = 0; ib < n; ib += BLOCK)
        for (size_t jb = 0; jb < n; jb += BLOCK)
            for (size_t i = ib; i < smaller(ib + BLOCK, n); i++)
                for (size_t j = jb; j < smaller(jb + BLOCK, n); j++)
                    to[i * n + j] = 0.5F * (from[i * n + j] + from[j * n + i]);
}

struct matrix *quadratic_form(const struct matrix *l, const struct matrix *r,
                              const struct matrix *p, const struct vector *g, struct err *e)
{
    struct vector *a = matrix_apply_transposed(p, g, e);
    struct dense *half = a ? one_half(l, r, a, e) : NULL;
    vector_unref(a);
    const float *from = half ? dense_data(half, e) : NULL;
    float *q;
    size_t n = half ? half->rows : 0;
    struct dense *out = from ? dense_room(n, n, &q, e) : NULL;
    if (out != NULL)
        symmetrise(from, n, q);
    struct matrix *m = out ? matrix_from_dense(out, l->col, r->col, e) : NULL;
    dense_unref(half);
    dense_unref(out);
    return m;
}
