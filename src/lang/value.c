#include "bilens/lang/value.h"

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"

struct value *value_new(enum value_kind kind, size_t stack, const struct stack_axis *axes)
{
    struct value *v = mem_new(1, sizeof *v);
    size_t count = 1;
    for (size_t i = 0; i < stack; i++)
        count *= axes[i].size;
    atomic_init(&v->refs, 1);
    v->kind = kind;
    v->stack = stack;
    for (size_t i = 0; i < stack; i++)
        v->axes[i] = axes[i];
    v->count = count;
    v->items = mem_new(count, sizeof *v->items);
    return v;
}

struct value *value_of_number(double number)
{
    struct value *v = value_new(VALUE_NUMBER, 0, NULL);
    v->items[0].number = number;
    return v;
}

struct value *value_of_vector(struct vector *vector)
{
    if (vector == NULL)
        return NULL;
    struct value *v = value_new(VALUE_VECTOR, 0, NULL);
    v->items[0].vector = vector;
    return v;
}

struct value *value_of_matrix(struct matrix *matrix)
{
    if (matrix == NULL)
        return NULL;
    struct value *v = value_new(VALUE_MATRIX, 0, NULL);
    v->items[0].matrix = matrix;
    return v;
}

struct value *value_ref(struct value *v)
{
    atomic_fetch_add(&v->refs, 1);
    return v;
}

static union item item_ref(enum value_kind kind, union item item)
{
    if (kind == VALUE_VECTOR)
        vector_ref(item.vector);
    else if (kind == VALUE_MATRIX)
        matrix_ref(item.matrix);
    else if (kind != VALUE_NUMBER)
        decomp_ref(item.decomp);
    return item;
}

struct value *value_marked(struct value *v, unsigned trait)
{
    if ((v->traits & trait) == trait)
        return value_ref(v);
    struct value *out = value_new(v->kind, v->stack, v->axes);
    for (size_t i = 0; i < out->count; i++)
        out->items[i] = item_ref(v->kind, v->items[i]);
    out->traits = v->traits | trait;
    out->typed = v->typed;
    return out;
}

void value_unref(struct value *v)
{
    if (v == NULL || atomic_fetch_sub(&v->refs, 1) != 1)
        return;
    for (size_t i = 0; i < v->count; i++) {
        if (v->kind == VALUE_VECTOR)
            vector_unref(v->items[i].vector);
        else if (v->kind == VALUE_MATRIX)
            matrix_unref(v->items[i].matrix);
        else if (v->kind != VALUE_NUMBER)
            decomp_unref(v->items[i].decomp);
    }
    mem_free(v->items);
    mem_free(v);
}

bool value_same_stack(const struct value *a, const struct value *b)
{
    bool same = a->stack == b->stack;
    for (size_t i = 0; same && i < a->stack; i++) {
        const struct stack_axis *x = &a->axes[i], *y = &b->axes[i];
        same = x->kind == y->kind && x->size == y->size && x->start == y->start &&
               (x->size == 1 || x->step == y->step);
    }
    return same;
}

struct member value_member(const struct value *v, size_t n)
{
    struct member m = {.count = v->stack};
    for (size_t i = v->stack; i-- > 0;) {
        size_t at = n % v->axes[i].size;
        n /= v->axes[i].size;
        m.index[i] = (size_t)((ptrdiff_t)v->axes[i].start + (ptrdiff_t)at * v->axes[i].step);
        m.axis[i] = v->axes[i].kind;
    }
    return m;
}

void value_member_begins(const struct task_part *whole, const struct value *v, size_t n)
{
    struct member m = value_member(v, n);
    task_member(whole, n, v->count);
    if (m.count > 0)
        task_member_name(m.axis[m.count - 1] == 'h' ? "head" : "layer", m.index, m.count);
}

void member_name(struct member member, struct text *out)
{
    for (size_t i = 0; i < member.count; i++)
        text_printf(out, "%s%zu", i > 0 ? "." : "", member.index[i]);
}

void member_prefix(struct member member, struct text *out)
{
    if (member.count == 0)
        return;
    text_add(out, member.axis[member.count - 1] == 'h' ? "head " : "layer ");
    member_name(member, out);
    text_add(out, ": ");
}

static bool wrong_kind(const struct value *v, const char *wanted, struct err *e)
{
    return err_set(e, ERR_TYPE, "%s where %s is needed", value_kind_name(v), wanted);
}

struct matrix *value_matrix(const struct value *v, size_t n, struct err *e)
{
    if (v->kind == VALUE_MATRIX)
        return matrix_ref(v->items[n].matrix);
    if (v->kind == VALUE_U || v->kind == VALUE_V)
        return decomp_matrix(v->items[n].decomp, v->kind == VALUE_U ? SIDE_U : SIDE_V, e);
    wrong_kind(v, "a matrix", e);
    if (v->kind == VALUE_DECOMP)
        err_append(e, "; take one of its fields, .u or .v");
    return NULL;
}

const char *value_kind_name(const struct value *v)
{
    static const char *const one[] = {"a number",        "a vector", "a matrix",
                                      "a decomposition", "a matrix", "a matrix"};
    static const char *const many[] = {"a stack of numbers",  "a stack of vectors",
                                       "a stack of matrices", "a stack of decompositions",
                                       "a stack of matrices", "a stack of matrices"};
    return v->stack > 0 ? many[v->kind] : one[v->kind];
}

static void describe_shape(struct axis row, struct axis col, struct text *out)
{
    axis_describe(row, out);
    text_add(out, " x ");
    axis_describe(col, out);
    text_printf(out, ", %zu x %zu", row.size, col.size);
}

static void describe_item(const struct value *v, struct text *out)
{
    if (v->kind == VALUE_VECTOR) {
        axis_describe(v->items[0].vector->axis, out);
        text_printf(out, ", %zu", v->items[0].vector->axis.size);
    } else if (v->kind == VALUE_MATRIX) {
        const struct matrix *m = v->items[0].matrix;
        describe_shape(m->row, m->col, out);
        if (!matrix_is_dense(m))
            text_printf(out, ", factored through %zu", matrix_width(m));
    } else if (v->kind == VALUE_DECOMP) {
        const struct decomp *d = v->items[0].decomp;
        bool svd = decomp_kind_of(d) == DECOMP_SVD;
        text_printf(out, "%s of ", svd ? "svd (fields u s v)" : "eig (fields e v)");
        describe_shape(decomp_axis(d, SIDE_U), decomp_axis(d, SIDE_V), out);
    } else if (v->kind != VALUE_NUMBER) {
        const struct decomp *d = v->items[0].decomp;
        enum decomp_side side = v->kind == VALUE_U ? SIDE_U : SIDE_V;
        describe_shape(decomp_axis(d, side), axis_make(AXIS_COMP, decomp_count(d), NULL), out);
    }
}

void value_describe(const struct value *v, struct text *out)
{
    for (size_t i = 0; i < v->stack; i++)
        text_printf(out, "%s%zu %s%s", i == 0 ? "[" : ", ", v->axes[i].size,
                    v->axes[i].kind == 'l' ? "layer" : "head", i + 1 == v->stack ? "] " : "");
    if (v->kind == VALUE_NUMBER)
        text_add(out, v->stack > 0 ? "numbers" : "number");
    if (v->count > 0)
        describe_item(v, out);
}
