/* A spectrum, or a vector: bars with a cursor, and beside them the tokens of what is under it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/number.h"
#include "bilens/cmd/common.h"
#include "bilens/num/measures.h"
#include "bilens/view/spectra.h"
#include "bars.h"
#include "spectrum.h"

enum { LEAST_ROWS = 16, LEAST_COLS = 44, BESIDE_COLS = 130, GAP = 2 };

static void spectrum_destroy(struct view *v)
{
    struct spectrum_view *s = (struct spectrum_view *)v;
    origin_done(&s->origin);
    value_unref(s->value);
    value_unref(s->about);
    ways_done(&s->ways);
    token_tables_done(&s->tables);
    mem_free(s->hits);
    mem_free(s->searched);
    mem_free(s);
}

/* ---- geometry ---- */

static bool is_beside(const struct spectrum_view *s)
{
    return s->view.cols >= BESIDE_COLS;
}

static struct bars_place bars_place(const struct spectrum_view *s)
{
    struct bars_place p = {0, 0, s->view.rows, s->view.cols - 1};
    if (is_beside(s))
        p.cols = s->view.cols * 11 / 20;
    else
        p.rows = s->view.rows * 9 / 20 > 8 ? s->view.rows * 9 / 20 : 8;
    return p;
}

static struct tokens_place tokens_place(const struct spectrum_view *s)
{
    struct bars_place b = bars_place(s);
    if (is_beside(s))
        return (struct tokens_place){0, b.cols + GAP, s->view.rows, s->view.cols - b.cols - GAP - 1,
                                     true};
    return (struct tokens_place){b.rows + 1, 1, s->view.rows - b.rows - 1, s->view.cols - 2, false};
}

/* ---- what is shown ---- */

static void take_member(struct spectrum_view *s, size_t member)
{
    s->member = member;
    s->bars.x0 = 0;
    s->bars.step = 1;
    if (reading_is_decomp(s->value)) {
        const struct decomp *d = s->value->items[member].decomp;
        s->bars.values = decomp_values(d);
        s->bars.count = decomp_count(d);
    } else {
        const struct vector *v = s->value->items[member].vector;
        s->bars.values = v->data;
        s->bars.count = v->axis.size;
        s->bars.x0 = (double)v->axis.start;
        s->bars.step = (double)v->axis.step;
    }
    if (s->bars.at >= s->bars.count)
        s->bars.at = s->bars.count > 0 ? s->bars.count - 1 : 0;
    mem_free(s->hits); /* they were another's */
    s->hits = NULL;
    s->hit_count = 0;
}

static bool make_tables(struct spectrum_view *s, struct explorer *x, struct err *e)
{
    size_t component = reading_is_decomp(s->value) ? s->bars.at : 0;
    if (s->tables_made && s->tables_member == s->member && s->tables_component == component)
        return true;
    token_tables_done(&s->tables);
    s->tables_member = s->member;
    s->tables_component = component;
    bool ok = s->bars.count == 0 ||
              reading_tables(x, s->value, s->member, component, &s->ways, &s->tables, e);
    s->tables_made = ok || e->code != ERR_INTERRUPTED; /* what was left is made at the next key */
    return ok;
}

static bool spectrum_settle(struct view *v, struct explorer *x, struct err *e)
{
    struct spectrum_view *s = (struct spectrum_view *)v;
    struct bars_place p = bars_place(s);
    if (s->fitted != p.cols) {
        bars_fit(&s->bars, p.cols);
        s->fitted = p.cols;
    }
    bars_follow(&s->bars, p.cols);
    bool ok = make_tables(s, x, e);
    struct tokens_place t = tokens_place(s);
    s->cursor.active = s->cursor.active && s->tables.count > 0;
    if (s->cursor.active)
        tokens_follow(&s->tables, &s->cursor, &t);
    return ok;
}

