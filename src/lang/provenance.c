/* Models that values came from though they are not open, and the traits that tell them apart. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "execution.h"

static bool same_model(const struct provenance *a, const struct provenance *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->hash, b->hash) == 0 &&
           a->folded == b->folded && a->centered == b->centered && a->rotary == b->rotary;
}

static unsigned traits_used(const struct call *c)
{
    unsigned used = c->opens ? c->opened.trait : 0;
    for (size_t i = 0; i < c->state->models; i++)
        used |= c->state->open[i].trait;
    for (size_t i = 0; i < c->state->provenances; i++)
        used |= c->state->provenance[i].trait;
    for (size_t i = 0; i < c->provenances; i++)
        used |= c->provenance[i].trait;
    return used;
}

/* One that is free, if there is any. */
unsigned call_next_trait(const struct call *c)
{
    unsigned used = traits_used(c), first = c->state->opened + (unsigned)c->provenances;
    for (unsigned i = 0; i < TRAIT_MODELS; i++) {
        unsigned trait = (unsigned)TRAIT_MODEL << ((first + i) % TRAIT_MODELS);
        if ((used & trait) == 0)
            return trait;
    }
    return (unsigned)TRAIT_MODEL << (first % TRAIT_MODELS);
}

bool call_provenance(struct call *c, const struct provenance *p, unsigned *trait)
{
    for (size_t i = 0; i < c->state->provenances + c->provenances; i++) {
        const struct provenance *known = i < c->state->provenances
                                             ? &c->state->provenance[i]
                                             : &c->provenance[i - c->state->provenances];
        if (same_model(known, p)) {
            *trait = known->trait;
            return true;
        }
    }
    *trait = call_next_trait(c);
    c->provenance = mem_resize(c->provenance, c->provenances + 1, sizeof *c->provenance);
    c->provenance[c->provenances] = *p;
    c->provenance[c->provenances++].trait = *trait;
    return true;
}

void provenance_reserve(const struct call *c, struct session_state *state)
{
    size_t most = state->provenances + c->provenances + c->opens; /* which may replace a model */
    state->provenance = mem_resize(state->provenance, most, sizeof *state->provenance);
}

/* Whoever had its trait before is forgotten. */
static void keep(struct session_state *state, const struct provenance *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < state->provenances; i++)
        if (state->provenance[i].trait != p->trait)
            state->provenance[kept++] = state->provenance[i];
    state->provenance[kept] = *p;
    state->provenances = kept + 1;
}

void provenance_commit(const struct call *c, struct session_state *state)
{
    for (size_t i = 0; i < c->provenances; i++)
        keep(state, &c->provenance[i]);
    state->opened += (unsigned)c->provenances;
}

void provenance_keep_model(struct session_state *state, const struct open_model *m)
{
    struct provenance p = {0};
    if (state->commands->describe == NULL)
        return;
    state->commands->describe(m->model, &p);
    p.trait = m->trait;
    keep(state, &p);
}

void provenance_copy(struct session_state *to, const struct session_state *from)
{
    size_t size = from->provenances * sizeof *from->provenance;
    to->provenances = 0;
    to->provenance = mem_alloc(size);
    if (size > 0)
        memcpy(to->provenance, from->provenance, size);
    to->provenances = from->provenances;
}
