/* interaction, and the MLP's weights for the other commands about it. */
#include <stdint.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/num/bordered.h"
#include "bilens/num/center.h"
#include "bilens/num/quadratic.h"
#include "handlers.h"
#include "provenance.h"
#include "stacks.h"

/* Is it quadratic, or to be taken for it? */
static bool mlp_quadratic(struct call *c, const struct model *m, struct err *e)
{
    const struct architecture *a = &m->architecture;
    if (a->mlp == MLP_PLAIN)
        return err_set(e, ERR_UNSUPPORTED,
                       "this MLP has one factor, w_in, and the activation %s: no pair of inputs "
                       "interacts in it through the weights alone. Its hidden units can be looked "
                       "at one by one: topk w_in[0, 7] shows what a unit reads, topk w_p[0, :, 7] "
                       "what it writes",
                       a->activation_name ? a->activation_name : "none");
    if (a->mlp == MLP_GATED && !call_has(c, "ignore-gate"))
        return err_set(e, ERR_UNSUPPORTED,
                       "this MLP has a %s gate, so it is not quadratic: its weights alone do not "
                       "say what it does to a pair of inputs; --ignore-gate takes it for the "
                       "bilinear MLP of the same weights, an approximation",
                       a->activation_name);
    return true;
}

bool mlp_find(struct call *c, struct mlp *out, struct err *e)
{
    const struct model *m = need_model(c, e);
    if (m == NULL || !mlp_quadratic(c, m, e))
        return false;
    static const char *const names[] = {"w_l", "w_r", "w_p", "w_e"};
    const struct value **slots[] = {&out->w_l, &out->w_r, &out->w_p, &out->w_e};
    for (size_t i = 0; i < 4; i++) {
        *slots[i] = model_weight(c, names[i], e);
        if (*slots[i] == NULL)
            return false;
    }
    return true;
}

void mlp_ledger(struct call *c, struct report *r)
{
    const struct model *m = current_model(c);
    const struct architecture_layer *layer = m->architecture.layers;
    if (m->architecture.mlp == MLP_GATED)
        report_ledger(r, "gate", "%s ignored", m->architecture.activation_name);
    bool biased = layer->b_l.storage != NULL || layer->b_r.storage != NULL ||
                  (m->folded && layer->mlp_in.bias.storage != NULL);
    if (biased)
        report_ledger(r, "biases", "left out");
}

/* The least and the largest factor, of every token's embedding alone. */
static bool norm_factors(const struct norm *norm, const struct matrix *w_e, double range[2],
                         struct err *e)
{
    size_t tokens = w_e->col.size;
    double *spread = mem_new(tokens, sizeof *spread);
    bool ok = matrix_column_spread(w_e, norm->kind == NORM_LAYER, spread, e);
    for (size_t i = 0; ok && i < tokens; i++) {
        double factor = 1 / (spread[i] + norm->eps);
        range[0] = i == 0 || factor < range[0] ? factor : range[0];
        range[1] = i == 0 || factor > range[1] ? factor : range[1];
    }
    mem_free(spread);
    return ok;
}

/* The first norm before these layers' MLPs, or NULL, and how many of them have a gain. */
static const struct norm *norms_before(const struct model *m, const struct stack_axis *layers,
                                       size_t *gains)
{
    const struct norm *first = NULL;
    *gains = 0;
    for (size_t n = 0; n < layers->size; n++) {
        const struct norm *norm = &m->architecture.layers[layers->start + n].mlp_in;
        if (norm->kind == NORM_NONE)
            continue;
        first = first != NULL ? first : norm;
        *gains += norm->gain.storage != NULL && !m->folded;
    }
    return first;
}

bool mlp_norm_ledger(struct call *c, const struct mlp *w, const struct stack_axis *layers,
                     struct report *r, struct err *e)
{
    size_t gains;
    const struct model *m = current_model(c);
    const struct norm *norm = norms_before(m, layers, &gains);
    if (norm == NULL)
        return true;
    struct text t = TEXT_EMPTY;
    text_add(&t, gains == 0 ? "" : gains == 1 ? "the gain, and " : "the gains, and ");
    text_add(&t, norm->kind == NORM_LAYER ? "1/variance" : "1/rms^2");
    double range[2] = {0, 0};
    bool ok = true, first = norm == &m->architecture.layers[0].mlp_in; /* it reads embeddings */
    if (first && (ok = norm_factors(norm, w->w_e->items[0].matrix, range, e)))
        text_printf(&t, ", %s%.4g to %.4g over the tokens' embeddings alone",
                    layers->size > 1 ? "in layer 0 " : "", range[0], range[1]);
    if (ok)
        report_ledger(r, "norms", "left out: %s", text_get(&t));
    text_done(&t);
    return ok;
}

void mlp_path_ledger(const struct stack_axis *layers, struct report *r)
{
    if (layers->start + layers->size > 1)
        report_ledger(r, "path", "direct only: what earlier layers add is left out");
}

/* The layers asked for, as the stack axis of the answer, and the first one's item. */
bool mlp_layers(struct call *c, const struct mlp *w, struct stack_axis *out, size_t *first,
                struct err *e)
{
    size_t layer = 0;
    *out = w->w_l->axes[0];
    *first = 0;
    if (!call_has(c, "layer"))
        return true;
    if (!call_option_number(c, "layer", 0, SIZE_MAX, &layer, e))
        return false;
    struct text held = TEXT_EMPTY;
    for (size_t n = 0; n < out->size; n++) {
        size_t original = value_member(w->w_l, n).index[0];
        text_printf(&held, "%s%zu", n > 0 ? ", " : "", original);
        if (original != layer)
            continue;
        *first = n;
        *out = (struct stack_axis){.kind = 'l', .size = 1, .start = layer, .step = 1};
        text_done(&held);
        return true;
    }
    err_set(e, ERR_INDEX, "there is no layer %zu: the model has %s%s", layer,
            out->size == 1 ? "only layer " : "layers ", text_get(&held));
    text_done(&held);
    return call_option_fail(c, "layer", e);
}

