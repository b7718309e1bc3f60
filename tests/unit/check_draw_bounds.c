/* Every chart, in every theme, of degenerate data, at every width: no line is too
 * wide, ASCII stays ASCII, and a failed allocation is an error. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/utf8.h"
#include "bilens/draw/chart.h"
#include "check_draw.h"

enum { VALUES = 12, CASES = 10, CHARTS = 7, THEMES = 10 };

static const double data[CASES][VALUES] = {
    {0},
    {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
    {-3, -3, -3, -3, -3, -3, -3, -3, -3, -3, -3, -3},
    {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN},
    {1e300, -1e300, 1e-300, 0, 1e300, 2, 3, 4, 5, 6, 7, 8},
    {DBL_MAX, -DBL_MAX, INFINITY, -INFINITY, NAN, DBL_MIN, 5e-324, 0, 1, 2, 3, 4},
    {1e-300, 2e-300, 3e-300, 4e-300, 1e-300, 1e-300, 0, 0, 0, 0, 0, 0},
    {-1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12},
    {12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1},
    {123456.789, 123456.788, 123456.787, 1e5, 1e5, 1e5, 1e5, 1e5, 1e5, 1e5, 1e5, 1e5},
};

static const char *const names[VALUES] = {
    "game",       " the",
    "猫猫猫",     "e\u0301\u0302\u0303clair",
    "👩\u200d👧",   "\033[31mred",
    "\xff\xfe",   "\n",
    "",           "a very long token that goes on and on and on",
    "\u202egame", "\u0301x"};

static struct theme theme_at(size_t i)
{
    struct theme theme = {i < 5 ? CHARSET_UTF8 : CHARSET_ASCII, (enum depth)(i % 5 % 4), i % 5 < 4};
    return theme;
}

static struct canvas *plot_of(const double *values, size_t count, size_t width, unsigned style,
                              const struct theme *theme, struct err *e)
{
    struct line lines[3] = {{names[9], values, count}, {"猫", values, count / 2}, {"x", values, 1}};
    struct plot plot = {.title = names[9],
                        .x_name = "component",
                        .y_name = names[5],
                        .lines = lines,
                        .count = style & 4 ? 3 : 1,
                        .x0 = style & 4 ? 0 : 1,
                        .log_x = (style & 2) != 0,
                        .log_y = (style & 2) != 0,
                        .bars = (style & 1) != 0,
                        .width = width};
    return draw_plot(&plot, theme, e);
}

static struct canvas *heat_of(const double *values, size_t count, size_t width, bool labels,
                              const struct theme *theme, struct err *e)
{
    size_t rows = count >= 3 ? 3 : count, cols = rows > 0 ? count / rows : 0;
    struct heat heat = {.title = names[9],
                        .values = values,
                        .rows = rows,
                        .cols = cols,
                        .row_name = names[9],
                        .col_name = names[9],
                        .row_stop = 128000,
                        .col_stop = 99,
                        .caption = names[9],
                        .bar = true,
                        .width = width};
    heat.row_labels = labels ? names + 1 : NULL;
    heat.col_labels = labels ? names + 2 : NULL;
    return draw_heat(&heat, theme, e);
}

static struct canvas *table_of(size_t count, size_t width, const struct theme *theme, struct err *e)
{
    struct column columns[] = {{"id", ALIGN_RIGHT, ROLE_NUMBER, names, false},
                               {"token", ALIGN_LEFT, ROLE_TOKEN, names, true},
                               {NULL, ALIGN_RIGHT, ROLE_TOKEN, names, true}};
    struct table table = {names[9], columns, 3, count, width};
    return draw_table(&table, theme, e);
}

static struct canvas *facets_of(const double *values, size_t count, size_t width,
                                const struct theme *theme, struct err *e)
{
    struct canvas *parts[3] = {heat_of(values, count, width / 2, true, theme, e),
                               draw_spark(values, count, width, theme, e),
                               heat_of(values, count, width / 3 + 1, false, theme, e)};
    struct canvas *all = NULL;
    if (parts[0] != NULL && parts[1] != NULL && parts[2] != NULL)
        all = draw_facets(parts, 3, 2, width, e);
    for (int i = 0; i < 3; i++)
        canvas_free(parts[i]);
    return all;
}

static struct canvas *chart_of(unsigned chart, const double *values, size_t count, size_t width,
                               const struct theme *theme, struct err *e)
{
    switch (chart) {
    case 0:
        return plot_of(values, count, width, 0, theme, e);
    case 1:
        return plot_of(values, count, width, 1, theme, e);
    case 2:
        return plot_of(values, count, width, 6, theme, e);
    case 3:
        return heat_of(values, count, width, true, theme, e);
    case 4:
        return heat_of(values, count, width, false, theme, e);
    case 5:
        return table_of(count, width, theme, e);
    default:
        return facets_of(values, count, width, theme, e);
    }
}

/* Takes the SGR sequences out and checks what is left, line by line. */
static void check_text(char *string, const struct theme *theme, size_t width)
{
    char *to = string;
    for (const char *from = string; *from != '\0'; from++) {
        if (*from == '\033') {
            ck_assert(theme->sgr);
            from += strcspn(from, "m");
            continue;
        }
        ck_assert(theme->charset == CHARSET_UTF8 || (unsigned char)*from < 0x7f);
        *to++ = *from;
    }
    *to = '\0';
    for (char *line = string; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        ck_assert(line[length] == '\n');
        line[length] = '\0';
        ck_assert(utf8_valid(line, length));
        ck_assert_uint_le(utf8_width(line), width);
        ck_assert(theme->sgr || length == 0 || line[length - 1] != ' ');
        line += length + 1;
    }
}

