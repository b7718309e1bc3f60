#include "check_view.h"

#include <stdlib.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/cmd/commands.h"
#include "../support/alike.h"

const char *const view_tokens[TOKENS] = {
    "game", "play", "the", "run", "\033[2J", "\xe6\x97\xa5\xe6\x9c\xac", "e\xcc\x81", "game on"};

struct fixture fixture;

/* ---- labels ---- */

static bool label_name(const struct labels *labels, size_t index, struct text *out)
{
    (void)labels;
    if (index < TOKENS)
        text_add(out, view_tokens[index]);
    return index < TOKENS;
}

static bool label_find(const struct labels *labels, const char *word, size_t *index, struct err *e)
{
    (void)labels;
    for (*index = 0; *index < TOKENS; ++*index)
        if (strcmp(view_tokens[*index], word) == 0)
            return true;
    return err_set(e, ERR_UNKNOWN_TOKEN, "no token \"%s\"", word);
}

static void label_destroy(struct labels *labels)
{
    mem_free(labels);
}

static const struct labels_class label_class = {
    .name = label_name, .find = label_find, .destroy = label_destroy};

/* ---- values ---- */

double grid_entry(size_t layer, size_t head, size_t i, size_t j)
{
    return (double)(layer + 1) * ((i + 2 * j + head) % 5 - 2.0);
}

static struct matrix *make_matrix(struct axis row, struct axis col,
                                  double (*entry)(size_t n, size_t i, size_t j), size_t n)
{
    struct err e = {0};
    float *data;
    struct dense *d = dense_new(row.size, col.size, &data, &e);
    ck_assert_ptr_nonnull(d);
    for (size_t i = 0; i < row.size; i++)
        for (size_t j = 0; j < col.size; j++)
            data[i * col.size + j] = (float)entry(n, i, j);
    struct matrix *m = matrix_from_dense(d, row, col);
    ck_assert_ptr_nonnull(m);
    dense_unref(d);
    return m;
}

static double unembedding(size_t n, size_t i, size_t j)
{
    (void)n;
    return i == j ? 4.0 - (double)j : i == j + 4 ? 0.5 : 0;
}

static double embedding(size_t n, size_t i, size_t j)
{
    return unembedding(n, j, i);
}

static double grid_of(size_t n, size_t i, size_t j)
{
    return grid_entry(n / HEADS, n % HEADS, i, j);
}

static void bind(const char *name, struct value *v)
{
    ck_assert_ptr_nonnull(v);
    v->traits = TRAIT_MODEL;
    workspace_set(fixture.state.names, name, v, true);
    value_unref(v);
}

static void bind_all(void)
{
    struct axis token = axis_make(AXIS_TOKEN, TOKENS, fixture.labels);
    struct axis resid = axis_make(AXIS_RESID, RESID, NULL);
    struct stack_axis axes[] = {{'l', LAYERS, 0, 1}, {'h', HEADS, 0, 1}};
    bind("w_u", value_of_matrix(make_matrix(token, resid, unembedding, 0)));
    bind("w_e", value_of_matrix(make_matrix(resid, token, embedding, 0)));
    struct value *grid = value_new(VALUE_MATRIX, 2, axes);
    for (size_t n = 0; n < LAYERS * HEADS; n++)
        grid->items[n].matrix = make_matrix(resid, resid, grid_of, n);
    bind("grid", grid);
    struct vector *x = vector_new(token);
    for (size_t i = 0; i < TOKENS; i++)
        x->data[i] = (double)i - 3;
    bind("x", value_of_vector(x));
    bind("k", value_of_number(3));
}

void fixture_make(void)
{
    fixture.labels = mem_new(1, sizeof *fixture.labels);
    fixture.labels->class = &label_class;
    atomic_init(&fixture.labels->refs, 1);
    fixture.state = (struct session_state){
        .names = workspace_new(), .commands = &command_table, .host = &fixture.host};
    fixture.host =
        (struct host){.memory = 1 << 28, .heat_rows = 20, .heat_cols = 60, .line_width = 80};
    fixture.view = (struct view_host){
        .state = &fixture.state, .theme = {CHARSET_UTF8, DEPTH_MONO, false}, .memory = 1 << 28};
    bind_all();
    fixture.x = explorer_new(&fixture.view);
    explorer_resize(fixture.x, 24, 80);
}

void fixture_free(void)
{
    explorer_free(fixture.x);
    workspace_free(fixture.state.names);
    labels_unref(fixture.labels);
}

/* ---- doing ---- */

void open_view(const char *statement)
{
    struct err e = {0};
    struct view_request none = {0};
    bool ok = statement != NULL ? explorer_ask(fixture.x, NULL, statement, &e)
                                : explorer_open(fixture.x, &none, &e);
    ck_assert_msg(ok, "%s: %s", statement ? statement : "workspace", e.message);
}

void press_key(uint32_t key)
{
    explorer_key(fixture.x, key);
}

void press(const char *keys)
{
    for (; *keys != '\0'; keys++)
        press_key(*keys == '\n'     ? KEYCODE_ENTER
                  : *keys == '\t'   ? KEYCODE_TAB
                  : *keys == '\033' ? KEYCODE_ESCAPE
                                    : (unsigned char)*keys);
}

void idle(void)
{
    while (explorer_idle(fixture.x))
        continue;
}

/* ---- looking ---- */

char *screen(void)
{
    struct err e = {0};
    struct caret caret;
    struct text out = TEXT_EMPTY;
    struct canvas *c = explorer_draw(fixture.x, &caret, &e);
    ck_assert_msg(c != NULL, "%s", e.message);
    text_add(&out, "");
    canvas_write(c, &fixture.view.theme, &out);
    canvas_free(c);
    return text_take(&out);
}

char *screen_line(size_t row)
{
    char *all = screen(), *line = all;
    while (row-- > 0) {
        line = strchr(line, '\n');
        ck_assert_ptr_nonnull(line);
        line++;
    }
    char *out = mem_strndup(line, strcspn(line, "\n"));
    mem_free(all);
    return out;
}

void expect_line(size_t row, const char *expected)
{
    char *line = screen_line(row);
    ck_assert_msg(alike(expected, line), "\"%s\" where \"%s\" was expected", line, expected);
    mem_free(line);
}

void expect_status(const char *expected)
{
    expect_line(22, expected);
}

void expect_note(const char *expected)
{
    expect_line(23, expected);
}

static void expect(const char *text, bool shown)
{
    char *all = screen();
    ck_assert_msg((alike_find(all, text) != NULL) == shown, "\"%s\" is%s shown:\n%s", text,
                  shown ? " not" : "", all);
    mem_free(all);
}

void expect_shown(const char *text)
{
    expect(text, true);
}

void expect_not_shown(const char *text)
{
    expect(text, false);
}

void expect_statement(const char *expected)
{
    struct text t = TEXT_EMPTY;
    const struct view *v = explorer_top(fixture.x);
    v->class->statement(v, &t);
    ck_assert_str_eq(text_get(&t), expected);
    text_done(&t);
}

int main(void)
{
    Suite *suite = suite_create("view");
    suite_add_tcase(suite, keys_case());
    suite_add_tcase(suite, frame_case());
    suite_add_tcase(suite, bars_case());
    suite_add_tcase(suite, window_case());
    suite_add_tcase(suite, spectrum_case());
    suite_add_tcase(suite, matrix_case());
    suite_add_tcase(suite, others_case());
    suite_add_tcase(suite, view_memory_case());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
