#include "bilens/num/finite.h"

#include "bilens/base/err.h"

bool matrix_require_finite(const struct matrix *a, struct err *e)
{
    const char *name;
    size_t count;
    if (!matrix_nonfinite(a, &name, &count, e))
        return false;
    if (name == NULL)
        return true;
    return err_set(e, ERR_NONFINITE, "%s holds %zu NaN or infinite value%s", name, count,
                   count == 1 ? "" : "s");
}

bool axis_require(struct axis a, struct axis b, const char *a_name, const char *b_name,
                  struct err *e)
{
    if (axis_match(a, b))
        return true;
    return err_set(e, ERR_AXES, "%s, %s (%zu), and %s, %s (%zu), do not match", a_name,
                   axis_kind_name(a.kind), a.size, b_name, axis_kind_name(b.kind), b.size);
}