static void check_chart(unsigned chart, size_t which, size_t count, size_t width, size_t t)
{
    struct theme theme = theme_at(t);
    struct err e = {0};
    struct canvas *c = chart_of(chart, data[which], count, width, &theme, &e);
    ck_assert_msg(c != NULL, "chart %u: %s", chart, e.message);
    ck_assert_uint_le(c->cols, width);
    char *string = written(c, &theme);
    check_text(string, &theme, width);
    mem_free(string);
}

START_TEST(no_line_is_too_wide)
{
    for (size_t width = 20; width <= 200; width++)
        for (unsigned chart = 0; chart < CHARTS; chart++)
            check_chart(chart, width % CASES, VALUES, width, (width / CASES + chart) % THEMES);
}
END_TEST

START_TEST(no_width_is_too_small)
{
    for (size_t width = 1; width < 40; width++)
        for (unsigned chart = 0; chart < CHARTS; chart++)
            for (size_t t = width % 3; t < THEMES; t += 3)
                check_chart(chart, (width + t) % CASES, VALUES, width, t);
}
END_TEST

START_TEST(no_data_is_too_strange)
{
    static const size_t counts[] = {0, 1, 2, 3, VALUES};
    static const size_t widths[] = {20, 80};
    for (size_t which = 0; which < CASES; which++)
        for (unsigned chart = 0; chart < CHARTS; chart++)
            for (size_t n = 0; n < 5; n++)
                for (size_t w = 0; w < 2; w++)
                    for (size_t t = 0; t < THEMES; t += 3)
                        check_chart(chart, which, counts[n], widths[w], t);
}
END_TEST

START_TEST(short_memory_is_an_error)
{
    struct theme theme = theme_at(0);
    for (unsigned chart = 0; chart < CHARTS; chart++) {
        struct canvas *c = NULL;
        for (size_t n = 1; c == NULL; n++) {
            struct err e = {0};
            mem_fail_at(n);
            c = chart_of(chart, data[5], VALUES, 60, &theme, &e);
            mem_fail_at(0);
            ck_assert(c != NULL || e.code == ERR_MEMORY);
            ck_assert_uint_lt(n, 10000);
        }
        canvas_free(c);
    }
}
END_TEST

TCase *bounds_case(void)
{
    TCase *tc = tcase_create("bounds");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, no_line_is_too_wide);
    tcase_add_test(tc, no_width_is_too_small);
    tcase_add_test(tc, no_data_is_too_strange);
    tcase_add_test(tc, short_memory_is_an_error);
    return tc;
}
