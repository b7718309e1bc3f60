#include "bilens/base/near.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"

enum { NEAR_LONGEST = 63 };

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

int near_distance(const char *a, const char *b, int limit)
{
    size_t n = strlen(a), m = strlen(b);
    int rows[3][NEAR_LONGEST + 2]; /* two rows back, for swaps */
    if (n > NEAR_LONGEST || m > NEAR_LONGEST || abs((int)n - (int)m) > limit)
        return limit + 1;
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        int best = now[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            int cost = smaller(before[j] + 1, now[j - 1] + 1);
            cost = smaller(cost, before[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                y == tolower((unsigned char)a[i - 2]))
                cost = smaller(cost, earlier[j - 2] + 1);
            now[j] = cost;
            best = smaller(best, cost);
        }
        if (best > limit)
            return limit + 1;
    }
    return rows[n % 3][m] > limit ? limit + 1 : rows[n % 3][m];
}

void near_offer(struct near *near, const char *word, const char *candidate)
{
    size_t length = strlen(word);
    int limit = length < 6 ? 1 : length < 9 ? 2 : 3;
    int distance = near_distance(word, candidate, limit);
    /* A longer name that starts with the word is near, whatever its length. */
    if (distance > limit && length >= 2 && strncmp(word, candidate, length) == 0)
        distance = limit;
    if (distance > limit)
        return;
    size_t at = near->count < NEAR_MOST ? near->count : NEAR_MOST;
    while (at > 0 && near->distances[at - 1] > distance)
        at--;
    if (at == NEAR_MOST)
        return;
    size_t kept = near->count < NEAR_MOST ? near->count : NEAR_MOST - 1;
    for (size_t i = kept; i > at; i--) {
        near->names[i] = near->names[i - 1];
        near->distances[i] = near->distances[i - 1];
    }
    near->names[at] = candidate;
    near->distances[at] = distance;
    near->count = kept + 1;
}

void near_append(const struct near *near, struct err *e)
{
    for (size_t i = 0; i < near->count; i++) {
        const char *before = i == 0 ? "; did you mean " : i + 1 < near->count ? ", " : " or ";
        err_append(e, "%s%s", before, near->names[i]);
    }
    if (near->count > 0)
        err_append(e, "?");
}
