#include "code_points.h"

#include <string.h>

#include "code_point_table.h"

struct range {
    uint32_t first, last;
};

static bool is_in(const struct range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    }
    return false;
}

static bool has(uint32_t code, unsigned flag)
{
    size_t low = 0, high = code_run_count; /* the run is one of [low, high) */

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (code_runs[middle] >> 8 <= code)
            low = middle;
        else
            high = middle;
    }
    return (code_kinds[code_runs[low] & 0xFF].flags & flag) != 0;
}

bool code_is_space(uint32_t code)
{
    return (code >= 0x09 && code <= 0x0D) || code == 0x20 || code == 0x85 || code == 0xA0 ||
           code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
           code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

bool code_is_word(uint32_t code)
{
    return has(code, CODE_WORD);
}

bool code_is_punctuation(uint32_t code)
{
    return has(code, CODE_PUNCTUATION);
}

bool code_is_number(uint32_t code)
{
    return has(code, CODE_NUMBER);
}

bool code_is_mark(uint32_t code)
{
    return has(code, CODE_MARK);
}

bool code_is_nonspacing(uint32_t code)
{
    return has(code, CODE_NONSPACING);
}

bool code_is_control(uint32_t code)
{
    return has(code, CODE_CONTROL);
}

bool code_is_joined(uint32_t code)
{
    return has(code, CODE_JOINED);
}

bool code_is_prepended(uint32_t code)
{
    return has(code, CODE_PREPENDED);
}

bool code_is_later(uint32_t code)
{
    return has(code, CODE_LATER);
}

bool code_is_ideograph(uint32_t code)
{
    static const struct range blocks[] = {
        {0x4E00, 0x9FFF},   {0x3400, 0x4DBF},   {0x20000, 0x2A6DF}, {0x2A700, 0x2B73F},
        {0x2B740, 0x2B81F}, {0x2B920, 0x2CEAF}, {0xF900, 0xFAFF},   {0x2F800, 0x2FA1F}};

    return is_in(blocks, sizeof blocks / sizeof blocks[0], code);
}

uint32_t code_lower(uint32_t code)
{
    for (size_t i = 0; i < code_lower_count && code_lowers[i].first <= code; i++) {
        const struct code_lower *run = &code_lowers[i];
        if (code <= run->last && (code - run->first) % run->step == 0)
            return (uint32_t)((int32_t)code + run->delta);
    }
    return code;
}

/* --- Properties --- */

static bool kind_matches(const struct code_kind *kind, const char *category, const char *property)
{
    if (strcmp(property, "Han") == 0)
        return (kind->flags & CODE_HAN) != 0;
    if (strcmp(property, "Word") == 0)
        return (kind->flags & CODE_WORD) != 0 && strcmp(category, "Cf") != 0;
    return strncmp(category, property, strlen(property)) == 0;
}

static size_t add_range(uint32_t *ranges, size_t count, uint32_t first, uint32_t last)
{
    if (ranges != NULL) {
        ranges[2 * count] = first;
        ranges[2 * count + 1] = last;
    }
    return count + 1;
}

size_t code_ranges(const char *property, uint32_t *ranges)
{
    size_t count = 0;
    uint32_t start = UINT32_MAX; /* of the range that is open */

    for (size_t i = 0; i < code_run_count; i++) {
        const struct code_kind *kind = &code_kinds[code_runs[i] & 0xFF];
        uint32_t first = code_runs[i] >> 8;
        uint32_t next = i + 1 < code_run_count ? code_runs[i + 1] >> 8 : 0x110000;
        bool turns = strcmp(kind->category, "LC") == 0;
        for (uint32_t code = first; code < (turns ? next : first + 1); code++) {
            const char *category = !turns ? kind->category : (code - first) % 2 == 0 ? "Lu" : "Ll";
            bool matches = kind_matches(kind, category, property);
            if (!matches && start != UINT32_MAX)
                count = add_range(ranges, count, start, code - 1);
            start = !matches ? UINT32_MAX : start == UINT32_MAX ? code : start;
        }
    }
    return start == UINT32_MAX ? count : add_range(ranges, count, start, 0x10FFFF);
}
