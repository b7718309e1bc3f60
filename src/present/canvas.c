/* An answer as one canvas, to be scrolled through. */
#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/present/present.h"
#include "page.h"

void pile_done(struct pile *p)
{
    for (size_t i = 0; i < p->count; i++)
        canvas_free(p->parts[i]);
    mem_free(p->parts);
    *p = (struct pile){0};
}

void pile_add(struct pile *p, struct canvas *c)
{
    p->parts = mem_resize(p->parts, p->count + 1, sizeof(struct canvas *));
    p->parts[p->count++] = c;
}

/* All of them below each other. */
static struct canvas *pile_join(const struct pile *p, size_t width, struct err *e)
{
    size_t rows = 0, at = 0;
    for (size_t i = 0; i < p->count; i++)
        rows += p->parts[i] != NULL ? p->parts[i]->rows : 1;
    struct canvas *c = canvas_new(rows, width, e);
    for (size_t i = 0; c != NULL && i < p->count; i++) {
        if (p->parts[i] != NULL)
            canvas_blit(c, at, 0, p->parts[i]);
        at += p->parts[i] != NULL ? p->parts[i]->rows : 1;
    }
    return c;
}

struct canvas *present_canvas(const struct answer *answer, const struct look *look, struct err *e)
{
    struct pile pile = {0};
    struct page p = {.theme = &look->theme,
                     .width = look->width > 0 ? look->width : 1,
                     .ascii = look->theme.charset == CHARSET_ASCII,
                     .ledger = look->ledger,
                     .pile = &pile,
                     .e = e};
    bool ok = page_answer(&p, answer);
    struct canvas *c = ok ? pile_join(&pile, p.width, e) : NULL;
    pile_done(&pile);
    return c;
}
