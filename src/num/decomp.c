#include "bilens/num/decomp.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/num/core.h"
#include "decomp_parts.h"

static struct decomp *decomp_make(const struct matrix *a, enum decomp_kind kind, struct err *e)
{
    struct decomp *d = mem_new(1, sizeof *d);
    if (d == NULL) {
        err_memory(e);
        return NULL;
    }
    atomic_init(&d->refs, 1);
    d->kind = kind;
    d->row = axis_ref(a->row);
    d->col = axis_ref(a->col);
    return d;
}

struct decomp *decomp_ref(struct decomp *d)
{
    atomic_fetch_add(&d->refs, 1);
    return d;
}

void decomp_unref(struct decomp *d)
{
    if (d == NULL || atomic_fetch_sub(&d->refs, 1) != 1)
        return;
    vectors_free(atomic_load(&d->vectors));
    vectors_free(atomic_load(&d->first));
    reduced_free(&d->reduced);
    axis_unref(d->row);
    axis_unref(d->col);
    mem_free(d->values);
    mem_free(d->order);
    mem_free(d->signs);
    mem_free(d);
}

/* How many values a matrix of a's shape has that can differ from zero, whatever the rank of
 * its outer factors turned out to be. */
static size_t value_count(const struct matrix *a, const struct reduced *r)
{
    size_t left = r->left.count > 0 ? r->left.dims : r->left.rank;
    size_t right = r->right.count > 0 ? r->right.dims : r->right.rank;
    return smaller(matrix_width(a), smaller(left, right));
}

/* Room for the values that the core gives, and for zeros up to the count. */
static bool reserve(struct decomp *d, size_t solved, struct err *e)
{
    d->solved = solved;
    d->values = mem_new(larger(d->count, solved), sizeof *d->values);
    d->signs = mem_new(d->count, sizeof *d->signs);
    return (d->values != NULL && d->signs != NULL) || err_memory(e);
}

/* The same core, where only its singular values are wanted. */
static bool core_without_bases(const struct reduced *r, struct panel *core, struct err *e)
{
    size_t n = r->x.cols;
    struct panel x = panel_copy(&r->x, e), y = panel_copy(&r->y, e);
    struct panel rx = panel_new(n, n, e), ry = panel_new(n, n, e);
    bool ok = x.data && y.data && rx.data && ry.data && core_triangle(&x, &rx, e) &&
              core_triangle(&y, &ry, e);
    *core = ok ? panel_new(n, n, e) : (struct panel){0};
    if (core->data != NULL)
        panel_multiply(1, &rx, false, &ry, true, 0, core);
    panel_free(&x);
    panel_free(&y);
    panel_free(&rx);
    panel_free(&ry);
    return core->data != NULL;
}

static bool svd_values(struct decomp *d, struct err *e)
{
    struct panel core;
    if (d->reduced.factored) {
        if (!core_without_bases(&d->reduced, &core, e))
            return false;
    } else {
        core = panel_copy(&d->reduced.core, e);
        if (core.data == NULL)
            return false;
    }
    bool ok = reserve(d, smaller(core.rows, core.cols), e) && core_values(&core, d->values, e);
    panel_free(&core);
    return ok;
}

struct decomp *decomp_svd(const struct matrix *a, struct err *e)
{
    struct decomp *d = decomp_make(a, DECOMP_SVD, e);
    if (d != NULL && reduced_make(a, false, &d->reduced, e)) {
        d->count = value_count(a, &d->reduced);
        if (svd_values(d, e))
            return d;
    }
    decomp_unref(d);
    return NULL;
}

/* Symmetrises the core: the solver reads one triangle only. Returns the relative
 * size of what that took away. */
