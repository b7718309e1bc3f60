/* topk of a matrix: its extreme entries over all rows and columns. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/num/extremes.h"
#include "handlers.h"

static bool label_cell(struct report_table *t, size_t row, size_t column, struct axis axis,
                       size_t i, struct err *e)
{
    struct text label = TEXT_EMPTY;
    axis_label(axis, i, &label);
    bool ok = !label.failed && table_text(t, row, column, text_get(&label), e);
    text_done(&label);
    return ok || err_memory(e);
}

/* Columns: the row's id and name, the column's id and name, the value. */
static bool name_columns(struct report_table *t, const struct matrix *m, struct err *e)
{
    bool tokens = m->row.kind == AXIS_TOKEN, other = m->col.kind == AXIS_TOKEN;
    return table_column(t, 0, "id", COLUMN_NUMBER, e) &&
           table_column(t, 1, tokens ? "row token" : "row", tokens ? COLUMN_TOKEN : COLUMN_TEXT,
                        e) &&
           table_column(t, 2, "id", COLUMN_NUMBER, e) &&
           table_column(t, 3, other ? "column token" : "column",
                        other ? COLUMN_TOKEN : COLUMN_TEXT, e) &&
           table_column(t, 4, "value", COLUMN_NUMBER, e);
}

static bool add_pole(struct report *r, const struct matrix *m, const struct entry *entries,
                     size_t count, bool high, struct member member, struct err *e)
{
    struct block *b = report_add(r, BLOCK_TABLE, e);
    if (b == NULL || !block_table(b, high ? "high" : "low", 5, count, e))
        return false;
    struct report_table *t = &b->table;
    b->member = member;
    t->pole = high ? "high" : "low";
    t->reading = m->row.kind == AXIS_TOKEN && m->col.kind == AXIS_TOKEN ? "token" : "index";
    bool ok = name_columns(t, m, e);
    for (size_t k = 0; ok && k < count; k++) {
        table_number(t, k, 0, (double)axis_original(m->row, entries[k].row));
        table_number(t, k, 2, (double)axis_original(m->col, entries[k].col));
        table_number(t, k, 4, entries[k].value);
        ok = label_cell(t, k, 1, m->row, entries[k].row, e) &&
             label_cell(t, k, 3, m->col, entries[k].col, e);
    }
    return ok;
}

bool tables_of_matrix(struct report *r, const struct value *v, size_t top, struct err *e)
{
    for (size_t n = 0; n < v->count; n++) {
        struct matrix *m = value_matrix(v, n, e);
        struct extremes x;
        bool ok = m != NULL && matrix_extremes(m, top, &x, e);
        if (ok) {
            struct member member = value_member(v, n);
            ok = add_pole(r, m, x.high, x.count, true, member, e) &&
                 add_pole(r, m, x.low, x.count, false, member, e);
            extremes_free(&x);
        }
        matrix_unref(m);
        if (!ok)
            return false;
    }
    return report_ledger(r, e, "search", "exact");
}
