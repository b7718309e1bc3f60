/* The base layer: allocation, errors, near names, growable text, UTF-8. */
#include "check_base.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/near.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"

/* ---- err ---- */

START_TEST(err_holds_code_message_and_innermost_place)
{
    struct err e = {0};
    ck_assert(!err_set(&e, ERR_INDEX, "index %d is out", 7));
    ck_assert_int_eq(e.code, ERR_INDEX);
    ck_assert_str_eq(e.message, "index 7 is out");
    err_place(&e, 3, 9);
    err_place(&e, 0, 20);
    ck_assert_uint_eq(e.start, 3);
    ck_assert_uint_eq(e.end, 9);
    err_append(&e, "; try %s", "6");
    ck_assert_str_eq(e.message, "index 7 is out; try 6");
    ck_assert(!err_set(&e, ERR_TYPE, "another"));
    ck_assert_uint_eq(e.start, 3);
    err_clear(&e);
    ck_assert_int_eq(e.code, ERR_NONE);
    ck_assert_uint_eq(e.end, 0);
    ck_assert_str_eq(e.message, "");
}
END_TEST

START_TEST(err_takes_null_and_long_messages)
{
    struct err e = {0};
    char word[4000];
    memset(word, 'w', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    ck_assert(!err_set(NULL, ERR_TYPE, "x"));
    ck_assert(!err_memory(NULL));
    err_append(NULL, "x");
    err_place(NULL, 1, 2);
    err_clear(NULL);
    err_set(&e, ERR_TYPE, "%s", word);
    ck_assert_uint_eq(strlen(e.message), sizeof e.message - 1);
    err_append(&e, "more");
    ck_assert_uint_eq(strlen(e.message), sizeof e.message - 1);
    mem_fail_at(1);
    ck_assert(!err_memory(&e));
    mem_fail_at(0);
    ck_assert_int_eq(e.code, ERR_MEMORY);
    ck_assert_str_eq(e.message, "out of memory");
}
END_TEST

START_TEST(err_codes_have_distinct_names)
{
    for (int i = 0; i < ERR_COUNT; i++)
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(err_code_name((enum err_code)i), err_code_name((enum err_code)j));
    ck_assert_str_eq(err_code_name(ERR_UNKNOWN_NAME), "unknown-name");
    ck_assert_str_eq(err_code_name(ERR_AXES), "axes-mismatch");
    ck_assert_str_eq(err_code_name(ERR_COUNT), "unknown");
    ck_assert_str_eq(err_code_name((enum err_code) - 1), "unknown");
}
END_TEST

/* ---- mem ---- */

START_TEST(mem_tries_fail_from_the_nth_request_on)
{
    mem_fail_at(3);
    void *a = mem_try_alloc(10), *b = mem_try_new(2, 8), *c = mem_alloc(10);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    ck_assert_ptr_null(mem_try_alloc(1));
    ck_assert_ptr_null(mem_try_new(1, 1));
    ck_assert_uint_eq(mem_fail_at(0), 4);
    mem_free(a);
    mem_free(b);
    mem_free(c);
    mem_free(NULL);
}
END_TEST

static void say_bye(void)
{
    ssize_t written = write(STDOUT_FILENO, "bye\n", 4);
    ck_assert_int_eq((int)written, 4);
}

/* What needs memory, for each request that can fail; the last one asks for more than there is. */
static void need(int what)
{
    mem_on_exhaustion(say_bye);
    mem_end_at(what < 4);
    switch (what) {
    case 0:
        mem_free(mem_alloc(10));
        break;
    case 1:
        mem_free(mem_new(2, 8));
        break;
    case 2:
        mem_free(mem_resize(NULL, 2, 8));
        break;
    case 3:
        mem_free(mem_strdup("x"));
        break;
    case 4:
        mem_free(mem_new(SIZE_MAX / 2, 4));
        break;
    default:
        mem_free(mem_resize(NULL, SIZE_MAX / 2, 4));
    }
    _exit(0);
}

/* The others end the program, with a status of its own, after what was asked for. */
START_TEST(mem_that_is_needed_ends_the_program)
{
    int ends[2], status;
    char said[100] = "";
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        need(_i);
    }
    close(ends[1]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), MEM_EXHAUSTED_STATUS);
    ck_assert_int_gt((int)read(ends[0], said, sizeof said - 1), 0);
    close(ends[0]);
    ck_assert_str_eq(said, "bye\nbilens: out of memory; what was typed is in the history\n");
}
END_TEST

