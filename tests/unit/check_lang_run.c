/* Running statements: what they bind, and that a failed one has changed nothing. */
#define _XOPEN_SOURCE 700
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bilens/base/mem.h"
#include "bilens/base/outfile.h"
#include "bilens/base/text.h"
#include "check_lang.h"

/* ---- a small table of commands ---- */

static bool run_show(struct call *c, struct report *report, struct err *e)
{
    struct value *v = call_value(c, 0, e);
    struct block *b = v ? report_add(report, BLOCK_SCALARS) : NULL;
    bool ok = b != NULL && block_scalar(b, "count", (double)v->count) &&
              report_ledger(report, "weights", "%s", "raw");
    value_unref(v);
    return ok;
}

static bool run_topk(struct call *c, struct report *report, struct err *e)
{
    size_t n = 10, first = 7;
    struct value *v = call_direction(c, 0, e);
    bool ok = v != NULL && call_number(c, 1, 1, 100, &n, e) &&
              call_option_number(c, "first", 0, 9, &first, e) &&
              report_title(report, "%s %zu %zu %s %d", text_get(&c->note), n, first,
                           call_choice(c, "pole", "high"), call_has(c, "all"));
    value_unref(v);
    return ok;
}

static bool run_nothing(struct call *c, struct report *report, struct err *e)
{
    (void)c;
    (void)report;
    (void)e;
    return true;
}

/* Binds in all ways, and then fails. */
static bool run_fail(struct call *c, struct report *report, struct err *e)
{
    (void)report;
    struct value *v = value_of_number(9);
    bool ok = v != NULL && call_bind(c, "k", v, false) && call_bind(c, "new", v, false) &&
              call_unbind(c, "t");
    value_unref(v);
    return ok && err_set(e, ERR_NUMERIC, "this command fails");
}

/* Binds "y" and "k" to its arguments, and takes "t" away. */
static bool run_bind2(struct call *c, struct report *report, struct err *e)
{
    (void)report;
    struct value *a = call_value(c, 0, e), *b = a ? call_value(c, 1, e) : NULL;
    bool ok = b != NULL && call_bind(c, "y", a, false) && call_bind(c, "k", b, false) &&
              call_unbind(c, "t");
    value_unref(a);
    value_unref(b);
    return ok;
}

static int models_freed;

static void free_model(void *model)
{
    (void)model;
    models_freed++;
}

/* A new model, which brings w_u and q. */
static bool run_load(struct call *c, struct report *report, struct err *e)
{
    static int models[2];
    (void)report;
    struct value *v = value_of_number(1);
    bool ok = v != NULL && call_model(c, &models[*call_raw(c, 0) == 'b'], free_model, NULL, true) &&
              call_bind(c, "w_u", v, true) && call_bind(c, "q", v, true);
    value_unref(v);
    return ok && (*call_raw(c, 0) != '!' || err_set(e, ERR_FILE, "no such model"));
}

/* Writes a file, and binds NAME to a number that comes from a model of that name. */
static bool run_keep(struct call *c, struct report *r, struct err *e)
{
    const char *path = call_raw(c, call_count(c) - 2), *name = call_raw(c, call_count(c) - 1);
    struct provenance p = {.hash = "0"};
    strncat(p.name, name, sizeof p.name - 1);
    struct outfile *file = outfile_open(path, e);
    if (file == NULL || !outfile_write(file, "kept", 4, e) || !outfile_finish(file, e)) {
        outfile_free(file);
        return false;
    }
    struct value *v = value_of_number(1);
    bool ok = call_output(c, file) && v != NULL && call_provenance(c, &p, &v->traits) &&
              call_bind(c, name, v, false) &&
              report_title(r, "%zu to %s as %s", call_count(c) - 2, path, name);
    value_unref(v);
    return ok && (*name != 'f' || err_set(e, ERR_NUMERIC, "this command fails"));
}

static void describe_model(const void *model, struct provenance *out)
{
    (void)model;
    *out = (struct provenance){.name = "replaced", .hash = "1"};
}

static const struct command table[] = {
    {"show", "VALUE", "", "", "", run_show},
    {"topk", "VECTOR [N] [--pole high|low] [--all] [--first N]", "", "", "", run_topk},
    {"spectrum", "VALUE...", "", "", "", run_nothing},
    {"save", "VALUE PATH", "", "", "", run_nothing},
    {"load", "PATH", "", "", "", run_load},
    {"list", "", "", "", "", run_nothing},
    {"fail", "", "", "", "", run_fail},
    {"bind2", "VALUE VALUE", "", "", "", run_bind2},
    {"keep", "[VALUE...] to FILE as NAME [--all]", "", "", "", run_keep},
};

