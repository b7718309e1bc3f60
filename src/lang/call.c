#include "bilens/lang/call.h"

#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"

size_t call_count(const struct call *c)
{
    return c->statement->arguments;
}

/* A value just evaluated takes the traits of what it was made from. One that is bound
 * already has them. */
static struct value *with_traits(struct call *c, unsigned traits, struct value *v)
{
    traits &= ~(unsigned)TRAIT_LATEST;
    if (v != NULL && v->traits != traits && atomic_load(&v->refs) == 1)
        v->traits = traits;
    c->traits |= traits;
    return v;
}

struct value *call_value(struct call *c, size_t i, struct err *e)
{
    unsigned traits = 0;
    c->evaluator.traits = &traits;
    struct value *v = evaluate(&c->evaluator, c->statement->argument[i].node, e);
    c->evaluator.traits = NULL;
    return with_traits(c, traits, v);
}

struct value *call_direction(struct call *c, size_t i, struct err *e)
{
    unsigned traits = 0;
    c->evaluator.traits = &traits;
    c->evaluator.note = &c->note;
    struct value *v = evaluate_direction(&c->evaluator, c->statement->argument[i].node, e);
    c->evaluator.note = NULL;
    c->evaluator.traits = NULL;
    return with_traits(c, traits, v);
}

struct value *call_content(struct call *c, size_t i, struct err *e)
{
    c->evaluator.contents = true;
    struct value *v = call_direction(c, i, e);
    c->evaluator.contents = false;
    return v;
}

const char *call_raw(const struct call *c, size_t i)
{
    return i < c->statement->arguments ? c->statement->argument[i].raw : NULL;
}

void call_source(const struct call *c, size_t i, struct text *out)
{
    const struct argument *a = &c->statement->argument[i];
    text_add_bytes(out, c->evaluator.text + a->start, a->end - a->start);
}

bool call_fail(const struct call *c, size_t i, struct err *e)
{
    err_place(e, c->statement->argument[i].start, c->statement->argument[i].end);
    return false;
}

/* Evaluates an argument that must be a whole number. */
static bool whole_number(struct call *c, const struct argument *a, const char *what, size_t low,
                         size_t high, size_t *out, struct err *e)
{
    struct value *v = evaluate(&c->evaluator, a->node, e);
    if (v == NULL)
        return false;
    double x = v->kind == VALUE_NUMBER && v->stack == 0 ? v->items[0].number : NAN;
    value_unref(v);
    if (x == floor(x) && x >= (double)low && x <= (double)high && x < 0x1p63) {
        *out = (size_t)x;
        return true;
    }
    err_place(e, a->start, a->end);
    if (high == SIZE_MAX)
        return err_set(e, ERR_ARGUMENT, "%s must be a whole number from %zu on", what, low);
    return err_set(e, ERR_ARGUMENT, "%s must be a whole number from %zu to %zu", what, low, high);
}

bool call_number(struct call *c, size_t i, size_t low, size_t high, size_t *out, struct err *e)
{
    if (i >= c->statement->arguments)
        return true;
    const struct signature *s = &c->statement->signature;
    const char *what = s->argument[i < s->arguments ? i : s->arguments - 1].name;
    return whole_number(c, &c->statement->argument[i], what, low, high, out, e);
}

static const struct given_option *find_option(const struct call *c, const char *name)
{
    for (size_t i = 0; i < c->statement->options; i++)
        if (strcmp(c->statement->option[i].name, name) == 0)
            return &c->statement->option[i];
    return NULL;
}

bool call_has(const struct call *c, const char *option)
{
    return find_option(c, option) != NULL;
}

const char *call_choice(const struct call *c, const char *option, const char *missing)
{
    const struct given_option *o = find_option(c, option);
    return o ? o->value.raw : missing;
}

bool call_option_number(struct call *c, const char *option, size_t low, size_t high, size_t *out,
                        struct err *e)
{
    const struct given_option *o = find_option(c, option);
    char what[WORD_MOST + 2] = "--";
    strncat(what, option, WORD_MOST - 1);
    return o == NULL || whole_number(c, &o->value, what, low, high, out, e);
}

