/* Operators, member by member over stacks. */
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "bilens/lang/eval.h"
#include "bilens/num/finite.h"

/* The kind that counts in arithmetic: a side of a decomposition is a matrix. */
static enum value_kind plain_kind(const struct value *v)
{
    return v->kind == VALUE_U || v->kind == VALUE_V ? VALUE_MATRIX : v->kind;
}

static bool same_places(struct stack_axis a, struct stack_axis b)
{
    return a.size == b.size && a.start == b.start && (a.size == 1 || a.step == b.step);
}

/* The axes of a result: those of both operands, layer before head, matched by kind. */
static bool stacks_join(const struct value *a, const struct value *b, struct stack_axis *axes,
                        size_t *count, struct err *e)
{
    *count = 0;
    for (const char *kind = "lh"; *kind != '\0'; kind++) {
        const struct stack_axis *found = NULL;
        for (size_t i = 0; i < a->stack; i++)
            if (a->axes[i].kind == *kind)
                found = &a->axes[i];
        for (size_t i = 0; i < b->stack; i++) {
            if (b->axes[i].kind != *kind)
                continue;
            if (found != NULL && !same_places(*found, b->axes[i]))
                return err_set(e, ERR_AXES, "the two stacks hold different %ss (%zu and %zu)",
                               *kind == 'l' ? "layer" : "head", found->size, b->axes[i].size);
            found = &b->axes[i];
        }
        if (found != NULL)
            axes[(*count)++] = *found;
    }
    return true;
}

/* Which item of v belongs to member n of a stack over axes. */
static size_t item_of(const struct value *v, const struct stack_axis *axes, size_t count, size_t n)
{
    size_t at[STACK_MOST] = {0}, item = 0;
    for (size_t i = count; i-- > 0;) {
        at[i] = n % axes[i].size;
        n /= axes[i].size;
    }
    for (size_t i = 0; i < v->stack; i++)
        for (size_t j = 0; j < count; j++)
            if (axes[j].kind == v->axes[i].kind)
                item = item * v->axes[i].size + at[j];
    return item;
}

/* What one member's operation needs. */
struct operands {
    enum node_kind op;
    const struct value *a, *b;
    size_t i, j; /* items */
    size_t memory;
};

static bool take_matrix(struct matrix *m, union item *out)
{
    out->matrix = m;
    return m != NULL;
}

static bool take_vector(struct vector *v, union item *out)
{
    out->vector = v;
    return v != NULL;
}

static bool entry_by_entry(const struct operands *o, const struct matrix *a, const struct matrix *b,
                           union item *out, struct err *e)
{
    if (!axis_alike(a->row, b->row) || !axis_alike(a->col, b->col))
        return err_set(e, ERR_AXES, "the axes of the two sides do not match");
    struct dense *x = matrix_dense(a, o->memory, e), *y = x ? matrix_dense(b, o->memory, e) : NULL;
    const float *p = y ? dense_data(x, e) : NULL, *q = p ? dense_data(y, e) : NULL;
    float *r;
    size_t beyond = 0;
    struct dense *z = q ? dense_new(x->rows, x->cols, &r, e) : NULL;
    for (size_t i = 0; z != NULL && i < x->rows; i++)
        for (size_t j = 0; j < x->cols; j++) {
            float s = p[(ptrdiff_t)i * x->row_stride + (ptrdiff_t)j * x->col_stride];
            float t = q[(ptrdiff_t)i * y->row_stride + (ptrdiff_t)j * y->col_stride];
            r[i * x->cols + j] = s * t;
            beyond += isinf(s * t) && isfinite(s) && isfinite(t);
        }
    bool ok = z != NULL && (beyond == 0 || single_refuse(beyond, e)) &&
              take_matrix(
                  matrix_from_dense(z, axis_join(a->row, b->row), axis_join(a->col, b->col)), out);
    dense_unref(x);
    dense_unref(y);
    dense_unref(z);
    return ok;
}

static bool matrix_by_matrix(const struct operands *o, const struct matrix *a,
                             const struct matrix *b, union item *out, struct err *e)
{
    if (o->op == NODE_PRODUCT)
        return take_matrix(matrix_product(a, b, e), out);
    if (o->op != NODE_TIMES)
        return take_matrix(matrix_sum(a, o->op == NODE_ADD ? 1 : -1, b, e), out);
    return entry_by_entry(o, a, b, out, e);
}

