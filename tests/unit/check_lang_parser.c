/* Statements, signatures, and the exact words and places of what is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/lang/lexer.h"
#include "bilens/lang/parser.h"
#include "bilens/lang/workspace.h"
#include "check_lang.h"

/* ---- signatures ---- */

START_TEST(signatures_are_read)
{
    struct signature s;
    ck_assert(signature_parse("", &s));
    ck_assert_uint_eq(s.arguments + s.options, 0);
    ck_assert(signature_parse("DIRECTION [N] [--layer N] [--basis token|resid] [--all]", &s));
    ck_assert_uint_eq(s.arguments, 2);
    ck_assert_uint_eq(s.options, 3);
    ck_assert_str_eq(s.argument[0].name, "DIRECTION");
    ck_assert_int_eq(s.argument[0].kind, ARGUMENT_DIRECTION);
    ck_assert(!s.argument[0].optional);
    ck_assert(s.argument[1].optional && s.argument[1].kind == ARGUMENT_EXPRESSION);
    ck_assert_str_eq(s.option[0].name, "layer");
    ck_assert(s.option[0].has_value && s.option[0].kind == ARGUMENT_EXPRESSION);
    ck_assert_str_eq(s.option[1].choices, "token|resid");
    ck_assert(!s.option[2].has_value);
    ck_assert(signature_parse("VALUE... [PATH]", &s));
    ck_assert(s.argument[0].repeated);
    ck_assert_str_eq(s.argument[0].name, "VALUE");
    ck_assert_int_eq(s.argument[1].kind, ARGUMENT_RAW);
    ck_assert(signature_parse("[VALUE...] to FILE [as NAME] [on|off]", &s));
    ck_assert_uint_eq(s.arguments, 4);
    ck_assert(s.argument[0].repeated && s.argument[0].optional);
    ck_assert_str_eq(s.argument[1].keyword, "to");
    ck_assert_str_eq(s.argument[1].name, "FILE");
    ck_assert(!s.argument[1].optional && s.argument[2].optional);
    ck_assert_str_eq(s.argument[2].keyword, "as");
    ck_assert_str_eq(s.argument[3].keyword, "");
    static const char *const wrong[] = {"[N", "--top N", "[--top N", "A B C D E", "[]"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!signature_parse(wrong[i], &s), "%s", wrong[i]);
}
END_TEST

/* ---- commands ---- */

static void expect_command(const char *name, const char *found, enum err_code code,
                           const char *message)
{
    struct err e = {0};
    const struct command *c = command_find(&commands, name, &e);
    ck_assert_str_eq(c ? c->name : "-", found);
    ck_assert_int_eq(e.code, code);
    ck_assert_str_eq(e.message, message);
}

START_TEST(commands_are_found_by_their_beginning)
{
    expect_command("topk", "topk", ERR_NONE, "");
    expect_command("to", "topk", ERR_NONE, "");
    expect_command("sh", "show", ERR_NONE, "");
    expect_command("s", "-", ERR_AMBIGUOUS, "'s' may be: show, spectrum, save");
    expect_command("", "-", ERR_AMBIGUOUS,
                   "'' may be: show, topk, spectrum, save, load, list, fail, bind2, keep");
    expect_command("l", "-", ERR_AMBIGUOUS, "'l' may be: load, list");
    expect_command("tpok", "-", ERR_UNKNOWN_COMMAND, "unknown command 'tpok'; did you mean topk?");
    expect_command("zzz", "-", ERR_UNKNOWN_COMMAND, "unknown command 'zzz'");
    ck_assert_ptr_null(command_exact(&commands, "to"));
}
END_TEST

/* ---- statements ---- */

static bool parse(const char *text, struct statement *s, struct err *e)
{
    size_t at = 0;
    return statement_parse(text, &at, &commands, fixture.names, s, e);
}

static void expect_refused(const char *text, enum err_code code, size_t start, size_t end,
                           const char *message)
{
    struct statement s;
    struct err e = {0};
    size_t at = 0;
    ck_assert_msg(!statement_parse(text, &at, &commands, fixture.names, &s, &e), "%s", text);
    expect_error_at(&e, code, start, end, message);
    ck_assert_uint_eq(at, strlen(text)); /* nothing behind it runs */
}