bool call_option_fail(const struct call *c, const char *option, struct err *e)
{
    const struct given_option *o = find_option(c, option);
    if (o != NULL)
        err_place(e, o->start, o->value.end > 0 ? o->value.end : o->end);
    return false;
}

static bool add_change(struct call *c, const char *name, struct value *value, bool from_model,
                       struct err *e)
{
    struct change *grown = mem_resize(c->change, c->changes + 1, sizeof *grown);
    if (grown == NULL)
        return err_memory(e);
    c->change = grown;
    char *copy = mem_strdup(name);
    if (copy == NULL)
        return err_memory(e);
    if (value != NULL)
        value_ref(value);
    grown[c->changes++] = (struct change){.name = copy, .value = value, .from_model = from_model};
    return true;
}

bool call_bind(struct call *c, const char *name, struct value *value, bool from_model,
               struct err *e)
{
    return add_change(c, name, value, from_model, e);
}

bool call_unbind(struct call *c, const char *name, struct err *e)
{
    return add_change(c, name, NULL, false, e);
}

unsigned call_next_trait(const struct call *c)
{
    return (unsigned)TRAIT_MODEL << (c->state->opened % TRAIT_MODELS);
}

bool call_model(struct call *c, void *model, void (*release)(void *model), const char *alias,
                bool current, struct err *e)
{
    c->opened = (struct open_model){.model = model, .release = release};
    c->opens = true;
    c->uses = current;
    c->opened.trait = call_next_trait(c);
    if (alias != NULL && (c->opened.alias = mem_strdup(alias)) == NULL)
        return err_memory(e);
    return true;
}

void call_use(struct call *c, void *model)
{
    c->opened.model = model;
    c->uses = true;
}

static size_t find_open(const struct session_state *state, const char *alias)
{
    size_t i = 0;
    for (; i < state->models; i++) {
        const char *known = state->open[i].alias;
        if (alias == NULL ? known == NULL : known != NULL && strcmp(known, alias) == 0)
            break;
    }
    return i;
}

void *call_find_model(const struct call *c, const char *alias)
{
    size_t i = find_open(c->state, alias);
    return i < c->state->models ? c->state->open[i].model : NULL;
}

static void open_model_done(struct open_model *m)
{
    if (m->model != NULL)
        m->release(m->model);
    mem_free(m->alias);
}

void session_state_done(struct session_state *state)
{
    for (size_t i = 0; i < state->models; i++)
        open_model_done(&state->open[i]);
    mem_free(state->open);
    subject_done(&state->subject);
    state->open = NULL;
    state->models = 0;
    state->current = NULL;
}

static void call_done(struct call *c)
{
    for (size_t i = 0; i < c->changes; i++) {
        value_unref(c->change[i].value);
        mem_free(c->change[i].name);
    }
    mem_free(c->change);
    if (c->opens)
        open_model_done(&c->opened);
    subject_done(&c->subject);
    text_done(&c->note);
}

/* Room for one more model, before anything is changed. */
static bool reserve_model(const struct call *c, struct session_state *state, struct err *e)
{
    if (!c->opens)
        return true;
    struct open_model *grown = mem_resize(state->open, state->models + 1, sizeof *grown);
    if (grown == NULL)
        return err_memory(e);
    state->open = grown;
    return true;
}

/* Puts the opened model in its place. */
static void commit_model(struct call *c, struct session_state *state)
{
    if (c->uses)
        state->current = c->opened.model;
    if (!c->opens)
        return;
    size_t i = find_open(state, c->opened.alias);
    if (i < state->models) {
        if (state->current == state->open[i].model)
            state->current = c->opened.model;
        open_model_done(&state->open[i]);
    } else {
        state->models++;
    }
    state->open[i] = c->opened;
    state->opened++;
    c->opens = false; /* it is the session's now */
}

/* The changes made to names: first those of the models that are replaced go. */
static bool apply_changes(const struct call *c, const struct session_state *state,
                          struct workspace *names, struct text *bound, struct err *e)
{
    const char *alias = c->opens ? c->opened.alias : NULL;
    if (c->uses)
        workspace_remove_model(names, NULL);
    if (alias != NULL && find_open(state, alias) < state->models)
        workspace_remove_model(names, alias);
    for (size_t i = 0; i < c->changes; i++) {
        const struct change *change = &c->change[i];
        if (change->value == NULL) {
            workspace_remove(names, change->name);
            continue;
        }
        if (!workspace_set(names, change->name, change->value, change->from_model, e))
            return false;
        text_printf(bound, "%s%s", bound->length > 0 ? " " : "", change->name);
    }
    return !bound->failed || err_memory(e);
}

