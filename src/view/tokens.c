#include "tokens.h"

#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/number.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/draw/label.h"

enum { HEAD_ROWS = 1, GAP = 2, NUMBER_CELLS = 8 };

void token_tables_done(struct token_tables *t)
{
    for (size_t i = 0; i < t->count; i++) {
        mem_free(t->table[i].index);
        mem_free(t->table[i].value);
        axis_unref(t->table[i].axis);
    }
    *t = (struct token_tables){0};
}

struct vector *reader_read(const struct reader *r, struct err *e)
{
    if (r->reading == READING_IN && r->side != NULL)
        return matrix_apply_transposed(r->side, r->vector, e);
    if (r->reading == READING_OUT && r->side != NULL)
        return matrix_apply(r->side, r->vector, e);
    return vector_ref((struct vector *)r->vector);
}

static void add_pole(struct token_tables *t, const struct vector *v, const char *heading, bool high,
                     size_t top)
{
    struct token_table *k = &t->table[t->count++];
    size_t half = (v->axis.size + high) / 2; /* no entry stands at both poles */
    top = top < half ? top : half;
    *k = (struct token_table){.high = high, .axis = axis_ref(v->axis)};
    k->index = mem_new(top, sizeof *k->index);
    k->value = mem_new(top, sizeof *k->value);
    snprintf(k->heading, sizeof k->heading, "%s", heading);
    k->count = vector_extremes(v->data, v->axis.size, top, high, k->index);
    for (size_t i = 0; i < k->count; i++)
        k->value[i] = v->data[k->index[i]];
}

bool token_tables_add(struct token_tables *t, const struct reader *r, size_t top, struct err *e)
{
    static const char *const ways[] = {"", "in ", "out "};
    char heading[40];
    if (t->count + 2 > TOKEN_TABLES_MOST)
        return true;
    struct vector *v = reader_read(r, e);
    if (v == NULL)
        return false;
    snprintf(heading, sizeof heading, "%.20s%s%s", r->name, r->name[0] != '\0' ? " " : "",
             r->side ? ways[r->reading] : "");
    add_pole(t, v, heading, true, top);
    add_pole(t, v, heading, false, top);
    vector_unref(v);
    return true;
}

/* The field of one table. */
static struct tokens_place place_of(const struct token_tables *t, const struct tokens_place *all,
                                    size_t i)
{
    size_t across = all->square && t->count > 2 ? 2 : t->count;
    size_t down = (t->count + across - 1) / across;
    size_t cols = (all->cols - (across - 1) * GAP) / across, rows = all->rows / down;
    return (struct tokens_place){.row = all->row + i / across * rows,
                                 .col = all->col + i % across * (cols + GAP),
                                 .rows = rows,
                                 .cols = cols};
}

/* Rows of entries that a table of that height shows. */
static size_t rows_shown(const struct tokens_place *p)
{
    return p->rows > HEAD_ROWS ? p->rows - HEAD_ROWS : 0;
}

void tokens_follow(const struct token_tables *t, struct token_cursor *k,
                   const struct tokens_place *place)
{
    if (t->count == 0)
        return;
    k->table = k->table < t->count ? k->table : t->count - 1;
    size_t count = t->table[k->table].count;
    struct tokens_place p = place_of(t, place, k->table);
    size_t rows = rows_shown(&p);
    k->row = k->row < count ? k->row : count > 0 ? count - 1 : 0;
    if (k->row < k->top)
        k->top = k->row;
    else if (rows > 0 && k->row >= k->top + rows)
        k->top = k->row - rows + 1;
}

bool tokens_hit(const struct token_tables *t, const struct token_cursor *k,
                const struct tokens_place *place, size_t row, size_t col, size_t *table,
                size_t *entry)
{
    for (size_t i = 0; i < t->count; i++) {
        struct tokens_place p = place_of(t, place, i);
        size_t first = p.row + HEAD_ROWS, top = k->active ? k->top : 0;
        if (row < first || row >= p.row + p.rows || col < p.col || col >= p.col + p.cols ||
            top + (row - first) >= t->table[i].count)
            continue;
        *table = i;
        *entry = top + (row - first);
        return true;
    }
    return false;
}

static void put_head(const struct token_table *t, struct canvas *c, const struct tokens_place *p,
                     const struct theme *theme)
{
    char head[64];
    bool ascii = theme->charset == CHARSET_ASCII;
    const char *sign = t->high ? (ascii ? "+" : "\xe2\x96\xb2") : (ascii ? "-" : "\xe2\x96\xbc");
    snprintf(head, sizeof head, "%s %s%s", sign, t->heading, t->high ? "high" : "low");
    struct field field = {p->row, p->col, p->cols, t->high ? ROLE_HIGH : ROLE_LOW, LABEL_LEFT};
    label_put(c, field, head, theme);
}

/* How the numbers of a table are written, and the cells that they take. */
struct numbers {
    struct number_format format;
    size_t cells;
};

/* As many digits as are shown elsewhere, or as go into a third of the place. */
static struct numbers numbers_of(const struct token_table *t, size_t place)
{
    struct numbers n = {.cells = SIZE_MAX};
    size_t room = place / 3 > NUMBER_CELLS ? place / 3 : NUMBER_CELLS;
    for (int digits = digits_shown(); digits > 0 && n.cells > room; digits--) {
        char number[NUMBER_ROOM];
        n = (struct numbers){{.digits = digits}, NUMBER_CELLS};
        for (size_t i = 0; i < t->count; i++)
            format_see(&n.format, t->value[i]);
        format_settle(&n.format);
        for (size_t i = 0; i < t->count; i++) {
            format_write(&n.format, t->value[i], number);
            n.cells = strlen(number) > n.cells ? strlen(number) : n.cells;
        }
    }
    return n;
}

/* "game      0.1234": the label as wide as there is room, the number at the right. */
static void put_entry(const struct token_table *t, size_t i, const struct numbers *n, bool here,
                      struct canvas *c, const struct tokens_place *p, size_t row,
                      const struct theme *theme)
{
    char number[NUMBER_ROOM];
    struct text label = TEXT_EMPTY;
    format_write(&n->format, t->value[i], number);
    axis_label(t->axis, t->index[i], &label);
    size_t cells = p->cols > n->cells + 1 ? p->cols - n->cells - 1 : p->cols;
    struct field word = {row, p->col, cells, here ? ROLE_CURSOR : ROLE_TOKEN, LABEL_LEFT};
    struct field end = {row, p->col + cells + 1, n->cells, here ? ROLE_CURSOR : ROLE_NUMBER,
                        LABEL_RIGHT};
    for (size_t k = 0; here && k < p->cols; k++)
        canvas_set(c, row, p->col + k, ROLE_CURSOR, ' ');
    label_put(c, word, text_get(&label), theme);
    if (cells < p->cols)
        label_put(c, end, number, theme);
    text_done(&label);
}

void tokens_draw(const struct token_tables *t, const struct token_cursor *k, struct canvas *c,
                 const struct tokens_place *place, const struct theme *theme)
{
    for (size_t i = 0; i < t->count; i++) {
        struct tokens_place p = place_of(t, place, i);
        size_t top = k->active ? k->top : 0, rows = rows_shown(&p);
        struct numbers numbers = numbers_of(&t->table[i], p.cols);
        if (p.rows > 0)
            put_head(&t->table[i], c, &p, theme);
        for (size_t r = 0; r < rows && top + r < t->table[i].count; r++) {
            bool here = k->active && k->table == i && k->row == top + r;
            put_entry(&t->table[i], top + r, &numbers, here, c, &p, p.row + HEAD_ROWS + r, theme);
        }
    }
}
