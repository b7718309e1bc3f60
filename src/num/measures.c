#include "bilens/num/measures.h"

#include <math.h>
#include <stdlib.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"

/* The largest magnitude: sums are made of ratios to it, which cannot overflow. */
static double scale_of(const double *values, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(values[i]));
    return largest;
}

/* sum of (s / scale)^2 over the first n. */
static double energy_sum(const double *values, size_t n, double scale)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (values[i] / scale) * (values[i] / scale);
    return sum;
}

double measures_effective_rank(const double *values, size_t n)
{
    double scale = scale_of(values, n), sum = 0;
    if (scale == 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        sum += fabs(values[i]) / scale;
    return sum * sum / energy_sum(values, n, scale);
}

double measures_stable_rank(const double *values, size_t n)
{
    double scale = scale_of(values, n);
    return scale == 0 ? 0 : energy_sum(values, n, scale);
}

double measures_entropy_rank(const double *values, size_t n)
{
    double scale = scale_of(values, n), entropy = 0;
    if (scale == 0)
        return 0;
    double total = energy_sum(values, n, scale);
    for (size_t i = 0; i < n; i++) {
        double p = (values[i] / scale) * (values[i] / scale) / total;
        if (p > 0)
            entropy -= p * log(p);
    }
    return exp(entropy);
}

size_t measures_rank(const double *values, size_t n)
{
    double scale = scale_of(values, n);
    double cut = scale > 0 ? MEASURES_NOISE * sqrt(energy_sum(values, n, scale)) : 0;
    size_t rank = 0;
    while (rank < n && scale > 0 && fabs(values[rank]) / scale > cut)
        rank++;
    return rank;
}

double measures_energy(const double *values, size_t n, size_t r)
{
    double scale = scale_of(values, n);
    if (scale == 0)
        return 0;
    return r >= n ? 1 : energy_sum(values, r, scale) / energy_sum(values, n, scale);
}

size_t measures_energy_rank(const double *values, size_t n, double share)
{
    double scale = scale_of(values, n), sum = 0;
    if (scale == 0)
        return 0;
    double total = energy_sum(values, n, scale);
    size_t r = 0;
    while (r < n && sum < share * total) {
        sum += (values[r] / scale) * (values[r] / scale);
        r++;
    }
    return r;
}

static bool close_to(double a, double b, double gap)
{
    return fabs(a - b) <= gap * fmax(fabs(a), fabs(b));
}

/* The next value of the sign of values[at] after it; n if there is none. */
static size_t next_alike(const double *values, size_t n, size_t at)
{
    size_t next = at + 1;
    while (next < n && signbit(values[next]) != signbit(values[at]) && values[next] != 0)
        next++;
    return next;
}

/* The run that starts at `first`. */
static struct degenerate run_from(const double *values, size_t n, size_t first, double gap)
{
    struct degenerate run = {first, 1, 1};
    for (size_t at = first;;) {
        size_t next = next_alike(values, n, at);
        if (next >= n || !close_to(values[at], values[next], gap))
            return run;
        run.count++;
        run.span = next - first + 1;
        at = next;
    }
}

/* Does the value before it in its sign already hold it in a run? */
static bool continues(const double *values, size_t at, double gap)
{
    size_t before = at;
    while (before-- > 0)
        if (signbit(values[before]) == signbit(values[at]) || values[at] == 0)
            return close_to(values[before], values[at], gap);
    return false;
}

size_t measures_degenerate(const double *values, size_t n, double gap, struct degenerate *out)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (continues(values, i, gap))
            continue;
        struct degenerate run = run_from(values, n, i, gap);
        if (run.count > 1)
            out[count++] = run;
    }
    return count;
}

struct bulk measures_bulk(double norm, size_t rows, size_t cols)
{
    if (rows == 0 || cols == 0)
        return (struct bulk){0};
    double r = sqrt((double)rows), c = sqrt((double)cols), sigma = norm / (r * c);
    return (struct bulk){sigma * fabs(r - c), sigma * (r + c)};
}

