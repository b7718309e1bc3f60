/* What rotary position embedding makes of one head's attention score. */
#ifndef BILENS_NUM_ROTARY_H
#define BILENS_NUM_ROTARY_H

#include <stdbool.h>
#include <stddef.h>

struct err;

/* The rotation of a head of d_head coordinates, of which the first dims turn: pair f is
 * (f, f + dims / 2) (half-split) and turns by base^(-2 f / dims) radians a position, or by
 * frequencies[f]. (Su et al., RoFormer, 2021.) */
struct rotary {
    size_t d_head;
    double base;               /* 10000 in most models */
    size_t dims;               /* 0: all d_head */
    const double *frequencies; /* dims / 2, or NULL; borrowed */
};

/* The lag profile: s[lag] = scale * <rotated q at p, rotated k at p - lag>, which depends
 * on the lag alone, for lag = 0 .. lags - 1 positions; q = W_q x and k = W_k y, d_head
 * numbers each. s = scale * sum_f a_f cos(theta_f lag) - b_f sin(theta_f lag), where
 * a = q_lo k_lo + q_hi k_hi and b = q_hi k_lo - q_lo k_hi, and the coordinates that do not turn
 * add their product to every lag. scale is 1/sqrt(d_head) as the
 * model attends, or 1. ERR_ARGUMENT: dims is odd, or base is not positive. */
bool rotary_lag_profile(struct rotary rotary, const double *q, const double *k, double scale,
                        size_t lags, double *s, struct err *e);

/* x (d_head numbers) as it stands at a position, in place. The same errors. */
bool rotary_turn(struct rotary rotary, double position, double *x, struct err *e);

#endif
