#include "bilens/draw/scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Beyond these a difference overflows or a step underflows. */
static const double HUGE_MOST = 4e307, TINY_MOST = 1e-300;
/* Ranges narrower than this part of their values are drawn as one value. */
static const double NARROW = 1e-9;

static double clamp(double value, double lo, double hi)
{
    return value < lo ? lo : value > hi ? hi : value;
}

struct scale scale_new(double lo, double hi, bool log)
{
    if (log && !(hi > 0))
        return (struct scale){1, 10, true, 0};
    lo = clamp(lo, -HUGE_MOST, HUGE_MOST);
    hi = clamp(hi, lo, HUGE_MOST);
    if (log) {
        lo = fmax(lo, TINY_MOST);
        hi = fmax(hi, lo);
        if (hi <= lo * (1 + NARROW))
            return (struct scale){lo / 2, hi * 2, true, 0};
        return (struct scale){lo, hi, true, 0};
    }
    double size = fmax(fabs(lo), fabs(hi));
    if (size < TINY_MOST)
        return lo < 0 ? (struct scale){-1, 1, false, 0} : (struct scale){0, 1, false, 0};
    if (hi - lo <= size * NARROW)
        return (struct scale){lo - size / 2, hi + size / 2, false, 0};
    return (struct scale){lo, hi, false, 0};
}

double scale_fraction(const struct scale *scale, double value)
{
    double lo = scale->lo, hi = scale->hi;
    value = clamp(value, lo, hi);
    if (scale->log)
        return (log10(value) - log10(lo)) / (log10(hi) - log10(lo)); /* hi / lo may overflow */
    return (value - lo) / (hi - lo);
}

/* The smallest of 1, 2, 5 times a power of ten that is at least x. */
static double nice_above(double x)
{
    double power = pow(10, floor(log10(x)));
    static const double factors[] = {1, 2, 5};
    for (size_t i = 0; i < 3; i++)
        if (factors[i] * power >= x * (1 - NARROW))
            return factors[i] * power;
    return 10 * power;
}

static double nice_below(double x)
{
    double power = pow(10, floor(log10(x)));
    static const double factors[] = {10, 5, 2};
    for (size_t i = 0; i < 3; i++)
        if (factors[i] * power <= x * (1 + NARROW))
            return factors[i] * power;
    return power;
}

void scale_round(struct scale *scale, size_t ticks)
{
    if (scale->log) {
        scale->lo = fmax(nice_below(scale->lo), TINY_MOST);
        scale->hi = nice_above(scale->hi);
        return;
    }
    double lo = scale->lo, hi = scale->hi, most = ticks < 3 ? 3 : (double)ticks;
    double step = nice_above((hi - lo) / (most - 1));
    for (int tries = 0; tries < 3; tries++) { /* rounding adds up to two steps */
        scale->lo = floor(lo / step + NARROW) * step;
        scale->hi = ceil(hi / step - NARROW) * step;
        scale->step = step;
        if ((scale->hi - scale->lo) / step < most - 0.5)
            break;
        step = nice_above(step * 1.5);
    }
}

static void add_tick(struct ticks *ticks, double at)
{
    if (ticks->count < TICKS_MOST)
        ticks->at[ticks->count++] = at;
}

/* Multiples of step inside the scale; the number of them is known before. */
static void fill_linear(const struct scale *scale, double step, struct ticks *ticks)
{
    double first = ceil(scale->lo / step - 1e-6), last = floor(scale->hi / step + 1e-6);
    ticks->count = 0;
    ticks->step = step;
    for (double i = 0; i <= last - first && i < TICKS_MOST; i++)
        add_tick(ticks, (first + i) * step);
}

static void linear_ticks(const struct scale *scale, size_t most, double least_step,
                         struct ticks *ticks)
{
    most = most < 1 ? 1 : most > TICKS_MOST ? TICKS_MOST : most;
    double step = nice_above((scale->hi - scale->lo) / (double)most);
    step = fmax(step, least_step);
    if (scale->step > 0) {
        fill_linear(scale, scale->step, ticks);
        return;
    }
    fill_linear(scale, step, ticks);
    /* An even range of n steps has n + 1 ticks. */
    for (int tries = 0; ticks->count > most && tries < 2; tries++)
        fill_linear(scale, nice_above(step * (tries == 0 ? 1.5 : 3)), ticks);
}

