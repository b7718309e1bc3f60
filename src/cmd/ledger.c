/* Which models the values of a statement came from, and the ledger that says so. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/num/finite.h"
#include "provenance.h"

static void copy(char *to, size_t room, const char *from)
{
    size_t length = strlen(from) < room ? strlen(from) : room - 1;
    memcpy(to, from, length);
    to[length] = '\0';
}

void model_describe(const void *model, struct provenance *out)
{
    const struct model *m = model;
    *out = (struct provenance){.folded = m->folded, .centered = m->centered};
    out->rotary = m->positions == POSITIONS_ROTARY;
    copy(out->name, sizeof out->name, m->name);
    copy(out->hash, sizeof out->hash, m->hash);
}

bool provenance_same(const struct provenance *a, const struct provenance *b)
{
    return strcmp(a->hash, b->hash) == 0 && strcmp(a->name, b->name) == 0 &&
           a->folded == b->folded && a->centered == b->centered;
}

static void add_once(struct provenances *out, const struct provenance *p)
{
    for (size_t i = 0; i < out->count; i++)
        if (provenance_same(&out->model[i], p))
            return;
    out->model[out->count++] = *p;
}

static void provenances_in(const struct session_state *s, unsigned traits, struct provenances *out)
{
    out->count = 0;
    for (size_t i = 0; i < s->models && out->count < TRAIT_MODELS; i++) {
        struct provenance p;
        if ((s->open[i].trait & traits) == 0)
            continue;
        model_describe(s->open[i].model, &p);
        add_once(out, &p);
    }
    for (size_t i = 0; i < s->provenances && out->count < TRAIT_MODELS; i++)
        if ((s->provenance[i].trait & traits) != 0)
            add_once(out, &s->provenance[i]);
}

void provenances_of(const struct call *c, unsigned traits, struct provenances *out)
{
    provenances_in(c->state, traits, out);
    for (size_t i = 0; i < c->provenances && out->count < TRAIT_MODELS; i++)
        if ((c->provenance[i].trait & traits) != 0)
            add_once(out, &c->provenance[i]);
}

static const struct open_model *open_in(const struct session_state *s, const struct provenance *p)
{
    for (size_t i = 0; i < s->models; i++) {
        struct provenance own;
        model_describe(s->open[i].model, &own);
        if (provenance_same(&own, p))
            return &s->open[i];
    }
    return NULL;
}

const struct open_model *provenance_open(const struct call *c, const struct provenance *p)
{
    return open_in(c->state, p);
}

unsigned current_trait(const struct call *c)
{
    for (size_t i = 0; i < c->state->models; i++)
        if (c->state->open[i].model == c->state->current)
            return c->state->open[i].trait;
    return 0;
}

/* Edited: a value of the user's stood under the name of a weight. Whatever it is, it is not what
 * the file holds. */
static void ledger_weights(const struct provenance *p, bool edited, struct report *r)
{
    report_ledger(r, "weights", edited ? "your own (edited from %s)" : "%s",
                  p->folded ? "folded" : "raw");
    report_ledger(r, "centring", p->centered ? "w_u over tokens" : "none");
}

bool ledger_model(const struct model *m, struct report *r)
{
    struct provenance p = {0};
    if (m != NULL)
        model_describe(m, &p);
    ledger_weights(&p, false, r);
    return true;
}

/* What came from no model has no weights that were folded or not; of several, one line for all
 * stands in ledger_models. */
static void ledger_weights_of(const struct provenances *from, bool edited, struct report *r)
{
    const struct provenance none = {0};
    if (from->count > 0) {
        ledger_weights(from->count == 1 ? &from->model[0] : &none, edited, r);
        return;
    }
    report_ledger(r, "weights", "none");
    report_ledger(r, "centring", "none");
}

/* Names and hashes of all models that the values came from. */
static void ledger_models(const struct provenances *from, bool edited, struct report *r)
{
    struct text t = TEXT_EMPTY;
    bool processed = false, plain = false, alone = from->count == 1;
    for (size_t i = 0; i < from->count; i++) {
        const struct provenance *p = &from->model[i];
        processed = processed || p->folded || p->centered;
        plain = plain || !(p->folded || p->centered);
        text_printf(&t, "%s%s %s%s%s", t.length > 0 ? " and " : "", p->name, p->hash,
                    p->folded && !alone ? " folded" : "", p->centered && !alone ? " centred" : "");
    }
    if (t.length > 0)
        report_ledger(r, "model", "%s%s", edited ? "from " : "", text_get(&t));
    if (processed && plain)
        report_ledger(r, "weights", "%s",
                      edited ? "your own; they differ by model" : "differ by model");
    text_done(&t);
}

