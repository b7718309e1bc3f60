/* Indexing: stack axes first, then rows and columns. */
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/text.h"
#include "bilens/lang/eval.h"

enum { DIMENSIONS_MOST = STACK_MOST + 2 };

/* One place of an axis, or several. */
struct pick {
    bool single;
    struct span span;
};

/* What an index addresses: an axis of numbers, with or without labels. */
struct target {
    const char *name; /* "layer", "token", ... */
    size_t size;
    struct axis axis;
};

/* The axes of v and of its item. */
static size_t targets_of(const struct value *v, size_t item, struct target *out)
{
    size_t n = 0;
    for (; n < v->stack; n++) {
        struct axis index = axis_make(AXIS_INDEX, v->axes[n].size, NULL);
        out[n] = (struct target){v->axes[n].kind == 'l' ? "layer" : "head", index.size, index};
    }
    struct axis axes[2];
    size_t count = 0;
    if (v->kind == VALUE_VECTOR)
        axes[count++] = v->items[item].vector->axis;
    else if (v->kind == VALUE_MATRIX) {
        axes[count++] = v->items[item].matrix->row;
        axes[count++] = v->items[item].matrix->col;
    } else if (v->kind == VALUE_U || v->kind == VALUE_V) {
        struct decomp *d = v->items[item].decomp;
        axes[count++] = decomp_axis(d, v->kind == VALUE_U ? SIDE_U : SIDE_V);
        axes[count++] = axis_make(AXIS_COMP, decomp_count(d), NULL);
    }
    for (size_t i = 0; i < count; i++, n++)
        out[n] = (struct target){axis_kind_name(axes[i].kind), axes[i].size, axes[i]};
    return n;
}

/* The place of original index `original` on a (part of an) axis. */
static bool place_of(struct axis axis, size_t original, size_t *place, struct err *e)
{
    if (axis_place(axis, original, place))
        return true;
    struct text t = TEXT_EMPTY;
    axis_describe(axis, &t);
    err_set(e, ERR_INDEX, "index %zu is not on the axis %s of size %zu", original, text_get(&t),
            axis.size);
    text_done(&t);
    return false;
}

static bool pick_word(const struct target *t, const char *word, struct pick *out, struct err *e)
{
    size_t index;
    if (t->axis.labels == NULL)
        return err_set(e, ERR_TYPE, "the %s axis has no names: \"%s\" cannot index it", t->name,
                       word);
    if (!t->axis.labels->class->find(t->axis.labels, word, &index, e))
        return false;
    *out = (struct pick){.single = true, .span = {0, 1, 1}};
    return place_of(t->axis, index, &out->span.first, e);
}

/* A whole number out of an expression. */
static bool whole_number(struct evaluator *ev, const struct node *n, ptrdiff_t *out, struct err *e)
{
    struct value *v = evaluate(ev, n, e);
    if (v == NULL)
        return false;
    bool ok = v->kind == VALUE_NUMBER && v->stack == 0;
    double x = ok ? v->items[0].number : 0;
    if (!ok)
        err_set(e, ERR_TYPE, "%s cannot be an index", value_kind_name(v));
    else if (!(fabs(x) < 1e15) || x != floor(x))
        ok = err_set(e, ERR_TYPE, "%g is not a whole number: it cannot be an index", x);
    value_unref(v);
    *out = ok ? (ptrdiff_t)x : 0;
    return ok;
}

static bool pick_number(struct evaluator *ev, const struct node *n, const struct target *t,
                        struct pick *out, struct err *e)
{
    ptrdiff_t i;
    if (!whole_number(ev, n, &i, e))
        return false;
    ptrdiff_t size = (ptrdiff_t)t->size;
    if (size == 0)
        return err_set(e, ERR_INDEX, "index %td is out of range: the %s axis is empty", i, t->name);
    if (size == 1 && i != 0 && i != -1)
        return err_set(e, ERR_INDEX, "index %td is out of range: the %s axis has only 0", i,
                       t->name);
    if (i < -size || i >= size)
        return err_set(e, ERR_INDEX,
                       "index %td is out of range: the %s axis has %zu (0 to %zu, or -%zu to -1)",
                       i, t->name, t->size, t->size - 1, t->size);
    *out = (struct pick){.single = true, .span = {(size_t)(i < 0 ? i + size : i), 1, 1}};
    return true;
}

