/* diagonal, hosvd and kinship: what the MLP does to all tokens, and to all outputs. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/num/diagonal.h"
#include "bilens/num/hosvd.h"
#include "handlers.h"
#include "provenance.h"
#include "stacks.h"

/* What a command about the MLP works on. */
struct layers {
    struct mlp w;
    const struct matrix *w_u;
    struct stack_axis axis;
    size_t first; /* item of the first layer asked for */
};

static bool find_layers(struct call *c, struct layers *k, struct err *e)
{
    if (!mlp_find(c, &k->w, e) || !mlp_layers(c, &k->w, &k->axis, &k->first, e))
        return false;
    const struct value *w_u = model_weight(c, "w_u", e);
    k->w_u = w_u != NULL ? w_u->items[0].matrix : NULL;
    return k->w_u != NULL;
}

static const struct matrix *weight(const struct value *v, const struct layers *k, size_t n)
{
    return v->items[k->first + n].matrix;
}

static struct decomp *diagonal_svd(const struct layers *k, size_t n, bool residual, struct err *e)
{
    struct task_part whole = task_here();
    task_part(&whole, 0, 0.8);
    struct matrix *outputs =
        diagonal_outputs(k->w.w_e->items[0].matrix, weight(k->w.w_l, k, n), weight(k->w.w_r, k, n),
                         weight(k->w.w_p, k, n), residual, e);
    task_part(&whole, 0.8, 1);
    struct matrix *d = outputs ? diagonal_matrix(k->w_u, outputs, e) : NULL;
    struct decomp *x = d ? decomp_svd(d, e) : NULL;
    matrix_unref(outputs);
    matrix_unref(d);
    return x;
}

/* A decomposition for each layer; share: what it makes up of the command's time. */
static struct value *each_layer(const struct layers *k, bool residual, double share,
                                struct decomp *(*make)(const struct layers *k, size_t n,
                                                       bool residual, struct err *e),
                                struct err *e)
{
    struct value *d = value_new(VALUE_DECOMP, 1, &k->axis);
    struct task_part whole = task_here(), most;
    task_part(&whole, 0, share);
    most = task_here();
    for (size_t n = 0; n < d->count; n++) {
        value_member_begins(&most, d, n);
        d->items[n].decomp = task_go_on(e) ? make(k, n, residual, e) : NULL;
        if (d->items[n].decomp == NULL) {
            value_unref(d);
            return NULL;
        }
    }
    task_rest(&whole, share);
    return d;
}

static void path_ledger(struct call *c, const struct layers *k, struct report *r)
{
    mlp_ledger(c, r);
    mlp_path_ledger(&k->axis, r);
}

bool run_diagonal(struct call *c, struct report *r, struct err *e)
{
    struct layers k;
    bool residual = call_has(c, "residual");
    if (!find_layers(c, &k, e))
        return false;
    struct value *d = each_layer(&k, residual, 1, diagonal_svd, e);
    if (d == NULL)
        return false;
    report_title(r, "w_u P((L w_e) * (R w_e))%s: what each token alone gives each logit",
                 residual ? " + w_u w_e" : "");
    ledger_start(c, r);
    report_ledger(r, "residual", residual ? "added" : "none");
    report_ledger(r, "signs", "peak of u > 0");
    path_ledger(c, &k, r);
    bool ok = mlp_norm_ledger(c, &k.w, &k.axis, r, e) && report_spectrum(r, d, "singular values") &&
              bind_decomposition(c, d, e);
    value_unref(d);
    return ok;
}

static struct decomp *hosvd_layer(const struct layers *k, size_t n, bool residual, struct err *e)
{
    (void)residual;
    return hosvd_eigen(weight(k->w.w_l, k, n), weight(k->w.w_r, k, n), weight(k->w.w_p, k, n), e);
}