static bool vector_by_vector(const struct operands *o, union item *out, struct err *e)
{
    const struct vector *a = o->a->items[o->i].vector, *b = o->b->items[o->j].vector;
    bool product = o->op == NODE_PRODUCT;
    if (product ? !axis_match(a->axis, b->axis) : !axis_alike(a->axis, b->axis))
        return axis_fail(a->axis, b->axis, "the axes ", " do not match", e);
    if (product) {
        out->number = vector_dot(a->data, b->data, a->axis.size);
        return true;
    }
    if (!take_vector(vector_new(axis_join(a->axis, b->axis)), out))
        return false;
    for (size_t i = 0; i < a->axis.size; i++)
        out->vector->data[i] = o->op == NODE_TIMES ? a->data[i] * b->data[i]
                               : o->op == NODE_ADD ? a->data[i] + b->data[i]
                                                   : a->data[i] - b->data[i];
    return true;
}

/* Anything times a number. */
static bool scaled(const struct value *v, size_t i, double scale, union item *out, struct err *e)
{
    enum value_kind kind = plain_kind(v);
    if (kind == VALUE_NUMBER) {
        out->number = v->items[i].number * scale;
        return true;
    }
    if (kind == VALUE_VECTOR) {
        const struct vector *a = v->items[i].vector;
        if (!take_vector(vector_new(a->axis), out))
            return false;
        for (size_t k = 0; k < a->axis.size; k++)
            out->vector->data[k] = a->data[k] * scale;
        return true;
    }
    struct matrix *m = value_matrix(v, i, e);
    bool ok = m != NULL && take_matrix(matrix_scale(m, scale), out);
    matrix_unref(m);
    return ok;
}

static bool by_matrix(const struct operands *o, union item *out, struct err *e)
{
    enum value_kind ka = plain_kind(o->a), kb = plain_kind(o->b);
    struct matrix *a = ka == VALUE_MATRIX ? value_matrix(o->a, o->i, e) : NULL;
    struct matrix *b = kb == VALUE_MATRIX ? value_matrix(o->b, o->j, e) : NULL;
    bool ok = false;
    if (a != NULL && b != NULL)
        ok = matrix_by_matrix(o, a, b, out, e);
    else if (a != NULL && kb == VALUE_VECTOR)
        ok = take_vector(matrix_apply(a, o->b->items[o->j].vector, e), out);
    else if (b != NULL && ka == VALUE_VECTOR)
        ok = take_vector(matrix_apply_transposed(b, o->a->items[o->i].vector, e), out);
    matrix_unref(a);
    matrix_unref(b);
    return ok;
}

static bool compute(const struct operands *o, union item *out, struct err *e)
{
    enum value_kind ka = plain_kind(o->a), kb = plain_kind(o->b);
    double x = ka == VALUE_NUMBER ? o->a->items[o->i].number : 0;
    double y = kb == VALUE_NUMBER ? o->b->items[o->j].number : 0;
    if (ka == VALUE_NUMBER && kb == VALUE_NUMBER) {
        out->number = o->op == NODE_TIMES    ? x * y
                      : o->op == NODE_DIVIDE ? x / y
                      : o->op == NODE_ADD    ? x + y
                                             : x - y;
        return true;
    }
    if (ka == VALUE_NUMBER)
        return scaled(o->b, o->j, x, out, e);
    if (kb == VALUE_NUMBER)
        return scaled(o->a, o->i, o->op == NODE_DIVIDE ? 1 / y : y, out, e);
    if (ka == VALUE_VECTOR && kb == VALUE_VECTOR)
        return vector_by_vector(o, out, e);
    return by_matrix(o, out, e);
}