/* A bound of a slice, counted from the end if negative, held within low..high. */
static bool bound(struct evaluator *ev, const struct node *n, ptrdiff_t missing, ptrdiff_t size,
                  ptrdiff_t low, ptrdiff_t high, ptrdiff_t *out, struct err *e)
{
    *out = missing;
    if (n == NULL)
        return true;
    if (!whole_number(ev, n, out, e)) {
        err_place(e, n->start, n->end);
        return false;
    }
    if (*out < 0)
        *out += size;
    *out = *out < low ? low : *out > high ? high : *out;
    return true;
}

/* start:stop:step, by Python's rules, but an empty slice is an error. */
static bool pick_slice(struct evaluator *ev, const struct node *n, const struct target *t,
                       struct pick *out, struct err *e)
{
    ptrdiff_t size = (ptrdiff_t)t->size, step = 1, start, stop;
    if (n->parts[2] != NULL && !whole_number(ev, n->parts[2], &step, e))
        return false;
    if (step == 0)
        return err_set(e, ERR_INDEX, "a slice's step cannot be 0");
    bool up = step > 0;
    if (!bound(ev, n->parts[0], up ? 0 : size - 1, size, up ? 0 : -1, up ? size : size - 1, &start,
               e) ||
        !bound(ev, n->parts[1], up ? size : -1, size, up ? 0 : -1, up ? size : size - 1, &stop, e))
        return false;
    ptrdiff_t count = up ? (stop - start + step - 1) / step : (start - stop - step - 1) / -step;
    if (count <= 0 || (up ? stop <= start : stop >= start))
        return err_set(e, ERR_INDEX, "the slice %.*s is empty: the %s axis has %zu",
                       (int)(n->end - n->start), ev->text + n->start, t->name, t->size);
    if (count == 1)
        step = 1; /* steps of huge slices of slices would overflow when multiplied */
    *out = (struct pick){.span = {(size_t)start, step, (size_t)count}};
    return true;
}

static bool pick_item(struct evaluator *ev, const struct node *n, const struct target *t,
                      struct pick *out, struct err *e)
{
    bool ok;
    if (n->kind == NODE_SLICE)
        ok = pick_slice(ev, n, t, out, e);
    else if (n->kind == NODE_STRING)
        ok = pick_word(t, n->text, out, e);
    else if (n->kind == NODE_NAME && t->axis.labels != NULL && !workspace_knows(ev->names, n->text))
        ok = pick_word(t, n->text, out, e);
    else
        ok = pick_number(ev, n, t, out, e);
    if (!ok)
        err_place(e, n->start, n->end);
    return ok;
}

/* Where a word stands on an axis without names, and another axis has them: says so. */
static void suggest_axis(const struct target *targets, size_t dimensions, size_t at,
                         const struct node *item, struct err *e)
{
    if (item->kind != NODE_STRING || targets[at].axis.labels != NULL)
        return;
    for (size_t i = 0; i < dimensions; i++) {
        if (targets[i].axis.labels == NULL)
            continue;
        err_append(e, "; the %s axis has names: [", targets[i].name);
        for (size_t k = 0; k < i; k++)
            err_append(e, ":, ");
        err_append(e, "\"%s\"]", item->text);
        return;
    }
}

/* Fills picks for all dimensions: an ellipsis, and the end, stand for whole axes. */
static bool pick_all(struct evaluator *ev, const struct node *node, const struct target *targets,
                     size_t dimensions, struct pick *picks, struct err *e)
{
    size_t given = node->count - 1, ellipses = 0, at = 0;
    for (size_t i = 1; i < node->count; i++)
        ellipses += node->parts[i]->kind == NODE_ELLIPSIS;
    if (ellipses > 1 || given - ellipses > dimensions || given == 0)
        return err_set(e, ERR_INDEX, "%zu %s for %zu ax%cs%s", given,
                       given == 1 ? "index" : "indices", dimensions, dimensions == 1 ? 'i' : 'e',
                       ellipses > 1 ? ", and only one '...' makes sense" : "");
    for (size_t i = 1; i < node->count; i++) {
        size_t skip = node->parts[i]->kind == NODE_ELLIPSIS ? dimensions - (given - 1) : 0;
        if (node->parts[i]->kind != NODE_ELLIPSIS) {
            if (!pick_item(ev, node->parts[i], &targets[at], &picks[at], e)) {
                suggest_axis(targets, dimensions, at, node->parts[i], e);
                return false;
            }
            at++;
        }
        for (; skip > 0; skip--, at++)
            picks[at] = (struct pick){.span = {0, 1, targets[at].size}};
    }
    for (; at < dimensions; at++)
        picks[at] = (struct pick){.span = {0, 1, targets[at].size}};
    return true;
}

