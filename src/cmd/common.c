#include "bilens/cmd/common.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"

const struct model *current_model(const struct call *c)
{
    return c->state->current;
}

const struct model *need_model(const struct call *c, struct err *e)
{
    unsigned trait = 0;
    if (current_model(c) == NULL)
        err_set(e, ERR_UNKNOWN_NAME, "no model is loaded; load one: load tinystories-1-256");
    for (size_t i = 0; i < c->state->models; i++)
        trait |= c->state->open[i].model == c->state->current ? c->state->open[i].trait : 0;
    return call_models_unchanged(c, trait, e) ? current_model(c) : NULL;
}

bool refuse_without_tokenizer(const struct model *m, struct err *e)
{
    if (m->tokenizer_fault != NULL)
        return err_set(e, ERR_UNSUPPORTED, "its tokenizer.json could not be read (%s)",
                       m->tokenizer_fault);
    return err_set(e, ERR_UNSUPPORTED, "this model has no tokenizer");
}

const struct value *model_weight(struct call *c, const char *name, struct err *e)
{
    const struct value *v = call_model_value(c, name);
    if (v == NULL)
        err_set(e, ERR_UNKNOWN_NAME, "this model has no %s", name);
    else if (!call_models_unchanged(c, v->traits, e))
        return NULL;
    return v;
}

static bool note_name(const char *name, const struct value *v, bool from_model, void *context)
{
    struct call *c = context;
    (void)v;
    if (!from_model && strchr(name, '.') == NULL)
        workspace_note_rebound(c->evaluator.names, name, &c->unused);
    return true;
}

void model_whole(struct call *c)
{
    workspace_each(c->evaluator.names, note_name, c);
}

static const char *positions_absence(const struct model *m)
{
    if (m->positions == POSITIONS_ROTARY)
        return "this model's positions are rotary: only models with learned positions have w_pos";
    return m->positions == POSITIONS_NONE ? "this model has no positions" : NULL;
}

