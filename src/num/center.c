#include "bilens/num/center.h"

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/num/finite.h"
#include "internal.h"
#include "memo.h"

/* An outer factor, whose numbers lie row by row, with the diagonals that stand before it (by_row)
 * and behind it (by_col), which are NULL where there are none. Centred over its rows (of_rows),
 * its columns, or both. */
struct centred {
    struct dense *of; /* a reference */
    bool of_rows, of_cols;
    double *by_row, *by_col;
    double *row_mean, *col_mean; /* a row's over its columns, a column's over its rows */
    double mean;                 /* of all */
};

static void centred_free(struct centred *c)
{
    dense_unref(c->of);
    mem_free(c->by_row);
    mem_free(c->by_col);
    mem_free(c->row_mean);
    mem_free(c->col_mean);
    mem_free(c);
}

static void release(void *context)
{
    centred_free(context);
}

/* Numbers [first, first + count) of row i, without widening all where they lie together. */
static bool read_part(const struct dense *a, size_t i, size_t first, size_t count, float *out,
                      struct err *e)
{
    ptrdiff_t at = (ptrdiff_t)i * a->row_stride + (ptrdiff_t)first * a->col_stride;
    if (a->col_stride == 1)
        return storage_read(a->storage, (size_t)((ptrdiff_t)a->offset + at), count, out, e);
    const float *data = dense_data(a, e);
    for (size_t j = 0; data != NULL && j < count; j++)
        out[j] = data[at + (ptrdiff_t)j * a->col_stride];
    return data != NULL;
}

/* Number j of row i, which is x, between its diagonals. */
static double number_at(const struct centred *c, size_t i, size_t j, float x)
{
    double row = c->by_row != NULL ? c->by_row[i] : 1;
    return row * x * (c->by_col != NULL ? c->by_col[j] : 1);
}

static bool fill(void *context, size_t first, size_t count, float *out, struct err *e)
{
    const struct centred *c = context;
    size_t cols = c->of->cols;
    for (size_t at = 0, some; at < count; at += some) {
        size_t i = (first + at) / cols, from = (first + at) % cols;
        some = smaller(cols - from, count - at);
        if (!read_part(c->of, i, from, some, out + at, e))
            return false;
        double of_row =
            (c->of_cols ? c->row_mean[i] : 0) - (c->of_rows && c->of_cols ? c->mean : 0);
        for (size_t j = from; j < from + some; j++) {
            float *x = &out[at + j - from];
            double mean = of_row + (c->of_rows ? c->col_mean[j] : 0);
            *x = (float)(number_at(c, i, j, *x) - mean);
        }
    }
    return true;
}

/* Of columns of one number all sums are exact, and so is what is taken away. */
static bool find_means(struct centred *c, struct err *e)
{
    enum { STEP = 256 };
    size_t rows = c->of->rows, cols = c->of->cols;
    float *row = mem_new(cols, sizeof *row);
    c->row_mean = mem_new(rows, sizeof *c->row_mean);
    c->col_mean = mem_new(cols, sizeof *c->col_mean);
    bool ok = true;
    for (size_t i = 0; ok && i < rows; i++) {
        if (i % STEP == 0)
            task_aside("centring", i, rows);
        ok = task_go_on(e) && read_part(c->of, i, 0, cols, row, e);
        for (size_t j = 0; ok && j < cols; j++) {
            double x = number_at(c, i, j, row[j]);
            c->row_mean[i] += x;
            c->col_mean[j] += x;
        }
        c->mean += c->row_mean[i] / (double)cols / (double)rows;
        c->row_mean[i] /= (double)cols;
    }
    for (size_t j = 0; ok && j < cols; j++)
        c->col_mean[j] /= (double)rows;
    mem_free(row);
    return ok;
}

/* One NaN makes others of the means that it is in. */
static bool blame(void *context, size_t count, const char *name, struct err *e)
{
    const struct centred *c = context;
    struct matrix *of = matrix_from_dense(c->of, axis_make(AXIS_INDEX, c->of->rows, NULL),
                                          axis_make(AXIS_INDEX, c->of->cols, NULL));
    bool finite = matrix_require_finite(of, e);
    matrix_unref(of);
    return finite && err_set(e, ERR_NONFINITE,
                             "%s overflows float32, which ends at 3.4e38, in %zu place%s when it "
                             "is centred",
                             name, count, count == 1 ? "" : "s");
}