/* The stack axes that remain. */
static size_t remaining_axes(const struct value *base, const struct pick *picks,
                             struct stack_axis *axes)
{
    size_t count = 0;
    for (size_t i = 0; i < base->stack; i++) {
        if (picks[i].single)
            continue;
        axes[count] = base->axes[i];
        axes[count].start = (size_t)((ptrdiff_t)base->axes[i].start +
                                     (ptrdiff_t)picks[i].span.first * base->axes[i].step);
        axes[count].step = base->axes[i].step * picks[i].span.step;
        axes[count++].size = picks[i].span.count;
    }
    return count;
}

/* The item of base that member n of the remaining stack is. */
static size_t source_item(const struct value *base, const struct pick *picks, size_t n)
{
    size_t at[STACK_MOST] = {0}, item = 0;
    for (size_t i = base->stack; i-- > 0;) {
        at[i] = picks[i].span.first;
        if (!picks[i].single) {
            size_t step = n % picks[i].span.count;
            n /= picks[i].span.count;
            at[i] = (size_t)((ptrdiff_t)at[i] + (ptrdiff_t)step * picks[i].span.step);
        }
    }
    for (size_t i = 0; i < base->stack; i++)
        item = item * base->axes[i].size + at[i];
    return item;
}

static bool is_whole(const struct pick *p, size_t size)
{
    return !p->single && p->span.first == 0 && p->span.step == 1 && p->span.count == size;
}

static void index_vector(const struct vector *v, const struct pick *p, union item *out)
{
    if (p->single) {
        out->number = v->data[p->span.first];
        return;
    }
    struct axis axis = axis_slice(v->axis, p->span.first, p->span.step, p->span.count);
    out->vector = vector_new(axis);
    for (size_t i = 0; i < axis.size; i++)
        out->vector->data[i] = v->data[(ptrdiff_t)p->span.first + (ptrdiff_t)i * p->span.step];
}

static bool index_matrix(const struct matrix *m, const struct pick *p, union item *out,
                         struct err *e)
{
    if (!p[0].single && !p[1].single) {
        out->matrix = matrix_slice(m, p[0].span, p[1].span, e);
        return out->matrix != NULL;
    }
    bool row = p[0].single;
    struct vector *line =
        row ? matrix_row(m, p[0].span.first, e) : matrix_col(m, p[1].span.first, e);
    if (line == NULL)
        return false;
    index_vector(line, &p[row ? 1 : 0], out);
    vector_unref(line);
    return true;
}

/* Do the picks, which were made for the first member, lie within this one? (A member of
 * lower rank has fewer components.) */
static bool picks_fit(const struct value *base, size_t item, const struct pick *p, struct err *e)
{
    struct target t[DIMENSIONS_MOST];
    size_t dimensions = targets_of(base, item, t);
    for (size_t i = base->stack; i < dimensions; i++, p++) {
        size_t first = p->span.first;
        size_t last = (size_t)((ptrdiff_t)first + (ptrdiff_t)(p->span.count - 1) * p->span.step);
        size_t far = first > last ? first : last;
        if (p->span.count == 0 || far < t[i].size)
            continue;
        struct text name = TEXT_EMPTY;
        member_name(value_member(base, item), &name);
        err_set(e, ERR_INDEX, "index %zu is out of range: the %s axis of member %s has %zu", far,
                t[i].name, text_get(&name), t[i].size);
        text_done(&name);
        return false;
    }
    return true;
}

/* Of several components whose values are zero but for rounding, one by itself means nothing. */
static bool column_means(const struct decomp *d, size_t column, struct err *e)
{
    size_t known = decomp_rank(d), count = decomp_count(d);
    if (column < known || column >= count || count - known < 2)
        return true;
    err_set(e, ERR_INDEX,
            "component %zu is within rounding of zero, as are all from %zu on: its direction is not "
            "determined",
            column, known);
    if (decomp_solved(d) == count)
        err_append(e, "; leverage --first %zu --last %zu shows their span", known, count - 1);
    return false;
}

