#include "bilens/num/rotary.h"

#include <math.h>

#include "bilens/base/err.h"

static size_t dims_of(struct rotary rotary)
{
    return rotary.dims == 0 ? rotary.d_head : rotary.dims;
}

static bool rotary_valid(struct rotary rotary, struct err *e)
{
    if (dims_of(rotary) % 2 != 0)
        return err_set(e, ERR_ARGUMENT,
                       "rotary positions turn pairs of coordinates, but %s is %zu, an odd "
                       "number",
                       rotary.dims == 0 ? "d_head" : "their number", dims_of(rotary));
    if (rotary.dims > rotary.d_head)
        return err_set(e, ERR_ARGUMENT, "rotary positions turn %zu coordinates of %zu", rotary.dims,
                       rotary.d_head);
    if (rotary.frequencies == NULL && (!(rotary.base > 0) || !isfinite(rotary.base)))
        return err_set(e, ERR_ARGUMENT, "the rotary base must be a positive number, not %g",
                       rotary.base);
    return true;
}

/* Radians a position. */
static double frequency(struct rotary rotary, size_t pair)
{
    if (rotary.frequencies != NULL)
        return rotary.frequencies[pair];
    return pow(rotary.base, -2 * (double)pair / (double)dims_of(rotary));
}

/* s[lag] += a cos(theta lag) - b sin(theta lag), turning step by step; afresh every FRESH
 * steps, for each step adds a rounding. */
static void add_wave(double a, double b, double theta, size_t lags, double *s)
{
    enum { FRESH = 64 };
    double step_cos = cos(theta), step_sin = sin(theta), c = 1, d = 0;
    for (size_t lag = 0; lag < lags; lag++) {
        if (lag % FRESH == 0) {
            c = cos(theta * (double)lag);
            d = sin(theta * (double)lag);
        }
        s[lag] += a * c - b * d;
        double next = c * step_cos - d * step_sin;
        d = d * step_cos + c * step_sin;
        c = next;
    }
}

bool rotary_lag_profile(struct rotary rotary, const double *q, const double *k, double scale,
                        size_t lags, double *s, struct err *e)
{
    if (!rotary_valid(rotary, e))
        return false;
    size_t half = dims_of(rotary) / 2;
    double still = 0;
    for (size_t i = 2 * half; i < rotary.d_head; i++)
        still += q[i] * k[i];
    for (size_t lag = 0; lag < lags; lag++)
        s[lag] = scale * still;
    for (size_t f = 0; f < half; f++) {
        double theta = frequency(rotary, f);
        double a = q[f] * k[f] + q[f + half] * k[f + half];
        double b = q[f + half] * k[f] - q[f] * k[f + half];
        add_wave(scale * a, scale * b, theta, lags, s);
    }
    return true;
}

bool rotary_turn(struct rotary rotary, double position, double *x, struct err *e)
{
    if (!rotary_valid(rotary, e))
        return false;
    size_t half = dims_of(rotary) / 2;
    for (size_t f = 0; f < half; f++) {
        double angle = frequency(rotary, f) * position;
        double low = x[f], high = x[f + half];
        x[f] = low * cos(angle) - high * sin(angle);
        x[f + half] = high * cos(angle) + low * sin(angle);
    }
    return true;
}