START_TEST(mem_refuses_overflow_and_zeroes)
{
    ck_assert_ptr_null(mem_try_new(SIZE_MAX / 2, 4));
    ck_assert_ptr_null(mem_try_alloc(SIZE_MAX - 8));
    void *nothing[] = {mem_alloc(0), mem_new(0, 8), mem_new(8, 0), mem_resize(NULL, 0, 8)};
    for (size_t i = 0; i < 4; i++) {
        ck_assert_ptr_nonnull(nothing[i]);
        mem_free(nothing[i]);
    }
    unsigned char *zero = mem_new(100, 3);
    for (size_t i = 0; i < 300; i++)
        ck_assert_uint_eq(zero[i], 0);
    mem_free(zero);
    void *big = mem_alloc(1000);
    ck_assert_uint_eq((uintptr_t)big % 64, 0);
    mem_free(big);
    char *part = mem_strndup("abcdef", 3);
    ck_assert_str_eq(part, "abc");
    mem_free(part);
}
END_TEST

/* ---- near ---- */

START_TEST(near_distance_counts_edits_and_swaps)
{
    static const struct {
        const char *a, *b;
        int limit, distance;
    } cases[] = {
        {"", "", 3, 0},
        {"w_u", "w_u", 3, 0},
        {"W_U", "w_u", 3, 0},
        {"w_u", "w_e", 3, 1},
        {"topk", "topkk", 3, 1},
        {"topk", "tpok", 3, 1},
        {"spectrum", "spectum", 3, 1},
        {"kitten", "sitting", 3, 3},
        {"abc", "", 3, 3},
        {"abcd", "", 3, 4},
        {"kitten", "sitting", 2, 3},
        {"ab", "ba", 0, 1},
        {"ca", "abc", 3, 3}, /* optimal string alignment, not Damerau's 2 */
        {"a", "abcdefgh", 2, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(near_distance(cases[i].a, cases[i].b, cases[i].limit), cases[i].distance);
        ck_assert_int_eq(near_distance(cases[i].b, cases[i].a, cases[i].limit), cases[i].distance);
    }
    char longest[200];
    memset(longest, 'a', 199);
    longest[199] = '\0';
    ck_assert_int_eq(near_distance(longest, "a", 3), 4);
}
END_TEST

START_TEST(near_keeps_the_best_three_in_order)
{
    struct near near = {0};
    struct err e = {0};
    static const char *const offers[] = {"abcdefxyz", "abcdefghx", "abcdefgxx",
                                         "abcdefghi", "abcdefghy", "nothing"};
    for (size_t i = 0; i < 6; i++)
        near_offer(&near, "abcdefghi", offers[i]);
    ck_assert_uint_eq(near.count, 3);
    ck_assert_str_eq(near.names[0], "abcdefghi");
    ck_assert_str_eq(near.names[1], "abcdefghx");
    ck_assert_str_eq(near.names[2], "abcdefghy");
    err_set(&e, ERR_UNKNOWN_NAME, "unknown name 'x'");
    near_append(&near, &e);
    ck_assert_str_eq(e.message,
                     "unknown name 'x'; did you mean abcdefghi, abcdefghx or abcdefghy?");
    struct near none = {0};
    near_offer(&none, "w_u", "qk");
    near_offer(&none, "w_u", "w_xx"); /* two steps, a third of three letters is one */
    near_append(&none, &e);
    ck_assert_uint_eq(none.count, 0);
    near_offer(&none, "w_u", "w_q");
    err_set(&e, ERR_UNKNOWN_NAME, "?");
    near_append(&none, &e);
    ck_assert_str_eq(e.message, "?; did you mean w_q?");
}
END_TEST

/* ---- text ---- */

START_TEST(text_grows_and_is_taken)
{
    struct text t = TEXT_EMPTY;
    ck_assert_str_eq(text_get(&t), "");
    text_add(&t, "ab");
    text_add_char(&t, 'c');
    text_add_fill(&t, '-', 3);
    text_add_bytes(&t, "d\0e", 3);
    text_printf(&t, "%d%s", 12, "x");
    ck_assert_uint_eq(t.length, 12);
    ck_assert_mem_eq(t.data, "abc---d\0e12x", 13);
    text_clear(&t);
    ck_assert_str_eq(text_get(&t), "");
    for (int i = 0; i < 5000; i++)
        text_printf(&t, "%d,", i % 10);
    ck_assert_uint_eq(t.length, 10000);
    char *taken = text_take(&t);
    ck_assert_uint_eq(strlen(taken), 10000);
    ck_assert_ptr_null(t.data);
    mem_free(taken);
    taken = text_take(&t);
    ck_assert_str_eq(taken, "");
    mem_free(taken);
    text_done(&t);
}
END_TEST

START_TEST(text_writes_code_points)
{
    struct text t = TEXT_EMPTY;
    static const uint32_t codes[] = {'a', 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        uint32_t back;
        text_clear(&t);
        text_add_code(&t, codes[i]);
        ck_assert_uint_eq(utf8_decode(t.data, t.length, &back), t.length);
        ck_assert_uint_eq(back, codes[i]);
    }
    text_clear(&t);
    text_add_code(&t, 0xd800);
    text_add_code(&t, 0x110000);
    ck_assert_str_eq(text_get(&t), "\xef\xbf\xbd\xef\xbf\xbd");
    text_done(&t);
}
END_TEST

/* ---- utf8 ---- */

START_TEST(utf8_rejects_invalid_sequences)
{
    static const char *const bad[] = {
        "\x80",             /* a continuation alone */
        "\xc0\xaf",         /* overlong '/' */
        "\xe0\x80\xaf",     /* overlong, three bytes */
        "\xf0\x80\x80\xaf", /* overlong, four bytes */
        "\xed\xa0\x80",     /* a surrogate */
        "\xf4\x90\x80\x80", /* beyond U+10FFFF */
        "\xf8\x88\x80\x80\x80",
        "\xff",
        "\xfe",
        "\xe2\x82",
        "\xc3",
        "\xc3x",
        "\xf0\x9f\x98",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint32_t code = 0;
        ck_assert_uint_eq(utf8_decode(bad[i], strlen(bad[i]), &code), 1);
        ck_assert_uint_eq(code, UINT32_MAX);
        ck_assert(!utf8_valid(bad[i], strlen(bad[i])));
    }
    uint32_t code = 0;
    ck_assert_uint_eq(utf8_decode("\xe2\x82\xac", 2, &code), 1); /* not beyond the length */
    ck_assert_uint_eq(code, UINT32_MAX);
    ck_assert_uint_eq(utf8_decode("\xe2\x82\xac", 3, &code), 3);
    ck_assert_uint_eq(code, 0x20ac);
    ck_assert_uint_eq(utf8_decode("", 1, &code), 1);
    ck_assert_uint_eq(code, 0);
    ck_assert(utf8_valid("na\xc3\xafve \xf0\x9f\x98\x80", 11));
    ck_assert(!utf8_valid("ok\xff", 3));
    ck_assert(utf8_valid("", 0));
}
END_TEST

START_TEST(utf8_widths)
{
    ck_assert_int_eq(utf8_code_width('a'), 1);
    ck_assert_int_eq(utf8_code_width(0x301), 0);
    ck_assert_int_eq(utf8_code_width(0x732b), 2);
    ck_assert_int_eq(utf8_code_width(0x1f600), 2);
    ck_assert_int_eq(utf8_code_width(0x200d), 0);
    /* beside their letter: Devanagari, Bengali, Tamil, Khmer, music (glibc 2.36) */
    static const uint32_t spacing[] = {0x903, 0x93e, 0x93f, 0x9c7, 0xbbe, 0xbd7, 0x17b6, 0x1d165};
    for (size_t i = 0; i < sizeof spacing / sizeof *spacing; i++)
        ck_assert_int_eq(utf8_code_width(spacing[i]), 1);
    static const uint32_t on_top[] = {0x20dd, 0x941, 0x94d, 0x1161, 0x11ff, 0xd7b0, 0xd7fb, 0x302a};
    for (size_t i = 0; i < sizeof on_top / sizeof *on_top; i++)
        ck_assert_int_eq(utf8_code_width(on_top[i]), 0);
    static const uint32_t wide[] = {0x1100, 0xac00, 0x302e, 0x16ff0, 0x3248,
                                    0x324f, 0x4dc0, 0x4dff, 0x1f3fb};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        ck_assert_int_eq(utf8_code_width(wide[i]), 2);
    static const uint32_t unsafe[] = {0,      0x1b,   0x7f,    0x9b,     0xad,      0x061c,
                                      0x200e, 0x202e, 0x2066,  0x2028,   0xfeff,    0xd800,
                                      0xe000, 0x378,  0xe0041, 0x110000, UINT32_MAX};
    for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++)
        ck_assert_int_eq(utf8_code_width(unsafe[i]), -1);
    ck_assert_uint_eq(utf8_width("e\xcc\x81\xe7\x8c\xab!"), 4);
    ck_assert_uint_eq(utf8_width(""), 0);
}
END_TEST

