/* quantiles: how the entries of a value are spread. */
#include <math.h>
#include <stdint.h>

#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "handlers.h"
#include "stacks.h"

enum { QUANTILES = 9 };
static const double percents[QUANTILES] = {0, 1, 5, 25, 50, 75, 95, 99, 100};

static void exchange(double *a, double *b)
{
    double x = *a;
    *a = *b;
    *b = x;
}

/* Moves entries [first, end) until those at the places wanted (in rising order) are what they would
 * be in a sorted list, which takes a tenth of the time of sorting. */
static void put_in_place(double *a, size_t first, size_t end, const size_t *wanted, size_t count)
{
    uint64_t random = 1;
    while (count > 0 && end - first > 1) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        double pivot = a[first + (size_t)(random >> 32) % (end - first)];
        size_t low = first, high = end, below = 0, done = 0;
        for (size_t i = first; i < high;)
            if (a[i] < pivot)
                exchange(&a[i++], &a[low++]);
            else if (a[i] > pivot)
                exchange(&a[i], &a[--high]);
            else
                i++;
        for (; done < count && wanted[done] < high; done++)
            below += wanted[done] < low;
        put_in_place(a, first, low, wanted, below);
        first = high;
        wanted += done;
        count -= done;
    }
}

/* The cells from `column` on: between two entries on a straight line, as in numpy. Entries that are
 * not finite are taken out; returns how many of them are left. */
static size_t fill_row(struct report_table *t, size_t row, size_t column, double *x, size_t count)
{
    size_t finite = 0, nan = 0, wanted[2 * QUANTILES];
    for (size_t i = 0; i < count; i++) {
        nan += isnan(x[i]) != 0;
        if (isfinite(x[i]))
            x[finite++] = x[i];
    }
    double last = finite > 0 ? (double)finite - 1 : 0;
    for (size_t i = 0; i < QUANTILES; i++) {
        wanted[2 * i] = (size_t)floor(percents[i] / 100 * last);
        wanted[2 * i + 1] = (size_t)ceil(percents[i] / 100 * last);
    }
    put_in_place(x, 0, finite, wanted, 2 * QUANTILES);
    for (size_t i = 0; i < QUANTILES; i++) {
        double part = percents[i] / 100 * last - (double)wanted[2 * i];
        double low = finite > 0 ? x[wanted[2 * i]] : NAN;
        table_number(t, row, column++,
                     part > 0 ? (1 - part) * low + part * x[wanted[2 * i + 1]] : low);
    }
    table_number(t, row, column++, (double)nan);
    table_number(t, row, column, (double)(count - finite - nan));
    return finite;
}

static bool add_row(struct call *c, struct report_table *t, const struct value *v, size_t n,
                    struct text *left_out, struct err *e)
{
    size_t count;
    struct member m = value_member(v, n);
    double *entries = member_entries(c, v, n, &count, e);
    if (entries == NULL)
        return false;
    if (m.count > 0)
        member_cell(t, n, 0, m);
    size_t finite = fill_row(t, n, m.count > 0, entries, count);
    mem_free(entries);
    if (finite == count)
        return true;
    text_add(left_out, left_out->length > 0 ? "\n" : "");
    member_prefix(m, left_out);
    text_printf(left_out, "%zu of %zu entries are NaN or infinite, and left out", count - finite,
                count);
    return true;
}

bool run_quantiles(struct call *c, struct report *r, struct err *e)
{
    struct value *v = call_value(c, 0, e);
    if (v == NULL)
        return false;
    title_value(c, 0, v, r);
    ledger_start(c, r);
    bool heads = v->stack > 0 && v->axes[v->stack - 1].kind == 'h';
    const struct column_spec columns[] = {{heads ? "head" : "layer", COLUMN_TEXT},
                                          {"0 %", COLUMN_NUMBER},
                                          {"1 %", COLUMN_NUMBER},
                                          {"5 %", COLUMN_NUMBER},
                                          {"25 %", COLUMN_NUMBER},
                                          {"50 %", COLUMN_NUMBER},
                                          {"75 %", COLUMN_NUMBER},
                                          {"95 %", COLUMN_NUMBER},
                                          {"99 %", COLUMN_NUMBER},
                                          {"100 %", COLUMN_NUMBER},
                                          {"NaN", COLUMN_NUMBER},
                                          {"infinite", COLUMN_NUMBER},
                                          {0}};
    struct report_table *t =
        add_table(r, (struct member){0}, NULL, v->count, v->stack > 0 ? columns : columns + 1);
    struct text left_out = TEXT_EMPTY;
    struct task_part whole = task_here();
    bool ok = true;
    for (size_t n = 0; ok && n < v->count; n++) {
        value_member_begins(&whole, v, n);
        ok = add_row(c, t, v, n, &left_out, e);
    }
    task_back(&whole);
    if (left_out.length > 0)
        report_text(r, (struct member){0}, "%s", text_get(&left_out));
    text_done(&left_out);
    call_subject_of(c, 0, v, NULL);
    value_unref(v);
    return ok || call_fail(c, 0, e);
}
