/* Arithmetic, stacks, functions and fields on a workspace made by hand. */
#include <math.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "check_lang.h"

/* ---- arithmetic ---- */

START_TEST(numbers)
{
    ck_assert_double_eq(number_of("1 + 2 * 3 - 4 / 8"), 6.5);
    ck_assert_double_eq(number_of("-k * -(3 - 1)"), 4);
    ck_assert_double_eq(number_of("k'"), 2);
    ck_assert_double_eq(number_of("abs(-1.5)"), 1.5);
    ck_assert(isinf(number_of("1 / 0")));
}
END_TEST

START_TEST(vectors)
{
    double dot = 0, norm = 0, mean = 0;
    for (size_t i = 0; i < RESID; i++) {
        double x = entry_of('x', 0, 0, i, 0), u = entry_of('u', 0, 0, 1, i);
        dot += x * u;
        norm += x * x;
        mean += x / RESID;
    }
    ck_assert_double_eq_tol(number_of("x @ w_u[1]"), dot, 1e-6);
    ck_assert_double_eq_tol(number_of("norm(x)"), sqrt(norm), 1e-12);
    ck_assert_double_eq_tol(number_of("mean(x)"), mean, 1e-12);
    ck_assert_double_eq_tol(number_of("(x + 2 * x - x / 2)[1]"), 2.5 * entry_of('x', 0, 0, 1, 0),
                            1e-12);
    ck_assert_double_eq_tol(number_of("(x * x)[2]"), pow(entry_of('x', 0, 0, 2, 0), 2), 1e-12);
    ck_assert_double_eq_tol(number_of("(w_u @ x)[1]"), dot, 1e-6);
    ck_assert_double_eq_tol(number_of("(x @ w_u')[1]"), dot, 1e-6);
    ck_assert_double_eq_tol(number_of("abs(x)[0]"), fabs(entry_of('x', 0, 0, 0, 0)), 1e-12);
    expect_shape("w_u @ x", "token, 6");
    expect_shape("x @ w_e", "token, 6");
}
END_TEST

START_TEST(matrices)
{
    double product = 0;
    for (size_t i = 0; i < RESID; i++)
        product += entry_of('u', 0, 0, 2, i) * entry_of('e', 0, 0, i, 3);
    ck_assert_double_eq_tol(number_of("(w_u @ w_e)[2, 3]"), product, 1e-6);
    ck_assert_double_eq_tol(number_of("(-3 * w_u @ w_e / 2)[2, 3]"), -1.5 * product, 1e-6);
    ck_assert_double_eq_tol(number_of("(w_u' + w_e)[1, 2]"),
                            entry_of('u', 0, 0, 2, 1) + entry_of('e', 0, 0, 1, 2), 1e-6);
    ck_assert_double_eq_tol(number_of("(w_u' - w_e)[1, 2]"),
                            entry_of('u', 0, 0, 2, 1) - entry_of('e', 0, 0, 1, 2), 1e-6);
    ck_assert_double_eq_tol(number_of("(w_u' * w_e)[1, 2]"),
                            entry_of('u', 0, 0, 2, 1) * entry_of('e', 0, 0, 1, 2), 1e-6);
    ck_assert_double_eq_tol(number_of("abs(w_u)[3, 1]"), fabs(entry_of('u', 0, 0, 3, 1)), 1e-6);
    expect_shape("w_u @ w_e", "token x token, 6 x 6, factored through 4");
    expect_shape("diag(t) @ w_u", "token x resid, 6 x 4, factored through 4");
    expect_shape("diag(w_u @ w_e)", "token, 6");
    expect_shape("cat(w_e, w_u')", "resid x index, 4 x 12");
}
END_TEST

START_TEST(operands_of_the_wrong_kind)
{
    expect_failure("k @ x", ERR_TYPE, 0, 5,
                   "'@' multiplies matrices and vectors; a number scales with '*'");
    expect_failure("k + x", ERR_TYPE, 0, 5, "cannot add a number to a vector");
    expect_failure("x - w_u", ERR_TYPE, 0, 7,
                   "cannot subtract a matrix from a vector");
    expect_failure("w_u * x", ERR_TYPE, 0, 7,
                   "cannot multiply a matrix by a vector entry by entry; '@' is the matrix "
                   "product, and diag(v) makes a matrix of a vector");
    expect_failure("k / x", ERR_TYPE, 0, 5, "'/' divides by numbers only, not by a vector");
    expect_failure(
        "1 + svd(w_u)", ERR_TYPE, 0, 12,
        "a decomposition has no arithmetic; take one of its fields (.u .s .v, or .e .v)");
    expect_failure("\"game\" + x", ERR_TYPE, 0, 6,
                   "a token stands for a number only where it indexes: w_u[\"game\"]");
    expect_failure("1 + (2 : 3)", ERR_SYNTAX, 7, 8, "expected ')' here, not ':'");
}
END_TEST

