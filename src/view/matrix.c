/* A matrix of any size as a heatmap: pan, zoom, a cursor on an entry. Where a cell stands for
 * many entries the cursor is on the largest one of them. */
#include "matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/cmd/common.h"
#include "bilens/draw/theme.h"

enum { LEAST_ROWS = 12, LEAST_COLS = 40 };

static void matrix_destroy(struct view *v)
{
    struct matrix_view *k = (struct matrix_view *)v;
    origin_done(&k->origin);
    value_unref(k->value);
    matrix_unref(k->m);
    aggregated_free(&k->seen);
    found_done(&k->found);
    mem_free(k->largest);
    mem_free(k);
}

/* ---- what is computed ---- */

static bool make_values(struct matrix_view *k, struct explorer *x, struct err *e)
{
    struct aggregated seen;
    if (matrix_view_current(k))
        return true;
    if (!window_values(x, k->m, &k->window, k->how, &seen, e))
        return false;
    aggregated_free(&k->seen);
    k->seen = seen;
    k->seen_of = k->window;
    k->seen_how = k->how;
    bool all = k->window.row.first == 0 && k->window.col.first == 0 &&
               window_seen(&k->window.row, window_rows(&k->window)) * k->window.row.block >=
                   k->m->row.size &&
               window_seen(&k->window.col, window_cols(&k->window)) * k->window.col.block >=
                   k->m->col.size;
    if (!k->has_seen && all && k->how == AGGREGATE_ABSMAX)
        k->whole = seen.largest;
    k->has_seen = true;
    return true;
}

static bool make_value(struct matrix_view *k, struct explorer *x, struct err *e)
{
    struct entry here;
    size_t row = k->window.row.at, col = k->window.col.at;
    if (matrix_view_knows_value(k))
        return true;
    if (!window_peak(x, k->m, row, col, 1, 1, &here, e))
        return false;
    k->value_at = here.value;
    k->value_row = row;
    k->value_col = col;
    k->has_value = true;
    return true;
}

/* The cursor goes to the largest entry of the cell that it is in. */
static void seek_peak(struct matrix_view *k, struct explorer *x)
{
    struct window_axis *r = &k->window.row, *c = &k->window.col;
    struct entry peak;
    struct err e = {0};
    if (r->block * c->block == 1)
        return;
    if (!window_peak(x, k->m, r->at / r->block * r->block, c->at / c->block * c->block, r->block,
                     c->block, &peak, &e)) {
        explorer_fail(x, &e);
        return;
    }
    r->at = peak.row;
    c->at = peak.col;
    k->value_at = peak.value;
    k->value_row = peak.row;
    k->value_col = peak.col;
    k->has_value = true;
}

static bool matrix_settle(struct view *v, struct explorer *x, struct err *e)
{
    struct matrix_view *k = (struct matrix_view *)v;
    struct window *w = &k->window;
    size_t rows, cols;
    matrix_view_room(k, &rows, &cols);
    w->halves = theme_has_halves(explorer_theme(x));
    bool first = !k->fitted, changed = w->height != rows || w->width != cols;
    struct window before = *w;
    w->height = rows;
    w->width = cols;
    if (first ||
        (changed && before.row.first == 0 && before.col.first == 0 &&
         window_seen(&before.row, window_rows(&before)) * before.row.block >= before.row.size &&
         window_seen(&before.col, window_cols(&before)) * before.col.block >= before.col.size))
        window_fit(w); /* what showed all goes on showing all */
    k->fitted = true;
    window_follow(w);
    if (!make_values(k, x, e))
        return false;
    if (first)
        seek_peak(k, x);
    return make_value(k, x, e);
}

/* ---- keys ---- */

/* Moves by cells; the cursor ends on the largest entry there. */
static void move(struct matrix_view *k, struct explorer *x, struct window_axis *a, ptrdiff_t cells)
{
    size_t all = (a->size + a->block - 1) / a->block, at = a->at / a->block;
    size_t far = (size_t)(cells < 0 ? -cells : cells);
    if (cells < 0)
        at -= at > far ? far : at;
    else
        at = at + far < all ? at + far : all - 1;
    if (at == a->at / a->block)
        return;
    a->at = at * a->block;
    seek_peak(k, x);
}

static void to_end(struct matrix_view *k, struct explorer *x, bool last)
{
    struct window_axis *r = &k->window.row, *c = &k->window.col;
    r->at = last ? r->size - 1 : 0;
    c->at = last ? c->size - 1 : 0;
    seek_peak(k, x);
}

static bool take_member(struct matrix_view *k, struct explorer *x, size_t member, struct err *e)
{
    struct matrix *m = member_matrix(x, k->value, member, e);
    if (m == NULL)
        return false;
    if (k->m == NULL || m->row.size != k->m->row.size || m->col.size != k->m->col.size)
        k->fitted = false;
    matrix_unref(k->m);
    k->m = m;
    k->member = member;
    k->window.row.size = m->row.size;
    k->window.col.size = m->col.size;
    k->has_seen = k->has_value = false;
    k->whole = 0;
    mem_free(k->largest);
    k->largest = NULL;
    return true;
}

