/* The functions of the language; functions.def lists them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/task.h"
#include "bilens/base/near.h"
#include "bilens/lang/eval.h"
#include "bilens/lang/expression.h"
#include "bilens/num/panel.h"

typedef struct value *function_body(struct evaluator *ev, struct value *const *args, size_t count,
                                    struct err *e);

static bool svd_item(const struct matrix *m, union item *out, struct err *e)
{
    out->decomp = decomp_svd(m, e);
    return out->decomp != NULL;
}

static bool eigen_item(const struct matrix *m, union item *out, struct err *e)
{
    out->decomp = decomp_eigen(m, e);
    return out->decomp != NULL;
}

static bool trace_item(const struct matrix *m, union item *out, struct err *e)
{
    return matrix_trace(m, &out->number, e);
}

static bool norm_item(const struct matrix *m, union item *out, struct err *e)
{
    return matrix_norm(m, &out->number, e);
}

static bool mean_item(const struct matrix *m, union item *out, struct err *e)
{
    return matrix_mean(m, &out->number, e);
}

static bool rank_item(const struct matrix *m, union item *out, struct err *e)
{
    struct decomp *d = decomp_svd(m, e);
    out->number = d ? (double)decomp_rank(d) : 0;
    decomp_unref(d);
    return d != NULL;
}

static bool diagonal_item(const struct matrix *m, union item *out, struct err *e)
{
    out->vector = matrix_diagonal_of(m, e);
    return out->vector != NULL;
}

struct value *value_svd(const struct value *a, struct err *e)
{
    return value_map(a, VALUE_DECOMP, svd_item, e);
}

struct value *value_eigen(const struct value *a, struct err *e)
{
    return value_map(a, VALUE_DECOMP, eigen_item, e);
}

static struct value *call_svd(struct evaluator *ev, struct value *const *args, size_t count,
                              struct err *e)
{
    (void)ev;
    (void)count;
    return value_svd(args[0], e);
}

static struct value *call_eig(struct evaluator *ev, struct value *const *args, size_t count,
                              struct err *e)
{
    (void)ev;
    (void)count;
    return value_eigen(args[0], e);
}

static struct value *call_trace(struct evaluator *ev, struct value *const *args, size_t count,
                                struct err *e)
{
    (void)ev;
    (void)count;
    return value_map(args[0], VALUE_NUMBER, trace_item, e);
}

static struct value *call_rank(struct evaluator *ev, struct value *const *args, size_t count,
                               struct err *e)
{
    (void)ev;
    (void)count;
    return value_map(args[0], VALUE_NUMBER, rank_item, e);
}

/* A number out of each vector of a stack. */
static struct value *reduce_vectors(const struct value *a, double (*each)(const struct vector *))
{
    struct value *out = value_new(VALUE_NUMBER, a->stack, a->axes);
    for (size_t n = 0; n < out->count; n++)
        out->items[n].number = each(a->items[n].vector);
    return out;
}

static double vector_norm(const struct vector *v)
{
    struct panel p = {v->axis.size, 1, v->data};
    return panel_norm(&p);
}

static double vector_mean(const struct vector *v)
{
    double sum = 0;
    for (size_t i = 0; i < v->axis.size; i++)
        sum += v->data[i];
    return sum / (double)v->axis.size;
}

static struct value *call_norm(struct evaluator *ev, struct value *const *args, size_t count,
                               struct err *e)
{
    (void)ev;
    (void)count;
    if (args[0]->kind == VALUE_VECTOR)
        return reduce_vectors(args[0], vector_norm);
    return value_map(args[0], VALUE_NUMBER, norm_item, e);
}

static struct value *call_mean(struct evaluator *ev, struct value *const *args, size_t count,
                               struct err *e)
{
    (void)ev;
    (void)count;
    if (args[0]->kind == VALUE_VECTOR)
        return reduce_vectors(args[0], vector_mean);
    return value_map(args[0], VALUE_NUMBER, mean_item, e);
}

static bool diagonal_of_vector(const struct vector *v, union item *out, struct err *e)
{
    out->matrix = matrix_diagonal(v, e);
    return out->matrix != NULL;
}

static struct value *call_diag(struct evaluator *ev, struct value *const *args, size_t count,
                               struct err *e)
{
    const struct value *a = args[0];
    (void)ev;
    (void)count;
    if (a->kind != VALUE_VECTOR)
        return value_map(a, VALUE_VECTOR, diagonal_item, e);
    struct value *out = value_new(VALUE_MATRIX, a->stack, a->axes);
    for (size_t n = 0; n < out->count; n++)
        if (!diagonal_of_vector(a->items[n].vector, &out->items[n], e)) {
            out->count = n;
            value_unref(out);
            return NULL;
        }
    return out;
}

static struct matrix *matrix_abs(const struct matrix *m, size_t memory, struct err *e)
{
    struct dense *d = matrix_dense(m, memory, e);
    const float *from = d ? dense_data(d, e) : NULL;
    float *to;
    struct dense *out = from ? dense_new(d->rows, d->cols, &to, e) : NULL;
    for (size_t i = 0; out != NULL && i < d->rows; i++)
        for (size_t j = 0; j < d->cols; j++)
            to[i * d->cols + j] =
                fabsf(from[(ptrdiff_t)i * d->row_stride + (ptrdiff_t)j * d->col_stride]);
    struct matrix *result = out ? matrix_from_dense(out, m->row, m->col) : NULL;
    dense_unref(d);
    dense_unref(out);
    return result;
}

