#include "page.h"

#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/draw/svg.h"
#include "bilens/lang/value.h"

bool page_put(struct page *p, struct canvas *c)
{
    if (c == NULL)
        return false;
    if (p->pile != NULL) {
        pile_add(p->pile, c);
        return true;
    }
    if (p->svg != NULL)
        svg_add(p->svg, c);
    else
        canvas_write(c, p->theme, p->out);
    canvas_free(c);
    return true;
}

void page_gap(struct page *p)
{
    if (p->pile != NULL)
        pile_add(p->pile, NULL);
    else if (p->svg != NULL)
        svg_skip(p->svg);
    else
        text_add_char(p->out, '\n');
}

bool page_put_facets(struct page *p, struct canvas **parts, size_t count, size_t gap)
{
    bool ok = true;
    for (size_t i = 0; i < count; i++)
        ok = ok && parts[i] != NULL;
    struct canvas *all = ok ? draw_facets(parts, count, gap, p->width, p->e) : NULL;
    for (size_t i = 0; i < count; i++)
        canvas_free(parts[i]);
    mem_free(parts);
    return page_put(p, all);
}

/* One line of a text, already escaped. */
static bool write_line(struct page *p, enum role role, const char *line)
{
    size_t indent = strspn(line, " ");
    indent = indent > p->width / 2 ? p->width / 2 : indent;
    line += indent;
    struct text piece = TEXT_EMPTY;
    bool ok = true;
    do {
        size_t n = utf8_fold(line, strlen(line), p->width - indent);
        struct canvas *c = canvas_new(1, p->width, p->e);
        text_clear(&piece);
        text_add_bytes(&piece, line, n);
        if (c != NULL)
            canvas_put(c, 0, indent, role, text_get(&piece));
        ok = page_put(p, c);
        line += n;
        line += strspn(line, " ");
    } while (ok && *line != '\0');
    text_done(&piece);
    return ok;
}

bool page_write(struct page *p, enum role role, const char *raw)
{
    struct text safe = TEXT_EMPTY;
    bool ok = true;
    for (;;) {
        size_t length = strcspn(raw, "\n");
        text_clear(&safe);
        utf8_escape(&safe, raw, length, p->ascii);
        ok = write_line(p, role, text_get(&safe));
        if (!ok || raw[length] == '\0')
            break;
        raw += length + 1;
    }
    text_done(&safe);
    return ok;
}

void page_member(const struct page *p, const struct member *member, struct text *out)
{
    if (p->stack)
        member_title(member, out);
}

void frame_new(struct frame *f, size_t columns, size_t rows)
{
    *f = (struct frame){.columns = columns, .rows = rows};
    f->column = mem_new(columns, sizeof *f->column);
    f->cells = mem_new(columns * rows, sizeof *f->cells);
    for (size_t i = 0; i < columns; i++)
        f->column[i].cells = (const char *const *)f->cells + i * rows;
}

void frame_free(struct frame *f)
{
    for (size_t i = 0; i < f->columns * f->rows; i++)
        mem_free(f->cells[i]);
    mem_free(f->cells);
    mem_free(f->column);
    *f = (struct frame){0};
}

void frame_head(struct frame *f, size_t column, const char *name, enum align align, enum role role)
{
    struct column *c = &f->column[column];
    c->name = name;
    c->align = align;
    c->role = role;
    c->shrink = align == ALIGN_LEFT; /* words may be cut, numbers not */
}

void frame_text(struct frame *f, size_t column, size_t row, const char *string)
{
    char **cell = &f->cells[column * f->rows + row];
    mem_free(*cell);
    *cell = mem_strdup(string);
}

void frame_member(struct frame *f, size_t column, size_t row, const struct member *member)
{
    struct text name = TEXT_EMPTY;
    member_name(*member, &name);
    frame_text(f, column, row, text_get(&name));
    text_done(&name);
}

struct canvas *frame_draw(const struct frame *f, const char *title, const struct page *p,
                          size_t width)
{
    struct table table = {
        .title = title, .columns = f->column, .count = f->columns, .rows = f->rows, .width = width};
    return draw_table(&table, p->theme, p->e);
}
