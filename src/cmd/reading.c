/* Tables of the entries at a vector's poles. */
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/number.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "handlers.h"

static bool fill_row(struct report_table *t, size_t row, const struct vector *v, size_t i)
{
    bool token = t->columns == 3;
    table_number(t, row, 0, (double)axis_original(v->axis, i));
    table_number(t, row, t->columns - 1, v->data[i]);
    if (!token)
        return true;
    struct text label = TEXT_EMPTY;
    axis_label(v->axis, i, &label);
    bool ok = !label.failed && table_text(t, row, 1, text_get(&label));
    text_done(&label);
    return ok || out_of_memory();
}

static bool name_columns(struct report_table *t, const char *index)
{
    if (t->columns == 2)
        return table_column(t, 0, index, COLUMN_NUMBER) &&
               table_column(t, 1, "value", COLUMN_NUMBER);
    return table_column(t, 0, "id", COLUMN_NUMBER) && table_column(t, 1, "token", COLUMN_TOKEN) &&
           table_column(t, 2, "value", COLUMN_NUMBER);
}

static bool pole_title(const struct reading_spec *spec, const char *reading, bool high,
                       struct text *out)
{
    if (spec->has_component) {
        text_printf(out, "component %zu (", spec->component);
        text_number_brief(out, spec->value);
        text_add(out, "), ");
    }
    if (strcmp(reading, "in") == 0 || strcmp(reading, "out") == 0)
        text_printf(out, "%s, ", reading);
    text_add(out, high ? "high" : "low");
    return !out->failed;
}

static bool add_pole(struct report *r, const struct vector *v, const char *reading, bool high,
                     const struct reading_spec *spec, struct err *e)
{
    size_t top = spec->top < v->axis.size ? spec->top : v->axis.size;
    size_t *indices = mem_new(top, sizeof *indices);
    struct block *b = indices ? report_add(r, BLOCK_TABLE) : NULL;
    struct text title = TEXT_EMPTY;
    bool ok = b != NULL && pole_title(spec, reading, high, &title);
    if (ok) {
        struct report_table *t = &b->table;
        bool token = v->axis.kind == AXIS_TOKEN;
        top = vector_extremes(v->data, v->axis.size, top, high, indices);
        b->member = spec->member;
        ok = block_table(b, text_get(&title), token ? 3 : 2, top) &&
             name_columns(t, axis_kind_name(v->axis.kind));
        t->reading = reading;
        t->pole = high ? "high" : "low";
        t->has_component = spec->has_component;
        t->component = spec->component;
        t->value = spec->value;
        for (size_t k = 0; ok && k < top; k++)
            ok = fill_row(t, k, v, indices[k]);
    }
    text_done(&title);
    mem_free(indices);
    return ok || (e->code != ERR_NONE ? false : err_memory(e));
}

/* A line where some entries are NaN, which no table lists. */
static bool tell_nan(struct report *r, const struct vector *v, const struct reading_spec *spec)
{
    size_t count = 0;
    for (size_t i = 0; i < v->axis.size; i++)
        count += isnan(v->data[i]) != 0;
    struct block *b = count > 0 ? report_add(r, BLOCK_TEXT) : NULL;
    if (b == NULL)
        return count == 0;
    struct text t = TEXT_EMPTY;
    text_printf(&t, "%zu of %zu entries %s NaN, and in no table", count, v->axis.size,
                count == 1 ? "is" : "are");
    b->member = spec->member;
    b->text = text_take(&t);
    return b->text != NULL || out_of_memory();
}

static bool both_poles(struct report *r, const struct vector *v, const char *reading,
                       const struct reading_spec *spec, struct err *e)
{
    return tell_nan(r, v, spec) && add_pole(r, v, reading, true, spec, e) &&
           add_pole(r, v, reading, false, spec, e);
}

/* The embedding or unembedding, if it fits a residual vector. */
static const struct matrix *token_side(struct call *c, const char *name, struct axis axis)
{
    const struct matrix *m = model_side(c, name);
    bool in = name[2] == 'e';
    return m != NULL && axis_match(in ? m->row : m->col, axis) ? m : NULL;
}

bool tables_of_vector(struct call *c, struct report *r, const struct vector *v,
                      const struct reading_spec *spec, struct err *e)
{
    if (v->axis.kind == AXIS_TOKEN)
        return both_poles(r, v, "token", spec, e);
    bool resid = v->axis.kind == AXIS_RESID;
    const struct matrix *w_e = resid ? token_side(c, "w_e", v->axis) : NULL;
    const struct matrix *w_u = resid ? token_side(c, "w_u", v->axis) : NULL;
    if (w_e == NULL && w_u == NULL)
        return both_poles(r, v, "index", spec, e);
    bool ok = true;
    if (spec->in && w_e != NULL) {
        struct vector *read = matrix_apply_transposed(w_e, v, e);
        ok = read != NULL && both_poles(r, read, "in", spec, e);
        vector_unref(read);
    }
    if (ok && spec->out && w_u != NULL) {
        struct vector *written = matrix_apply(w_u, v, e);
        ok = written != NULL && both_poles(r, written, "out", spec, e);
        vector_unref(written);
    }
    return ok;
}

bool run_topk(struct call *c, struct report *r, struct err *e)
{
    size_t top = 10;
    if (!call_number(c, 1, 1, 1000000, &top, e) ||
        !call_option_number(c, "top", 1, 1000000, &top, e))
        return false;
    struct value *v = call_value(c, 0, e);
    if (v == NULL)
        return false;
    bool ok = title_value(c, 0, v, r) && ledger_start(c, r);
    if (ok && v->kind != VALUE_VECTOR) {
        bool matrix = v->kind != VALUE_NUMBER && v->kind != VALUE_DECOMP;
        ok = matrix ? tables_of_matrix(r, v, top, e)
                    : err_set(e, ERR_TYPE, "topk takes a vector or a matrix, not %s",
                              value_kind_name(v));
        if (!ok)
            call_fail(c, 0, e);
        else
            ok = call_subject_of(c, 0, v, NULL);
        value_unref(v);
        return ok;
    }
    for (size_t n = 0; ok && n < v->count; n++) {
        struct reading_spec spec = {
            .top = top, .in = true, .out = true, .member = value_member(v, n)};
        ok = tables_of_vector(c, r, v->items[n].vector, &spec, e);
    }
    if (ok)
        ok = call_subject_of(c, 0, v, NULL);
    value_unref(v);
    return ok;
}