/* The result's kind; false for operands that the operator does not take. */
static bool result_kind(enum node_kind op, const struct value *a, const struct value *b,
                        enum value_kind *out, struct err *e)
{
    enum value_kind ka = plain_kind(a), kb = plain_kind(b);
    if (ka == VALUE_DECOMP || kb == VALUE_DECOMP)
        return err_set(e, ERR_TYPE,
                       "a decomposition has no arithmetic; take one of its fields "
                       "(.u .s .v, or .e .v)");
    bool numbers = ka == VALUE_NUMBER || kb == VALUE_NUMBER;
    *out = ka == VALUE_NUMBER ? kb : ka;
    if (op == NODE_PRODUCT) {
        if (numbers)
            return err_set(e, ERR_TYPE,
                           "'@' multiplies matrices and vectors; a number scales "
                           "with '*'");
        *out = ka == VALUE_MATRIX && kb == VALUE_MATRIX   ? VALUE_MATRIX
               : ka == VALUE_VECTOR && kb == VALUE_VECTOR ? VALUE_NUMBER
                                                          : VALUE_VECTOR;
        return true;
    }
    if (op == NODE_DIVIDE)
        return kb == VALUE_NUMBER ||
               err_set(e, ERR_TYPE, "'/' divides by numbers only, not by %s", value_kind_name(b));
    if (ka == kb || (op == NODE_TIMES && numbers))
        return true;
    const struct value *from = op == NODE_SUBTRACT ? b : a, *to = op == NODE_SUBTRACT ? a : b;
    err_set(e, ERR_TYPE,
            op == NODE_ADD        ? "cannot add %s to %s"
            : op == NODE_SUBTRACT ? "cannot subtract %s from %s"
                                  : "cannot multiply %s by %s entry by entry",
            value_kind_name(from), value_kind_name(to));
    if (op == NODE_TIMES)
        err_append(e, "; '@' is the matrix product, and diag(v) makes a matrix of a vector");
    return false;
}

/* Row and column axes of a matrix or vector operand's member, as it stands in a product. */
static bool axes_of(const struct value *v, size_t n, struct axis *row, struct axis *col)
{
    if (v->kind == VALUE_VECTOR)
        *row = *col = v->items[n].vector->axis;
    else if (v->kind == VALUE_MATRIX) {
        *row = v->items[n].matrix->row;
        *col = v->items[n].matrix->col;
    } else if (v->kind == VALUE_U || v->kind == VALUE_V) {
        struct decomp *d = v->items[n].decomp;
        *row = decomp_axis(d, v->kind == VALUE_U ? SIDE_U : SIDE_V);
        *col = axis_make(AXIS_COMP, decomp_count(d), NULL);
    } else
        return false;
    return true;
}

static void describe_operand(struct evaluator *ev, const struct node *n, const struct value *v,
                             struct text *out)
{
    struct axis row, col;
    text_printf(out, "%.*s is ", (int)(n->end - n->start), ev->text + n->start);
    axes_of(v, 0, &row, &col);
    axis_describe(row, out);
    if (v->kind != VALUE_VECTOR) {
        text_add(out, " x ");
        axis_describe(col, out);
    }
}

/* Would a ' behind the operand's text transpose only a part of it? */
static bool needs_parentheses(const struct node *n)
{
    if (n->kind < NODE_PRODUCT || n->kind > NODE_SUBTRACT)
        return n->kind == NODE_NEGATE;
    return n->start == n->parts[0]->start; /* else it stands in parentheses already */
}

static void append_operand(struct evaluator *ev, const struct node *n, bool transposed,
                           struct text *out)
{
    bool wrap = transposed && needs_parentheses(n);
    text_printf(out, "%s%.*s%s%s", wrap ? "(" : "", (int)(n->end - n->start), ev->text + n->start,
                wrap ? ")" : "", transposed ? "'" : "");
}

/* Appends "; did you mean a' @ b?" for the transposes that would fit. */
static void suggest_transpose(struct evaluator *ev, const struct node *node, const struct value *a,
                              const struct value *b, struct text *out)
{
    struct axis a_row, a_col, b_row, b_col;
    axes_of(a, 0, &a_row, &a_col);
    axes_of(b, 0, &b_row, &b_col);
    bool product = node->kind == NODE_PRODUCT;
    bool flip_b =
        b->kind != VALUE_VECTOR &&
        (product ? axis_match(a_col, b_col) : axis_match(a_row, b_col) && axis_match(a_col, b_row));
    bool flip_a = product && a->kind != VALUE_VECTOR && axis_match(a_row, b_row);
    const char *sign = product                    ? " @ "
                       : node->kind == NODE_ADD   ? " + "
                       : node->kind == NODE_TIMES ? " * "
                                                  : " - ";
    for (int right = 1; right >= 0; right--) {
        if (!(right ? flip_b : flip_a))
            continue;
        text_add(out, right || !flip_b ? "; did you mean " : " or ");
        append_operand(ev, node->parts[0], !right, out);
        text_add(out, sign);
        append_operand(ev, node->parts[1], right, out);
    }
    if (flip_a || flip_b)
        text_add_char(out, '?');
}