START_TEST(statements_follow_each_other)
{
    const char *text = "# first\nshow k; y = x @ w_e\n\n topk x 3 --pole high > out.txt; x";
    static const enum statement_kind kinds[] = {STATEMENT_EMPTY,   STATEMENT_COMMAND,
                                                STATEMENT_ASSIGN,  STATEMENT_EMPTY,
                                                STATEMENT_COMMAND, STATEMENT_EXPRESSION};
    static const char *const texts[] = {
        "", "show k", "y = x @ w_e", "", "topk x 3 --pole high > out.txt", "x"};
    size_t at = 0;
    for (size_t i = 0; i < 6; i++) {
        struct statement s;
        struct err e = {0};
        ck_assert_msg(statement_parse(text, &at, &commands, fixture.names, &s, &e), "%s",
                      e.message);
        ck_assert_int_eq(s.kind, kinds[i]);
        ck_assert_uint_eq(s.end - s.start, strlen(texts[i]));
        ck_assert_mem_eq(text + s.start, texts[i], s.end - s.start);
        statement_free(&s);
    }
    ck_assert_uint_eq(at, strlen(text));
}
END_TEST

START_TEST(arguments_are_expressions_side_by_side)
{
    struct statement s;
    struct err e = {0};
    ck_assert(parse("topk --pole low x 5 --all", &s, &e));
    ck_assert_uint_eq(s.arguments, 2);
    ck_assert_int_eq(s.argument[0].node->kind, NODE_NAME);
    ck_assert_double_eq(s.argument[1].node->number, 5);
    ck_assert_uint_eq(s.options, 2);
    ck_assert_str_eq(s.option[0].name, "pole");
    ck_assert_str_eq(s.option[0].value.raw, "low");
    ck_assert_str_eq(s.option[1].name, "all");
    ck_assert(!s.option[1].has_value);
    statement_free(&s);
    ck_assert(parse("spectrum x t k", &s, &e));
    ck_assert_uint_eq(s.arguments, 3);
    statement_free(&s);
    ck_assert(parse("load ~/models/2nd\"x #not a comment", &s, &e));
    ck_assert_str_eq(s.argument[0].raw, "~/models/2nd\"x");
    statement_free(&s);
    ck_assert(parse("load \"a b\\t\"", &s, &e));
    ck_assert_str_eq(s.argument[0].raw, "a b\t");
    statement_free(&s);
}
END_TEST

START_TEST(words_are_names_commands_or_functions)
{
    static const struct {
        const char *text;
        enum statement_kind kind;
    } cases[] = {
        {"k", STATEMENT_EXPRESSION},        {"u0", STATEMENT_EXPRESSION},
        {"topk x", STATEMENT_COMMAND},      {"norm(x)", STATEMENT_EXPRESSION},
        {"t = k", STATEMENT_ASSIGN},        {"t=k", STATEMENT_ASSIGN},
        {"nothing'", STATEMENT_EXPRESSION}, {"nothing + 1", STATEMENT_EXPRESSION},
        {"-k", STATEMENT_EXPRESSION},       {"(k)", STATEMENT_EXPRESSION},
        {"fai", STATEMENT_COMMAND},         {"t", STATEMENT_EXPRESSION}, /* a name beats topk */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct statement s;
        struct err e = {0};
        ck_assert_msg(parse(cases[i].text, &s, &e), "%s: %s", cases[i].text, e.message);
        ck_assert_msg(s.kind == cases[i].kind, "%s", cases[i].text);
        statement_free(&s);
    }
}
END_TEST

static const char *at_home(const char *rest)
{
    static char path[512];
    snprintf(path, sizeof path, "%s%s", getenv("HOME"), rest);
    return path;
}

static void expect_redirect(const char *text, enum redirect_kind kind, const char *target)
{
    struct statement s;
    struct err e = {0};
    ck_assert_msg(parse(text, &s, &e), "%s: %s", text, e.message);
    ck_assert_int_eq(s.redirect, kind);
    ck_assert_str_eq(s.target, target);
    statement_free(&s);
}

