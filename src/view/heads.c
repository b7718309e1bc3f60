/* A stack of matrices as small multiples: layers down, heads across, one colour scale. Each is
 * computed when no key is waiting. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/number.h"
#include "bilens/draw/lattice.h"
#include "bilens/draw/scale.h"
#include "views.h"
#include "window.h"

enum { LEAST_ROWS = 12, LEAST_COLS = 30, FOOT_ROWS = 1, GAP = 2, WIDE_LEAST = 10, WIDE_MOST = 48 };

struct heads_view {
    struct view view;
    struct origin origin;
    struct value *value;
    unsigned traits;
    size_t at;        /* the member under the cursor */
    size_t grid;      /* pictures in a row: the heads of a layer, if there are several */
    size_t top, left; /* the first row and column of the grid in sight */
    enum aggregate how;
    bool own_range;
    double range;
    struct aggregated *seen;     /* one for each member; values NULL: not computed yet */
    size_t wide, tall;           /* cells of one picture, without its name */
    size_t made_rows, made_cols; /* values that `seen` was computed with at most; 0: none was */
    enum aggregate made_how;
    bool halves;
    char *word; /* searched for */
};

static size_t across(const struct heads_view *k)
{
    return k->grid;
}

static size_t down(const struct heads_view *k)
{
    return (k->value->count + k->grid - 1) / k->grid;
}

static void forget(struct heads_view *k)
{
    for (size_t i = 0; i < k->value->count; i++)
        aggregated_free(&k->seen[i]);
}

static void heads_destroy(struct view *v)
{
    struct heads_view *k = (struct heads_view *)v;
    forget(k);
    mem_free(k->seen);
    origin_done(&k->origin);
    value_unref(k->value);
    mem_free(k->word);
    mem_free(k);
}

/* Rows and columns of pictures in sight. */
static size_t rows_seen(const struct heads_view *k)
{
    size_t rows = (k->view.rows - FOOT_ROWS) / (k->tall + 1);
    return rows > 0 ? rows : 1;
}

static size_t cols_seen(const struct heads_view *k)
{
    size_t cols = (k->view.cols - 2 + GAP) / (k->wide + GAP);
    return cols > 0 ? cols : 1;
}

/* How wide pictures can be, so many in a row, that all are seen; square ones. */
static size_t wide_for(const struct heads_view *k, size_t cols)
{
    size_t rows = (k->value->count + cols - 1) / cols;
    size_t room_cols = k->view.cols - 2, room_rows = k->view.rows - FOOT_ROWS;
    size_t wide = room_cols + GAP > cols * (1 + GAP) ? (room_cols + GAP) / cols - GAP : 1;
    size_t tall = room_rows / rows > 1 ? room_rows / rows - 1 : 1;
    return 2 * tall < wide ? 2 * tall : wide;
}

/* Places of a grid of so many columns that stay empty. */
static size_t empty_places(const struct heads_view *k, size_t cols)
{
    return (cols - k->value->count % cols) % cols;
}

/* Is one number of columns better than another: larger pictures, or as large and all rows full? */
static bool better(const struct heads_view *k, size_t a, size_t b)
{
    size_t wide = wide_for(k, a), other = wide_for(k, b);
    return wide > other || (wide == other && empty_places(k, a) < empty_places(k, b));
}

/* A row for each layer; where there is one layer (or only heads, or only layers) rows as suit
 * the screen. Pictures as large as lets all be seen, if that is enough to see anything. */
static void lay_out(struct heads_view *k)
{
    size_t heads = k->value->axes[k->value->stack - 1].size, room_rows = k->view.rows - FOOT_ROWS;
    k->grid = heads;
    for (size_t cols = heads; heads == k->value->count && cols > 0; cols--)
        if (better(k, cols, k->grid))
            k->grid = cols;
    k->wide = wide_for(k, k->grid);
    k->wide = k->wide < WIDE_LEAST ? WIDE_LEAST : k->wide > WIDE_MOST ? WIDE_MOST : k->wide;
    k->tall = (k->wide + 1) / 2;
    k->tall = k->tall + 1 > room_rows ? room_rows - 1 : k->tall;
}

static void follow(struct heads_view *k)
{
    size_t row = k->at / across(k), col = k->at % across(k);
    size_t rows = rows_seen(k), cols = cols_seen(k);
    k->top = row < k->top ? row : row >= k->top + rows ? row - rows + 1 : k->top;
    k->left = col < k->left ? col : col >= k->left + cols ? col - cols + 1 : k->left;
}