static bool index_item(const struct value *base, size_t item, const struct pick *p, union item *out,
                       struct err *e)
{
    if (!picks_fit(base, item, p, e))
        return false;
    if (base->kind == VALUE_NUMBER || base->kind == VALUE_DECOMP) {
        *out = base->items[item];
        if (base->kind == VALUE_DECOMP)
            decomp_ref(out->decomp);
        return true;
    }
    if (base->kind == VALUE_VECTOR) {
        index_vector(base->items[item].vector, p, out);
        return true;
    }
    /* A column of a decomposition is computed alone. */
    bool side = base->kind != VALUE_MATRIX;
    if (side && p[1].single) {
        if (!column_means(base->items[item].decomp, p[1].span.first, e))
            return false;
        struct vector *v = decomp_vector(
            base->items[item].decomp, base->kind == VALUE_U ? SIDE_U : SIDE_V, p[1].span.first, e);
        if (v != NULL)
            index_vector(v, &p[0], out);
        vector_unref(v);
        return v != NULL;
    }
    struct matrix *m = value_matrix(base, item, e);
    bool ok = m != NULL && index_matrix(m, p, out, e);
    matrix_unref(m);
    return ok;
}

static enum value_kind indexed_kind(const struct value *base, const struct pick *p,
                                    const struct target *t)
{
    if (base->kind == VALUE_NUMBER || base->kind == VALUE_DECOMP)
        return base->kind;
    if (base->kind == VALUE_VECTOR)
        return p[0].single ? VALUE_NUMBER : VALUE_VECTOR;
    if (base->kind != VALUE_MATRIX && is_whole(&p[0], t[0].size) && is_whole(&p[1], t[1].size))
        return base->kind; /* still a side of decompositions: only members were taken */
    size_t singles = (size_t)p[0].single + p[1].single;
    return singles == 2 ? VALUE_NUMBER : singles == 1 ? VALUE_VECTOR : VALUE_MATRIX;
}

struct value *value_index(struct evaluator *ev, const struct node *node, const struct value *base,
                          struct err *e)
{
    struct target targets[DIMENSIONS_MOST];
    struct pick picks[DIMENSIONS_MOST];
    struct stack_axis axes[STACK_MOST];
    size_t dimensions = targets_of(base, 0, targets);
    if (dimensions == 0) {
        err_set(e, ERR_TYPE, "%s cannot be indexed", value_kind_name(base));
        return NULL;
    }
    struct evaluator plain = *ev;
    plain.words = false;
    if (!pick_all(&plain, node, targets, dimensions, picks, e))
        return NULL;
    const struct pick *inner = picks + base->stack;
    enum value_kind kind = indexed_kind(base, inner, targets + base->stack);
    size_t count = remaining_axes(base, picks, axes);
    struct value *out = value_new(kind, count, axes);
    for (size_t n = 0; n < out->count; n++) {
        size_t item = source_item(base, picks, n);
        bool ok = true;
        if (kind == base->kind && (kind == VALUE_U || kind == VALUE_V))
            out->items[n].decomp = decomp_ref(base->items[item].decomp);
        else
            ok = index_item(base, item, inner, &out->items[n], e);
        if (!ok) {
            out->count = n;
            value_unref(out);
            return NULL;
        }
    }
    return out;
}

struct value *value_column(const struct value *base, size_t column, struct err *e)
{
    enum value_kind kind = base->kind == VALUE_VECTOR ? VALUE_NUMBER : VALUE_VECTOR;
    struct value *out = value_new(kind, base->stack, base->axes);
    for (size_t n = 0; n < out->count; n++) {
        struct target t[DIMENSIONS_MOST];
        size_t last = targets_of(base, 0, t) - 1;
        struct pick p[2] = {{.span = {0, 1, t[base->stack].size}}, {0}};
        p[kind == VALUE_VECTOR ? 1 : 0] = (struct pick){true, {column, 1, 1}};
        bool ok = column < t[last].size;
        if (!ok && t[last].size == 0)
            err_set(e, ERR_INDEX, "%zu is out of range: the %s axis is empty", column,
                    t[last].name);
        else if (!ok)
            err_set(e, ERR_INDEX, "%zu is out of range: the %s axis has %zu (0 to %zu)", column,
                    t[last].name, t[last].size, t[last].size - 1);
        if (!ok || !index_item(base, n, p, &out->items[n], e)) {
            out->count = n;
            value_unref(out);
            return NULL;
        }
    }
    return out;
}