/* Takes c, also on failure. */
static struct dense *centred_dense(struct centred *c, struct err *e)
{
    struct dense *of = c->of;
    if (!find_means(c, e)) {
        centred_free(c);
        return NULL;
    }
    struct storage_source source = {.fill = fill,
                                    .release = release,
                                    .context = c,
                                    .most = of->storage->source.most,
                                    .narrowed = of->storage->source.narrowed,
                                    .blame = blame};
    size_t rows = of->rows, cols = of->cols;
    struct storage *s = storage_new_lazy(source, rows * cols, of->storage->name);
    struct dense *d = dense_view(s, 0, rows, cols, (ptrdiff_t)cols, 1);
    storage_unref(s);
    return d;
}

/* The product of diagonals [first, last) of t, in double precision; NULL if there are none, or
 * (*ok false) on failure. */
static double *diagonals(const struct term *t, size_t first, size_t last, bool *ok, struct err *e)
{
    size_t n = first < last ? t->factors[first].dense->cols : 0;
    double *by = first < last && *ok ? mem_new(n, sizeof *by) : NULL;
    for (size_t i = 0; by != NULL && i < n; i++)
        by[i] = 1;
    for (size_t f = first; by != NULL && *ok && f < last; f++) {
        const struct dense *d = t->factors[f].dense;
        const float *s = dense_data(d, e);
        *ok = s != NULL;
        for (size_t i = 0; *ok && i < n; i++)
            by[i] *= s[(ptrdiff_t)i * d->col_stride];
    }
    return by;
}

/* Factors [first, last] of t, all diagonals but the one at `at`, as one, centred. */
static struct dense *center_factors(const struct term *t, size_t first, size_t at, size_t last,
                                    bool rows, bool cols, struct err *e)
{
    const struct dense *d = t->factors[at].dense;
    bool flip = d->row_stride == 1 && d->col_stride != 1; /* so that it is read as it lies */
    struct centred *c = mem_new(1, sizeof *c);
    bool ok = true;
    double *left = diagonals(t, first, at, &ok, e), *right = diagonals(t, at + 1, last + 1, &ok, e);
    *c = (struct centred){.of_rows = flip ? cols : rows,
                          .of_cols = flip ? rows : cols,
                          .by_row = flip ? right : left,
                          .by_col = flip ? left : right};
    c->of = flip ? dense_transpose(d) : dense_ref((struct dense *)d);
    if (!ok) {
        centred_free(c);
        return NULL;
    }
    struct dense *out = centred_dense(c, e);
    if (out == NULL || !flip)
        return out;
    struct dense *back = dense_transpose(out);
    dense_unref(out);
    return back;
}

static bool push_centred(struct term *to, struct dense *d)
{
    if (d != NULL)
        to->factors[to->count++] = (struct factor){.dense = d};
    return d != NULL;
}

/* A term that is not of diagonals alone. */
static bool center_term(struct term *to, const struct term *t, bool rows, bool cols, struct err *e)
{
    size_t first = 0, last = t->count - 1;
    while (t->factors[first].diagonal)
        first++;
    while (t->factors[last].diagonal)
        last--;
    size_t from = rows ? 0 : first, to_end = cols ? t->count - 1 : last;
    term_reserve(to, t->scale, t->count);
    for (size_t i = 0; i < from; i++)
        term_push(to, t->factors[i]);
    bool one = first == last, ok = true;
    if (one)
        ok = push_centred(to, center_factors(t, from, first, to_end, rows, cols, e));
    else if (rows)
        ok = push_centred(to, center_factors(t, from, first, first, true, false, e));
    else
        term_push(to, t->factors[first]);
    for (size_t i = first + 1; ok && i < last; i++)
        term_push(to, t->factors[i]);
    bool mirrored = rows && first == 0 && last + 1 == t->count &&
                    dense_is_transpose(t->factors[first].dense, t->factors[last].dense);
    if (ok && !one && cols) /* w_e' ... w_e stays that */
        ok = push_centred(to, mirrored ? dense_transpose(to->factors[0].dense)
                                       : center_factors(t, last, last, to_end, false, true, e));
    else if (ok && !one)
        term_push(to, t->factors[last]);
    for (size_t i = to_end + 1; ok && i < t->count; i++)
        term_push(to, t->factors[i]);
    return ok;
}

/* ---- diagonal matrices, which have as many values as rows whatever is added ---- */

