/* Random numbers that are the same for the same seed, on every machine: xoshiro256**
 * (Blackman and Vigna, 2018), its state filled from the seed by SplitMix64. */
#ifndef BILENS_NUM_RANDOM_H
#define BILENS_NUM_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state[4];
};

struct random random_seeded(uint64_t seed);
uint64_t random_next(struct random *r);
/* In [0, 1), a multiple of 2^-53. */
double random_uniform(struct random *r);

#endif