static bool accepted(const struct session_state *state, const struct text *bound, struct err *e)
{
    return state->accept == NULL || state->accept(state->accept_context, text_get(bound), e);
}

/* At most one name: no copy is needed to do that whole or not at all. */
static bool commit_one(struct call *c, struct session_state *state, struct text *bound,
                       struct err *e)
{
    struct change *only = c->changes == 1 ? &c->change[0] : NULL;
    if (only != NULL && only->value != NULL)
        text_printf(bound, "%s%s", bound->length > 0 ? " " : "", only->name);
    if (bound->failed)
        return err_memory(e);
    if (!accepted(state, bound, e))
        return false;
    if (only != NULL && only->value == NULL)
        workspace_remove(state->names, only->name);
    return only == NULL || only->value == NULL ||
           workspace_set(state->names, only->name, only->value, only->from_model, e);
}

/* Makes the changes in a copy of the names, which takes the place of the workspace's only
 * if there was memory for all of them: what cannot be done whole changes nothing. */
static bool call_commit(struct call *c, struct session_state *state, struct text *bound,
                        struct err *e)
{
    if (!c->opens && !c->uses && c->changes < 2)
        return commit_one(c, state, bound, e);
    if (!reserve_model(c, state, e))
        return false;
    struct workspace *names = workspace_copy(state->names, e);
    bool ok = names != NULL && apply_changes(c, state, names, bound, e) &&
              accepted(state, bound, e);
    if (ok)
        workspace_swap(state->names, names);
    workspace_free(names); /* before the model that its values may come from */
    if (ok)
        commit_model(c, state);
    return ok;
}

void call_subject(struct call *c, struct value *value, struct value *about)
{
    subject_done(&c->subject);
    c->subject.value = value_ref(value);
    c->subject.about = about != NULL ? value_ref(about) : NULL;
}

bool call_subject_of(struct call *c, size_t i, struct value *value, struct value *about,
                     struct err *e)
{
    struct text source = TEXT_EMPTY;
    call_source(c, i, &source);
    call_subject(c, value, about);
    c->subject.source = text_take(&source);
    return c->subject.source != NULL || err_memory(e);
}

/* The value of a new name; that name says what it is. */
static bool assign(struct call *c, struct err *e)
{
    struct value *v = call_value(c, 0, e);
    bool ok = v != NULL && call_bind(c, c->statement->name, v, false, e);
    if (ok) {
        call_subject(c, v, NULL);
        c->subject.source = mem_strdup(c->statement->name);
        ok = c->subject.source != NULL || err_memory(e);
    }
    value_unref(v);
    return ok;
}

bool statement_run(struct session_state *state, const char *text, const struct statement *s,
                   struct report *report, struct text *bound, struct err *e)
{
    if (s->kind == STATEMENT_EMPTY)
        return true;
    struct call c = {
        .statement = s,
        .commands = state->commands,
        .host = state->host,
        .state = state,
        .evaluator = {.names = state->names,
                      .text = text,
                      .memory = state->host->memory,
                      .model = state->current,
                      .absence = state->commands->absence}};
    const struct command *command = s->command;
    if (s->kind == STATEMENT_EXPRESSION)
        command = command_exact(state->commands, "show");
    bool ok;
    if (s->kind == STATEMENT_ASSIGN)
        ok = assign(&c, e);
    else
        ok = command != NULL ? command->run(&c, report, e)
                             : err_set(e, ERR_UNSUPPORTED, "there is no command to show values");
    ok = ok && call_commit(&c, state, bound, e);
    if (!ok && e->code == ERR_NONE)
        err_memory(e); /* the only failure that may come without a word */
    if (!ok)
        err_place(e, s->start, s->end);
    if (ok) {
        subject_done(&state->subject);
        state->subject = c.subject;
        state->subject.traits = c.traits;
        c.subject = (struct subject){0};
    }
    call_done(&c);
    return ok;
}
