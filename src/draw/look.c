/* What a cell looks like: text by its role, heat by its levels. */
#include <stdlib.h>

#include "bilens/draw/canvas.h"

enum { UPPER_HALF = 0x2580, LOWER_HALF = 0x2584, DARK_LEVEL = 55 };
enum { RED = 1, YELLOW = 3, BLUE = 4, WHITE = 7 };

static bool is_mark(int level)
{
    return level == HEAT_NAN || level == HEAT_INF;
}

/* Black or white, whichever reads on that level's colour. */
static struct ink ink_over(const struct theme *theme, int level)
{
    bool dark = level == HEAT_INF || (!is_mark(level) && abs(level) > DARK_LEVEL);
    if (theme->depth == DEPTH_TRUE)
        return (struct ink){INK_RGB, dark ? 0xffffff : 0x000000};
    return (struct ink){INK_INDEX, dark ? 231 : 16};
}

/* Two values a cell: the upper one is the ink of a half block, the lower one its
 * ground. */
static struct cell_look look_halves(const struct cell *cell, const struct theme *theme,
                                    uint32_t *code)
{
    struct cell_look look = {0};
    int upper = cell->upper, lower = cell->lower;
    *code = ' ';
    if (upper == lower) {
        look.back = theme_heat_ink(theme, upper);
        if (is_mark(upper)) {
            look.fore = ink_over(theme, upper);
            *code = theme_heat_glyph(theme, upper);
        }
    } else if (upper == HEAT_NONE) {
        look.fore = theme_heat_ink(theme, lower);
        *code = LOWER_HALF;
    } else {
        look.fore = theme_heat_ink(theme, upper);
        look.back = theme_heat_ink(theme, lower);
        *code = UPPER_HALF;
    }
    return look;
}

/* One value a cell: a glyph, and what colours there are. */
static struct cell_look look_glyph(const struct cell *cell, const struct theme *theme,
                                   uint32_t *code)
{
    struct cell_look look = {0};
    int level = cell->upper == HEAT_NONE ? cell->lower : cell->upper;
    *code = theme_heat_glyph(theme, level);
    if (!theme->sgr || level == HEAT_NONE)
        return look;
    switch (theme->depth) {
    case DEPTH_MONO:
        look.bold = is_mark(level);
        break;
    case DEPTH_8:
        look.back = (struct ink){INK_INDEX, level == HEAT_NAN ? YELLOW : WHITE};
        look.fore = (struct ink){INK_INDEX, level < 0 ? BLUE : RED};
        if (is_mark(level))
            look.fore.value = 0;
        break;
    default:
        look.back = theme_heat_ink(theme, level);
        look.fore = ink_over(theme, level);
    }
    return look;
}

/* A character on the ground of a level; where there are no grounds, by itself. */
static struct cell_look look_text(const struct cell *cell, const struct theme *theme)
{
    struct cell_look look = {0};
    int level = cell->upper;
    if (!theme->sgr || level == HEAT_NONE)
        return look;
    if (theme->depth == DEPTH_8)
        look.fore = (struct ink){INK_INDEX, level < 0 ? BLUE : RED};
    if (theme->depth == DEPTH_256 || theme->depth == DEPTH_TRUE) {
        look.back = theme_heat_ink(theme, level);
        look.fore = ink_over(theme, level);
    }
    return look;
}

struct cell_look cell_look(const struct cell *cell, const struct theme *theme, uint32_t *code)
{
    if (cell->role == ROLE_HEAT && cell->code != ' ') {
        *code = cell->code;
        return look_text(cell, theme);
    }
    if (cell->role != ROLE_HEAT) {
        *code = cell->code;
        return theme_look(theme, (enum role)cell->role);
    }
    return theme_has_halves(theme) ? look_halves(cell, theme, code) : look_glyph(cell, theme, code);
}
