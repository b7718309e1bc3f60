/* Figures: what becomes text, what lines and areas, and where exactly they stand. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/draw/chart.h"
#include "bilens/draw/svg.h"
#include "check_draw.h"
#include "check_xml.h"

/* The figure of a canvas, which it frees; the caller frees the string. */
static char *figure(struct canvas *c, bool dark)
{
    struct text out = TEXT_EMPTY;
    ck_assert_ptr_nonnull(c);
    canvas_write_svg(c, dark, &out);
    canvas_free(c);
    char *string = text_take(&out);
    expect_svg(string);
    return string;
}

static void expect_part(const char *svg, const char *part)
{
    ck_assert_msg(strstr(svg, part) != NULL, "no %s in\n%s", part, svg);
}

START_TEST(document_of_text)
{
    struct canvas *c = canvas_new(2, 10, NULL);
    canvas_put(c, 0, 0, ROLE_TITLE, "a <b> & \"c\"");
    canvas_put(c, 1, 2, ROLE_TOKEN, "x");
    char *svg = figure(c, false);
    ck_assert_str_eq(svg,
                     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                     "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"104\" "
                     "height=\"56\" viewBox=\"-12 -12 104 56\">\n"
                     "<rect x=\"-12\" y=\"-12\" width=\"104\" height=\"56\" fill=\"#ffffff\"/>\n"
                     "<g font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" "
                     "font-size=\"13.3\" fill=\"#1a1a1a\">\n"
                     "<text x=\"0\" y=\"12.6\" textLength=\"80\" font-weight=\"bold\">"
                     "a &lt;b&gt; &amp; &quot;c</text>\n"
                     "<text x=\"16\" y=\"28.6\" fill=\"#01665e\">x</text>\n"
                     "</g>\n</svg>\n");
    mem_free(svg);
}
END_TEST

START_TEST(words_stand_on_their_cells)
{
    struct canvas *c = canvas_new(1, 30, NULL);
    canvas_put(c, 0, 0, ROLE_TEXT, "one two  three");
    canvas_put(c, 0, 20, ROLE_TEXT,
               "a\xe6\xbc\xa2"
               "e\xcc\x81");
    char *svg = figure(c, false);
    expect_part(svg, "<text x=\"0\" y=\"12.6\" textLength=\"56\">one two</text>");
    expect_part(svg, "<text x=\"72\" y=\"12.6\" textLength=\"40\">three</text>");
    expect_part(svg, "<text x=\"160\" y=\"12.6\">a</text>");
    expect_part(svg, "<text x=\"168\" y=\"12.6\" textLength=\"16\">\xe6\xbc\xa2</text>");
    expect_part(svg, "<text x=\"184\" y=\"12.6\">e\xcc\x81</text>");
    mem_free(svg);
}
END_TEST

START_TEST(cells_of_heat_and_rules)
{
    struct canvas *c = canvas_new(2, 4, NULL);
    canvas_heat(c, 0, 0, 100, 100);
    canvas_heat(c, 0, 1, 100, 100);
    canvas_heat(c, 0, 2, HEAT_NONE, -100);
    canvas_heat(c, 0, 3, 0, HEAT_NAN);
    for (size_t i = 0; i < 4; i++)
        canvas_set(c, 1, i, ROLE_AXIS, 0x2500);
    char *svg = figure(c, false);
    ck_assert_uint_eq(count_of(svg, "<rect"), 5);
    ck_assert_uint_eq(count_of(svg, "<text"), 0);
    expect_part(svg, "<rect x=\"0\" y=\"0\" width=\"16\" height=\"16\" fill=\"#67001f\"");
    expect_part(svg, "<rect x=\"16\" y=\"8\" width=\"8\" height=\"8\" fill=\"#053061\"");
    expect_part(svg, "<rect x=\"24\" y=\"0\" width=\"8\" height=\"8\" fill=\"#f7f7f7\"");
    expect_part(svg, "<rect x=\"24\" y=\"8\" width=\"8\" height=\"8\" fill=\"#d7af00\"");
    expect_part(svg, "<path d=\"M0 24L32 24\" fill=\"none\" stroke=\"#4d4d4d\"");
    mem_free(svg);
}
END_TEST

