#include "bilens/num/decomp.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/num/measures.h"
#include "core.h"
#include "decomp_parts.h"

static struct decomp *decomp_make(const struct matrix *a, enum decomp_kind kind)
{
    struct decomp *d = mem_new(1, sizeof *d);
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
    vectors_free(atomic_load(&d->first_more));
    reduced_free(&d->reduced);
    tridiagonal_free(&d->form);
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
static void reserve(struct decomp *d, size_t solved)
{
    d->solved = solved;
    d->values = mem_new(larger(d->count, solved), sizeof *d->values);
    d->signs = mem_new(d->count, sizeof *d->signs);
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
    /* The vectors of a factored core are found from another one, see small_core. */
    struct tridiagonal *form = d->reduced.factored ? NULL : &d->form;
    if (d->reduced.factored) {
        if (!core_without_bases(&d->reduced, &core, e))
            return false;
    } else {
        core = panel_copy(&d->reduced.core, e);
        if (core.data == NULL)
            return false;
    }
    reserve(d, smaller(core.rows, core.cols));
    bool ok = core_values(&core, d->values, form, e);
    panel_free(&core);
    return ok;
}

/* Takes what is below the noise of float32 for zero; a spectrum of nothing else becomes zero. */
static void settle_noise(struct decomp *d)
{
    struct panel values = {d->count, 1, d->values};
    d->noise = MEASURES_NOISE * fmax(panel_norm(&values), d->reduced.terms_norm);
    for (size_t i = 0; decomp_rank(d) == 0 && i < d->count; i++)
        d->values[i] = 0;
}

struct decomp *decomp_svd(const struct matrix *a, struct err *e)
{
    struct decomp *d = decomp_make(a, DECOMP_SVD);
    if (reduced_make(a, false, &d->reduced, e)) {
        d->count = value_count(a, &d->reduced);
        if (svd_values(d, e)) {
            settle_noise(d);
            return d;
        }
    }
    decomp_unref(d);
    return NULL;
}

/* Symmetrises the core: the solver reads one triangle only. Returns the relative
 * size of what that took away. */
static double symmetrise(struct panel *c)
{
    enum { BLOCK = 8 }; /* by blocks: strides of powers of two share few places of a cache */
    double norm = panel_norm(c), away = 0;
    size_t n = norm > 0 ? c->cols : 0;
    for (size_t jb = 0; jb < n; jb += BLOCK)
        for (size_t ib = 0; ib <= jb; ib += BLOCK)
            for (size_t j = jb; j < smaller(jb + BLOCK, n); j++)
                for (size_t i = ib; i < smaller(ib + BLOCK, j); i++) {
                    double *upper = &c->data[i + j * n], *lower = &c->data[j + i * n];
                    double difference = (*upper - *lower) / norm; /* its square would vanish */
                    away += 2 * difference * difference;
                    *upper = *lower = 0.5 * *upper + 0.5 * *lower;
                }
    return sqrt(away);
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
    size_t n = d->reduced.core.rows;
    double *w = mem_new(n, sizeof *w);
    d->order = mem_new(n, sizeof *d->order);
    bool ok = tridiagonal_take(&d->form, &d->reduced.core, e) && tridiagonal_values(&d->form, w, e);
    if (ok) {
        reserve(d, n);
        order_by_magnitude(w, n, d->order);
        for (size_t k = 0; k < n; k++)
            d->values[k] = w[d->order[k]];
    }
    mem_free(w);
    return ok;
}

static bool eigen_values(struct decomp *d, struct err *e)
{
    double asymmetry = d->asymmetry = symmetrise(&d->reduced.core);
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
        axis_fail(a->row, a->col, "eig needs the same axis on both sides, not ",
                  "; svd takes any matrix", e);
        return NULL;
    }
    struct decomp *d = decomp_make(a, DECOMP_EIGEN);
    if (reduced_make(a, true, &d->reduced, e)) {
        d->count = value_count(a, &d->reduced);
        if (eigen_values(d, e)) {
            settle_noise(d);
            return d;
        }
    }
    decomp_unref(d);
    return NULL;
}

