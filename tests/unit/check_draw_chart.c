#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/draw/chart.h"
#include "check_draw.h"

START_TEST(spark_is_scaled_from_zero)
{
    double values[] = {0, 1, 2, 3, 4, 5, 6, 7};
    expect_written(draw_spark(values, 8, 20, &utf8_plain, NULL), &utf8_plain, "▁▂▃▄▅▆▇█\n");
    expect_written(draw_spark(values + 7, 1, 20, &utf8_plain, NULL), &utf8_plain, "█\n");
    double nines[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    expect_written(draw_spark(nines, 10, 20, &ascii_plain, NULL), &ascii_plain, " .:-=+*#%@\n");
}
END_TEST

START_TEST(spark_marks_and_reduces)
{
    double values[] = {NAN, -7, 0, 7};
    expect_written(draw_spark(values, 4, 20, &utf8_plain, NULL), &utf8_plain, "?▁▅█\n");
    double spike[1000] = {0};
    spike[501] = 7;
    expect_written(draw_spark(spike, 1000, 10, &utf8_plain, NULL), &utf8_plain, "▁▁▁▁▁█▁▁▁▁\n");
    double huge[] = {-1.7e308, 1.7e308};
    expect_written(draw_spark(huge, 2, 10, &utf8_plain, NULL), &utf8_plain, "▁█\n");
    expect_written(draw_spark(NULL, 0, 10, &utf8_plain, NULL), &utf8_plain, "\n");
}
END_TEST

START_TEST(plot_of_a_line)
{
    double values[] = {0, 1, 2, 3, 4};
    struct line line = {"score", values, 5};
    struct plot plot = {
        .title = "a title", .x_name = "lag", .lines = &line, .count = 1, .width = 24, .height = 10};
    expect_written(draw_plot(&plot, &ascii_plain, NULL), &ascii_plain,
                   "a title\n"
                   "score\n"
                   "4 +                  ***\n"
                   "  |             *****\n"
                   "2 +        *****\n"
                   "  |   *****\n"
                   "0 +***\n"
                   "  ++---------+---------+\n"
                   "   0         2         4\n"
                   "            lag\n");
}
END_TEST

START_TEST(plot_of_signed_bars)
{
    double values[] = {4, -4, 2};
    struct line line = {NULL, values, 3};
    struct plot plot = {.lines = &line, .count = 1, .width = 24, .height = 7, .bars = true};
    expect_written(draw_plot(&plot, &ascii_plain, NULL), &ascii_plain,
                   " 5 +  ###\n"
                   "   |  ###          ###\n"
                   " 0 +--###----===---###--\n"
                   "   |         ===\n"
                   "-5 +         ===\n"
                   "   +---+------+-----+---\n"
                   "       0      1     2\n");
}
END_TEST

START_TEST(plot_of_bars_side_by_side)
{
    double a[] = {4, -4}, b[] = {2, 2};
    struct line lines[] = {{NULL, a, 2}, {NULL, b, 2}};
    struct plot plot = {.lines = lines, .count = 2, .width = 24, .height = 7, .bars = true};
    expect_written(draw_plot(&plot, &ascii_plain, NULL), &ascii_plain,
                   " 5 +  ***\n"
                   "   |  *** ooo      ooo\n"
                   " 0 +--***-ooo--***-ooo--\n"
                   "   |           ***\n"
                   "-5 +           ***\n"
                   "   +-----+--------+-----\n"
                   "         0        1\n");
    plot.width = 6; /* no room: they share a column, and the first is seen */
    char *string = written(draw_plot(&plot, &ascii_plain, NULL), &ascii_plain);
    ck_assert_ptr_nonnull(strchr(string, '*'));
    mem_free(string);
}
END_TEST

START_TEST(plot_braille_dots)
{
    double values[] = {0, 1};
    struct line line = {NULL, values, 2};
    struct plot plot = {.lines = &line, .count = 1, .width = 21, .height = 5};
    char *string = written(draw_plot(&plot, &utf8_plain, NULL), &utf8_plain);
    ck_assert_ptr_nonnull(strstr(string, "⣀⡠"));
    mem_free(string);
}
END_TEST

START_TEST(plot_lines_tell_apart)
{
    double a[] = {1, 1, 1, 1}, b[] = {2, 2, 2, 2};
    struct line lines[] = {{"first", a, 4}, {"second", b, 4}};
    struct plot plot = {.lines = lines, .count = 2, .width = 30};
    char *string = written(draw_plot(&plot, &ascii_plain, NULL), &ascii_plain);
    ck_assert(strncmp(string, "*  first  o  second\n", 20) == 0);
    ck_assert_ptr_nonnull(strstr(string, "ooooo"));
    ck_assert_ptr_nonnull(strstr(string, "*****"));
    mem_free(string);
    string = written(draw_plot(&plot, &utf8_plain, NULL), &utf8_plain);
    ck_assert(strncmp(string, "a  first  b  second\n", 20) == 0);
    mem_free(string);
    string = written(draw_plot(&plot, &utf8_256, NULL), &utf8_256);
    ck_assert_ptr_nonnull(strstr(string, "\033[38;5;74m━━"));
    ck_assert_ptr_nonnull(strstr(string, "\033[38;5;208m━━"));
    mem_free(string);
}
END_TEST

START_TEST(plot_lines_in_the_same_cells_take_turns)
{
    double a[] = {1, 1, 1, 1}, b[] = {1, 1, 1, 1}, c[] = {1, 1, 1, 1};
    struct line lines[] = {{"a", a, 4}, {"b", b, 4}, {"c", c, 4}};
    struct plot plot = {.lines = lines, .count = 3, .width = 30};
    char *string = written(draw_plot(&plot, &ascii_plain, NULL), &ascii_plain);
    ck_assert_ptr_nonnull(strstr(string, "**oo++**oo++**"));
    mem_free(string);
}
END_TEST

static size_t plot_rows(size_t width, size_t screen)
{
    double values[] = {3, 2, 1};
    struct line line = {NULL, values, 3};
    struct plot plot = {.lines = &line, .count = 1, .width = width, .screen = screen};
    struct err e = {0};
    struct canvas *c = draw_plot(&plot, &utf8_plain, &e);
    ck_assert_ptr_nonnull(c);
    size_t rows = c->rows;
    canvas_free(c);
    return rows;
}

START_TEST(plot_leaves_room_on_a_screen)
{
    size_t axis = 2; /* and its labels */
    ck_assert_uint_le(plot_rows(80, 24), 24 - 16 + axis);
    ck_assert_uint_le(plot_rows(200, 24), 24 - 16 + axis);
    ck_assert_uint_ge(plot_rows(200, 50), 20);
    ck_assert_uint_ge(plot_rows(80, 5), 6); /* too small for anything: a plot is still one */
    ck_assert_uint_le(plot_rows(80, 5), 8);
}
END_TEST

START_TEST(plot_counts_what_it_leaves_out)
{
    double values[] = {1, NAN, 10, -1, 0, INFINITY, 100};
    struct line line = {NULL, values, 7};
    struct plot plot = {.lines = &line, .count = 1, .width = 60, .log_y = true};
    char *string = written(draw_plot(&plot, &ascii_plain, NULL), &ascii_plain);
    ck_assert_ptr_nonnull(
        strstr(string, "4 values left out: 2 not finite, 2 not positive (log axis)\n"));
    mem_free(string);
    plot.log_y = false;
    string = written(draw_plot(&plot, &ascii_plain, NULL), &ascii_plain);
    ck_assert_ptr_nonnull(strstr(string, "2 values left out: 2 not finite\n"));
    mem_free(string);
}
END_TEST

static const double signs[] = {1, -1, 0, 0.5, -0.5, NAN};

START_TEST(heat_in_ascii)
{
    struct heat heat = {.title = "m",
                        .values = signs,
                        .rows = 2,
                        .cols = 3,
                        .row_name = "out",
                        .col_name = "in",
                        .caption = "aggregate none",
                        .bar = true,
                        .width = 12};
    expect_written(draw_heat(&heat, &ascii_plain, NULL), &ascii_plain,
                   "m\n"
                   "out\n"
                   "0 +@@%%\n"
                   "1 +**~~??\n"
                   "  ++---+-\n"
                   "   0   2\n"
                   "   in\n"
                   "%=~-. '+*#@\n"
                   "-1   0   +1\n"
                   "? 1 NaN\n"
                   "aggregate\n"
                   "none\n");
}
END_TEST

START_TEST(heat_fills_its_width)
{
    double values[] = {1, -1};
    struct heat heat = {.values = values, .rows = 1, .cols = 2, .width = 23};
    expect_written(draw_heat(&heat, &utf8_plain, NULL), &utf8_plain,
                   "  │████████≣≣≣≣≣≣≣≣\n"
                   "0 ┤████████≣≣≣≣≣≣≣≣\n"
                   "  │████████≣≣≣≣≣≣≣≣\n"
                   "  │████████≣≣≣≣≣≣≣≣\n"
                   "  └───┬───────┬────\n"
                   "      0       1\n");
}
END_TEST

/* The levels of a negated heat are the negated levels, zero stays zero. */
START_TEST(heat_of_the_negative_is_exchanged)
{
    double values[24], negative[24];
    for (int i = 0; i < 24; i++) {
        values[i] = sin(i * 1.7) * (i % 5);
        negative[i] = -values[i];
    }
    struct heat a = {.values = values, .rows = 4, .cols = 6, .width = 80}, b = a;
    b.values = negative;
    struct canvas *high = draw_heat(&a, &utf8_true, NULL), *low = draw_heat(&b, &utf8_true, NULL);
    size_t heats = 0;
    for (size_t i = 0; i < high->rows * high->cols; i++) {
        heats += high->cells[i].role == ROLE_HEAT;
        ck_assert_int_eq(high->cells[i].upper, -low->cells[i].upper);
        ck_assert_int_eq(high->cells[i].lower, -low->cells[i].lower);
    }
    ck_assert_uint_ge(heats, 24);
    canvas_free(high);
    canvas_free(low);
}
END_TEST

START_TEST(heat_states_its_scale)
{
    double values[] = {5, -2, INFINITY, 1};
    struct heat heat = {
        .values = values, .rows = 2, .cols = 2, .vmax = 2, .bar = true, .width = 80};
    char *string = written(draw_heat(&heat, &utf8_plain, NULL), &utf8_plain);
    ck_assert_ptr_nonnull(strstr(string, "-2"));
    ck_assert_ptr_nonnull(strstr(string, "+2"));
    ck_assert_ptr_nonnull(strstr(string, "∞ 1 inf  1 clipped\n"));
    mem_free(string);
    double nothing[] = {NAN, NAN};
    heat = (struct heat){.values = nothing, .rows = 1, .cols = 2, .bar = true, .width = 80};
    string = written(draw_heat(&heat, &ascii_plain, NULL), &ascii_plain);
    ck_assert_ptr_nonnull(strstr(string, "no finite values\n"));
    mem_free(string);
    double zeros[] = {0, 0};
    heat.values = zeros;
    string = written(draw_heat(&heat, &ascii_plain, NULL), &ascii_plain);
    ck_assert_ptr_nonnull(strstr(string, "all zero\n"));
    mem_free(string);
}
END_TEST

START_TEST(heat_numbers_the_original_range)
{
    double values[4] = {1, 2, 3, 4};
    struct heat heat = {.values = values,
                        .rows = 1,
                        .cols = 4,
                        .row_start = 700,
                        .row_stop = 701,
                        .col_start = 1000,
                        .col_stop = 3000,
                        .width = 60};
    char *string = written(draw_heat(&heat, &ascii_plain, NULL), &ascii_plain);
    ck_assert_ptr_nonnull(strstr(string, "700 +"));
    ck_assert_ptr_nonnull(strstr(string, " 1000    1500    2000    2500\n"));
    mem_free(string);
}
END_TEST

START_TEST(heat_labels_are_escaped)
{
    double values[4] = {1, 2, 3, 4};
    const char *rows[] = {"\033[2J", "猫"}, *cols[] = {"game", "e\u0301"};
    struct heat heat = {.values = values,
                        .rows = 2,
                        .cols = 2,
                        .row_labels = rows,
                        .col_labels = cols,
                        .width = 60};
    char *string = written(draw_heat(&heat, &utf8_plain, NULL), &utf8_plain);
    ck_assert_ptr_nonnull(strstr(string, "\\x1b[2J │"));
    ck_assert_ptr_nonnull(strstr(string, "     猫 │"));
    ck_assert_ptr_nonnull(strstr(string, "  game     e\u0301\n"));
    mem_free(string);
}
END_TEST

START_TEST(heat_room_is_enough)
{
    const struct theme *themes[] = {&ascii_plain, &utf8_true};
    for (int t = 0; t < 2; t++) {
        for (size_t width = 20; width <= 200; width += 9) {
            size_t rows, cols;
            draw_heat_room(width, 10, themes[t], &rows, &cols);
            ck_assert_uint_eq(rows, t == 0 ? 10 : 20);
            double *values = mem_new(rows * cols, sizeof *values);
            values[cols - 1] = 1;
            struct heat heat = {.values = values,
                                .rows = rows,
                                .cols = cols,
                                .row_stop = 999999,
                                .col_stop = 999999,
                                .width = width};
            struct canvas *c = draw_heat(&heat, themes[t], NULL);
            ck_assert_uint_le(c->cols, width);
            char *string = written(c, themes[t]);
            ck_assert_ptr_null(strstr(string, "reduced"));
            mem_free(string);
            mem_free(values);
        }
    }
}
END_TEST

START_TEST(heat_too_wide_is_reduced_to_extremes)
{
    double values[3000] = {0};
    values[1777] = -3;
    struct heat heat = {.values = values, .rows = 1, .cols = 3000, .width = 40};
    struct canvas *c = draw_heat(&heat, &utf8_true, NULL);
    int least = 0;
    for (size_t i = 0; i < c->rows * c->cols; i++)
        least =
            c->cells[i].role == ROLE_HEAT && c->cells[i].upper < least ? c->cells[i].upper : least;
    ck_assert_int_eq(least, -100);
    char *string = written(c, &ascii_plain);
    ck_assert_ptr_nonnull(strstr(string, "reduced"));
    mem_free(string);
}
END_TEST

START_TEST(table_aligns)
{
    const char *ids[] = {"804", "17", "4095"}, *tokens[] = {" game", "猫", "\033[31m"};
    const char *scores[] = {"12.3", NULL, "-4"};
    struct column columns[] = {{"id", ALIGN_RIGHT, ROLE_NUMBER, ids, false},
                               {"token", ALIGN_LEFT, ROLE_TOKEN, tokens, true},
                               {"score", ALIGN_RIGHT, ROLE_NUMBER, scores, false}};
    struct table table = {"top", columns, 3, 3, 80};
    expect_written(draw_table(&table, &utf8_plain, NULL), &utf8_plain,
                   "top\n"
                   "  id  token     score\n"
                   "─────────────────────\n"
                   " 804  ␣game      12.3\n"
                   "  17  猫\n"
                   "4095  \\x1b[31m     -4\n");
}
END_TEST

START_TEST(table_shrinks_then_drops)
{
    const char *tokens[] = {"averylongtoken"}, *scores[] = {"12.3"};
    struct column columns[] = {{"token", ALIGN_LEFT, ROLE_TOKEN, tokens, true},
                               {"score", ALIGN_RIGHT, ROLE_NUMBER, scores, false},
                               {"cosine", ALIGN_RIGHT, ROLE_NUMBER, scores, false}};
    struct table table = {NULL, columns, 3, 1, 20};
    expect_written(draw_table(&table, &ascii_plain, NULL), &ascii_plain,
                   "token          score\n"
                   "--------------------\n"
                   "averylongtok~   12.3\n"
                   "1 column left out:\n"
                   "cosine\n");
    table.rows = 0;
    table.width = 80;
    expect_written(draw_table(&table, &ascii_plain, NULL), &ascii_plain,
                   "token  score  cosine\n"
                   "--------------------\n"
                   "no rows\n");
}
END_TEST

START_TEST(facets_stand_in_a_grid)
{
    struct canvas *parts[3];
    const char *names[] = {"one", "two", "three"};
    for (int i = 0; i < 3; i++) {
        parts[i] = canvas_new(1, strlen(names[i]), NULL);
        canvas_put(parts[i], 0, 0, ROLE_TEXT, names[i]);
    }
    expect_written(draw_facets(parts, 3, 2, 80, NULL), &utf8_plain, "one  two  three\n");
    expect_written(draw_facets(parts, 3, 2, 12, NULL), &utf8_plain, "one    two\n\nthree\n");
    expect_written(draw_facets(parts, 3, 2, 4, NULL), &utf8_plain, "one\n\ntwo\n\nthre\n");
    expect_written(draw_facets(parts, 0, 2, 4, NULL), &utf8_plain, "");
    for (int i = 0; i < 3; i++)
        canvas_free(parts[i]);
}
END_TEST

TCase *chart_case(void)
{
    TCase *tc = tcase_create("chart");
    tcase_add_test(tc, spark_is_scaled_from_zero);
    tcase_add_test(tc, spark_marks_and_reduces);
    tcase_add_test(tc, plot_of_a_line);
    tcase_add_test(tc, plot_of_signed_bars);
    tcase_add_test(tc, plot_of_bars_side_by_side);
    tcase_add_test(tc, plot_braille_dots);
    tcase_add_test(tc, plot_lines_tell_apart);
    tcase_add_test(tc, plot_lines_in_the_same_cells_take_turns);
    tcase_add_test(tc, plot_leaves_room_on_a_screen);
    tcase_add_test(tc, plot_counts_what_it_leaves_out);
    tcase_add_test(tc, heat_in_ascii);
    tcase_add_test(tc, heat_fills_its_width);
    tcase_add_test(tc, heat_of_the_negative_is_exchanged);
    tcase_add_test(tc, heat_states_its_scale);
    tcase_add_test(tc, heat_numbers_the_original_range);
    tcase_add_test(tc, heat_labels_are_escaped);
    tcase_add_test(tc, heat_room_is_enough);
    tcase_add_test(tc, heat_too_wide_is_reduced_to_extremes);
    tcase_add_test(tc, table_aligns);
    tcase_add_test(tc, table_shrinks_then_drops);
    tcase_add_test(tc, facets_stand_in_a_grid);
    return tc;
}