static bool heads_settle(struct view *v, struct explorer *x, struct err *e)
{
    struct heads_view *k = (struct heads_view *)v;
    (void)e;
    k->halves = theme_has_halves(explorer_theme(x));
    lay_out(k);
    follow(k);
    size_t rows = k->halves ? 2 * k->tall : k->tall;
    if (k->made_rows != rows || k->made_cols != k->wide || k->made_how != k->how) {
        forget(k);
        k->made_rows = rows;
        k->made_cols = k->wide;
        k->made_how = k->how;
    }
    return true;
}

/* ---- computing ---- */

static bool in_sight(const struct heads_view *k, size_t i)
{
    size_t row = i / across(k), col = i % across(k);
    return row >= k->top && row < k->top + rows_seen(k) && col >= k->left &&
           col < k->left + cols_seen(k);
}

/* The next member without a picture: those in sight first. */
static size_t next_missing(const struct heads_view *k)
{
    size_t found = k->value->count;
    for (size_t i = 0; i < k->value->count; i++) {
        if (k->seen[i].values != NULL)
            continue;
        if (in_sight(k, i))
            return i;
        found = found < k->value->count ? found : i;
    }
    return found;
}

static bool heads_idle(struct view *v, struct explorer *x, bool *more, struct err *e)
{
    struct heads_view *k = (struct heads_view *)v;
    size_t i = next_missing(k);
    if (i == k->value->count)
        return true;
    struct matrix *m = member_matrix(x, k->value, i, e);
    struct window w = {.halves = k->halves, .height = k->tall, .width = k->wide};
    if (m == NULL)
        return false;
    w.row = (struct window_axis){.size = m->row.size};
    w.col = (struct window_axis){.size = m->col.size};
    w.row.block = (m->row.size + k->made_rows - 1) / k->made_rows;
    w.col.block = (m->col.size + k->made_cols - 1) / k->made_cols;
    bool ok = window_values(x, m, &w, k->how, &k->seen[i], e);
    matrix_unref(m);
    *more = ok && next_missing(k) < k->value->count;
    return ok;
}

/* ---- drawing ---- */

static double scale_of(const struct heads_view *k, size_t member)
{
    double largest = 0;
    for (size_t i = 0; i < k->value->count; i++)
        if (k->seen[i].values != NULL && (!k->own_range || i == member))
            largest = fmax(largest, k->seen[i].largest);
    return largest * k->range;
}

/* The value that stands at a point of the picture, which may have more cells than values. */
static int level_at(const struct heads_view *k, const struct aggregated *a, double scale,
                    size_t half, size_t col)
{
    size_t row = half * a->rows / (2 * k->tall), j = col * a->cols / k->wide;
    return heat_level(a->values[row * a->cols + j], scale);
}

static void put_picture(const struct heads_view *k, size_t i, struct canvas *c, size_t row,
                        size_t col)
{
    const struct aggregated *a = &k->seen[i];
    double scale = scale_of(k, i);
    for (size_t r = 0; r < k->tall; r++)
        for (size_t n = 0; n < k->wide; n++) {
            if (a->values == NULL) {
                canvas_set(c, row + r, col + n, ROLE_DIM, '.');
                continue;
            }
            canvas_heat(c, row + r, col + n, level_at(k, a, scale, 2 * r, n),
                        level_at(k, a, scale, 2 * r + 1, n));
        }
}

static void put_name(const struct heads_view *k, size_t i, struct canvas *c, size_t row, size_t col,
                     bool ascii)
{
    struct text t = TEXT_EMPTY;
    struct member m = value_member(k->value, i);
    bool here = i == k->at;
    text_add(&t, here ? (ascii ? "> " : "\xe2\x96\xb8 ") : "  ");
    text_printf(&t, "%s ", m.axis[m.count - 1] == 'l' ? "layer" : "head");
    member_name(m, &t);
    text_add_char(&t, ' ');
    size_t cells = canvas_put(c, row, col, here ? ROLE_CURSOR : ROLE_DIM, text_get(&t));
    for (size_t n = cells; here && n < k->wide; n++)
        canvas_set(c, row, col + n, ROLE_CURSOR, ' ');
    text_done(&t);
}

