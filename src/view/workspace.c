/* The names bound: shapes, axes, sizes, and a spark of each spectrum that is known. */
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/draw/chart.h"
#include "bilens/draw/label.h"
#include "bilens/view/spectra.h"
#include "views.h"

enum { LEAST_ROWS = 8, LEAST_COLS = 40, HEAD_ROWS = 1, NAME_CELLS = 10, SPARK_CELLS = 24 };

struct row {
    char *name;
    struct value *value; /* a reference */
    struct text what;    /* "[1 layer, 4 head] resid x resid, 256 x 256, ..." */
};

struct workspace_view {
    struct view view;
    struct row *rows;
    size_t count, at, top;
    char *word; /* searched for */
};

static void workspace_destroy(struct view *v)
{
    struct workspace_view *k = (struct workspace_view *)v;
    for (size_t i = 0; i < k->count; i++) {
        mem_free(k->rows[i].name);
        value_unref(k->rows[i].value);
        text_done(&k->rows[i].what);
    }
    mem_free(k->rows);
    mem_free(k->word);
    mem_free(k);
}

/* As ls has it, but in fewer words: lines are short. */
static void describe(const struct value *value, struct text *out)
{
    static const char words[] = ", factored through ";
    struct text t = TEXT_EMPTY;
    value_describe(value, &t);
    const char *s = text_get(&t), *found = strstr(s, words);
    if (found != NULL) {
        text_add_bytes(out, s, (size_t)(found - s));
        text_printf(out, ", rank %s", found + sizeof words - 1);
    } else {
        text_add(out, s);
    }
    text_done(&t);
}

static bool add_row(const char *name, const struct value *value, bool from_model, void *context)
{
    struct workspace_view *k = context;
    (void)from_model;
    k->rows = mem_resize(k->rows, k->count + 1, sizeof *k->rows);
    struct row *r = &k->rows[k->count++];
    *r = (struct row){.name = mem_strdup(name), .value = value_ref((struct value *)value)};
    describe(value, &r->what);
    return true;
}

static size_t rows_shown(const struct workspace_view *k)
{
    return k->view.rows > HEAD_ROWS ? k->view.rows - HEAD_ROWS : 1;
}

static bool workspace_settle(struct view *v, struct explorer *x, struct err *e)
{
    struct workspace_view *k = (struct workspace_view *)v;
    (void)x;
    (void)e;
    size_t shown = rows_shown(k);
    if (k->at >= k->count)
        k->at = k->count > 0 ? k->count - 1 : 0;
    if (k->at < k->top)
        k->top = k->at;
    else if (k->at >= k->top + shown)
        k->top = k->at - shown + 1;
    if (k->top + shown > k->count)
        k->top = k->count > shown ? k->count - shown : 0;
    return true;
}

/* The spectrum of a row, where it is known: of a decomposition, of what was decomposed; and the
 * values of a vector over components are one. NULL where there is none. */
static const double *row_spectrum(const struct row *r, const struct explorer *x, size_t *count)
{
    const struct value *v = r->value;
    if (v->kind == VALUE_DECOMP) {
        *count = decomp_count(v->items[0].decomp);
        return decomp_values(v->items[0].decomp);
    }
    if (v->kind == VALUE_VECTOR && v->items[0].vector->axis.kind == AXIS_COMP) {
        *count = v->items[0].vector->axis.size;
        return v->items[0].vector->data;
    }
    return spectra_find(explorer_host(x)->spectra, v, count);
}

/* Where the columns stand: name, description, spark. */
struct columns {
    size_t name, what, what_cells, spark, spark_cells;
};

static struct columns columns_of(const struct workspace_view *k)
{
    struct columns c = {.name = 3};
    size_t widest = NAME_CELLS;
    for (size_t i = 0; i < k->count; i++)
        widest = strlen(k->rows[i].name) > widest ? strlen(k->rows[i].name) : widest;
    widest = widest > k->view.cols / 4 ? k->view.cols / 4 : widest;
    c.what = c.name + widest + 2;
    c.spark_cells = k->view.cols >= 100 ? SPARK_CELLS : k->view.cols >= 76 ? SPARK_CELLS / 2 : 0;
    size_t end = k->view.cols - 1 - (c.spark_cells > 0 ? c.spark_cells + 2 : 0);
    c.what_cells = end > c.what ? end - c.what : 0;
    c.spark = end + 2;
    return c;
}

static void put_row(const struct workspace_view *k, const struct explorer *x, size_t i,
                    const struct columns *at, struct canvas *c)
{
    const struct row *r = &k->rows[i];
    const struct theme *theme = explorer_theme(x);
    size_t row = HEAD_ROWS + i - k->top, count;
    bool here = i == k->at;
    struct field name = {row, at->name, at->what - at->name - 2, here ? ROLE_CURSOR : ROLE_TOKEN,
                         LABEL_LEFT};
    struct field what = {row, at->what, at->what_cells, ROLE_TEXT, LABEL_LEFT};
    if (here) {
        canvas_set(c, row, 1, ROLE_MARK, theme->charset == CHARSET_ASCII ? '>' : 0x25b8);
        for (size_t n = 0; n < name.cells; n++)
            canvas_set(c, row, at->name + n, ROLE_CURSOR, ' ');
    }
    label_put(c, name, r->name, theme);
    label_put(c, what, text_get(&r->what), theme);
    const double *values = at->spark_cells > 0 ? row_spectrum(r, x, &count) : NULL;
    struct canvas *spark =
        values != NULL ? draw_spark(values, count, at->spark_cells, theme, NULL) : NULL;
    if (spark != NULL) /* where memory is short there is none */
        canvas_blit(c, row, at->spark, spark);
    canvas_free(spark);
}