/* Says which axes of which operand clash, in the members at work. */
static bool explain_axes(struct evaluator *ev, const struct node *node, const struct operands *o,
                         struct err *e)
{
    const struct value *a = o->a, *b = o->b;
    struct axis a_row, a_col, b_row, b_col;
    if (!axes_of(a, o->i, &a_row, &a_col) || !axes_of(b, o->j, &b_row, &b_col))
        return false;
    struct text t = TEXT_EMPTY;
    describe_operand(ev, node->parts[0], a, &t);
    text_add(&t, ", ");
    describe_operand(ev, node->parts[1], b, &t);
    if (node->kind == NODE_PRODUCT) {
        text_add(&t, ": their inner axes ");
        axis_describe(a_col, &t);
        text_printf(&t, " (%zu) and ", a_col.size);
        axis_describe(b_row, &t);
        text_printf(&t, " (%zu) do not match", b_row.size);
        axis_contrast(a_col, b_row, &t);
    } else {
        bool rows = axis_alike(a_row, b_row);
        text_add(&t, ": their axes do not match");
        axis_contrast(rows ? a_col : a_row, rows ? b_col : b_row, &t);
    }
    suggest_transpose(ev, node, a, b, &t);
    err_set(e, ERR_AXES, "%s", text_get(&t));
    text_done(&t);
    return false;
}

struct value *value_binary(struct evaluator *ev, const struct node *node, const struct value *a,
                           const struct value *b, struct err *e)
{
    enum value_kind kind = VALUE_NUMBER;
    struct stack_axis axes[STACK_MOST];
    size_t count;
    if (!result_kind(node->kind, a, b, &kind, e) || !stacks_join(a, b, axes, &count, e))
        return NULL;
    kind = kind == VALUE_U || kind == VALUE_V ? VALUE_MATRIX : kind;
    struct value *out = value_new(kind, count, axes);
    out->typed = a->typed && b->typed;
    struct task_part whole = task_here();
    for (size_t n = 0; n < out->count; n++) {
        value_member_begins(&whole, out, n);
        struct operands o = {
            node->kind, a, b, item_of(a, axes, count, n), item_of(b, axes, count, n), ev->memory};
        if (compute(&o, &out->items[n], e))
            continue;
        if (e->code == ERR_AXES)
            explain_axes(ev, node, &o, e);
        out->count = n; /* what is not there must not be freed */
        value_unref(out);
        return NULL;
    }
    task_back(&whole);
    return out;
}

struct value *value_map(const struct value *a, enum value_kind kind, item_function *each,
                        struct err *e)
{
    struct value *out = value_new(kind, a->stack, a->axes);
    struct task_part whole = task_here();
    for (size_t n = 0; n < out->count; n++) {
        value_member_begins(&whole, out, n);
        struct matrix *m = task_go_on(e) ? value_matrix(a, n, e) : NULL;
        bool ok = m != NULL && each(m, &out->items[n], e);
        matrix_unref(m);
        if (!ok) {
            out->count = n;
            value_unref(out);
            return NULL;
        }
    }
    task_back(&whole);
    return out;
}

static bool transpose_item(const struct matrix *m, union item *out, struct err *e)
{
    (void)e;
    return take_matrix(matrix_transpose(m), out);
}

struct value *value_transpose(const struct value *a, struct err *e)
{
    if (a->kind == VALUE_VECTOR || a->kind == VALUE_NUMBER)
        return value_ref((struct value *)a); /* as for a one-dimensional array in numpy */
    return value_map(a, VALUE_MATRIX, transpose_item, e);
}
