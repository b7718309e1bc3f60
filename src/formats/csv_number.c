#include "csv_number.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bilens/base/text.h"

bool csv_is_missing(const char *string)
{
    static const char *const words[] = {"NA",   "N/A",  "#N/A", "#NA",  "<NA>",
                                        "n/a",  "NULL", "null", "None", "NaN",
                                        "-NaN", "nan",  "-nan", "NAN",  "#N/A N/A"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(string, words[i]) == 0)
            return true;
    }
    return false;
}

static bool is_word(const char *string, const char *word)
{
    return strcasecmp(string, word) == 0;
}

bool csv_is_number(const char *string, bool commas)
{
    const char *s = string + (*string == '-' || *string == '+');
    if (is_word(s, "nan") || is_word(s, "inf") || is_word(s, "infinity"))
        return true;
    size_t whole = strspn(s, "0123456789"), part = 0;
    s += whole;
    if (*s == '.' || (commas && *s == ',')) {
        part = strspn(s + 1, "0123456789");
        s += 1 + part;
    }
    if (whole + part == 0)
        return false;
    if (*s == 'e' || *s == 'E') {
        s += s[1] == '-' || s[1] == '+' ? 2 : 1;
        size_t digits = strspn(s, "0123456789");
        if (digits == 0)
            return false;
        s += digits;
    }
    return *s == '\0';
}

double csv_number(const char *string, bool commas)
{
    struct text copy = TEXT_EMPTY;
    double value = NAN;

    if (!commas || strchr(string, ',') == NULL)
        return strtod(string, NULL); /* by the C locale: nobody sets another for numbers */
    text_add(&copy, string);
    if (!copy.failed) {
        *strchr(copy.data, ',') = '.';
        value = strtod(copy.data, NULL);
    }
    text_done(&copy);
    return value;
}