static void change_member(struct matrix_view *k, struct explorer *x, bool back)
{
    struct err e = {0};
    size_t next =
        back ? k->member - (k->member > 0) : k->member + (k->member + 1 < k->value->count);
    if (next == k->member)
        explorer_say(x, "there is no %s one in this stack", back ? "earlier" : "later");
    else if (!take_member(k, x, next, &e))
        explorer_fail(x, &e);
}

/* "a,b:c", what of the matrix is in sight; nothing where that is all of it. */
static void sight_index(const struct matrix_view *k, struct text *out)
{
    const struct window *w = &k->window;
    const struct window_axis *axes[2] = {&w->row, &w->col};
    size_t room[2] = {window_rows(w), window_cols(w)};
    struct text part = TEXT_EMPTY;
    bool all = true;
    for (size_t i = 0; i < 2; i++) {
        const struct window_axis *a = axes[i];
        size_t end = a->first + window_seen(a, room[i]) * a->block;
        end = end < a->size ? end : a->size;
        bool whole = a->first == 0 && end == a->size;
        all = all && whole;
        text_add(&part, i > 0 ? ", " : "");
        if (whole)
            text_add(&part, ":");
        else
            text_printf(&part, "%zu:%zu", a->first, end);
    }
    if (!all)
        text_add(out, text_get(&part));
    text_done(&part);
}

/* The expression of the member shown. */
static void member_source(const struct matrix_view *k, struct text *out)
{
    struct text index = TEXT_EMPTY;
    if (k->value->count > 1 || k->value->stack > 0)
        source_member(k->value, k->member, &index);
    source_index(k->origin.source, text_get(&index), out);
    text_done(&index);
}

static void matrix_statement(const struct view *v, struct text *out)
{
    static const char *const ways[] = {"", " --aggregate mean", " --aggregate rms"};
    const struct matrix_view *k = (const struct matrix_view *)v;
    struct text source = TEXT_EMPTY, index = TEXT_EMPTY;
    if (k->origin.source == NULL) {
        text_add(out, k->origin.before != NULL ? k->origin.before : "");
        return;
    }
    origin_before(&k->origin, out);
    member_source(k, &source);
    sight_index(k, &index);
    text_add(out, "heat ");
    if (index.length > 0) /* an index behind an index would be of its rows */
        text_printf(out, "(%s)[%s]", text_get(&source), text_get(&index));
    else
        text_add(out, text_get(&source));
    text_add(out, ways[k->how]);
    text_done(&source);
    text_done(&index);
}

/* Opens row `at` as a vector. */
static bool open_row(struct matrix_view *k, struct explorer *x, struct err *e)
{
    struct text source = TEXT_EMPTY, row = TEXT_EMPTY, whole = TEXT_EMPTY;
    struct origin o;
    struct value *v = value_of_vector(matrix_row(k->m, k->window.row.at, e));
    if (v == NULL)
        return false;
    if (k->origin.source != NULL) {
        member_source(k, &whole);
        text_printf(&row, "%zu", k->window.row.at);
        text_printf(&source, "(%s)[%s]", text_get(&whole), text_get(&row));
    }
    text_clear(&row);
    text_printf(&row, "row %zu", axis_original(k->m->row, k->window.row.at));
    if (k->m->row.labels != NULL) {
        text_add(&row, " \"");
        axis_label(k->m->row, k->window.row.at, &row);
        text_add(&row, "\"");
    }
    origin_make(&o, text_get(&row), k->origin.before, source.length > 0 ? text_get(&source) : NULL);
    bool ok = explorer_show(x, v, k->traits, o, e);
    value_unref(v);
    text_done(&source);
    text_done(&row);
    text_done(&whole);
    return ok;
}

static void act_open(struct matrix_view *k, struct explorer *x, enum key_action action)
{
    struct err e = {0};
    bool ok = action == ACTION_OPEN
                  ? open_row(k, x, &e)
                  : open_spectrum(x, k->value, k->member, k->traits, &k->origin, &e);
    if (!ok)
        explorer_fail(x, &e);
}

static void act_look(struct matrix_view *k, struct explorer *x, enum key_action action)
{
    static const char *const says[] = {"each cell shows its entry of largest magnitude",
                                       "each cell shows the mean of its entries",
                                       "each cell shows the root mean square of its entries"};
    static const double STEP = 1.5;
    if (action == ACTION_STYLE) {
        k->how = k->how == AGGREGATE_RMS ? AGGREGATE_ABSMAX : k->how + 1;
        explorer_say(x, "%s", says[k->how]);
    } else if (action == ACTION_RANGE_OWN) {
        k->own_range = !k->own_range;
        k->range = 1;
        explorer_say(x, "%s",
                     k->own_range ? "colours span the values on the screen"
                                  : "colours span all entries");
    } else {
        k->range *= action == ACTION_RANGE_NARROW ? 1 / STEP : STEP;
    }
}

