/* load, use, info and ls. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/number.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/hub/hub.h"
#include "bilens/tokenizer/tokenizer.h"
#include "files.h"
#include "handlers.h"
#include "names.h"

static void release_model(void *model)
{
    model_unref(model);
}

/* The axes of a stack over layers, or layers and heads. */
static struct value *new_stack(enum value_kind kind, size_t stack, const size_t size[2],
                               unsigned traits)
{
    struct stack_axis axes[STACK_MOST] = {{.kind = 'l', .size = size[0], .step = 1},
                                          {.kind = 'h', .size = size[1], .step = 1}};
    struct value *v = value_new(kind, stack, axes);
    v->traits = traits;
    return v;
}

static struct value *value_of_model_matrix(const struct model_matrix *m, unsigned trait)
{
    bool qk = strcmp(m->name, "qk") == 0, ov = strcmp(m->name, "ov") == 0;
    bool keys = qk || strcmp(m->name, "w_q") == 0 || strcmp(m->name, "w_k") == 0;
    trait |= (keys ? TRAIT_KEYS : 0u) | (qk ? TRAIT_QK : 0u) | (ov ? TRAIT_OV : 0u);
    struct value *v = new_stack(VALUE_MATRIX, m->stack, m->size, trait);
    for (size_t n = 0; n < v->count; n++)
        v->items[n].matrix = matrix_ref(m->members[n]);
    return v;
}

static struct value *value_of_model_vector(const struct model_vector *m, unsigned trait)
{
    struct value *v = new_stack(VALUE_VECTOR, m->stack, m->size, trait);
    for (size_t n = 0; n < v->count; n++)
        v->items[n].vector = vector_ref(m->members[n]);
    return v;
}

/* Binds v (taken) under the name, or as alias.name. */
static void bind_named(struct call *c, const char *alias, const char *own, struct value *v)
{
    struct text name = TEXT_EMPTY;
    if (alias != NULL)
        text_printf(&name, "%s.", alias);
    text_add(&name, own);
    call_bind(c, text_get(&name), v, true);
    value_unref(v);
    text_done(&name);
}

/* Binds its matrices and biases, as they are called or with an alias before them. */
static void bind_model(struct call *c, const struct model *m, const char *alias, unsigned trait)
{
    for (size_t i = 0; i < m->count; i++)
        bind_named(c, alias, m->matrices[i].name, value_of_model_matrix(&m->matrices[i], trait));
    for (size_t i = 0; i < m->vector_count; i++)
        bind_named(c, alias, m->vectors[i].name, value_of_model_vector(&m->vectors[i], trait));
}

static void add_notes(const struct model *m, struct report *r)
{
    for (size_t i = 0; i < m->note_count; i++)
        report_text(r, (struct member){0}, "%s", m->notes[i]);
}

static void name_model(const struct model *m, struct report *r)
{
    report_ledger(r, "model", "%s %s", m->name, m->hash);
}

static const char *positions_name(const struct model *m)
{
    static const char *const names[] = {"none", "rotary", "learned"};
    return names[m->positions];
}

/* One line that says what was loaded, and what there is to tell about it. */
static void model_report(const struct model *m, struct report *r)
{
    const struct model_sizes *s = &m->sizes;
    report_text(r, (struct member){0},
                "%s: %s; %zu layer%s, %zu heads, d_model %zu, d_hidden %zu, vocab %zu, "
                "positions %s, %s, %.3g M parameters",
                m->name, m->layout, s->layers, s->layers == 1 ? "" : "s", s->heads, s->d_model,
                s->d_hidden, s->vocab, positions_name(m), m->dtype, (double)m->parameters / 1e6);
    add_notes(m, r);
    ledger_model(m, r);
    name_model(m, r);
}

/* The alias of "load X as NAME"; NULL where none is given. */
static bool read_alias(struct call *c, const char **alias, struct err *e)
{
    *alias = call_raw(c, 1);
    if (call_count(c) == 1)
        return true;
    const char *name = *alias ? *alias : "";
    bool plain = isalpha((unsigned char)name[0]) && strlen(name) < 32;
    for (const char *s = name; *s != '\0'; s++)
        plain = plain && (isalnum((unsigned char)*s) || *s == '_');
    if (plain)
        return true;
    err_set(e, ERR_ARGUMENT,
            "'%s' is not a name for a model: a letter, then letters, digits or _, fewer than 32",
            name);
    char *written = name_from(name);
    if (isalpha((unsigned char)name[0]) && strlen(written) < 32)
        err_append(e, "; load %s as %s", call_raw(c, 0), written);
    mem_free(written);
    return call_fail(c, call_count(c) - 1, e);
}