START_TEST(axes_that_clash_are_explained)
{
    expect_failure("w_e @ w_u'", ERR_AXES, 0, 10,
                   "w_e is resid x token, w_u' is resid x token: their inner axes token (6) and "
                   "resid (4) do not match; did you mean w_e @ w_u'' or w_e' @ w_u'?");
    expect_failure("w_u @ w_u", ERR_AXES, 0, 9,
                   "w_u is token x resid, w_u is token x resid: their inner axes resid (4) and "
                   "token (6) do not match; did you mean w_u @ w_u' or w_u' @ w_u?");
    expect_failure("w_e @ x", ERR_AXES, 0, 7,
                   "w_e is resid x token, x is resid: their inner axes token (6) and resid (4) do "
                   "not match; did you mean w_e' @ x?");
    expect_failure("x @ w_u", ERR_AXES, 0, 7,
                   "x is resid, w_u is token x resid: their inner axes resid (4) and token (6) do "
                   "not match; did you mean x @ w_u'?");
    expect_failure("w_u + w_e", ERR_AXES, 0, 9,
                   "w_u is token x resid, w_e is resid x token: their axes do not match; did you "
                   "mean w_u + w_e'?");
    expect_failure("x + t", ERR_AXES, 0, 5, "x is resid, t is token: their axes do not match");
}
END_TEST

START_TEST(suggested_transposes_are_right)
{
    /* What is suggested must itself work. */
    expect_failure("2 * w_e @ x", ERR_AXES, 0, 11,
                   "2 * w_e is resid x token, x is resid: their inner axes token (6) and resid (4) "
                   "do not match; did you mean (2 * w_e)' @ x?");
    expect_failure("-w_e @ x", ERR_AXES, 0, 8,
                   "-w_e is resid x token, x is resid: their inner axes token (6) and resid (4) do "
                   "not match; did you mean (-w_e)' @ x?");
    expect_failure("(w_e + w_e) @ x", ERR_AXES, 0, 15,
                   "(w_e + w_e) is resid x token, x is resid: their inner axes token (6) and resid "
                   "(4) do not match; did you mean (w_e + w_e)' @ x?");
    expect_failure("w_u + w_e @ w_u @ w_e", ERR_AXES, 0, 21,
                   "w_u is token x resid, w_e @ w_u @ w_e is resid x token: their axes do not "
                   "match; did you mean w_u + (w_e @ w_u @ w_e)'?");
    expect_failure("w_u * w_e", ERR_AXES, 0, 9,
                   "w_u is token x resid, w_e is resid x token: their axes do not match; did you "
                   "mean w_u * w_e'?");
    expect_shape("(2 * w_e)' @ x", "token, 6");
    expect_shape("w_u + (w_e @ w_u @ w_e)'", "token x resid, 6 x 4, factored through 4");
}
END_TEST

START_TEST(parts_of_axes_do_not_mix)
{
    expect_failure("t[:3] + t[3:]", ERR_AXES, 0, 13,
                   "t[:3] is token, t[3:] is token[3:6]: their axes do not match");
    expect_failure("w_e[:, :3] @ w_u", ERR_AXES, 0, 16,
                   "w_e[:, :3] is resid x token, w_u is token x resid: their inner axes "
                   "token (3) and token (6) do not match");
    expect_shape("w_e[:, ::-1] @ w_u[::-1]", "resid x resid, 4 x 4, factored through 4");
}
END_TEST

/* ---- stacks ---- */

static void expect_members(const char *expression, size_t count, double (*member)(size_t n))
{
    struct value *v = value_of(expression);
    ck_assert_int_eq(v->kind, VALUE_NUMBER);
    ck_assert_uint_eq(v->count, count);
    for (size_t n = 0; n < count; n++)
        ck_assert_double_eq_tol(v->items[n].number, member(n), 1e-5);
    value_unref(v);
}

