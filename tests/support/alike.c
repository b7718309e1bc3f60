#include "alike.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct number {
    size_t length; /* 0: none stands here */
    bool rounded;  /* it has decimals, or an exponent: shown with fewer digits than it has */
    int digits;    /* significant ones */
    double value, last_place;
};

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* The significant digits of what stands from `at` to `end`, before an exponent. */
static int digits_of(const char *at, const char *end)
{
    int count = 0;
    for (; at < end && *at != 'e'; at++)
        count += isdigit(*at) && (count > 0 || *at != '0');
    return count;
}

/* The number at `at`, if one begins there; `before` is what stands in front of it. */
static struct number number_at(const char *at, char before)
{
    struct number n = {0};
    const char *s = at + (*at == '-' || *at == '+'), *end;
    size_t whole = strspn(s, "0123456789"), decimals = 0, exponent = 0;
    if (whole == 0 || in_word(before) || before == '.')
        return n;
    end = s + whole;
    if (*end == '.' && (decimals = strspn(end + 1, "0123456789")) > 0)
        end += 1 + decimals;
    if (*end == 'e')
        exponent = strspn(end + 1 + (end[1] == '-' || end[1] == '+'), "0123456789");
    int power = exponent > 0 ? atoi(end + 1) : 0;
    if (exponent > 0)
        end += 1 + (end[1] == '-' || end[1] == '+') + exponent;
    if (in_word(*end)) /* a hash, or a name */
        return n;
    n.length = (size_t)(end - at);
    n.rounded = decimals >= 2 || exponent > 0;
    n.value = strtod(at, NULL);
    n.digits = digits_of(at, end);
    n.last_place = pow(10, power - (int)decimals);
    return n;
}

static bool numbers_alike(const struct number *a, const struct number *b)
{
    static const double PROMISE = 1e-5, TELLING = 1e-3;
    double place = fmax(a->last_place, b->last_place);
    double most = fmax(fabs(a->value), fabs(b->value)), apart = fabs(a->value - b->value);
    return a->rounded && b->rounded && abs(a->digits - b->digits) <= 1 &&
           (apart <= PROMISE * most || (place <= TELLING * most && apart <= 1.01 * place));
}

/* Where both are read. */
struct place {
    const char *expected, *got;
    char before; /* both: the character in front */
    long longer; /* by how much the expected number just passed is longer than the other */
};

static bool pass_number(struct place *p)
{
    struct number a = number_at(p->expected, p->before), b = number_at(p->got, p->before);
    bool same = a.length == b.length && strncmp(p->expected, p->got, a.length) == 0;
    if (a.length == 0 || b.length == 0 || (!same && !numbers_alike(&a, &b)))
        return false;
    p->longer = (long)a.length - (long)b.length;
    p->expected += a.length;
    p->got += b.length;
    p->before = '0';
    return true;
}

/* Blanks before a number, which fill a column together with it or with the one in front. */
static bool pass_blanks(struct place *p)
{
    size_t a = strspn(p->expected, " "), b = strspn(p->got, " ");
    long before = p->longer, after = 0, missing = (long)b - (long)a;
    if (a == 0 && b == 0)
        return false;
    struct number next = number_at(p->expected + a, ' '), other = number_at(p->got + b, ' ');
    if (next.length > 0 && other.length > 0)
        after = (long)next.length - (long)other.length;
    if (missing != 0 && missing != before && missing != after && missing != before + after)
        return false;
    p->expected += a;
    p->got += b;
    p->before = ' ';
    p->longer = 0;
    return true;
}

/* Goes on until the expected text ends or the two differ; true where it ended. */
static bool passes(struct place *p)
{
    while (*p->expected != '\0') {
        if (pass_blanks(p) || pass_number(p))
            continue;
        if (*p->expected != *p->got)
            return false;
        p->before = *p->expected;
        p->longer = 0;
        p->expected++;
        p->got++;
    }
    return true;
}

bool alike(const char *expected, const char *got)
{
    struct place p = {expected, got, '\n', 0};
    return passes(&p) && *p.got == '\0';
}

const char *alike_find(const char *text, const char *expected)
{
    for (const char *at = text; *at != '\0'; at++) {
        struct place p = {expected, at, at > text ? at[-1] : '\n', 0};
        if (passes(&p))
            return at;
    }
    return *expected == '\0' ? text : NULL;
}