START_TEST(dark_is_light_on_dark)
{
    struct canvas *c = canvas_new(1, 3, NULL);
    canvas_put(c, 0, 0, ROLE_HIGH, "x");
    char *svg = figure(c, true);
    expect_part(svg, "height=\"40\" fill=\"#1e1e1e\"/>");
    expect_part(svg, "fill=\"#f4a582\">x</text>");
    mem_free(svg);
}
END_TEST

START_TEST(sparks_are_areas)
{
    double values[] = {0, 7};
    char *svg = figure(draw_spark(values, 2, 10, &figure_theme, NULL), false);
    expect_part(svg, "<rect x=\"0\" y=\"14\" width=\"8\" height=\"2\" fill=\"#1b9e77\"");
    expect_part(svg, "<rect x=\"8\" y=\"0\" width=\"8\" height=\"16\" fill=\"#1b9e77\"");
    mem_free(svg);
}
END_TEST

/* 21 columns: the left axis at 5, values from 5.5 to 20.5; 3 rows: the top at 0.5, the foot
 * where the axis lies. */
START_TEST(lines_are_exact)
{
    double values[] = {0, 1, NAN, 1, 0.5};
    struct line line = {NULL, values, 5};
    struct plot plot = {.lines = &line, .count = 1, .width = 21, .height = 7};
    struct canvas *c = draw_plot(&plot, &figure_theme, NULL);
    for (size_t i = 0; i < c->rows * c->cols; i++)
        ck_assert_uint_lt(c->cells[i].code, 0x80); /* no box, no braille */
    char *svg = figure(c, false);
    expect_part(svg, "<path d=\"M44 48L74 8\" fill=\"none\" stroke=\"#1b9e77\" "
                     "stroke-width=\"1.5\"");
    expect_part(svg, "<path d=\"M134 8L164 28\"");
    expect_part(svg, "<path d=\"M40 0L40 48\" fill=\"none\" stroke=\"#4d4d4d\"");
    expect_part(svg, "<path d=\"M40 48L168 48\" fill=\"none\"");
    mem_free(svg);
}
END_TEST

START_TEST(lines_of_one_colour_are_dashed)
{
    double values[] = {1, 2, 3};
    struct line lines[10];
    for (size_t i = 0; i < 10; i++)
        lines[i] = (struct line){"n", values, 3};
    struct plot plot = {.lines = lines, .count = 10, .width = 60};
    char *svg = figure(draw_plot(&plot, &figure_theme, NULL), false);
    ck_assert_uint_eq(count_of(svg, "stroke=\"#1b9e77\""), 4); /* two lines, two samples */
    ck_assert_uint_eq(count_of(svg, "stroke-dasharray=\"6 3\""), 4);
    ck_assert_uint_eq(count_of(svg, ">n</text>"), 10);
    mem_free(svg);
}
END_TEST

/* An attribute (as `x="`) of the first rectangle with that colour. */
static double number_of_rect(const char *svg, const char *colour, const char *name)
{
    const char *at = svg;
    for (;;) {
        at = strstr(at, "<rect ");
        ck_assert_msg(at != NULL, "no rectangle is %s", colour);
        const char *end = strchr(at, '>'), *fill = strstr(at, colour);
        if (fill != NULL && fill < end)
            return strtod(strstr(at, name) + strlen(name), NULL);
        at = end;
    }
}