/* Finds the model, downloading it if need be, and reads it; what there is to tell about the
 * finding goes into the report. */
static struct model *open_model(struct call *c, struct report *r, struct err *e)
{
    struct model_options options = {
        .fold = call_has(c, "fold"), .center = call_has(c, "center"), .memory = c->host->memory};
    struct hub_options where = {.offline = c->host->safe ? "--safe" : c->host->offline};
    struct hub_found found;
    if (!hub_find(call_raw(c, 0), &where, &found, e))
        return NULL;
    options.name = found.name;
    if (found.note != NULL)
        report_text(r, (struct member){0}, "%s", found.note);
    struct model *m = model_load_with(found.path, options, e);
    hub_found_done(&found);
    return m;
}

bool run_load(struct call *c, struct report *r, struct err *e)
{
    const char *alias;
    if (!read_alias(c, &alias, e) || !alias_is_free(c, alias, e))
        return false;
    struct model *m = open_model(c, r, e);
    if (m == NULL)
        return call_fail(c, 0, e);
    bool current =
        alias == NULL || current_model(c) == NULL || call_find_model(c, alias) == current_model(c);
    unsigned trait = call_next_trait(c);
    call_model(c, m, release_model, alias, current);
    if (current)
        bind_model(c, m, NULL, trait);
    if (alias != NULL)
        bind_model(c, m, alias, trait);
    model_report(m, r);
    return true;
}

/* How `use` calls it: its alias, or the name of the one that was opened without one. */
static const char *name_of_open(const struct open_model *open)
{
    return open->alias != NULL ? open->alias : ((const struct model *)open->model)->name;
}

/* The open model of that name, an alias first; NULL with an error that lists them. */
static const struct open_model *model_named(const struct call *c, const char *name, struct err *e)
{
    const struct session_state *s = c->state;
    for (size_t i = 0; i < s->models; i++)
        if (s->open[i].alias != NULL && strcmp(s->open[i].alias, name) == 0)
            return &s->open[i];
    err_set(e, ERR_UNKNOWN_NAME, "no model is open as '%s'", name);
    for (size_t i = 0; i < s->models; i++) {
        if (strcmp(name_of_open(&s->open[i]), name) == 0)
            return &s->open[i];
        err_append(e, "; %s is", name_of_open(&s->open[i]));
    }
    err_append(e, "; load MODEL as NAME opens one");
    return NULL;
}

bool run_use(struct call *c, struct report *r, struct err *e)
{
    const struct model *left = current_model(c), *unnamed = call_find_model(c, NULL);
    const struct open_model *open = model_named(c, call_raw(c, 0), e);
    if (open == NULL)
        return call_fail(c, 0, e);
    err_clear(e);
    call_use(c, open->model);
    bind_model(c, open->model, NULL, open->trait);
    model_report(open->model, r);
    if (left == unnamed && left != open->model)
        report_text(r, (struct member){0}, "%s stays open: use %s goes back to it", left->name,
                    left->name);
    return true;
}

/* A table of two text columns, filled row by row. */
struct facts {
    struct report_table *table;
    size_t row;
};

