#include "fold.h"

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/num/dense.h"
#include "bilens/num/finite.h"

/* Behind a folded storage: its numbers stand head by head, row by row. */
struct folded {
    struct stored_weight weight; /* these three hold references */
    struct norm before, after;
};

static void take_weight(struct stored_weight *to, const struct stored_weight *from)
{
    *to = *from;
    if (to->storage != NULL)
        storage_ref(to->storage);
}

static void take_norm(struct norm *to, const struct norm *from)
{
    *to = *from;
    take_weight(&to->gain, &from->gain);
    to->bias.storage = NULL; /* it goes into the bias, not into the weight */
}

static void folded_release(void *context)
{
    struct folded *f = context;

    storage_unref(f->weight.storage);
    storage_unref(f->before.gain.storage);
    storage_unref(f->after.gain.storage);
    mem_free(f);
}

/* --- Numbers --- */

/* Row i of one head. */
static bool read_row(const struct stored_weight *w, size_t head, size_t i, float *out,
                     struct err *e)
{
    size_t at = w->offset + head * (size_t)w->head_stride + i * (size_t)w->row_stride;
    const float *data;

    if (w->col_stride == 1)
        return storage_read(w->storage, at, w->cols, out, e);
    data = storage_data(w->storage, e); /* a row lies scattered over all of it */
    for (size_t j = 0; data != NULL && j < w->cols; j++)
        out[j] = data[at + j * (size_t)w->col_stride];
    return data != NULL;
}

/* The factor of coordinate i, 1 without a gain. gain is NULL there. */
static double gain_at(const struct norm *n, const float *gain, size_t i)
{
    if (gain == NULL)
        return 1;
    return (n->one_plus ? 1 : 0) + (double)gain[n->gain.offset + i];
}

/* *gain is NULL where there is none. */
static bool get_gain(const struct norm *n, const float **gain, struct err *e)
{
    *gain = NULL;
    if (n->kind == NORM_NONE || n->gain.storage == NULL)
        return true;
    *gain = storage_data(n->gain.storage, e);
    return *gain != NULL;
}

/* row diag(gain), less its mean for LayerNorm, times factor. */
static void fold_row(const struct norm *before, const float *gain, double factor, size_t cols,
                     float *row)
{
    double mean = 0;

    if (before->kind == NORM_LAYER) {
        for (size_t j = 0; j < cols; j++)
            mean += (double)row[j] * gain_at(before, gain, j);
        mean /= (double)cols;
    }
    for (size_t j = 0; j < cols; j++)
        row[j] = (float)(factor * ((double)row[j] * gain_at(before, gain, j) - mean));
}

static bool make_row(const struct folded *f, const float *in, const float *out, size_t head,
                     size_t i, float *row, struct err *e)
{
    if (!task_go_on(e) || !read_row(&f->weight, head, i, row, e))
        return false;
    fold_row(&f->before, in, gain_at(&f->after, out, i), f->weight.cols, row);
    return true;
}

/* Whole rows go straight to out; of one that is only asked for in part, a copy is made. */
static bool folded_fill(void *context, size_t first, size_t count, float *out, struct err *e)
{
    const struct folded *f = context;
    size_t cols = f->weight.cols, end = first + count;
    const float *before, *after;
    float *part = mem_alloc(cols * sizeof *part);
    bool good = get_gain(&f->before, &before, e) && get_gain(&f->after, &after, e);
    for (size_t at = first; good && at < end;) {
        size_t row = at / cols, skip = at % cols;
        size_t some = cols - skip < end - at ? cols - skip : end - at;
        float *to = some == cols ? out + (at - first) : part;
        good = make_row(f, before, after, row / f->weight.rows, row % f->weight.rows, to, e);
        for (size_t j = 0; good && to == part && j < some; j++)
            out[at - first + j] = part[skip + j];
        at += some;
    }
    mem_free(part);
    return good;
}

