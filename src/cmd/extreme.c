/* Tokens that stand out: topk of a matrix, by its extreme entries over all rows and columns;
 * leverage, by what they share with a span of components. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/number.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/num/extremes.h"
#include "bilens/num/measures.h"
#include "handlers.h"

static void label_cell(struct report_table *t, size_t row, size_t column, struct axis axis,
                       size_t i)
{
    struct text label = TEXT_EMPTY;
    axis_label(axis, i, &label);
    table_text(t, row, column, text_get(&label));
    text_done(&label);
}

/* Columns: the row's id and name, the column's id and name, the value. */
static void name_columns(struct report_table *t, const struct matrix *m)
{
    bool tokens = m->row.kind == AXIS_TOKEN, other = m->col.kind == AXIS_TOKEN;
    table_column(t, 0, "id", COLUMN_NUMBER);
    table_column(t, 1, tokens ? "row token" : "row", tokens ? COLUMN_TOKEN : COLUMN_TEXT);
    table_column(t, 2, "id", COLUMN_NUMBER);
    table_column(t, 3, other ? "column token" : "column", other ? COLUMN_TOKEN : COLUMN_TEXT);
    table_column(t, 4, "value", COLUMN_NUMBER);
}

static void add_pole(struct report *r, const struct matrix *m, const struct entry *entries,
                     size_t count, bool high, struct member member)
{
    struct block *b = report_add(r, BLOCK_TABLE);
    block_table(b, high ? "high" : "low", 5, count);
    struct report_table *t = &b->table;
    b->member = member;
    t->pole = high ? "high" : "low";
    t->reading = m->row.kind == AXIS_TOKEN && m->col.kind == AXIS_TOKEN ? "token" : "index";
    name_columns(t, m);
    for (size_t k = 0; k < count; k++) {
        table_number(t, k, 0, (double)axis_original(m->row, entries[k].row));
        label_cell(t, k, 1, m->row, entries[k].row);
        table_number(t, k, 2, (double)axis_original(m->col, entries[k].col));
        label_cell(t, k, 3, m->col, entries[k].col);
        table_number(t, k, 4, entries[k].value);
    }
}

bool tables_of_matrix(struct report *r, const struct value *v, size_t top, struct err *e)
{
    struct task_part whole = task_here();
    for (size_t n = 0; n < v->count; n++) {
        value_member_begins(&whole, v, n);
        struct matrix *m = value_matrix(v, n, e);
        struct extremes x;
        bool ok = m != NULL && matrix_extremes(m, top, &x, e);
        if (ok) {
            struct member member = value_member(v, n);
            add_pole(r, m, x.high, x.count, true, member);
            add_pole(r, m, x.low, x.count, false, member);
            extremes_free(&x);
        }
        matrix_unref(m);
        if (!ok)
            return false;
    }
    task_back(&whole);
    return report_ledger(r, "search", "exact");
}

/* Vectors of a span at once: more than a decomposition finds apart from all others, so that one
 * set of them serves a whole span. */
enum { LEVERAGE_COLUMNS = 32 };

/* Components first to last of one side; one_sign: only those with the first one's sign. */
struct span_of {
    enum decomp_side side;
    size_t first, last;
    bool one_sign;
};

/* All blocks of values too close to tell their vectors apart, to *blocks, the caller's. */
static void find_blocks(struct decomp *d, struct degenerate **blocks, size_t *count)
{
    size_t rank = decomp_rank(d);
    *blocks = mem_new(rank / 2 + 1, sizeof **blocks);
    *count = measures_degenerate(decomp_values(d), rank, MEASURES_GAP, *blocks);
}

/* The first of them; component 0 where there is none. */
static bool find_span(struct decomp *d, struct span_of *s, struct err *e)
{
    struct degenerate *blocks;
    size_t count;
    if (decomp_rank(d) == 0)
        return err_set(e, ERR_ARGUMENT, "a zero matrix has no directions to read");
    find_blocks(d, &blocks, &count);
    s->first = s->last = 0;
    s->one_sign = true;
    if (count > 0) {
        s->first = blocks[0].first;
        s->last = blocks[0].first + blocks[0].span - 1;
    }
    mem_free(blocks);
    return true;
}