START_TEST(redirects)
{
    expect_redirect("k > out.csv", REDIRECT_WRITE, "out.csv");
    expect_redirect("k >> ~/out.csv", REDIRECT_APPEND, at_home("/out.csv"));
    expect_redirect("k>\"a b\" # c", REDIRECT_WRITE, "a b");
    expect_redirect("k | sort -n > \"x;y\"; head", REDIRECT_PIPE, "sort -n > \"x;y\"; head");
    expect_redirect("load ~x > 2nd", REDIRECT_WRITE, "2nd");
    expect_refused("k >", ERR_SYNTAX, 2, 3, "'>' needs a file name");
    expect_refused("k > ; x", ERR_SYNTAX, 3, 4, "'>' needs a file name");
    expect_refused("k > a b", ERR_SYNTAX, 6, 7,
                   "unexpected 'b': the expression is complete before it");
}
END_TEST

START_TEST(bad_arguments_and_options_are_refused)
{
    static const char usage[] = "topk VECTOR [N] [--pole high|low] [--all] [--first N]";
    char message[200];
    strcpy(message, "topk needs VECTOR: ");
    expect_refused("topk", ERR_ARGUMENT, 0, 4, strcat(message, usage));
    strcpy(message, "topk takes no more arguments: ");
    expect_refused("topk x 1 2", ERR_ARGUMENT, 9, 10, strcat(message, usage));
    expect_refused("fail 1", ERR_ARGUMENT, 5, 6, "fail takes no arguments: fail");
    expect_refused("topk x --pol low", ERR_UNKNOWN_OPTION, 7, 12,
                   "topk has no option --pol; did you mean --pole?");
    expect_refused("topk x --zzz", ERR_UNKNOWN_OPTION, 7, 12,
                   "topk has no option --zzz; it has --pole, --all, --first");
    expect_refused("show x --zzz", ERR_UNKNOWN_OPTION, 7, 12,
                   "show takes no options");
    expect_refused("topk x --all --all", ERR_ARGUMENT, 13, 18, "--all is given twice");
    expect_refused("topk x --pole", ERR_ARGUMENT, 7, 13, "--pole needs a value: high|low");
    expect_refused("topk x --first --all", ERR_ARGUMENT, 7, 14, "--first needs a value");
    expect_refused("topk x --pole up", ERR_ARGUMENT, 14, 16, "--pole takes high|low, not 'up'");
    expect_refused("topk x --pole hi", ERR_ARGUMENT, 14, 16, "--pole takes high|low, not 'hi'");
    expect_refused("spectrum", ERR_ARGUMENT, 0, 8, "spectrum needs VALUE: spectrum VALUE...");
    expect_refused("save x \"abc", ERR_SYNTAX, 7, 11, "a string without its closing \"");
}
END_TEST

START_TEST(bad_statements_are_refused)
{
    expect_refused("topl x", ERR_UNKNOWN_COMMAND, 0, 4,
                   "unknown command 'topl'; did you mean topk?");
    expect_refused("s x", ERR_AMBIGUOUS, 0, 1, "'s' may be: show, spectrum, save");
    expect_refused("topk = 3", ERR_ARGUMENT, 0, 4,
                   "'topk' is a command or function; choose another name");
    expect_refused("svd = 3", ERR_ARGUMENT, 0, 3,
                   "'svd' is a command or function; choose another name");
    expect_refused("y = ", ERR_SYNTAX, 4, 5,
                   "expected a name, a number, a \"token\" or '(' here, but the statement ends");
    expect_refused("y = 1 2", ERR_SYNTAX, 6, 7,
                   "unexpected '2': the expression is complete before it");
    expect_refused("k + ) ", ERR_SYNTAX, 4, 5,
                   "expected a name, a number, a \"token\" or '(' here, not ')'");
    expect_refused("(k", ERR_SYNTAX, 0, 1, "this bracket is never closed");
    expect_refused("grid[0 1]", ERR_SYNTAX, 7, 8, "expected ',' or ']' here, not '1'");
    expect_refused("cat(w_e; k)", ERR_SYNTAX, 7, 8,
                   "expected ',' or ')' here, but the statement ends");
    expect_refused("grid[,0]", ERR_SYNTAX, 5, 6, "expected an index here, not ','");
    expect_refused("k.3", ERR_SYNTAX, 1, 3,
                   "unexpected '.3': the expression is complete before "
                   "it");
    expect_refused("k.'", ERR_SYNTAX, 2, 3, "expected a field's name here, not '''");
    expect_refused("k $ 2", ERR_SYNTAX, 2, 3, "'$' means nothing here");
}
END_TEST

