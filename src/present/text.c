/* What a person sees: the title, the blocks, a dim line of conventions. */
#include <math.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/present/present.h"
#include "page.h"

static int digits_of(const struct block *b)
{
    return b->precise ? digits_double() : digits_shown();
}

/* What stands before the decimal point, or the end of a whole number. */
static size_t whole_part(const char *number)
{
    return strcspn(number, ".e");
}

/* The cells of the widest name, and of the longest whole part. */
static void measure_scalars(const struct page *p, const struct block *b, size_t *names,
                            size_t *wholes, struct text *safe)
{
    const struct scalars *s = &b->scalars;
    *names = *wholes = 0;
    for (size_t i = 0; i < s->count; i++) {
        char number[NUMBER_ROOM];
        text_clear(safe);
        utf8_escape(safe, s->names[i], strlen(s->names[i]), p->ascii);
        number_shown(s->values[i], digits_of(b), number);
        size_t cells = utf8_width(text_get(safe)), whole = whole_part(number);
        *names = cells > *names ? cells : *names;
        *wholes = isfinite(s->values[i]) && whole > *wholes ? whole : *wholes;
    }
}

/* "name  value" lines, decimal points under each other. */
static bool write_scalar_lines(struct page *p, const struct block *b)
{
    const struct scalars *s = &b->scalars;
    size_t most = p->width > NUMBER_ROOM ? p->width - NUMBER_ROOM / 2 : p->width / 2;
    size_t names, wholes;
    struct text line = TEXT_EMPTY, safe = TEXT_EMPTY;
    measure_scalars(p, b, &names, &wholes, &safe);
    for (size_t i = 0; i < s->count; i++) {
        char number[NUMBER_ROOM];
        text_clear(&safe);
        utf8_escape(&safe, s->names[i], strlen(s->names[i]), p->ascii);
        number_shown(s->values[i], digits_of(b), number);
        size_t whole = isfinite(s->values[i]) ? whole_part(number) : wholes;
        utf8_fit(&line, text_get(&safe), names < most ? names : most, true, p->ascii);
        text_printf(&line, "  %*s%s%s", (int)(wholes - whole), "", number,
                    i + 1 < s->count ? "\n" : "");
    }
    bool ok = page_write(p, ROLE_TEXT, text_get(&line));
    text_done(&line);
    text_done(&safe);
    return ok;
}

/* Column `column` of the table, the values that all blocks of the run have under one name. */
static void fill_scalars(struct frame *f, size_t column, const struct block *run, size_t value)
{
    struct number_format format = {.digits = digits_of(run)};
    frame_head(f, column, run->scalars.names[value], ALIGN_RIGHT, ROLE_NUMBER);
    for (size_t n = 0; n < f->rows; n++)
        format_see(&format, run[n].scalars.values[value]);
    format_settle(&format);
    for (size_t n = 0; n < f->rows; n++) {
        char number[NUMBER_ROOM];
        if (f->rows == 1)
            number_shown(run->scalars.values[value], format.digits, number);
        else
            format_write(&format, run[n].scalars.values[value], number);
        frame_text(f, column, n, number);
    }
}

/* Is a table, three lines high, shorter than a line for each number, and narrow enough? */
static bool fits_table(const struct page *p, const struct block *b)
{
    const struct scalars *s = &b->scalars;
    enum { TABLE_LINES = 3, GAP = 2 };
    size_t width = 0;
    for (size_t i = 0; i < s->count; i++) {
        char number[NUMBER_ROOM];
        size_t head = utf8_width(s->names[i]);
        size_t cell = strlen(number_shown(s->values[i], digits_of(b), number));
        width += (head > cell ? head : cell) + GAP;
    }
    return s->count > TABLE_LINES && width <= p->width + GAP;
}

static bool is_scalar_table(const struct page *p, const struct block *b)
{
    return b->kind == BLOCK_SCALARS && (b->member.count > 0 || fits_table(p, b));
}

/* A row for each member, named in a column of its own where there are several. */
static bool write_scalar_table(struct page *p, const struct block *run, size_t count)
{
    const struct member *m = &run->member;
    size_t first = m->count > 0;
    struct frame f;
    frame_new(&f, run->scalars.count + first, count);
    if (first > 0)
        frame_head(&f, 0, member_axis_name(m->axis[m->count - 1]), ALIGN_LEFT, ROLE_TEXT);
    for (size_t n = 0; first > 0 && n < count; n++)
        frame_member(&f, 0, n, &run[n].member);
    for (size_t i = 0; i < run->scalars.count; i++)
        fill_scalars(&f, i + first, run, i);
    bool ok = page_put(p, frame_draw(&f, NULL, p, p->width));
    frame_free(&f);
    return ok;
}

