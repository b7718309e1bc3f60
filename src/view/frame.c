#include "frame.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/utf8.h"
#include "bilens/draw/chart.h"
#include "bilens/draw/label.h"

/* The view shown. */
static struct view *top(const struct explorer *x)
{
    return x->depth > 0 ? x->stack[x->depth - 1] : NULL;
}

bool frame_fits(const struct explorer *x)
{
    const struct view *v = top(x);
    return v == NULL || (x->rows >= v->class->least_rows && x->cols >= v->class->least_cols);
}

static bool is_ascii(const struct explorer *x)
{
    return x->host->theme.charset == CHARSET_ASCII;
}

/* Writes raw text that is too long with its beginning cut: the end is where one is. */
static void put_tail(struct canvas *c, size_t row, enum role role, const char *raw, bool ascii)
{
    struct text safe = TEXT_EMPTY;
    utf8_escape(&safe, raw, strlen(raw), ascii);
    const char *s = text_get(&safe);
    size_t width = utf8_width(s), col = 1;
    if (width + 2 > c->cols) {
        col += canvas_put(c, row, col, ROLE_DIM, ascii ? "~" : "\xe2\x80\xa6");
        while (*s != '\0' && utf8_width(s) + col + 1 > c->cols) {
            uint32_t code;
            s += utf8_decode(s, strlen(s), &code);
        }
    }
    canvas_put(c, row, col, role, s);
    text_done(&safe);
}

/* "workspace > w_u > spectrum": the views below are dim, the one shown is not. */
static void put_crumbs(const struct explorer *x, struct canvas *c)
{
    struct text below = TEXT_EMPTY, name = TEXT_EMPTY, safe = TEXT_EMPTY;
    for (size_t i = 0; i + 1 < x->depth; i++) {
        x->stack[i]->class->name(x->stack[i], &below);
        text_add(&below, is_ascii(x) ? " > " : " \xe2\x80\xba ");
    }
    const struct view *v = top(x);
    v->class->name(v, &name);
    utf8_escape(&safe, text_get(&below), below.length, is_ascii(x));
    size_t width = utf8_width(text_get(&safe)), shown = 0;
    label_measure(text_get(&name), &x->host->theme, &shown);
    if (width + shown + 2 <= c->cols) {
        size_t col = 1 + canvas_put(c, 0, 1, ROLE_DIM, text_get(&safe));
        struct field field = {0, col, c->cols - col, ROLE_TITLE, LABEL_LEFT};
        label_put(c, field, text_get(&name), &x->host->theme);
    } else {
        put_tail(c, 0, ROLE_TITLE, text_get(&name), is_ascii(x));
    }
    text_done(&below);
    text_done(&name);
    text_done(&safe);
}

/* Writes "key word" at a column, of [ and ] both; returns the cells taken, 0 where it does not
 * fit. */
static size_t put_hint(struct canvas *c, size_t row, size_t col, size_t room,
                       const struct key_binding *b)
{
    struct text key = TEXT_EMPTY;
    key_label(b->keys[0], &key);
    if (b->action == ACTION_MEMBER_BACK) { /* and the one after it in the table */
        text_add_char(&key, ' ');
        key_label(b[1].keys[0], &key);
    }
    size_t cells = utf8_width(text_get(&key)) + 1 + utf8_width(b->hint);
    if (cells <= room) {
        size_t at = col + canvas_put(c, row, col, ROLE_HEADER, text_get(&key)) + 1;
        canvas_put(c, row, at, ROLE_DIM, b->hint);
    }
    text_done(&key);
    return cells <= room ? cells : 0;
}

static bool always_hinted(const struct key_binding *b)
{
    return b->action == ACTION_HELP || b->action == ACTION_QUIT;
}

static bool is_hinted(const struct explorer *x, const struct key_binding *b)
{
    const struct view *v = top(x);
    return (b->views & v->class->kind) != 0 && b->hint[0] != '\0' &&
           (b->action != ACTION_BACK || x->depth > 1) &&
           (v->class->offers == NULL || v->class->offers(v, b->action));
}

/* The keys that help and leave always; others, in the order of the table, as there is room. */
static void put_hints(const struct explorer *x, struct canvas *c)
{
    enum { GAP = 2 };
    size_t row = x->rows - 1, col = 1, room = c->cols > 1 ? c->cols - 1 : 0, kept = 0;
    for (size_t i = 0; i < key_binding_count; i++)
        if (always_hinted(&key_bindings[i]))
            kept += (kept > 0 ? GAP : 0) + 2 + strlen(key_bindings[i].hint);
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < key_binding_count; i++) {
            const struct key_binding *b = &key_bindings[i];
            if (!is_hinted(x, b) || always_hinted(b) != (pass == 1))
                continue;
            size_t left = room > col - 1 + (pass == 0 ? kept : 0)
                              ? room - (col - 1) - (pass == 0 ? kept : 0)
                              : 0;
            size_t cells = put_hint(c, row, col, left, b);
            col += cells > 0 ? cells + GAP : 0;
        }
}

/* The word being typed, with what it is looked for in. */
static void put_input(const struct explorer *x, struct canvas *c, struct caret *caret)
{
    struct text safe = TEXT_EMPTY;
    size_t row = x->rows - 1, col = 1;
    col += canvas_put(c, row, col, ROLE_HEADER, x->columns ? "\\" : "/");
    utf8_escape(&safe, text_get(&x->input), x->input.length, is_ascii(x));
    const char *s = text_get(&safe);
    while (*s != '\0' && utf8_width(s) + col + 1 > c->cols) {
        uint32_t code;
        s += utf8_decode(s, strlen(s), &code);
    }
    col += canvas_put(c, row, col, ROLE_TEXT, s);
    *caret = (struct caret){true, row, col < c->cols ? col : c->cols - 1};
    text_done(&safe);
}