/* Entry (1, 2) of per_layer[l] @ grid[l, h]. */
static double product_member(size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < RESID; i++)
        sum += entry_of('p', n / HEADS, 0, 1, i) * entry_of('g', n / HEADS, n % HEADS, i, 2);
    return sum;
}

static double sum_member(size_t n)
{
    return entry_of('g', 1, n % HEADS, 1, 2) - 2 * entry_of('g', n / HEADS, n % HEADS, 1, 2);
}

static double trace_member(size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < RESID; i++)
        sum += entry_of('g', n / HEADS, n % HEADS, i, i);
    return sum;
}

START_TEST(stacks_broadcast)
{
    expect_members("(per_layer @ grid)[..., 1, 2]", LAYERS * HEADS, product_member);
    expect_members("(grid' @ per_layer')[..., 2, 1]", LAYERS * HEADS, product_member);
    /* [head] with [layer, head], and with [layer]: layer comes first. */
    expect_members("(grid[1] - 2 * grid)[..., 1, 2]", LAYERS * HEADS, sum_member);
    expect_members("grid[1, :, 1, 2] - 2 * grid[..., 1, 2]", LAYERS * HEADS, sum_member);
    expect_members("trace(grid)", LAYERS * HEADS, trace_member);
    expect_shape("grid[0] @ per_layer",
                 "[2 layer, 3 head] resid x resid, 4 x 4, factored through 4");
    expect_shape("w_u @ grid @ w_e", "[2 layer, 3 head] token x token, 6 x 6, factored through 4");
    expect_shape("grid @ x", "[2 layer, 3 head] resid, 4");
    expect_shape("norm(per_layer)", "[2 layer] numbers");
    expect_shape("diag(grid)", "[2 layer, 3 head] resid, 4");
    expect_shape("-grid'", "[2 layer, 3 head] resid x resid, 4 x 4");
}
END_TEST

START_TEST(stacks_that_differ_are_refused)
{
    expect_failure("grid[:, :2] + grid", ERR_AXES, 0, 18,
                   "the two stacks hold different heads (2 and 3)");
    expect_failure("per_layer[:1] @ per_layer[1:]", ERR_AXES, 0, 29,
                   "the two stacks hold different layers (1 and 1)");
    expect_failure("grid @ w_e'", ERR_AXES, 0, 11,
                   "grid is resid x resid, w_e' is token x resid: their inner axes resid (4) and "
                   "token (6) do not match; did you mean grid @ w_e''?");
    expect_failure("cat(grid, w_e)", ERR_TYPE, 0, 14,
                   "cat takes single matrices, not a stack; index it first");
}
END_TEST

/* ---- functions, fields, names ---- */

START_TEST(functions)
{
    ck_assert_double_eq_tol(number_of("trace(w_u @ w_e)"), number_of("trace(w_e @ w_u)"), 1e-5);
    ck_assert_double_eq(number_of("rank(w_u @ w_e)"), 4);
    ck_assert_double_eq(number_of("rank(diag(x - x))"), 0);
    ck_assert_double_eq_tol(number_of("norm(w_u)"), number_of("norm(svd(w_u).s)"), 1e-6);
    double mean = 0;
    for (size_t i = 0; i < (size_t)TOKENS * RESID; i++)
        mean += entry_of('u', 0, 0, i / RESID, i % RESID) / (TOKENS * RESID);
    ck_assert_double_eq_tol(number_of("mean(w_u)"), mean, 1e-6);
    ck_assert_double_eq_tol(number_of("trace(diag(t))"), TOKENS * number_of("mean(t)"), 1e-6);
    ck_assert_double_eq_tol(number_of("cat(w_e, w_u')[1, 7]"), entry_of('u', 0, 0, 1, 1), 1e-6);
    for (size_t n = 0; function_about(n) != NULL; n++)
        ck_assert_uint_lt(n, 20);
}
END_TEST

