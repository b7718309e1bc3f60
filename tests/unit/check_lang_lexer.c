/* Tokens, strings, raw words, and what wants another line. */
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/lang/lexer.h"
#include "check_lang.h"

/* Writes tokens as kinds: e end, ; stop, number, name, "string, --option, ~ ellipsis, and
 * signs as they are, each with its place. */
static void write_tokens(const char *text, bool options, struct text *out)
{
    struct lexer l;
    struct err e = {0};
    lexer_init(&l, text, 0);
    l.options = options;
    do {
        if (!lexer_next(&l, &e)) {
            text_printf(out, "! %zu..%zu %s", e.start, e.end, e.message);
            return;
        }
        static const char kinds[] = "e;#nso~A.";
        char kind = l.token.kind == TOKEN_SIGN ? l.token.sign : kinds[l.token.kind];
        text_printf(out, "%c%zu-%zu ", kind, l.token.start, l.token.end);
    } while (l.token.kind != TOKEN_END);
}

static void expect_tokens(const char *text, bool options, const char *expected)
{
    struct text t = TEXT_EMPTY;
    write_tokens(text, options, &t);
    ck_assert_str_eq(text_get(&t), expected);
    text_done(&t);
}

START_TEST(texts_fall_into_tokens)
{
    expect_tokens("", false, "e0-0 ");
    expect_tokens("w_e' @ qk[0,-1]", false,
                  "n0-3 '3-4 @5-6 n7-9 [9-10 #10-11 ,11-12 -12-13 #13-14 ]14-15 e15-15 ");
    expect_tokens("a; b\nc\r\nd", false, "n0-1 ;1-2 n3-4 ;4-5 n5-6 ;6-8 n8-9 e9-9 ");
    expect_tokens("x # a comment; \"\ny", false, "n0-1 ;16-17 n17-18 e18-18 ");
    expect_tokens("t[..., :3]", false, "n0-1 [1-2 ~2-5 ,5-6 :7-8 #8-9 ]9-10 e10-10 ");
    expect_tokens("x >> f > g | h", false, "n0-1 A2-4 n5-6 >7-8 n9-10 |11-12 n13-14 e14-14 ");
    expect_tokens("d.u0 = (1)/2", false,
                  "n0-1 .1-2 n2-4 =5-6 (7-8 #8-9 )9-10 /10-11 #11-12 e12-12 ");
    expect_tokens("\"a\\\"b\" \"\"", false, "s0-6 s7-9 e9-9 ");
}
END_TEST

START_TEST(options_are_told_from_minus_signs)
{
    expect_tokens("a --top 3", true, "n0-1 o2-7 #8-9 e9-9 ");
    expect_tokens("a --top 3", false, "n0-1 -2-3 -3-4 n4-7 #8-9 e9-9 ");
    expect_tokens("a--top --x-y_z --3", true,
                  "n0-1 -1-2 -2-3 n3-6 o7-14 -15-16 -16-17 #17-18 "
                  "e18-18 ");
}
END_TEST