/* Does the span have some components of the block, and not others? */
static bool cuts(const struct span_of *s, const double *values, const struct degenerate *block)
{
    size_t in = 0;
    for (size_t i = block->first; i < block->first + block->span; i++)
        in += i >= s->first && i <= s->last && (values[i] < 0) == (values[block->first] < 0);
    return in > 0 && in < block->count;
}

/* What --first and --last ask for: one of them alone is one component, or all up to it. */
static bool read_span(struct call *c, struct decomp *d, struct span_of *s, struct err *e)
{
    if (!call_has(c, "first") && !call_has(c, "last"))
        return find_span(d, s, e);
    size_t count = decomp_count(d);
    s->first = 0;
    s->one_sign = false;
    if (!call_option_number(c, "first", 0, SIZE_MAX, &s->first, e))
        return false;
    s->last = s->first;
    if (!call_option_number(c, "last", 0, SIZE_MAX, &s->last, e))
        return false;
    const char *beyond = s->first >= count ? "first" : s->last >= count ? "last" : NULL;
    if (beyond != NULL) {
        err_set(e, ERR_INDEX, "there is no component %zu: there are %zu (0 to %zu)",
                s->first >= count ? s->first : s->last, count, count - 1);
        return call_option_fail(c, beyond, e);
    }
    if (s->last >= s->first)
        return true;
    err_set(e, ERR_ARGUMENT, "the components end (%zu) before they begin (%zu)", s->last, s->first);
    return call_option_fail(c, "last", e);
}

/* Adds the squares of the vector's entries, as w reads or writes them (NULL: its own). */
static bool add_squares(const struct matrix *w, bool read, const struct vector *v,
                        struct vector **sum, struct err *e)
{
    struct vector *x = w == NULL ? vector_ref((struct vector *)v)
                       : read    ? matrix_apply_transposed(w, v, e)
                                 : matrix_apply(w, v, e);
    if (x != NULL && *sum == NULL)
        *sum = vector_new(x->axis);
    bool ok = x != NULL;
    for (size_t i = 0; ok && i < x->axis.size; i++)
        (*sum)->data[i] += x->data[i] * x->data[i];
    vector_unref(x);
    return ok;
}

/* Adds the squares of columns k, ..., k + count - 1 of the span, except those of the other sign. */
static bool add_columns(struct decomp *d, const struct span_of *s, size_t k, size_t count,
                        const struct matrix *w, bool read, struct vector **sum, struct err *e)
{
    const double *values = decomp_values(d);
    struct vector *v[LEVERAGE_COLUMNS];
    if (!task_go_on(e) || !decomp_columns(d, s->side, k, count, v, e))
        return false;
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        bool skip = s->one_sign && (values[k + i] < 0) != (values[s->first] < 0);
        ok = ok && (skip || add_squares(w, read, v[i], sum, e));
        vector_unref(v[i]);
    }
    return ok;
}

/* The norm of every row of the span's vectors (through w): what each token has in the span,
 * whichever vectors the solver took for it; they are asked for together, so that they are
 * orthogonal. New reference. */
static struct vector *leverage_of(struct decomp *d, const struct span_of *s, const struct matrix *w,
                                  bool read, struct err *e)
{
    struct vector *sum = NULL;
    bool ok = true;
    for (size_t k = s->first; ok && k <= s->last; k += LEVERAGE_COLUMNS) {
        size_t left = s->last - k + 1;
        ok = add_columns(d, s, k, left < LEVERAGE_COLUMNS ? left : LEVERAGE_COLUMNS, w, read, &sum,
                         e);
    }
    for (size_t i = 0; ok && i < sum->axis.size; i++)
        sum->data[i] = sqrt(sum->data[i]);
    if (ok)
        return sum;
    vector_unref(sum);
    return NULL;
}

