#include "bilens/num/hosvd.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/num/finite.h"
#include "bilens/num/thin.h"
#include "internal.h"

enum { BLOCK = 256, TILE_TOKENS = 512 };

/* L' and R' resid x hidden, P resid x hidden, in double precision: the roots of small eigenvalues
 * are asked for, and would be those of single precision's rounding. */
struct sides {
    struct panel l, r, p;
    int exponent; /* what the three together are divided by */
};

static void sides_free(struct sides *s)
{
    panel_free(&s->l);
    panel_free(&s->r);
    panel_free(&s->p);
}

/* a 2^-exponent, or its transpose; no data on failure. Adds to *sum. */
static struct panel panel_of(const struct matrix *a, bool transposed, int *sum, struct err *e)
{
    int exponent = 0;
    struct matrix *near = matrix_near_one(a, &exponent, e);
    struct dense *d = near ? matrix_dense(near, SIZE_MAX, e) : NULL;
    struct dense *part = d && transposed ? dense_transpose(d) : d;
    struct panel p = part ? panel_from_dense(part, e) : (struct panel){0};
    if (part != d)
        dense_unref(part);
    dense_unref(d);
    matrix_unref(near);
    *sum += exponent;
    return p;
}

static bool sides_make(struct sides *s, const struct matrix *l, const struct matrix *r,
                       const struct matrix *p, struct err *e)
{
    s->l = panel_of(l, true, &s->exponent, e);
    if (s->l.data != NULL)
        s->r = panel_of(r, true, &s->exponent, e);
    if (s->r.data != NULL)
        s->p = panel_of(p, false, &s->exponent, e);
    return s->p.data != NULL;
}

/* Room for one block: two products BLOCK x hidden, their Hadamard product, and what P makes
 * of it. */
struct block {
    struct panel one, two, both, read;
};

static bool block_make(struct block *b, size_t hidden, size_t resid, struct err *e)
{
    b->one = panel_room(BLOCK, hidden, e);
    if (b->one.data != NULL)
        b->two = panel_room(BLOCK, hidden, e);
    if (b->two.data != NULL)
        b->both = panel_room(BLOCK, hidden, e);
    if (b->both.data != NULL)
        b->read = panel_room(resid, BLOCK, e);
    return b->read.data != NULL;
}

static void block_free(struct block *b)
{
    panel_free(&b->one);
    panel_free(&b->two);
    panel_free(&b->both);
    panel_free(&b->read);
}

/* Columns [first, first + count) of a. */
static struct panel columns_of(const struct panel *a, size_t first, size_t count)
{
    return (struct panel){a->rows, count, a->data + first * a->rows};
}

/* both += or := 1/2 (A'B) o (C'D), of the block's hidden units in A and C with those from `first`
 * on in B and D. */
static void add_hadamard(const struct panel *a, const struct panel *b, const struct panel *c,
                         const struct panel *d, size_t first, bool add, struct block *to)
{
    size_t count = to->both.rows, rest = to->both.cols;
    struct panel x = columns_of(a, first, count), y = columns_of(b, first, rest);
    panel_multiply(1, &x, true, &y, false, 0, &to->one);
    x = columns_of(c, first, count), y = columns_of(d, first, rest);
    panel_multiply(1, &x, true, &y, false, 0, &to->two);
    double *both = to->both.data;
    for (size_t i = 0; i < rest * count; i++)
        both[i] = (add ? both[i] : 0) + 0.5 * to->one.data[i] * to->two.data[i];
}

/* Adds what hidden units [first, first + count) give with themselves and those after them, to
 * be completed by the transpose: half of what they give with themselves. */
static void add_block(const struct sides *s, const struct block *room, size_t first, size_t count,
                      struct panel *sum)
{
    size_t rest = s->p.cols - first, resid = s->p.rows;
    struct block b = {{count, rest, room->one.data},
                      {count, rest, room->two.data},
                      {count, rest, room->both.data},
                      {resid, count, room->read.data}};
    struct panel p = columns_of(&s->p, first, rest), own = columns_of(&s->p, first, count);
    add_hadamard(&s->l, &s->l, &s->r, &s->r, first, false, &b);
    add_hadamard(&s->l, &s->r, &s->r, &s->l, first, true, &b);
    for (size_t i = 0; i < count * count; i++)
        b.both.data[i] *= 0.5;
    panel_multiply(1, &p, false, &b.both, true, 0, &b.read);
    panel_multiply(1, &b.read, false, &own, true, 1, sum);
}