/* What is decomposed: how the residual stream's own term is treated, and in which basis. */
struct form {
    const struct vector *g;
    bool token, seed, exact;
};

/* Q, or w_e' Q w_e, of one layer, with the residual term as asked; new reference. */
static struct matrix *form_of_layer(const struct mlp *w, size_t layer, const struct form *f,
                                    struct err *e)
{
    const struct matrix *embed = w->w_e->items[0].matrix;
    struct matrix *q = quadratic_form(w->w_l->items[layer].matrix, w->w_r->items[layer].matrix,
                                      w->w_p->items[layer].matrix, f->g, e);
    if (q != NULL && (f->seed || f->exact)) {
        struct matrix *more = f->seed    ? bordered_seed(q, f->g, e)
                              : f->token ? bordered_tokens(embed, q, f->g, e)
                                         : bordered_form(q, f->g, e);
        matrix_unref(q);
        q = more;
    }
    if (q == NULL || !f->token || f->exact)
        return q;
    struct matrix *left = matrix_transpose(embed);
    struct matrix *half = matrix_product(left, q, e);
    struct matrix *full = half ? matrix_product(half, embed, e) : NULL;
    matrix_unref(q);
    matrix_unref(left);
    matrix_unref(half);
    return full;
}

static struct value *decompose_layers(const struct mlp *w, struct stack_axis layers, size_t first,
                                      const struct form *f, struct err *e)
{
    struct value *d = value_new(VALUE_DECOMP, 1, &layers);
    struct task_part whole = task_here(), most;
    task_part(&whole, 0, VALUES_SHARE);
    most = task_here();
    for (size_t n = 0; n < d->count; n++) {
        value_member_begins(&most, d, n);
        struct matrix *m = task_go_on(e) ? form_of_layer(w, first + n, f, e) : NULL;
        d->items[n].decomp = m ? decomp_eigen(m, e) : NULL;
        matrix_unref(m);
        if (d->items[n].decomp == NULL) {
            value_unref(d);
            return NULL;
        }
    }
    task_rest(&whole, VALUES_SHARE);
    return d;
}

static bool interaction_ledger(struct call *c, struct report *r, const struct mlp *w,
                               const struct form *f, const struct stack_axis *layers, struct err *e)
{
    ledger_start(c, r);
    mlp_ledger(c, r);
    if (!mlp_norm_ledger(c, w, layers, r, e))
        return false;
    report_ledger(r, "lag", "none");
    report_ledger(r, "basis", f->token ? "token metric" : "residual");
    report_ledger(r, "residual", "%s",
                  f->seed    ? "seed (the linear path as a quadratic one)"
                  : f->exact ? "exact (bordered)"
                             : "none");
    report_ledger(r, "symmetrised", "yes");
    mlp_path_ledger(layers, r);
    return true;
}

bool mlp_direction(const struct value *g, struct err *e)
{
    if (g->stack > 0)
        return err_set(e, ERR_TYPE,
                       "one direction is needed, not a stack of them; index it: v0[0]");
    size_t count = vector_nonfinite(g->items[0].vector);
    return count == 0 ||
           err_set(e, ERR_NONFINITE, "the direction holds %zu NaN or infinite value%s", count,
                   count == 1 ? "" : "s");
}

static bool direction_fits(struct call *c, const struct mlp *w, const struct value *g,
                           struct err *e)
{
    if (!mlp_direction(g, e))
        return call_fail(c, 0, e);
    return stream_require(c, 0, "this direction", g, w->w_p->items[0].matrix->row, e);
}

static bool interaction_report(struct call *c, struct report *r, const struct mlp *w,
                               const struct value *g, struct err *e)
{
    struct stack_axis layers;
    size_t first;
    if (!direction_fits(c, w, g, e) || !mlp_layers(c, w, &layers, &first, e))
        return false;
    const char *residual = call_choice(c, "residual", "none");
    struct form f = {.g = g->items[0].vector,
                     .token = strcmp(call_choice(c, "basis", "token"), "token") == 0,
                     .seed = strcmp(residual, "seed") == 0,
                     .exact = strcmp(residual, "exact") == 0};
    struct value *d = decompose_layers(w, layers, first, &f, e);
    if (d == NULL)
        return false;
    struct text source = TEXT_EMPTY;
    call_source(c, 0, &source);
    report_title(r, "interaction of %s%s%s: %s", text_get(&source), c->note.length > 0 ? ", " : "",
                 text_get(&c->note), f.token ? "w_e' Q w_e on tokens" : "Q on the residual stream");
    bool ok = interaction_ledger(c, r, w, &f, &layers, e) && report_eigen(c, r, d, false, e);
    text_done(&source);
    value_unref(d);
    return ok;
}

bool run_interaction(struct call *c, struct report *r, struct err *e)
{
    struct mlp w;
    if (!mlp_find(c, &w, e))
        return false;
    struct value *g = call_direction(c, 0, e);
    bool ok = g != NULL && interaction_report(c, r, &w, g, e);
    value_unref(g);
    return ok;
}
