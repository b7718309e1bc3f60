#include "bilens/base/err.h"
#include "bilens/draw/canvas.h"
#include "bilens/draw/label.h"
#include "check_draw.h"

START_TEST(put_clips_at_the_right_edge)
{
    struct canvas *c = canvas_new(2, 5, NULL);
    ck_assert_uint_eq(canvas_put(c, 0, 2, ROLE_TEXT, "abcdef"), 3);
    ck_assert_uint_eq(canvas_put(c, 1, 9, ROLE_TEXT, "x"), 0);
    ck_assert_uint_eq(canvas_put(c, 7, 0, ROLE_TEXT, "x"), 0);
    expect_written(c, &utf8_plain, "  abc\n\n");
}
END_TEST

START_TEST(put_keeps_wide_characters_whole)
{
    struct canvas *c = canvas_new(1, 5, NULL);
    ck_assert_uint_eq(canvas_put(c, 0, 0, ROLE_TEXT, "猫犬鳥"), 4);
    ck_assert_uint_eq(canvas_at(c, 0, 1)->code, 0);
    ck_assert_uint_eq(canvas_at(c, 0, 4)->code, ' ');
    expect_written(c, &utf8_plain, "猫犬\n");
}
END_TEST

START_TEST(half_a_wide_character_never_stays)
{
    struct canvas *c = canvas_new(1, 5, NULL);
    canvas_put(c, 0, 0, ROLE_TEXT, "猫犬");
    canvas_put(c, 0, 1, ROLE_TEXT, "xy");
    expect_written(c, &utf8_plain, " xy\n");
    c = canvas_new(1, 5, NULL);
    canvas_put(c, 0, 0, ROLE_TEXT, "猫犬");
    canvas_put(c, 0, 1, ROLE_TEXT, "鳥");
    expect_written(c, &utf8_plain, " 鳥\n");
}
END_TEST

START_TEST(put_sets_marks_on_their_character)
{
    struct canvas *c = canvas_new(1, 8, NULL);
    ck_assert_uint_eq(canvas_put(c, 0, 0, ROLE_TEXT, "e\u0301x"), 2);
    ck_assert_uint_eq(canvas_at(c, 0, 0)->marks[0], 0x301);
    expect_written(c, &utf8_plain, "e\u0301x\n");
}
END_TEST

START_TEST(put_keeps_all_marks_of_a_letter)
{
    /* ka with nukta, virama and joiner; the vowel sign after ra has a cell of its own */
    struct canvas *c = canvas_new(1, 8, NULL);
    ck_assert_uint_eq(canvas_put(c, 0, 0, ROLE_TEXT, "\u0915\u093c\u094d\u200d\u0930\u093ex"), 4);
    expect_written(c, &utf8_plain, "\u0915\u093c\u094d\u200d\u0930\u093ex\n");
}
END_TEST

/* A letter and the sign beside it share a row; a second sign has the next one. */
START_TEST(labels_downwards_keep_marks_beside_their_letters)
{
    struct canvas *c = canvas_new(4, 4, NULL);
    struct field field = {0, 0, 1, ROLE_TOKEN, LABEL_LEFT};
    size_t rows;
    bool wide = false;
    label_put_down(c, field, 4, "\u0939\u093f\u0928\u094d\u0926\u0940\u0903", &utf8_plain, &rows,
                   &wide);
    ck_assert_uint_eq(rows, 4);
    ck_assert(wide);
    expect_written(c, &utf8_plain, "\u0939\u093f\n\u0928\u094d\n\u0926\u0940\n\u0903\n");
}
END_TEST

START_TEST(put_never_passes_a_control)
{
    struct canvas *c = canvas_new(1, 8, NULL);
    canvas_put(c, 0, 0, ROLE_TEXT,
               "a\033\x7f\xff"
               "b");
    expect_written(c, &utf8_plain, "a???b\n");
}
END_TEST

START_TEST(blit_clips_and_keeps_wide_characters)
{
    struct canvas *c = canvas_new(2, 6, NULL), *part = canvas_new(1, 4, NULL);
    canvas_put(part, 0, 0, ROLE_TEXT, "猫犬");
    canvas_blit(c, 0, 1, part);
    canvas_blit(c, 1, 3, part);
    canvas_free(part);
    expect_written(c, &utf8_plain, " 猫犬\n   猫\n");
}
END_TEST

START_TEST(blit_replaces_what_it_covers)
{
    struct canvas *c = canvas_new(1, 6, NULL), *part = canvas_new(1, 4, NULL);
    canvas_put(c, 0, 0, ROLE_TEXT, "鳥鳥鳥");
    canvas_put(part, 0, 0, ROLE_TEXT, "猫犬");
    canvas_blit(c, 0, 1, part);
    canvas_free(part);
    expect_written(c, &utf8_plain, " 猫犬\n");
}
END_TEST