static double symmetrise(struct panel *c)
{
    double norm = panel_norm(c), away = 0;
    for (size_t j = 0; j < c->cols; j++)
        for (size_t i = 0; i < j; i++) {
            double *upper = &c->data[i + j * c->rows], *lower = &c->data[j + i * c->rows];
            double difference = *upper - *lower;
            away += 2 * difference * difference;
            *upper = *lower = 0.5 * *upper + 0.5 * *lower;
        }
    return norm > 0 ? sqrt(away) / norm : 0;
}

/* Ascending eigenvalues to order by magnitude: a merge from both ends. */
static void order_by_magnitude(const double *w, size_t n, size_t *order)
{
    size_t low = 0, high = n;
    for (size_t k = 0; k < n; k++)
        order[k] = fabs(w[low]) > fabs(w[high - 1]) ? low++ : --high;
}

static bool eigen_solve_values(struct decomp *d, struct err *e)
{
    struct panel c = panel_copy(&d->reduced.core, e);
    size_t n = c.rows;
    double *w = mem_new(n, sizeof *w);
    d->order = mem_new(n, sizeof *d->order);
    bool ok = c.data != NULL && w != NULL && d->order != NULL;
    if (!ok)
        err_memory(e);
    ok = ok && lapack_eigen(&c, w, false, e) && reserve(d, n, e);
    if (ok)
        order_by_magnitude(w, n, d->order);
    for (size_t k = 0; ok && k < n; k++)
        d->values[k] = w[d->order[k]];
    panel_free(&c);
    mem_free(w);
    return ok;
}

static bool eigen_values(struct decomp *d, struct err *e)
{
    double asymmetry = symmetrise(&d->reduced.core);
    if (asymmetry > 1e-4)
        return err_set(e, ERR_ARGUMENT,
                       "not symmetric (|A - A'| is %.2g of |A|): eig takes symmetric matrices; "
                       "0.5 * (A + A') is the symmetric part, and svd takes any matrix",
                       asymmetry);
    return eigen_solve_values(d, e);
}

struct decomp *decomp_eigen(const struct matrix *a, struct err *e)
{
    if (!axis_match(a->row, a->col)) {
        err_set(e, ERR_AXES,
                "eig needs the same axis on both sides, not %s (%zu) and %s (%zu); "
                "svd takes any matrix",
                axis_kind_name(a->row.kind), a->row.size, axis_kind_name(a->col.kind), a->col.size);
        return NULL;
    }
    struct decomp *d = decomp_make(a, DECOMP_EIGEN, e);
    if (d != NULL && reduced_make(a, true, &d->reduced, e)) {
        d->count = value_count(a, &d->reduced);
        if (eigen_values(d, e))
            return d;
    }
    decomp_unref(d);
    return NULL;
}

enum decomp_kind decomp_kind_of(const struct decomp *d)
{
    return d->kind;
}

size_t decomp_count(const struct decomp *d)
{
    return d->count;
}

const double *decomp_values(const struct decomp *d)
{
    return d->values;
}

struct axis decomp_axis(const struct decomp *d, enum decomp_side side)
{
    return side == SIDE_V && d->kind == DECOMP_SVD ? d->col : d->row;
}

static const struct panel *side_coordinates(const struct decomp *d, const struct vectors *v,
                                            enum decomp_side side)
{
    return side == SIDE_V && d->kind == DECOMP_SVD ? &v->v : &v->u;
}

static const struct basis *side_basis(const struct decomp *d, enum decomp_side side)
{
    return side == SIDE_V && d->kind == DECOMP_SVD ? &d->reduced.right : &d->reduced.left;
}

/* Column i of one side to unit length, before the sign rule; *length is what it had. The thin
 * factorisation's Q is orthonormal only to what the outer factor's condition leaves. */
