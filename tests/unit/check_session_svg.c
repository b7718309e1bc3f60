/* Answers as figures. */
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "check_session.h"
#include "check_xml.h"

static bool present_figure(const struct report *r, size_t width, struct text *out, struct err *e)
{
    static const char statement[] = "svd \"<b>\" > a.svg; not this";
    struct answer answer = {.statement = statement, .length = 17, .report = r, .bound = ""};
    struct look look = {.format = FORMAT_TEXT, .width = width, .ledger = true};
    return present_svg(&answer, &look, out, e);
}

static char *figure(const struct report *r, size_t width)
{
    struct text out = TEXT_EMPTY;
    struct err e = {0};
    ck_assert_msg(present_figure(r, width, &out, &e), "%s", e.message);
    char *svg = text_take(&out);
    expect_svg(svg);
    return svg;
}

START_TEST(test_answer)
{
    static const double values[] = {4, 2, 1, 0.5};
    static const char *const tokens[] = {"<game>"};
    struct report *r = new_report();
    add_series(r, "singular values", values, 4, SERIES_SPECTRUM);
    add_tokens(r, NULL, tokens, 1);
    ck_assert(report_title(r, "w_u & more"));
    ck_assert(report_ledger(r, "weights", "raw"));
    char *svg = figure(r, 80);
    static const char *const parts[] = {"<title>svd &quot;&lt;b&gt;&quot; &gt; a.svg</title>",
                                        ">w_u &amp; more</text>",
                                        ">singular values</text>",
                                        "stroke=\"#1b9e77\"",
                                        ">&lt;game&gt;</text>",
                                        ">weights raw</text>"};
    const char *at = svg;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *found = strstr(at, parts[i]);
        if (i != 2 && i != 3) /* shapes come before the cells of their canvas */
            at = found;
        ck_assert_msg(strstr(svg, parts[i]) != NULL && at != NULL, "no %s in\n%s", parts[i], svg);
    }
    mem_free(svg);
    report_free(r);
}
END_TEST

/* A statement with nothing to show still makes a document. */
START_TEST(test_nothing)
{
    struct report *r = new_report();
    char *svg = figure(r, 80);
    ck_assert_uint_eq(count_of(svg, "<text"), 0);
    mem_free(svg);
    svg = figure(NULL, 80);
    mem_free(svg);
    report_free(r);
}
END_TEST

START_TEST(test_hostile)
{
    static const size_t widths[] = {20, 33, 80, 200};
    struct report *r = hostile_report();
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        char *svg = figure(r, widths[i]);
        char width[32];
        snprintf(width, sizeof width, "version=\"1.1\" width=\"%zu\"", 8 * widths[i] + 24);
        ck_assert_msg(strstr(svg, width) != NULL, "%.200s", svg);
        mem_free(svg);
    }
    report_free(r);
}
END_TEST

START_TEST(test_short_memory)
{
    static const double values[] = {4, -2, 1, 0.5};
    struct report *r = new_report();
    add_series(r, "s", values, 4, SERIES_SPECTRUM);
    add_grid(r, 2, 2, values);
    bool done = false;
    for (size_t n = 1; !done; n++) {
        struct text out = TEXT_EMPTY;
        struct err e = {0};
        mem_fail_at(n);
        done = present_figure(r, 40, &out, &e);
        mem_fail_at(0);
        ck_assert(done || e.code == ERR_MEMORY);
        ck_assert_uint_lt(n, 10000);
        text_done(&out);
    }
    report_free(r);
}
END_TEST

TCase *svg_case(void)
{
    TCase *tc = tcase_create("svg");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, test_answer);
    tcase_add_test(tc, test_nothing);
    tcase_add_test(tc, test_hostile);
    tcase_add_test(tc, test_short_memory);
    return tc;
}