static bool folded_blame(void *context, size_t count, const char *name, struct err *e)
{
    const struct folded *f = context;
    struct storage *parts[] = {f->weight.storage, f->before.gain.storage, f->after.gain.storage};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i] != NULL && !storage_require_finite(parts[i], e))
            return false;
    return err_set(e, ERR_NONFINITE,
                   "%s overflows float32, which ends at 3.4e38, in %zu place%s when the gain of a "
                   "norm is folded into it; load the model without --fold",
                   name, count, count == 1 ? "" : "s");
}

void fold_weight(const struct stored_weight *w, const struct norm *before, const struct norm *after,
                 struct stored_weight *out)
{
    struct folded *f = mem_new(1, sizeof *f);
    struct storage_source source = {.fill = folded_fill,
                                    .release = folded_release,
                                    .context = f,
                                    .most = w->storage->source.most,
                                    .lasting = true,
                                    .narrowed = w->storage->source.narrowed,
                                    .blame = folded_blame};

    take_weight(&f->weight, w);
    take_norm(&f->before, before);
    take_norm(&f->after, after);
    *out = *w;
    out->offset = 0;
    out->col_stride = 1;
    out->row_stride = (ptrdiff_t)w->cols;
    out->head_stride = (ptrdiff_t)(w->rows * w->cols);
    out->storage = storage_new_lazy(source, w->heads * w->rows * w->cols, w->storage->name);
}

/* --- Biases --- */

bool fold_has_bias(const struct stored_weight *bias, const struct norm *before)
{
    return (bias != NULL && bias->storage != NULL) ||
           (before != NULL && before->kind != NORM_NONE && before->bias.storage != NULL);
}

/* Adds w shift, w lying by rows. */
static bool add_by_rows(const struct stored_weight *w, size_t head, const float *shift, double *out,
                        struct err *e)
{
    float *row = mem_alloc(w->cols * sizeof *row);
    bool good = true;

    for (size_t i = 0; good && i < w->rows; i++) {
        double sum = 0;
        good = read_row(w, head, i, row, e);
        for (size_t j = 0; good && j < w->cols; j++)
            sum += (double)row[j] * (double)shift[j];
        out[i] += sum;
    }
    mem_free(row);
    return good;
}

/* The same, w lying by columns. */
static bool add_by_cols(const struct stored_weight *w, size_t head, const float *shift, double *out,
                        struct err *e)
{
    float *col = mem_alloc(w->rows * sizeof *col);
    bool good = true;

    for (size_t j = 0; good && j < w->cols; j++) {
        size_t at = w->offset + head * (size_t)w->head_stride + j * (size_t)w->col_stride;
        good = storage_read(w->storage, at, w->rows, col, e);
        for (size_t i = 0; good && i < w->rows; i++)
            out[i] += (double)col[i] * (double)shift[j];
    }
    mem_free(col);
    return good;
}

static bool add_shift(const struct stored_weight *w, const struct norm *before, size_t head,
                      double *out, struct err *e)
{
    const float *shift;

    if (before == NULL || before->kind == NORM_NONE || before->bias.storage == NULL)
        return true;
    shift = storage_data(before->bias.storage, e);
    if (shift == NULL)
        return false;
    shift += before->bias.offset;
    return w->col_stride == 1 ? add_by_rows(w, head, shift, out, e)
                              : add_by_cols(w, head, shift, out, e);
}

bool fold_bias(const struct stored_weight *w, const struct stored_weight *bias,
               const struct norm *before, const struct norm *after, size_t head, double *out,
               struct err *e)
{
    const float *data = NULL, *gain = NULL;

    if (bias != NULL && bias->storage != NULL && (data = storage_data(bias->storage, e)) == NULL)
        return false;
    for (size_t i = 0; i < w->rows; i++)
        out[i] =
            data == NULL ? 0 : (double)data[bias->offset + head * (size_t)bias->head_stride + i];
    if (!add_shift(w, before, head, out, e))
        return false;
    if (after == NULL)
        return true;
    if (!get_gain(after, &gain, e))
        return false;
    for (size_t i = 0; i < w->rows; i++)
        out[i] *= gain_at(after, gain, i);
    return true;
}