/* ---- trees ---- */

static void write_tree(const struct node *n, struct text *out)
{
    static const char *const kinds[] = {"#", "",  "$",  "neg", "'",  "@", "*",  "/",
                                        "+", "-", "[]", ".",   "f:", ":", "..."};
    if (n == NULL) {
        text_add(out, "_");
        return;
    }
    text_add(out, kinds[n->kind]);
    if (n->kind == NODE_NUMBER)
        text_printf(out, "%g", n->number);
    if (n->text != NULL)
        text_add(out, n->text);
    for (size_t i = 0; i < n->count; i++) {
        text_add(out, i == 0 ? "(" : " ");
        write_tree(n->parts[i], out);
    }
    text_add(out, n->count > 0 ? ")" : "");
}

static void expect_tree(const char *expression, const char *expected)
{
    struct err e = {0};
    struct text t = TEXT_EMPTY;
    struct node *n = expression_parse(expression, &e);
    ck_assert_msg(n != NULL, "%s: %s", expression, e.message);
    write_tree(n, &t);
    ck_assert_str_eq(text_get(&t), expected);
    ck_assert_uint_eq(n->start, 0);
    ck_assert_uint_eq(n->end, strlen(expression));
    text_done(&t);
    node_free(n);
}

START_TEST(expressions_have_the_usual_precedence)
{
    expect_tree("a + b @ c", "+(a @(b c))");
    expect_tree("a - b - c", "-(-(a b) c)");
    expect_tree("a @ b @ c", "@(@(a b) c)");
    expect_tree("a / b * c", "*(/(a b) c)");
    expect_tree("-a' @ b", "@(neg('(a)) b)");
    expect_tree("a @ -b", "@(a neg(b))");
    expect_tree("(a + b)'", "'(+(a b))");
    expect_tree("- -a", "neg(neg(a))");
    expect_tree("a''[0].u0", ".u0([]('('(a)) #0))");
    expect_tree("f(a, b + 1)", "f:f(a +(b #1))");
}
END_TEST

START_TEST(index_forms_are_read)
{
    expect_tree("a[1, -2]", "[](a #1 neg(#2))");
    expect_tree("a[1:2, :, ::, 3:, :4, ::-1, 1:2:3]",
                "[](a :(#1 #2 _) :(_ _ _) :(_ _ _) :(#3 _ _) :(_ #4 _) :(_ _ neg(#1)) "
                ":(#1 #2 #3))");
    expect_tree("a[..., \"x\", y]", "[](a ... $x y)");
    expect_tree("a[0][1]", "[]([](a #0) #1)");
    expect_tree("a[0,]", "[](a #0)");
}
END_TEST

/* ---- hostile texts ---- */

static const char too_much[] = "the expression is too long or too deeply nested";

/* A text of so many bytes, repeating a pattern. */
static char *repeated(const char *pattern, size_t bytes)
{
    size_t length = strlen(pattern);
    char *text = malloc(bytes + 1);
    for (size_t i = 0; i < bytes; i++)
        text[i] = pattern[i % length];
    text[bytes] = '\0';
    return text;
}

START_TEST(a_megabyte_of_anything_is_an_error_and_no_crash)
{
    static const char *const deep[] = {"(",     "-",  "[",  "k[",    "f(",      "k'''", "k+",
                                       "k.a.b", "1-", "- ", "k@k*k", "k[0][0]", "cat(", "k[k["};
    for (size_t i = 0; i < sizeof deep / sizeof *deep; i++) {
        char *text = repeated(deep[i], 1 << 20);
        struct err e = {0};
        struct statement s;
        ck_assert_msg(!parse(text, &s, &e), "%s", deep[i]);
        ck_assert_int_eq(e.code, ERR_SYNTAX);
        ck_assert_uint_le(e.end, (1 << 20) + 1);
        lexer_wants_more(text);
        free(text);
    }
}
END_TEST

