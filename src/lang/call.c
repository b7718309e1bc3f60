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

struct value *call_value(struct call *c, size_t i, struct err *e)
{
    return evaluate(&c->evaluator, c->statement->argument[i].node, e);
}

struct value *call_direction(struct call *c, size_t i, struct err *e)
{
    c->evaluator.note = &c->note;
    struct value *v = evaluate_direction(&c->evaluator, c->statement->argument[i].node, e);
    c->evaluator.note = NULL;
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

void call_model(struct call *c, void *model, void (*release)(void *model))
{
    if (c->replace_model && c->free_model != NULL)
        c->free_model(c->new_model);
    c->new_model = model;
    c->free_model = release;
    c->replace_model = true;
}

static void call_done(struct call *c)
{
    for (size_t i = 0; i < c->changes; i++) {
        value_unref(c->change[i].value);
        mem_free(c->change[i].name);
    }
    mem_free(c->change);
    if (c->replace_model && c->new_model != NULL)
        c->free_model(c->new_model);
    text_done(&c->note);
}

/* The changes made to names, which are a copy that takes the place of the workspace's only
 * if there was memory for all of them. */
static bool apply_changes(struct call *c, struct workspace *names, struct text *bound,
                          struct err *e)
{
    if (c->replace_model)
        workspace_remove_model(names);
    for (size_t i = 0; i < c->changes; i++) {
        struct change *change = &c->change[i];
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

static bool call_commit(struct call *c, struct session_state *state, struct text *bound,
                        struct err *e)
{
    if (c->changes == 0 && !c->replace_model)
        return true;
    struct workspace *names = workspace_copy(state->names, e);
    bool ok = names != NULL && apply_changes(c, names, bound, e);
    if (ok)
        workspace_swap(state->names, names);
    workspace_free(names); /* before the model that its values may point into */
    if (ok && c->replace_model) {
        void *old = state->model;
        void (*free_old)(void *) = state->free_model;
        state->model = c->new_model;
        state->free_model = c->free_model;
        c->new_model = NULL;
        if (old != NULL)
            free_old(old);
    }
    return ok;
}

static bool assign(struct call *c, struct err *e)
{
    struct value *v = call_value(c, 0, e);
    bool ok = v != NULL && call_bind(c, c->statement->name, v, false, e);
    value_unref(v);
    return ok;
}

bool statement_run(struct session_state *state, const char *text, const struct statement *s,
                   struct report *report, struct text *bound, struct err *e)
{
    if (s->kind == STATEMENT_EMPTY)
        return true;
    struct call c = {.statement = s,
                     .commands = state->commands,
                     .host = state->host,
                     .model = &state->model,
                     .evaluator = {.names = state->names,
                                   .text = text,
                                   .memory = state->host->memory}};
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
    if (!ok)
        err_place(e, s->start, s->end);
    call_done(&c);
    return ok;
}