START_TEST(bars_stand_side_by_side)
{
    double a[] = {3, -1}, b[] = {2, 2}, one[] = {2, -2};
    struct line lines[] = {{NULL, a, 2}, {NULL, b, 2}}, line = {NULL, one, 2};
    struct plot plot = {.lines = lines, .count = 2, .width = 40, .height = 12, .bars = true};
    char *svg = figure(draw_plot(&plot, &figure_theme, NULL), false);
    ck_assert_uint_eq(count_of(svg, "<rect"), 5);
    double first = number_of_rect(svg, "#1b9e77", "x=\""), second;
    double width = number_of_rect(svg, "#1b9e77", "width=\"");
    second = number_of_rect(svg, "#d95f02", "x=\"");
    /* side by side: the lines are drawn from the last to the first, the values in order */
    ck_assert_double_eq_tol(second - first, width, 0.02);
    ck_assert_double_ge(width, 40);
    ck_assert_double_eq_tol(number_of_rect(svg, "#d95f02", "y=\""), 46, 0.01);
    mem_free(svg);
    plot.lines = &line;
    plot.count = 1; /* one spectrum: red up, blue down */
    svg = figure(draw_plot(&plot, &figure_theme, NULL), false);
    expect_part(svg, "fill=\"#b2182b\"");
    expect_part(svg, "fill=\"#2166ac\"");
    mem_free(svg);
}
END_TEST

START_TEST(log_axes_have_minor_ticks)
{
    double values[] = {100, 10, 1};
    struct line line = {NULL, values, 3};
    struct plot plot = {.lines = &line, .count = 1, .width = 60, .x0 = 1};
    char *linear = figure(draw_plot(&plot, &figure_theme, NULL), false);
    plot.log_y = true;
    char *log = figure(draw_plot(&plot, &figure_theme, NULL), false);
    ck_assert_uint_ge(count_of(log, "<path"), count_of(linear, "<path") + 12);
    expect_part(log, ">10</text>");
    mem_free(linear);
    mem_free(log);
}
END_TEST

START_TEST(heat_has_an_area_for_each_value)
{
    double values[] = {1, -1, 0, 0.5, NAN, INFINITY};
    static const char *const labels[] = {" the", "<b>", "a long token"};
    struct heat heat = {.values = values, .rows = 2, .cols = 3, .bar = true, .width = 40};
    heat.vmax = 1;
    char *svg = figure(draw_heat(&heat, &figure_theme, NULL), false);
    expect_part(svg, "fill=\"#67001f\"");
    expect_part(svg, "fill=\"#053061\"");
    /* 6 values, 2 marks, 23 cells of the bar, the ground */
    ck_assert_uint_eq(count_of(svg, "<rect"), 6 + 2 + 23 + 1);
    mem_free(svg);
    heat.col_labels = labels;
    svg = figure(draw_heat(&heat, &figure_theme, NULL), false);
    ck_assert(strstr(svg, "rotate(-90)") != NULL || strstr(svg, "rotate(-45)") != NULL);
    expect_part(svg, ">&lt;b&gt;</text>");
    mem_free(svg);
}
END_TEST

START_TEST(facets_carry_their_shapes)
{
    double values[] = {1, 2, 3, 4};
    struct heat heat = {.values = values, .rows = 2, .cols = 2, .width = 30};
    struct canvas *parts[] = {draw_heat(&heat, &figure_theme, NULL),
                              draw_heat(&heat, &figure_theme, NULL)};
    ck_assert_uint_ge(parts[0]->cols, 10); /* areas keep their columns */
    size_t step = parts[0]->cols + 3;
    struct canvas *all = draw_facets(parts, 2, 3, 80, NULL);
    ck_assert_uint_eq(all->shapes.count, 2 * parts[0]->shapes.count);
    const struct shapes *s = &all->shapes;
    const struct point *first = &s->points[s->items[0].first];
    const struct point *second = &s->points[s->items[parts[0]->shapes.count].first];
    ck_assert_double_eq_tol(second->x - first->x, (double)step, 1e-9);
    ck_assert_double_eq_tol(second->y, first->y, 1e-9);
    canvas_free(parts[0]);
    canvas_free(parts[1]);
    mem_free(figure(all, false));
}
END_TEST