static void spectrum_draw(const struct view *v, const struct explorer *x, struct canvas *body)
{
    const struct spectrum_view *s = (const struct spectrum_view *)v;
    struct bars_place p = bars_place(s);
    struct tokens_place t = tokens_place(s);
    bars_draw(&s->bars, body, &p, explorer_theme(x));
    tokens_draw(&s->tables, &s->cursor, body, &t, explorer_theme(x));
}

/* "head 0.3", of a stack. */
static void spectrum_member(const struct spectrum_view *s, const char *before, struct text *out)
{
    struct member m = value_member(s->value, s->member);
    text_printf(out, "%s%s ", before, m.axis[m.count - 1] == 'l' ? "layer" : "head");
    member_name(m, out);
}

static void spectrum_name(const struct view *v, struct text *out)
{
    const struct spectrum_view *s = (const struct spectrum_view *)v;
    text_add(out, s->origin.title);
    if (s->value->count > 1)
        spectrum_member(s, ", ", out);
}

static void token_status(const struct spectrum_view *s, struct text *out)
{
    const struct token_table *t = &s->tables.table[s->cursor.table];
    if (s->cursor.row >= t->count)
        return;
    size_t i = t->index[s->cursor.row];
    text_printf(out, "%s%s: ", t->heading, t->high ? "high" : "low");
    if (t->axis.labels != NULL) {
        text_add(out, "\"");
        axis_label(t->axis, i, out);
        text_add(out, "\", ");
    }
    text_printf(out, "%s %zu: ", view_axis_name(t->axis.kind), axis_original(t->axis, i));
    text_number(out, t->value[s->cursor.row]);
}

/* "component 3 of 256: singular value 7.24, 3.1% of the energy". */
static void component_status(const struct spectrum_view *s, struct text *out)
{
    const struct decomp *d = s->value->items[s->member].decomp;
    const double *values = decomp_values(d);
    size_t count = decomp_count(d), at = s->bars.at;
    bool svd = decomp_kind_of(d) == DECOMP_SVD;
    double before = at > 0 ? measures_energy(values, count, at) : 0;
    text_printf(out, "component %zu of %zu: %s ", at, count, svd ? "singular value" : "eigenvalue");
    text_number(out, values[at]);
    text_printf(out, ", %.2g%% of the energy",
                100 * (measures_energy(values, count, at + 1) - before));
}

/* Bars that stand for several values of a vector; those of a spectrum fall, and hide nothing. */
static void add_sharing(const struct bars *b, struct text *out)
{
    if (b->per > 1)
        text_printf(out, "; a bar shows the largest of %zu", b->per);
}

static void spectrum_status(const struct view *v, struct text *out)
{
    const struct spectrum_view *s = (const struct spectrum_view *)v;
    size_t at = s->bars.at;
    if (s->bars.count == 0)
        text_add(out, "no values");
    else if (s->cursor.active)
        token_status(s, out);
    else if (reading_is_decomp(s->value))
        component_status(s, out);
    else {
        struct axis axis = s->value->items[s->member].vector->axis;
        text_printf(out, "%s %zu of %zu", view_axis_name(axis.kind), axis_original(axis, at),
                    axis.size);
        if (axis.labels != NULL) {
            text_add(out, " \"");
            axis_label(axis, at, out);
            text_add(out, "\"");
        }
        text_add(out, ": ");
        text_number(out, s->bars.values[at]);
        add_sharing(&s->bars, out);
    }
}

/* ---- as a statement ---- */

/* "; topk d.u3[0,1]". */
static void add_topk(const struct spectrum_view *s, char name, struct text *out)
{
    text_add(out, out->length > 0 ? "; topk " : "topk ");
    if (s->origin.source != NULL)
        text_printf(out, "%s.", s->origin.source);
    text_printf(out, "%c%zu", name, s->bars.at);
    if (s->value->count > 1) {
        text_add_char(out, '[');
        source_member(s->value, s->member, out);
        text_add_char(out, ']');
    }
}

