#include "bilens/num/nonlinear.h"

#include <math.h>

static double row_mean(const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i];
    return n > 0 ? sum / (double)n : 0;
}

/* (x - centre) / sqrt(mean (x - centre)^2 + eps) */
static double norm_around(const float *x, size_t n, double centre, double eps, float *out)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += ((double)x[i] - centre) * ((double)x[i] - centre);
    double scale = 1 / sqrt(sum / (double)(n > 0 ? n : 1) + eps);
    for (size_t i = 0; i < n; i++)
        out[i] = (float)(((double)x[i] - centre) * scale);
    return scale;
}

double norm_layer_row(const float *x, size_t n, double eps, float *out)
{
    return norm_around(x, n, row_mean(x, n), eps, out);
}

double norm_rms_row(const float *x, size_t n, double eps, float *out)
{
    return norm_around(x, n, 0, eps, out);
}

void relu_apply(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] < 0 ? 0 : x[i]; /* a NaN stays one */
}

void relu_squared_apply(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] < 0 ? 0 : x[i] * x[i];
}

void silu_apply(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] /= 1 + expf(-x[i]);
}

void gelu_apply(float *x, size_t n)
{
    const float root = 0.7071067811865476F; /* sqrt(1 / 2) */
    for (size_t i = 0; i < n; i++)
        x[i] = 0.5F * x[i] * (1 + erff(root * x[i]));
}

void gelu_tanh_apply(float *x, size_t n)
{
    const float root = 0.7978845608028654F; /* sqrt(2 / pi) */
    for (size_t i = 0; i < n; i++)
        x[i] = 0.5F * x[i] * (1 + tanhf(root * (x[i] + 0.044715F * x[i] * x[i] * x[i])));
}

void gelu_quick_apply(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] /= 1 + expf(-1.702F * x[i]);
}

void softcap_apply(double cap, float *x, size_t n)
{
    float most = (float)cap;
    for (size_t i = 0; most > 0 && i < n; i++)
        x[i] = most * tanhf(x[i] / most);
}

void multiply_elements(float *x, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] *= y[i];
}

void add_elements(float *x, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] += y[i];
}

void scale_elements(float *x, double scale, size_t n)
{
    for (size_t i = 0; scale != 1 && i < n; i++)
        x[i] = (float)(scale * (double)x[i]);
}