static void workspace_draw(const struct view *v, const struct explorer *x, struct canvas *body)
{
    const struct workspace_view *k = (const struct workspace_view *)v;
    struct columns at = columns_of(k);
    if (k->count == 0) {
        canvas_put(body, 1, 3, ROLE_TEXT, "nothing is bound yet: leave with q, and load MODEL");
        return;
    }
    canvas_put(body, 0, at.name, ROLE_HEADER, "name");
    canvas_put(body, 0, at.what, ROLE_HEADER, "what it is");
    if (at.spark_cells > 0)
        canvas_put(body, 0, at.spark, ROLE_HEADER, "spectrum");
    for (size_t i = k->top; i < k->count && i - k->top < rows_shown(k); i++)
        put_row(k, x, i, &at, body);
}

static void workspace_name(const struct view *v, struct text *out)
{
    (void)v;
    text_add(out, "names");
}

static void workspace_status(const struct view *v, struct text *out)
{
    const struct workspace_view *k = (const struct workspace_view *)v;
    if (k->count > 0)
        text_printf(out, "%s: %s (%zu of %zu)", k->rows[k->at].name, text_get(&k->rows[k->at].what),
                    k->at + 1, k->count);
}

static void workspace_statement(const struct view *v, struct text *out)
{
    (void)v;
    text_add(out, "ls");
}

static void open_row(struct workspace_view *k, struct explorer *x, bool spectrum)
{
    struct err e = {0};
    struct origin o;
    if (k->count == 0)
        return;
    const struct row *r = &k->rows[k->at];
    unsigned traits = r->value->traits;
    bool ok;
    origin_make(&o, r->name, NULL, r->name);
    if (spectrum) {
        ok = open_spectrum(x, r->value, EVERY_MEMBER, traits, &o, &e);
        origin_done(&o);
    } else {
        ok = explorer_show(x, r->value, traits, o, &e);
    }
    if (!ok)
        explorer_fail(x, &e);
}

/* The next name from `from` on that holds the word. */
static bool find_name(struct workspace_view *k, size_t from, bool back)
{
    for (size_t i = 0; i < k->count; i++) {
        size_t at = (from + (back ? k->count - i : i)) % k->count;
        if (strstr(k->rows[at].name, k->word) != NULL) {
            k->at = at;
            return true;
        }
    }
    return false;
}

static bool workspace_search(struct view *v, struct explorer *x, const char *word, bool columns,
                             struct err *e)
{
    struct workspace_view *k = (struct workspace_view *)v;
    (void)x;
    (void)columns;
    view_keep_word(&k->word, word);
    return find_name(k, k->at, false) || err_set(e, ERR_UNKNOWN_NAME, "no name holds '%s'", word);
}

static void workspace_act(struct view *v, struct explorer *x, enum key_action action)
{
    struct workspace_view *k = (struct workspace_view *)v;
    size_t page = rows_shown(k) > 1 ? rows_shown(k) - 1 : 1;
    switch (action) {
    case ACTION_UP:
        k->at -= k->at > 0;
        break;
    case ACTION_DOWN:
        k->at++;
        break;
    case ACTION_PAGE_UP:
        k->at -= k->at > page ? page : k->at;
        break;
    case ACTION_PAGE_DOWN:
        k->at += page;
        break;
    case ACTION_FIRST:
        k->at = 0;
        break;
    case ACTION_LAST:
        k->at = k->count;
        break;
    case ACTION_OPEN:
    case ACTION_EXCHANGE:
        open_row(k, x, action == ACTION_EXCHANGE);
        break;
    case ACTION_NEXT:
    case ACTION_PREVIOUS:
        if (k->word == NULL)
            explorer_say(x, "nothing was searched for yet: / and a part of a name");
        else if (k->count > 0)
            find_name(k, (k->at + (action == ACTION_NEXT ? 1 : k->count - 1)) % k->count,
                      action == ACTION_PREVIOUS);
        break;
    default:
        break;
    }
}

static void workspace_click(struct view *v, struct explorer *x, size_t row, size_t col)
{
    struct workspace_view *k = (struct workspace_view *)v;
    (void)x;
    (void)col;
    if (row >= HEAD_ROWS && k->top + row - HEAD_ROWS < k->count)
        k->at = k->top + row - HEAD_ROWS;
}

static const struct view_class workspace_class = {.kind = VIEW_WORKSPACE,
                                                  .least_rows = LEAST_ROWS,
                                                  .least_cols = LEAST_COLS,
                                                  .destroy = workspace_destroy,
                                                  .act = workspace_act,
                                                  .settle = workspace_settle,
                                                  .search = workspace_search,
                                                  .click = workspace_click,
                                                  .draw = workspace_draw,
                                                  .name = workspace_name,
                                                  .status = workspace_status,
                                                  .statement = workspace_statement};

struct view *workspace_view_new(struct explorer *x)
{
    struct workspace_view *k = mem_new(1, sizeof *k);
    k->view.class = &workspace_class;
    workspace_each(explorer_host(x)->state->names, add_row, k);
    return &k->view;
}