const struct command_table commands = {
    .commands = table, .count = sizeof table / sizeof *table, .describe = describe_model};

/* ---- running ---- */

static struct host host = {.memory = 1 << 20};
static struct session_state state;
static struct report *report;

static void state_make(void)
{
    fixture_make();
    state = (struct session_state){.names = fixture.names, .commands = &commands, .host = &host};
    report = report_new();
    models_freed = 0;
}

static void state_free(void)
{
    session_state_done(&state);
    report_free(report);
    fixture_free();
}

static bool run_statement(const char *line, struct statement *s, struct text *bound, struct err *e)
{
    struct script *script = script_new(line);
    struct call *c = NULL;
    if (script != NULL)
        c = call_new(&state, script, s);
    else
        statement_free(s);
    bool ok = c != NULL && call_run(c, e) && call_commit(c, &state, e);
    if (ok)
        text_printf(bound, "%s%s", bound->length > 0 && c->bound.length > 0 ? " " : "",
                    text_get(&c->bound));
    if (ok) {
        report_free(report);
        report = c->report;
        c->report = NULL;
    }
    call_free(c);
    script_unref(script);
    return ok;
}

bool run(const char *line, struct text *bound, struct err *e)
{
    size_t at = 0;
    bool ok = true;
    while (ok && line[at] != '\0') {
        struct statement s;
        ok = statement_parse(line, &at, &commands, fixture.names, &s, e) &&
             run_statement(line, &s, bound, e);
    }
    return ok;
}

static void expect_run(const char *line, const char *expected)
{
    struct err e = {0};
    struct text bound = TEXT_EMPTY;
    ck_assert_msg(run(line, &bound, &e), "%s: %s", line, e.message);
    ck_assert_str_eq(text_get(&bound), expected);
    text_done(&bound);
}

static void expect_run_fails(const char *line, enum err_code code, size_t start, size_t end,
                             const char *message)
{
    struct err e = {0};
    struct text bound = TEXT_EMPTY;
    ck_assert_msg(!run(line, &bound, &e), "%s", line);
    expect_error_at(&e, code, start, end, message);
    ck_assert_str_eq(text_get(&bound), "");
    text_done(&bound);
}

/* Every name with where its value lies: whatever changes changes this. */
static bool write_binding(const char *name, const struct value *value, bool from_model, void *out)
{
    text_printf(out, "%s %p %d %zu\n", name, (const void *)value, from_model, value->refs);
    return true;
}

static char *snapshot(void)
{
    struct text t = TEXT_EMPTY;
    workspace_each(fixture.names, write_binding, &t);
    text_printf(&t, "%p", state.current);
    return text_take(&t);
}

static void expect_unchanged(char *before, const char *what)
{
    char *after = snapshot();
    ck_assert_msg(strcmp(before, after) == 0, "%s changed the workspace:\n%s\n%s", what, before,
                  after);
    mem_free(after);
}

START_TEST(statements_bind_names)
{
    expect_run("y = w_u @ x", "y");
    expect_shape("y", "token, 6");
    expect_run("bind2 7 k + 1; z = y * k", "y k z");
    ck_assert_double_eq(number_of("z"), 21);
    ck_assert_ptr_null(workspace_get(fixture.names, "t"));
    expect_run("k = k + 1; k = k + 1", "k k");
    ck_assert_double_eq(number_of("k"), 5);
    expect_run("", "");
    expect_run("# nothing\n;;", "");
}
END_TEST

START_TEST(names_keep_their_order)
{
    static const char *const order[] = {"w_e", "w_u", "k", "x", "per_layer", "grid", "y"};
    expect_run("bind2 1 2", "y k");
    char *names = snapshot(), *line = names;
    for (size_t i = 0; i < 7; i++) {
        ck_assert_uint_eq(strcspn(line, " "), strlen(order[i]));
        ck_assert_mem_eq(line, order[i], strlen(order[i]));
        line = strchr(line, '\n') + 1;
    }
    mem_free(names);
}
END_TEST

