#include "bilens/num/center.h"

#include "bilens/base/err.h"

/* 1 over an axis. */
static struct vector *ones(struct axis axis, struct err *e)
{
    struct vector *v = vector_new(axis, e);
    for (size_t i = 0; v != NULL && i < axis.size; i++)
        v->data[i] = 1;
    return v;
}

/* u v' as a matrix of rank one. */
static struct matrix *outer(const struct vector *u, const struct vector *v, struct err *e)
{
    struct axis one = axis_make(AXIS_INDEX, 1, NULL);
    struct matrix *column = matrix_of_vector(u, one, true, e);
    struct matrix *row = column ? matrix_of_vector(v, one, false, e) : NULL;
    struct matrix *product = row ? matrix_product(column, row, e) : NULL;
    matrix_unref(column);
    matrix_unref(row);
    return product;
}

struct matrix *matrix_center_rows(const struct matrix *a, struct err *e)
{
    struct vector *one = ones(a->row, e);
    struct vector *mean = one ? matrix_apply_transposed(a, one, e) : NULL;
    for (size_t i = 0; mean != NULL && i < mean->axis.size; i++)
        mean->data[i] /= (double)a->row.size;
    struct matrix *product = mean ? outer(one, mean, e) : NULL;
    struct matrix *centred = product ? matrix_sum(a, -1, product, e) : NULL;
    vector_unref(one);
    vector_unref(mean);
    matrix_unref(product);
    return centred;
}

struct matrix *matrix_center_cols(const struct matrix *a, struct err *e)
{
    struct matrix *flipped = matrix_transpose(a, e);
    struct matrix *centred = flipped ? matrix_center_rows(flipped, e) : NULL;
    struct matrix *back = centred ? matrix_transpose(centred, e) : NULL;
    matrix_unref(flipped);
    matrix_unref(centred);
    return back;
}