static void put_legend(const struct heads_view *k, struct canvas *c)
{
    static const char *const ways[] = {"absmax", "mean", "rms"};
    struct text t = TEXT_EMPTY;
    char end[NUMBER_SIZE];
    size_t missing = 0, nan = 0;
    for (size_t i = 0; i < k->value->count; i++) {
        missing += k->seen[i].values == NULL;
        nan += k->seen[i].nan_count;
    }
    number_short(scale_of(k, k->at), end);
    size_t row = k->view.rows - 1, col = 1;
    text_printf(&t, "-%s ", end);
    col += canvas_put(c, row, col, ROLE_AXIS, text_get(&t));
    for (int i = -6; i <= 6; i++)
        canvas_heat(c, row, col++, (100 * i) / 6, (100 * i) / 6);
    text_clear(&t);
    text_printf(&t, " +%s", end);
    col += canvas_put(c, row, col, ROLE_AXIS, text_get(&t));
    text_clear(&t);
    const struct aggregated *a = &k->seen[k->at];
    if (a->values != NULL)
        text_printf(&t, "  %s of %zu x %zu entries a cell%s", ways[k->how], a->block_rows,
                    a->block_cols, k->own_range ? ", each its own range" : "");
    if (nan > 0)
        text_printf(&t, ", %zu NaN", nan);
    if (missing > 0)
        text_printf(&t, "; %zu of %zu to come", missing, k->value->count);
    canvas_put(c, row, col, ROLE_DIM, text_get(&t));
    text_done(&t);
}

static void heads_draw(const struct view *v, const struct explorer *x, struct canvas *body)
{
    const struct heads_view *k = (const struct heads_view *)v;
    bool ascii = explorer_theme(x)->charset == CHARSET_ASCII;
    for (size_t r = 0; r < rows_seen(k) && k->top + r < down(k); r++)
        for (size_t n = 0; n < cols_seen(k) && k->left + n < across(k); n++) {
            size_t i = (k->top + r) * across(k) + k->left + n;
            if (i >= k->value->count)
                break;
            size_t row = r * (k->tall + 1), col = 1 + n * (k->wide + GAP);
            put_name(k, i, body, row, col, ascii);
            put_picture(k, i, body, row + 1, col);
        }
    put_legend(k, body);
}

static void heads_name(const struct view *v, struct text *out)
{
    text_add(out, ((const struct heads_view *)v)->origin.title);
}

static void heads_status(const struct view *v, struct text *out)
{
    const struct heads_view *k = (const struct heads_view *)v;
    struct member m = value_member(k->value, k->at);
    for (size_t i = 0; i < m.count; i++)
        text_printf(out, "%s%s %zu", i > 0 ? ", " : "", m.axis[i] == 'l' ? "layer" : "head",
                    m.index[i]);
    if (k->value->kind == VALUE_MATRIX) {
        const struct matrix *a = k->value->items[k->at].matrix;
        text_printf(out, ": %s x %s, %zu x %zu", axis_kind_name(a->row.kind),
                    axis_kind_name(a->col.kind), a->row.size, a->col.size);
    }
    if (k->seen[k->at].values == NULL)
        return;
    text_add(out, k->how == AGGREGATE_ABSMAX ? ", largest magnitude " : ", largest of the cells ");
    text_number(out, k->seen[k->at].largest);
}

static void heads_statement(const struct view *v, struct text *out)
{
    static const char *const ways[] = {"", " --aggregate mean", " --aggregate rms"};
    const struct heads_view *k = (const struct heads_view *)v;
    if (k->origin.source == NULL) {
        text_add(out, k->origin.before != NULL ? k->origin.before : "");
        return;
    }
    origin_before(&k->origin, out);
    text_printf(out, "heat %s%s%s", k->origin.source, ways[k->how], k->own_range ? " --free" : "");
}

/* ---- keys ---- */

static bool open_at(struct heads_view *k, struct explorer *x, bool spectrum, struct err *e)
{
    struct origin o;
    if (spectrum)
        return open_spectrum(x, k->value, k->at, k->traits, &k->origin, e);
    origin_make(&o, k->origin.title, k->origin.before, k->origin.source);
    return explorer_push(x, matrix_view_new(x, k->value, k->at, k->traits, o, e));
}

static void open_member(struct heads_view *k, struct explorer *x, bool spectrum)
{
    struct err e = {0};
    if (!open_at(k, x, spectrum, &e))
        explorer_fail(x, &e);
}

