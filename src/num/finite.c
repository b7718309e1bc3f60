#include "bilens/num/finite.h"

#include "bilens/base/err.h"
#include "bilens/base/text.h"

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
