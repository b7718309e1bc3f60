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

/* Of a term whose outer size is not worth avoiding. */
static bool trace_of_entries(const struct term *t, double *sum, struct err *e)
{
    struct matrix one = {.count = 1, .terms = (struct term *)t};
    one.row = axis_make(AXIS_INDEX, factor_rows(t->factors[0]), NULL);
    one.col = axis_make(AXIS_INDEX, t->factors[t->count - 1].dense->cols, NULL);
    struct vector *d = matrix_diagonal_of(&one, e);
    for (size_t i = 0; d != NULL && i < d->axis.size; i++)
        *sum += d->data[i];
    vector_unref(d);
    return d != NULL;
}

/* sum_ij m_ij x_ij, or m_ij x_ji. */
static double inner_product(const struct panel *m, const struct panel *x, bool flip)
{
    enum { BLOCK = 8 }; /* by blocks: strides of powers of two share few places of a cache */
    double sum = 0;
    if (!flip)
        return panel_inner(m, x);
    for (size_t jb = 0; jb < m->cols; jb += BLOCK)
        for (size_t ib = 0; ib < m->rows; ib += BLOCK)
            for (size_t j = jb; j < smaller(jb + BLOCK, m->cols); j++)
                for (size_t i = ib; i < smaller(ib + BLOCK, m->rows); i++)
                    sum += m->data[i + j * m->rows] * x->data[j + i * x->rows];
    return sum;
}

/* F2 ... Fn-1, first.cols x last.rows; the identity where there is nothing. */
static struct panel inner_panel(const struct term *t, struct err *e)
{
    if (t->count == 2)
        return panel_identity(t->factors[0].dense->cols, e);
    struct panel m = panel_of_factor(t->factors[1], false, e);
    for (size_t i = 2; m.data != NULL && i + 1 < t->count; i++)
        if (!panel_extend(&m, t->factors[i], false, e))
            panel_free(&m);
    return m;
}

/* tr(F1 M Fn) = <(Fn F1)', M>: the outer size is summed over in Fn F1 once. */
static bool trace_of_term(const struct term *t, double *sum, struct err *e)
{
    struct factor first = t->factors[0], last = t->factors[t->count - 1];
    bool outer = t->count > 1 && !first.diagonal && !last.diagonal &&
                 first.dense->rows > first.dense->cols && last.dense->cols > last.dense->rows;
    if (!outer)
        return trace_of_entries(t, sum, e);
    struct dense *right = dense_transpose(last.dense);
    struct cross c = {0};
    if (right != NULL)
        c = thin_cross(right, first.dense, e);
    struct panel m = c.panel ? inner_panel(t, e) : (struct panel){0};
    if (m.data != NULL) /* the cross is Fn F1, or its transpose */
        *sum += t->scale * inner_product(&m, c.panel, !c.transposed);
    bool ok = m.data != NULL;
    panel_free(&m);
    thin_cross_done(&c);
    dense_unref(right);
    return ok;
}

bool matrix_trace(const struct matrix *a, double *trace, struct err *e)
{
    if (!axis_match(a->row, a->col))
        return axis_fail(a->row, a->col, "a trace needs the same axis on both sides, not ", "", e);
    *trace = 0;
    for (size_t t = 0; t < a->count; t++)
        if (!trace_of_term(&a->terms[t], trace, e))
            return false;
    return true;
}

bool matrix_mean(const struct matrix *a, double *mean, struct err *e)
{
    double total = 0;
    for (size_t t = 0; t < a->count; t++) {
        double sum;
        if (!term_total(&a->terms[t], &sum, e))
            return false;
        total += sum;
    }
    *mean = total / ((double)a->row.size * (double)a->col.size);
    return true;
}