static void move(struct heads_view *k, enum key_action action)
{
    size_t cols = across(k), last = k->value->count - 1, row = k->at / cols, col = k->at % cols;
    size_t page = rows_seen(k);
    switch (action) {
    case ACTION_LEFT:
        k->at -= col > 0;
        break;
    case ACTION_RIGHT:
        k->at += col + 1 < cols && k->at < last;
        break;
    case ACTION_UP:
        k->at -= row > 0 ? cols : 0;
        break;
    case ACTION_DOWN:
        k->at += row + 1 < down(k) && k->at + cols <= last ? cols : 0;
        break;
    case ACTION_PAGE_UP:
        k->at -= (row > page ? page : row) * cols;
        break;
    case ACTION_PAGE_DOWN:
        k->at += (row + page < down(k) ? page : down(k) - 1 - row) * cols;
        k->at = k->at < last ? k->at : last;
        break;
    case ACTION_MEMBER_BACK:
        k->at -= k->at > 0;
        break;
    case ACTION_MEMBER:
        k->at += k->at < last;
        break;
    case ACTION_FIRST:
        k->at = 0;
        break;
    case ACTION_LAST:
        k->at = last;
        break;
    default:
        break;
    }
}

/* The next member from `from` on whose name ("0.1") holds the word. */
static bool find_member(struct heads_view *k, size_t from, bool back)
{
    struct text name = TEXT_EMPTY;
    bool found = false;
    size_t count = k->value->count;
    for (size_t i = 0; i < count && !found; i++) {
        size_t at = (from + (back ? count - i : i)) % count;
        text_clear(&name);
        member_name(value_member(k->value, at), &name);
        found = strstr(text_get(&name), k->word) != NULL;
        k->at = found ? at : k->at;
    }
    text_done(&name);
    return found;
}

static bool heads_search(struct view *v, struct explorer *x, const char *word, bool columns,
                         struct err *e)
{
    struct heads_view *k = (struct heads_view *)v;
    (void)x;
    (void)columns;
    view_keep_word(&k->word, word);
    return find_member(k, k->at, false) ||
           err_set(e, ERR_ARGUMENT, "no layer or head is called '%s'; they are called 0.1 and such",
                   word);
}

static void heads_act(struct view *v, struct explorer *x, enum key_action action)
{
    static const double STEP = 1.5;
    struct heads_view *k = (struct heads_view *)v;
    size_t count = k->value->count;
    switch (action) {
    case ACTION_OPEN:
    case ACTION_EXCHANGE:
        open_member(k, x, action == ACTION_EXCHANGE);
        break;
    case ACTION_STYLE:
        k->how = k->how == AGGREGATE_RMS ? AGGREGATE_ABSMAX : k->how + 1;
        break;
    case ACTION_RANGE_OWN:
        k->own_range = !k->own_range;
        break;
    case ACTION_RANGE_NARROW:
        k->range /= STEP;
        break;
    case ACTION_RANGE_WIDE:
        k->range *= STEP;
        break;
    case ACTION_NEXT:
    case ACTION_PREVIOUS:
        if (k->word == NULL)
            explorer_say(x, "nothing was searched for yet: / and a head, such as 0.1");
        else
            find_member(k, (k->at + (action == ACTION_NEXT ? 1 : count - 1)) % count,
                        action == ACTION_PREVIOUS);
        break;
    default:
        move(k, action);
    }
}

static void heads_click(struct view *v, struct explorer *x, size_t row, size_t col)
{
    struct heads_view *k = (struct heads_view *)v;
    size_t r = row / (k->tall + 1), n = col > 0 ? (col - 1) / (k->wide + GAP) : 0;
    size_t i = (k->top + r) * across(k) + k->left + n;
    (void)x;
    if (r < rows_seen(k) && n < cols_seen(k) && k->left + n < across(k) && i < k->value->count)
        k->at = i;
}

static const struct view_class heads_class = {.kind = VIEW_HEADS,
                                              .least_rows = LEAST_ROWS,
                                              .least_cols = LEAST_COLS,
                                              .destroy = heads_destroy,
                                              .act = heads_act,
                                              .settle = heads_settle,
                                              .search = heads_search,
                                              .click = heads_click,
                                              .idle = heads_idle,
                                              .draw = heads_draw,
                                              .name = heads_name,
                                              .status = heads_status,
                                              .statement = heads_statement};

struct view *heads_view_new(struct value *v, unsigned traits, struct origin o)
{
    struct heads_view *k = mem_new(1, sizeof *k);
    k->view.class = &heads_class;
    k->origin = o;
    k->value = value_ref(v);
    k->traits = traits;
    k->range = k->grid = 1;
    k->seen = mem_new(v->count, sizeof *k->seen);
    return &k->view;
}
