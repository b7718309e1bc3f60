/* Causal attention over remembered keys and values, and rotary positions of many rows. */
#ifndef BILENS_NUM_ATTENTION_H
#define BILENS_NUM_ATTENTION_H

#include <stdbool.h>
#include <stddef.h>

struct err;

/* The cosines and sines of rotary positions: of pair f at position p, the angle is p times
 * the pair's frequency. */
struct rotary_table {
    size_t pairs, positions;
    float *cosines, *sines; /* positions x pairs; owned */
};

/* frequencies: radians a position, pairs of them. Angles are computed in double. */
bool rotary_table_make(const double *frequencies, size_t pairs, size_t positions,
                       struct rotary_table *out, struct err *e);
void rotary_table_done(struct rotary_table *t);

/* Turns the first 2 pairs coordinates of one head's row as it stands at a position, half-split
 * (pair f is coordinates f and f + pairs), in place. (Su et al., RoFormer, 2021.) */
void rotary_table_turn(const struct rotary_table *t, size_t position, float *x);

struct attention {
    size_t heads, kv_heads, d_head; /* head i reads key-value head floor(i kv_heads / heads) */
    double scale;                   /* of <q, k> */
    double cap;                     /* soft cap of the scaled score; 0: none */
    size_t window;                  /* positions that a query sees, its own included; 0: all */
};

/* The keys and values of the positions so far: capacity rows of kv_heads x d_head numbers. */
struct attention_cache {
    size_t capacity;
    float *keys, *values; /* owned */
};

bool attention_cache_make(const struct attention *a, size_t capacity, struct attention_cache *out,
                          struct err *e);
void attention_cache_done(struct attention_cache *c);

/* What each head reads: out[i, h] = sum over visible j of softmax_j(cap(scale <q_i, k_j>)) v_j for
 * queries at positions first .. first + count - 1, whose keys and values are in the cache.
 * q and out are count x (heads d_head), with leading dimensions; softmax sums in double. */
bool attention_causal(const struct attention *a, const struct attention_cache *c, const float *q,
                      size_t ldq, size_t first, size_t count, float *out, size_t ldout,
                      struct err *e);

#endif