START_TEST(deep_and_long_expressions_have_a_limit)
{
    struct err e = {0};
    char *text = repeated("(", 1000);
    ck_assert_ptr_null(expression_parse(text, &e));
    expect_error_at(&e, ERR_SYNTAX, 200, 201, too_much);
    free(text);
    err_clear(&e);
    text = repeated("+k", 2 * 5000);
    ck_assert_ptr_null(expression_parse(text + 1, &e));
    ck_assert_str_eq(e.message, too_much);
    free(text);
    text = repeated("+k", 2 * 3000);
    struct node *n = expression_parse(text + 1, &e);
    ck_assert_ptr_nonnull(n);
    node_free(n);
    free(text);
}
END_TEST

START_TEST(a_megabyte_of_names_numbers_and_strings_is_read)
{
    static const char *const long_ones[] = {"k", "1", " ", "#x", "\\\n", ";", "\n"};
    for (size_t i = 0; i < sizeof long_ones / sizeof *long_ones; i++) {
        char *text = repeated(long_ones[i], 1 << 20);
        struct err e = {0};
        struct statement s = {0};
        if (parse(text, &s, &e))
            statement_free(&s);
        lexer_wants_more(text);
        free(text);
    }
    char *list = repeated("cat(k,k,k,k,k,k,k,k,k", 1 << 18);
    struct err e = {0};
    struct statement s;
    ck_assert(!parse(list, &s, &e));
    free(list);
}
END_TEST

START_TEST(every_prefix_of_a_statement_is_parsed_or_refused)
{
    static const char text[] = "topk (w_u[\"game\"] - 2 * -x'[:, 1:3:-1, ...]).u0 3 --pole high "
                               "--first k >> \"a\\x41\"; y = cat(w_e, grid[0, 1]) | less\nload a";
    char part[sizeof text];
    for (size_t n = 0; n < sizeof text; n++) {
        size_t at = 0;
        memcpy(part, text, n);
        part[n] = '\0';
        for (int i = 0; i < 4 && at < n; i++) {
            struct statement s;
            struct err e = {0};
            if (statement_parse(part, &at, &commands, fixture.names, &s, &e)) {
                ck_assert_uint_le(s.end, n);
                statement_free(&s);
            } else {
                ck_assert_int_ne(e.code, ERR_NONE);
                ck_assert_uint_gt(strlen(e.message), 0);
                ck_assert_uint_lt(e.start, e.end);
                ck_assert_uint_le(e.end, n + 1);
            }
        }
    }
}
END_TEST

START_TEST(parsing_without_memory_is_an_error)
{
    static const char text[] = "topk (w_u[\"game\"] - 2 * -x'[:, 1:3]).u0 3 --pole high > \"a\"";
    bool ok = false;
    for (size_t n = 1; !ok; n++) {
        struct statement s;
        struct err e = {0};
        mem_fail_at(n);
        ok = parse(text, &s, &e);
        mem_fail_at(0);
        ck_assert_uint_lt(n, 200);
        if (ok)
            statement_free(&s);
        else
            ck_assert_int_eq(e.code, ERR_MEMORY);
    }
}
END_TEST

TCase *parser_case(void)
{
    TCase *c = tcase_create("parser");
    tcase_add_checked_fixture(c, fixture_make, fixture_free);
    tcase_add_test(c, signatures_are_read);
    tcase_add_test(c, commands_are_found_by_their_beginning);
    tcase_add_test(c, statements_follow_each_other);
    tcase_add_test(c, arguments_are_expressions_side_by_side);
    tcase_add_test(c, words_are_names_commands_or_functions);
    tcase_add_test(c, redirects);
    tcase_add_test(c, bad_arguments_and_options_are_refused);
    tcase_add_test(c, bad_statements_are_refused);
    tcase_add_test(c, expressions_have_the_usual_precedence);
    tcase_add_test(c, index_forms_are_read);
    tcase_add_test(c, a_megabyte_of_anything_is_an_error_and_no_crash);
    tcase_add_test(c, deep_and_long_expressions_have_a_limit);
    tcase_add_test(c, a_megabyte_of_names_numbers_and_strings_is_read);
    tcase_add_test(c, every_prefix_of_a_statement_is_parsed_or_refused);
    tcase_add_test(c, parsing_without_memory_is_an_error);
    return c;
}