__attribute__((format(printf, 3, 4))) static void fact(struct facts *f, const char *name,
                                                       const char *format, ...)
{
    char value[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    table_text(f->table, f->row, 0, name);
    table_text(f->table, f->row++, 1, value);
}

enum { MOST_FACTS = 24 };

static void positions_fact(struct facts *f, const struct model *m)
{
    const struct rotary_plan *r = &m->architecture.rotary;
    if (m->positions != POSITIONS_ROTARY) {
        fact(f, "positions", "%s", positions_name(m));
        return;
    }
    struct text t = TEXT_EMPTY;
    text_printf(&t, "rotary, base %g", r->base);
    if (r->dims < m->sizes.d_head)
        text_printf(&t, ", on %zu of %zu dimensions", r->dims, m->sizes.d_head);
    if (r->scaling != NULL)
        text_printf(&t, ", scaled (%s)", r->scaling);
    if (m->architecture.unsupported != NULL)
        text_add(&t, ", scaled in a way that is not supported");
    fact(f, "positions", "%s", text_get(&t));
    text_done(&t);
}

static void norms_fact(struct facts *f, const struct architecture *a)
{
    static const char *const names[] = {"none", "LayerNorm", "RMSNorm"};
    const struct norm *n = &a->layers[0].attention_in;
    struct text t = TEXT_EMPTY;
    text_add(&t, names[n->kind]);
    if (n->kind != NORM_NONE)
        text_printf(&t, ", eps %g%s", n->eps,
                    n->gain.storage == NULL ? ", no gain"
                    : n->one_plus           ? ", 1 + gain"
                                            : "");
    if (n->bias.storage != NULL)
        text_add(&t, ", bias");
    if (a->layers[0].attention_out.kind != NORM_NONE)
        text_add(&t, "; also after attention and MLP");
    if (a->layers[0].query.kind != NORM_NONE)
        text_add(&t, "; also of queries and keys");
    fact(f, "norms", "%s", text_get(&t));
    text_done(&t);
}

/* "4096 (layers 0, 2, ...)": where attention sees only a window. */
static void window_fact(struct facts *f, const struct architecture *a)
{
    size_t size = 0, layers = 0;
    for (size_t i = 0; i < a->layer_count; i++) {
        size = a->layers[i].window > 0 ? a->layers[i].window : size;
        layers += a->layers[i].window > 0;
    }
    if (layers > 0)
        fact(f, "window", "%zu, in %zu of %zu layers", size, layers, a->layer_count);
}

static void architecture_facts(struct facts *f, const struct model *m)
{
    const struct architecture *a = &m->architecture;
    positions_fact(f, m);
    norms_fact(f, a);
    if (a->mlp == MLP_BILINEAR)
        fact(f, "MLP", "bilinear");
    else if (a->mlp == MLP_GATED)
        fact(f, "MLP", "gated, %s", a->activation_name);
    else
        fact(f, "MLP", "plain, %s", a->activation_name ? a->activation_name : "linear");
    char scale[NUMBER_ROOM];
    fact(f, "attention output", "x %s", number_shown(m->architecture.attention_out_scale, digits_shown(), scale));
    window_fact(f, a);
    if (a->attention_cap > 0 || a->logit_cap > 0)
        fact(f, "soft caps", "attention %g, logits %g", a->attention_cap, a->logit_cap);
    if (a->parallel)
        fact(f, "residual", "attention and MLP in parallel");
    fact(f, "embeddings", "%s%s", a->tied ? "tied" : "not tied",
         a->embedding_scale != 1 ? "; w_e x sqrt(d_model)" : "");
}

static void model_facts(const struct model *m, struct report *r)
{
    static const struct column_spec columns[] = {
        {"property", COLUMN_TEXT}, {"value", COLUMN_TEXT}, {0}};
    struct facts f = {.table = add_table(r, (struct member){0}, NULL, MOST_FACTS, columns)};
    const struct model_sizes *s = &m->sizes;
    fact(&f, "model", "%s", m->name);
    fact(&f, "path", "%s", m->path);
    fact(&f, "layout", "%s", m->layout);
    fact(&f, "because", "%s", m->reason);
    fact(&f, "layers", "%zu", s->layers);
    fact(&f, "heads", s->kv_heads != s->heads ? "%zu (%zu key-value)" : "%zu", s->heads,
         s->kv_heads);
    fact(&f, "d_model", "%zu", s->d_model);
    fact(&f, "d_head", "%zu", s->d_head);
    fact(&f, "d_hidden", "%zu", s->d_hidden);
    fact(&f, "context", "%zu", s->context);
    fact(&f, "vocabulary", "%zu", s->vocab);
    architecture_facts(&f, m);
    fact(&f, "tokenizer", "%s", m->tokenizer ? tokenizer_kind(m->tokenizer) : "none");
    fact(&f, "weights", m->shards > 1 ? "%zu parameters, %s, in %zu files" : "%zu parameters, %s",
         m->parameters, m->dtype, m->shards);
    fact(&f, "hash", "%s", m->hash);
    f.table->rows = f.row;
}

bool run_info(struct call *c, struct report *r, struct err *e)
{
    const struct model *m = need_model(c, e);
    if (m == NULL)
        return false;
    model_facts(m, r);
    ledger_model(m, r);
    name_model(m, r);
    add_notes(m, r);
    return true;
}

struct listing {
    struct report_table *table;
    size_t row;
    const struct workspace *names;
    const struct model *model;
};

static bool count_name(const char *name, const struct value *v, bool from_model, void *context)
{
    (void)name;
    (void)v;
    (void)from_model;
    ++*(size_t *)context;
    return true;
}

static const char *summary_of(const struct listing *l, const char *name, bool from_model,
                              bool edited)
{
    const char *dot = strchr(name, '.');
    if (!from_model && edited)
        return "your own, in place of the model's";
    name = dot ? dot + 1 : name;
    for (size_t i = 0; from_model && l->model != NULL && i < l->model->count; i++)
        if (strcmp(l->model->matrices[i].name, name) == 0)
            return l->model->matrices[i].summary;
    for (size_t i = 0; from_model && l->model != NULL && i < l->model->vector_count; i++)
        if (strcmp(l->model->vectors[i].name, name) == 0)
            return l->model->vectors[i].summary;
    return "";
}

/* "1 x 4" of a stack, "token x resid", "4096 x 256", "64" of a factored one. */
static void describe_columns(const struct value *v, struct text *stack, struct text *axes,
                             struct text *shape, struct text *through)
{
    for (size_t i = 0; i < v->stack; i++)
        text_printf(stack, "%s%zu %s", i > 0 ? " x " : "", v->axes[i].size,
                    v->axes[i].kind == 'l' ? "layer" : "head");
    if (v->kind == VALUE_MATRIX) {
        const struct matrix *m = v->items[0].matrix;
        axis_describe(m->row, axes);
        text_add(axes, " x ");
        axis_describe(m->col, axes);
        text_printf(shape, "%zu x %zu", m->row.size, m->col.size);
        if (!matrix_is_dense(m))
            text_printf(through, "%zu", matrix_width(m));
    } else if (v->kind == VALUE_VECTOR) {
        axis_describe(v->items[0].vector->axis, axes);
        text_printf(shape, "%zu", v->items[0].vector->axis.size);
    } else if (v->kind == VALUE_NUMBER && v->stack == 0) {
        text_printf(axes, "%.9g", v->items[0].number);
    } else if (v->kind == VALUE_NUMBER) {
        text_add(axes, "numbers");
    } else {
        const struct decomp *d = v->items[0].decomp;
        struct axis side = decomp_axis(d, v->kind == VALUE_V ? SIDE_V : SIDE_U);
        text_printf(axes, v->kind == VALUE_DECOMP ? "decomposition" : "%s x comp",
                    axis_kind_name(side.kind));
        text_printf(shape, "%zu x %zu", side.size, decomp_count(d));
    }
}

static bool list_name(const char *name, const struct value *v, bool from_model, void *context)
{
    struct listing *l = context;
    struct text cells[4] = {{0}};
    describe_columns(v, &cells[0], &cells[1], &cells[2], &cells[3]);
    table_text(l->table, l->row, 0, name);
    for (size_t i = 0; i < 4; i++)
        cell_text(l->table, l->row, i + 1, &cells[i]);
    table_text(l->table, l->row++, 5,
               summary_of(l, name, from_model, workspace_is_rebound(l->names, name)));
    return true;
}

bool run_ls(struct call *c, struct report *r, struct err *e)
{
    static const struct column_spec columns[] = {{"name", COLUMN_TEXT},
                                                 {"stack", COLUMN_TEXT},
                                                 {"axes", COLUMN_TEXT},
                                                 {"shape", COLUMN_TEXT},
                                                 {"rank", COLUMN_TEXT},
                                                 {"what", COLUMN_TEXT},
                                                 {0}};
    size_t count = 0;
    (void)e;
    workspace_each(c->evaluator.names, count_name, &count);
    if (count == 0) {
        report_text(r, (struct member){0}, "nothing is bound yet; load MODEL brings names");
        return true;
    }
    struct report_table *t = add_table(r, (struct member){0}, NULL, count, columns);
    struct listing l = {t, 0, c->evaluator.names, current_model(c)};
    c->subject.names = true;
    return workspace_each(c->evaluator.names, list_name, &l);
}