/* Between lower (angle pi) and upper (angle 0): s, and how much of Marchenko and Pastur's law of
 * the singular values lies about it, which has no poles by the angle. */
static double bulk_density(struct bulk bulk, double angle, double *s)
{
    *s = (bulk.upper + bulk.lower) / 2 + (bulk.upper - bulk.lower) / 2 * cos(angle);
    double sine = sin(angle);
    return *s > 0 ? sine * sine * sqrt((bulk.upper + *s) * (bulk.lower + *s)) / *s : 0;
}

void measures_bulk_values(double norm, size_t rows, size_t cols, size_t n, double *out)
{
    enum { CELLS = 4096 };
    const double cell = acos(-1) / CELLS;
    struct bulk bulk = measures_bulk(norm, rows, cols);
    double total = 0, before = 0, s;
    for (size_t k = 0; k < CELLS; k++)
        total += bulk_density(bulk, ((double)k + 0.5) * cell, &s);
    size_t i = 0;
    for (size_t k = 0; total > 0 && k < CELLS; k++) {
        double in = bulk_density(bulk, ((double)k + 0.5) * cell, &s);
        for (; i < n && ((double)i + 0.5) / (double)n * total <= before + in; i++) {
            double part = (((double)i + 0.5) / (double)n * total - before) / in;
            bulk_density(bulk, ((double)k + part) * cell, &out[i]);
        }
        before += in;
    }
    for (; i < n; i++) /* rounding left them over, or all is zero */
        out[i] = bulk.lower;
}

/* Kolmogorov-Smirnov distance of the largest `count` values, given by their logarithms in
 * descending order, from the power law with this cut and exponent. */
static double tail_distance(const double *logs, size_t count, double exponent)
{
    double cut = logs[count - 1], largest = 0;
    for (size_t i = 0; i < count; i++) {
        double above = exp((1 - exponent) * (logs[i] - cut)); /* what the law has beyond it */
        double most = (double)(i + 1) / (double)count, least = (double)i / (double)count;
        largest = fmax(largest, fmax(most - above, above - least));
    }
    return largest;
}

static bool fit_cuts(const double *logs, size_t n, struct power_law *out)
{
    double sum = 0;
    bool found = false;
    for (size_t count = 1; count <= n; count++) {
        double cut = logs[count - 1];
        sum += cut;
        if (count < n && logs[count] == cut)
            continue; /* equal values lie on one side of a cut */
        double excess = sum - (double)count * cut;
        if (!(excess > 1e-12 * (double)count))
            continue; /* all the same: no law */
        double exponent = 1 + (double)count / excess;
        double distance = tail_distance(logs, count, exponent);
        if (!found || distance < out->distance)
            *out = (struct power_law){exponent, (exponent - 1) / sqrt((double)count), exp(cut),
                                      count, distance};
        found = true;
    }
    return found;
}

bool measures_power_law(const double *values, size_t n, struct power_law *out, struct err *e)
{
    size_t count = measures_rank(values, n); /* the rest is rounding, which has a law of its own */
    double *logs = mem_new(count, sizeof *logs);
    for (size_t i = 0; i < count; i++)
        logs[i] = 2 * log(fabs(values[i]));
    bool found = fit_cuts(logs, count, out);
    mem_free(logs);
    return found || err_set(e, ERR_ARGUMENT,
                            "a power law needs at least two different values that are not zero to "
                            "within rounding; of these %zu, %zu %s not",
                            n, count, count == 1 ? "is" : "are");
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

bool measures_dwarfed(const double *values, size_t n)
{
    enum { DWARFED = 10, NOISE = 10000 };
    double *sorted = mem_new(n, sizeof *sorted);
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(values[i]))
            sorted[count++] = values[i];
    qsort(sorted, count, sizeof *sorted, by_value);
    bool dwarfed = count > 2 && sorted[0] > 0 && sorted[count - 1] > DWARFED * sorted[count / 2] &&
                   sorted[count - 1] < NOISE * sorted[0];
    mem_free(sorted);
    return dwarfed;
}
