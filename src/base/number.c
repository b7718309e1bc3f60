#include "bilens/base/number.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/text.h"

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

int digits_brief(void)
{
    int fewer = digits_shown() - 1;
    return fewer > DIGITS_LEAST ? fewer : DIGITS_LEAST;
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

/* The power of ten of the first digit shown: 0 for 0.9999999 with five digits, which is 1.0000. */
static int exponent_shown(double magnitude, int digits)
{
    char digit[NUMBER_ROOM];
    snprintf(digit, sizeof digit, "%.*e", digits - 1, magnitude);
    return atoi(strchr(digit, 'e') + 1);
}

/* Without an exponent a number is written from this power of ten to that. */
enum { PLAIN_LEAST = -4, PLAIN_MOST = 4 };

/* So many significant digits of a finite number, zeros among them. */
static void write_digits(double value, int digits, char out[NUMBER_ROOM])
{
    int power = value == 0 ? 0 : exponent_shown(fabs(value), digits);
    int most = digits > PLAIN_MOST ? digits - 1 : PLAIN_MOST;
    if (power < PLAIN_LEAST || power > most)
        snprintf(out, NUMBER_ROOM, "%.*e", digits - 1, value);
    else
        snprintf(out, NUMBER_ROOM, "%.*f", digits - 1 > power ? digits - 1 - power : 0, value);
}

static bool write_odd(double value, char out[NUMBER_ROOM])
{
    if (isfinite(value))
        return false;
    snprintf(out, NUMBER_ROOM, "%s", isnan(value) ? "NaN" : value < 0 ? "-inf" : "inf");
    return true;
}

/* How many significant digits there are in what printf wrote. */
static int digits_in(const char *number)
{
    int count = 0;
    for (const char *c = number; *c != '\0' && *c != 'e'; c++)
        count += *c >= '0' && *c <= '9' && (count > 0 || *c != '0');
    return count;
}

const char *number_shown(double value, int digits, char out[NUMBER_ROOM])
{
    if (write_odd(value, out))
        return out;
    snprintf(out, NUMBER_ROOM, "%.*g", DIGITS_MOST, value == 0 ? 0 : value); /* no "-0" */
    if (!number_is_whole(value) && digits_in(out) > digits)
        write_digits(value, digits, out);
    return out;
}

void text_number(struct text *t, double value)
{
    char number[NUMBER_ROOM];
    text_add(t, number_shown(value, digits_shown(), number));
}

void text_number_brief(struct text *t, double value)
{
    char number[NUMBER_ROOM];
    text_add(t, number_shown(value, digits_brief(), number));
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
    char own[NUMBER_ROOM];
    write_digits(value, f->digits, own);
    int tail = (int)strlen(own + strcspn(own, ".e"));
    f->tail = f->tail > tail ? f->tail : tail;
}

void format_settle(struct number_format *f)
{
    enum { ENOUGH = 3, SPAN_MOST = 2 };
    f->fixed = !f->broken && f->most < 1e15;
    f->decimals = 0;
    if (!f->broken) {
        f->tail = 0;
        return;
    }
    if (!f->any)
        return;
    int high = exponent_shown(f->most, DIGITS_MOST), low = exponent_shown(f->least, DIGITS_MOST);
    f->fixed = high >= PLAIN_LEAST && high <= PLAIN_MOST && high - low <= (f->full ? 0 : SPAN_MOST);
    if (!f->fixed)
        return;
    int enough = f->digits < ENOUGH ? f->digits : ENOUGH;
    int of_most = f->digits - 1 - exponent_shown(f->most, f->digits);
    int of_least = enough - 1 - exponent_shown(f->least, enough);
    f->decimals = of_most > of_least ? of_most : of_least;
    f->decimals = f->decimals > 0 ? f->decimals : 0;
    f->tail = f->decimals > 0 ? f->decimals + 1 : 0;
}

void format_write(const struct number_format *f, double value, char out[NUMBER_ROOM])
{
    if (write_odd(value, out))
        return;
    if (value != 0 && f->fixed && fabs(value) * pow(10, f->decimals) <= 0.5)
        snprintf(out, NUMBER_ROOM, "%.0e", value);
    else if (value != 0 && f->fixed)
        snprintf(out, NUMBER_ROOM, "%.*f", f->decimals, value);
    else {
        if (value == 0)
            snprintf(out, NUMBER_ROOM, "0");
        else
            write_digits(value, f->digits, out);
        size_t whole = strcspn(out, ".e"), length = strlen(out);
        for (; length < whole + (size_t)f->tail && length + 1 < NUMBER_ROOM; length++)
            out[length] = ' ';
        out[length] = '\0';
    }
}
