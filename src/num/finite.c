#include "bilens/num/finite.h"

#include <math.h>

#include "bilens/base/err.h"
#include "bilens/base/text.h"
#include "internal.h"

bool matrix_require_finite(const struct matrix *a, struct err *e)
{
    const struct storage *where;
    size_t count;
    return matrix_find_nonfinite(a, &where, &count, e) &&
           (where == NULL || storage_blame_nonfinite(where, count, e));
}

bool storage_require_finite(struct storage *s, struct err *e)
{
    const float *data = storage_data(s, e);
    size_t count = 0;
    for (size_t i = 0; data != NULL && i < s->count; i++)
        count += !isfinite(data[i]);
    return data != NULL && (count == 0 || storage_blame_nonfinite(s, count, e));
}

bool single_refuse(size_t beyond, struct err *e)
{
    return err_set(e, ERR_NONFINITE,
                   "%zu entr%s beyond float32, which ends at 3.4e38; take a multiple of the matrix "
                   "(1e-30 * A)",
                   beyond, beyond == 1 ? "y is" : "ies are");
}

bool single_holds(const struct matrix *a, const float *data, size_t rows, size_t cols, size_t ld,
                  struct err *e)
{
    const char *name;
    size_t count, beyond = 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            beyond += !isfinite(data[i * ld + j]);
    return beyond == 0 ||
           (matrix_nonfinite(a, &name, &count, e) && (name != NULL || single_refuse(beyond, e)));
}

bool axis_require(struct axis a, struct axis b, const char *a_name, const char *b_name,
                  struct err *e)
{
    if (axis_match(a, b))
        return true;
    struct text t = TEXT_EMPTY;
    text_printf(&t, "%s, ", a_name);
    axis_describe(a, &t);
    text_printf(&t, " (%zu), and %s, ", a.size, b_name);
    axis_describe(b, &t);
    text_printf(&t, " (%zu), do not match", b.size);
    axis_contrast(a, b, &t);
    err_set(e, ERR_AXES, "%s", text_get(&t));
    text_done(&t);
    return false;
}
