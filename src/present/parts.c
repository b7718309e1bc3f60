#include "parts.h"

#include <math.h>
#include <string.h>

#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/lang/value.h"

bool column_is_whole(const struct report_table *t, size_t column)
{
    for (size_t r = 0; r < t->rows; r++)
        if (!number_is_whole(t->cells[r * t->columns + column].number))
            return false;
    return true;
}

const char *member_axis_name(char axis)
{
    return axis == 'l' ? "layer" : "head";
}

bool member_alike(const struct member *a, const struct member *b)
{
    return a->count == b->count && memcmp(a->axis, b->axis, a->count) == 0;
}

void member_title(const struct member *member, struct text *out)
{
    if (member->count == 0)
        return;
    text_printf(out, "%s ", member_axis_name(member->axis[member->count - 1]));
    member_name(*member, out);
}

size_t run_series(const struct block *first, size_t count)
{
    const struct series *a = &first->series;
    size_t n = 1;
    while (n < count && first[n].kind == BLOCK_SERIES &&
           member_alike(&first->member, &first[n].member) &&
           strcmp(a->name, first[n].series.name) == 0 && strcmp(a->axis, first[n].series.axis) == 0)
        n++;
    return n;
}

static bool same_names(const struct scalars *a, const struct scalars *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = strcmp(a->names[i], b->names[i]) == 0;
    return same;
}

size_t run_scalars(const struct block *first, size_t count)
{
    size_t n = 1;
    while (n < count && first[n].kind == BLOCK_SCALARS &&
           member_alike(&first->member, &first[n].member) &&
           same_names(&first->scalars, &first[n].scalars))
        n++;
    return n;
}

static bool same_labels(char **a, char **b, size_t count)
{
    if (a == NULL || b == NULL)
        return a == b;
    for (size_t i = 0; i < count; i++)
        if (strcmp(a[i] ? a[i] : "", b[i] ? b[i] : "") != 0)
            return false;
    return true;
}

static bool same_columns(const struct grid *a, const struct grid *b)
{
    return a->cols == b->cols && a->col_range[0] == b->col_range[0] &&
           a->col_range[1] == b->col_range[1] && a->block[1] == b->block[1] &&
           a->numeric == b->numeric && (a->row_labels == NULL) == (b->row_labels == NULL) &&
           same_labels(a->col_labels, b->col_labels, a->cols);
}

size_t run_grids(const struct block *first, size_t count)
{
    size_t n = 1;
    while (first->member.count > 0 && n < count && first[n].kind == BLOCK_GRID &&
           member_alike(&first->member, &first[n].member) &&
           same_columns(&first->grid, &first[n].grid))
        n++;
    return n;
}

double grids_largest(const struct block *first, size_t count)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = first[i].grid.vmax > largest ? first[i].grid.vmax : largest;
    return largest;
}

size_t grid_clipped(const struct grid *g)
{
    size_t clipped = 0;
    for (size_t i = 0; g->fixed && i < g->rows * g->cols; i++)
        clipped += isfinite(g->values[i]) && fabs(g->values[i]) > g->vmax;
    return clipped;
}

bool tables_alike(const struct report_table *a, const struct report_table *b)
{
    bool alike = a->columns == b->columns;
    for (size_t i = 0; alike && i < a->columns; i++)
        alike = a->column[i].type == b->column[i].type &&
                strcmp(a->column[i].name, b->column[i].name) == 0;
    return alike;
}

bool ledger_speaks(const struct ledger_entry *entry)
{
    return strcmp(entry->value, "none") != 0 && strcmp(entry->value, "no") != 0;
}
