/* The language layer: a workspace made by hand, and the program that runs the tests. */
#include "check_lang.h"

#include <stdlib.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/lang/eval.h"

struct fixture fixture;
const char *const labels_words[TOKENS] = {"game", "swim", "run", "the", "a b", "x"};

/* ---- labels ---- */

static bool label_name(const struct labels *labels, size_t index, struct text *out)
{
    (void)labels;
    if (index >= TOKENS)
        return false;
    text_add(out, labels_words[index]);
    return true;
}

static bool label_find(const struct labels *labels, const char *word, size_t *index, struct err *e)
{
    (void)labels;
    for (*index = 0; *index < TOKENS; ++*index)
        if (strcmp(labels_words[*index], word) == 0)
            return true;
    return err_set(e, ERR_UNKNOWN_TOKEN, "'%s' is no token", word);
}

/* "the" may also mean "run". */
static size_t label_meanings(const struct labels *labels, const char *word, size_t *indices,
                             size_t most)
{
    struct err ignored = {0};
    if (!label_find(labels, word, &indices[0], &ignored))
        return 0;
    if (strcmp(word, "the") != 0 || most < 2 || !label_find(labels, "run", &indices[1], &ignored))
        return 1;
    return 2;
}

static void label_destroy(struct labels *labels)
{
    mem_free(labels);
}

static const struct labels_class label_class = {
    .name = label_name, .find = label_find, .meanings = label_meanings, .destroy = label_destroy};

/* ---- the workspace ---- */

double entry_of(char name, size_t layer, size_t head, size_t i, size_t j)
{
    size_t at = layer * 1000 + head * 300 + i * 17 + j * 5 + (size_t)name;
    return (double)(at * at * at % 101) / 50 - 1;
}

static struct matrix *matrix_made(char name, size_t layer, size_t head, struct axis row,
                                  struct axis col)
{
    struct err e = {0};
    float *data;
    struct dense *d = dense_new(row.size, col.size, &data, &e);
    for (size_t i = 0; i < row.size; i++)
        for (size_t j = 0; j < col.size; j++)
            data[i * col.size + j] = (float)entry_of(name, layer, head, i, j);
    struct matrix *m = matrix_from_dense(d, row, col);
    dense_unref(d);
    ck_assert_ptr_nonnull(m);
    return m;
}

static void bind(const char *name, struct value *value)
{
    ck_assert_ptr_nonnull(value);
    workspace_set(fixture.names, name, value, name[0] == 'w');
    value_unref(value);
}

static struct value *vector_made(char name, struct axis axis)
{
    struct vector *v = vector_new(axis);
    for (size_t i = 0; i < axis.size; i++)
        v->data[i] = entry_of(name, 0, 0, i, 0);
    return value_of_vector(v);
}

static struct value *stack_made(char name, size_t count)
{
    const struct stack_axis axes[] = {{'l', LAYERS, 0, 1}, {'h', HEADS, 0, 1}};
    struct axis resid = axis_make(AXIS_RESID, RESID, NULL);
    struct value *v = value_new(VALUE_MATRIX, count, axes);
    for (size_t n = 0; n < v->count; n++)
        v->items[n].matrix =
            matrix_made(name, count == 2 ? n / HEADS : n, count == 2 ? n % HEADS : 0, resid, resid);
    return v;
}

void fixture_make(void)
{
    fixture.names = workspace_new();
    fixture.labels = mem_new(1, sizeof *fixture.labels);
    fixture.labels->class = &label_class;
    atomic_init(&fixture.labels->refs, 1);
    struct axis token = axis_make(AXIS_TOKEN, TOKENS, fixture.labels);
    struct axis resid = axis_make(AXIS_RESID, RESID, NULL);
    bind("w_e", value_of_matrix(matrix_made('e', 0, 0, resid, token)));
    bind("w_u", value_of_matrix(matrix_made('u', 0, 0, token, resid)));
    bind("k", value_of_number(2));
    bind("x", vector_made('x', resid));
    bind("t", vector_made('t', token));
    bind("per_layer", stack_made('p', 1));
    bind("grid", stack_made('g', 2));
}

void fixture_free(void)
{
    workspace_free(fixture.names);
    labels_unref(fixture.labels);
}

/* ---- evaluating ---- */

static struct value *evaluated(const char *expression, struct err *e)
{
    struct evaluator ev = {.names = fixture.names, .text = expression, .memory = 1 << 20};
    struct node *node = expression_parse(expression, e);
    struct value *v = node ? evaluate(&ev, node, e) : NULL;
    node_free(node);
    return v;
}

struct value *value_of(const char *expression)
{
    struct err e = {0};
    struct value *v = evaluated(expression, &e);
    ck_assert_msg(v != NULL, "%s: %s", expression, e.message);
    return v;
}

double number_of(const char *expression)
{
    struct value *v = value_of(expression);
    ck_assert_int_eq(v->kind, VALUE_NUMBER);
    ck_assert_uint_eq(v->stack, 0);
    double number = v->items[0].number;
    value_unref(v);
    return number;
}

void expect_error_at(const struct err *e, enum err_code code, size_t start, size_t end,
                     const char *message)
{
    ck_assert_str_eq(e->message, message);
    ck_assert_str_eq(err_code_name(e->code), err_code_name(code));
    ck_assert_msg(e->start == start && e->end == end, "'%s' at %zu..%zu, not at %zu..%zu", message,
                  e->start, e->end, start, end);
}

void expect_failure(const char *expression, enum err_code code, size_t start, size_t end,
                    const char *message)
{
    struct err e = {0};
    struct value *v = evaluated(expression, &e);
    ck_assert_msg(v == NULL, "%s has a value", expression);
    expect_error_at(&e, code, start, end, message);
}

void expect_shape(const char *expression, const char *description)
{
    struct text t = TEXT_EMPTY;
    struct value *v = value_of(expression);
    value_describe(v, &t);
    ck_assert_str_eq(text_get(&t), description);
    text_done(&t);
    value_unref(v);
}

int main(void)
{
    Suite *suite = suite_create("lang");
    suite_add_tcase(suite, lexer_case());
    suite_add_tcase(suite, parser_case());
    suite_add_tcase(suite, index_case());
    suite_add_tcase(suite, eval_case());
    suite_add_tcase(suite, run_case());
    suite_add_tcase(suite, run_files_case());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
