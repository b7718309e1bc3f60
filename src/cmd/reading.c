/* Tables of the entries at a vector's poles. */
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/number.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "handlers.h"

struct report_table *table_of_pole(struct report *r, struct member member, const char *title,
                                   const struct vector *v, bool high, size_t top,
                                   const char *column)
{
    const char *index = axis_kind_name(v->axis.kind);
    const struct column_spec tokens[] = {
        {"id", COLUMN_NUMBER}, {"token", COLUMN_TOKEN}, {column, COLUMN_NUMBER}, {0}};
    const struct column_spec places[] = {{index, COLUMN_NUMBER}, {column, COLUMN_NUMBER}, {0}};
    bool token = v->axis.kind == AXIS_TOKEN;
    top = top < v->axis.size ? top : v->axis.size;
    size_t *indices = mem_new(top, sizeof *indices);
    size_t rows = vector_extremes(v->data, v->axis.size, top, high, indices);
    struct report_table *t = add_table(r, member, title, rows, token ? tokens : places);
    t->pole = high ? "high" : "low";
    for (size_t k = 0; k < rows; k++) {
        table_number(t, k, 0, (double)axis_original(v->axis, indices[k]));
        if (token)
            cell_label(t, k, 1, v->axis, indices[k]);
        table_number(t, k, t->columns - 1, v->data[indices[k]]);
    }
    mem_free(indices);
    return t;
}

static void pole_title(const struct reading_spec *spec, const char *reading, bool high,
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
}

void tables_of_poles(struct report *r, const struct vector *v, const char *reading,
                     const struct reading_spec *spec)
{
    size_t nan = 0;
    for (size_t i = 0; i < v->axis.size; i++)
        nan += isnan(v->data[i]) != 0;
    if (nan > 0)
        report_text(r, spec->member, "%zu of %zu entries %s NaN, and in no table", nan,
                    v->axis.size, nan == 1 ? "is" : "are");
    for (int pole = 0; pole < 2; pole++) {
        bool high = pole == 0;
        struct text title = TEXT_EMPTY;
        pole_title(spec, reading, high, &title);
        struct report_table *t =
            table_of_pole(r, spec->member, text_get(&title), v, high, spec->top, "value");
        t->reading = reading;
        t->has_component = spec->has_component;
        t->component = spec->component;
        t->value = spec->value;
        text_done(&title);
    }
}

/* The embedding or unembedding, if it fits a residual vector. */
static const struct matrix *token_side(struct call *c, const char *name, struct axis axis)
{
    const struct matrix *m = model_side(c, name);
    bool in = name[2] == 'e';
    return m != NULL && axis_match(in ? m->row : m->col, axis) ? m : NULL;
}

/* What v is once it is read through that side, at both poles; takes it. NULL is a failure. */
static bool poles_of_tokens(struct report *r, struct vector *v, const char *reading,
                            const struct reading_spec *spec)
{
    if (v == NULL)
        return false;
    tables_of_poles(r, v, reading, spec);
    vector_unref(v);
    return true;
}

bool tables_of_vector(struct call *c, struct report *r, const struct vector *v,
                      const struct reading_spec *spec, struct err *e)
{
    bool resid = v->axis.kind == AXIS_RESID;
    const struct matrix *w_e = resid ? token_side(c, "w_e", v->axis) : NULL;
    const struct matrix *w_u = resid ? token_side(c, "w_u", v->axis) : NULL;
    if (w_e == NULL && w_u == NULL) {
        tables_of_poles(r, v, v->axis.kind == AXIS_TOKEN ? "token" : "index", spec);
        return true;
    }
    if (spec->in && w_e != NULL &&
        !poles_of_tokens(r, matrix_apply_transposed(w_e, v, e), "in", spec))
        return false;
    return !spec->out || w_u == NULL || poles_of_tokens(r, matrix_apply(w_u, v, e), "out", spec);
}

static bool tables_of_value(struct call *c, struct report *r, const struct value *v, size_t top,
                            struct err *e)
{
    if (v->kind == VALUE_NUMBER || v->kind == VALUE_DECOMP)
        return err_set(e, ERR_TYPE, "topk takes a vector or a matrix, not %s", value_kind_name(v));
    if (v->kind != VALUE_VECTOR)
        return tables_of_matrix(r, v, top, e);
    bool ok = true;
    for (size_t n = 0; ok && n < v->count; n++) {
        struct reading_spec spec = {
            .top = top, .in = true, .out = true, .member = value_member(v, n)};
        ok = tables_of_vector(c, r, v->items[n].vector, &spec, e);
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
    title_value(c, 0, v, r);
    ledger_start(c, r);
    bool ok = tables_of_value(c, r, v, top, e) || call_fail(c, 0, e);
    call_subject_of(c, 0, v, NULL);
    value_unref(v);
    return ok;
}
