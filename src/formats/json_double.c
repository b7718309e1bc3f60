/* Reals as the reference library reads them: serde_json without its feature "float_roundtrip". The
 * digits are a whole number, which a power of ten then multiplies or divides in double precision.
 * The last bit may be wrong, and what ties there need not tie with the right values. */
#include "bilens/formats/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct parts {
    uint64_t digits;
    int64_t exponent; /* the value is digits x 10^exponent */
};

static bool is_digit(const char *p, const char *end)
{
    return p < end && *p >= '0' && *p <= '9';
}

/* Takes digits until one does not fit in 64 bits; it and the rest are dropped. Each digit taken
 * moves the exponent by `taken`, each one dropped by `dropped`. */
static const char *take_digits(struct parts *n, const char *p, const char *end, int taken,
                               int dropped)
{
    for (bool full = false; is_digit(p, end); p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        full = full || n->digits > (UINT64_MAX - digit) / 10;
        n->digits = full ? n->digits : n->digits * 10 + digit;
        n->exponent += full ? dropped : taken;
    }
    return p;
}

/* What follows the "e"; of what is far beyond any double the size does not matter. */
static int64_t read_exponent(const char *p, const char *end)
{
    bool negative = *p == '-';
    int64_t value = 0;

    for (p += *p == '-' || *p == '+'; is_digit(p, end); p++)
        value = value > INT32_MAX ? value : value * 10 + (*p - '0');
    return negative ? -value : value;
}

/* The double nearest to 10^n, for n up to 308. */
static double power_of_ten(int64_t n)
{
    static const double exact[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    char text[8];

    if (n < (int64_t)(sizeof exact / sizeof exact[0]))
        return exact[n];
    snprintf(text, sizeof text, "1e%d", (int)n);
    return strtod(text, NULL);
}

bool json_double(struct json_number number, double *out)
{
    enum { MOST = 308 }; /* the largest power of ten that is a double */
    const char *p = number.text, *end = number.text + number.length;
    bool negative = *p == '-';
    struct parts n = {0};

    p = take_digits(&n, p + negative, end, 0, 1);
    if (p < end && *p == '.')
        p = take_digits(&n, p + 1, end, -1, 0);
    if (p < end)
        n.exponent += read_exponent(p + 1, end);
    double value = (double)n.digits;
    for (; n.exponent < -MOST && value != 0; n.exponent += MOST)
        value /= 1e308;
    if (value != 0 && n.exponent > MOST)
        return false;
    if (value != 0)
        value =
            n.exponent < 0 ? value / power_of_ten(-n.exponent) : value * power_of_ten(n.exponent);
    *out = negative ? -value : value;
    return isfinite(value);
}
