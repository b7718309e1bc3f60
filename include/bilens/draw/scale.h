/* Scales: round ticks, and numbers as short as they stay unambiguous. */
#ifndef BILENS_DRAW_SCALE_H
#define BILENS_DRAW_SCALE_H

#include <stdbool.h>
#include <stddef.h>

enum { TICKS_MOST = 16, NUMBER_SIZE = 32 };

/* The range of an axis; hi > lo always, and on a log axis lo > 0. */
struct scale {
    double lo, hi;
    bool log;
    double step; /* of its ticks, where scale_round chose it; else 0 */
};

struct ticks {
    size_t count;
    double at[TICKS_MOST];
    double step; /* linear ticks: their distance; log ticks: 0 */
};

/* A scale for finite data in lo..hi: a range too narrow to draw is widened, and a
 * log scale that reaches no positive number becomes 1..10. */
struct scale scale_new(double lo, double hi, bool log);

/* Moves both ends outwards to round numbers, so that a linear scale has at most
 * so many ticks (at least 3), one at either end. */
void scale_round(struct scale *scale, size_t ticks);

/* Where a value stands, 0 at lo to 1 at hi, clamped. */
double scale_fraction(const struct scale *scale, double value);

/* At most `most` ticks inside the scale, at multiples of 1, 2 or 5 times a power
 * of ten; on a log axis at powers of ten, and between them where there is room. */
void scale_ticks(const struct scale *scale, size_t most, struct ticks *ticks);

/* Ticks at whole numbers only: for indices. */
void scale_index_ticks(const struct scale *scale, size_t most, struct ticks *ticks);

/* The label of a tick: with the digits that tell it from its neighbours. */
void ticks_label(const struct ticks *ticks, size_t i, char label[NUMBER_SIZE]);

/* A number in three significant digits: "0.053", "1230", "1.5e-7", "NaN". */
void number_short(double value, char label[NUMBER_SIZE]);

#endif
