#include "bilens/cmd/common.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"

const struct model *current_model(const struct call *c)
{
    return *c->model;
}

const struct model *need_model(const struct call *c, struct err *e)
{
    if (*c->model == NULL)
        err_set(e, ERR_UNKNOWN_NAME, "no model is loaded; load one: load tinystories-1-256");
    return *c->model;
}

/* Does the expression name a query or key weight? Those of a rotary model stand for the
 * attention of a position to itself: lag 0. */
static bool mentions_keys(const struct node *n)
{
    static const char *const names[] = {"qk", "w_q", "w_k"};
    if (n == NULL)
        return false;
    for (size_t i = 0; n->kind == NODE_NAME && i < sizeof names / sizeof *names; i++)
        if (strcmp(n->text, names[i]) == 0)
            return true;
    for (size_t i = 0; i < n->count; i++)
        if (mentions_keys(n->parts[i]))
            return true;
    return false;
}

bool ledger_start(struct call *c, struct report *r, struct err *e)
{
    const struct model *m = current_model(c);
    bool rotary = false;
    for (size_t i = 0; m != NULL && i < c->statement->arguments; i++)
        rotary = rotary || (m->positions == POSITIONS_ROTARY &&
                            mentions_keys(c->statement->argument[i].node));
    return report_ledger(r, e, "weights", "raw") && report_ledger(r, e, "centring", "none") &&
           report_ledger(r, e, "scale", "none") &&
           report_ledger(r, e, "lag", "%s", rotary ? "0" : "none") &&
           report_ledger(r, e, "basis", "none") && report_ledger(r, e, "residual", "none") &&
           report_ledger(r, e, "symmetrised", "no") && report_ledger(r, e, "signs", "none") &&
           report_ledger(r, e, "precision", "float32, float64 cores") &&
           (m == NULL || report_ledger(r, e, "model", "%s %s", m->name, m->hash));
}

bool title_value(struct call *c, size_t argument, const struct value *v, struct report *r,
                 struct err *e)
{
    struct text t = TEXT_EMPTY;
    if (argument < c->statement->arguments)
        call_source(c, argument, &t);
    text_add(&t, ": ");
    value_describe(v, &t);
    bool ok = !t.failed && report_title(r, e, "%s", text_get(&t));
    text_done(&t);
    return ok;
}

void axis_label(struct axis axis, size_t i, struct text *out)
{
    size_t original = axis_original(axis, i);
    if (axis.labels != NULL && axis.labels->class->name(axis.labels, original, out))
        return;
    text_printf(out, axis.kind == AXIS_TOKEN ? "[%zu]" : "%zu", original);
}

bool series_of_values(struct report *r, const struct value *v, const char *name,
                      enum series_style style, struct err *e)
{
    for (size_t n = 0; n < v->count; n++) {
        struct block *b = report_add(r, BLOCK_SERIES, e);
        if (b == NULL)
            return false;
        b->member = value_member(v, n);
        bool ok;
        if (v->kind == VALUE_DECOMP) {
            const struct decomp *d = v->items[n].decomp;
            ok = block_series(b, name, "component", 0, decomp_values(d), decomp_count(d), style, e);
        } else {
            const struct vector *x = v->items[n].vector;
            const char *axis = x->axis.kind == AXIS_COMP ? "component" : axis_kind_name(x->axis.kind);
            ok = block_series(b, name, axis, (double)x->axis.start, x->data, x->axis.size, style, e);
        }
        if (!ok)
            return false;
    }
    return true;
}

static bool bind_field(struct call *c, struct value *d, const char *field, struct err *e)
{
    struct value *v = value_field(d, field, e);
    bool ok = v != NULL && call_bind(c, field, v, false, e);
    value_unref(v);
    return ok;
}

bool bind_decomposition(struct call *c, struct value *d, struct err *e)
{
    bool svd = decomp_kind_of(d->items[0].decomp) == DECOMP_SVD;
    if (svd)
        return call_unbind(c, "e", e) && bind_field(c, d, "u", e) && bind_field(c, d, "s", e) &&
               bind_field(c, d, "v", e);
    return call_unbind(c, "u", e) && call_unbind(c, "s", e) && bind_field(c, d, "e", e) &&
           bind_field(c, d, "v", e);
}