static void expect_escaped(const char *bytes, size_t length, bool ascii, const char *expected)
{
    struct text t = TEXT_EMPTY;
    utf8_escape(&t, bytes, length, ascii);
    ck_assert_str_eq(text_get(&t), expected);
    text_done(&t);
}

START_TEST(utf8_escapes_what_a_terminal_must_not_get)
{
    expect_escaped("a\033[31m\n\t\r\x7f", 10, false, "a\\x1b[31m\\n\\t\\r\\x7f");
    expect_escaped("x\0y", 3, false, "x\\x00y");
    expect_escaped("\xc2\x9b"
                   "2J",
                   4, false, "\\u{9b}2J");
    expect_escaped("\xe2\x80\xae"
                   "abc",
                   6, false, "\\u{202e}abc");
    expect_escaped("\xe2\x80\xa8", 3, false, "\\u{2028}");
    expect_escaped("a\xff\xc3", 3, false, "a\\xff\\xc3");
    expect_escaped("caf\xc3\xa9", 5, false, "caf\xc3\xa9");
    expect_escaped("caf\xc3\xa9", 5, true, "caf\\u{e9}");
    expect_escaped("\\n", 2, false, "\\n");
    expect_escaped("\xcc\x81"
                   "a\xcc\x81",
                   5, false,
                   "\xe2\x97\x8c\xcc\x81"
                   "a\xcc\x81");
    expect_escaped("\xcc\x81", 2, true, "\\u{301}");
    expect_escaped("", 0, false, "");
}
END_TEST