static void act_move(struct matrix_view *k, struct explorer *x, enum key_action action)
{
    struct window *w = &k->window;
    ptrdiff_t page = (ptrdiff_t)window_rows(w);
    page = page > 1 ? page - 1 : 1;
    switch (action) {
    case ACTION_LEFT:
    case ACTION_RIGHT:
        move(k, x, &w->col, action == ACTION_RIGHT ? 1 : -1);
        break;
    case ACTION_UP:
    case ACTION_DOWN:
        move(k, x, &w->row, action == ACTION_DOWN ? 1 : -1);
        break;
    case ACTION_PAGE_UP:
    case ACTION_PAGE_DOWN:
        move(k, x, &w->row, action == ACTION_PAGE_DOWN ? page : -page);
        break;
    case ACTION_FIRST:
    case ACTION_LAST:
        to_end(k, x, action == ACTION_LAST);
        break;
    default:
        break;
    }
}

static void matrix_act(struct view *v, struct explorer *x, enum key_action action)
{
    struct matrix_view *k = (struct matrix_view *)v;
    switch (action) {
    case ACTION_OPEN:
    case ACTION_EXCHANGE:
        act_open(k, x, action);
        break;
    case ACTION_MEMBER:
    case ACTION_MEMBER_BACK:
        change_member(k, x, action == ACTION_MEMBER_BACK);
        break;
    case ACTION_ZOOM_IN:
    case ACTION_ZOOM_OUT:
        window_zoom(&k->window, action == ACTION_ZOOM_IN);
        break;
    case ACTION_ZOOM_FIT:
        window_fit(&k->window);
        break;
    case ACTION_STYLE:
    case ACTION_RANGE_NARROW:
    case ACTION_RANGE_WIDE:
    case ACTION_RANGE_OWN:
        act_look(k, x, action);
        break;
    case ACTION_NEXT:
    case ACTION_PREVIOUS:
        matrix_find_next(k, x, action == ACTION_PREVIOUS);
        break;
    case ACTION_EXTREME:
    case ACTION_EXTREME_BACK:
        matrix_next_largest(k, x, action == ACTION_EXTREME_BACK);
        break;
    default:
        act_move(k, x, action);
    }
}

static bool matrix_offers(const struct view *v, enum key_action action)
{
    return action != ACTION_MEMBER_BACK || ((const struct matrix_view *)v)->value->count > 1;
}

static void matrix_click(struct view *v, struct explorer *x, size_t row, size_t col)
{
    struct matrix_view *k = (struct matrix_view *)v;
    struct window *w = &k->window;
    struct matrix_view_place p = matrix_view_place(k);
    if (row < p.row || col < p.col)
        return;
    size_t down = 2 * (row - p.row) / window_tall(w), across = (col - p.col) / window_wide(w);
    if (down >= window_seen(&w->row, window_rows(w)) ||
        across >= window_seen(&w->col, window_cols(w)))
        return;
    w->row.at = w->row.first + down * w->row.block;
    w->col.at = w->col.first + across * w->col.block;
    seek_peak(k, x);
}

static void matrix_name(const struct view *v, struct text *out)
{
    const struct matrix_view *k = (const struct matrix_view *)v;
    text_add(out, k->origin.title);
    if (k->value->stack > 0) {
        struct member m = value_member(k->value, k->member);
        text_printf(out, ", %s ", m.axis[m.count - 1] == 'l' ? "layer" : "head");
        member_name(m, out);
    }
}

static const struct view_class matrix_class = {.kind = VIEW_MATRIX,
                                               .least_rows = LEAST_ROWS,
                                               .least_cols = LEAST_COLS,
                                               .destroy = matrix_destroy,
                                               .act = matrix_act,
                                               .offers = matrix_offers,
                                               .settle = matrix_settle,
                                               .search = matrix_view_search,
                                               .click = matrix_click,
                                               .draw = matrix_view_draw,
                                               .name = matrix_name,
                                               .status = matrix_view_status,
                                               .statement = matrix_statement};

struct view *matrix_view_new(struct explorer *x, struct value *v, size_t member, unsigned traits,
                             struct origin o, struct err *e)
{
    struct matrix_view *k = mem_new(1, sizeof *k);
    k->view.class = &matrix_class;
    k->origin = o;
    k->value = value_ref(v);
    k->traits = traits;
    k->range = 1;
    k->window.row.block = k->window.col.block = 1;
    if (take_member(k, x, member, e) && k->m->row.size > 0 && k->m->col.size > 0)
        return &k->view;
    if (k->m != NULL)
        err_set(e, ERR_TYPE, "there is nothing to look at in a matrix without entries");
    matrix_destroy(&k->view);
    return NULL;
}