/* The heads of a leverage's table; the number of its columns is known. */
static void name_leverage(struct report_table *t, struct axis axis)
{
    bool token = t->columns == 3;
    table_column(t, 0, token ? "id" : axis_kind_name(axis.kind), COLUMN_NUMBER);
    if (token)
        table_column(t, 1, "token", COLUMN_TOKEN);
    table_column(t, t->columns - 1, "value", COLUMN_NUMBER);
}

/* The largest of a leverage; at the other end all is rounding. Reading: as the table's. */
static void add_leverage(struct report *r, const struct vector *v, const char *reading, size_t top,
                         struct member member)
{
    size_t most = top < v->axis.size ? top : v->axis.size;
    size_t *indices = mem_new(most, sizeof *indices);
    struct block *b = report_add(r, BLOCK_TABLE);
    bool token = v->axis.kind == AXIS_TOKEN;
    const char *title = strcmp(reading, "in") == 0    ? "leverage, in"
                        : strcmp(reading, "out") == 0 ? "leverage, out"
                                                      : "leverage";
    most = vector_extremes(v->data, v->axis.size, most, true, indices);
    block_table(b, title, token ? 3 : 2, most);
    b->member = member;
    b->table.reading = reading;
    b->table.pole = "high";
    name_leverage(&b->table, v->axis);
    for (size_t k = 0; k < most; k++) {
        table_number(&b->table, k, 0, (double)axis_original(v->axis, indices[k]));
        table_number(&b->table, k, b->table.columns - 1, v->data[indices[k]]);
        if (token)
            label_cell(&b->table, k, 1, v->axis, indices[k]);
    }
    mem_free(indices);
}

/* Of residual directions as they are read and written, of tokens and others as they are. */
static bool leverage_member(struct call *c, struct report *r, struct decomp *d,
                            const struct span_of *s, size_t top, struct member member,
                            struct err *e)
{
    static const char *const readings[] = {"in", "out"}, *const sides[] = {"w_e", "w_u"};
    struct axis axis = decomp_axis(d, s->side);
    bool any = false, ok = true;
    for (int out = 0; ok && axis.kind == AXIS_RESID && out < 2; out++) {
        const struct matrix *w = model_side(c, sides[out]);
        if (w == NULL || !axis_match(out ? w->col : w->row, axis))
            continue;
        struct vector *v = leverage_of(d, s, w, !out, e);
        ok = v != NULL;
        if (ok)
            add_leverage(r, v, readings[out], top, member);
        vector_unref(v);
        any = true;
    }
    if (!ok || any)
        return ok;
    struct vector *v = leverage_of(d, s, NULL, false, e);
    const char *reading = axis.kind == AXIS_TOKEN ? "token" : "index";
    if (v == NULL)
        return false;
    add_leverage(r, v, reading, top, member);
    vector_unref(v);
    return true;
}

static void add_text(struct report *r, struct text *t, struct member member)
{
    struct block *b = report_add(r, BLOCK_TEXT);
    b->member = member;
    b->text = text_take(t);
}

static void add_member(struct text *t, struct member m)
{
    if (m.count == 0)
        return;
    text_add(t, m.axis[m.count - 1] == 'l' ? "layer " : "head ");
    member_name(m, t);
    text_add(t, ": ");
}

static const char *side_name(struct decomp *d, const struct span_of *s)
{
    return decomp_kind_of(d) == DECOMP_SVD && s->side == SIDE_U ? "u" : "v";
}

/* Appends which components they are: "3-4". */
static void add_span(struct decomp *d, const struct span_of *s, struct text *t)
{
    struct degenerate whole = {.first = s->first, .span = s->last - s->first + 1};
    if (s->one_sign)
        block_members(decomp_values(d), &whole, t);
    else if (s->last > s->first)
        text_printf(t, "%zu-%zu", s->first, s->last);
    else
        text_printf(t, "%zu", s->first);
}