START_TEST(crop_drops_blank_columns_and_rows)
{
    struct canvas *c = canvas_new(4, 20, NULL);
    canvas_put(c, 0, 0, ROLE_TEXT, "ab");
    canvas_put(c, 2, 1, ROLE_TEXT, "abc");
    canvas_crop(c, 3);
    ck_assert_uint_eq(c->rows, 3);
    ck_assert_uint_eq(c->cols, 4);
    expect_written(c, &utf8_plain, "ab\n\n abc\n");
}
END_TEST

START_TEST(attributes_are_written_where_they_change)
{
    struct canvas *c = canvas_new(2, 20, NULL);
    canvas_put(c, 0, 0, ROLE_TITLE, "ab cd");
    canvas_put(c, 0, 6, ROLE_TITLE, "ef");
    canvas_put(c, 0, 9, ROLE_TOKEN, "x");
    canvas_put(c, 1, 0, ROLE_TEXT, "plain");
    expect_written(c, &utf8_8, "\033[1mab cd ef \033[22;36mx\033[0m\nplain\n");
}
END_TEST

START_TEST(plain_text_has_no_escape)
{
    struct theme theme = {CHARSET_UTF8, DEPTH_TRUE, false};
    struct canvas *c = canvas_new(1, 20, NULL);
    canvas_put(c, 0, 0, ROLE_TITLE, "title");
    canvas_heat(c, 0, 6, 100, 100);
    canvas_put(c, 0, 8, ROLE_CURSOR, "here");
    expect_written(c, &theme, "title █ here\n");
}
END_TEST

START_TEST(bold_gives_way_to_dim)
{
    struct canvas *c = canvas_new(1, 20, NULL);
    canvas_put(c, 0, 0, ROLE_HIGH, "a");
    canvas_put(c, 0, 1, ROLE_DIM, "b");
    canvas_put(c, 0, 2, ROLE_CURSOR, " ");
    expect_written(c, &utf8_mono, "\033[1ma\033[22;2mb\033[22;7m \033[0m\n");
}
END_TEST

START_TEST(heat_shows_two_values_a_cell)
{
    struct canvas *c = canvas_new(1, 4, NULL);
    canvas_heat(c, 0, 0, 100, -100);
    canvas_heat(c, 0, 1, 0, 0);
    canvas_heat(c, 0, 2, 100, HEAT_NONE);
    expect_written(c, &utf8_true,
                   "\033[38;2;103;0;31;48;2;5;48;97m▀\033[48;2;247;247;247m "
                   "\033[49m▀\033[0m\n");
}
END_TEST

START_TEST(heat_marks_what_is_no_number)
{
    struct canvas *c = canvas_new(1, 4, NULL);
    canvas_heat(c, 0, 0, HEAT_NAN, HEAT_NAN);
    canvas_heat(c, 0, 1, HEAT_INF, 0);
    expect_written(c, &utf8_256, "\033[38;5;16;48;5;178m?\033[38;5;128;48;5;231m▀\033[0m\n");
    c = canvas_new(1, 4, NULL);
    canvas_heat(c, 0, 0, HEAT_NAN, HEAT_NAN);
    canvas_heat(c, 0, 1, HEAT_INF, HEAT_INF);
    expect_written(c, &ascii_plain, "?!\n");
}
END_TEST

START_TEST(too_large_a_canvas_is_an_error)
{
    struct err e = {0};
    ck_assert_ptr_null(canvas_new(SIZE_MAX / 2, 3, &e));
    ck_assert_int_eq(e.code, ERR_MEMORY);
}
END_TEST

TCase *canvas_case(void)
{
    TCase *tc = tcase_create("canvas");
    tcase_add_test(tc, put_clips_at_the_right_edge);
    tcase_add_test(tc, put_keeps_wide_characters_whole);
    tcase_add_test(tc, half_a_wide_character_never_stays);
    tcase_add_test(tc, put_sets_marks_on_their_character);
    tcase_add_test(tc, put_keeps_all_marks_of_a_letter);
    tcase_add_test(tc, labels_downwards_keep_marks_beside_their_letters);
    tcase_add_test(tc, put_never_passes_a_control);
    tcase_add_test(tc, blit_clips_and_keeps_wide_characters);
    tcase_add_test(tc, blit_replaces_what_it_covers);
    tcase_add_test(tc, crop_drops_blank_columns_and_rows);
    tcase_add_test(tc, attributes_are_written_where_they_change);
    tcase_add_test(tc, plain_text_has_no_escape);
    tcase_add_test(tc, bold_gives_way_to_dim);
    tcase_add_test(tc, heat_shows_two_values_a_cell);
    tcase_add_test(tc, heat_marks_what_is_no_number);
    tcase_add_test(tc, too_large_a_canvas_is_an_error);
    return tc;
}
