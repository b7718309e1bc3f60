#include "bilens/draw/canvas.h"
#include "check_draw.h"

START_TEST(zero_is_white_and_poles_are_brewers)
{
    ck_assert_uint_eq(theme_heat_ink(&utf8_true, 0).value, 0xf7f7f7);
    ck_assert_uint_eq(theme_heat_ink(&utf8_true, 20).value, 0xfddbc7);
    ck_assert_uint_eq(theme_heat_ink(&utf8_true, 60).value, 0xd6604d);
    ck_assert_uint_eq(theme_heat_ink(&utf8_true, 100).value, 0x67001f);
    ck_assert_uint_eq(theme_heat_ink(&utf8_true, -60).value, 0x4393c3);
    ck_assert_uint_eq(theme_heat_ink(&utf8_true, -100).value, 0x053061);
    ck_assert_uint_eq(theme_heat_ink(&utf8_256, 0).value, 231);
}
END_TEST

static int channel(struct ink ink, int shift)
{
    return (int)(ink.value >> shift & 0xff);
}

START_TEST(every_level_shows_its_sign)
{
    for (int level = 3; level <= 100; level++) {
        struct ink high = theme_heat_ink(&utf8_true, level);
        struct ink low = theme_heat_ink(&utf8_true, -level);
        ck_assert_int_gt(channel(high, 16), channel(high, 0));
        ck_assert_int_lt(channel(low, 16), channel(low, 0));
    }
}
END_TEST

START_TEST(colours_of_256_are_those_no_user_redefines)
{
    for (int level = -100; level <= HEAT_INF; level++) {
        struct ink ink = theme_heat_ink(&utf8_256, level);
        ck_assert_int_eq(ink.kind, INK_INDEX);
        ck_assert_uint_ge(ink.value, 16);
        ck_assert_uint_le(ink.value, 255);
    }
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct cell_look look = theme_look(&utf8_256, (enum role)role);
        ck_assert(look.fore.kind == INK_NONE || look.fore.value >= 16);
    }
}
END_TEST

/* Where the colour changes on the way to one pole, it changes to the other. */
START_TEST(poles_have_the_same_steps)
{
    for (int level = 1; level <= 100; level++) {
        bool high =
            theme_heat_ink(&utf8_256, level).value != theme_heat_ink(&utf8_256, level - 1).value;
        bool low =
            theme_heat_ink(&utf8_256, -level).value != theme_heat_ink(&utf8_256, 1 - level).value;
        ck_assert_int_eq(high, low);
    }
}
END_TEST

START_TEST(glyphs_show_the_sign)
{
    const struct theme *themes[] = {&ascii_plain, &utf8_plain, &utf8_mono};
    for (int t = 0; t < 3; t++) {
        ck_assert_uint_eq(theme_heat_glyph(themes[t], 0), ' ');
        for (int a = 13; a <= 100; a++) {
            ck_assert_uint_ne(theme_heat_glyph(themes[t], a), ' ');
            for (int b = 13; b <= 100; b++)
                ck_assert_uint_ne(theme_heat_glyph(themes[t], a), theme_heat_glyph(themes[t], -b));
        }
    }
    ck_assert_uint_eq(theme_heat_glyph(&ascii_plain, 100), '@');
    ck_assert_uint_eq(theme_heat_glyph(&ascii_plain, -100), '%');
}
END_TEST

START_TEST(eight_colours_show_the_sign)
{
    struct cell cell = {.role = ROLE_HEAT, .upper = 80, .lower = 80};
    uint32_t high, low;
    struct cell_look look = cell_look(&cell, &utf8_8, &high);
    ck_assert_uint_eq(look.fore.value, 1);
    cell.upper = cell.lower = -80;
    look = cell_look(&cell, &utf8_8, &low);
    ck_assert_uint_eq(look.fore.value, 4);
    ck_assert_uint_eq(high, low);
}
END_TEST

START_TEST(halves_need_colours_and_utf8)
{
    struct theme theme = {CHARSET_ASCII, DEPTH_TRUE, true};
    ck_assert(theme_has_halves(&utf8_true));
    ck_assert(theme_has_halves(&utf8_256));
    ck_assert(!theme_has_halves(&utf8_8));
    ck_assert(!theme_has_halves(&utf8_mono));
    ck_assert(!theme_has_halves(&theme));
    theme = (struct theme){CHARSET_UTF8, DEPTH_TRUE, false};
    ck_assert(!theme_has_halves(&theme));
}
END_TEST

START_TEST(terminals_nobody_knows_are_mono)
{
    ck_assert_int_eq(terminal_depth(NULL, NULL), DEPTH_MONO);
    ck_assert_int_eq(terminal_depth(NULL, "truecolor"), DEPTH_MONO);
    ck_assert_int_eq(terminal_depth("", NULL), DEPTH_MONO);
    ck_assert_int_eq(terminal_depth("dumb", "truecolor"), DEPTH_MONO);
    ck_assert_int_eq(terminal_depth("no-such-terminal", NULL), DEPTH_MONO);
    ck_assert_int_eq(terminal_depth("no-such-256color", NULL), DEPTH_256);
}
END_TEST

START_TEST(terminals_have_their_depth)
{
    ck_assert_int_eq(terminal_depth("xterm-256color", NULL), DEPTH_256);
    ck_assert_int_eq(terminal_depth("xterm-256color", ""), DEPTH_256);
    ck_assert_int_eq(terminal_depth("xterm-256color", "truecolor"), DEPTH_TRUE);
    ck_assert_int_eq(terminal_depth("xterm-256color", "24bit"), DEPTH_TRUE);
    ck_assert_int_eq(terminal_depth("xterm", NULL), DEPTH_8);
    ck_assert_int_eq(terminal_depth("linux", NULL), DEPTH_8);
    ck_assert_int_eq(terminal_depth("vt100", NULL), DEPTH_MONO);
}
END_TEST

TCase *theme_case(void)
{
    TCase *tc = tcase_create("theme");
    tcase_add_test(tc, zero_is_white_and_poles_are_brewers);
    tcase_add_test(tc, every_level_shows_its_sign);
    tcase_add_test(tc, colours_of_256_are_those_no_user_redefines);
    tcase_add_test(tc, poles_have_the_same_steps);
    tcase_add_test(tc, glyphs_show_the_sign);
    tcase_add_test(tc, eight_colours_show_the_sign);
    tcase_add_test(tc, halves_need_colours_and_utf8);
    tcase_add_test(tc, terminals_nobody_knows_are_mono);
    tcase_add_test(tc, terminals_have_their_depth);
    return tc;
}
