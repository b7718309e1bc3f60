/* svd, eig and interaction. */
#include <stdint.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/text.h"
#include "handlers.h"
#include "bilens/cmd/common.h"
#include "bilens/num/quadratic.h"

static const char sign_rule[] = "peak of u > 0";

bool run_svd(struct call *c, struct report *r, struct err *e)
{
    struct value *v = call_value(c, 0, e);
    if (v == NULL)
        return false;
    struct value *d = value_svd(v, e);
    if (d == NULL)
        call_fail(c, 0, e);
    bool ok = d != NULL && title_value(c, 0, v, r, e) && ledger_start(c, r, e) &&
              report_ledger(r, e, "signs", sign_rule) &&
              series_of_values(r, d, "singular values", SERIES_SPECTRUM, e) &&
              bind_decomposition(c, d, e);
    value_unref(v);
    value_unref(d);
    return ok;
}

/* The tables of one member's first components. */
static bool component_tables(struct call *c, struct report *r, const struct value *d, size_t n,
                             size_t components, size_t top, struct err *e)
{
    struct decomp *x = d->items[n].decomp;
    size_t count = decomp_count(x);
    for (size_t k = 0; k < components && k < count; k++) {
        struct vector *v = decomp_vector(x, SIDE_V, k, e);
        struct reading_spec spec = {.top = top,
                                    .in = true,
                                    .has_component = true,
                                    .component = k,
                                    .value = decomp_values(x)[k],
                                    .member = value_member(d, n)};
        bool ok = v != NULL && tables_of_vector(c, r, v, &spec, e);
        vector_unref(v);
        if (!ok)
            return false;
    }
    return true;
}

bool report_eigen(struct call *c, struct report *r, struct value *d, struct err *e)
{
    size_t components = 3, top = 10;
    bool ok = call_option_number(c, "components", 0, 1000000, &components, e) &&
              call_option_number(c, "top", 1, 1000000, &top, e) &&
              report_ledger(r, e, "signs", "peak of v > 0") &&
              series_of_values(r, d, "eigenvalues", SERIES_SPECTRUM, e);
    for (size_t n = 0; ok && n < d->count; n++)
        ok = component_tables(c, r, d, n, components, top, e);
    return ok && bind_decomposition(c, d, e);
}

bool run_eig(struct call *c, struct report *r, struct err *e)
{
    struct value *v = call_value(c, 0, e);
    if (v == NULL)
        return false;
    struct value *d = value_eigen(v, e);
    if (d == NULL)
        call_fail(c, 0, e);
    bool ok = d != NULL && title_value(c, 0, v, r, e) && ledger_start(c, r, e) &&
              report_eigen(c, r, d, e);
    value_unref(v);
    value_unref(d);
    return ok;
}

/* The MLP's weights and the embedding, as the workspace has them. */
struct mlp {
    const struct value *w_l, *w_r, *w_p, *w_e;
};

static bool find_weights(struct call *c, struct mlp *out, struct err *e)
{
    static const char *const names[] = {"w_l", "w_r", "w_p", "w_e"};
    const struct value **slots[] = {&out->w_l, &out->w_r, &out->w_p, &out->w_e};
    for (size_t i = 0; i < 4; i++) {
        *slots[i] = workspace_get(c->evaluator.names, names[i]);
        bool fits = *slots[i] != NULL && (*slots[i])->kind == VALUE_MATRIX &&
                    (*slots[i])->stack == (i < 3 ? 1 : 0) &&
                    (*slots[i])->count == (i < 3 ? out->w_l->count : 1);
        if (!fits)
            return err_set(e, ERR_UNKNOWN_NAME, "%s is not the MLP's weight any more; load the "
                           "model again", names[i]);
    }
    return true;
}

/* The layers asked for, as the stack axis of the answer. */
static bool pick_layers(struct call *c, const struct mlp *w, struct stack_axis *out, struct err *e)
{
    *out = w->w_l->axes[0];
    size_t layer = out->size, layers = out->size;
    if (!call_has(c, "layer"))
        return true;
    if (!call_option_number(c, "layer", 0, SIZE_MAX, &layer, e))
        return false;
    if (layer >= layers) {
        err_set(e, ERR_INDEX, "there is no layer %zu: the model has %zu layer%s (0%s%.0zu)", layer,
                layers, layers == 1 ? "" : "s", layers == 1 ? "" : " to ", layers - 1);
        return call_option_fail(c, "layer", e);
    }
    out->start += layer;
    out->size = 1;
    return true;
}

