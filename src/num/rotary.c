#include "bilens/num/rotary.h"

#include <math.h>

#include "bilens/base/err.h"

static bool rotary_valid(struct rotary rotary, struct err *e)
{
    if (rotary.d_head % 2 != 0)
        return err_set(e, ERR_ARGUMENT,
                       "rotary positions turn pairs of coordinates, but d_head is %zu, an odd "
                       "number",
                       rotary.d_head);
    if (!(rotary.base > 0) || !isfinite(rotary.base))
        return err_set(e, ERR_ARGUMENT, "the rotary base must be a positive number, not %g",
                       rotary.base);
    return true;
}

/* Radians a position. */
static double frequency(struct rotary rotary, size_t pair)
{
    return pow(rotary.base, -2 * (double)pair / (double)rotary.d_head);
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
    size_t half = rotary.d_head / 2;
    for (size_t lag = 0; lag < lags; lag++)
        s[lag] = 0;
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
    size_t half = rotary.d_head / 2;
    for (size_t f = 0; f < half; f++) {
        double angle = frequency(rotary, f) * position;
        double low = x[f], high = x[f + half];
        x[f] = low * cos(angle) - high * sin(angle);
        x[f + half] = high * cos(angle) + low * sin(angle);
    }
    return true;
}
