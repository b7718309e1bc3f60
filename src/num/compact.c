/* Long sums and products brought to fewer terms and factors. */
#include <math.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "internal.h"
#include "memo.h"

bool term_is_diagonal(const struct term *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (!t->factors[i].diagonal)
            return false;
    return true;
}

/* Multiplies a diagonal at an end of t, if it is one, into its neighbour. */
static bool fold_end(struct term *t, bool last, struct err *e)
{
    size_t at = last ? t->count - 1 : 0;
    if (t->count < 2 || !t->factors[at].diagonal)
        return true;
    size_t first = last ? t->count - 2 : 0;
    struct factor both = factor_multiply(t->factors[first], t->factors[first + 1], e);
    if (both.dense == NULL)
        return false;
    dense_unref(t->factors[first].dense);
    dense_unref(t->factors[first + 1].dense);
    t->factors[first] = both;
    t->count--;
    for (size_t i = first + 1; i < t->count; i++)
        t->factors[i] = t->factors[i + 1];
    return fold_end(t, last, e);
}

static bool fold_term(struct term *to, const struct term *from, struct err *e)
{
    term_reserve(to, from->scale, from->count);
    for (size_t i = 0; i < from->count; i++)
        term_push(to, from->factors[i]);
    return fold_end(to, false, e) && fold_end(to, true, e);
}

struct matrix *matrix_fold_diagonals(const struct matrix *a, struct err *e)
{
    bool any = false;
    for (size_t t = 0; t < a->count; t++) {
        const struct term *x = &a->terms[t];
        any =
            any || (x->count > 1 && (x->factors[0].diagonal || x->factors[x->count - 1].diagonal));
    }
    if (!any)
        return matrix_ref((struct matrix *)a);
    struct matrix *b = matrix_make(a->row, a->col, a->count);
    bool ok = true;
    for (size_t t = 0; ok && t < a->count; t++)
        ok = fold_term(&b->terms[t], &a->terms[t], e);
    return matrix_finish(b, ok);
}

static bool same_factor(struct factor a, struct factor b)
{
    return a.diagonal == b.diagonal && dense_same_view(a.dense, b.dense);
}

static struct factor end_of(const struct term *t, bool last)
{
    return t->factors[last ? t->count - 1 : 0];
}

/* Do all terms begin (or end) with one factor that is narrower inside, and go on? */
static bool shares_end(const struct matrix *a, bool last, size_t least)
{
    struct factor end = end_of(&a->terms[0], last);
    size_t inner = last ? factor_rows(end) : end.dense->cols;
    bool shared = inner < (last ? a->col.size : a->row.size);
    for (size_t t = 0; shared && t < a->count; t++)
        shared = a->terms[t].count >= least && same_factor(end_of(&a->terms[t], last), end);
    return shared;
}

/* The terms of a without the factor that all have first, or last; a keeps its references, so
 * that only the lists of factors are new. */
static struct matrix *without_ends(const struct matrix *a, bool first, bool last)
{
    struct term *t = &a->terms[0];
    size_t rows = first ? t->factors[0].dense->cols : a->row.size;
    size_t cols = last ? factor_rows(t->factors[t->count - 1]) : a->col.size;
    struct matrix *b =
        matrix_make(axis_make(AXIS_INDEX, rows, NULL), axis_make(AXIS_INDEX, cols, NULL), a->count);
    for (size_t n = 0; n < a->count; n++) {
        t = &a->terms[n];
        term_reserve(&b->terms[n], t->scale, t->count - first - last);
        for (size_t i = first; i < t->count - last; i++)
            term_push(&b->terms[n], t->factors[i]);
    }
    return b;
}

/* The inner part between what all terms of a began and ended with. */
static struct matrix *with_ends(const struct matrix *inner, const struct matrix *a, bool first,
                                bool last)
{
    struct matrix *b = matrix_make(a->row, a->col, inner->count);
    for (size_t n = 0; n < inner->count; n++) {
        const struct term *t = &inner->terms[n];
        term_reserve(&b->terms[n], t->scale, t->count + first + last);
        if (first)
            term_push(&b->terms[n], end_of(&a->terms[0], false));
        for (size_t i = 0; i < t->count; i++)
            term_push(&b->terms[n], t->factors[i]);
        if (last)
            term_push(&b->terms[n], end_of(&a->terms[0], true));
    }
    return b;
}