/* u v' as a matrix of rank one. */
static struct matrix *outer(const struct vector *u, const struct vector *v, struct err *e)
{
    struct axis one = axis_make(AXIS_INDEX, 1, NULL);
    struct matrix *column = matrix_of_vector(u, one, true, e);
    struct matrix *row = column ? matrix_of_vector(v, one, false, e) : NULL;
    struct matrix *product = row ? matrix_product(column, row, e) : NULL;
    matrix_unref(column);
    matrix_unref(row);
    return product;
}

/* Takes a; a less the mean of its rows. */
static struct matrix *take_mean(struct matrix *a, struct err *e)
{
    struct vector *one = vector_new(a->row);
    for (size_t i = 0; i < a->row.size; i++)
        one->data[i] = 1;
    struct vector *mean = matrix_apply_transposed(a, one, e);
    for (size_t i = 0; mean != NULL && i < mean->axis.size; i++)
        mean->data[i] /= (double)a->row.size;
    struct matrix *product = mean ? outer(one, mean, e) : NULL;
    struct matrix *centred = product ? matrix_sum(a, -1, product, e) : NULL;
    vector_unref(one);
    vector_unref(mean);
    matrix_unref(product);
    matrix_unref(a);
    return centred;
}

/* Takes a. */
static struct matrix *flipped(struct matrix *a)
{
    struct matrix *t = a ? matrix_transpose(a) : NULL;
    matrix_unref(a);
    return t;
}

static struct matrix *center_diagonal(const struct matrix *a, const struct term *t, bool rows,
                                      bool cols, struct err *e)
{
    struct matrix one = {.row = a->row, .col = a->col, .count = 1, .terms = (struct term *)t};
    struct matrix *m = matrix_scale(&one, 1);
    if (rows)
        m = take_mean(m, e);
    if (m != NULL && cols) {
        m = flipped(m);
        m = flipped(m ? take_mean(m, e) : NULL);
    }
    return m;
}

/* ---- */

/* Takes sum; sum + the term, centred. */
static struct matrix *add_term(struct matrix *sum, const struct matrix *a, const struct term *t,
                               bool rows, bool cols, struct err *e)
{
    struct matrix *m = NULL;
    if (term_is_diagonal(t)) {
        m = center_diagonal(a, t, rows, cols, e);
    } else {
        m = matrix_make(a->row, a->col, 1);
        m = matrix_finish(m, center_term(&m->terms[0], t, rows, cols, e));
    }
    struct matrix *both = m ? matrix_sum(sum, 1, m, e) : NULL;
    matrix_unref(m);
    matrix_unref(sum);
    return both;
}

struct matrix *matrix_center(const struct matrix *a, bool rows, bool cols, struct err *e)
{
    struct matrix *sum = matrix_make(a->row, a->col, 0);
    for (size_t t = 0; sum != NULL && t < a->count; t++)
        sum = add_term(sum, a, &a->terms[t], rows, cols, e);
    return sum;
}

/* Adds what `count` columns of a tile say to their sums and sums of squares. */
static void add_tile(const float *tile, size_t rows, size_t count, double *sums, double *squares)
{
    for (size_t j = 0; j < count; j++)
        sums[j] = squares[j] = 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < count; j++) {
            double x = (double)tile[i * count + j];
            sums[j] += x;
            squares[j] += x * x;
        }
}

bool matrix_column_spread(const struct matrix *a, bool centred, double *out, struct err *e)
{
    enum { TILE = 256 };
    size_t rows = a->row.size, cols = a->col.size;
    struct split split;
    double sums[TILE];
    if (!matrix_split(a, &split, e))
        return false;
    float *tile = mem_try_new(rows, TILE * sizeof *tile);
    bool ok = tile != NULL || err_memory(e);
    for (size_t first = 0; ok && first < cols; first += TILE) {
        size_t count = cols - first < TILE ? cols - first : TILE;
        task_step("adding up columns", first, cols);
        ok = task_go_on(e) && split_tile(&split, 0, rows, first, count, tile, count, e);
        if (ok)
            add_tile(tile, rows, count, sums, out + first);
        for (size_t j = 0; ok && j < count; j++) {
            double mean = centred ? sums[j] / (double)rows : 0;
            out[first + j] = out[first + j] / (double)rows - mean * mean;
        }
    }
    mem_free(tile);
    split_free(&split);
    return ok;
}
