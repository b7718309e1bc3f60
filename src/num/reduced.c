#include "bilens/num/reduced.h"

#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "internal.h"
#include "memo.h"

/* A term seen from its left or, transposed, from its right end. */
struct half {
    const struct term *term;
    bool transposed;
};

static struct factor half_factor(struct half h, size_t i)
{
    return h.term->factors[h.transposed ? h.term->count - 1 - i : i];
}

static size_t half_rows(struct half h, size_t i)
{
    struct factor f = half_factor(h, i);
    return f.diagonal || h.transposed ? f.dense->cols : f.dense->rows;
}

static size_t half_cols(struct half h, size_t i)
{
    struct factor f = half_factor(h, i);
    return !f.diagonal && h.transposed ? f.dense->rows : f.dense->cols;
}

/* Is the outer factor tall, so that a thin QR of it makes the problem smaller? */
static bool half_is_tall(struct half h)
{
    return !half_factor(h, 0).diagonal && half_rows(h, 0) > half_cols(h, 0);
}

/* Adds the outer factor to the basis unless it is there. */
static void add_outer(struct basis *b, struct half h)
{
    struct dense *outer = half_factor(h, 0).dense;
    struct dense *part = h.transposed ? dense_transpose(outer) : dense_ref(outer);
    basis_add(b, part);
    dense_unref(part);
}

/* Collects the tall outer factors of one side; false in *tall if some term has none. */
static void basis_collect(struct basis *b, const struct matrix *a, bool transposed, bool *tall)
{
    for (size_t t = 0; *tall && t < a->count; t++) {
        struct half h = {&a->terms[t], transposed};
        *tall = half_is_tall(h);
        if (*tall)
            add_outer(b, h);
    }
}

static bool bases_make(const struct matrix *a, bool joint, struct reduced *r, struct err *e)
{
    bool tall_left = true, tall_right = true;
    basis_collect(&r->left, a, false, &tall_left);
    basis_collect(joint ? &r->left : &r->right, a, true, joint ? &tall_left : &tall_right);
    if (joint) {
        bool ok = basis_finish(&r->left, a->row.size, tall_left, e);
        if (ok)
            basis_share(&r->right, &r->left);
        return ok;
    }
    return basis_finish(&r->left, a->row.size, tall_left, e) &&
           basis_finish(&r->right, a->col.size, tall_right, e);
}

/* The rows of R that carry the part which is h's outer factor: rank x part's cols. */
static struct panel basis_coordinates(const struct basis *b, struct half h)
{
    struct factor f = half_factor(h, 0);
    struct dense view = {.storage = f.dense->storage, .offset = f.dense->offset};
    view.rows = h.transposed ? f.dense->cols : f.dense->rows;
    view.cols = h.transposed ? f.dense->rows : f.dense->cols;
    view.row_stride = h.transposed ? f.dense->col_stride : f.dense->row_stride;
    view.col_stride = h.transposed ? f.dense->row_stride : f.dense->col_stride;
    size_t at = 0, i = 0;
    while (!dense_same_view(b->parts[i], &view))
        at += b->parts[i++]->cols;
    return (struct panel){b->rank, view.cols, b->thin->r.data + at * b->rank};
}

struct panel panel_identity(size_t n, struct err *e)
{
    struct panel p = panel_new(n, n, e);
    for (size_t i = 0; p.data != NULL && i < n; i++)
        p.data[i * n + i] = 1;
    return p;
}

/* p D, or p D'; new. */
static struct panel panel_by_dense(const struct panel *p, const struct dense *d, bool transposed,
                                   struct err *e)
{
    struct panel m = panel_from_dense(d, e), out = {0};
    if (m.data != NULL)
        out = panel_room(p->rows, transposed ? m.rows : m.cols, e);
    if (out.data != NULL)
        panel_multiply(1, p, false, &m, transposed, 0, &out);
    panel_free(&m);
    return out;
}