/* Columns of the pair that the terms make side by side; 0 where one is not a pair. */
static size_t pair_width(const struct split *s)
{
    size_t width = 0;
    for (size_t t = 0; t < s->count; t++) {
        if (s->terms[t].right == NULL)
            return 0;
        width += s->terms[t].left->cols;
    }
    return width;
}

/* Scaled entries of from, to row-major out with leading dimension ld. */
static bool copy_scaled(const struct dense *from, double scale, float *out, size_t ld,
                        struct err *e)
{
    const float *data = dense_data(from, e);
    for (size_t i = 0; data != NULL && i < from->rows; i++)
        for (size_t j = 0; j < from->cols; j++)
            out[i * ld + j] =
                (float)(scale *
                        data[(ptrdiff_t)i * from->row_stride + (ptrdiff_t)j * from->col_stride]);
    return data != NULL;
}

/* [left1 left2 ...] and [right1; right2; ...]. */
static bool join_pairs(const struct split *s, size_t width, struct dense **left,
                       struct dense **right, struct err *e)
{
    float *l, *r;
    *left = dense_new(s->rows, width, &l, e);
    *right = *left ? dense_new(width, s->cols, &r, e) : NULL;
    bool ok = *right != NULL;
    size_t at = 0;
    for (size_t t = 0; ok && t < s->count; t++) {
        const struct split_term *x = &s->terms[t];
        ok = copy_scaled(x->left, x->scale, l + at, width, e) &&
             copy_scaled(x->right, 1, r + at * s->cols, s->cols, e);
        at += x->left->cols;
    }
    return ok;
}

/* All terms of s as one of one or two factors, whichever holds fewer numbers. */
static bool compact_term(const struct split *s, struct term *to, double scale, struct err *e)
{
    size_t width = pair_width(s);
    bool pair = width > 0 && width * (s->rows + s->cols) < s->rows * s->cols;
    struct dense *left = NULL, *right = NULL;
    bool ok = pair ? intermediate_fits(width, s->rows + s->cols, e)
                   : intermediate_fits(s->rows, s->cols, e);
    if (ok && pair) {
        ok = join_pairs(s, width, &left, &right, e);
    } else if (ok) {
        float *data;
        left = dense_new(s->rows, s->cols, &data, e);
        ok = left != NULL && split_tile(s, 0, s->rows, 0, s->cols, data, s->cols, e);
    }
    term_reserve(to, scale, 2);
    if (ok)
        term_push(to, (struct factor){.dense = left});
    if (ok && pair)
        term_push(to, (struct factor){.dense = right});
    dense_unref(left);
    dense_unref(right);
    return ok;
}

static struct matrix *compact_all(const struct matrix *a, struct err *e)
{
    struct split s;
    if (!matrix_split(a, &s, e))
        return NULL;
    struct matrix *b = matrix_make(a->row, a->col, 1);
    double scale = split_take_scale(&s);
    b = matrix_finish(b, compact_term(&s, &b->terms[0], scale, e));
    split_free(&s);
    return b;
}

/* All terms are diagonal: so is their sum. */
static struct matrix *compact_diagonals(const struct matrix *a, struct err *e)
{
    struct vector *v = matrix_diagonal_of(a, e);
    struct matrix *b = v ? matrix_diagonal(v, e) : NULL;
    vector_unref(v);
    return b;
}

static bool is_plain(const struct term *t)
{
    return t->count == 1 && !t->factors[0].diagonal;
}

enum { TILE = 64 };

