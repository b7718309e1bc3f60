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
    else if (!model_check(current_model(c), e))
        return NULL;
    return current_model(c);
}

const struct value *model_weight(struct call *c, const char *name, struct err *e)
{
    const struct value *v = call_model_value(c, name);
    if (v == NULL)
        err_set(e, ERR_UNKNOWN_NAME, "this model has no %s", name);
    return v;
}

static bool note_name(const char *name, const struct value *v, bool from_model, void *context)
{
    struct call *c = context;
    (void)v;
    if (!from_model && strchr(name, '.') == NULL)
        workspace_note_rebound(c->evaluator.names, name, &c->unused);
    return true;
}

void model_whole(struct call *c)
{
    workspace_each(c->evaluator.names, note_name, c);
}

static const char *positions_absence(const struct model *m)
{
    if (m->positions == POSITIONS_ROTARY)
        return "this model's positions are rotary: only models with learned positions have w_pos";
    return m->positions == POSITIONS_NONE ? "this model has no positions" : NULL;
}

static bool is_bias(const char *name)
{
    static const char *const names[] = {"b_q", "b_k",  "b_v", "b_o", "b_l",
                                        "b_r", "b_in", "b_p", "b_u"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

bool model_still(const void *model, struct err *e)
{
    return model_check(model, e);
}

const char *model_absence(const void *model, const char *name)
{
    const struct model *m = model;
    if (m == NULL)
        return NULL;
    bool plain = m->architecture.mlp == MLP_PLAIN;
    if (strcmp(name, "w_pos") == 0)
        return positions_absence(m);
    if (plain && (strcmp(name, "w_l") == 0 || strcmp(name, "w_r") == 0))
        return "this model's MLP has no second factor: what it reads is w_in, what it writes w_p";
    if (!plain && strcmp(name, "w_in") == 0)
        return "this model's MLP has two factors, w_l and w_r";
    return is_bias(name) ? "this model has no such bias" : NULL;
}

bool title_value(struct call *c, size_t argument, const struct value *v, struct report *r)
{
    struct text t = TEXT_EMPTY;
    if (argument < c->statement->arguments)
        call_source(c, argument, &t);
    text_add(&t, ": ");
    value_describe(v, &t);
    bool ok = !t.failed && report_title(r, "%s", text_get(&t));
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
                      enum series_style style)
{
    for (size_t n = 0; n < v->count; n++) {
        struct block *b = report_add(r, BLOCK_SERIES);
        if (b == NULL)
            return false;
        b->member = value_member(v, n);
        bool ok;
        if (v->kind == VALUE_DECOMP) {
            const struct decomp *d = v->items[n].decomp;
            ok = block_series(b, name, "component", 0, decomp_values(d), decomp_count(d), style);
        } else {
            const struct vector *x = v->items[n].vector;
            const char *axis =
                x->axis.kind == AXIS_COMP ? "component" : axis_kind_name(x->axis.kind);
            ok = block_series(b, name, axis, (double)x->axis.start, x->data, x->axis.size, style);
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
    bool ok = v != NULL && call_bind(c, field, v, false);
    value_unref(v);
    return ok;
}

/* Unbinds what the decomposition before this one bound; a name of the user's own stays. */
static bool drop_field(struct call *c, const char *field)
{
    const struct value *v = workspace_get(c->evaluator.names, field);
    return v == NULL || (v->traits & TRAIT_LATEST) == 0 || call_unbind(c, field);
}

bool bind_decomposition(struct call *c, struct value *d, struct err *e)
{
    bool svd = decomp_kind_of(d->items[0].decomp) == DECOMP_SVD;
    call_subject(c, d, NULL);
    if (svd)
        return drop_field(c, "e") && bind_field(c, d, "u", e) && bind_field(c, d, "s", e) &&
               bind_field(c, d, "v", e);
    return drop_field(c, "u") && drop_field(c, "s") && bind_field(c, d, "e", e) &&
           bind_field(c, d, "v", e);
}