static void expect_shown(const char *string, const char *expected)
{
    expect_escaped(string, strlen(string), false, expected);
}

/* What would look like another text does not. */
START_TEST(utf8_escapes_what_would_not_be_seen)
{
    expect_shown("a\u00a0b\u3000c d", "a\\u{a0}b\\u{3000}c d");
    expect_shown("\u2800", "\\u{2800}"); /* blank braille */
    expect_shown("\u3164\uffa0\u115f", "\\u{3164}\\u{ffa0}\\u{115f}");
    expect_shown("\u2764\ufe0f!", "\u2764\\u{fe0f}!");
    expect_shown("a\u034f\u0301", "a\\u{34f}\u25cc\u0301");
    expect_shown("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"); /* a half ka */
    expect_shown("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"); /* Persian */
    expect_shown("\u0915\u094d\u200d", "\u0915\u094d\\u{200d}");
    expect_shown("\u200ca", "\\u{200c}a");
    expect_shown("a\u200cb", "a\\u{200c}b");
    expect_shown("\u0915\u200d\u200d\u0937", "\u0915\\u{200d}\\u{200d}\u0937");
    expect_shown("\U0001f469\u200d\U0001f467", "\U0001f469\\u{200d}\U0001f467");
}
END_TEST

START_TEST(utf8_gives_marks_a_circle)
{
    expect_shown("\u093e", "\u25cc\u093e"); /* in a cell of its own */
    expect_shown("\u1161", "\u25cc\u1161"); /* a vowel of Hangul */
    expect_shown("\n\u0301", "\\n\u25cc\u0301");
    expect_shown("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928\u094d\u0926\u0940");
    ck_assert_uint_eq(utf8_width("\u0939\u093f\u0928\u094d\u0926\u0940"), 5);
}
END_TEST

static void expect_token(const char *bytes, bool ascii, const char *expected)
{
    struct text t = TEXT_EMPTY;
    utf8_escape_token(&t, bytes, strlen(bytes), ascii);
    ck_assert_str_eq(text_get(&t), expected);
    text_done(&t);
}

START_TEST(utf8_marks_the_outer_spaces_of_a_token)
{
    expect_token(" the", false, "\xe2\x90\xa3the");
    expect_token("  a b ", false,
                 "\xe2\x90\xa3\xe2\x90\xa3"
                 "a b\xe2\x90\xa3");
    expect_token(" ", false, "\xe2\x90\xa3");
    expect_token("  a b ", true, "__a b_");
    expect_token("\n ", false, "\\n\xe2\x90\xa3");
    expect_token(" \xcc\x81", false, "\xe2\x90\xa3\xcc\x81");
    expect_token("", false, "");
}
END_TEST

