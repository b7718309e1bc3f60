#include "bilens/num/panel.h"

#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"

struct panel panel_room(size_t rows, size_t cols, struct err *e)
{
    struct panel a = {.rows = rows, .cols = cols};
    bool fits = cols == 0 || rows <= (size_t)-1 / sizeof *a.data / cols;
    a.data = fits ? mem_try_alloc(rows * cols * sizeof *a.data) : NULL;
    if (a.data == NULL)
        err_memory(e);
    return a;
}

struct panel panel_new(size_t rows, size_t cols, struct err *e)
{
    struct panel a = panel_room(rows, cols, e);
    if (a.data != NULL)
        memset(a.data, 0, rows * cols * sizeof *a.data);
    return a;
}

struct panel panel_copy(const struct panel *a, struct err *e)
{
    struct panel b = panel_room(a->rows, a->cols, e);
    if (b.data != NULL)
        memcpy(b.data, a->data, a->rows * a->cols * sizeof *a->data);
    return b;
}

void panel_free(struct panel *a)
{
    mem_free(a->data);
    *a = (struct panel){0};
}

/* The sum of squares as it is, in several sums that need not wait for each other. */
static double plain_squares(const double *a, size_t n)
{
    double sum[4] = {0};
    for (size_t i = 0; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++)
            sum[k] += a[i + k] * a[i + k];
    for (size_t i = n - n % 4; i < n; i++)
        sum[0] += a[i] * a[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

double panel_norm(const struct panel *a)
{
    size_t n = a->rows * a->cols;
    double largest = 0, sum = plain_squares(a->data, n);
    if (sum > 1e-200 && sum < 1e300) /* else squares overflowed, or vanished */
        return sqrt(sum);
    sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(a->data[i]))
            return NAN; /* wherever it stands, and beside infinities */
        largest = fmax(largest, fabs(a->data[i]));
    }
    if (largest == 0 || !isfinite(largest))
        return largest;
    for (size_t i = 0; i < n; i++)
        sum += (a->data[i] / largest) * (a->data[i] / largest);
    return largest * sqrt(sum);
}

double panel_inner(const struct panel *a, const struct panel *b)
{
    double sum = 0;
    for (size_t i = 0; i < a->rows * a->cols; i++)
        sum += a->data[i] * b->data[i];
    return sum;
}

bool panel_finite(const struct panel *a)
{
    size_t n = a->rows * a->cols;
    if (isfinite(plain_squares(a->data, n)))
        return true;
    for (size_t i = 0; i < n; i++) /* large, or not finite */
        if (!isfinite(a->data[i]))
            return false;
    return true;
}