static void put_last_line(const struct explorer *x, struct canvas *c, struct caret *caret)
{
    struct field field = {x->rows - 1, 1, c->cols > 2 ? c->cols - 2 : 0,
                          x->alarm ? ROLE_ERROR : ROLE_MARK, LABEL_LEFT};
    if (x->mode == MODE_SEARCH)
        put_input(x, c, caret);
    else if (x->note.length > 0)
        label_put(c, field, text_get(&x->note), &x->host->theme);
    else
        put_hints(x, c);
}

static void put_status(const struct explorer *x, struct canvas *c)
{
    struct text status = TEXT_EMPTY;
    const struct view *v = top(x);
    v->class->status(v, &status);
    struct field field = {x->rows - 2, 1, c->cols > 2 ? c->cols - 2 : 0, ROLE_TEXT, LABEL_LEFT};
    label_put(c, field, text_get(&status), &x->host->theme);
    text_done(&status);
}

/* ---- the keys ---- */

/* The lines of the overlay. */
struct key_lines {
    size_t count;
    struct text *keys;
    const char **help;
};

static void key_lines_done(struct key_lines *l)
{
    for (size_t i = 0; i < l->count; i++)
        text_done(&l->keys[i]);
    mem_free(l->keys);
    mem_free(l->help);
}

static struct key_lines key_lines_make(unsigned kind)
{
    struct key_lines l = {.keys = mem_new(key_binding_count, sizeof *l.keys),
                          .help = mem_new(key_binding_count, sizeof *l.help)};
    for (size_t i = 0; i < key_binding_count; i += key_group(i)) {
        if ((key_bindings[i].views & kind) == 0)
            continue;
        l.help[l.count] = key_bindings[i].help;
        key_labels(i, key_group(i), &l.keys[l.count++]);
    }
    return l;
}

/* A table of the keys of the view shown; rows of it may be below the screen. */
static struct canvas *keys_canvas(const struct explorer *x, struct err *e)
{
    struct key_lines l = key_lines_make(top(x)->class->kind);
    const char **keys = mem_new(l.count, sizeof *keys);
    for (size_t i = 0; i < l.count; i++)
        keys[i] = text_get(&l.keys[i]);
    struct column columns[2] = {{.name = "key", .role = ROLE_HEADER, .cells = keys},
                                {.name = "what it does", .cells = l.help, .shrink = true}};
    struct table table = {.columns = columns, .count = 2, .rows = l.count, .width = x->cols - 4};
    struct canvas *c = draw_table(&table, &x->host->theme, e);
    mem_free(keys);
    key_lines_done(&l);
    return c;
}

static size_t body_rows(const struct explorer *x)
{
    return x->rows > FRAME_ROWS ? x->rows - FRAME_ROWS : 0;
}

size_t frame_help_rows(const struct explorer *x)
{
    struct err ignored = {0};
    struct canvas *c = keys_canvas(x, &ignored);
    size_t rows = c != NULL ? c->rows : 0;
    canvas_free(c);
    return rows > body_rows(x) ? rows - body_rows(x) : 0;
}

static bool put_help(const struct explorer *x, struct canvas *c, struct err *e)
{
    struct canvas *keys = keys_canvas(x, e);
    if (keys == NULL)
        return false;
    size_t shown =
        body_rows(x) < keys->rows - x->help_top ? body_rows(x) : keys->rows - x->help_top;
    for (size_t r = 0; r < shown; r++)
        for (size_t k = 0; k < keys->cols; k++)
            *canvas_at(c, FRAME_TOP + r, k + 2) = *canvas_at(keys, x->help_top + r, k);
    if (x->help_top + shown < keys->rows)
        canvas_put(c, x->rows - 2, 2, ROLE_DIM, "j and PgDn show more of the keys");
    canvas_put(c, x->rows - 1, 2, ROLE_DIM, "any other key closes this");
    canvas_free(keys);
    return true;
}

/* ---- all of it ---- */

static void put_too_small(const struct explorer *x, struct canvas *c)
{
    struct text t = TEXT_EMPTY;
    const struct view_class *k = top(x)->class;
    size_t rows;
    text_printf(&t, "the %s view needs %zu x %zu, this terminal has %zu x %zu; q leaves",
                view_name(k->kind), k->least_cols, k->least_rows, x->cols, x->rows);
    struct field field = {0, 0, c->cols, ROLE_TEXT, LABEL_LEFT};
    label_wrap(c, field, text_get(&t), &x->host->theme, &rows);
    text_done(&t);
}

static bool put_view(const struct explorer *x, struct canvas *c, struct caret *caret, struct err *e)
{
    const struct view *v = top(x);
    if (!frame_fits(x)) {
        put_too_small(x, c);
        return true;
    }
    put_crumbs(x, c);
    if (x->mode == MODE_HELP)
        return put_help(x, c, e);
    struct canvas *body = canvas_new(v->rows, v->cols, e);
    if (body == NULL)
        return false;
    v->class->draw(v, x, body);
    canvas_blit(c, FRAME_TOP, 0, body);
    canvas_free(body);
    put_status(x, c);
    put_last_line(x, c, caret);
    return true;
}

struct canvas *explorer_draw(const struct explorer *x, struct caret *caret, struct err *e)
{
    struct canvas *c = canvas_new(x->rows, x->cols, e);
    *caret = (struct caret){0};
    if (c == NULL || top(x) == NULL || c->rows == 0 || c->cols == 0 || put_view(x, c, caret, e))
        return c;
    canvas_free(c);
    return NULL;
}
