#include "bilens/num/panel.h"

#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"

struct panel panel_room(size_t rows, size_t cols, struct err *e)
{
    struct panel a = {.rows = rows, .cols = cols};
    bool fits = cols == 0 || rows <= (size_t)-1 / sizeof *a.data / cols;
    a.data = fits ? mem_alloc(rows * cols * sizeof *a.data) : NULL;
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

double panel_norm(const struct panel *a)
{
    double largest = 0, sum = 0;
    size_t n = a->rows * a->cols;
    for (size_t i = 0; i < n; i++)
        if (!(fabs(a->data[i]) <= largest)) /* a NaN gets in as well */
            largest = fabs(a->data[i]);
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
    for (size_t i = 0; i < a->rows * a->cols; i++)
        if (!isfinite(a->data[i]))
            return false;
    return true;
}
