#include "bilens/cmd/common.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"

const struct model *current_model(const struct call *c)
{
    return c->state->current;
}

const struct model *need_model(const struct call *c, struct err *e)
{
    if (current_model(c) == NULL)
        err_set(e, ERR_UNKNOWN_NAME, "no model is loaded; load one: load tinystories-1-256");
    return current_model(c);
}

const char *model_absence(const void *model, const char *name)
{
    const struct model *m = model;
    if (m == NULL || strcmp(name, "w_pos") != 0)
        return NULL;
    if (m->positions == POSITIONS_ROTARY)
        return "this model's positions are rotary: only models with learned positions have w_pos";
    return m->positions == POSITIONS_NONE ? "this model has no positions" : NULL;
}

bool ledger_model(const struct model *m, struct report *r, struct err *e)
{
    bool folded = m != NULL && m->folded, centered = m != NULL && m->centered;
    return report_ledger(r, e, "weights", folded ? "folded" : "raw") &&
           report_ledger(r, e, "centring", centered ? "w_u over tokens" : "none");
}

/* The only open model that the traits name; NULL where there is none, or several. */
static const struct model *only_model(const struct session_state *state, unsigned traits)
{
    const struct model *found = NULL;
    for (size_t i = 0; i < state->models; i++) {
        if ((state->open[i].trait & traits) == 0)
            continue;
        if (found != NULL)
            return NULL;
        found = state->open[i].model;
    }
    return found;
}

/* Names and hashes of all models that the values came from. */
static bool ledger_models(struct call *c, struct report *r, struct err *e)
{
    struct text t = TEXT_EMPTY;
    bool processed = false, plain = false;
    for (size_t i = 0; i < c->state->models; i++) {
        const struct model *m = c->state->open[i].model;
        if ((c->state->open[i].trait & c->traits) == 0)
            continue;
        processed = processed || m->folded || m->centered;
        plain = plain || !(m->folded || m->centered);
        text_printf(&t, "%s%s %s%s%s", t.length > 0 ? " and " : "", m->name, m->hash,
                    m->folded ? " folded" : "", m->centered ? " centred" : "");
    }
    bool ok = !t.failed || err_memory(e);
    if (ok && t.length > 0)
        ok = report_ledger(r, e, "model", "%s", text_get(&t));
    text_done(&t);
    if (ok && processed && plain)
        ok = report_ledger(r, e, "weights", "differ by model");
    return ok;
}

bool ledger_start(struct call *c, struct report *r, struct err *e)
{
    const struct model *m = only_model(c->state, c->traits);
    bool rotary = m != NULL && m->positions == POSITIONS_ROTARY && (c->traits & TRAIT_KEYS) != 0;
    bool ok = ledger_model(m, r, e) && report_ledger(r, e, "scale", "none") &&
              report_ledger(r, e, "lag", "%s", rotary ? "0" : "none") &&
              report_ledger(r, e, "basis", "none") && report_ledger(r, e, "residual", "none") &&
              report_ledger(r, e, "symmetrised", "no") && report_ledger(r, e, "signs", "none") &&
              report_ledger(r, e, "precision", "float32, float64 cores");
    if (m == NULL)
        return ok && ledger_models(c, r, e);
    return ok && report_ledger(r, e, "model", "%s %s", m->name, m->hash);
}

const struct matrix *model_side(const struct call *c, const char *name)
{
    return state_side(c->state, c->traits, name);
}

const struct matrix *state_side(const struct session_state *state, unsigned traits,
                                const char *name)
{
    const struct model *m = only_model(state, traits);
    if (m == NULL || m == state->current) {
        const struct value *v = workspace_get(state->names, name);
        bool fits = v != NULL && v->kind == VALUE_MATRIX && v->stack == 0;
        return fits ? v->items[0].matrix : NULL;
    }
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->matrices[i].name, name) == 0 && m->matrices[i].stack == 0)
            return m->matrices[i].members[0];
    return NULL;
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
            b->series.step = (double)x->axis.step;
        }
        if (!ok)
            return false;
    }
    return true;
}

static bool bind_field(struct call *c, struct value *d, const char *field, struct err *e)
{
    struct value *v = value_field(d, field, e);
    if (v != NULL)
        v->traits = c->traits | TRAIT_LATEST;
    bool ok = v != NULL && call_bind(c, field, v, false, e);
    value_unref(v);
    return ok;
}

/* Unbinds what the decomposition before this one bound; a name of the user's own stays. */
static bool drop_field(struct call *c, const char *field, struct err *e)
{
    const struct value *v = workspace_get(c->evaluator.names, field);
    return v == NULL || (v->traits & TRAIT_LATEST) == 0 || call_unbind(c, field, e);
}

bool bind_decomposition(struct call *c, struct value *d, struct err *e)
{
    bool svd = decomp_kind_of(d->items[0].decomp) == DECOMP_SVD;
    call_subject(c, d, NULL);
    if (svd)
        return drop_field(c, "e", e) && bind_field(c, d, "u", e) && bind_field(c, d, "s", e) &&
               bind_field(c, d, "v", e);
    return drop_field(c, "u", e) && drop_field(c, "s", e) && bind_field(c, d, "e", e) &&
           bind_field(c, d, "v", e);
}