bool panel_extend(struct panel *p, struct factor f, bool transposed, struct err *e)
{
    if (f.diagonal) {
        const float *s = dense_data(f.dense, e);
        for (size_t j = 0; s != NULL && j < p->cols; j++)
            for (size_t i = 0; i < p->rows; i++)
                p->data[i + j * p->rows] *= s[(ptrdiff_t)j * f.dense->col_stride];
        return s != NULL;
    }
    struct panel out = panel_by_dense(p, f.dense, transposed, e);
    if (out.data == NULL)
        return false;
    panel_free(p);
    *p = out;
    return true;
}

struct panel panel_of_factor(struct factor f, bool transposed, struct err *e)
{
    if (f.diagonal) {
        struct panel p = panel_identity(f.dense->cols, e);
        if (p.data != NULL && !panel_extend(&p, f, false, e))
            panel_free(&p);
        return p;
    }
    if (!transposed)
        return panel_from_dense(f.dense, e);
    struct dense *flipped = dense_transpose(f.dense);
    struct panel p = panel_from_dense(flipped, e);
    dense_unref(flipped);
    return p;
}

/* Are these coordinates all of a triangular R? */
static bool is_triangle(const struct basis *b, const struct panel *r)
{
    return b->thin->upper && r->data == b->thin->r.data && r->cols == r->rows;
}

/* R F, or R F' where transposed; new. */
static struct panel coordinates_by(const struct basis *b, const struct panel *r, struct factor f,
                                   bool transposed, struct err *e)
{
    if (!is_triangle(b, r))
        return panel_by_dense(r, f.dense, transposed, e);
    struct panel p = panel_of_factor(f, transposed, e);
    if (p.data != NULL)
        panel_multiply_upper(r, false, false, &p);
    return p;
}

/* What the basis makes of the first `stop` factors of h: rank x k. */
static struct panel half_panel(const struct basis *b, struct half h, size_t stop, struct err *e)
{
    if (b->count == 0 && stop == 0)
        return panel_identity(b->rank, e);
    struct panel p;
    size_t i = 1;
    if (b->count == 0)
        p = panel_of_factor(half_factor(h, 0), h.transposed, e);
    else {
        struct panel r = basis_coordinates(b, h); /* not ours: multiplied from where it is */
        struct factor next = stop > 1 ? half_factor(h, 1) : (struct factor){.diagonal = true};
        if (next.diagonal)
            p = panel_copy(&r, e);
        else
            p = coordinates_by(b, &r, next, h.transposed, e), i = 2;
    }
    for (; p.data != NULL && i < stop; i++)
        if (!panel_extend(&p, half_factor(h, i), h.transposed, e))
            panel_free(&p);
    return p;
}

/* How many factors go to the left panel: those before the narrowest place, the last of them
 * where several are: the right one is then a triangle, or nothing. */
static size_t cut_of(const struct term *t, const struct reduced *r)
{
    struct half h = {t, false};
    size_t first = r->left.count > 0, last = t->count - (r->right.count > 0);
    if (r->left.count > 0 && r->right.count > 0 && t->count == 1)
        return 1; /* cannot be: one factor is not tall both ways */
    size_t best = first, narrow = first > 0 ? half_cols(h, first - 1) : r->left.rank;
    for (size_t i = first; i < last; i++)
        if (half_cols(h, i) <= narrow) {
            narrow = half_cols(h, i);
            best = i + 1;
        }
    return best;
}

/* The panels of one term: core += scale x y'. */
static bool term_panels(const struct term *t, const struct reduced *r, struct panel *x,
                        struct panel *y, struct err *e)
{
    size_t cut = cut_of(t, r);
    *y = (struct panel){0};
    *x = half_panel(&r->left, (struct half){t, false}, cut, e);
    if (x->data == NULL)
        return false;
    *y = half_panel(&r->right, (struct half){t, true}, t->count - cut, e);
    if (y->data == NULL) {
        panel_free(x);
        return false;
    }
    for (size_t i = 0; i < x->rows * x->cols; i++)
        x->data[i] *= t->scale;
    return true;
}

/* Zeros, if there is no core yet. */
static bool core_begin(struct reduced *r, struct err *e)
{
    if (r->core.data == NULL)
        r->core = panel_new(r->left.rank, r->right.rank, e);
    return r->core.data != NULL;
}

