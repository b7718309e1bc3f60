#include "bilens/num/distribution.h"

#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/num/vector.h"

size_t largest_entry(const float *x, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        best = x[i] > x[best] ? i : best;
    return best;
}

double log_sum_exp(const float *x, size_t n)
{
    double largest = (double)x[largest_entry(x, n)], sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += exp((double)x[i] - largest);
    return largest + log(sum);
}

size_t rank_of_entry(const float *x, size_t n, size_t i)
{
    size_t above = 0;
    for (size_t j = 0; j < n; j++)
        above += x[j] > x[i];
    return above;
}

/* Walks along count weights until their sum passes a share of the whole. */
static size_t walk(const double *weights, size_t count, double share)
{
    double sum = 0, passed = 0;
    size_t last = 0;
    for (size_t i = 0; i < count; i++)
        sum += weights[i];
    for (size_t i = 0; i < count; i++) {
        passed += weights[i];
        if (weights[i] > 0)
            last = i; /* where rounding leaves the sum short of the whole */
        if (passed > share * sum)
            return i;
    }
    return last;
}

/* Sets all weights but the top largest to zero. */
static bool keep_largest(double *weights, size_t n, size_t top)
{
    size_t *order = mem_new(top, sizeof *order);
    double *kept = mem_new(top, sizeof *kept);
    bool good = order != NULL && kept != NULL;
    if (good) {
        size_t count = vector_extremes(weights, n, top, true, order);
        for (size_t k = 0; k < count; k++)
            kept[k] = weights[order[k]];
        memset(weights, 0, n * sizeof *weights);
        for (size_t k = 0; k < count; k++)
            weights[order[k]] = kept[k];
    }
    mem_free(order);
    mem_free(kept);
    return good || out_of_memory();
}

/* Is the largest one finite, and none NaN? */
static bool can_be_drawn(const float *x, size_t n)
{
    bool good = isfinite(x[largest_entry(x, n)]);
    for (size_t i = 0; i < n; i++)
        good = good && !isnan(x[i]);
    return good;
}

bool sample_draw(const float *x, size_t n, struct sampling how, struct random *random, size_t *out,
                 struct err *e)
{
    if (!can_be_drawn(x, n))
        return err_set(e, ERR_NONFINITE, "the logits are not finite");
    *out = largest_entry(x, n);
    if (how.temperature <= 0 || how.top == 1)
        return true;
    double *weights = mem_new(n, sizeof *weights), largest = (double)x[*out];
    if (weights == NULL)
        return err_memory(e);
    for (size_t i = 0; i < n; i++)
        weights[i] = exp(((double)x[i] - largest) / how.temperature);
    bool good = how.top == 0 || how.top >= n || keep_largest(weights, n, how.top);
    if (good)
        *out = walk(weights, n, random_uniform(random));
    mem_free(weights);
    return good;
}
