#include "bilens/num/reduced.h"

#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/num/memo.h"

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

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
static bool basis_add(struct basis *b, struct half h, struct err *e)
{
    struct dense *outer = half_factor(h, 0).dense;
    struct dense *part = h.transposed ? dense_transpose(outer, e) : dense_ref(outer);
    if (part == NULL)
        return false;
    for (size_t i = 0; i < b->count; i++)
        if (dense_same_view(b->parts[i], part)) {
            dense_unref(part);
            return true;
        }
    struct dense **parts = mem_resize(b->parts, b->count + 1, sizeof(struct dense *));
    if (parts == NULL) {
        dense_unref(part);
        return err_memory(e);
    }
    b->parts = parts;
    parts[b->count++] = part;
    b->dims += part->cols;
    return true;
}

static void basis_drop_parts(struct basis *b)
{
    for (size_t i = 0; i < b->count; i++)
        dense_unref(b->parts[i]);
    mem_free(b->parts);
    b->parts = NULL;
    b->count = b->dims = 0;
}

static void basis_free(struct basis *b)
{
    if (b->thin_owned)
        thin_free(b->thin);
    basis_drop_parts(b);
    *b = (struct basis){0};
}

/* Collects the tall outer factors of one side; false in *tall if some term has none. */
static bool basis_collect(struct basis *b, const struct matrix *a, bool transposed, bool *tall,
                          struct err *e)
{
    for (size_t t = 0; *tall && t < a->count; t++) {
        struct half h = {&a->terms[t], transposed};
        *tall = half_is_tall(h);
        if (*tall && !basis_add(b, h, e))
            return false;
    }
    return true;
}

static bool basis_finish(struct basis *b, size_t rows, bool tall, struct err *e)
{
    b->rows = b->rank = rows;
    if (!tall || b->count == 0 || b->dims >= rows) {
        basis_drop_parts(b);
        return true;
    }
    b->thin = thin_get(b->parts, b->count, &b->thin_owned, e);
    if (b->thin == NULL)
        return false;
    b->rank = b->thin->r.rows;
    return true;
}

static bool bases_make(const struct matrix *a, bool joint, struct reduced *r, struct err *e)
{
    bool tall_left = true, tall_right = true;
    if (!basis_collect(&r->left, a, false, &tall_left, e))
        return false;
    if (!joint)
        return basis_collect(&r->right, a, true, &tall_right, e) &&
               basis_finish(&r->left, a->row.size, tall_left, e) &&
               basis_finish(&r->right, a->col.size, tall_right, e);
    if (!basis_collect(&r->left, a, true, &tall_left, e))
        return false;
    for (size_t i = 0; tall_left && i < r->left.count; i++) {
        struct factor part = {.dense = r->left.parts[i]};
        struct term one = {.count = 1, .factors = &part};
        if (!basis_add(&r->right, (struct half){&one, false}, e))
            return false;
    }
    return basis_finish(&r->left, a->row.size, tall_left, e) &&
           basis_finish(&r->right, a->col.size, tall_left, e);
}

/* The rows of R that carry the part which is h's outer factor: rank x part's cols. */
static struct panel basis_coordinates(const struct basis *b, struct half h, struct err *e)
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
    struct panel p = panel_new(b->rank, view.cols, e);
    if (p.data != NULL)
        memcpy(p.data, b->thin->r.data + at * b->rank, b->rank * view.cols * sizeof *p.data);
    return p;
}

/* p := p F, or p F' where the half is transposed. Replaces p. */
static bool panel_extend(struct panel *p, struct factor f, bool transposed, struct err *e)
{
    if (f.diagonal) {
        const float *s = dense_data(f.dense, e);
        for (size_t j = 0; s != NULL && j < p->cols; j++)
            for (size_t i = 0; i < p->rows; i++)
                p->data[i + j * p->rows] *= s[(ptrdiff_t)j * f.dense->col_stride];
        return s != NULL;
    }
    struct panel m = panel_from_dense(f.dense, e);
    if (m.data == NULL)
        return false;
    struct panel out = panel_new(p->rows, transposed ? m.rows : m.cols, e);
    if (out.data != NULL) {
        panel_multiply(1, p, false, &m, transposed, 0, &out);
        panel_free(p);
        *p = out;
    }
    panel_free(&m);
    return out.data != NULL;
}