/* Factors times powers of ten, every `stride` decades. */
static void fill_log(const struct scale *scale, const double *factors, size_t count, int stride,
                     struct ticks *ticks)
{
    int first = (int)floor(log10(scale->lo)), last = (int)ceil(log10(scale->hi));
    ticks->count = 0;
    ticks->step = 0;
    for (int decade = first; decade <= last; decade++) {
        if (decade % stride != 0)
            continue;
        for (size_t i = 0; i < count; i++) {
            double at = factors[i] * pow(10, decade);
            if (at >= scale->lo * (1 - NARROW) && at <= scale->hi * (1 + NARROW))
                add_tick(ticks, at);
        }
    }
}

static void log_ticks(const struct scale *scale, size_t most, struct ticks *ticks)
{
    static const double factors[][3] = {{1, 2, 5}, {1, 3, 0}, {1, 0, 0}};
    double decades = log10(scale->hi) - log10(scale->lo);
    most = most < 2 ? 2 : most > TICKS_MOST ? TICKS_MOST : most;
    for (size_t n = 3; n >= 1; n--) {
        if (decades * (double)n <= (double)most - 1) {
            fill_log(scale, factors[3 - n], n, 1, ticks);
            if (ticks->count <= most)
                return;
        }
    }
    int stride = (int)nice_above(fmax(decades / (double)most, 1));
    fill_log(scale, factors[2], 1, stride, ticks);
}

void scale_ticks(const struct scale *scale, size_t most, struct ticks *ticks)
{
    if (scale->log)
        log_ticks(scale, most, ticks);
    else
        linear_ticks(scale, most, 0, ticks);
}

void scale_index_ticks(const struct scale *scale, size_t most, struct ticks *ticks)
{
    if (scale->log)
        log_ticks(scale, most, ticks);
    else
        linear_ticks(scale, most, 1, ticks);
}

/* "1.50e+06" to "1.5e6": printf's exponent has a sign and two digits. */
static void shorten_exponent(char *label, bool strip)
{
    char *e = strchr(label, 'e');
    if (e == NULL)
        return;
    int exponent = 0;
    sscanf(e + 1, "%d", &exponent);
    char *end = e;
    if (strip && memchr(label, '.', (size_t)(e - label)) != NULL) {
        while (end[-1] == '0')
            end--;
        if (end[-1] == '.')
            end--;
    }
    snprintf(end, NUMBER_SIZE - (size_t)(end - label), "e%d", exponent);
}

static void strip_zeros(char *label)
{
    if (strchr(label, '.') == NULL)
        return;
    char *end = label + strlen(label);
    while (end[-1] == '0')
        end--;
    if (end[-1] == '.')
        end--;
    *end = '\0';
}

static bool wants_exponent(double size)
{
    return size > 0 && (size >= 1e6 || size < 1e-3);
}

void ticks_label(const struct ticks *ticks, size_t i, char label[NUMBER_SIZE])
{
    double value = ticks->at[i], step = ticks->step, size = 0;
    for (size_t k = 0; k < ticks->count; k++)
        size = fmax(size, fabs(ticks->at[k]));
    if (step == 0) {
        number_short(value, label);
    } else if (value == 0 || fabs(value) < step / 2) {
        snprintf(label, NUMBER_SIZE, "0");
    } else if (wants_exponent(size)) {
        int digits = (int)(floor(log10(fabs(value)) + NARROW) - floor(log10(step) + NARROW));
        snprintf(label, NUMBER_SIZE, "%.*e", digits < 0 ? 0 : digits > 15 ? 15 : digits, value);
        shorten_exponent(label, true);
    } else {
        int decimals = (int)-floor(log10(step) + NARROW);
        snprintf(label, NUMBER_SIZE, "%.*f", decimals < 0 ? 0 : decimals, value);
    }
}

void number_short(double value, char label[NUMBER_SIZE])
{
    double size = fabs(value);
    if (isnan(value)) {
        snprintf(label, NUMBER_SIZE, "NaN");
    } else if (isinf(value)) {
        snprintf(label, NUMBER_SIZE, value > 0 ? "inf" : "-inf");
    } else if (size == 0) {
        snprintf(label, NUMBER_SIZE, "0");
    } else if (wants_exponent(size)) {
        snprintf(label, NUMBER_SIZE, "%.2e", value);
        shorten_exponent(label, true);
    } else {
        int decimals = 2 - (int)floor(log10(size));
        snprintf(label, NUMBER_SIZE, "%.*f", decimals < 0 ? 0 : decimals, value);
        strip_zeros(label);
    }
}