START_TEST(numbers_are_read)
{
    static const struct {
        const char *text;
        double number;
        bool whole;
    } cases[] = {{"0", 0, true},          {"12", 12, true},     {"1.5", 1.5, false},
                 {".25", 0.25, false},    {"3.", 3, false},     {"1e3", 1000, false},
                 {"2.5E-1", 0.25, false}, {"1e+2", 100, false}, {"007", 7, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lexer l;
        struct err e = {0};
        lexer_init(&l, cases[i].text, 0);
        ck_assert(lexer_next(&l, &e));
        ck_assert_int_eq(l.token.kind, TOKEN_NUMBER);
        ck_assert_double_eq(l.token.number, cases[i].number);
        ck_assert_int_eq(l.token.whole, cases[i].whole);
        ck_assert_uint_eq(l.token.end, strlen(cases[i].text));
    }
    expect_tokens("1:2 1...", false, "#0-1 :1-2 #2-3 #4-5 ~5-8 e8-8 ");
    expect_tokens("1e", false, "! 0..2 a name cannot start with a digit");
    expect_tokens("0x10", false, "! 0..2 a name cannot start with a digit");
    expect_tokens("a 2nd", false, "n0-1 ! 2..4 a name cannot start with a digit");
}
END_TEST

START_TEST(what_is_no_token_is_refused_in_its_place)
{
    expect_tokens("a & b", false, "n0-1 ! 2..3 '&' means nothing here");
    expect_tokens("a \\ b", false, "n0-1 ! 2..3 '\\' means nothing here");
    expect_tokens("\xe7\x8c\xab", false,
                  "! 0..3 '\xe7\x8c\xab' means nothing here; put a token in double quotes");
    expect_tokens("x[\"game", false, "n0-1 [1-2 ! 2..7 a string without its closing \"");
    expect_tokens("\"a\nb\"", false, "! 0..2 a string without its closing \"");
    expect_tokens("\"a\\", false, "! 0..3 a string without its closing \"");
}
END_TEST

START_TEST(lines_are_continued)
{
    expect_tokens("a @ \\\nb", false, "n0-1 @2-3 n6-7 e7-7 ");
    expect_tokens("a @ \\\r\nb", false, "n0-1 @2-3 n7-8 e8-8 ");
    expect_tokens("f(1,\n2)\n3", false, "n0-1 (1-2 #2-3 ,3-4 #5-6 )6-7 ;7-8 #8-9 e9-9 ");
    expect_tokens(")\n)", false, ")0-1 ;1-2 )2-3 e3-3 ");
}
END_TEST

START_TEST(open_texts_want_more)
{
    static const char *const more[] = {"a[0,",    "f(",          "a \\",       "a \\\n",
                                       "(\n(\n)", "x[\"#\"] \\", "\"a#b\" \\", "x\nload a\\"};
    static const char *const done[] = {"",         "a",        "a[0]",       "f(1)", "a # \\",
                                       "# (",      "x[\"(\"]", "\"abc (",    ")",    "a;b",
                                       "\"\\\\\"", "x \\ # y", "a # \"\n#\\"};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        ck_assert_msg(lexer_wants_more(more[i]), "%s", more[i]);
    for (size_t i = 0; i < sizeof done / sizeof *done; i++)
        ck_assert_msg(!lexer_wants_more(done[i]), "%s", done[i]);
}
END_TEST

/* Line by line as whole, whatever each line is. */
START_TEST(a_growing_text_is_read_as_a_whole_one)
{
    static const char *const lines[] = {"(1,\n",   "2 # (\n", "\"#\" \\\n", ")\n",
                                        "a \\\n",  "x \"\n",  "$ \\\n",     "# \\\n",
                                        "1a \\\n", "[;\r\n",  "]\n"};
    enum { LINES = sizeof lines / sizeof *lines, MOST = 4 };
    for (size_t n = 0; n < (size_t)LINES * LINES * LINES * LINES; n++) {
        char text[64] = "";
        struct lexer_progress progress = {0};
        for (size_t i = 0, choice = n; i < MOST; i++, choice /= LINES) {
            strcat(text, lines[choice % LINES]);
            ck_assert_msg(lexer_goes_on(&progress, text) == lexer_wants_more(text), "%s", text);
        }
    }
}
END_TEST

static void expect_string(const char *text, const char *expected, size_t length)
{
    struct lexer l;
    struct err e = {0};
    struct text t = TEXT_EMPTY;
    lexer_init(&l, text, 0);
    ck_assert(lexer_next(&l, &e));
    ck_assert_msg(lexer_string(text, l.token, &t, &e), "%s", e.message);
    ck_assert_uint_eq(t.length, length);
    ck_assert_mem_eq(text_get(&t), expected, length);
    text_done(&t);
}

static void expect_bad_string(const char *text, size_t start, size_t end, const char *message)
{
    struct lexer l;
    struct err e = {0};
    struct text t = TEXT_EMPTY;
    lexer_init(&l, text, 0);
    ck_assert(lexer_next(&l, &e));
    ck_assert(!lexer_string(text, l.token, &t, &e));
    expect_error_at(&e, ERR_SYNTAX, start, end, message);
    text_done(&t);
}

START_TEST(escapes_are_undone)
{
    expect_string("\"\"", "", 0);
    expect_string("\" the\"", " the", 4);
    expect_string("\"a\\\"b\\\\c\\n\\t\\r\"", "a\"b\\c\n\t\r", 8);
    expect_string("\"\\x41\\xff\"", "A\xff", 2);
    expect_string("\"\\u{e9}\\u{1F600}\"", "\xc3\xa9\xf0\x9f\x98\x80", 6);
    expect_bad_string("\"ab\\q\"", 3, 5, "'\\q' is no escape; a backslash is written \\\\");
    expect_bad_string("\"\\x4\"", 1, 3, "'\\x' is no escape; a backslash is written \\\\");
    expect_bad_string("\"\\u{110000}\"", 1, 3, "'\\u' is no escape; a backslash is written \\\\");
    expect_bad_string("\"\\u{}\"", 1, 3, "'\\u' is no escape; a backslash is written \\\\");
}
END_TEST

START_TEST(raw_words_are_read)
{
    static const struct {
        const char *text, *word;
    } cases[] = {{"~/models/a-b.c next", "~/models/a-b.c"},
                 {"\"a b\" c", "a b"},
                 {"2nd;x", "2nd"},
                 {"a#b", "a#b"},
                 {"(x\ny", "(x"},
                 {"x\r\ny", "x"},
                 {"a\rb c", "a\rb"},
                 {"\xe7\x8c\xab", "\xe7\x8c\xab"},
                 {"'q", "'q"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lexer l;
        struct err e = {0};
        struct text t = TEXT_EMPTY;
        size_t start, end;
        lexer_init(&l, cases[i].text, 0);
        l.raw = true;
        ck_assert(lexer_next(&l, &e));
        ck_assert(lexer_raw(&l, &t, &start, &end, &e));
        ck_assert_str_eq(text_get(&t), cases[i].word);
        ck_assert_uint_eq(start, 0);
        ck_assert_uint_eq(l.depth, 0);
        text_done(&t);
    }
}
END_TEST

START_TEST(a_bracket_of_a_raw_word_opens_nothing)
{
    struct lexer l;
    struct err e = {0};
    struct text t = TEXT_EMPTY;
    size_t start, end;
    lexer_init(&l, "(x\ny", 0);
    ck_assert(lexer_next(&l, &e));
    ck_assert_uint_eq(l.depth, 1);
    ck_assert(lexer_raw(&l, &t, &start, &end, &e));
    ck_assert_int_eq(l.token.kind, TOKEN_STOP);
    text_done(&t);
}
END_TEST

TCase *lexer_case(void)
{
    TCase *c = tcase_create("lexer");
    tcase_add_test(c, texts_fall_into_tokens);
    tcase_add_test(c, options_are_told_from_minus_signs);
    tcase_add_test(c, numbers_are_read);
    tcase_add_test(c, what_is_no_token_is_refused_in_its_place);
    tcase_add_test(c, lines_are_continued);
    tcase_add_test(c, open_texts_want_more);
    tcase_add_test(c, a_growing_text_is_read_as_a_whole_one);
    tcase_add_test(c, escapes_are_undone);
    tcase_add_test(c, raw_words_are_read);
    tcase_add_test(c, a_bracket_of_a_raw_word_opens_nothing);
    return c;
}