static void expect_replaced(const char *bytes, size_t length, const char *expected)
{
    struct text t = TEXT_EMPTY;
    utf8_replace(&t, bytes, length);
    ck_assert_str_eq(text_get(&t), expected);
    text_done(&t);
}

/* The examples of the Unicode Standard, section 3.9, tables 3-8 to 3-11. */
START_TEST(utf8_replaces_broken_sequences_once)
{
#define R "\xef\xbf\xbd"
    expect_replaced("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41", 9, R R R R R R R R "A");
    expect_replaced("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41", 9, R R R R R R R R "A");
    expect_replaced("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42", 9, R R R R R "A" R R "B");
    expect_replaced("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41", 9, R R R R "A");
    expect_replaced("caf\xc3\xa9\xe2\x82", 7, "caf\xc3\xa9" R);
#undef R
}
END_TEST

static void expect_fit(const char *string, size_t cells, bool pad, bool ascii, const char *expected)
{
    struct text t = TEXT_EMPTY;
    utf8_fit(&t, string, cells, pad, ascii);
    ck_assert_str_eq(text_get(&t), expected);
    text_done(&t);
}

START_TEST(utf8_fits_strings_into_cells)
{
    expect_fit("game", 4, false, true, "game");
    expect_fit("games", 4, false, true, "gam~");
    expect_fit("games", 4, false, false, "gam\xe2\x80\xa6");
    expect_fit("ab", 5, true, false, "ab   ");
    expect_fit("ab", 5, false, false, "ab");
    expect_fit("", 2, true, false, "  ");
    expect_fit("abc", 0, true, false, "");
    expect_fit("abc", 1, true, true, "~");
    /* A wide character that would be halved is left out, and its cell filled. */
    expect_fit("\xe7\x8c\xab\xe7\x8c\xab", 4, true, true, "\xe7\x8c\xab\xe7\x8c\xab");
    expect_fit("\xe7\x8c\xab\xe7\x8c\xab", 3, true, true, "\xe7\x8c\xab~");
    expect_fit("\xe7\x8c\xab\xe7\x8c\xab", 2, true, true, "~ ");
    /* Combining marks stay with their base. */
    expect_fit("e\xcc\x81xy", 2, true, true, "e\xcc\x81~");
    expect_fit("\u0939\u093f\u0928\u094d\u0926\u0940", 4, true, true, "\u0939\u093f\u0928\u094d~");
    expect_fit("\u0939\u093f\u0928\u094d\u0926\u0940", 2, true, true, "~ ");
    expect_fit("\u0939\u093f\u0928\u094d\u0926\u0940", 3, true, true, "\u0939\u093f~");
}
END_TEST

static Suite *base_suite(void)
{
    Suite *suite = suite_create("base");
    TCase *c = tcase_create("base");
    tcase_add_test(c, err_holds_code_message_and_innermost_place);
    tcase_add_test(c, err_takes_null_and_long_messages);
    tcase_add_test(c, err_codes_have_distinct_names);
    tcase_add_test(c, mem_tries_fail_from_the_nth_request_on);
    tcase_add_loop_test(c, mem_that_is_needed_ends_the_program, 0, 6);
    tcase_add_test(c, mem_refuses_overflow_and_zeroes);
    tcase_add_test(c, near_distance_counts_edits_and_swaps);
    tcase_add_test(c, near_keeps_the_best_three_in_order);
    tcase_add_test(c, text_grows_and_is_taken);
    tcase_add_test(c, text_writes_code_points);
    tcase_add_test(c, utf8_rejects_invalid_sequences);
    tcase_add_test(c, utf8_widths);
    tcase_add_test(c, utf8_escapes_what_a_terminal_must_not_get);
    tcase_add_test(c, utf8_escapes_what_would_not_be_seen);
    tcase_add_test(c, utf8_gives_marks_a_circle);
    tcase_add_test(c, utf8_marks_the_outer_spaces_of_a_token);
    tcase_add_test(c, utf8_replaces_broken_sequences_once);
    tcase_add_test(c, utf8_fits_strings_into_cells);
    suite_add_tcase(suite, c);
    suite_add_tcase(suite, number_case());
    suite_add_tcase(suite, outfile_case());
    suite_add_tcase(suite, task_case());
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(base_suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
