/* The vectors of a decomposition, made when first asked for: a few, or all. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "core.h"
#include "decomp_parts.h"

void vectors_free(struct vectors *v)
{
    if (v == NULL)
        return;
    panel_free(&v->u);
    panel_free(&v->v);
    mem_free(v);
}

/* x y' = Qx (Rx Ry') Qy': a small square core. Qx and Qy only where asked for. */
static bool small_core(const struct reduced *r, struct panel *qx, struct panel *qy,
                       struct panel *core, struct err *e)
{
    struct panel rx = {0}, ry = {0};
    *qx = panel_copy(&r->x, e);
    *qy = panel_copy(&r->y, e);
    bool ok =
        qx->data != NULL && qy->data != NULL && lapack_qr(qx, &rx, e) && lapack_qr(qy, &ry, e);
    *core = ok ? panel_new(rx.rows, ry.rows, e) : (struct panel){0};
    ok = core->data != NULL;
    if (ok)
        panel_multiply(1, &rx, false, &ry, true, 0, core);
    else {
        panel_free(qx);
        panel_free(qy);
    }
    panel_free(&rx);
    panel_free(&ry);
    return ok;
}

/* In the order that the values have: where two are opposite, rounding would order them
 * differently here. */
static bool eigen_vectors(struct decomp *d, struct vectors *out, struct err *e)
{
    struct panel ascending;
    size_t n = d->solved;
    bool ok = tridiagonal_all(&d->form, &ascending, e);
    out->u = ok ? panel_room(n, n, e) : (struct panel){0};
    ok = out->u.data != NULL;
    for (size_t k = 0; ok && k < n; k++)
        memcpy(out->u.data + k * n, ascending.data + d->order[k] * n, n * sizeof(double));
    panel_free(&ascending);
    return ok;
}

/* Singular vectors of `core` lifted by Q where there is one: q (u), or u itself. */
static struct panel lift(const struct panel *q, const struct panel *u, bool transposed,
                         struct err *e)
{
    size_t rows = transposed ? u->cols : u->rows, cols = transposed ? u->rows : u->cols;
    struct panel out = panel_new(q->data ? q->rows : rows, cols, e);
    if (out.data == NULL)
        return out;
    if (q->data != NULL)
        panel_multiply(1, q, false, u, transposed, 0, &out);
    else
        for (size_t j = 0; j < cols; j++)
            for (size_t i = 0; i < rows; i++)
                out.data[i + j * rows] = u->data[transposed ? j + i * u->rows : i + j * u->rows];
    return out;
}

static bool svd_vectors(struct decomp *d, struct vectors *out, struct err *e)
{
    struct panel qx = {0}, qy = {0}, core;
    if (d->reduced.factored) {
        if (!small_core(&d->reduced, &qx, &qy, &core, e))
            return false;
    } else {
        core = panel_copy(&d->reduced.core, e);
    }
    double *s = mem_new(d->solved, sizeof *s);
    struct panel u = panel_new(core.rows, d->solved, e), vt = panel_new(d->solved, core.cols, e);
    bool ok = core.data && s && u.data && vt.data;
    ok = (ok || err_memory(e)) && lapack_svd(&core, s, &u, &vt, e);
    if (ok) {
        out->u = lift(&qx, &u, false, e);
        out->v = lift(&qy, &vt, true, e);
        ok = out->u.data != NULL && out->v.data != NULL;
    }
    mem_free(s);
    panel_free(&core);
    panel_free(&u);
    panel_free(&vt);
    panel_free(&qx);
    panel_free(&qy);
    return ok;
}

/* The first count singular vectors, without the others. *good: see core_first_vectors. */
static bool svd_first(struct decomp *d, size_t count, struct vectors *out, bool *good,
                      struct err *e)
{
    struct panel qx = {0}, qy = {0}, made = {0}, u = {0}, v = {0};
    const struct panel *core = &d->reduced.core;
    if (d->reduced.factored) {
        if (!small_core(&d->reduced, &qx, &qy, &made, e))
            return false;
        core = &made;
    }
    bool ok = core_first_vectors(core, d->values, &d->form, count, &u, &v, good, e);
    if (ok && *good) {
        out->u = lift(&qx, &u, false, e);
        out->v = lift(&qy, &v, false, e);
        ok = out->u.data != NULL && out->v.data != NULL;
    }
    panel_free(&u);
    panel_free(&v);
    panel_free(&made);
    panel_free(&qx);
    panel_free(&qy);
    return ok;
}

/* The first count eigenvectors; *good as tridiagonal_some says. */
static bool eigen_first(struct decomp *d, size_t count, struct vectors *out, bool *good,
                        struct err *e)
{
    double w[FIRST_MORE];
    size_t n = d->solved, place[FIRST_MORE]; /* among them, ascending */
    for (size_t k = 0; k < count; k++) {
        place[k] = 0;
        for (size_t other = 0; other < count; other++)
            place[k] += d->order[other] < d->order[k];
        w[place[k]] = d->values[k];
    }
    struct panel ascending;
    bool ok = tridiagonal_some(&d->form, w, count, &ascending, good, e);
    if (ok && *good) {
        out->u = panel_room(n, count, e);
        ok = out->u.data != NULL;
        for (size_t k = 0; ok && k < count; k++)
            memcpy(out->u.data + k * n, ascending.data + place[k] * n, n * sizeof(double));
    }
    panel_free(&ascending);
    return ok;
}

/* Keeps v (taken) unless another thread was faster; returns what is kept. */
static const struct vectors *keep(_Atomic(struct vectors *) *slot, struct vectors *v)
{
    struct vectors *none = NULL;
    if (atomic_compare_exchange_strong(slot, &none, v))
        return v;
    vectors_free(v);
    return none;
}

/* The first few vectors, enough for component i, where that is worth it; NULL without an error
 * where it is not. */
static const struct vectors *first_vectors(struct decomp *d, size_t i, struct err *e)
{
    enum { WORTH = 64 };
    _Atomic(struct vectors *) *slot = i < FIRST ? &d->first : &d->first_more;
    size_t count = i < FIRST ? FIRST : FIRST_MORE;
    const struct vectors *known = atomic_load(slot);
    if (known != NULL || d->solved < WORTH || i >= FIRST_MORE)
        return known;
    bool good = true;
    struct vectors *v = mem_new(1, sizeof *v);
    bool ok = d->kind == DECOMP_SVD ? svd_first(d, count, v, &good, e)
                                    : eigen_first(d, count, v, &good, e);
    if (ok && good)
        return keep(slot, v);
    vectors_free(v);
    return NULL;
}

/* All vectors; or, where component i is one of the first, those. */
const struct vectors *decomp_vectors(struct decomp *d, size_t i, struct err *e)
{
    const struct vectors *known = atomic_load(&d->vectors);
    if (known != NULL)
        return known;
    struct err why = {0};
    known = i < FIRST_MORE ? first_vectors(d, i, &why) : NULL;
    if (known != NULL)
        return known;
    if (why.code != ERR_NONE) {
        err_set(e, why.code, "%s", why.message);
        return NULL;
    }
    struct vectors *v = mem_new(1, sizeof *v);
    bool ok = d->kind == DECOMP_SVD ? svd_vectors(d, v, e) : eigen_vectors(d, v, e);
    if (ok)
        return keep(&d->vectors, v);
    vectors_free(v);
    return NULL;
}