START_TEST(functions_are_refused)
{
    expect_failure("norn(x)", ERR_UNKNOWN_NAME, 0, 4,
                   "unknown function 'norn'; did you mean norm?");
    expect_failure("1 + zzzz(x)", ERR_UNKNOWN_NAME, 4, 8, "unknown function 'zzzz'");
    expect_failure("svd(w_u, w_e)", ERR_ARGUMENT, 0, 13, "svd takes 1 argument, not 2");
    expect_failure("svd()", ERR_ARGUMENT, 0, 5, "svd takes 1 argument, not 0");
    expect_failure("cat(w_e)", ERR_ARGUMENT, 0, 8, "cat takes 2 to 8 arguments, not 1");
    expect_failure("svd(x)", ERR_TYPE, 0, 6, "a vector where a matrix is needed");
    expect_failure("trace(w_u)", ERR_AXES, 0, 10,
                   "a trace needs the same axis on both sides, not token (6) and resid (4)");
    expect_failure("eig(w_u)", ERR_AXES, 0, 8,
                   "eig needs the same axis on both sides, not token (6) and resid (4); svd takes "
                   "any matrix");
    expect_failure("trace(svd(w_u))", ERR_TYPE, 0, 15,
                   "a decomposition where a matrix is needed; take one of its fields, .u or .v");
    expect_failure("svd(w_u + nope)", ERR_UNKNOWN_NAME, 10, 14, "unknown name 'nope'");
    expect_failure("cat(w_e, x)", ERR_TYPE, 0, 11,
                   "cat puts matrices side by side, and argument 2 is a vector; a slice of a "
                   "matrix is a matrix: w_e[:, 3:4] is a column, w_u[3:4] a row");
    expect_failure("svd(w_u / 0)", ERR_NONFINITE, 0, 12,
                   "the values are not finite: something overflowed, or was divided by zero");
}
END_TEST

START_TEST(fields_of_decompositions)
{
    ck_assert_double_eq_tol(number_of("norm(w_u - svd(w_u).u @ diag(svd(w_u).s) @ svd(w_u).v')"), 0,
                            1e-5);
    ck_assert_double_eq_tol(
        number_of("norm(w_e @ w_e' - eig(w_e @ w_e').v @ diag(eig(w_e @ w_e').e) @ "
                  "eig(w_e @ w_e').v')"),
        0, 1e-5);
    ck_assert_double_eq_tol(number_of("eig(w_e @ w_e').e[0]"), pow(number_of("svd(w_e).s[0]"), 2),
                            1e-5);
    ck_assert_double_eq_tol(number_of("svd(w_u).u0 @ w_u @ svd(w_u).v0"),
                            number_of("svd(w_u).s[0]"), 1e-6);
    expect_shape("svd(grid).v2", "[2 layer, 3 head] resid, 4");
    expect_failure("svd(w_u).w", ERR_UNKNOWN_NAME, 0, 10,
                   "no field 'w'; an svd has .u .s .v, and columns such as .u0");
    expect_failure("eig(w_e @ w_e').u", ERR_UNKNOWN_NAME, 0, 17,
                   "no field 'u'; an eig has .e .v, and columns such as .v0");
    expect_failure("svd(w_u).ux", ERR_UNKNOWN_NAME, 0, 11,
                   "no field 'ux'; an svd has .u .s .v, and columns such as .u0");
    expect_failure("w_u.u", ERR_TYPE, 0, 5, "a matrix has no fields; svd(...) and eig(...) have");
}
END_TEST

static void bind_fields(void)
{
    static const char *const fields[][2] = {
        {"u", "svd(w_u).u"}, {"s", "svd(w_u).s"}, {"v", "svd(w_u).v"}, {"d", "svd(w_u)"}};
    for (size_t i = 0; i < 4; i++) {
        struct value *v = value_of(fields[i][1]);
        workspace_set(fixture.names, fields[i][0], v, false);
        value_unref(v);
    }
}

START_TEST(names_with_numbers_are_columns)
{
    size_t column = 0;
    bind_fields();
    expect_shape("u0", "token, 6");
    expect_shape("v3", "resid, 4");
    ck_assert_double_eq(number_of("s0"), number_of("s[0]"));
    ck_assert_double_eq(number_of("u1[2]"), number_of("d.u1[2]"));
    ck_assert_double_eq_tol(number_of("w_u3[2]"), entry_of('u', 0, 0, 2, 3), 1e-7);
    expect_failure("u4", ERR_INDEX, 0, 2, "4 is out of range: the comp axis has 4 (0 to 3)");
    expect_failure("s12", ERR_INDEX, 0, 3, "12 is out of range: the comp axis has 4 (0 to 3)");
    expect_failure("k0", ERR_UNKNOWN_NAME, 0, 2, "unknown name 'k0'; did you mean k?");
    ck_assert(workspace_knows(fixture.names, "v12"));
    ck_assert(!workspace_knows(fixture.names, "q12"));
    ck_assert(!workspace_knows(fixture.names, "12"));
    ck_assert(!workspace_knows(fixture.names, "d0"));
    ck_assert(!workspace_knows(fixture.names, "u9999999999"));
    ck_assert_ptr_nonnull(workspace_column(fixture.names, "u012", &column));
    ck_assert_uint_eq(column, 12);
}
END_TEST