/* sum += rows x cols entries of t from (row, col) on, of which scale is taken out. */
static bool add_plain(const struct term *t, double scale, size_t row, size_t col, size_t rows,
                      size_t cols, double *sum, struct err *e)
{
    const struct dense *a = t->factors[0].dense;
    const float *data = dense_data(a, e);
    if (data == NULL)
        return false;
    for (size_t i = 0; i < rows; i++) {
        const float *from = data + (ptrdiff_t)(row + i) * a->row_stride;
        for (size_t j = 0; j < cols; j++)
            sum[i * TILE + j] += t->scale / scale * from[(ptrdiff_t)(col + j) * a->col_stride];
    }
    return true;
}

/* The sum of a's plain terms over scale, to row-major out. *finite: it is all of that. By tiles:
 * one side may stride. */
static bool add_all_plain(const struct matrix *a, double scale, float *out, bool *finite,
                          struct err *e)
{
    size_t n = a->row.size, m = a->col.size;
    *finite = true;
    for (size_t row = 0; row < n; row += TILE) {
        if (!task_go_on(e))
            return false;
        for (size_t col = 0; col < m; col += TILE) {
            double sum[TILE * TILE] = {0};
            size_t rows = smaller(TILE, n - row), cols = smaller(TILE, m - col);
            for (size_t t = 0; t < a->count; t++)
                if (is_plain(&a->terms[t]) &&
                    !add_plain(&a->terms[t], scale, row, col, rows, cols, sum, e))
                    return false;
            for (size_t i = 0; i < rows; i++)
                for (size_t j = 0; j < cols; j++) {
                    float x = (float)sum[i * TILE + j];
                    *finite = *finite && isfinite(x);
                    out[(row + i) * m + col + j] = x;
                }
        }
    }
    return true;
}

/* a with one term in place of its plain ones. */
static struct matrix *with_plain(const struct matrix *a, size_t plain, struct dense *sum,
                                 double scale)
{
    struct matrix *b = matrix_make(a->row, a->col, a->count - plain + 1);
    size_t at = 1;
    term_reserve(&b->terms[0], scale, 1);
    term_push(&b->terms[0], (struct factor){.dense = sum});
    for (size_t t = 0; t < a->count; t++) {
        const struct term *x = &a->terms[t];
        if (is_plain(x))
            continue;
        term_reserve(&b->terms[at], x->scale, x->count);
        for (size_t i = 0; i < x->count; i++)
            term_push(&b->terms[at], x->factors[i]);
        at++;
    }
    return b;
}

struct matrix *matrix_add_plain(const struct matrix *a, struct err *e)
{
    size_t plain = 0;
    double scale = 0;
    for (size_t t = 0; t < a->count; t++)
        if (is_plain(&a->terms[t])) {
            scale = fmax(scale, fabs(a->terms[t].scale));
            plain++;
        }
    struct err too_large = {0};
    if (plain < 2 || !(scale > 0 && isfinite(scale)) ||
        !intermediate_fits(a->row.size, a->col.size, &too_large))
        return matrix_ref((struct matrix *)a);
    float *data;
    bool finite;
    struct dense *sum = dense_room(a->row.size, a->col.size, &data, e);
    struct matrix *b = NULL;
    if (sum != NULL && add_all_plain(a, scale, data, &finite, e))
        b = finite ? with_plain(a, plain, sum, scale) : matrix_ref((struct matrix *)a);
    dense_unref(sum);
    return b;
}

struct matrix *matrix_compact(const struct matrix *a, struct err *e)
{
    bool diagonal = true;
    for (size_t t = 0; diagonal && t < a->count; t++)
        diagonal = term_is_diagonal(&a->terms[t]);
    if (a->count == 0)
        return matrix_ref((struct matrix *)a);
    if (diagonal)
        return compact_diagonals(a, e);
    bool first = shares_end(a, false, 2);
    bool last = shares_end(a, true, 2 + (size_t)first);
    if (!first && !last)
        return compact_all(a, e);
    struct matrix *inner = without_ends(a, first, last);
    struct matrix *few = compact_all(inner, e);
    struct matrix *b = few ? with_ends(few, a, first, last) : NULL;
    matrix_unref(inner);
    matrix_unref(few);
    return b;
}
