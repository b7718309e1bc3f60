/* Logits as a distribution over tokens: the softmax of a row, and draws from it. */
#ifndef BILENS_NUM_DISTRIBUTION_H
#define BILENS_NUM_DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/num/random.h"

struct err;

/* log sum_i exp(x_i), in double, safe against overflow; n > 0. NaN or infinite where x is:
 * a caller that wants numbers asks isfinite() of it. */
double log_sum_exp(const float *x, size_t n);

/* The index of the largest entry, the lowest among equals; n > 0. */
size_t largest_entry(const float *x, size_t n);

/* How many entries are larger than entry i: its rank, from 0. */
size_t rank_of_entry(const float *x, size_t n, size_t i);

struct sampling {
    double temperature; /* 0: always the most likely one */
    size_t top;         /* draw among that many of the most likely only; 0: among all */
};

/* An index drawn with probability proportional to exp(x_i / temperature). ERR_NONFINITE where
 * an entry is not finite. */
bool sample_draw(const float *x, size_t n, struct sampling how, struct random *random, size_t *out,
                 struct err *e);

#endif