static struct panel identity(size_t n, struct err *e)
{
    struct panel p = panel_new(n, n, e);
    for (size_t i = 0; p.data != NULL && i < n; i++)
        p.data[i * n + i] = 1;
    return p;
}

/* The first factor as a panel, to start from where there is no tall outer one. */
static struct panel start_panel(struct factor f, bool transposed, struct err *e)
{
    if (f.diagonal) {
        struct panel p = identity(f.dense->cols, e);
        if (p.data != NULL && !panel_extend(&p, f, false, e))
            panel_free(&p);
        return p;
    }
    if (!transposed)
        return panel_from_dense(f.dense, e);
    struct dense *flipped = dense_transpose(f.dense, e);
    struct panel p = flipped ? panel_from_dense(flipped, e) : (struct panel){0};
    dense_unref(flipped);
    return p;
}

/* What the basis makes of the first `stop` factors of h: rank x k. */
static struct panel half_panel(const struct basis *b, struct half h, size_t stop, struct err *e)
{
    struct panel p = {0};
    size_t i = 0;
    if (b->count > 0)
        p = basis_coordinates(b, h, e), i = 1;
    else if (stop == 0)
        return identity(b->rank, e);
    else
        p = start_panel(half_factor(h, 0), h.transposed, e), i = 1;
    for (; p.data != NULL && i < stop; i++)
        if (!panel_extend(&p, half_factor(h, i), h.transposed, e))
            panel_free(&p);
    return p;
}