/* a := a + a' */
static void add_transposed(struct panel *a)
{
    for (size_t j = 0; j < a->cols; j++)
        for (size_t i = 0; i <= j; i++) {
            double sum = a->data[i + j * a->rows] + a->data[j + i * a->rows];
            a->data[i + j * a->rows] = a->data[j + i * a->rows] = sum;
        }
}

static bool gram_compute(const struct sides *s, struct panel *out, struct err *e)
{
    struct block b = {0};
    *out = panel_new(s->p.rows, s->p.rows, e);
    bool ok = out->data != NULL && block_make(&b, s->p.cols, s->p.rows, e);
    for (size_t first = 0; ok && first < s->p.cols; first += BLOCK) {
        size_t left = s->p.cols - first;
        task_step("Gram matrix of the MLP's outputs", first, s->p.cols);
        ok = task_go_on(e);
        if (ok)
            add_block(s, &b, first, left < BLOCK ? left : BLOCK, out);
    }
    block_free(&b);
    if (ok)
        add_transposed(out);
    else
        panel_free(out);
    for (size_t i = 0; ok && s->exponent != 0 && i < out->rows * out->cols; i++)
        out->data[i] = ldexp(out->data[i], 2 * s->exponent);
    return ok;
}

bool hosvd_gram(const struct matrix *l, const struct matrix *r, const struct matrix *p,
                struct panel *out, struct err *e)
{
    *out = (struct panel){0};
    if (!axis_require(l->col, r->col, "the columns of L", "the columns of R", e) ||
        !axis_require(l->row, r->row, "the rows of L", "the rows of R", e) ||
        !axis_require(p->col, l->row, "the columns of P", "the rows of L", e))
        return false;
    struct sides s = {0};
    bool ok = sides_make(&s, l, r, p, e) && gram_compute(&s, out, e);
    sides_free(&s);
    if (!ok || panel_finite(out))
        return ok;
    panel_free(out);
    return matrix_require_finite(l, e) && matrix_require_finite(r, e) &&
           matrix_require_finite(p, e) &&
           err_set(e, ERR_NONFINITE, "the products of the weights overflow");
}

struct decomp *hosvd_eigen(const struct matrix *l, const struct matrix *r, const struct matrix *p,
                           struct err *e)
{
    struct panel gram;
    double noise = 4 * (double)p->row.size * DBL_EPSILON;
    struct task_part whole = task_here();
    task_part(&whole, 0, 0.8);
    bool ok = hosvd_gram(l, r, p, &gram, e);
    task_part(&whole, 0.8, 1);
    return ok ? decomp_eigen_panel(&gram, p->row, noise, e) : NULL;
}

/* F with F F' = gram: its eigenvectors times the roots of its eigenvalues, so that norms are
 * sums of squares and a token in the null space gets no cancellation instead of zero. */
static bool factor_of(const struct panel *gram, struct panel *f, struct err *e)
{
    *f = panel_copy(gram, e);
    double *w = mem_new(gram->rows, sizeof *w);
    bool ok = f->data != NULL && lapack_eigen(f, w, true, e);
    for (size_t j = 0; ok && j < f->cols; j++)
        for (size_t i = 0; i < f->rows; i++)
            f->data[i + j * f->rows] *= w[j] > 0 ? sqrt(w[j]) : 0;
    mem_free(w);
    if (!ok)
        panel_free(f);
    return ok;
}

/* Norms of rows [first, first + rows->cols) of U F; rows is resid x count: those of U. */
static void row_norms(const struct panel *f, const struct panel *rows, struct panel *read,
                      double *norms)
{
    panel_multiply(1, f, true, rows, false, 0, read);
    for (size_t j = 0; j < rows->cols; j++) {
        struct panel x = columns_of(read, j, 1);
        norms[j] = panel_norm(&x);
    }
}