static bool abs_item(const struct value *a, size_t n, size_t memory, union item *out, struct err *e)
{
    if (a->kind == VALUE_NUMBER) {
        out->number = fabs(a->items[n].number);
        return true;
    }
    if (a->kind == VALUE_VECTOR) {
        const struct vector *v = a->items[n].vector;
        out->vector = vector_new(v->axis);
        for (size_t i = 0; i < v->axis.size; i++)
            out->vector->data[i] = fabs(v->data[i]);
        return true;
    }
    struct matrix *m = value_matrix(a, n, e);
    out->matrix = m ? matrix_abs(m, memory, e) : NULL;
    matrix_unref(m);
    return out->matrix != NULL;
}

static struct value *call_abs(struct evaluator *ev, struct value *const *args, size_t count,
                              struct err *e)
{
    const struct value *a = args[0];
    (void)count;
    bool small = a->kind == VALUE_NUMBER || a->kind == VALUE_VECTOR;
    struct value *out = value_new(small ? a->kind : VALUE_MATRIX, a->stack, a->axes);
    struct task_part whole = task_here();
    for (size_t n = 0; n < out->count; n++) {
        value_member_begins(&whole, out, n);
        if (!task_go_on(e) || !abs_item(a, n, ev->memory, &out->items[n], e)) {
            out->count = n;
            value_unref(out);
            return NULL;
        }
    }
    task_back(&whole);
    return out;
}

static bool loose_item(const struct matrix *m, union item *out, struct err *e)
{
    (void)e;
    out->matrix = matrix_loose(m);
    return true;
}

static struct value *call_loose(struct evaluator *ev, struct value *const *args, size_t count,
                                struct err *e)
{
    struct value *a = args[0];
    (void)ev;
    (void)count;
    if (a->kind == VALUE_NUMBER)
        return value_ref(a);
    if (a->kind != VALUE_VECTOR)
        return value_map(a, VALUE_MATRIX, loose_item, e);
    struct value *out = value_new(VALUE_VECTOR, a->stack, a->axes);
    for (size_t n = 0; n < out->count; n++) {
        const struct vector *v = a->items[n].vector;
        struct vector *copy = vector_new(axis_loose(v->axis));
        memcpy(copy->data, v->data, v->axis.size * sizeof *v->data);
        out->items[n].vector = copy;
    }
    return out;
}

/* A new reference to the matrix that is argument i; NULL with the error where it is none. */
static struct matrix *part_of_cat(const struct value *v, size_t i, struct err *e)
{
    if (v->kind != VALUE_VECTOR && v->kind != VALUE_NUMBER)
        return value_matrix(v, 0, e);
    err_set(e, ERR_TYPE,
            "cat puts matrices side by side, and argument %zu is a %s; a slice of a matrix is a "
            "matrix: w_e[:, 3:4] is a column, w_u[3:4] a row",
            i + 1, v->kind == VALUE_VECTOR ? "vector" : "number");
    return NULL;
}

static struct value *call_cat(struct evaluator *ev, struct value *const *args, size_t count,
                              struct err *e)
{
    struct matrix *sum = NULL;
    for (size_t i = 0; i < count; i++) {
        if (args[i]->stack > 0) {
            matrix_unref(sum);
            err_set(e, ERR_TYPE, "cat takes single matrices, not a stack; index it first");
            return NULL;
        }
        struct matrix *next = part_of_cat(args[i], i, e);
        struct matrix *both = sum && next ? matrix_cat(sum, next, ev->memory, e) : NULL;
        if (sum != NULL || next == NULL) {
            matrix_unref(sum);
            matrix_unref(next);
            sum = both;
        } else {
            sum = next;
        }
        if (sum == NULL)
            return NULL;
    }
    return value_of_matrix(sum);
}

enum { ARGS_MOST = 8 };

struct function {
    size_t least, most; /* arguments */
    function_body *body;
    struct function_about about;
};

static const struct function functions[] = {
#define FUNCTION(name, signature, least, most, summary, example)                                   \
    {least, most, call_##name, {#name, signature, summary, example}},
#include "functions.def"
#undef FUNCTION
};

enum { FUNCTIONS = sizeof functions / sizeof *functions };

const struct function_about *function_about(size_t n)
{
    return n < FUNCTIONS ? &functions[n].about : NULL;
}

static const struct function *find_function(const char *name)
{
    for (size_t i = 0; i < FUNCTIONS; i++)
        if (strcmp(functions[i].about.name, name) == 0)
            return &functions[i];
    return NULL;
}

bool expression_is_function(const char *name)
{
    return find_function(name) != NULL;
}

static struct value *unknown_function(const char *name, struct err *e)
{
    struct near near = {0};
    for (size_t i = 0; i < FUNCTIONS; i++)
        near_offer(&near, name, functions[i].about.name);
    err_set(e, ERR_UNKNOWN_NAME, "unknown function '%s'", name);
    near_append(&near, e);
    return NULL;
}

struct value *value_call(struct evaluator *ev, const struct node *node, struct err *e)
{
    struct value *args[ARGS_MOST] = {0}, *out = NULL;
    const struct function *f = find_function(node->text);
    if (f == NULL) {
        err_place(e, node->start, node->start + strlen(node->text));
        return unknown_function(node->text, e);
    }
    if (node->count < f->least || node->count > f->most) {
        char most[32] = "";
        if (f->most > f->least)
            snprintf(most, sizeof most, " to %zu", f->most);
        err_set(e, ERR_ARGUMENT, "%s takes %zu%s argument%s, not %zu", f->about.name, f->least,
                most, f->most == 1 ? "" : "s", node->count);
        return NULL;
    }
    size_t n = 0;
    while (n < node->count && (args[n] = evaluate(ev, node->parts[n], e)) != NULL)
        n++;
    if (n == node->count)
        out = f->body(ev, args, n, e);
    for (size_t i = 0; i < n; i++)
        value_unref(args[i]);
    return out;
}