/* The core of a term that lies on one side only, the other being an identity: no product. */
static bool add_alone(const struct term *t, struct reduced *r, bool transposed, struct err *e)
{
    const struct basis *b = transposed ? &r->right : &r->left;
    if (!core_begin(r, e))
        return false;
    struct panel x = half_panel(b, (struct half){t, transposed}, t->count, e);
    for (size_t j = 0; x.data != NULL && j < x.cols; j++)
        for (size_t i = 0; i < x.rows; i++)
            r->core.data[transposed ? j + i * r->core.rows : i + j * r->core.rows] +=
                t->scale * x.data[i + j * x.rows];
    bool ok = x.data != NULL;
    panel_free(&x);
    return ok;
}

/* The triangle that is all of t's right side; false where it is more, or another thing. */
static bool right_triangle(const struct term *t, const struct reduced *r, struct panel *triangle)
{
    if (r->right.count == 0 || t->count - cut_of(t, r) != 1)
        return false;
    *triangle = basis_coordinates(&r->right, (struct half){t, true});
    return is_triangle(&r->right, triangle);
}

/* core += scale X R', for that triangle R; what comes first becomes the core. */
static bool add_by_triangle(const struct term *t, struct reduced *r, const struct panel *triangle,
                            struct err *e)
{
    struct panel x = half_panel(&r->left, (struct half){t, false}, t->count - 1, e);
    if (x.data == NULL)
        return false;
    panel_multiply_upper(triangle, true, true, &x);
    size_t n = x.rows * x.cols;
    for (size_t i = 0; t->scale != 1 && i < n; i++)
        x.data[i] *= t->scale;
    if (r->core.data == NULL) {
        r->core = x;
        return true;
    }
    for (size_t i = 0; i < n; i++)
        r->core.data[i] += x.data[i];
    panel_free(&x);
    return true;
}

static bool add_product(const struct term *t, struct reduced *r, struct err *e)
{
    struct panel x, y;
    if (!core_begin(r, e) || !term_panels(t, r, &x, &y, e))
        return false;
    panel_multiply(1, &x, false, &y, true, 1, &r->core);
    panel_free(&x);
    panel_free(&y);
    return true;
}

static bool add_term(const struct term *t, struct reduced *r, struct err *e)
{
    size_t cut = cut_of(t, r);
    struct panel triangle;
    if (r->right.count == 0 && cut == t->count)
        return add_alone(t, r, false, e);
    if (r->left.count == 0 && cut == 0)
        return add_alone(t, r, true, e);
    if (right_triangle(t, r, &triangle))
        return add_by_triangle(t, r, &triangle, e);
    return add_product(t, r, e);
}

/* Each term has a core of its own first, which is measured. */
static bool add_terms(const struct matrix *a, struct reduced *r, struct err *e)
{
    struct panel sum = {0};
    bool ok = true;
    for (size_t n = 0; ok && n < a->count; n++) {
        ok = add_term(&a->terms[n], r, e);
        if (!ok || a->count == 1)
            break;
        r->terms_norm = hypot(r->terms_norm, panel_norm(&r->core));
        for (size_t i = 0; n > 0 && i < sum.rows * sum.cols; i++)
            sum.data[i] += r->core.data[i];
        if (n > 0)
            panel_free(&r->core);
        else
            sum = r->core;
        r->core = (struct panel){0};
    }
    if (sum.data != NULL) {
        panel_free(&r->core);
        r->core = sum;
    }
    return ok && core_begin(r, e);
}

/* |x y'|, which tells noise: half of the digits do. */
static double product_norm(const struct panel *x, const struct panel *y)
{
    struct err e = {0};
    struct panel xx = panel_new(x->cols, x->cols, &e), yy = panel_new(x->cols, x->cols, &e);
    double square = 0;
    if (xx.data != NULL && yy.data != NULL) {
        panel_multiply(1, x, true, x, false, 0, &xx);
        panel_multiply(1, y, true, y, false, 0, &yy);
        square = panel_inner(&xx, &yy);
    }
    panel_free(&xx);
    panel_free(&yy);
    return square > 0 ? sqrt(square) : 0;
}