static void spectrum_statement(const struct view *v, struct text *out)
{
    const struct spectrum_view *s = (const struct spectrum_view *)v;
    if (s->origin.before != NULL)
        text_add(out, s->origin.before);
    if (reading_is_decomp(s->value)) {
        for (size_t i = 0; i < s->ways.count; i++)
            if (i == 0 || s->ways.way[i].name != s->ways.way[0].name)
                add_topk(s, s->ways.way[i].name, out);
        return;
    }
    if (s->origin.source == NULL) { /* no expression says which one: a comment does */
        if (s->value->count > 1)
            spectrum_member(s, " # ", out);
        return;
    }
    struct text index = TEXT_EMPTY, of = TEXT_EMPTY;
    if (s->value->count > 1)
        source_member(s->value, s->member, &index);
    source_index(s->origin.source, text_get(&index), &of);
    text_printf(out, "%splot %s; topk %s", out->length > 0 ? "; " : "", text_get(&of),
                text_get(&of));
    text_done(&index);
    text_done(&of);
}

/* ---- keys ---- */

static void move_tokens(struct spectrum_view *s, enum key_action action)
{
    struct token_cursor *k = &s->cursor;
    struct tokens_place p = tokens_place(s);
    size_t page = p.rows > 2 ? p.rows - 2 : 1, last = s->tables.table[k->table].count;
    switch (action) {
    case ACTION_LEFT:
        k->table -= k->table > 0;
        break;
    case ACTION_RIGHT:
        k->table += k->table + 1 < s->tables.count;
        break;
    case ACTION_UP:
        k->row -= k->row > 0;
        break;
    case ACTION_DOWN:
        k->row++;
        break;
    case ACTION_PAGE_UP:
        k->row -= k->row > page ? page : k->row;
        break;
    case ACTION_PAGE_DOWN:
        k->row += page;
        break;
    case ACTION_FIRST:
        k->row = 0;
        break;
    case ACTION_LAST:
        k->row = last;
        break;
    default:
        break;
    }
}

static void move_bars(struct spectrum_view *s, enum key_action action)
{
    struct bars *b = &s->bars;
    size_t page = bars_seen(b, bars_place(s).cols), last = b->count > 0 ? b->count - 1 : 0;
    page = page > 8 ? page / 4 : 1;
    switch (action) {
    case ACTION_LEFT:
    case ACTION_UP:
        b->at -= b->at > 0;
        break;
    case ACTION_RIGHT:
    case ACTION_DOWN:
        b->at += b->at < last;
        break;
    case ACTION_PAGE_UP:
        b->at -= b->at > page ? page : b->at;
        break;
    case ACTION_PAGE_DOWN:
        b->at = b->at + page < last ? b->at + page : last;
        break;
    case ACTION_FIRST:
        b->at = 0;
        break;
    case ACTION_LAST:
        b->at = last;
        break;
    default:
        break;
    }
}

static void open_token(struct spectrum_view *s, struct explorer *x)
{
    struct err e = {0};
    if (!s->cursor.active) {
        s->cursor.active = s->tables.count > 0;
        return;
    }
    const struct token_table *t = &s->tables.table[s->cursor.table];
    if (s->cursor.row < t->count && !open_interaction(x, t->axis, t->index[s->cursor.row], &e))
        explorer_fail(x, &e);
}

/* The matrix that the spectrum is of: by its own expression, or put together again. */
static void open_matrix(struct spectrum_view *s, struct explorer *x)
{
    struct err e = {0};
    if (!reading_is_decomp(s->value)) {
        explorer_say(x, "a vector belongs to no matrix; x opens the matrix of a spectrum");
        return;
    }
    if (!open_decomposed(x, s->value, s->member, s->about, s->traits, &s->origin, &e))
        explorer_fail(x, &e);
}