START_TEST(unknown_names)
{
    expect_failure("w_v", ERR_UNKNOWN_NAME, 0, 3, "unknown name 'w_v'; did you mean w_e or w_u?");
    expect_failure("per_layr @ x", ERR_UNKNOWN_NAME, 0, 8,
                   "unknown name 'per_layr'; did you mean per_layer?");
    expect_failure("u0", ERR_UNKNOWN_NAME, 0, 2,
                   "unknown name 'u0'; svd binds u, s, v and eig binds e, v");
    expect_failure("game", ERR_UNKNOWN_NAME, 0, 4,
                   "unknown name 'game'; the token's direction is w_u[\"game\"]");
    workspace_remove_model(fixture.names, NULL);
    expect_failure("zzzz", ERR_UNKNOWN_NAME, 0, 4, "unknown name 'zzzz'; no model is loaded");
}
END_TEST

/* ---- directions ---- */

static struct value *direction(const char *text, struct text *note, struct err *e)
{
    struct evaluator ev = {.names = fixture.names, .text = text, .memory = 1 << 20, .note = note};
    struct node *node = expression_parse(text, e);
    struct value *v = node ? evaluate_direction(&ev, node, e) : NULL;
    node_free(node);
    return v;
}

static void expect_direction(const char *text, const char *same_as, const char *taken_for)
{
    struct err e = {0};
    struct text note = TEXT_EMPTY;
    struct value *v = direction(text, &note, &e), *w = value_of(same_as);
    ck_assert_msg(v != NULL, "%s: %s", text, e.message);
    ck_assert_str_eq(text_get(&note), taken_for);
    ck_assert_int_eq(v->kind, VALUE_VECTOR);
    ck_assert_uint_eq(v->items[0].vector->axis.size, w->items[0].vector->axis.size);
    for (size_t i = 0; i < v->items[0].vector->axis.size; i++)
        ck_assert_double_eq(v->items[0].vector->data[i], w->items[0].vector->data[i]);
    text_done(&note);
    value_unref(v);
    value_unref(w);
}

static void expect_no_direction(const char *text, enum err_code code, size_t start, size_t end,
                                const char *message)
{
    struct err e = {0};
    ck_assert_ptr_null(direction(text, NULL, &e));
    expect_error_at(&e, code, start, end, message);
}

START_TEST(words_are_directions)
{
    expect_direction("game", "w_u[0]", "token \"game\" (0)");
    expect_direction("\"swim\" - \"run\"", "w_u[1] - w_u[2]",
                     "token \"swim\" (1), token \"run\" (2)");
    expect_direction("2 * game - the", "2 * w_u[0] - w_u[3]",
                     "token \"game\" (0), token \"the\" (3; also \"run\" 2)");
    expect_direction("x", "x", "name x"); /* a name beats the token x */
    expect_direction("\"x\"", "w_u[5]", "token \"x\" (5)");
    expect_direction("w_u[\"run\"]", "w_u[2]", "");
    expect_direction("svd(w_u).v0", "svd(w_u).v0", "");
    expect_no_direction("walk", ERR_UNKNOWN_TOKEN, 0, 4, "'walk' is no token");
    expect_no_direction("w_u", ERR_TYPE, 0, 3, "a matrix where a direction (a vector) is needed");
    expect_no_direction("804", ERR_TYPE, 0, 3,
                        "a number where a direction (a vector) is needed; token 804's direction is "
                        "w_u[804]");
}
END_TEST

static void bind_own(const char *name, const char *expression)
{
    struct value *v = value_of(expression);
    workspace_set(fixture.names, name, v, false);
    value_unref(v);
}

