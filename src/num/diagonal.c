#include "bilens/num/diagonal.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/num/finite.h"
#include "bilens/num/panel.h"
#include "internal.h"
#include "memo.h"

enum { TILE_TOKENS = 256 };

/* The four weights, with strides that BLAS takes, times 2^-exponent. */
struct weights {
    struct dense *embed, *l, *r, *p;
    int exponent[4];
};

static void weights_free(struct weights *w)
{
    dense_unref(w->embed);
    dense_unref(w->l);
    dense_unref(w->r);
    dense_unref(w->p);
}

/* In the order of the weights. */
static bool weights_make(struct weights *w, const struct matrix *const *from, struct err *e)
{
    struct dense **to[] = {&w->embed, &w->l, &w->r, &w->p};
    *w = (struct weights){0};
    for (size_t i = 0; i < 4; i++) {
        struct matrix *near = matrix_near_one(from[i], &w->exponent[i], e);
        *to[i] = near ? matrix_dense_for_blas(near, e) : NULL;
        matrix_unref(near);
        if (*to[i] == NULL)
            return false;
    }
    return true;
}

/* Of the outputs: both sides read the embedding. */
static int outputs_exponent(const struct weights *w)
{
    return 2 * w->exponent[0] + w->exponent[1] + w->exponent[2] + w->exponent[3];
}

/* Columns [first, first + count) of a, transposed: count x a.rows. */
static struct strided flipped_columns(const struct dense *a, size_t first, size_t count)
{
    const float *data = dense_data(a, NULL); /* widened by matrix_dense_for_blas already */
    return (struct strided){data + (ptrdiff_t)first * a->col_stride, count, a->rows, a->col_stride,
                            a->row_stride};
}

static struct strided flipped(const struct dense *a)
{
    return flipped_columns(a, 0, a->cols);
}

/* Rows [first, first + count) of X' (token x resid); left and right are count x hidden. */
static void fill_tile(const struct weights *w, size_t first, size_t count, float *left,
                      float *right, float *out)
{
    size_t hidden = w->l->rows, resid = w->p->rows;
    struct strided tokens = flipped_columns(w->embed, first, count);
    blas_multiply_single(tokens, flipped(w->l), 0, left, hidden);
    blas_multiply_single(tokens, flipped(w->r), 0, right, hidden);
    for (size_t i = 0; i < count * hidden; i++)
        left[i] *= right[i];
    struct strided gated = {left, count, hidden, (ptrdiff_t)hidden, 1};
    blas_multiply_single(gated, flipped(w->p), 0, out, resid);
}

static bool fill_outputs(const struct weights *w, float *out, struct err *e)
{
    size_t tokens = w->embed->cols, hidden = w->l->rows, resid = w->p->rows;
    float *left = mem_try_new(TILE_TOKENS * hidden, sizeof *left);
    float *right = mem_try_new(TILE_TOKENS * hidden, sizeof *right);
    bool ok = (left != NULL && right != NULL) || err_memory(e);
    for (size_t first = 0; ok && first < tokens; first += TILE_TOKENS) {
        size_t count = tokens - first < TILE_TOKENS ? tokens - first : TILE_TOKENS;
        task_step("the MLP's outputs", first, tokens);
        ok = task_go_on(e);
        if (ok)
            fill_tile(w, first, count, left, right, out + first * resid);
    }
    mem_free(left);
    mem_free(right);
    return ok;
}

static bool all_finite(const float *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(numbers[i]))
            return false;
    return true;
}

/* Says which weight spoilt the outputs. */
static bool blame(const struct matrix *const *weights, size_t count, struct err *e)
{
    for (size_t i = 0; i < count; i++)
        if (!matrix_require_finite(weights[i], e))
            return false;
    return err_set(e, ERR_NONFINITE, "the MLP's outputs overflow single precision");
}

static bool axes_fit(const struct matrix *embed, const struct matrix *l, const struct matrix *r,
                     const struct matrix *p, bool residual, struct err *e)
{
    return axis_require(l->col, embed->row, "the columns of L", "the rows of E", e) &&
           axis_require(r->col, embed->row, "the columns of R", "the rows of E", e) &&
           axis_require(l->row, r->row, "the rows of L", "the rows of R", e) &&
           axis_require(p->col, l->row, "the columns of P", "the rows of L", e) &&
           (!residual || axis_require(p->row, embed->row, "the rows of P", "the rows of E", e));
}

