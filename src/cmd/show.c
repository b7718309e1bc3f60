/* show, plot, heat and table: values as they are. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/num/aggregate.h"
#include "handlers.h"

enum { CORNER = 64, TABLE_ROWS = 20, FACETS_A_ROW = 4, FACET_LEAST = 30, FACET_GAP = 2 };

static void add_number(struct report *r, const struct value *v, size_t n)
{
    struct block *b = report_add(r, BLOCK_SCALARS);
    b->member = value_member(v, n);
    b->precise = v->typed;
    block_scalar(b, "value", v->items[n].number);
}

/* Labels of an axis' first places, or NULL where it has none. */
static char **labels_of(struct axis axis, size_t count)
{
    if (axis.labels == NULL)
        return NULL;
    char **labels = mem_new(count, sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        struct text t = TEXT_EMPTY;
        axis_label(axis, i, &t);
        labels[i] = text_take(&t);
    }
    return labels;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The range of original indices that the first count places of an axis lie in. */
static void place_range(struct axis axis, size_t count, size_t *range)
{
    size_t first = axis_original(axis, 0), last = axis_original(axis, count - 1);
    range[0] = first < last ? first : last;
    range[1] = (first < last ? last : first) + 1;
}

/* Where a grid's values came from, apart from the values. */
static void place_grid(struct grid *g, const struct matrix *m, size_t rows, size_t cols)
{
    place_range(m->row, rows, g->row_range);
    place_range(m->col, cols, g->col_range);
    g->row_axis = axis_kind_name(m->row.kind);
    g->col_axis = axis_kind_name(m->col.kind);
}

/* The largest finite magnitude, and counts of what is not finite. */
static void scan_grid(struct grid *g)
{
    for (size_t i = 0; i < g->rows * g->cols; i++) {
        double x = fabs(g->values[i]);
        g->nan_count += isnan(x);
        g->inf_count += isinf(x) != 0;
        if (isfinite(x) && x > g->vmax)
            g->vmax = x;
    }
}

/* A corner of at most `rows` rows; all of it for a machine. */
static bool add_corner(const struct host *h, struct report *r, const struct value *v, size_t n,
                       size_t rows, struct err *e)
{
    struct matrix *m = value_matrix(v, n, e);
    if (m == NULL)
        return false;
    struct block *b = report_add(r, BLOCK_GRID);
    struct grid *g = &b->grid;
    b->member = value_member(v, n);
    g->rows = smaller(m->row.size, rows);
    g->cols = h->whole ? m->col.size : smaller(m->col.size, CORNER);
    g->numeric = true;
    g->aggregate = "none";
    g->block[0] = g->block[1] = 1;
    g->values = matrix_entries(m, g->rows, g->cols, h->memory, e);
    if (g->values != NULL) {
        place_grid(g, m, g->rows, g->cols);
        scan_grid(g);
        g->row_labels = labels_of(m->row, g->rows);
        g->col_labels = labels_of(m->col, g->cols);
    }
    matrix_unref(m);
    return g->values != NULL;
}

/* How a value of any kind is shown when nothing else was asked. */
static bool show_value(const struct host *h, struct report *r, const struct value *v,
                       const char *name, size_t rows, struct err *e)
{
    bool ok = true;
    if (v->kind == VALUE_VECTOR)
        series_of_values(r, v, name, SERIES_LINE);
    if (v->kind == VALUE_DECOMP) {
        bool svd = decomp_kind_of(v->items[0].decomp) == DECOMP_SVD;
        series_of_values(r, v, svd ? "singular values" : "eigenvalues", SERIES_SPECTRUM);
    }
    if (v->kind == VALUE_VECTOR || v->kind == VALUE_DECOMP)
        return true;
    struct task_part whole = task_here();
    for (size_t n = 0; ok && n < v->count; n++) {
        value_member_begins(&whole, v, n);
        if (v->kind == VALUE_NUMBER)
            add_number(r, v, n);
        else
            ok = task_go_on(e) && add_corner(h, r, v, n, rows, e);
    }
    task_back(&whole);
    return ok;
}

/* The argument's source text. */
static char *source_of(struct call *c, size_t i)
{
    struct text t = TEXT_EMPTY;
    call_source(c, i, &t);
    return text_take(&t);
}

bool run_show(struct call *c, struct report *r, struct err *e)
{
    struct value *v = call_value(c, 0, e);
    if (v == NULL)
        return call_fail(c, 0, e);
    char *source = source_of(c, 0);
    ledger_start(c, r);
    if (v->typed)
        report_ledger(r, "precision", "float64");
    if (v->kind != VALUE_NUMBER)
        title_value(c, 0, v, r);
    bool ok = show_value(c->host, r, v, source, c->host->whole ? SIZE_MAX : CORNER, e);
    call_subject_of(c, 0, v, NULL);
    mem_free(source);
    value_unref(v);
    return ok || call_fail(c, 0, e);
}

/* A value as series of a plot: what its options ask for is written into each. */
static bool plot_value(struct call *c, struct report *r, size_t i, const struct value *v,
                       size_t most, struct err *e)
{
    if (v->kind != VALUE_VECTOR && v->kind != VALUE_DECOMP)
        return err_set(e, ERR_TYPE, "plot draws vectors, not %s%s", value_kind_name(v),
                       v->kind == VALUE_NUMBER ? "" : "; heat draws matrices");
    bool spectrum = v->kind == VALUE_DECOMP || v->items[0].vector->axis.kind == AXIS_COMP;
    char *source = source_of(c, i);
    size_t first = r->count;
    series_of_values(r, v, source, spectrum ? SERIES_SPECTRUM : SERIES_LINE);
    for (size_t n = first; n < r->count; n++) {
        struct series *s = &r->blocks[n].series;
        s->count = smaller(s->count, most);
        s->log_x = call_has(c, "logx");
        s->log_y = call_has(c, "log");
        s->drawn = true;
    }
    mem_free(source);
    return true;
}

bool run_plot(struct call *c, struct report *r, struct err *e)
{
    size_t most = SIZE_MAX;
    bool ok = call_option_number(c, "first", 1, SIZE_MAX, &most, e);
    for (size_t i = 0; ok && i < call_count(c); i++) {
        struct value *v = call_value(c, i, e);
        ok = v != NULL && (plot_value(c, r, i, v, most, e) || call_fail(c, i, e));
        if (ok && call_count(c) == 1)
            call_subject_of(c, 0, v, NULL);
        value_unref(v);
    }
    ledger_start(c, r);
    return ok;
}

static enum aggregate aggregate_of(const char *name)
{
    return strcmp(name, "mean") == 0  ? AGGREGATE_MEAN
           : strcmp(name, "rms") == 0 ? AGGREGATE_RMS
                                      : AGGREGATE_ABSMAX;
}

static const char *static_name(enum aggregate how)
{
    static const char *const names[] = {"absmax", "mean", "rms"};
    return names[how];
}

/* How many values each of several heatmaps can show, some of them side by side. */
static void facet_room(const struct host *h, size_t count, size_t *rows, size_t *cols)
{
    size_t across = count < FACETS_A_ROW ? count : FACETS_A_ROW;
    if (h->line_width < FACETS_A_ROW * FACET_LEAST && across > 2)
        across = 2;
    size_t gutter = h->line_width - h->heat_cols + FACET_GAP;
    *rows = h->heat_rows;
    *cols = h->heat_cols;
    if (across < 2)
        return;
    size_t width = h->line_width / across;
    *cols = width > gutter ? width - gutter : 1;
    *rows = smaller(*rows, *cols);
}

/* The scale that --range asks for; 0 without it: each value finds its own. */
static bool read_range(const struct call *c, double *range, struct err *e)
{
    const char *word = call_choice(c, "range", NULL);
    char *end;
    *range = 0;
    if (word == NULL)
        return true;
    *range = strtod(word, &end);
    if (end == word || *end != '\0' || !isfinite(*range) || *range <= 0)
        err_set(e, ERR_ARGUMENT, "--range is a positive number, the end of the scale, not '%s'",
                word);
    else if (call_has(c, "free"))
        err_set(e, ERR_ARGUMENT,
                "--free gives each its own scale, --range all the same one; take "
                "one of them");
    else
        return true;
    return call_option_fail(c, "range", e);
}

/* The aggregated values, which it takes, and what is known of them. */
static void fill_grid(struct grid *g, const struct aggregated *a, enum aggregate how)
{
    g->rows = a->rows;
    g->cols = a->cols;
    g->block[0] = a->block_rows;
    g->block[1] = a->block_cols;
    g->aggregate = a->block_rows * a->block_cols == 1 ? "none" : static_name(how);
    g->vmax = a->largest;
    g->nan_count = a->nan_count;
    g->inf_count = a->inf_count;
    g->values = a->values;
}

static bool add_heat(struct call *c, struct report *r, const struct value *v, size_t n,
                     struct err *e)
{
    double range;
    size_t rows, cols;
    facet_room(c->host, v->count, &rows, &cols);
    enum aggregate how = aggregate_of(call_choice(c, "aggregate", "absmax"));
    struct matrix *m = read_range(c, &range, e) ? value_matrix(v, n, e) : NULL;
    if (m == NULL)
        return call_fail(c, 0, e);
    struct aggregated a;
    bool ok = matrix_aggregate(m, how, rows, cols, &a, e);
    if (ok) {
        struct block *b = report_add(r, BLOCK_GRID);
        struct grid *g = &b->grid;
        b->member = value_member(v, n);
        fill_grid(g, &a, how);
        place_grid(g, m, m->row.size, m->col.size);
        g->free = call_has(c, "free");
        g->fixed = range > 0;
        g->vmax = g->fixed ? range : g->vmax;
        if (a.block_rows == 1)
            g->row_labels = labels_of(m->row, g->rows);
        if (a.block_cols == 1)
            g->col_labels = labels_of(m->col, g->cols);
    }
    matrix_unref(m);
    return ok;
}

bool heat_of_value(struct call *c, struct report *r, const struct value *v, struct err *e)
{
    struct task_part whole = task_here();
    bool ok = true;
    for (size_t n = 0; ok && n < v->count; n++) {
        value_member_begins(&whole, v, n);
        ok = task_go_on(e) && add_heat(c, r, v, n, e);
    }
    task_back(&whole);
    return ok;
}

bool run_heat(struct call *c, struct report *r, struct err *e)
{
    struct value *v = call_value(c, 0, e);
    if (v == NULL)
        return false;
    title_value(c, 0, v, r);
    ledger_start(c, r);
    bool ok = heat_of_value(c, r, v, e);
    call_subject_of(c, 0, v, NULL);
    value_unref(v);
    return ok;
}

/* Several vectors on one axis: a column each. */
struct columns {
    size_t count;
    struct value *values[ARGUMENTS_MOST * 8];
    char *names[ARGUMENTS_MOST * 8];
};

static void columns_free(struct columns *k)
{
    for (size_t i = 0; i < k->count; i++) {
        value_unref(k->values[i]);
        mem_free(k->names[i]);
    }
}

static bool columns_take(struct call *c, struct columns *k, struct err *e)
{
    for (size_t i = 0; i < call_count(c); i++) {
        if (k->count == sizeof k->values / sizeof *k->values)
            return err_set(e, ERR_ARGUMENT, "at most %zu columns",
                           sizeof k->values / sizeof *k->values);
        struct value *v = call_value(c, i, e);
        if (v == NULL)
            return false;
        k->names[k->count] = source_of(c, i);
        k->values[k->count++] = v;
        struct axis first = k->values[0]->kind == VALUE_VECTOR ? k->values[0]->items[0].vector->axis
                                                               : axis_make(AXIS_INDEX, 0, NULL);
        bool fits = v->kind == VALUE_VECTOR && axis_alike(first, v->items[0].vector->axis);
        if (call_count(c) > 1 && !fits) {
            err_set(e, ERR_AXES, "columns of one table are vectors on the same axis");
            return call_fail(c, i, e);
        }
    }
    return true;
}

/* Column heads: "id", "token" or the axis' name, then the vectors' names. */
static void table_heads(struct report_table *t, const struct columns *k, struct axis axis,
                        size_t first)
{
    table_column(t, 0, axis.labels ? "id" : axis_kind_name(axis.kind), COLUMN_NUMBER);
    if (axis.labels != NULL)
        table_column(t, 1, "token", COLUMN_TOKEN);
    for (size_t i = 0, at = first; i < k->count; i++) {
        const struct value *v = k->values[i];
        for (size_t n = 0; n < v->count; n++, at++) {
            struct text name = TEXT_EMPTY;
            text_add(&name, k->names[i]);
            if (v->stack > 0)
                text_add_char(&name, ' ');
            member_name(value_member(v, n), &name);
            table_column(t, at, text_get(&name), COLUMN_NUMBER);
            text_done(&name);
        }
    }
}

static void vector_table(struct report *r, const struct columns *k, size_t rows)
{
    struct axis axis = k->values[0]->items[0].vector->axis;
    size_t first = axis.labels ? 2 : 1, columns = first;
    for (size_t i = 0; i < k->count; i++)
        columns += k->values[i]->count;
    rows = smaller(rows, axis.size);
    struct block *b = report_add(r, BLOCK_TABLE);
    struct report_table *t = &b->table;
    block_table(b, NULL, columns, rows);
    table_heads(t, k, axis, first);
    for (size_t row = 0; row < rows; row++) {
        table_number(t, row, 0, (double)axis_original(axis, row));
        if (axis.labels != NULL)
            cell_label(t, row, 1, axis, row);
        for (size_t i = 0, at = first; i < k->count; i++)
            for (size_t n = 0; n < k->values[i]->count; n++, at++)
                table_number(t, row, at, k->values[i]->items[n].vector->data[row]);
    }
}

/* The rows asked for are shown, however many. */
static void tall_grids(struct report *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->blocks[i].kind == BLOCK_GRID)
            r->blocks[i].grid.tall = true;
}

bool run_table(struct call *c, struct report *r, struct err *e)
{
    size_t rows = TABLE_ROWS;
    struct columns k = {0};
    bool ok = call_option_number(c, "first", 1, 100000000, &rows, e) && columns_take(c, &k, e);
    ledger_start(c, r);
    if (ok && k.values[0]->kind == VALUE_VECTOR) {
        vector_table(r, &k, rows);
    } else if (ok) {
        title_value(c, 0, k.values[0], r);
        ok = show_value(c->host, r, k.values[0], k.names[0], rows, e);
        tall_grids(r);
    }
    columns_free(&k);
    return ok;
}