/* "components 3-4 of u, values 1.5 to 1.5". */
static void span_text(struct report *r, struct decomp *d, const struct span_of *s,
                      struct member member)
{
    struct text t = TEXT_EMPTY;
    const double *values = decomp_values(d);
    bool one = s->first == s->last;
    add_member(&t, member);
    text_add(&t, one ? "component " : "components ");
    add_span(d, s, &t);
    text_printf(&t, one ? " of %s, value " : " of %s, values ", side_name(d, s));
    text_number(&t, values[s->first]);
    if (!one) {
        text_add(&t, " to ");
        text_number(&t, values[s->last]);
    }
    add_text(r, &t, member);
}

/* A line for each block that the span asked for has a part of. */
static void warn_of_cuts(struct report *r, struct decomp *d, const struct span_of *s,
                         struct member member)
{
    struct degenerate *blocks;
    size_t count;
    const double *values = decomp_values(d);
    find_blocks(d, &blocks, &count);
    for (size_t i = 0; i < count; i++) {
        struct text t = TEXT_EMPTY;
        if (!cuts(s, values, &blocks[i]))
            continue;
        add_member(&t, member);
        text_add(&t, "this is a part of the block ");
        block_members(values, &blocks[i], &t);
        text_add(&t, ", whose values are each within 1e-4 of the next: only the span of all its "
                     "vectors means something");
        if (blocks[i].span == blocks[i].count)
            text_printf(&t, " (--first %zu --last %zu)", blocks[i].first,
                        blocks[i].first + blocks[i].span - 1);
        add_text(r, &t, member);
    }
    mem_free(blocks);
}

/* The decomposition the value is, or is a side of; of a matrix its eigenvectors where it is
 * symmetric, else its svd. New reference. */
static struct value *decomposition_of(struct value *v, struct err *e)
{
    if (v->kind == VALUE_DECOMP || v->kind == VALUE_U || v->kind == VALUE_V)
        return value_ref(v);
    const struct matrix *m = v->kind == VALUE_MATRIX ? v->items[0].matrix : NULL;
    struct value *d = m && axis_match(m->row, m->col) ? value_eigen(v, e) : NULL;
    if (d != NULL || (e->code != ERR_NONE && e->code != ERR_ARGUMENT))
        return d;
    err_clear(e);
    return value_svd(v, e);
}

/* Tokens are what is asked about: the side that has them, if only one does; else u. */
static enum decomp_side side_asked(const struct value *v, struct decomp *d)
{
    bool rows = decomp_axis(d, SIDE_U).kind == AXIS_TOKEN;
    bool cols = decomp_axis(d, SIDE_V).kind == AXIS_TOKEN;
    if (v->kind == VALUE_U || v->kind == VALUE_V)
        return v->kind == VALUE_U ? SIDE_U : SIDE_V;
    return cols && !rows ? SIDE_V : SIDE_U;
}

static bool leverage_report(struct call *c, struct report *r, const struct value *v,
                            const struct value *d, struct err *e)
{
    size_t top = 10;
    struct text block = TEXT_EMPTY;
    bool ok = call_option_number(c, "top", 1, 1000000, &top, e);
    struct task_part whole = task_here();
    for (size_t n = 0; ok && n < d->count; n++) {
        value_member_begins(&whole, d, n);
        struct decomp *x = d->items[n].decomp;
        struct span_of s = {.side = side_asked(v, x)};
        struct member m = value_member(d, n);
        ok = read_span(c, x, &s, e);
        if (!ok)
            break;
        span_text(r, x, &s, m);
        warn_of_cuts(r, x, &s, m);
        ok = leverage_member(c, r, x, &s, top, m, e);
        text_add(&block, n > 0 ? ", " : "");
        add_span(x, &s, &block);
    }
    task_back(&whole);
    if (ok)
        report_ledger(r, "block", "%s", text_get(&block));
    text_done(&block);
    return ok;
}

bool run_leverage(struct call *c, struct report *r, struct err *e)
{
    struct value *v = call_value(c, 0, e);
    struct value *d = v ? decomposition_of(v, e) : NULL;
    bool ok = d != NULL;
    if (ok) {
        title_value(c, 0, v, r);
        ledger_start(c, r);
        ok = leverage_report(c, r, v, d, e);
    }
    value_unref(v);
    value_unref(d);
    return ok || call_fail(c, 0, e);
}
