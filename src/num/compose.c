#include "bilens/num/compose.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/num/finite.h"
#include "bilens/num/panel.h"
#include "bilens/num/reduced.h"
#include "bilens/num/thin.h"

enum { TILE_COLS = 256, TILE_ROWS = 2048 };

/* ---- copying ---- */

static bool copying_axes(const struct matrix *unembed, const struct matrix *w_o,
                         const struct matrix *w_v, const struct matrix *embed, struct err *e)
{
    return axis_require(w_v->col, embed->row, "the columns of W_v", "the rows of E", e) &&
           axis_require(embed->col, unembed->row, "the columns of E", "the rows of U", e) &&
           axis_require(unembed->col, w_o->row, "the columns of U", "the rows of W_o", e) &&
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

static bool core_make(const struct matrix *unembed, const struct matrix *w_o,
                      const struct matrix *w_v, const struct matrix *embed, struct panel *c,
                      struct err *e)
{
    *c = (struct panel){0};
    struct dense *wide = matrix_dense(embed, SIZE_MAX, e);
    struct dense *tokens = wide ? dense_transpose(wide, e) : NULL;
    struct dense *out = tokens ? matrix_dense(unembed, SIZE_MAX, e) : NULL;
    struct cross cross = {0};
    if (out != NULL)
        cross = thin_cross(tokens, out, e);
    bool ok = cross.panel != NULL && head_core(w_v, cross.panel, cross.transposed, w_o, c, e);
    thin_cross_done(&cross);
    dense_unref(wide);
    dense_unref(tokens);
    dense_unref(out);
    if (!ok || panel_finite(c))
        return ok;
    panel_free(c);
    return matrix_require_finite(embed, e) && matrix_require_finite(unembed, e) &&
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

static bool sort_eigenvalues(struct copying *c, struct err *e)
{
    struct complex_pair *pairs = mem_new(c->count, sizeof *pairs);
    if (pairs == NULL)
        return err_memory(e);
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
    return true;
}

bool copying_make(const struct matrix *unembed, const struct matrix *w_o, const struct matrix *w_v,
                  const struct matrix *embed, struct copying *out, struct err *e)
{
    *out = (struct copying){0};
    struct panel core;
    if (!copying_axes(unembed, w_o, w_v, embed, e) ||
        !core_make(unembed, w_o, w_v, embed, &core, e))
        return false;
    out->count = core.rows;
    out->re = mem_new(out->count, sizeof *out->re);
    out->im = mem_new(out->count, sizeof *out->im);
    bool ok = (out->re != NULL && out->im != NULL) || err_memory(e);
    ok = ok && lapack_eigenvalues(&core, out->re, out->im, e) && sort_eigenvalues(out, e);
    panel_free(&core);
    if (!ok)
        copying_free(out);
    return ok;
}

void copying_free(struct copying *c)
{
    mem_free(c->re);
    mem_free(c->im);
    *c = (struct copying){0};
}

/* ---- tokens that rank themselves first ---- */

/* One band of columns: the largest entry and the diagonal one of each. */
static bool band_first(const struct split *s, size_t col, size_t cols, float *tile, size_t *first,
                       struct err *e)
{
    float largest[TILE_COLS], own[TILE_COLS];
    for (size_t j = 0; j < cols; j++)
        largest[j] = own[j] = -INFINITY;
    for (size_t row = 0; row < s->rows; row += TILE_ROWS) {
        size_t rows = s->rows - row < TILE_ROWS ? s->rows - row : TILE_ROWS;
        if (!split_tile(s, row, rows, col, cols, tile, cols, e))
            return false;
        for (size_t i = 0; i < rows; i++) {
            const float *x = tile + i * cols;
            for (size_t j = 0; j < cols; j++)
                largest[j] = x[j] > largest[j] ? x[j] : largest[j];
            if (row + i >= col && row + i < col + cols)
                own[row + i - col] = x[row + i - col];
        }
    }
    for (size_t j = 0; j < cols; j++)
        *first += own[j] >= largest[j];
    return true;
}

bool matrix_first_share(const struct matrix *a, double *share, struct err *e)
{
    struct split s = {0};
    size_t first = 0;
    if (!axis_require(a->row, a->col, "the rows", "the columns", e) || !matrix_split(a, &s, e))
        return false;
    split_take_scale(&s); /* which is first does not depend on it */
    float *tile = mem_new((size_t)TILE_ROWS * TILE_COLS, sizeof *tile);
    bool ok = tile != NULL || err_memory(e);
    for (size_t col = 0; ok && col < s.cols; col += TILE_COLS) {
        size_t cols = s.cols - col < TILE_COLS ? s.cols - col : TILE_COLS;
        ok = band_first(&s, col, cols, tile, &first, e);
    }
    *share = s.cols > 0 ? (double)first / (double)s.cols : 0;
    mem_free(tile);
    split_free(&s);
    return ok;
}

/* ---- composition ---- */

bool composition_make(const struct matrix *later, const struct matrix *earlier,
                      struct composition *out, struct err *e)
{
    double a, b, both;
    struct matrix *product = matrix_product(later, earlier, e);
    bool ok = product != NULL && matrix_norm(later, &a, e) && matrix_norm(earlier, &b, e) &&
              matrix_norm(product, &both, e);
    matrix_unref(product);
    if (!ok)
        return false;
    if (a == 0 || b == 0)
        return err_set(e, ERR_ARGUMENT, "the %s circuit is zero: it composes with nothing",
                       a == 0 ? "later" : "earlier");
    /* One after the other: the product of two large norms might overflow. */
    out->score = both / a / b;
    out->chance = sqrt(1 / (double)later->col.size);
    return true;
}
