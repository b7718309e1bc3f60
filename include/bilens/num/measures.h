/* What one number, or a few, say of a spectrum. A spectrum is n finite values by magnitude,
 * largest first, as decompositions give them: singular values, or eigenvalues with their
 * sign. Nothing here fails but the fit of a power law. */
#ifndef BILENS_NUM_MEASURES_H
#define BILENS_NUM_MEASURES_H

#include <stdbool.h>
#include <stddef.h>

struct err;

/* Between 0 (no values, or all zero) and n: */
/* (sum |l|)^2 / sum l^2. */
double measures_effective_rank(const double *values, size_t n);
/* sum s^2 / s_1^2. (Rudelson and Vershynin, 2007.) */
double measures_stable_rank(const double *values, size_t n);
/* exp(-sum p log p), p = s^2 / sum s^2. */
double measures_entropy_rank(const double *values, size_t n);

/* How many exceed this part of their norm, (sum s^2)^(1/2): rounding the entries of a matrix to
 * float32 moves no singular value by more than 2^-24 of that, whatever its shape. */
#define MEASURES_NOISE 0x1p-22
size_t measures_rank(const double *values, size_t n);

/* The share of sum s^2 that the first r values have, 0 to 1; 0 of a zero spectrum. */
double measures_energy(const double *values, size_t n, size_t r);
/* The smallest r with measures_energy >= share (0 to 1); 0 for a zero spectrum. */
size_t measures_energy_rank(const double *values, size_t n, double share);

/* Values that are equal within a relative gap: of their vectors only the span means
 * something. */
struct degenerate {
    size_t first, count; /* index of the first, and how many */
    /* How many places from the first to the last. Larger than count only where values of
     * the opposite sign, which do not belong to it, lie between. */
    size_t span;
};
#define MEASURES_GAP 1e-4 /* the gap that reports use */

/* Runs of at least two values of one sign, neighbours |a - b| <= gap * max(|a|, |b|), in
 * order of first, to out (room for n / 2). Returns how many. Of zeros all are one run. */
size_t measures_degenerate(const double *values, size_t n, double gap, struct degenerate *out);

/* Does the first value dwarf the others (ten times the median), so that on a linear scale they
 * would all lie on the axis? Not where some are noise (1e-4 of it), for on a log scale that is
 * all one would see; nor where one is not positive. Values need not be ordered, nor finite. */
bool measures_dwarfed(const double *values, size_t n);

/* Where the singular values of a random rows x cols matrix with independent entries and this
 * Frobenius norm end: sigma |sqrt(rows) -+ sqrt(cols)|, sigma^2 = norm^2 / (rows cols).
 * (Marchenko and Pastur, 1967.) What lies above upper is not noise of that kind. */
struct bulk {
    double lower, upper;
};
struct bulk measures_bulk(double norm, size_t rows, size_t cols);
/* What they are like between those ends: the quantiles (i + 1/2) / n of that law of the singular
 * values, largest first, to out (n numbers). */
void measures_bulk_values(double norm, size_t rows, size_t cols, size_t n, double *out);

/* p(x) ~ x^-exponent for x >= cut, fitted to the eigenvalues x = s^2 of A'A. */
struct power_law {
    double exponent, error; /* error: its standard error, (exponent - 1) / sqrt(count) */
    double cut;             /* a value of s^2 */
    size_t count;           /* values in the tail, the first ones of the spectrum */
    double distance;        /* Kolmogorov-Smirnov, between the tail and the law */
};
/* Maximum likelihood, exponent = 1 + count / sum log(x / cut), the cut chosen for the least
 * distance; at least two values in the tail, of those that measures_rank counts. n^2 / 2
 * exponentials. ERR_ARGUMENT: fewer than two different ones. (Clauset, Shalizi and Newman, 2009.)
 */
bool measures_power_law(const double *values, size_t n, struct power_law *out, struct err *e);

#endif
