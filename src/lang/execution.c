/* Running a statement: on a snapshot of the session, so that it can be left to itself, and
 * putting into effect what it came to. */
#include "execution.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/outfile.h"

/* ---- open models ---- */

/* A model's owner, shared by the session and the statements at work. */
struct model_hold {
    atomic_size_t refs;
    void *model;
    void (*release)(void *model);
};

size_t open_model_find(const struct session_state *state, const char *alias)
{
    size_t i = 0;
    for (; i < state->models; i++) {
        const char *known = state->open[i].alias;
        if (alias == NULL ? known == NULL : known != NULL && strcmp(known, alias) == 0)
            break;
    }
    return i;
}

static void open_model_done(struct open_model *m)
{
    struct model_hold *hold = m->hold;
    if (hold != NULL && atomic_fetch_sub(&hold->refs, 1) == 1) {
        hold->release(hold->model);
        mem_free(hold);
    }
    mem_free(m->alias);
    *m = (struct open_model){0};
}

void open_model_make(struct open_model *m, void *model, void (*release)(void *model),
                     const char *alias)
{
    *m = (struct open_model){.model = model,
                             .hold = mem_new(1, sizeof *m->hold),
                             .alias = alias ? mem_strdup(alias) : NULL};
    atomic_init(&m->hold->refs, 1);
    m->hold->model = model;
    m->hold->release = release;
}

static void open_model_share(struct open_model *to, const struct open_model *from)
{
    *to = *from;
    to->alias = from->alias ? mem_strdup(from->alias) : NULL;
    atomic_fetch_add(&to->hold->refs, 1);
}

void session_state_done(struct session_state *state)
{
    for (size_t i = 0; i < state->models; i++)
        open_model_done(&state->open[i]);
    mem_free(state->open);
    mem_free(state->provenance);
    state->open = NULL;
    state->provenance = NULL;
    state->models = state->provenances = 0;
    state->current = NULL;
}

/* ---- scripts ---- */

struct script *script_new(const char *text)
{
    size_t size = strlen(text) + 1;
    struct script *s = mem_alloc(sizeof *s + size);
    atomic_init(&s->refs, 1);
    memcpy(s->text, text, size);
    return s;
}

struct script *script_ref(struct script *s)
{
    atomic_fetch_add(&s->refs, 1);
    return s;
}

void script_unref(struct script *s)
{
    if (s != NULL && atomic_fetch_sub(&s->refs, 1) == 1)
        mem_free(s);
}

/* ---- a statement at work ---- */

void call_free(struct call *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->changes; i++) {
        value_unref(c->change[i].value);
        mem_free(c->change[i].name);
    }
    mem_free(c->change);
    for (size_t i = 0; i < c->files; i++)
        outfile_free(c->file[i]);
    mem_free(c->file);
    mem_free(c->provenance);
    if (c->opens)
        open_model_done(&c->opened);
    subject_done(&c->subject);
    text_done(&c->note);
    text_done(&c->unused);
    text_done(&c->bound);
    report_free(c->report);
    workspace_free(c->snapshot.names);
    session_state_done(&c->snapshot); /* after the values that its models may hold */
    statement_free(&c->parsed);
    script_unref(c->script);
    mem_free(c);
}

static void take_snapshot(struct call *c, const struct session_state *state)
{
    c->snapshot = *state;
    c->snapshot.models = 0;
    c->snapshot.accept = NULL;
    c->snapshot.open = mem_new(state->models, sizeof *state->open);
    c->snapshot.names = workspace_copy(state->names);
    provenance_copy(&c->snapshot, state);
    for (size_t i = 0; i < state->models; i++, c->snapshot.models++)
        open_model_share(&c->snapshot.open[i], &state->open[i]);
}

struct call *call_new(const struct session_state *state, struct script *script,
                      struct statement *statement)
{
    struct call *c = mem_new(1, sizeof *c);
    c->parsed = *statement;
    *statement = (struct statement){0};
    c->statement = &c->parsed;
    c->script = script_ref(script);
    c->commands = state->commands;
    c->host_now = *state->host;
    c->host = &c->host_now;
    c->state = &c->snapshot;
    c->report = report_new();
    take_snapshot(c, state);
    c->evaluator = (struct evaluator){.names = c->snapshot.names,
                                      .text = script->text,
                                      .memory = c->host->memory,
                                      .model = c->snapshot.current,
                                      .unused = &c->unused,
                                      .absence = c->commands->absence};
    return c;
}

/* The value of a new name; that name says what it is. */
static bool assign(struct call *c, struct err *e)
{
    struct value *v = call_value(c, 0, e);
    if (v == NULL)
        return false;
    call_bind(c, c->statement->name, v, false);
    call_subject(c, v, NULL);
    c->subject.source = mem_strdup(c->statement->name);
    value_unref(v);
    return true;
}