START_TEST(canvases_are_stacked)
{
    struct canvas *a = canvas_new(2, 5, NULL), *b = canvas_new(1, 9, NULL);
    struct svg svg = svg_begin(false);
    struct text out = TEXT_EMPTY;
    canvas_put(a, 0, 0, ROLE_TEXT, "up");
    canvas_put(b, 0, 0, ROLE_TEXT, "down");
    svg_add(&svg, a);
    svg_skip(&svg);
    svg_add(&svg, b);
    svg_end(&svg, "a\n<b>\x1b\xff", &out);
    expect_svg(text_get(&out));
    expect_part(text_get(&out), "width=\"96\" height=\"88\"");
    expect_part(text_get(&out), "<title>a\\n&lt;b&gt;\\x1b\\xff</title>");
    expect_part(text_get(&out), "y=\"60.6\" textLength=\"32\">down</text>");
    text_done(&out);
    canvas_free(a);
    canvas_free(b);
}
END_TEST

enum { VALUES = 12, CHARTS = 10 };

static struct canvas *chart_of(size_t chart, const double *values, size_t width, struct err *e)
{
    static const char *const names[VALUES] = {
        "<&>\"", " the",       "\xe7\x8c\xab", "\x1b[31m",  "\xff\xfe",     "\n",
        "",      "long token", "\xe2\x80\xae", "\xcc\x81x", "\xef\xbf\xbf", "]]>"};
    struct line lines[3] = {
        {names[0], values, VALUES}, {names[3], values, 5}, {names[4], values, 1}};
    struct plot plot = {.title = names[10], .x_name = names[11], .lines = lines, .width = width};
    plot.count = chart & 1 ? 3 : 1;
    plot.bars = (chart & 2) != 0;
    plot.log_x = plot.log_y = (chart & 4) != 0;
    if (chart < 8)
        return draw_plot(&plot, &figure_theme, e);
    struct heat heat = {.values = values, .rows = 3, .cols = 4, .bar = true, .width = width};
    heat.title = heat.caption = names[0];
    heat.row_labels = heat.col_labels = chart == 9 ? names : NULL;
    return draw_heat(&heat, &figure_theme, e);
}

static const double data[][VALUES] = {
    {0},
    {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN},
    {DBL_MAX, -DBL_MAX, INFINITY, -INFINITY, NAN, DBL_MIN, 5e-324, 0, 1, 2, 3, 4},
    {12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1},
};

START_TEST(no_data_is_too_strange)
{
    static const size_t widths[] = {1, 3, 20, 80};
    for (size_t chart = 0; chart < CHARTS; chart++)
        for (size_t which = 0; which < sizeof data / sizeof *data; which++)
            for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
                mem_free(figure(chart_of(chart, data[which], widths[w], NULL), false));
}
END_TEST

START_TEST(short_memory_is_an_error)
{
    for (size_t chart = 0; chart < CHARTS; chart += 3) {
        bool done = false;
        for (size_t n = 1; !done; n++) {
            struct err e = {0};
            mem_fail_at(n);
            struct canvas *c = chart_of(chart, data[3], 60, &e);
            done = c != NULL;
            mem_fail_at(0);
            ck_assert(done || e.code == ERR_MEMORY);
            ck_assert_uint_lt(n, 10000);
            canvas_free(c);
        }
    }
}
END_TEST

TCase *svg_case(void)
{
    TCase *tc = tcase_create("svg");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, document_of_text);
    tcase_add_test(tc, words_stand_on_their_cells);
    tcase_add_test(tc, cells_of_heat_and_rules);
    tcase_add_test(tc, dark_is_light_on_dark);
    tcase_add_test(tc, sparks_are_areas);
    tcase_add_test(tc, lines_are_exact);
    tcase_add_test(tc, lines_of_one_colour_are_dashed);
    tcase_add_test(tc, bars_stand_side_by_side);
    tcase_add_test(tc, log_axes_have_minor_ticks);
    tcase_add_test(tc, heat_has_an_area_for_each_value);
    tcase_add_test(tc, facets_carry_their_shapes);
    tcase_add_test(tc, canvases_are_stacked);
    tcase_add_test(tc, no_data_is_too_strange);
    tcase_add_test(tc, short_memory_is_an_error);
    return tc;
}
