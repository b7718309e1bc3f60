/* What no output may do: be too wide, hold an escape byte, or lose an error. */
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "check_session.h"

/* Every line at most so wide and harmless. */
static void expect_bounded(const char *text, size_t width, enum charset charset)
{
    struct text line = TEXT_EMPTY;
    ck_assert(utf8_valid(text, strlen(text)));
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        text_clear(&line);
        text_add_bytes(&line, text, length);
        const char *string = text_get(&line);
        ck_assert_msg(utf8_width(string) <= width, "%zu cells, not %zu: %s", utf8_width(string),
                      width, string);
        for (size_t at = 0; at < length;) {
            uint32_t code;
            at += utf8_decode(string + at, length - at, &code);
            ck_assert_msg(utf8_code_width(code) >= 0, "U+%04x in %s", (unsigned)code, string);
            ck_assert_msg(charset == CHARSET_UTF8 || code < 0x7f, "U+%04x", (unsigned)code);
        }
        text += length + (text[length] == '\n');
    }
    text_done(&line);
}

START_TEST(test_width)
{
    static const size_t widths[] = {20, 21, 33, 40, 80, 127, 200};
    struct report *r = hostile_report();
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
        for (int charset = CHARSET_UTF8; charset <= CHARSET_ASCII; charset++) {
            char *got = presented_text(r, widths[i], (enum charset)charset);
            expect_bounded(got, widths[i], (enum charset)charset);
            mem_free(got);
        }
    report_free(r);
}
END_TEST

/* With colours there are SGR sequences, and nothing else behind an escape byte. */
START_TEST(test_colour)
{
    struct report *r = hostile_report();
    struct look look = {FORMAT_TEXT, {CHARSET_UTF8, DEPTH_256, true}, 80, 0, true};
    struct answer answer = {.statement = "", .bound = "", .report = r};
    struct text out = TEXT_EMPTY, plain = TEXT_EMPTY;
    struct err e = {0};
    size_t sequences = 0;
    ck_assert(present(&answer, &look, &out, &e));
    for (const char *at = text_get(&out); *at != '\0';) {
        if (*at != '\x1b') {
            text_add_char(&plain, *at++);
            continue;
        }
        ck_assert_int_eq(at[1], '[');
        at += 2 + strspn(at + 2, "0123456789;");
        ck_assert_int_eq(*at++, 'm');
        sequences++;
    }
    ck_assert_uint_gt(sequences, 100);
    expect_bounded(text_get(&plain), 80, CHARSET_UTF8);
    text_done(&out);
    text_done(&plain);
    report_free(r);
}
END_TEST

/* Shapes at the edges: nothing, one, all the same, nothing finite. */
START_TEST(test_edges)
{
    const double same[] = {2, 2, 2, 2}, odd[] = {NAN, NAN, INFINITY}, zero[] = {0, 0, 0, 0};
    static const size_t widths[] = {20, 80};
    struct report *r = new_report();
    add_series(r, "none", same, 0, SERIES_SPECTRUM);
    add_series(r, "one", same, 1, SERIES_SPECTRUM);
    add_series(r, "same", same, 4, SERIES_SPECTRUM);
    add_series(r, "zero", zero, 4, SERIES_SPECTRUM);
    add_series(r, "odd", odd, 3, SERIES_SPECTRUM);
    add_tokens(r, "no rows", NULL, 0);
    add_grid(r, 0, 0, same);
    add_grid(r, 2, 2, zero);
    add_grid(r, 1, 3, odd)->grid.numeric = true;
    add_grid(r, 0, 3, odd)->grid.numeric = true;
    add_string(r, "");
    add_block(r, BLOCK_SCALARS);
    ck_assert(block_table(add_block(r, BLOCK_TABLE), NULL, 0, 0));
    for (size_t i = 0; i < 2; i++) {
        char *got = presented_text(r, widths[i], CHARSET_UTF8);
        expect_bounded(got, widths[i], CHARSET_UTF8);
        mem_free(got);
    }
    for (int format = FORMAT_JSON; format <= FORMAT_MARKDOWN; format++)
        mem_free(presented(r, (enum output_format)format));
    report_free(r);
}
END_TEST

/* Every request for memory fails in turn: an error each time, and nothing leaks (the
 * sanitizer sees to that). */
START_TEST(test_out_of_memory)
{
    struct report *r = hostile_report();
    struct look look = {(enum output_format)_i, {CHARSET_ASCII, DEPTH_MONO, false}, 40, 0, true};
    struct answer answer = {.statement = "x\xff", .length = 2, .bound = "a b", .report = r};
    size_t n = 0;
    bool ok = false;
    while (!ok) {
        struct text out = TEXT_EMPTY;
        struct err e = {0};
        n += n < 200 ? 1 : 37; /* all of the first ones, then samples */
        mem_fail_at(n);
        ok = present(&answer, &look, &out, &e);
        mem_fail_at(0);
        ck_assert_msg(ok || e.code == ERR_MEMORY, "request %zu: %s", n, err_code_name(e.code));
        text_done(&out);
    }
    ck_assert(n > 1 || _i != FORMAT_TEXT); /* only what is drawn asks for much */
    report_free(r);
}
END_TEST

TCase *bounds_case(void)
{
    TCase *c = tcase_create("bounds");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, test_width);
    tcase_add_test(c, test_colour);
    tcase_add_test(c, test_edges);
    tcase_add_loop_test(c, test_out_of_memory, FORMAT_TEXT, FORMAT_MARKDOWN + 1);
    return c;
}