static bool is_bias(const char *name)
{
    static const char *const names[] = {"b_q", "b_k",  "b_v", "b_o", "b_l",
                                        "b_r", "b_in", "b_p", "b_u"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

bool model_still(const void *model, struct err *e)
{
    return model_check(model, e);
}

const char *model_absence(const void *model, const char *name)
{
    const struct model *m = model;
    if (m == NULL)
        return NULL;
    bool plain = m->architecture.mlp == MLP_PLAIN;
    if (strcmp(name, "w_pos") == 0)
        return positions_absence(m);
    if (plain && (strcmp(name, "w_l") == 0 || strcmp(name, "w_r") == 0))
        return "this model's MLP has no second factor: what it reads is w_in, what it writes w_p";
    if (!plain && strcmp(name, "w_in") == 0)
        return "this model's MLP has two factors, w_l and w_r";
    return is_bias(name) ? "this model has no such bias" : NULL;
}

bool title_value(struct call *c, size_t argument, const struct value *v, struct report *r)
{
    struct text t = TEXT_EMPTY;
    if (argument < c->statement->arguments)
        call_source(c, argument, &t);
    text_add(&t, ": ");
    value_describe(v, &t);
    report_title(r, "%s", text_get(&t));
    text_done(&t);
    return true;
}

void axis_label(struct axis axis, size_t i, struct text *out)
{
    size_t original = axis_original(axis, i);
    if (axis.labels != NULL && axis.labels->class->name(axis.labels, original, out))
        return;
    text_printf(out, axis.kind == AXIS_TOKEN ? "[%zu]" : "%zu", original);
}

struct report_table *add_table(struct report *r, struct member member, const char *title,
                               size_t rows, const struct column_spec *columns)
{
    size_t count = 0;
    while (columns[count].name != NULL)
        count++;
    struct block *b = report_add(r, BLOCK_TABLE);
    b->member = member;
    block_table(b, title, count, rows);
    for (size_t i = 0; i < count; i++)
        table_column(&b->table, i, columns[i].name, columns[i].type);
    return &b->table;
}

void cell_text(struct report_table *t, size_t row, size_t column, struct text *text)
{
    t->cells[row * t->columns + column].text = text_take(text);
}

void cell_label(struct report_table *t, size_t row, size_t column, struct axis axis, size_t i)
{
    struct text label = TEXT_EMPTY;
    axis_label(axis, i, &label);
    cell_text(t, row, column, &label);
}

bool series_of_values(struct report *r, const struct value *v, const char *name,
                      enum series_style style)
{
    for (size_t n = 0; n < v->count; n++) {
        struct block *b = report_add(r, BLOCK_SERIES);
        b->member = value_member(v, n);
        if (v->kind == VALUE_DECOMP) {
            const struct decomp *d = v->items[n].decomp;
            block_series(b, name, "component", 0, decomp_values(d), decomp_count(d), style);
        } else {
            const struct vector *x = v->items[n].vector;
            const char *axis =
                x->axis.kind == AXIS_COMP ? "component" : axis_kind_name(x->axis.kind);
            block_series(b, name, axis, (double)x->axis.start, x->data, x->axis.size, style);
            b->series.step = (double)x->axis.step;
        }
    }
    return true;
}

static double *entries_room(size_t rows, size_t cols, size_t memory, struct err *e)
{
    double *out = NULL;
    if ((double)rows * (double)cols * sizeof *out > (double)memory)
        err_set(e, ERR_BUDGET,
                "%zu x %zu entries do not fit in the memory budget; ask for a part ([:256, :256]), "
                "or raise it with: set memory",
                rows, cols);
    else if ((out = mem_try_new(rows * cols, sizeof *out)) == NULL)
        err_memory(e);
    return out;
}

/* The tile's numbers times the scale that was taken out of its terms. */
static bool fill_entries(const struct split *s, double scale, size_t rows, size_t cols, double *out,
                         struct err *e)
{
    const size_t numbers = (size_t)1 << 22;
    size_t band = cols < numbers ? numbers / (cols > 0 ? cols : 1) : 1;
    band = band < rows ? band : rows;
    float *tile = mem_try_new(band * cols, sizeof *tile);
    bool ok = tile != NULL || err_memory(e);
    for (size_t row = 0; ok && row < rows; row += band) {
        size_t height = band < rows - row ? band : rows - row;
        ok = task_go_on(e) && split_tile(s, row, height, 0, cols, tile, cols, e);
        for (size_t i = 0; ok && i < height * cols; i++)
            out[row * cols + i] = scale * tile[i];
    }
    mem_free(tile);
    return ok;
}

double *matrix_entries(const struct matrix *m, size_t rows, size_t cols, size_t memory,
                       struct err *e)
{
    struct split s = {0};
    double *out = entries_room(rows, cols, memory, e);
    struct matrix *part =
        out != NULL ? matrix_slice(m, (struct span){0, 1, rows}, (struct span){0, 1, cols}, e)
                    : NULL;
    bool ok = part != NULL && matrix_split(part, &s, e) &&
              fill_entries(&s, split_take_scale(&s), rows, cols, out, e);
    split_free(&s);
    matrix_unref(part);
    if (ok)
        return out;
    mem_free(out);
    return NULL;
}

double *member_entries(const struct call *c, const struct value *v, size_t n, size_t *count,
                       struct err *e)
{
    bool number = v->kind == VALUE_NUMBER;
    if (number || v->kind == VALUE_VECTOR) {
        *count = number ? 1 : v->items[n].vector->axis.size;
        double *out = entries_room(*count, 1, c->host->memory, e);
        if (out != NULL && *count > 0)
            memcpy(out, number ? &v->items[n].number : v->items[n].vector->data,
                   *count * sizeof *out);
        return out;
    }
    struct matrix *m = value_matrix(v, n, e);
    if (m == NULL)
        return NULL;
    *count = m->row.size * m->col.size;
    double *out = matrix_entries(m, m->row.size, m->col.size, c->host->memory, e);
    matrix_unref(m);
    return out;
}

static void bind_field(struct call *c, struct value *d, const char *field, struct err *e)
{
    struct value *v = value_field(d, field, e); /* one that it has */
    v->traits = c->traits | TRAIT_LATEST;
    call_bind(c, field, v, false);
    value_unref(v);
}

/* Unbinds what the decomposition before this one bound; a name of the user's own stays. */
static void drop_field(struct call *c, const char *field)
{
    const struct value *v = workspace_get(c->evaluator.names, field);
    if (v != NULL && (v->traits & TRAIT_LATEST) != 0)
        call_unbind(c, field);
}

bool bind_decomposition(struct call *c, struct value *d, struct err *e)
{
    bool svd = decomp_kind_of(d->items[0].decomp) == DECOMP_SVD;
    call_subject(c, d, NULL);
    if (svd) {
        drop_field(c, "e");
        bind_field(c, d, "u", e);
        bind_field(c, d, "s", e);
    } else {
        drop_field(c, "u");
        drop_field(c, "s");
        bind_field(c, d, "e", e);
    }
    bind_field(c, d, "v", e);
    return true;
}
