#include "bilens/base/number.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_int shown = DIGITS_DEFAULT;

int digits_shown(void)
{
    return atomic_load(&shown);
}

void digits_show(int digits)
{
    atomic_store(&shown, digits);
}

int digits_double(void)
{
    int twice = 2 * digits_shown();
    return twice < DIGITS_MOST ? twice : DIGITS_MOST;
}

bool number_is_whole(double value)
{
    const double exact = 9007199254740992.0; /* 2^53: beyond it doubles skip whole numbers */
    return isfinite(value) && value == floor(value) && fabs(value) <= exact;
}

void number_write(double value, int digits, char out[NUMBER_ROOM])
{
    if (isnan(value))
        snprintf(out, NUMBER_ROOM, "NaN");
    else if (isinf(value))
        snprintf(out, NUMBER_ROOM, "%sInfinity", value < 0 ? "-" : "");
    else
        snprintf(out, NUMBER_ROOM, "%.*g", digits, value);
}

void number_write_whole(double value, int digits, char out[NUMBER_ROOM])
{
    number_write(value, number_is_whole(value) && fabs(value) < 1e15 ? 15 : digits, out);
}

void format_see(struct number_format *f, double value)
{
    double magnitude = fabs(value);
    if (!isfinite(value))
        return;
    f->broken = f->broken || !number_is_whole(value);
    if (magnitude == 0)
        return;
    f->least = f->any && f->least < magnitude ? f->least : magnitude;
    f->most = f->any && f->most > magnitude ? f->most : magnitude;
    f->any = true;
    char shortest[NUMBER_ROOM];
    number_write(value, f->digits, shortest);
    int tail = (int)strlen(shortest + strcspn(shortest, ".e"));
    f->tail = f->tail > tail ? f->tail : tail;
}

/* The power of ten of the first digit shown: 0 for 0.9999999 with five digits, which is 1.0000. */
static int exponent_shown(double magnitude, int digits)
{
    char digit[NUMBER_ROOM];
    snprintf(digit, sizeof digit, "%.*e", digits - 1, magnitude);
    return atoi(strchr(digit, 'e') + 1);
}

void format_settle(struct number_format *f)
{
    enum { SMALLEST = -4 };
    f->fixed = !f->broken && f->most < 1e15;
    f->decimals = 0;
    if (!f->broken || !f->any)
        return;
    int high = exponent_shown(f->most, f->digits), low = exponent_shown(f->least, f->digits);
    f->fixed = high >= SMALLEST && high < f->digits && high - low <= f->digits - 2;
    f->decimals = high < f->digits - 1 ? f->digits - 1 - high : 0;
    if (f->fixed)
        f->tail = f->decimals > 0 ? f->decimals + 1 : 0;
}

void format_write(const struct number_format *f, double value, char out[NUMBER_ROOM])
{
    if (isnan(value))
        snprintf(out, NUMBER_ROOM, "NaN");
    else if (isinf(value))
        snprintf(out, NUMBER_ROOM, "%sinf", value < 0 ? "-" : "");
    else if (value != 0 && f->fixed && fabs(value) * pow(10, f->decimals) < 0.5)
        snprintf(out, NUMBER_ROOM, "%.0e", value);
    else if (value != 0 && f->fixed)
        snprintf(out, NUMBER_ROOM, "%.*f", f->decimals, value);
    else {
        number_write(value == 0 ? 0 : value, f->digits, out); /* no "-0" */
        size_t whole = strcspn(out, ".e"), length = strlen(out);
        for (; length < whole + (size_t)f->tail && length + 1 < NUMBER_ROOM; length++)
            out[length] = ' ';
        out[length] = '\0';
    }
}