bool page_scalars(struct page *p, const struct block *run, size_t count)
{
    return is_scalar_table(p, run) ? write_scalar_table(p, run, count) : write_scalar_lines(p, run);
}

/* Tables of poles stand side by side; others alone. */
static size_t run_poles(const struct block *first, size_t count)
{
    size_t n = 1;
    while (n < count && first->table.pole != NULL && first[n].kind == BLOCK_TABLE &&
           first[n].table.pole != NULL)
        n++;
    return n;
}

/* Writes the block with those that go with it; *count is how many. */
static bool write_run(struct page *p, const struct block *b, size_t *count)
{
    size_t left = *count;
    *count = 1;
    switch (b->kind) {
    case BLOCK_SCALARS:
        *count = b->member.count > 0 ? run_scalars(b, left) : 1;
        return page_scalars(p, b, *count);
    case BLOCK_SERIES:
        *count = run_plots(b, left);
        return page_series(p, b, *count);
    case BLOCK_TABLE:
        *count = run_poles(b, left);
        return b->table.pole != NULL ? page_poles(p, b, *count) : page_table(p, b);
    case BLOCK_GRID:
        *count = run_grids(b, left);
        return b->grid.numeric ? page_numbers(p, b, *count) : page_heat(p, b, *count);
    case BLOCK_TEXT:
        return page_write(p, ROLE_TEXT, b->text != NULL ? b->text : "");
    }
    return true;
}

static bool is_line(const struct block *b)
{
    return b->kind == BLOCK_TEXT || b->kind == BLOCK_SCALARS;
}

static bool write_blocks(struct page *p, const struct report *r)
{
    for (size_t at = 0; at < r->count;) {
        size_t count = r->count - at;
        const struct block *b = &r->blocks[at];
        if (at > 0 && (is_scalar_table(p, b) || !(is_line(b) && is_line(b - 1))))
            page_gap(p);
        if (!write_run(p, b, &count))
            return false;
        at += count;
    }
    return true;
}

/* "weights raw", but the precision and the model speak for themselves. */
static bool needs_key(const char *key)
{
    return strcmp(key, "precision") != 0 && strcmp(key, "model") != 0;
}

static bool write_ledger(struct page *p, const struct report *r)
{
    struct text line = TEXT_EMPTY;
    for (size_t i = 0; i < r->ledger_count; i++) {
        const struct ledger_entry *entry = &r->ledger[i];
        if (!ledger_speaks(entry))
            continue;
        if (line.length > 0)
            text_add(&line, p->ascii ? "; " : " \xc2\xb7 ");
        if (needs_key(entry->key))
            text_printf(&line, "%s ", entry->key);
        text_add(&line, entry->value);
    }
    if (p->svg != NULL && line.length > 0)
        page_gap(p); /* a figure has room for air */
    bool ok = line.length == 0 || page_write(p, ROLE_DIM, text_get(&line));
    text_done(&line);
    return ok;
}

/* Is any block about another member than the first? */
static bool has_stack(const struct report *r)
{
    for (size_t i = 1; i < r->count; i++) {
        const struct member *a = &r->blocks[0].member, *b = &r->blocks[i].member;
        if (!member_alike(a, b) || memcmp(a->index, b->index, a->count * sizeof *a->index) != 0)
            return true;
    }
    return false;
}

bool page_answer(struct page *p, const struct answer *answer)
{
    const struct report *r = answer->report;
    if (answer->error != NULL || r == NULL || (r->count == 0 && r->title == NULL))
        return true;
    p->title = r->title;
    p->stack = has_stack(r);
    if (r->title != NULL && !page_write(p, ROLE_TITLE, r->title))
        return false;
    bool ok = write_blocks(p, r) && (!p->ledger || write_ledger(p, r));
    if (p->svg == NULL)
        page_gap(p); /* answers are told apart by a blank line */
    return ok;
}

bool present_text(const struct answer *answer, const struct look *look, struct text *out,
                  struct err *e)
{
    struct page p = {.theme = &look->theme,
                     .width = look->width > 0 ? look->width : 1,
                     .height = look->height,
                     .ascii = look->theme.charset == CHARSET_ASCII,
                     .ledger = look->ledger,
                     .out = out,
                     .e = e};
    return page_answer(&p, answer);
}
