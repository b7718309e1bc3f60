#include "forward_steps.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/num/dense.h"
#include "bilens/num/nonlinear.h"
#include "bilens/num/panel.h"

/* --- Linear maps --- */

/* y (n rows, ldy apart) := x W' + beta y, by the view of a weight. */
static bool multiply(const struct dense *w, const float *x, size_t n, size_t ldx, float beta,
                     float *y, size_t ldy, struct err *e)
{
    const float *data = dense_data(w, e);
    struct strided a = {x, n, w->cols, (ptrdiff_t)ldx, 1};
    struct strided b = {data, w->cols, w->rows, w->col_stride, w->row_stride};
    if (data == NULL)
        return false;
    bool done =
        n == 1 && beta == 0 ? blas_apply_single(b, x, y) : blas_multiply_single(a, b, beta, y, ldy);
    return done || err_set(e, ERR_UNSUPPORTED, "a weight is stored neither by rows nor by columns");
}

/* Takes the view. */
static bool multiply_view(struct dense *view, const float *x, size_t n, size_t ldx, float beta,
                          float *y, size_t ldy, struct err *e)
{
    bool good = multiply(view, x, n, ldx, beta, y, ldy, e);
    dense_unref(view);
    return good;
}

/* All heads as one matrix, where they follow one another: side by side, or under each other. */
static struct dense *joined_view(const struct stored_weight *w, size_t down, size_t along)
{
    return dense_view(w->storage, w->offset, w->rows * down, w->cols * along, w->row_stride,
                      w->col_stride);
}

static bool add_bias(const struct stored_weight *b, size_t n, size_t width, float *y, struct err *e)
{
    if (b->storage == NULL)
        return true;
    const float *data = storage_data(b->storage, e);
    for (size_t h = 0; data != NULL && h < b->heads; h++) {
        const float *from = data + b->offset + h * (size_t)b->head_stride;
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < b->rows; j++)
                y[i * width + h * b->rows + j] += from[(ptrdiff_t)j * b->row_stride];
    }
    return data != NULL;
}

bool linear_apply(const struct stored_weight *w, const struct stored_weight *b, const float *x,
                  size_t n, float *y, struct err *e)
{
    size_t width = w->heads * w->rows;
    bool good = true;
    if (w->heads == 1 || w->head_stride == (ptrdiff_t)w->rows * w->row_stride)
        good = multiply_view(joined_view(w, w->heads, 1), x, n, w->cols, 0, y, width, e);
    else
        for (size_t h = 0; good && h < w->heads; h++)
            good = multiply_view(stored_weight_view(w, h), x, n, w->cols, 0, y + h * w->rows, width,
                                 e);
    return good && add_bias(b, n, width, y, e);
}

bool linear_gather(const struct stored_weight *w, const struct stored_weight *b, const float *x,
                   size_t n, float *y, struct err *e)
{
    size_t width = w->heads * w->cols;
    bool good = true;
    if (w->heads == 1 || w->head_stride == (ptrdiff_t)w->cols * w->col_stride)
        good = multiply_view(joined_view(w, 1, w->heads), x, n, width, 0, y, w->rows, e);
    else
        for (size_t h = 0; good && h < w->heads; h++)
            good = multiply_view(stored_weight_view(w, h), x + h * w->cols, n, width, h > 0 ? 1 : 0,
                                 y, w->rows, e);
    return good && add_bias(b, n, w->rows, y, e);
}

/* --- Norms and activations --- */

/* The norm's gain and bias on n rows. */
static bool apply_gain(const struct norm *norm, size_t n, size_t d, float *y, struct err *e)
{
    if (norm->gain.storage == NULL)
        return true;
    const float *gain = storage_data(norm->gain.storage, e);
    if (gain == NULL)
        return false;
    gain += norm->gain.offset;
    float one = norm->one_plus ? 1 : 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < d; j++)
            y[i * d + j] *= one + gain[(ptrdiff_t)j * norm->gain.row_stride];
    return true;
}

bool norm_apply(const struct norm *norm, const float *x, size_t n, size_t d, float *y,
                double *scales, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        double scale = 1;
        if (norm->kind == NORM_LAYER)
            scale = norm_layer_row(x + i * d, d, norm->eps, y + i * d);
        else if (norm->kind == NORM_RMS)
            scale = norm_rms_row(x + i * d, d, norm->eps, y + i * d);
        else if (y != x)
            memcpy(y + i * d, x + i * d, d * sizeof *y);
        if (scales != NULL)
            scales[i] = scale;
    }
    return norm->kind == NORM_NONE ||
           (apply_gain(norm, n, d, y, e) && add_bias(&norm->bias, n, d, y, e));
}

void activation_apply(enum activation activation, float *x, size_t n)
{
    static void (*const apply[])(float *, size_t) = {
        [ACTIVATION_RELU] = relu_apply,
        [ACTIVATION_SILU] = silu_apply,
        [ACTIVATION_GELU] = gelu_apply,
        [ACTIVATION_GELU_TANH] = gelu_tanh_apply,
        [ACTIVATION_GELU_QUICK] = gelu_quick_apply,
        [ACTIVATION_RELU_SQUARED] = relu_squared_apply,
    };
    if (activation != ACTIVATION_NONE)
        apply[activation](x, n);
}

bool vector_read(const struct stored_weight *w, size_t n, double value, double *out, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        out[i] = value;
    if (w->storage == NULL)
        return true;
    const float *data = storage_data(w->storage, e);
    for (size_t i = 0; data != NULL && i < n; i++)
        out[i] = (double)data[(ptrdiff_t)w->offset + (ptrdiff_t)(i / w->rows) * w->head_stride +
                              (ptrdiff_t)(i % w->rows) * w->row_stride];
    return data != NULL;
}

bool column_read(const struct stored_weight *w, size_t j, float *x, struct err *e)
{
    const float *data = storage_data(w->storage, e);
    if (data == NULL)
        return false;
    data += (ptrdiff_t)w->offset + (ptrdiff_t)j * w->col_stride;
    for (size_t i = 0; i < w->rows; i++)
        x[i] = data[(ptrdiff_t)i * w->row_stride];
    return true;
}