/* X' of an MLP, remembered with the embedding's storage: the diagonal with and without the
 * residual, and each later question, share it. */
struct outputs {
    struct dense *rows, *r, *p; /* X', and the weights that the memo's key does not name */
};

static void outputs_destroy(void *object)
{
    struct outputs *o = object;
    dense_unref(o->rows);
    dense_unref(o->r);
    dense_unref(o->p);
    mem_free(o);
}

static struct dense *find_outputs(const struct weights *w)
{
    const struct outputs *o = memo_find(w->embed, w->l, MEMO_OUTPUTS);
    bool same = o != NULL && dense_same_view(o->r, w->r) && dense_same_view(o->p, w->p);
    return same ? dense_ref(o->rows) : NULL;
}

/* A courtesy: where there is no memory or no room for it, it is not remembered. */
static void keep_outputs(const struct weights *w, struct dense *rows)
{
    if (!storage_lasts(w->embed->storage) || !storage_lasts(w->l->storage) ||
        !storage_lasts(w->r->storage) || !storage_lasts(w->p->storage))
        return;
    struct outputs *o = mem_new(1, sizeof *o);
    if (o == NULL)
        return;
    *o = (struct outputs){dense_ref(rows), dense_ref(w->r), dense_ref(w->p)};
    if (!memo_keep(w->embed, w->l, MEMO_OUTPUTS, o, outputs_destroy))
        outputs_destroy(o);
}

/* X', stored token by token, as embeddings are, so that a tile and the Gram matrix read and
 * write numbers that lie together. */
static struct dense *output_rows(const struct weights *w, bool *finite, struct err *e)
{
    float *data;
    struct dense *rows = find_outputs(w);
    *finite = true;
    if (rows != NULL)
        return rows;
    rows = dense_new(w->embed->cols, w->p->rows, &data, e);
    bool ok = rows != NULL && fill_outputs(w, data, e);
    *finite = !ok || all_finite(data, rows->rows * rows->cols);
    if (ok && *finite) {
        keep_outputs(w, rows);
        return rows;
    }
    dense_unref(rows);
    return NULL;
}

/* X' + E', a new matrix. */
static struct dense *with_residual(const struct dense *rows, const struct dense *embed,
                                   struct err *e)
{
    float *to;
    const float *x = dense_data(rows, e), *from = dense_data(embed, e);
    struct dense *sum = dense_new(rows->rows, rows->cols, &to, e);
    for (size_t i = 0; sum != NULL && i < rows->rows; i++)
        for (size_t j = 0; j < rows->cols; j++)
            to[i * rows->cols + j] =
                x[i * rows->cols + j] +
                from[(ptrdiff_t)j * embed->row_stride + (ptrdiff_t)i * embed->col_stride];
    return sum;
}

/* x + E, in place of x. */
static struct matrix *add_residual(struct matrix *x, const struct matrix *embed, struct err *e)
{
    struct matrix *sum = matrix_sum(x, 1, embed, e);
    matrix_unref(x);
    return sum;
}

struct matrix *diagonal_outputs(const struct matrix *embed, const struct matrix *l,
                                const struct matrix *r, const struct matrix *p, bool residual,
                                struct err *e)
{
    if (!axes_fit(embed, l, r, p, residual, e))
        return NULL;
    struct weights w;
    const struct matrix *weights[] = {embed, l, r, p};
    bool finite = true;
    struct dense *rows = weights_make(&w, weights, e) ? output_rows(&w, &finite, e) : NULL;
    if (!finite)
        blame(weights, 4, e);
    int exponent = outputs_exponent(&w);
    bool apart = exponent != 0 || w.exponent[0] != 0; /* too far for one number */
    if (rows != NULL && residual && !apart) {
        struct dense *sum = with_residual(rows, w.embed, e);
        dense_unref(rows);
        rows = sum;
    }
    weights_free(&w);
    struct dense *x = rows ? dense_transpose(rows) : NULL;
    struct matrix *out = x ? matrix_from_dense(x, p->row, embed->col) : NULL;
    dense_unref(rows);
    dense_unref(x);
    out = matrix_shifted(out, exponent);
    return out != NULL && residual && apart ? add_residual(out, embed, e) : out;
}

struct matrix *diagonal_matrix(const struct matrix *unembed, const struct matrix *outputs,
                               struct err *e)
{
    return matrix_product(unembed, outputs, e);
}