bool run_hosvd(struct call *c, struct report *r, struct err *e)
{
    struct layers k;
    if (!find_layers(c, &k, e))
        return false;
    struct value *d = each_layer(&k, false, VALUES_SHARE, hosvd_layer, e);
    if (d == NULL)
        return false;
    report_title(r, "output directions that the MLP's interactions share: eigenvectors of BB'; "
                    "interaction v0[0] shows the first one's own");
    ledger_start(c, r);
    report_ledger(r, "basis", "residual");
    report_ledger(r, "symmetrised", "yes");
    path_ledger(c, &k, r);
    bool ok = report_eigen(c, r, d, true, e);
    value_unref(d);
    return ok;
}

/* A layer whose MLP writes nothing along the direction. */
static void nothing_akin(struct report *r, struct member m)
{
    struct block *b = report_add(r, BLOCK_TEXT);
    struct text t = TEXT_EMPTY;
    text_printf(&t,
                "layer %zu: the MLP writes nothing along this direction: its interaction is zero",
                m.index[0]);
    b->text = text_take(&t);
    b->member = m;
}

/* *out is the layer's cosines; a new reference, also where their tables fail. */
static bool kinship_layer(struct call *c, struct report *r, const struct layers *k, size_t n,
                          const struct vector *g, size_t top, struct vector **out, struct err *e)
{
    struct panel gram = {0};
    struct vector *norms = NULL, *cosines = NULL;
    bool ok = hosvd_gram(weight(k->w.w_l, k, n), weight(k->w.w_r, k, n), weight(k->w.w_p, k, n),
                         &gram, e) &&
              (norms = kinship_norms(k->w_u, &gram, e)) != NULL &&
              (cosines = kinship_cosines(k->w_u, &gram, norms, g, e)) != NULL;
    if (ok) {
        struct member m = {.count = 1, .axis = {'l'}};
        m.index[0] = (size_t)((ptrdiff_t)k->axis.start + (ptrdiff_t)n * k->axis.step);
        struct reading_spec spec = {.top = top, .member = m};
        bool none = vector_is_zero(cosines);
        if (none)
            nothing_akin(r, m);
        else
            ok = tables_of_vector(c, r, cosines, &spec, e);
    }
    panel_free(&gram);
    vector_unref(norms);
    *out = cosines;
    return ok;
}

static void kinship_title(struct call *c, struct report *r)
{
    struct text source = TEXT_EMPTY;
    call_source(c, 0, &source);
    report_title(r, "outputs that the MLP computes like %s%s%s: cosine of their interactions",
                 text_get(&source), c->note.length > 0 ? ", " : "", text_get(&c->note));
    text_done(&source);
}

/* One that is not zero, which has no cosine with anything. */
static bool direction_is_one(struct call *c, const struct layers *k, const struct value *g,
                             struct err *e)
{
    if (mlp_direction(g, e) && !vector_is_zero(g->items[0].vector))
        return stream_require(c, 0, "this direction", g, k->w_u->col, e);
    if (e->code == ERR_NONE)
        err_set(e, ERR_ARGUMENT,
                "the direction is zero: no output is computed like it, or unlike it");
    return call_fail(c, 0, e);
}

bool run_kinship(struct call *c, struct report *r, struct err *e)
{
    struct layers k;
    size_t top = 10;
    if (!find_layers(c, &k, e) || !call_option_number(c, "top", 1, 1000000, &top, e))
        return false;
    struct value *g = call_direction(c, 0, e);
    if (g == NULL || !direction_is_one(c, &k, g, e)) {
        value_unref(g);
        return false;
    }
    kinship_title(c, r);
    ledger_start(c, r);
    report_ledger(r, "basis", "residual");
    path_ledger(c, &k, r);
    struct value *all = value_new(VALUE_VECTOR, 1, &k.axis);
    struct task_part whole = task_here();
    bool ok = true;
    for (size_t n = 0; ok && n < k.axis.size; n++) {
        value_member_begins(&whole, all, n);
        ok = (task_go_on(e) &&
              kinship_layer(c, r, &k, n, g->items[0].vector, top, &all->items[n].vector, e)) ||
             call_fail(c, 0, e);
    }
    task_back(&whole);
    if (ok)
        call_subject(c, all, NULL);
    value_unref(all);
    value_unref(g);
    return ok;
}