/* The current model's circuits are made of its own weights, whatever their names are bound to by
 * now. */
static void ledger_circuits(const struct call *c, struct report *r)
{
    static const struct {
        unsigned trait;
        const char *name, *factors[2];
    } circuits[] = {{TRAIT_QK, "qk", {"w_q", "w_k"}}, {TRAIT_OV, "ov", {"w_o", "w_v"}}};
    bool current = (c->traits & current_trait(c)) != 0;
    for (size_t i = 0; current && i < 2; i++) {
        struct text own = TEXT_EMPTY;
        for (size_t k = 0; (c->traits & circuits[i].trait) != 0 && k < 2; k++)
            workspace_note_rebound(c->evaluator.names, circuits[i].factors[k], &own);
        if (own.length > 0)
            report_ledger(r, circuits[i].name, "made of the model's own %s, not yours",
                          text_get(&own));
        text_done(&own);
    }
}

bool ledger_start(struct call *c, struct report *r)
{
    struct provenances from;
    provenances_of(c, c->traits, &from);
    bool rotary = false;
    for (size_t i = 0; i < from.count; i++)
        rotary = rotary || (from.model[i].rotary && (c->traits & TRAIT_KEYS) != 0);
    bool edited = (c->traits & TRAIT_EDITED) != 0;
    ledger_weights_of(&from, edited, r);
    report_ledger(r, "scale", "none");
    report_ledger(r, "lag", "%s", rotary ? "0" : "none");
    report_ledger(r, "basis", "none");
    report_ledger(r, "residual", "none");
    report_ledger(r, "symmetrised", "no");
    report_ledger(r, "signs", "none");
    report_ledger(r, "precision", "float32, float64 cores");
    ledger_models(&from, edited, r);
    ledger_circuits(c, r);
    return true;
}

bool ledger_origin(struct call *c, struct report *r)
{
    struct provenances from;
    provenances_of(c, c->traits, &from);
    bool edited = (c->traits & TRAIT_EDITED) != 0;
    ledger_weights_of(&from, edited, r);
    ledger_models(&from, edited, r);
    return true;
}

bool stream_require(struct call *c, size_t i, const char *what, const struct value *v,
                    struct axis stream, struct err *e)
{
    struct axis own = v->items[0].vector->axis;
    if (axis_require(own, stream, what, "the residual stream", e))
        return true;
    struct provenances from;
    provenances_of(c, v->traits, &from);
    bool foreign = own.origin.model != 0 && own.origin.model != stream.origin.model;
    if (foreign && from.count > 0)
        err_append(e, "; %s is of %s, the current model is %s", what, from.model[0].name,
                   current_model(c)->name);
    return call_fail(c, i, e);
}

static const struct matrix *own_matrix(const struct model *m, const char *name)
{
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->matrices[i].name, name) == 0 && m->matrices[i].stack == 0)
            return m->matrices[i].members[0];
    return NULL;
}

/* Of values that came from those models; see workspace_model_first for unused. */
static const struct matrix *side_of(const struct session_state *s, const struct provenances *from,
                                    const char *name, struct text *unused)
{
    if (from->count == 1) {
        const struct open_model *open = open_in(s, &from->model[0]);
        if (open == NULL)
            return NULL; /* it is not here to be read through */
        if (open->model != s->current)
            return own_matrix(open->model, name);
    }
    const struct value *v = workspace_model_first(s->names, name, unused);
    bool fits = v != NULL && v->kind == VALUE_MATRIX && v->stack == 0;
    return fits ? v->items[0].matrix : NULL;
}

const struct matrix *model_side(struct call *c, const char *name)
{
    struct provenances from;
    provenances_of(c, c->traits, &from);
    return side_of(c->state, &from, name, &c->unused);
}

const struct matrix *state_side(const struct session_state *state, unsigned traits,
                                const char *name)
{
    struct provenances from;
    provenances_in(state, traits, &from);
    return side_of(state, &from, name, NULL);
}
