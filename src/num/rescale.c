/* Keeping the products of very large or very small numbers within single precision. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "internal.h"

bool dense_largest(const struct dense *a, float *largest, bool *finite, struct err *e)
{
    const float *data = dense_data(a, e);
    bool by_cols = a->row_stride == 1; /* as it lies, whichever way it is seen */
    size_t outer = by_cols ? a->cols : a->rows, inner = by_cols ? a->rows : a->cols;
    ptrdiff_t step = by_cols ? a->col_stride : a->row_stride;
    ptrdiff_t stride = by_cols ? a->row_stride : a->col_stride;
    float most = 0;
    bool all = true;
    for (size_t i = 0; data != NULL && i < outer; i++) {
        const float *line = data + (ptrdiff_t)i * step;
        for (size_t j = 0; j < inner; j++) {
            float x = fabsf(line[(ptrdiff_t)j * stride]);
            all &= x <= FLT_MAX;
            most = x > most && x <= FLT_MAX ? x : most;
        }
    }
    *largest = most;
    *finite = all;
    return data != NULL;
}

int scale_exponent(double largest)
{
    int exponent;
    frexp(largest, &exponent);
    return exponent > EXPONENT_MOST || exponent < EXPONENT_LEAST ? exponent : 0;
}

/* The largest finite magnitude is below 2^*exponent; 0 where all are zero. */
static bool find_exponent(const struct dense *a, int *exponent, struct err *e)
{
    float largest;
    bool finite;
    if (!dense_largest(a, &largest, &finite, e))
        return false;
    frexp((double)largest, exponent);
    return true;
}

/* a 2^-exponent. */
static struct dense *shift(const struct dense *a, int exponent, struct err *e)
{
    const float *from = dense_data(a, e);
    float *to;
    struct dense *d = from ? dense_room(a->rows, a->cols, &to, e) : NULL;
    for (size_t i = 0; d != NULL && i < a->rows; i++)
        for (size_t j = 0; j < a->cols; j++)
            to[i * a->cols + j] = ldexpf(
                from[(ptrdiff_t)i * a->row_stride + (ptrdiff_t)j * a->col_stride], -exponent);
    return d;
}

/* Can the factors be multiplied in any order, and then by the scale? */
static bool within_range(const struct term *t, const int *exponents)
{
    int most = 0, least = 0;
    for (size_t i = 0; i < t->count; i++) {
        int inner = 0;
        frexp((double)t->factors[i].dense->cols, &inner); /* sums grow by as much */
        most += exponents[i] > 0 ? exponents[i] : 0;
        most += i + 1 < t->count ? inner : 0;
        least += exponents[i] < 0 ? exponents[i] : 0;
    }
    return most <= EXPONENT_MOST && least >= EXPONENT_LEAST;
}

static bool shift_factors(struct term *to, const struct term *t, const int *exponents,
                          struct err *e)
{
    int sum = 0;
    term_reserve(to, t->scale, t->count);
    for (size_t i = 0; i < t->count; i++) {
        struct factor f = t->factors[i];
        f.dense = shift(f.dense, exponents[i], e);
        if (f.dense == NULL)
            return false;
        to->factors[to->count++] = f;
        sum += exponents[i];
    }
    to->scale = ldexp(t->scale, sum);
    return true;
}

void term_free(struct term *t)
{
    for (size_t i = 0; i < t->count; i++)
        dense_unref(t->factors[i].dense);
    mem_free(t->factors);
    *t = (struct term){0};
}

bool term_rescale(const struct term *t, struct term *out, struct err *e)
{
    int *exponents = mem_new(t->count, sizeof *exponents);
    bool ok = true;
    *out = (struct term){0};
    for (size_t i = 0; ok && i < t->count && t->count > 1; i++)
        ok = find_exponent(t->factors[i].dense, &exponents[i], e);
    if (ok && t->count > 1 && !within_range(t, exponents) &&
        !(ok = shift_factors(out, t, exponents, e)))
        term_free(out);
    mem_free(exponents);
    return ok;
}

/* Products of a handful of factors that reach no further stay within single precision. */
enum { NEAR_ONE = 10 };

int exponent_of(double largest)
{
    int exponent = 0;
    if (isfinite(largest))
        frexp(largest, &exponent);
    return abs(exponent) <= NEAR_ONE ? 0 : exponent;
}

/* The exponent of a term as if its factors' largest entries met; *zero where it has none. */
static bool term_exponent(const struct term *t, int *sum, bool *zero, struct err *e)
{
    int one = 0;
    *zero = t->scale == 0 || !isfinite(t->scale);
    frexp(*zero ? 0 : t->scale, sum);
    for (size_t i = 0; i < t->count; i++) {
        if (!find_exponent(t->factors[i].dense, &one, e))
            return false;
        *sum += one;
    }
    return true;
}

struct matrix *matrix_near_one(const struct matrix *a, int *exponent, struct err *e)
{
    enum { MOST_OF_DOUBLE = 1000 };
    int most = INT_MIN, one = 0;
    for (size_t t = 0; t < a->count; t++) {
        bool zero;
        if (!term_exponent(&a->terms[t], &one, &zero, e))
            return NULL;
        most = !zero && one > most ? one : most;
    }
    *exponent = most == INT_MIN || abs(most) <= NEAR_ONE ? 0 : most;
    if (*exponent == 0)
        return matrix_ref((struct matrix *)a);
    *exponent = *exponent > MOST_OF_DOUBLE    ? MOST_OF_DOUBLE
                : *exponent < -MOST_OF_DOUBLE ? -MOST_OF_DOUBLE
                                              : *exponent;
    return matrix_scale(a, ldexp(1, -*exponent));
}

struct matrix *matrix_shifted(struct matrix *a, int exponent)
{
    if (a == NULL || exponent == 0)
        return a;
    struct matrix *b = matrix_scale(a, ldexp(1, exponent));
    matrix_unref(a);
    return b;
}

double split_take_scale(struct split *s)
{
    double largest = 0;
    for (size_t t = 0; t < s->count; t++)
        largest = fmax(largest, fabs(s->terms[t].scale));
    if (largest == 0 || !isfinite(largest))
        return 1;
    for (size_t t = 0; t < s->count; t++)
        s->terms[t].scale /= largest;
    return largest;
}
