#include "bilens/num/finite.h"

#include <math.h>

#include "bilens/base/err.h"
#include "internal.h"

bool matrix_require_finite(const struct matrix *a, struct err *e)
{
    const struct storage *where;
    size_t count;
    return matrix_find_nonfinite(a, &where, &count, e) &&
           (where == NULL || storage_blame_nonfinite(where, count, e));
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
    return err_set(e, ERR_AXES, "%s, %s (%zu), and %s, %s (%zu), do not match", a_name,
                   axis_kind_name(a.kind), a.size, b_name, axis_kind_name(b.kind), b.size);
}