/* Q, or w_e' Q w_e, of one layer; new reference. */
static struct matrix *form_of_layer(const struct mlp *w, size_t layer, const struct vector *g,
                                    bool token, struct err *e)
{
    struct matrix *q = quadratic_form(w->w_l->items[layer].matrix, w->w_r->items[layer].matrix,
                                      w->w_p->items[layer].matrix, g, e);
    if (q == NULL || !token)
        return q;
    const struct matrix *embed = w->w_e->items[0].matrix;
    struct matrix *left = matrix_transpose(embed, e);
    struct matrix *half = left ? matrix_product(left, q, e) : NULL;
    struct matrix *full = half ? matrix_product(half, embed, e) : NULL;
    matrix_unref(q);
    matrix_unref(left);
    matrix_unref(half);
    return full;
}

static struct value *decompose_layers(const struct mlp *w, struct stack_axis layers,
                                      const struct vector *g, bool token, struct err *e)
{
    struct value *d = value_new(VALUE_DECOMP, 1, &layers, e);
    for (size_t n = 0; d != NULL && n < d->count; n++) {
        struct matrix *m = form_of_layer(w, layers.start + n - w->w_l->axes[0].start, g, token, e);
        struct decomp *x = m ? decomp_eigen(m, e) : NULL;
        matrix_unref(m);
        d->items[n].decomp = x;
        if (x == NULL) {
            d->count = n;
            value_unref(d);
            return NULL;
        }
    }
    return d;
}

static bool interaction_ledger(struct call *c, struct report *r, bool token, bool deep,
                               struct err *e)
{
    return ledger_start(c, r, e) && report_ledger(r, e, "lag", "none") &&
           report_ledger(r, e, "basis", token ? "token metric" : "residual") &&
           report_ledger(r, e, "symmetrised", "yes") &&
           (!deep || report_ledger(r, e, "path", "direct only"));
}

static bool direction_fits(struct call *c, const struct mlp *w, const struct value *g,
                           struct err *e)
{
    struct axis want = w->w_p->items[0].matrix->row;
    if (g->stack > 0)
        err_set(e, ERR_TYPE, "one direction is needed, not a stack of them; index it: v0[0]");
    else if (!axis_match(g->items[0].vector->axis, want))
        err_set(e, ERR_AXES, "a direction lies in the residual stream (resid, %zu), this one on %s "
                "(%zu)", want.size, axis_kind_name(g->items[0].vector->axis.kind),
                g->items[0].vector->axis.size);
    else
        return true;
    return call_fail(c, 0, e);
}

static bool interaction_report(struct call *c, struct report *r, const struct mlp *w,
                               const struct value *g, struct err *e)
{
    struct stack_axis layers;
    if (!direction_fits(c, w, g, e) || !pick_layers(c, w, &layers, e))
        return false;
    bool token = strcmp(call_choice(c, "basis", "token"), "token") == 0;
    bool deep = layers.start + layers.size > 1;
    struct text source = TEXT_EMPTY;
    call_source(c, 0, &source);
    struct value *d = decompose_layers(w, layers, g->items[0].vector, token, e);
    bool ok = d != NULL && !source.failed &&
              report_title(r, e, "interaction of %s: %s, %s", text_get(&source), text_get(&c->note),
                           token ? "w_e' Q w_e on tokens" : "Q on the residual stream") &&
              interaction_ledger(c, r, token, deep, e) && report_eigen(c, r, d, e);
    text_done(&source);
    value_unref(d);
    return ok;
}

bool run_interaction(struct call *c, struct report *r, struct err *e)
{
    struct mlp w;
    const struct model *m = need_model(c, e);
    if (m == NULL)
        return false;
    if (m->gate != NULL)
        return err_set(e, ERR_UNSUPPORTED, "this MLP has a %s gate: it is not quadratic, so a "
                       "direction has no interaction matrix", m->gate);
    if (!find_weights(c, &w, e))
        return false;
    struct value *g = call_direction(c, 0, e);
    bool ok = g != NULL && interaction_report(c, r, &w, g, e);
    value_unref(g);
    return ok;
}