/* Says which names of the user's a command about the model passed over. */
static void own_values(struct call *c)
{
    struct report *r = c->report;
    if (c->unused.length > 0 && r->ledger_count > 0)
        report_ledger(r, "your own",
                      (c->traits & TRAIT_EDITED) != 0
                          ? "%s (outside the argument the model's own is used)"
                          : "%s (not used)",
                      text_get(&c->unused));
}

static bool finished(const struct call *c, bool ok, struct err *e)
{
    if (!ok)
        err_place(e, c->statement->start, c->statement->end);
    return ok;
}

bool call_run(struct call *c, struct err *e)
{
    const struct statement *s = c->statement;
    const struct command *command = s->command;
    bool ok;
    if (s->kind == STATEMENT_EXPRESSION)
        command = command_exact(c->commands, "show");
    if (s->kind == STATEMENT_EMPTY)
        return true;
    if (s->kind != STATEMENT_ASSIGN && s->kind != STATEMENT_EXPRESSION && command != NULL)
        task_name(command->name);
    if (s->kind == STATEMENT_ASSIGN)
        ok = assign(c, e);
    else
        ok = command != NULL ? command->run(c, c->report, e)
                             : err_set(e, ERR_UNSUPPORTED, "there is no command to show values");
    if (ok)
        own_values(c);
    c->subject.traits = c->traits;
    return finished(c, ok, e);
}

/* ---- what it came to ---- */

/* Puts the opened model in its place. */
static void commit_model(struct call *c, struct session_state *state)
{
    if (c->uses)
        state->current = c->opened.model;
    if (!c->opens)
        return;
    size_t i = open_model_find(state, c->opened.alias);
    if (i < state->models) {
        provenance_keep_model(state, &state->open[i]);
        if (state->current == state->open[i].model)
            state->current = c->opened.model;
        open_model_done(&state->open[i]);
    } else {
        state->open = mem_resize(state->open, ++state->models, sizeof *state->open);
    }
    state->open[i] = c->opened;
    state->opened++;
    c->opens = false; /* it is the session's now */
}

/* The changes made to names: first those of the models that are replaced go. */
static void apply_changes(struct call *c, const struct session_state *state,
                          struct workspace *names)
{
    const char *alias = c->opens ? c->opened.alias : NULL;
    if (c->uses)
        workspace_remove_model(names, NULL);
    if (alias != NULL && open_model_find(state, alias) < state->models)
        workspace_remove_model(names, alias);
    for (size_t i = 0; i < c->changes; i++) {
        const struct change *change = &c->change[i];
        if (change->value == NULL) {
            workspace_remove(names, change->name);
            continue;
        }
        workspace_set(names, change->name, change->value, change->from_model);
        text_printf(&c->bound, "%s%s", c->bound.length > 0 ? " " : "", change->name);
    }
}

/* The answer is taken, and the files written get their names: nothing else can fail. */
static bool accepted(const struct call *c, const struct session_state *state, struct err *e)
{
    bool ok = state->accept == NULL || state->accept(state->accept_context, text_get(&c->bound), e);
    for (size_t i = 0; ok && i < c->files; i++)
        ok = outfile_commit(c->file[i], e);
    return ok;
}

/* At most one name: no copy is needed to do that whole or not at all. */
static bool commit_one(struct call *c, struct session_state *state, struct err *e)
{
    struct change *only = c->changes == 1 ? &c->change[0] : NULL;
    if (only != NULL && only->value != NULL)
        text_printf(&c->bound, "%s%s", c->bound.length > 0 ? " " : "", only->name);
    if (!accepted(c, state, e))
        return false;
    if (only != NULL && only->value == NULL)
        workspace_remove(state->names, only->name);
    else if (only != NULL)
        workspace_set(state->names, only->name, only->value, only->from_model);
    return true;
}

/* Makes the changes in a copy of the names, which takes the place of the workspace's only if the
 * answer was taken: what cannot be done whole changes nothing. */
static bool commit(struct call *c, struct session_state *state, struct err *e)
{
    if (!c->opens && !c->uses && c->provenances == 0 && c->changes < 2)
        return commit_one(c, state, e);
    struct workspace *names = workspace_copy(state->names);
    apply_changes(c, state, names);
    bool ok = accepted(c, state, e);
    if (ok)
        workspace_swap(state->names, names);
    workspace_free(names); /* before the model that its values may come from */
    if (ok) {
        provenance_reserve(c, state);
        provenance_commit(c, state);
        commit_model(c, state);
    }
    return ok;
}

bool call_commit(struct call *c, struct session_state *state, struct err *e)
{
    return finished(c, commit(c, state, e), e);
}
