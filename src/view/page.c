/* Answers that are none of the other things: what the prompt would print, to scroll through. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "views.h"

enum { LEAST_ROWS = 6, LEAST_COLS = 20 };

struct page_view {
    struct view view;
    struct origin origin;
    const struct report *report;
    struct report *owned;
    struct canvas *page; /* drawn for a width */
    size_t width;
    size_t top;
    char *word; /* searched for */
};

static void page_destroy(struct view *v)
{
    struct page_view *k = (struct page_view *)v;
    origin_done(&k->origin);
    report_free(k->owned);
    canvas_free(k->page);
    mem_free(k->word);
    mem_free(k);
}

static size_t last_top(const struct page_view *k)
{
    size_t rows = k->page != NULL ? k->page->rows : 0;
    return rows > k->view.rows ? rows - k->view.rows : 0;
}

static bool page_settle(struct view *v, struct explorer *x, struct err *e)
{
    struct page_view *k = (struct page_view *)v;
    const struct view_host *h = explorer_host(x);
    if (k->page == NULL || k->width != v->cols) {
        struct canvas *page =
            h->page != NULL ? h->page(h->context, k->report, explorer_theme(x), v->cols - 2, e)
                            : canvas_new(0, 0, e);
        if (page == NULL)
            return false;
        canvas_free(k->page);
        k->page = page;
        k->width = v->cols;
    }
    k->top = k->top < last_top(k) ? k->top : last_top(k);
    return true;
}

static void page_draw(const struct view *v, const struct explorer *x, struct canvas *body)
{
    const struct page_view *k = (const struct page_view *)v;
    (void)x;
    for (size_t r = 0; k->page != NULL && r < body->rows && k->top + r < k->page->rows; r++)
        for (size_t c = 0; c < k->page->cols && c + 1 < body->cols; c++)
            *canvas_at(body, r, c + 1) = *canvas_at(k->page, k->top + r, c);
}

/* ---- searching ---- */

/* A row of the page as a string, marks left out. */
static void row_text(const struct canvas *c, size_t row, struct text *out)
{
    for (size_t i = 0; i < c->cols; i++) {
        const struct cell *cell = &c->cells[row * c->cols + i];
        if (cell->code != 0 && cell->role != ROLE_HEAT)
            text_add_code(out, cell->code);
    }
}

/* Goes to the next row from `from` on that holds the word; false where there is none. */
static bool find_row(struct page_view *k, size_t from, bool back)
{
    struct text line = TEXT_EMPTY;
    size_t rows = k->page != NULL ? k->page->rows : 0;
    bool found = false;
    for (size_t i = 0; i < rows && !found; i++) {
        size_t row = (from + (back ? rows - i : i)) % rows;
        text_clear(&line);
        row_text(k->page, row, &line);
        found = strstr(text_get(&line), k->word) != NULL;
        k->top = found ? row : k->top;
    }
    text_done(&line);
    return found;
}

static bool page_search(struct view *v, struct explorer *x, const char *word, bool columns,
                        struct err *e)
{
    struct page_view *k = (struct page_view *)v;
    (void)columns;
    (void)x;
    view_keep_word(&k->word, word);
    return find_row(k, k->top, false) ||
           err_set(e, ERR_ARGUMENT, "'%s' is nowhere on this page", word);
}

static void find_again(struct page_view *k, struct explorer *x, bool back)
{
    if (k->word == NULL || k->page == NULL || k->page->rows == 0) {
        explorer_say(x, "nothing was searched for yet: / and a word");
        return;
    }
    size_t rows = k->page->rows;
    find_row(k, (k->top + (back ? rows - 1 : 1)) % rows, back);
}

/* ---- keys ---- */

static void page_act(struct view *v, struct explorer *x, enum key_action action)
{
    struct page_view *k = (struct page_view *)v;
    size_t page = v->rows > 1 ? v->rows - 1 : 1;
    switch (action) {
    case ACTION_UP:
        k->top -= k->top > 0;
        break;
    case ACTION_DOWN:
        k->top++;
        break;
    case ACTION_PAGE_UP:
        k->top -= k->top > page ? page : k->top;
        break;
    case ACTION_PAGE_DOWN:
        k->top += page;
        break;
    case ACTION_FIRST:
        k->top = 0;
        break;
    case ACTION_LAST:
        k->top = last_top(k);
        break;
    case ACTION_NEXT:
    case ACTION_PREVIOUS:
        find_again(k, x, action == ACTION_PREVIOUS);
        break;
    default:
        break;
    }
}

static void page_name(const struct view *v, struct text *out)
{
    text_add(out, ((const struct page_view *)v)->origin.title);
}

static void page_status(const struct view *v, struct text *out)
{
    const struct page_view *k = (const struct page_view *)v;
    size_t rows = k->page != NULL ? k->page->rows : 0, end = k->top + v->rows;
    if (rows > v->rows)
        text_printf(out, "lines %zu to %zu of %zu", k->top + 1, end < rows ? end : rows, rows);
}

static void page_statement(const struct view *v, struct text *out)
{
    text_add(out, ((const struct page_view *)v)->origin.before);
}

static const struct view_class page_class = {.kind = VIEW_PAGE,
                                             .least_rows = LEAST_ROWS,
                                             .least_cols = LEAST_COLS,
                                             .destroy = page_destroy,
                                             .act = page_act,
                                             .settle = page_settle,
                                             .search = page_search,
                                             .draw = page_draw,
                                             .name = page_name,
                                             .status = page_status,
                                             .statement = page_statement};

struct view *page_view_new(const struct report *r, struct report *owned, struct origin o)
{
    struct page_view *k = mem_new(1, sizeof *k);
    k->view.class = &page_class;
    k->origin = o;
    k->report = r;
    k->owned = owned;
    return &k->view;
}