START_TEST(commands_get_their_arguments)
{
    expect_run("x; show grid", "");
    ck_assert_uint_eq(report->count, 1);
    ck_assert_double_eq(report->blocks[0].scalars.values[0], 6);
    ck_assert_uint_eq(report->ledger_count, 1);
    expect_run("topk x 3 --first 2 --pole low --all", "");
    ck_assert_str_eq(report->title, "name x 3 2 low 1");
    expect_run("topk \"run\"", "");
    ck_assert_str_eq(report->title, "token \"run\" (2) 10 7 high 0");
    expect_run_fails("topk x 0", ERR_ARGUMENT, 7, 8, "N must be a whole number from 1 to 100");
    expect_run_fails("topk x 1.5", ERR_ARGUMENT, 7, 10, "N must be a whole number from 1 to 100");
    expect_run_fails("topk x x", ERR_ARGUMENT, 7, 8, "N must be a whole number from 1 to 100");
    expect_run_fails("topk x 1e300", ERR_ARGUMENT, 7, 12, "N must be a whole number from 1 to 100");
    expect_run_fails("topk x --first 10", ERR_ARGUMENT, 15, 17,
                     "--first must be a whole number from 0 to 9");
    expect_run_fails("topk x + w_u", ERR_TYPE, 5, 12,
                     "cannot add a vector to a matrix");
}
END_TEST

START_TEST(failed_statements_change_nothing)
{
    static const char *const lines[] = {"fail",       "y = nope", "k = w_u @ w_u",
                                        "load !",     "show k k", "bind2 1 nope",
                                        "k = svd(x)", "topk w_u", "y = 1; fail"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct err e = {0};
        struct text bound = TEXT_EMPTY;
        char *before = snapshot();
        bool two = strchr(lines[i], ';') != NULL;
        ck_assert_msg(!run(lines[i], &bound, &e), "%s", lines[i]);
        ck_assert_uint_lt(e.start, e.end);
        if (two) { /* the first of two statements stands */
            ck_assert_str_eq(text_get(&bound), "y");
            workspace_remove(fixture.names, "y");
        }
        expect_unchanged(before, lines[i]);
        mem_free(before);
        text_done(&bound);
    }
    ck_assert_int_eq(models_freed, 1); /* the one that "load !" made */
    expect_run_fails("show 1; fail", ERR_NUMERIC, 8, 12, "this command fails");
}
END_TEST

START_TEST(a_model_takes_the_names_of_the_one_before)
{
    struct value *latest = value_of_number(1); /* as svd binds its fields */
    latest->traits = TRAIT_LATEST;
    workspace_set(fixture.names, "s", latest, false);
    value_unref(latest);
    expect_run("u = k; mine = k; load a", "u mine w_u q");
    ck_assert_ptr_null(workspace_get(fixture.names, "w_e"));
    ck_assert_ptr_null(workspace_get(fixture.names, "s"));
    ck_assert_ptr_nonnull(workspace_get(fixture.names, "u")); /* the user's own */
    ck_assert_ptr_nonnull(workspace_get(fixture.names, "mine"));
    ck_assert_ptr_nonnull(state.current);
    ck_assert_int_eq(models_freed, 0);
    expect_run("load b", "w_u q");
    ck_assert_int_eq(models_freed, 1);
    session_state_done(&state);
}
END_TEST

/* ---- files, and where values come from ---- */

static char kept[] = "/tmp/check-lang-XXXXXX";

