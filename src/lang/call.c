#include "bilens/lang/call.h"

#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/outfile.h"
#include "bilens/base/text.h"
#include "execution.h"

bool host_may_write(const struct host *h, const char *instead, struct err *e)
{
    if (!h->safe)
        return true;
    return err_set(e, ERR_UNSUPPORTED,
                   "with --safe no file is written and no shell command is run%s%s",
                   instead[0] != '\0' ? "; " : "", instead);
}

size_t call_count(const struct call *c)
{
    return c->statement->arguments;
}

bool call_models_unchanged(const struct call *c, unsigned traits, struct err *e)
{
    for (size_t i = 0; c->commands->still != NULL && i < c->state->models; i++) {
        const struct open_model *m = &c->state->open[i];
        if ((traits & m->trait) != 0 && !c->commands->still(m->model, e))
            return false;
    }
    return true;
}

/* A value just evaluated takes the traits of what it was made from. One that is bound
 * already has them. */
static struct value *with_traits(struct call *c, unsigned traits, struct value *v, struct err *e)
{
    if (v != NULL && !call_models_unchanged(c, traits, e)) {
        value_unref(v);
        return NULL;
    }
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
    struct task_part whole = task_here();
    task_part(&whole, 0, 0.5);
    struct value *v = evaluate(&c->evaluator, c->statement->argument[i].node, e);
    task_rest(&whole, 0.5);
    c->evaluator.traits = NULL;
    return with_traits(c, traits, v, e);
}

struct value *call_direction(struct call *c, size_t i, struct err *e)
{
    unsigned traits = 0;
    c->evaluator.traits = &traits;
    c->evaluator.note = &c->note;
    struct task_part whole = task_here();
    task_part(&whole, 0, 0.5);
    struct value *v = evaluate_direction(&c->evaluator, c->statement->argument[i].node, e);
    task_rest(&whole, 0.5);
    c->evaluator.note = NULL;
    c->evaluator.traits = NULL;
    return with_traits(c, traits, v, e);
}

struct value *call_content(struct call *c, size_t i, struct err *e)
{
    c->evaluator.contents = true;
    struct value *v = call_direction(c, i, e);
    c->evaluator.contents = false;
    return v;
}

const struct value *call_model_value(struct call *c, const char *name)
{
    const struct value *v = workspace_of_model(c->evaluator.names, name);
    if (v == NULL)
        return NULL;
    workspace_note_rebound(c->evaluator.names, name, &c->unused);
    c->traits |= v->traits;
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

static bool not_whole(const struct argument *a, const char *what, size_t low, size_t high,
                      struct err *e)
{
    err_clear(e);
    err_place(e, a->start, a->end);
    if (high == SIZE_MAX)
        return err_set(e, ERR_ARGUMENT, "%s must be a whole number from %zu on", what, low);
    return err_set(e, ERR_ARGUMENT, "%s must be a whole number from %zu to %zu", what, low, high);
}

/* Evaluates an argument that must be a whole number. */
static bool whole_number(struct call *c, const struct argument *a, const char *what, size_t low,
                         size_t high, size_t *out, struct err *e)
{
    struct value *v = evaluate(&c->evaluator, a->node, e);
    if (v == NULL) {
        if (e->code == ERR_UNKNOWN_NAME && a->node->kind == NODE_NAME)
            return not_whole(a, what, low, high, e);
        return false;
    }
    double x = v->kind == VALUE_NUMBER && v->stack == 0 ? v->items[0].number : NAN;
    value_unref(v);
    if (x == floor(x) && x >= (double)low && x <= (double)high && x < 0x1p63) {
        *out = (size_t)x;
        return true;
    }
    return not_whole(a, what, low, high, e);
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

void call_subject(struct call *c, struct value *value, struct value *about)
{
    subject_done(&c->subject);
    c->subject.value = value_ref(value);
    c->subject.about = about != NULL ? value_ref(about) : NULL;
}

bool call_subject_of(struct call *c, size_t i, struct value *value, struct value *about)
{
    struct text source = TEXT_EMPTY;
    call_source(c, i, &source);
    call_subject(c, value, about);
    c->subject.source = text_take(&source);
    return true;
}

static bool add_change(struct call *c, const char *name, struct value *value, bool from_model)
{
    c->change = mem_resize(c->change, c->changes + 1, sizeof *c->change);
    c->change[c->changes++] = (struct change){.name = mem_strdup(name),
                                              .value = value ? value_ref(value) : NULL,
                                              .from_model = from_model};
    return true;
}

bool call_bind(struct call *c, const char *name, struct value *value, bool from_model)
{
    return add_change(c, name, value, from_model);
}

bool call_unbind(struct call *c, const char *name)
{
    return add_change(c, name, NULL, false);
}

bool call_output(struct call *c, struct outfile *file)
{
    if (file == NULL)
        return false;
    c->file = mem_resize(c->file, c->files + 1, sizeof(struct outfile *));
    c->file[c->files++] = file;
    return true;
}

bool call_model(struct call *c, void *model, void (*release)(void *model), const char *alias,
                bool current)
{
    c->uses = current;
    unsigned trait = call_next_trait(c);
    open_model_make(&c->opened, model, release, alias);
    c->opened.trait = trait;
    c->opens = true;
    return true;
}

void call_use(struct call *c, void *model)
{
    c->opened.model = model;
    c->uses = true;
}

void *call_find_model(const struct call *c, const char *alias)
{
    size_t i = open_model_find(c->state, alias);
    return i < c->state->models ? c->state->open[i].model : NULL;
}