/* How many factors go to the left panel: those before the narrowest place. */
static size_t cut_of(const struct term *t, const struct reduced *r)
{
    struct half h = {t, false};
    size_t first = r->left.count > 0, last = t->count - (r->right.count > 0);
    if (r->left.count > 0 && r->right.count > 0 && t->count == 1)
        return 1; /* cannot be: one factor is not tall both ways */
    size_t best = first, narrow = first > 0 ? half_cols(h, first - 1) : r->left.rank;
    for (size_t i = first; i < last; i++)
        if (half_cols(h, i) < narrow) {
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

static bool add_terms(const struct matrix *a, struct reduced *r, struct err *e)
{
    for (size_t t = 0; t < a->count; t++) {
        struct panel x, y;
        if (!term_panels(&a->terms[t], r, &x, &y, e))
            return false;
        panel_multiply(1, &x, false, &y, true, 1, &r->core);
        panel_free(&x);
        panel_free(&y);
    }
    return true;
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

/* Says whose NaN or infinity spoilt a result. They always show: in R, for a Gram
 * matrix adds up squares, or in the core. */
static bool blame_nonfinite(const struct matrix *a, struct err *e)
{
    const char *name;
    size_t count;
    if (!matrix_nonfinite(a, &name, &count, e))
        return false;
    if (name == NULL)
        return err_set(e, ERR_NONFINITE, "the product overflows: its core is not finite");
    return err_set(e, ERR_NONFINITE, "%s holds %zu NaN or infinite value%s", name, count,
                   count == 1 ? "" : "s");
}

static bool core_make(const struct matrix *a, bool joint, struct reduced *r, struct err *e)
{
    size_t width = core_width(a, r);
    r->factored = !joint && width < smaller(r->left.rank, r->right.rank);
    if (r->factored)
        return join_terms(a, r, width, e);
    r->core = panel_new(r->left.rank, r->right.rank, e);
    return r->core.data != NULL && add_terms(a, r, e);
}

bool reduced_make(const struct matrix *a, bool joint, struct reduced *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    struct err cause = {0};
    bool ok = bases_make(a, joint, out, &cause) && core_make(a, joint, out, &cause);
    bool finite = ok && panel_finite(out->factored ? &out->x : &out->core) &&
                  (!out->factored || panel_finite(&out->y));
    if (finite)
        return true;
    reduced_free(out);
    if (ok || cause.code == ERR_NONFINITE)
        return blame_nonfinite(a, e);
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

bool basis_expand(const struct basis *b, const double *c, double *y, struct err *e)
{
    if (b->count == 0) {
        memcpy(y, c, b->rows * sizeof *y);
        return true;
    }
    double *coefs = mem_new(b->dims, sizeof *coefs), *part = mem_new(b->rows, sizeof *part);
    bool ok = coefs != NULL && part != NULL;
    if (!ok)
        err_memory(e);
    else
        panel_apply(&b->thin->x, false, c, coefs);
    memset(y, 0, b->rows * sizeof *y);
    for (size_t p = 0, at = 0; ok && p < b->count; at += b->parts[p++]->cols) {
        ok = dense_apply(b->parts[p], coefs + at, part, e);
        for (size_t i = 0; ok && i < b->rows; i++)
            y[i] += part[i];
    }
    mem_free(coefs);
    mem_free(part);
    return ok;
}

/* One part's term of basis_matrix: part (X C)[its rows]. */
static struct matrix *part_matrix(struct dense *part, const struct panel *coefs, size_t at,
                                  struct axis row, struct axis comp, struct err *e)
{
    struct axis inner = axis_make(AXIS_INDEX, part->cols, NULL);
    float *data;
    struct dense *small = dense_new(part->cols, coefs->cols, &data, e);
    for (size_t i = 0; small != NULL && i < part->cols; i++)
        for (size_t j = 0; j < coefs->cols; j++)
            data[i * coefs->cols + j] = (float)coefs->data[at + i + j * coefs->rows];
    struct matrix *left = small ? matrix_from_dense(part, row, inner, e) : NULL;
    struct matrix *right = left ? matrix_from_dense(small, inner, comp, e) : NULL;
    struct matrix *out = right ? matrix_product(left, right, e) : NULL;
    dense_unref(small);
    matrix_unref(left);
    matrix_unref(right);
    return out;
}

struct matrix *basis_matrix(const struct basis *b, const struct panel *c, struct axis row,
                            struct err *e)
{
    struct axis comp = axis_make(AXIS_COMP, c->cols, NULL);
    if (b->count == 0) {
        struct dense *d = dense_from_panel(c, e);
        struct matrix *out = d ? matrix_from_dense(d, row, comp, e) : NULL;
        dense_unref(d);
        return out;
    }
    struct panel coefs = panel_new(b->dims, c->cols, e);
    if (coefs.data == NULL)
        return NULL;
    panel_multiply(1, &b->thin->x, false, c, false, 0, &coefs);
    struct matrix *sum = NULL;
    bool ok = true;
    for (size_t p = 0, at = 0; ok && p < b->count; at += b->parts[p++]->cols) {
        struct matrix *one = part_matrix(b->parts[p], &coefs, at, row, comp, e);
        struct matrix *both = sum && one ? matrix_sum(sum, 1, one, e) : NULL;
        ok = one != NULL && (sum == NULL || both != NULL);
        if (sum != NULL || !ok) {
            matrix_unref(sum);
            matrix_unref(one);
            sum = both;
        } else {
            sum = one;
        }
    }
    panel_free(&coefs);
    return sum;
}

bool matrix_norm(const struct matrix *a, double *norm, struct err *e)
{
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
        one.row = axis_make(AXIS_INDEX, half_rows((struct half){t, false}, 0), NULL);
        one.col = axis_make(AXIS_INDEX, last.dense->cols, NULL);
        struct vector *d = matrix_diagonal_of(&one, e);
        for (size_t i = 0; d != NULL && i < d->axis.size; i++)
            *sum += d->data[i];
        vector_unref(d);
        return d != NULL;
    }
    struct dense *right = dense_transpose(last.dense, e);
    bool flipped;
    const struct panel *cross = right ? thin_cross(right, first.dense, &flipped, e) : NULL;
    struct panel m = cross ? identity(first.dense->cols, e) : (struct panel){0};
    bool ok = m.data != NULL;
    for (size_t i = 1; ok && i + 1 < t->count; i++)
        ok = panel_extend(&m, t->factors[i], false, e);
    /* cross is Fn F1 (last.rows x first.cols), or its transpose; m is first.cols x last.rows. */
    for (size_t i = 0; ok && i < m.rows; i++)
        for (size_t j = 0; j < m.cols; j++)
            *sum += t->scale * m.data[i + j * m.rows] *
                    (flipped ? cross->data[i + j * cross->rows] : cross->data[j + i * cross->rows]);
    panel_free(&m);
    dense_unref(right);
    return ok;
}

bool matrix_trace(const struct matrix *a, double *trace, struct err *e)
{
    if (!axis_match(a->row, a->col))
        return err_set(e, ERR_AXES, "a trace needs the same axis on both sides, not %s (%zu) and "
                       "%s (%zu)", axis_kind_name(a->row.kind), a->row.size,
                       axis_kind_name(a->col.kind), a->col.size);
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
