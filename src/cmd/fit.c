/* What a spectrum looks like beside a random one: svd --fit. */
#include <math.h>
#include <stdint.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/cmd/common.h"
#include "bilens/num/measures.h"
#include "bilens/num/noise.h"

/* The Frobenius norm of what has these singular values. */
static double norm_of(const double *values, size_t n)
{
    return n > 0 ? fabs(values[0]) * sqrt(measures_stable_rank(values, n)) : 0;
}

/* A member's spectrum and, unless its kind is none, that of random numbers in its place. */
struct fitted {
    const struct decomp *d;
    enum noise kind;
    double *noise; /* as many values as d has */
    struct bulk bulk;
};

static bool fitted_make(struct fitted *f, const struct value *d, const struct value *v, size_t n,
                        struct err *e)
{
    struct matrix *m = value_matrix(v, n, e);
    *f = (struct fitted){.d = d->items[n].decomp, .kind = m ? noise_kind(m) : NOISE_NONE};
    size_t count = decomp_count(f->d);
    double norm = norm_of(decomp_values(f->d), count);
    bool ok = m != NULL;
    if (ok && f->kind != NOISE_NONE) {
        f->noise = mem_new(count, sizeof *f->noise);
        ok = noise_values(m, norm, count, f->noise, e);
    }
    if (ok && f->kind == NOISE_DENSE)
        f->bulk = measures_bulk(norm, m->row.size, m->col.size);
    else if (ok && f->kind == NOISE_PRODUCT && count > 0)
        f->bulk = (struct bulk){f->noise[count - 1], f->noise[0]};
    matrix_unref(m);
    return ok;
}

/* The exponent that the fit gives for the random numbers. */
static bool add_random_exponent(struct block *b, const struct fitted *f, struct err *e)
{
    struct power_law law;
    if (!measures_power_law(f->noise, decomp_count(f->d), &law, e))
        return false;
    block_scalar(b, "random exponent", law.exponent);
    return true;
}

static bool add_law(struct block *b, const struct fitted *f, struct err *e)
{
    struct power_law law;
    if (!measures_power_law(decomp_values(f->d), decomp_count(f->d), &law, e))
        return false;
    block_scalar(b, "exponent", law.exponent);
    block_scalar(b, "error", law.error);
    block_scalar(b, "tail values", (double)law.count);
    block_scalar(b, "tail from", sqrt(law.cut));
    block_scalar(b, "distance", law.distance);
    return f->kind == NOISE_NONE || add_random_exponent(b, f, e);
}

static void add_bulk(struct block *b, const struct fitted *f)
{
    const double *values = decomp_values(f->d);
    size_t n = decomp_count(f->d), above = 0;
    while (above < n && values[above] > f->bulk.upper)
        above++;
    block_scalar(b, "bulk from", f->bulk.lower);
    block_scalar(b, "bulk to", f->bulk.upper);
    block_scalar(b, "values above", (double)above);
    block_scalar(b, "their energy", measures_energy(values, n, above));
}

/* The laws of all members, or their bulks. */
static bool add_all(struct report *r, const struct value *d, const struct fitted *all, bool bulk,
                    struct err *e)
{
    bool ok = true;
    for (size_t n = 0; ok && n < d->count; n++) {
        if (bulk && all[n].kind == NOISE_NONE)
            continue;
        struct block *b = report_add(r, BLOCK_SCALARS);
        b->member = value_member(d, n);
        if (bulk)
            add_bulk(b, &all[n]);
        else
            ok = add_law(b, &all[n], e);
    }
    return ok;
}

/* Says how many values a law was fitted to, where some member has too few for it to mean much. */
static void few_values(struct report *r, const struct fitted *all, size_t count)
{
    enum { HANDFUL = 5 };
    size_t least = SIZE_MAX;
    for (size_t n = 0; n < count; n++) {
        size_t rank = measures_rank(decomp_values(all[n].d), decomp_count(all[n].d));
        least = rank < least ? rank : least;
    }
    if (least < HANDFUL)
        report_ledger(r, "values fitted", "%zu, too few to say much", least);
}

bool report_fit(struct report *r, const struct value *d, const struct value *v, struct err *e)
{
    static const char *const against[] = {
        [NOISE_NONE] = "no random matrix is of the shape of a sum, or of a product with diagonals",
        [NOISE_DENSE] = "bulk by Marchenko and Pastur, same shape and norm",
        [NOISE_PRODUCT] = "bulk of random factors of the same shapes, same norm",
    };
    struct fitted *all = mem_new(d->count, sizeof *all);
    bool ok = true;
    struct task_part whole = task_here();
    for (size_t n = 0; ok && n < d->count; n++) {
        value_member_begins(&whole, d, n);
        ok = task_go_on(e) && fitted_make(&all[n], d, v, n, e);
    }
    task_back(&whole);
    ok = ok && add_all(r, d, all, false, e) && add_all(r, d, all, true, e);
    report_ledger(r, "fit", "power law of s^2, tail by least Kolmogorov-Smirnov distance; %s",
                  against[d->count > 0 ? all[0].kind : NOISE_NONE]);
    few_values(r, all, d->count);
    for (size_t n = 0; n < d->count; n++)
        mem_free(all[n].noise);
    mem_free(all);
    return ok;
}
