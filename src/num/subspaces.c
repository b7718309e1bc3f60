/* Principal angles between two column spaces. */
#include "bilens/num/compose.h"

#include <math.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/num/finite.h"
#include "bilens/num/measures.h"
#include "bilens/num/reduced.h"

/* An orthonormal basis of a matrix's column space: what r.left has, times u. */
struct range {
    struct reduced r;
    struct panel u; /* r.left.rank x rank */
};

static void range_free(struct range *x)
{
    reduced_free(&x->r);
    panel_free(&x->u);
}

static bool range_make(const struct matrix *a, struct range *x, struct err *e)
{
    if (!reduced_make(a, false, &x->r, e))
        return false;
    if (!reduced_core(&x->r, e))
        return false;
    struct panel *core = &x->r.core;
    size_t count = core->rows < core->cols ? core->rows : core->cols;
    double *s = mem_new(count, sizeof *s);
    x->u = panel_new(core->rows, count, e);
    struct panel vt = panel_new(count, core->cols, e);
    bool ok = (s != NULL && x->u.data != NULL && vt.data != NULL) || err_memory(e);
    ok = ok && lapack_svd(core, s, &x->u, &vt, e);
    x->u.cols = ok ? measures_rank(s, count) : 0;
    mem_free(s);
    panel_free(&vt);
    return ok;
}

/* X u for a basis with parts: coordinates in the parts' columns, dims x rank. */
static struct panel coordinates(const struct range *x, struct err *e)
{
    struct panel c = panel_new(x->r.left.dims, x->u.cols, e);
    if (c.data != NULL)
        panel_multiply(1, &x->r.left.thin->x, false, &x->u, false, 0, &c);
    return c;
}

/* Rows [first, first + count) as a panel. */
static struct panel rows_of(const struct panel *a, size_t first, size_t count, struct err *e)
{
    struct panel out = panel_new(count, a->cols, e);
    for (size_t j = 0; out.data != NULL && j < a->cols; j++)
        for (size_t i = 0; i < count; i++)
            out.data[i + j * count] = a->data[first + i + j * a->rows];
    return out;
}

/* sum += a' (part_a' part_b) b: what two parts give. */
static bool add_parts(struct dense *part_a, const struct panel *a, struct dense *part_b,
                      const struct panel *b, struct panel *sum, struct err *e)
{
    struct cross cross = thin_cross(part_a, part_b, e);
    struct panel read = {0};
    if (cross.panel != NULL)
        read = panel_new(part_a->cols, b->cols, e);
    bool ok = read.data != NULL;
    if (ok) {
        panel_multiply(1, cross.panel, cross.transposed, b, false, 0, &read);
        panel_multiply(1, a, true, &read, false, 1, sum);
    }
    panel_free(&read);
    thin_cross_done(&cross);
    return ok;
}

/* Q_a'Q_b where both are known through tall parts: nothing of their length is built. */
static bool overlap_parts(const struct range *a, const struct range *b, struct panel *sum,
                          struct err *e)
{
    const struct basis *p = &a->r.left, *q = &b->r.left;
    struct panel ca = coordinates(a, e), cb = ca.data ? coordinates(b, e) : (struct panel){0};
    bool ok = cb.data != NULL;
    for (size_t i = 0, at = 0; ok && i < p->count; at += p->parts[i++]->cols) {
        struct panel x = rows_of(&ca, at, p->parts[i]->cols, e);
        ok = x.data != NULL;
        for (size_t j = 0, to = 0; ok && j < q->count; to += q->parts[j++]->cols) {
            struct panel y = rows_of(&cb, to, q->parts[j]->cols, e);
            ok = y.data != NULL && add_parts(p->parts[i], &x, q->parts[j], &y, sum, e);
            panel_free(&y);
        }
        panel_free(&x);
    }
    panel_free(&ca);
    panel_free(&cb);
    return ok;
}

/* The basis itself, transposed: rank x rows. */
static struct panel expand(const struct range *x, struct err *e)
{
    struct panel out = panel_room(x->u.cols, x->r.left.rows, e);
    if (out.data != NULL && !basis_expand(&x->r.left, &x->u, &out, e))
        panel_free(&out);
    return out;
}

/* Q_a'Q_b, rank x rank. */
static struct panel overlap(const struct range *a, const struct range *b, struct err *e)
{
    struct panel sum = panel_new(a->u.cols, b->u.cols, e);
    if (sum.data == NULL)
        return sum;
    bool ok;
    if (a->r.left.count > 0 && b->r.left.count > 0) {
        ok = overlap_parts(a, b, &sum, e);
    } else { /* one of them is no longer than wide: so neither is long */
        struct panel x = expand(a, e), y = x.data ? expand(b, e) : (struct panel){0};
        ok = y.data != NULL;
        if (ok)
            panel_multiply(1, &x, false, &y, true, 0, &sum);
        panel_free(&x);
        panel_free(&y);
    }
    if (!ok)
        panel_free(&sum);
    return sum;
}

static bool angles(const struct range *a, const struct range *b, struct subspaces *out,
                   struct err *e)
{
    out->first_rank = a->u.cols;
    out->second_rank = b->u.cols;
    out->count = a->u.cols < b->u.cols ? a->u.cols : b->u.cols;
    out->cosines = mem_new(out->count, sizeof *out->cosines);
    if (out->cosines == NULL)
        return err_memory(e);
    struct panel o = overlap(a, b, e);
    bool ok = o.data != NULL && lapack_svd(&o, out->cosines, NULL, NULL, e);
    panel_free(&o);
    for (size_t i = 0; ok && i < out->count; i++) {
        out->cosines[i] = fmin(1, out->cosines[i]); /* rounding may pass one */
        out->kernel += out->cosines[i] * out->cosines[i];
    }
    size_t rows = a->r.left.rows;
    if (rows > 0)
        out->chance = (double)out->first_rank * (double)out->second_rank / (double)rows;
    return ok;
}

bool subspaces_make(const struct matrix *a, const struct matrix *b, struct subspaces *out,
                    struct err *e)
{
    *out = (struct subspaces){0};
    if (!axis_require(a->row, b->row, "the rows of the first", "those of the second", e))
        return false;
    struct range x = {0}, y = {0};
    bool ok = range_make(a, &x, e) && range_make(b, &y, e) && angles(&x, &y, out, e);
    range_free(&x);
    range_free(&y);
    if (!ok)
        subspaces_free(out);
    return ok;
}

void subspaces_free(struct subspaces *s)
{
    mem_free(s->cosines);
    *s = (struct subspaces){0};
}
