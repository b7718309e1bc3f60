#include <math.h>
#include <string.h>

#include "bilens/draw/chart.h"

struct spark_range {
    double lo, hi;
};

/* From 0, or from the least value where that is negative. */
static struct spark_range range_of(const double *values, size_t count)
{
    struct spark_range range = {0, 0};
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i]))
            continue;
        range.lo = fmin(range.lo, values[i]);
        range.hi = fmax(range.hi, values[i]);
    }
    return range;
}

/* The value of the largest magnitude in [start, stop); NaN where one is not finite. */
static double reduce(const double *values, size_t start, size_t stop)
{
    double best = values[start];
    for (size_t i = start; i < stop; i++) {
        if (!isfinite(values[i]))
            return NAN;
        if (fabs(values[i]) > fabs(best))
            best = values[i];
    }
    return best;
}

static uint32_t spark_glyph(double value, struct spark_range range, bool ascii)
{
    static const char ramp[] = " .:-=+*#%@";
    int levels = ascii ? (int)strlen(ramp) : 8;
    if (!isfinite(value))
        return '?';
    /* Halves, for hi - lo may overflow. */
    double span = range.hi / 2 - range.lo / 2;
    double fraction = span > 0 ? (value / 2 - range.lo / 2) / span : 0;
    int level = (int)lround(fraction * (levels - 1));
    return ascii ? (uint32_t)ramp[level] : 0x2581u + (uint32_t)level;
}

struct canvas *draw_spark(const double *values, size_t count, size_t width,
                          const struct theme *theme, struct err *e)
{
    size_t cells = count < width ? count : width;
    struct spark_range range = range_of(values, count);
    struct canvas *c = canvas_new(1, cells, e);
    for (size_t i = 0; c != NULL && i < cells; i++) {
        size_t start = (size_t)((double)i * (double)count / (double)cells);
        size_t stop = (size_t)((double)(i + 1) * (double)count / (double)cells);
        double value = reduce(values, start, stop > count ? count : stop);
        enum role role = isfinite(value) ? ROLE_SERIES : ROLE_MARK;
        canvas_set(c, 0, i, role, spark_glyph(value, range, theme->charset == CHARSET_ASCII));
    }
    return c;
}
