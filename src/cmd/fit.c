/* What a spectrum looks like beside a random one: svd --fit. */
#include <math.h>

#include "bilens/base/err.h"
#include "bilens/base/task.h"
#include "bilens/base/mem.h"
#include "bilens/cmd/common.h"
#include "bilens/num/measures.h"

/* The Frobenius norm of what has these singular values. */
static double norm_of(const double *values, size_t n)
{
    return n > 0 ? fabs(values[0]) * sqrt(measures_stable_rank(values, n)) : 0;
}

/* The exponent that the fit gives for a random matrix of d's shape and norm. */
static bool random_exponent(const struct decomp *d, double *exponent, struct err *e)
{
    size_t n = decomp_count(d);
    double *values = mem_new(n, sizeof *values);
    struct power_law law;
    bool ok = values != NULL || err_memory(e);
    if (ok) {
        measures_bulk_values(norm_of(decomp_values(d), n), decomp_axis(d, SIDE_U).size,
                             decomp_axis(d, SIDE_V).size, n, values);
        ok = measures_power_law(values, n, &law, e);
    }
    if (ok)
        *exponent = law.exponent;
    mem_free(values);
    return ok;
}

static bool add_law(struct block *b, const struct decomp *d, struct err *e)
{
    struct power_law law;
    double random;
    return measures_power_law(decomp_values(d), decomp_count(d), &law, e) &&
           random_exponent(d, &random, e) && block_scalar(b, "exponent", law.exponent, e) &&
           block_scalar(b, "error", law.error, e) &&
           block_scalar(b, "tail values", (double)law.count, e) &&
           block_scalar(b, "tail from", sqrt(law.cut), e) &&
           block_scalar(b, "distance", law.distance, e) &&
           block_scalar(b, "random exponent", random, e);
}

static bool add_bulk(struct block *b, const struct decomp *d, struct err *e)
{
    const double *values = decomp_values(d);
    size_t n = decomp_count(d), above = 0;
    struct bulk bulk =
        measures_bulk(norm_of(values, n), decomp_axis(d, SIDE_U).size, decomp_axis(d, SIDE_V).size);
    while (above < n && values[above] > bulk.upper)
        above++;
    return block_scalar(b, "bulk from", bulk.lower, e) &&
           block_scalar(b, "bulk to", bulk.upper, e) &&
           block_scalar(b, "values above", (double)above, e) &&
           block_scalar(b, "their energy", measures_energy(values, n, above), e);
}

bool report_fit(struct report *r, const struct value *d, struct err *e)
{
    struct task_part whole = task_here();
    for (int bulk = 0; bulk < 2; bulk++)
        for (size_t n = 0; n < d->count; n++) {
            if (bulk == 0) /* the laws take the time */
                value_member_begins(&whole, d, n);
            struct block *b = report_add(r, BLOCK_SCALARS, e);
            if (b == NULL)
                return false;
            b->member = value_member(d, n);
            if (!(bulk ? add_bulk : add_law)(b, d->items[n].decomp, e))
                return false;
        }
    task_back(&whole);
    return report_ledger(r, e, "fit",
                         "power law of s^2, tail by least Kolmogorov-Smirnov distance; bulk by "
                         "Marchenko and Pastur, same shape and norm");
}