static struct vector *raw_vector(struct decomp *d, enum decomp_side side, size_t i, double *length,
                                 struct err *e)
{
    const struct vectors *v = decomp_vectors(d, i, e);
    if (v == NULL)
        return NULL;
    const struct panel *coefs = side_coordinates(d, v, side);
    struct vector *out = vector_new(decomp_axis(d, side), e);
    if (out != NULL &&
        !basis_expand(side_basis(d, side), coefs->data + i * coefs->rows, out->data, e)) {
        vector_unref(out);
        return NULL;
    }
    if (out == NULL)
        return NULL;
    *length = sqrt(vector_dot(out->data, out->data, out->axis.size));
    for (size_t k = 0; *length > 0 && k < out->axis.size; k++)
        out->data[k] /= *length;
    return out;
}

/* The sign that component i must be given, from its u. */
static int component_sign(struct decomp *d, size_t i, const struct vector *u, struct err *e)
{
    signed char known = atomic_load(&d->signs[i]);
    if (known != 0)
        return known;
    double length;
    struct vector *own = u == NULL ? raw_vector(d, SIDE_U, i, &length, e) : NULL;
    const struct vector *from = u == NULL ? own : u;
    if (from == NULL)
        return 0;
    known =
        from->axis.size > 0 && from->data[vector_peak(from->data, from->axis.size)] < 0 ? -1 : 1;
    atomic_store(&d->signs[i], known);
    vector_unref(own);
    return known;
}

/* Column i of one side as the world sees it; *factor is what its coordinates must be
 * multiplied by to give it. */
static struct vector *signed_vector(struct decomp *d, enum decomp_side side, size_t i,
                                    double *factor, struct err *e)
{
    double length = 1;
    struct vector *v = raw_vector(d, side, i, &length, e);
    if (v == NULL)
        return NULL;
    bool own = side == SIDE_U || d->kind == DECOMP_EIGEN;
    int sign = component_sign(d, i, own ? v : NULL, e);
    if (sign == 0) {
        vector_unref(v);
        return NULL;
    }
    for (size_t k = 0; sign < 0 && k < v->axis.size; k++)
        v->data[k] = -v->data[k];
    *factor = length > 0 ? sign / length : sign;
    return v;
}

struct vector *decomp_vector(struct decomp *d, enum decomp_side side, size_t i, struct err *e)
{
    if (d->count == 0) {
        err_set(e, ERR_INDEX, "component %zu is out of range: there are none", i);
        return NULL;
    }
    if (i >= d->count) {
        err_set(e, ERR_INDEX, "component %zu is out of range: there are %zu (0 to %zu)", i,
                d->count, d->count - 1);
        return NULL;
    }
    if (i >= d->solved) {
        err_set(e, ERR_INDEX, "component %zu has the value 0: its direction is not determined", i);
        return NULL;
    }
    double factor;
    return signed_vector(d, side, i, &factor, e);
}

struct matrix *decomp_matrix(struct decomp *d, enum decomp_side side, struct err *e)
{
    const struct vectors *v = decomp_vectors(d, SIZE_MAX, e);
    if (v == NULL)
        return NULL;
    const struct panel *from = side_coordinates(d, v, side);
    struct panel coefs = panel_new(from->rows, d->count, e);
    bool ok = coefs.data != NULL;
    for (size_t i = 0; ok && i < d->count && i < d->solved; i++) {
        double factor;
        struct vector *column = signed_vector(d, side, i, &factor, e);
        ok = column != NULL;
        for (size_t k = 0; ok && k < coefs.rows; k++)
            coefs.data[k + i * coefs.rows] = factor * from->data[k + i * from->rows];
        vector_unref(column);
    }
    struct matrix *m =
        ok ? basis_matrix(side_basis(d, side), &coefs, decomp_axis(d, side), e) : NULL;
    panel_free(&coefs);
    return m;
}

size_t decomp_rank(const struct decomp *d)
{
    size_t largest = d->row.size > d->col.size ? d->row.size : d->col.size, rank = 0;
    double cut = d->count > 0 ? (double)largest * FLT_EPSILON * fabs(d->values[0]) : 0;
    while (rank < d->count && fabs(d->values[rank]) > cut)
        rank++;
    return rank;
}
