#include "bilens/num/quadratic.h"

#include <stdint.h>

#include "bilens/base/err.h"

/* L' diag(a) R as a dense matrix. */
static struct dense *one_half(const struct matrix *l, const struct matrix *r,
                              const struct vector *a, struct err *e)
{
    struct matrix *lt = matrix_transpose(l, e), *d = lt ? matrix_diagonal(a, e) : NULL;
    struct matrix *ld = d ? matrix_product(lt, d, e) : NULL;
    struct matrix *ldr = ld ? matrix_product(ld, r, e) : NULL;
    struct dense *out = ldr ? matrix_dense(ldr, SIZE_MAX, e) : NULL;
    matrix_unref(lt);
    matrix_unref(d);
    matrix_unref(ld);
    matrix_unref(ldr);
    return out;
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
    struct dense *out = from ? dense_new(n, n, &q, e) : NULL;
    for (size_t i = 0; out != NULL && i < n; i++)
        for (size_t j = 0; j < n; j++)
            q[i * n + j] = 0.5F * (from[i * n + j] + from[j * n + i]);
    struct matrix *m = out ? matrix_from_dense(out, l->col, r->col, e) : NULL;
    dense_unref(half);
    dense_unref(out);
    return m;
}