/* A word is a row of the model's own w_u; a name is what the user bound to it. */
START_TEST(words_are_the_models_own)
{
    struct text unused = TEXT_EMPTY;
    bind_own("before", "w_u");
    bind_own("w_u", "2 * w_u[2:]");
    expect_direction("game", "before[0]", "token \"game\" (0)");
    expect_direction("w_u[0]", "2 * before[2]", "");
    ck_assert_ptr_eq(workspace_of_model(fixture.names, "w_u"),
                     workspace_get(fixture.names, "before"));
    ck_assert_uint_eq(workspace_get(fixture.names, "w_u")->traits & TRAIT_EDITED, TRAIT_EDITED);
    ck_assert_uint_eq(workspace_get(fixture.names, "before")->traits & TRAIT_EDITED, 0);
    for (size_t i = 0; i < 2; i++)
        ck_assert_ptr_eq(workspace_model_first(fixture.names, "w_u", &unused),
                         workspace_get(fixture.names, "before"));
    workspace_note_rebound(fixture.names, "w_e", &unused);
    ck_assert_str_eq(text_get(&unused), "w_u");
    text_done(&unused);
    workspace_remove_model(fixture.names, NULL); /* the user's own stays */
    ck_assert_ptr_null(workspace_of_model(fixture.names, "w_u"));
    ck_assert(!workspace_is_rebound(fixture.names, "w_u"));
    ck_assert_ptr_nonnull(workspace_get(fixture.names, "w_u"));
    workspace_set(fixture.names, "w_u", workspace_get(fixture.names, "before"), true);
    ck_assert_ptr_eq(workspace_get(fixture.names, "w_u"), workspace_get(fixture.names, "before"));
}
END_TEST

/* Where no model is loaded, rows of whatever w_u is now. */
START_TEST(directions_are_rows_of_what_w_u_is_now)
{
    bind_own("mine", "w_u");
    workspace_remove_model(fixture.names, NULL);
    bind_own("w_u", "mine[2:]");
    expect_direction("the", "w_u[1]", "token \"the\" (3; also \"run\" 2)");
    expect_no_direction("game", ERR_INDEX, 0, 4, "token 0 (\"game\") is beyond the 4 rows of w_u");
    bind_own("w_u", "w_u'");
    expect_no_direction("game", ERR_UNKNOWN_NAME, 0, 4,
                        "\"game\" cannot be a token: w_u was bound to something else; load the "
                        "model again");
    workspace_remove(fixture.names, "w_u");
    expect_no_direction("game", ERR_UNKNOWN_NAME, 0, 4,
                        "\"game\" cannot be a token: no model is loaded; load one");
}
END_TEST

START_TEST(evaluating_without_memory_is_an_error)
{
    static const char *const texts[] = {"norm(w_u @ grid @ w_e - 2 * cat(w_e, w_e)[:, :6]' @ w_e)",
                                        "svd(grid[0]).u[:, 1:, 2]",
                                        "abs(diag(x) @ w_e)[\"game\"]",
                                        "eig(w_e @ w_e').v0 @ w_e",
                                        "trace(per_layer') / 3",
                                        "(w_e * w_e)[:, \"run\"]"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct value *v = NULL;
        for (size_t n = 1; v == NULL; n++) {
            struct err e = {0};
            struct text note = TEXT_EMPTY;
            mem_fail_at(n);
            v = direction(texts[i], &note, &e);
            mem_fail_at(0);
            text_done(&note);
            ck_assert_uint_lt(n, 2000);
            if (v == NULL && e.code == ERR_TYPE)
                break;
            ck_assert_msg(v != NULL || e.code == ERR_MEMORY, "%s: %s", texts[i], e.message);
        }
        value_unref(v);
    }
}
END_TEST

TCase *eval_case(void)
{
    TCase *c = tcase_create("eval");
    tcase_add_checked_fixture(c, fixture_make, fixture_free);
    tcase_add_test(c, numbers);
    tcase_add_test(c, vectors);
    tcase_add_test(c, matrices);
    tcase_add_test(c, operands_of_the_wrong_kind);
    tcase_add_test(c, axes_that_clash_are_explained);
    tcase_add_test(c, suggested_transposes_are_right);
    tcase_add_test(c, parts_of_axes_do_not_mix);
    tcase_add_test(c, stacks_broadcast);
    tcase_add_test(c, stacks_that_differ_are_refused);
    tcase_add_test(c, functions);
    tcase_add_test(c, functions_are_refused);
    tcase_add_test(c, fields_of_decompositions);
    tcase_add_test(c, names_with_numbers_are_columns);
    tcase_add_test(c, unknown_names);
    tcase_add_test(c, words_are_directions);
    tcase_add_test(c, words_are_the_models_own);
    tcase_add_test(c, directions_are_rows_of_what_w_u_is_now);
    tcase_add_test(c, evaluating_without_memory_is_an_error);
    return c;
}
