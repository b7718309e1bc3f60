/* What one number says of a factored matrix: nothing of its outer size is built. */
#include <math.h>

#include "bilens/base/err.h"
#include "internal.h"

/* Of a sum of diagonals. */
static bool diagonal_norm(const struct matrix *a, double *norm, struct err *e)
{
    struct vector *d = matrix_diagonal_of(a, e);
    if (d == NULL)
        return false;
    struct panel p = {d->axis.size, 1, d->data};
    bool finite = panel_finite(&p);
    *norm = panel_norm(&p);
    vector_unref(d);
    return finite || matrix_blame_nonfinite(a, e);
}

bool matrix_norm(const struct matrix *a, double *norm, struct err *e)
{
    bool diagonal = a->count > 0;
    for (size_t t = 0; diagonal && t < a->count; t++)
        diagonal = term_is_diagonal(&a->terms[t]);
    if (diagonal)
        return diagonal_norm(a, norm, e);
    struct reduced r;
    if (!reduced_make(a, false, &r, e))
        return false;
    bool ok = reduced_core(&r, e);
    if (ok)
        *norm = panel_norm(&r.core);
    reduced_free(&r);
    return ok;
}

/* tr(F1 M Fn) = <(Fn F1)', M>: the outer size is summed over in Fn F1 once. */
static bool trace_of_term(const struct term *t, double *sum, struct err *e)
{
    struct factor first = t->factors[0], last = t->factors[t->count - 1];
    bool outer = t->count > 1 && !first.diagonal && !last.diagonal &&
                 first.dense->rows > first.dense->cols && last.dense->cols > last.dense->rows;
    if (!outer) {
        struct matrix one = {.count = 1, .terms = (struct term *)t};
        one.row = axis_make(AXIS_INDEX, factor_rows(first), NULL);
        one.col = axis_make(AXIS_INDEX, last.dense->cols, NULL);
        struct vector *d = matrix_diagonal_of(&one, e);
        for (size_t i = 0; d != NULL && i < d->axis.size; i++)
            *sum += d->data[i];
        vector_unref(d);
        return d != NULL;
    }
    struct dense *right = dense_transpose(last.dense, e);
    struct cross c = {0};
    if (right != NULL)
        c = thin_cross(right, first.dense, e);
    const struct panel *cross = c.panel;
    struct panel m = cross ? panel_identity(first.dense->cols, e) : (struct panel){0};
    bool ok = m.data != NULL;
    for (size_t i = 1; ok && i + 1 < t->count; i++)
        ok = panel_extend(&m, t->factors[i], false, e);
    /* cross is Fn F1 (last.rows x first.cols), or its transpose; m is first.cols x last.rows. */
    for (size_t i = 0; ok && i < m.rows; i++)
        for (size_t j = 0; j < m.cols; j++)
            *sum += t->scale * m.data[i + j * m.rows] *
                    (c.transposed ? cross->data[i + j * cross->rows]
                                  : cross->data[j + i * cross->rows]);
    panel_free(&m);
    thin_cross_done(&c);
    dense_unref(right);
    return ok;
}

bool matrix_trace(const struct matrix *a, double *trace, struct err *e)
{
    if (!axis_match(a->row, a->col))
        return err_set(e, ERR_AXES,
                       "a trace needs the same axis on both sides, not %s (%zu) and "
                       "%s (%zu)",
                       axis_kind_name(a->row.kind), a->row.size, axis_kind_name(a->col.kind),
                       a->col.size);
    *trace = 0;
    for (size_t t = 0; t < a->count; t++)
        if (!trace_of_term(&a->terms[t], trace, e))
            return false;
    return true;
}

bool matrix_mean(const struct matrix *a, double *mean, struct err *e)
{
    struct vector *ones = vector_new(a->col, e);
    for (size_t i = 0; ones != NULL && i < a->col.size; i++)
        ones->data[i] = 1;
    struct vector *sums = ones ? matrix_apply(a, ones, e) : NULL;
    double total = 0;
    for (size_t i = 0; sums != NULL && i < a->row.size; i++)
        total += sums->data[i];
    *mean = total / ((double)a->row.size * (double)a->col.size);
    bool ok = sums != NULL;
    vector_unref(ones);
    vector_unref(sums);
    return ok;
}
