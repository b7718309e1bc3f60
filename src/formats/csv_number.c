#include "csv_number.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bilens/base/mem.h"

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

bool csv_is_number(const char *string, char mark)
{
    const char *s = string + (*string == '-' || *string == '+');
    if (is_word(s, "nan") || is_word(s, "inf") || is_word(s, "infinity"))
        return true;
    size_t whole = strspn(s, "0123456789"), part = 0;
    s += whole;
    if (*s == mark) {
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

double csv_number(const char *string)
{
    const char *comma = strchr(string, ',');

    if (comma == NULL)
        return strtod(string, NULL); /* by the C locale: nobody sets another for numbers */
    char *copy = mem_strdup(string);
    copy[comma - string] = '.';
    double value = strtod(copy, NULL);
    mem_free(copy);
    return value;
}
