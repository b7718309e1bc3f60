#include "bilens/num/compose.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/num/finite.h"
#include "bilens/num/panel.h"
#include "bilens/num/thin.h"

static bool copying_axes(const struct copying_tokens *t, const struct matrix *w_o,
                         const struct matrix *w_v, struct err *e)
{
    return axis_require(w_v->col, t->embed->row, "the columns of W_v", "the rows of E", e) &&
           axis_require(t->unembed->col, w_o->row, "the columns of U", "the rows of W_o", e) &&
           axis_require(w_o->col, w_v->row, "the columns of W_o", "the rows of W_v", e);
}

static struct panel panel_of(const struct matrix *a, struct err *e)
{
    struct dense *d = matrix_dense(a, SIZE_MAX, e);
    struct panel p = d ? panel_from_dense(d, e) : (struct panel){0};
    dense_unref(d);
    return p;
}

/* C = W_v op(cross) W_o, where cross is E U or its transpose. */
static bool head_core(const struct matrix *w_v, const struct panel *cross, bool transposed,
                      const struct matrix *w_o, struct panel *c, struct err *e)
{
    struct panel v = panel_of(w_v, e), o = v.data ? panel_of(w_o, e) : (struct panel){0};
    struct panel read = o.data ? panel_new(v.rows, o.rows, e) : (struct panel){0};
    *c = read.data ? panel_new(v.rows, o.cols, e) : (struct panel){0};
    if (c->data != NULL) {
        panel_multiply(1, &v, false, cross, transposed, 0, &read);
        panel_multiply(1, &read, false, &o, false, 0, c);
    }
    panel_free(&v);
    panel_free(&o);
    panel_free(&read);
    return c->data != NULL;
}

bool copying_begin(struct copying_tokens *t, const struct matrix *unembed,
                   const struct matrix *embed, struct err *e)
{
    *t = (struct copying_tokens){.unembed = unembed, .embed = embed};
    struct dense *wide = matrix_dense(embed, SIZE_MAX, e);
    struct dense *tokens = wide ? dense_transpose(wide) : NULL;
    struct dense *out = tokens ? matrix_dense(unembed, SIZE_MAX, e) : NULL;
    if (out != NULL &&
        axis_require(embed->col, unembed->row, "the columns of E", "the rows of U", e))
        t->cross = thin_cross(tokens, out, e);
    dense_unref(wide);
    dense_unref(tokens);
    dense_unref(out);
    return t->cross.panel != NULL;
}

void copying_end(struct copying_tokens *t)
{
    thin_cross_done(&t->cross);
}

static bool core_make(const struct copying_tokens *t, const struct matrix *w_o,
                      const struct matrix *w_v, struct panel *c, struct err *e)
{
    bool ok = head_core(w_v, t->cross.panel, t->cross.transposed, w_o, c, e);
    if (!ok || panel_finite(c))
        return ok;
    panel_free(c);
    return matrix_require_finite(t->embed, e) && matrix_require_finite(t->unembed, e) &&
           matrix_require_finite(w_v, e) && matrix_require_finite(w_o, e) &&
           err_set(e, ERR_NONFINITE, "the product overflows");
}

struct complex_pair {
    double re, im;
};

static int by_modulus(const void *a, const void *b)
{
    const struct complex_pair *x = a, *y = b;
    double p = hypot(x->re, x->im), q = hypot(y->re, y->im);
    if (p != q)
        return p > q ? -1 : 1;
    if (x->re != y->re)
        return x->re > y->re ? -1 : 1;
    return x->im > y->im ? -1 : x->im < y->im;
}

static void sort_eigenvalues(struct copying *c)
{
    struct complex_pair *pairs = mem_new(c->count, sizeof *pairs);
    for (size_t i = 0; i < c->count; i++)
        pairs[i] = (struct complex_pair){c->re[i], c->im[i]};
    qsort(pairs, c->count, sizeof *pairs, by_modulus);
    double re = 0, im = 0, sizes = 0;
    for (size_t i = 0; i < c->count; i++) {
        c->re[i] = pairs[i].re;
        c->im[i] = pairs[i].im;
        re += pairs[i].re;
        im += pairs[i].im;
        sizes += hypot(pairs[i].re, pairs[i].im);
    }
    c->score_re = sizes > 0 ? re / sizes : 0;
    c->score_im = sizes > 0 ? im / sizes : 0;
    mem_free(pairs);
}

bool copying_make(const struct copying_tokens *t, const struct matrix *w_o,
                  const struct matrix *w_v, struct copying *out, struct err *e)
{
    *out = (struct copying){0};
    struct panel core;
    if (!copying_axes(t, w_o, w_v, e) || !core_make(t, w_o, w_v, &core, e))
        return false;
    out->count = core.rows;
    out->re = mem_new(out->count, sizeof *out->re);
    out->im = mem_new(out->count, sizeof *out->im);
    bool ok = lapack_eigenvalues(&core, out->re, out->im, e);
    panel_free(&core);
    if (ok)
        sort_eigenvalues(out);
    else
        copying_free(out);
    return ok;
}

void copying_free(struct copying *c)
{
    mem_free(c->re);
    mem_free(c->im);
    *c = (struct copying){0};
}