struct decomp *decomp_eigen_panel(struct panel *a, struct axis axis, double noise, struct err *e)
{
    struct matrix whole = {.row = axis, .col = axis};
    struct decomp *d = decomp_make(&whole, DECOMP_EIGEN);
    d->count = a->rows;
    d->reduced.left.rows = d->reduced.left.rank = a->rows;
    d->reduced.right.rows = d->reduced.right.rank = a->rows;
    d->reduced.core = *a;
    *a = (struct panel){0};
    if (!eigen_values(d, e)) {
        decomp_unref(d);
        return NULL;
    }
    d->noise = d->count > 0 ? noise * fabs(d->values[0]) : 0;
    return d;
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

/* Columns [first, first + count) of one side before the sign rule, count x the side's size. */
static struct panel raw_columns(struct decomp *d, enum decomp_side side, size_t first, size_t count,
                                struct err *e)
{
    const struct vectors *v = decomp_vectors(d, first + count - 1, e);
    struct panel out = {0};
    if (v == NULL)
        return out;
    const struct panel *all = side_coordinates(d, v, side);
    struct panel some = {all->rows, count, all->data + first * all->rows};
    out = panel_room(count, decomp_axis(d, side).size, e);
    if (out.data != NULL && !basis_expand(side_basis(d, side), &some, &out, e))
        panel_free(&out);
    return out;
}

/* One of them, to unit length; *length is what it had. The thin factorisation's Q is
 * orthonormal only to what the outer factor's condition leaves. */
static struct vector *unit_column(const struct panel *columns, size_t k, struct axis axis,
                                  double *length)
{
    struct vector *v = vector_new(axis);
    for (size_t i = 0; i < axis.size; i++)
        v->data[i] = columns->data[k + i * columns->rows];
    *length = sqrt(vector_dot(v->data, v->data, axis.size));
    for (size_t i = 0; *length > 0 && i < axis.size; i++)
        v->data[i] /= *length;
    return v;
}

static int sign_of(const struct vector *u)
{
    bool flip = u->axis.size > 0 && u->data[vector_peak(u->data, u->axis.size)] < 0;
    return flip ? -1 : 1;
}

/* Learns the signs that components [first, first + count) must be given, from their u. */
static bool learn_signs(struct decomp *d, size_t first, size_t count, struct err *e)
{
    bool known = true;
    for (size_t k = 0; k < count; k++)
        known = known && atomic_load(&d->signs[first + k]) != 0;
    if (known)
        return true;
    struct panel columns = raw_columns(d, SIDE_U, first, count, e);
    bool ok = columns.data != NULL;
    for (size_t k = 0; ok && k < count; k++) {
        double length;
        struct vector *u = unit_column(&columns, k, decomp_axis(d, SIDE_U), &length);
        atomic_store(&d->signs[first + k], (signed char)sign_of(u));
        vector_unref(u);
    }
    panel_free(&columns);
    return ok;
}

/* Columns [first, first + count), at most BASIS_COLUMNS, of one side as the world sees them, to
 * out; the k-th factor (NULL: not asked) is what its coordinates must be multiplied by
 * to give it. On failure nothing is left in out. */
static bool signed_columns(struct decomp *d, enum decomp_side side, size_t first, size_t count,
                           struct vector **out, double *factors, struct err *e)
{
    bool own = side == SIDE_U || d->kind == DECOMP_EIGEN;
    struct panel columns = {0};
    if (own || learn_signs(d, first, count, e))
        columns = raw_columns(d, side, first, count, e);
    bool ok = columns.data != NULL;
    for (size_t made = 0; ok && made < count; made++) {
        double length;
        struct vector *v = unit_column(&columns, made, decomp_axis(d, side), &length);
        if (own)
            atomic_store(&d->signs[first + made], (signed char)sign_of(v));
        int sign = atomic_load(&d->signs[first + made]);
        for (size_t i = 0; sign < 0 && i < v->axis.size; i++)
            v->data[i] = -v->data[i];
        if (factors != NULL)
            factors[made] = length > 0 ? sign / length : sign;
        out[made] = v;
    }
    panel_free(&columns);
    return ok;
}

static bool require_component(const struct decomp *d, size_t i, struct err *e)
{
    if (d->count == 0)
        return err_set(e, ERR_INDEX, "component %zu is out of range: there are none", i);
    if (i >= d->count)
        return err_set(e, ERR_INDEX, "component %zu is out of range: there are %zu (0 to %zu)", i,
                       d->count, d->count - 1);
    return i < d->solved ||
           err_set(e, ERR_INDEX, "component %zu has the value 0: its direction is not determined",
                   i);
}

struct vector *decomp_vector(struct decomp *d, enum decomp_side side, size_t i, struct err *e)
{
    struct vector *v;
    bool ok = require_component(d, i, e) && signed_columns(d, side, i, 1, &v, NULL, e);
    return ok ? v : NULL;
}

bool decomp_columns(struct decomp *d, enum decomp_side side, size_t first, size_t count,
                    struct vector **out, struct err *e)
{
    size_t made = 0;
    bool ok = count == 0 || require_component(d, first + count - 1, e);
    while (ok && made < count) {
        size_t some = smaller(BASIS_COLUMNS, count - made);
        ok = signed_columns(d, side, first + made, some, out + made, NULL, e);
        made += ok ? some : 0;
    }
    for (size_t k = 0; !ok && k < made; k++)
        vector_unref(out[k]);
    return ok;
}

/* Coordinates of all columns as the world sees them; those of undetermined ones are zero. */
static bool signed_coordinates(struct decomp *d, enum decomp_side side, const struct panel *from,
                               struct panel *coefs, struct err *e)
{
    size_t all = smaller(d->count, d->solved);
    for (size_t i = 0; i < all; i += BASIS_COLUMNS) {
        struct vector *columns[BASIS_COLUMNS];
        double factors[BASIS_COLUMNS];
        size_t some = smaller(BASIS_COLUMNS, all - i);
        if (!signed_columns(d, side, i, some, columns, factors, e))
            return false;
        for (size_t k = 0; k < some; k++) {
            for (size_t j = 0; j < coefs->rows; j++) {
                size_t at = j + (i + k) * coefs->rows;
                coefs->data[at] = factors[k] * from->data[at];
            }
            vector_unref(columns[k]);
        }
    }
    return true;
}

struct matrix *decomp_matrix(struct decomp *d, enum decomp_side side, struct err *e)
{
    const struct vectors *v = decomp_vectors(d, SIZE_MAX, e);
    if (v == NULL)
        return NULL;
    const struct panel *from = side_coordinates(d, v, side);
    struct panel coefs = panel_new(from->rows, d->count, e);
    bool ok = coefs.data != NULL && signed_coordinates(d, side, from, &coefs, e);
    struct matrix *m =
        ok ? basis_matrix(side_basis(d, side), &coefs, decomp_axis(d, side), e) : NULL;
    panel_free(&coefs);
    return m;
}

size_t decomp_solved(const struct decomp *d)
{
    return smaller(d->solved, d->count);
}

double decomp_noise(const struct decomp *d)
{
    double largest = d->count > 0 ? fabs(d->values[0]) : 0;
    return largest > 0 ? d->noise / largest : 0;
}

double decomp_asymmetry(const struct decomp *d)
{
    return d->asymmetry;
}

size_t decomp_rank(const struct decomp *d)
{
    size_t rank = 0; /* values are in the order of their magnitude */
    while (rank < d->count && fabs(d->values[rank]) > d->noise)
        rank++;
    return rank;
}