static bool all_norms(const struct split *u, const struct panel *f, double *norms, struct err *e)
{
    size_t dims = u->cols;
    float *tile = mem_try_new(TILE_TOKENS * dims, sizeof *tile);
    struct panel rows = panel_new(dims, TILE_TOKENS, e), read = panel_new(dims, TILE_TOKENS, e);
    bool ok = (tile != NULL && rows.data != NULL && read.data != NULL) || err_memory(e);
    for (size_t first = 0; ok && first < u->rows; first += TILE_TOKENS) {
        size_t count = u->rows - first < TILE_TOKENS ? u->rows - first : TILE_TOKENS;
        ok = split_tile(u, first, count, 0, dims, tile, dims, e);
        for (size_t i = 0; ok && i < count * dims; i++)
            rows.data[i] = tile[i]; /* row-major is the transpose, column-major */
        struct panel part = {dims, count, rows.data}, out = {dims, count, read.data};
        if (ok)
            row_norms(f, &part, &out, norms + first);
    }
    mem_free(tile);
    panel_free(&rows);
    panel_free(&read);
    return ok;
}

static bool gram_fits(const struct matrix *unembed, const struct panel *gram, struct err *e)
{
    return gram->rows == unembed->col.size ||
           err_set(e, ERR_AXES, "the Gram matrix of %zu output directions does not fit %zu columns",
                   gram->rows, unembed->col.size);
}

struct vector *kinship_norms(const struct matrix *unembed, const struct panel *gram, struct err *e)
{
    struct panel f = {0};
    struct split s = {0};
    struct vector *norms = NULL;
    bool ok = gram_fits(unembed, gram, e) && factor_of(gram, &f, e) && matrix_split(unembed, &s, e);
    if (ok)
        norms = vector_new(unembed->row);
    ok = ok && all_norms(&s, &f, norms->data, e);
    split_free(&s);
    panel_free(&f);
    if (ok)
        return norms;
    vector_unref(norms);
    return NULL;
}

/* read := gram g / (2^2half n), and returns the root of g' gram g / (2^2half n^2), for n about
 * the size of g and 2^2half that of gram: products of neither overflow, or vanish. */
static double read_along(const struct panel *gram, const struct vector *g, struct vector *read,
                         int *half)
{
    struct panel along = {g->axis.size, 1, g->data};
    int size, of_gram;
    frexp(panel_norm(&along), &size);
    frexp(panel_norm(gram), &of_gram);
    *half = of_gram / 2;
    double *one = mem_new(g->axis.size, sizeof *one);
    for (size_t i = 0; i < g->axis.size; i++)
        one[i] = ldexp(g->data[i], -size);
    panel_apply(gram, false, one, read->data);
    for (size_t i = 0; i < g->axis.size; i++)
        read->data[i] = ldexp(read->data[i], -2 * *half);
    double square = vector_dot(read->data, one, g->axis.size);
    mem_free(one);
    return square > 0 ? sqrt(square) : 0;
}

struct vector *kinship_cosines(const struct matrix *unembed, const struct panel *gram,
                               const struct vector *norms, const struct vector *g, struct err *e)
{
    if (!gram_fits(unembed, gram, e) ||
        !axis_require(unembed->row, norms->axis, "the rows of U", "the norms", e) ||
        !axis_require(unembed->col, g->axis, "the columns of U", "the output direction", e))
        return NULL;
    struct vector *read = vector_new(g->axis);
    int half = 0;
    double own = read_along(gram, g, read, &half);
    struct vector *out = matrix_apply(unembed, read, e);
    vector_unref(read);
    for (size_t i = 0; out != NULL && i < out->axis.size; i++) {
        double both = own * ldexp(norms->data[i], -half);
        double cosine = both > 0 ? out->data[i] / both : 0;
        /* A form's own cosine is one, which rounding may pass or miss. */
        out->data[i] = 1 - fabs(cosine) < 1e-12 ? copysign(1, cosine) : cosine;
    }
    return out;
}