static void spectrum_act(struct view *v, struct explorer *x, enum key_action action)
{
    struct spectrum_view *s = (struct spectrum_view *)v;
    size_t cols = bars_place(s).cols, members = s->value->count;
    switch (action) {
    case ACTION_OPEN:
        open_token(s, x);
        break;
    case ACTION_EXCHANGE:
        open_matrix(s, x);
        break;
    case ACTION_PANE:
    case ACTION_PANE_BACK:
        s->cursor.active = !s->cursor.active && s->tables.count > 0;
        break;
    case ACTION_MEMBER:
        take_member(s, s->member + 1 < members ? s->member + 1 : s->member);
        break;
    case ACTION_MEMBER_BACK:
        take_member(s, s->member > 0 ? s->member - 1 : 0);
        break;
    case ACTION_ZOOM_IN:
    case ACTION_ZOOM_OUT:
        bars_zoom(&s->bars, cols, action == ACTION_ZOOM_IN);
        break;
    case ACTION_ZOOM_FIT:
        bars_fit(&s->bars, cols);
        break;
    case ACTION_STYLE:
        s->bars.log = !s->bars.log;
        break;
    case ACTION_NEXT:
    case ACTION_PREVIOUS:
        spectrum_next_hit(s, x, action == ACTION_PREVIOUS);
        break;
    default:
        if (s->cursor.active)
            move_tokens(s, action);
        else
            move_bars(s, action);
    }
}

/* Is there a token that Enter could open the interaction of? */
static bool has_tokens(const struct spectrum_view *s)
{
    for (size_t i = 0; i < s->ways.count; i++)
        if (way_axis(s->value, s->member, &s->ways.way[i]).kind == AXIS_TOKEN)
            return true;
    return false;
}

static bool spectrum_offers(const struct view *v, enum key_action action)
{
    const struct spectrum_view *s = (const struct spectrum_view *)v;
    switch (action) {
    case ACTION_SEARCH:
        return has_tokens(s) || !reading_is_decomp(s->value);
    case ACTION_OPEN:
        return has_tokens(s);
    case ACTION_EXCHANGE:
        return reading_is_decomp(s->value);
    case ACTION_MEMBER_BACK:
        return s->value->count > 1;
    default:
        return true;
    }
}

static void spectrum_click(struct view *v, struct explorer *x, size_t row, size_t col)
{
    struct spectrum_view *s = (struct spectrum_view *)v;
    struct bars_place b = bars_place(s);
    struct tokens_place t = tokens_place(s);
    size_t table, entry;
    (void)x;
    if (tokens_hit(&s->tables, &s->cursor, &t, row, col, &table, &entry)) {
        s->cursor = (struct token_cursor){table, entry, s->cursor.active ? s->cursor.top : 0, true};
    } else if (row < b.rows && bars_hit(&s->bars, &b, col, &s->bars.at)) {
        s->cursor.active = false;
    }
}

static const struct view_class spectrum_class = {.kind = VIEW_SPECTRUM,
                                                 .least_rows = LEAST_ROWS,
                                                 .least_cols = LEAST_COLS,
                                                 .destroy = spectrum_destroy,
                                                 .act = spectrum_act,
                                                 .offers = spectrum_offers,
                                                 .settle = spectrum_settle,
                                                 .search = spectrum_view_search,
                                                 .click = spectrum_click,
                                                 .draw = spectrum_draw,
                                                 .name = spectrum_name,
                                                 .status = spectrum_status,
                                                 .statement = spectrum_statement};

struct view *spectrum_view_new(struct explorer *x, struct value *v, struct value *about,
                               unsigned traits, bool written, struct origin o)
{
    struct spectrum_view *s = mem_new(1, sizeof *s);
    s->view.class = &spectrum_class;
    s->origin = o;
    s->value = value_ref(v);
    s->about = about != NULL ? value_ref(about) : NULL;
    s->traits = traits;
    s->bars.per = s->bars.wide = 1;
    s->bars.role = ROLE_SERIES;
    s->ways = ways_of(explorer_host(x)->state, v, traits, written);
    take_member(s, 0);
    s->bars.log = v->kind == VALUE_DECOMP && measures_dwarfed(s->bars.values, s->bars.count);
    if (about != NULL)
        spectra_note(explorer_host(x)->spectra, about, v);
    return &s->view;
}