/* All x panels side by side, and all y panels. */
static bool join_terms(const struct matrix *a, struct reduced *r, size_t width, struct err *e)
{
    r->x = panel_new(r->left.rank, width, e);
    r->y = panel_new(r->right.rank, width, e);
    if (r->x.data == NULL || r->y.data == NULL)
        return false;
    size_t at = 0;
    for (size_t t = 0; t < a->count; t++) {
        struct panel x, y;
        if (!term_panels(&a->terms[t], r, &x, &y, e))
            return false;
        if (a->count > 1)
            r->terms_norm = hypot(r->terms_norm, product_norm(&x, &y));
        memcpy(r->x.data + at * x.rows, x.data, x.rows * x.cols * sizeof *x.data);
        memcpy(r->y.data + at * y.rows, y.data, y.rows * y.cols * sizeof *y.data);
        at += x.cols;
        panel_free(&x);
        panel_free(&y);
    }
    return true;
}

/* Inner width of the core: the sum over terms of the narrowest place inside. */
static size_t core_width(const struct matrix *a, const struct reduced *r)
{
    size_t sum = 0;
    for (size_t t = 0; t < a->count; t++) {
        struct half h = {&a->terms[t], false};
        size_t cut = cut_of(&a->terms[t], r);
        sum += cut > 0 ? half_cols(h, cut - 1) : r->left.rank;
    }
    return sum;
}

/* They always show: in R, for a Gram matrix adds up squares, or in the core. */
bool matrix_blame_nonfinite(const struct matrix *a, struct err *e)
{
    const struct storage *where;
    size_t count;
    if (!matrix_find_nonfinite(a, &where, &count, e))
        return false;
    if (where != NULL)
        return storage_blame_nonfinite(where, count, e);
    return err_set(e, ERR_NONFINITE,
                   "the values are not finite: something overflowed, or was divided by zero");
}

/* A core this large would take minutes or more, and several times its memory. */
enum { CORE_SIDE_MOST = 16384 };

static bool core_make(const struct matrix *a, bool joint, struct reduced *r, struct err *e)
{
    size_t width = core_width(a, r);
    r->factored = !joint && width < smaller(r->left.rank, r->right.rank);
    size_t side = r->factored ? width : smaller(r->left.rank, r->right.rank);
    if (side > CORE_SIDE_MOST)
        return err_set(e, ERR_BUDGET,
                       "%zu x %zu without a narrow factor: its core is %zu wide, and "
                       "bilens stops at %d; take a part of it",
                       a->row.size, a->col.size, side, CORE_SIDE_MOST);
    if (r->factored)
        return join_terms(a, r, width, e);
    return add_terms(a, r, e);
}

static bool reduce(const struct matrix *a, bool joint, struct reduced *out, struct err *e)
{
    struct matrix *folded = matrix_fold_diagonals(a, e);
    struct matrix *few = folded ? matrix_add_plain(folded, e) : NULL;
    bool ok = few != NULL && bases_make(few, joint, out, e) && core_make(few, joint, out, e);
    matrix_unref(folded);
    matrix_unref(few);
    return ok;
}

bool reduced_make(const struct matrix *a, bool joint, struct reduced *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    struct err cause = {0};
    bool ok = reduce(a, joint, out, &cause);
    bool finite = ok && panel_finite(out->factored ? &out->x : &out->core) &&
                  (!out->factored || panel_finite(&out->y));
    if (finite)
        return true;
    reduced_free(out);
    if (ok || cause.code == ERR_NONFINITE)
        return matrix_blame_nonfinite(a, e);
    return err_set(e, cause.code, "%s", cause.message);
}

void reduced_free(struct reduced *r)
{
    basis_free(&r->left);
    basis_free(&r->right);
    panel_free(&r->core);
    panel_free(&r->x);
    panel_free(&r->y);
}

bool reduced_core(struct reduced *r, struct err *e)
{
    if (!r->factored)
        return true;
    r->core = panel_new(r->left.rank, r->right.rank, e);
    if (r->core.data == NULL)
        return false;
    panel_multiply(1, &r->x, false, &r->y, true, 0, &r->core);
    r->factored = false;
    return true;
}