static void make_kept(void)
{
    strcpy(kept, "/tmp/check-lang-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(kept));
    ck_assert_int_eq(chdir(kept), 0);
    state_make();
}

static void remove_kept(void)
{
    state_free();
    ck_assert_int_eq(chdir("/"), 0);
    rmdir(kept); /* fails where a test left something behind: then it is looked at there */
}

START_TEST(words_stand_before_arguments)
{
    expect_run("keep x k to out.1 as a", "a");
    ck_assert_str_eq(report->title, "2 to out.1 as a");
    expect_run("keep to \"out 2\" as b --all", "b");
    ck_assert_str_eq(report->title, "0 to out 2 as b");
    ck_assert_int_eq(unlink("out.1"), 0);
    ck_assert_int_eq(unlink("out 2"), 0);
#define USE "keep [VALUE...] to FILE as NAME [--all]"
    expect_run_fails("keep", ERR_ARGUMENT, 0, 4, "keep needs to FILE: " USE);
    expect_run_fails("keep x", ERR_ARGUMENT, 0, 6, "keep needs to FILE: " USE);
    expect_run_fails("keep x to", ERR_ARGUMENT, 7, 9, "FILE is missing after to: " USE);
    expect_run_fails("keep x to --all", ERR_ARGUMENT, 7, 9, "FILE is missing after to: " USE);
    expect_run_fails("keep x to f", ERR_ARGUMENT, 0, 11, "keep needs as NAME: " USE);
    expect_run_fails("keep x to f at b", ERR_ARGUMENT, 12, 14, "as NAME is expected here: " USE);
    expect_run_fails("keep x to f as", ERR_ARGUMENT, 12, 14, "NAME is missing after as: " USE);
    expect_run_fails("keep x to f as a b", ERR_ARGUMENT, 17, 18,
                     "keep takes no more arguments: " USE);
}
END_TEST

START_TEST(files_appear_only_where_the_statement_succeeds)
{
    expect_run_fails("keep x to out as fail", ERR_NUMERIC, 0, 21, "this command fails");
    ck_assert_int_ne(access("out", F_OK), 0);
    expect_run("keep x to out as good", "good");
    ck_assert_int_eq(unlink("out"), 0);
    ck_assert_int_eq(rmdir(kept), 0); /* nothing else is there */
    ck_assert_int_eq(mkdir(kept, 0700), 0);
}
END_TEST

START_TEST(models_are_remembered_that_are_not_open)
{
    expect_run("keep to out as p; keep to out as p; keep to out as q", "p p q");
    ck_assert_uint_eq(state.provenances, 2);
    ck_assert_str_eq(state.provenance[0].name, "p");
    ck_assert_uint_eq(workspace_get(fixture.names, "p")->traits, state.provenance[0].trait);
    ck_assert_uint_ne(state.provenance[0].trait, state.provenance[1].trait);
    unlink("out");
    expect_run("load a", "w_u q");
    unsigned trait = state.open[0].trait;
    ck_assert_uint_eq(trait & (state.provenance[0].trait | state.provenance[1].trait), 0);
    expect_run("load b", "w_u q");
    ck_assert_uint_eq(state.provenances, 3);
    ck_assert_str_eq(state.provenance[2].name, "replaced");
    ck_assert_uint_eq(state.provenance[2].trait, trait);
}
END_TEST

/* At each allocation in turn, the statement fails and has changed nothing. */
static void run_out_everywhere(const char *line)
{
    bool ok = false;
    for (size_t n = 1; !ok; n++) {
        struct err e = {0};
        struct text bound = TEXT_EMPTY;
        char *before = snapshot();
        mem_fail_at(n);
        ok = run(line, &bound, &e);
        mem_fail_at(0);
        ck_assert_uint_lt(n, 3000);
        if (!ok) {
            ck_assert_msg(e.code == ERR_MEMORY, "%s: %s", line, e.message);
            expect_unchanged(before, line);
        }
        mem_free(before);
        text_done(&bound);
    }
}

START_TEST(memory_runs_out_at_each_allocation)
{
    static const char *const lines[] = {
        "y = svd(w_u).u0",
        "k = norm(grid @ per_layer)",
        "bind2 k + 1 w_u @ w_e",
        "show grid @ x",
        "topk \"game\" - \"run\" 3 --first 2",
        "bind2 cat(w_e, w_e) (w_e' @ grid @ w_e)[..., 1:3, \"run\"]",
        "load a",
        "keep x k to /tmp/check-lang-kept as p",
    };
    run_out_everywhere(lines[_i]);
    unlink("/tmp/check-lang-kept");
    session_state_done(&state);
}
END_TEST

TCase *run_files_case(void)
{
    TCase *c = tcase_create("run_files");
    tcase_add_checked_fixture(c, make_kept, remove_kept);
    tcase_add_test(c, words_stand_before_arguments);
    tcase_add_test(c, files_appear_only_where_the_statement_succeeds);
    tcase_add_test(c, models_are_remembered_that_are_not_open);
    return c;
}

TCase *run_case(void)
{
    TCase *c = tcase_create("run");
    tcase_add_checked_fixture(c, state_make, state_free);
    tcase_add_test(c, statements_bind_names);
    tcase_add_test(c, names_keep_their_order);
    tcase_add_test(c, commands_get_their_arguments);
    tcase_add_test(c, failed_statements_change_nothing);
    tcase_add_test(c, a_model_takes_the_names_of_the_one_before);
    tcase_add_loop_test(c, memory_runs_out_at_each_allocation, 0, 8);
    return c;
}
