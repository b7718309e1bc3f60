#include "bilens/draw/theme.h"

#include <stddef.h>
#include <stdlib.h>

#include "bilens/draw/canvas.h"

enum { NO_INK = -1 };

/* One line a role; colours are chosen to read on black and on white. In eight
 * colours an attribute helps; in mono it is all there is. */
struct role_look {
    int32_t rgb;
    int16_t of_256, of_8;
    bool bold, dim, reverse;
    bool mono_bold, mono_dim;
};

static const struct role_look role_looks[ROLE_COUNT] = {
    [ROLE_TEXT] = {NO_INK, NO_INK, NO_INK, false, false, false, false, false},
    [ROLE_DIM] = {0x8a8a8a, 245, NO_INK, false, false, false, false, true},
    [ROLE_TITLE] = {NO_INK, NO_INK, NO_INK, true, false, false, true, false},
    [ROLE_HEADER] = {NO_INK, NO_INK, NO_INK, true, false, false, true, false},
    [ROLE_AXIS] = {0x8a8a8a, 245, NO_INK, false, false, false, false, true},
    [ROLE_NUMBER] = {NO_INK, NO_INK, NO_INK, false, false, false, false, false},
    [ROLE_TOKEN] = {0x4fa3a3, 73, 6, false, false, false, false, false},
    [ROLE_HIGH] = {0xd6604d, 167, 1, false, false, false, true, false},
    [ROLE_LOW] = {0x4393c3, 68, 4, false, false, false, false, true},
    [ROLE_ERROR] = {0xe04040, 167, 1, true, false, false, true, false},
    [ROLE_MARK] = {0xc9a227, 178, 3, false, false, false, true, false},
    [ROLE_CURSOR] = {NO_INK, NO_INK, NO_INK, false, false, true, false, false},
    [ROLE_HEAT] = {NO_INK, NO_INK, NO_INK, false, false, false, false, false},
    /* Tableau's ten, without its red (a sign here) and its grey (an axis). */
    [ROLE_SERIES + 0] = {0x4e9ad6, 74, 6, false, false, false, false, false},
    [ROLE_SERIES + 1] = {0xf28e2b, 208, 3, false, false, false, false, false},
    [ROLE_SERIES + 2] = {0x59a14f, 71, 2, false, false, false, false, false},
    [ROLE_SERIES + 3] = {0xb07aa1, 139, 5, false, false, false, false, false},
    [ROLE_SERIES + 4] = {0xe15759, 203, 1, false, false, false, false, false},
    [ROLE_SERIES + 5] = {0xc9ac30, 178, 4, false, false, false, false, false},
    [ROLE_SERIES + 6] = {0x56c4bd, 79, 6, true, false, false, false, false},
    [ROLE_SERIES + 7] = {0xff9da7, 217, 5, true, false, false, false, false},
};

/* ColorBrewer's RdBu in eleven classes, white to one pole: as matplotlib and
 * plotly have it, with positive red. */
enum { BREWER_STEPS = 5 };
static const uint32_t brewer_high[BREWER_STEPS + 1] = {0xf7f7f7, 0xfddbc7, 0xf4a582,
                                                       0xd6604d, 0xb2182b, 0x67001f};
static const uint32_t brewer_low[BREWER_STEPS + 1] = {0xf7f7f7, 0xd1e5f0, 0x92c5de,
                                                      0x4393c3, 0x2166ac, 0x053061};

/* The same in the colours 16-255, which no terminal lets its user redefine:
 * as many steps to either pole, so that M and -M exchange them exactly. */
enum { STEPS_256 = 7 };
static const uint8_t ladder_high[STEPS_256 + 1] = {231, 224, 217, 210, 167, 160, 124, 88};
static const uint8_t ladder_low[STEPS_256 + 1] = {231, 189, 153, 111, 68, 26, 25, 18};

static struct ink ink_rgb(uint32_t rgb)
{
    return (struct ink){INK_RGB, rgb};
}

static struct ink ink_index(uint32_t index)
{
    return (struct ink){INK_INDEX, index};
}

struct cell_look theme_look(const struct theme *theme, enum role role)
{
    struct cell_look look = {0};
    if (!theme->sgr || (unsigned)role >= ROLE_COUNT)
        return look;
    const struct role_look *r = &role_looks[role];
    bool mono = theme->depth == DEPTH_MONO;
    look.bold = mono ? r->mono_bold : r->bold;
    look.dim = mono ? r->mono_dim : r->dim;
    look.reverse = r->reverse;
    if (theme->depth == DEPTH_TRUE && r->rgb != NO_INK)
        look.fore = ink_rgb((uint32_t)r->rgb);
    else if (theme->depth == DEPTH_256 && r->of_256 != NO_INK)
        look.fore = ink_index((uint32_t)r->of_256);
    else if (theme->depth == DEPTH_8 && r->of_8 != NO_INK)
        look.fore = ink_index((uint32_t)r->of_8);
    return look;
}

static bool has_many_colours(const struct theme *theme)
{
    return theme->sgr && (theme->depth == DEPTH_256 || theme->depth == DEPTH_TRUE);
}

bool theme_has_halves(const struct theme *theme)
{
    return theme->charset != CHARSET_ASCII && has_many_colours(theme);
}

bool theme_has_shapes(const struct theme *theme)
{
    return theme->charset == CHARSET_SHAPES;
}

const struct theme figure_theme = {CHARSET_SHAPES, DEPTH_TRUE, true};

/* Ink on paper, ink on a dark ground. Signs are the poles of RdBu. */
static const uint32_t figure_inks[ROLE_COUNT + 1][2] = {
    [ROLE_TEXT] = {0x1a1a1a, 0xe6e6e6},       [ROLE_DIM] = {0x666666, 0xa0a0a0},
    [ROLE_TITLE] = {0x1a1a1a, 0xe6e6e6},      [ROLE_HEADER] = {0x1a1a1a, 0xe6e6e6},
    [ROLE_AXIS] = {0x4d4d4d, 0xb3b3b3},       [ROLE_NUMBER] = {0x1a1a1a, 0xe6e6e6},
    [ROLE_TOKEN] = {0x01665e, 0x80cdc1},      [ROLE_HIGH] = {0xb2182b, 0xf4a582},
    [ROLE_LOW] = {0x2166ac, 0x92c5de},        [ROLE_ERROR] = {0xb2182b, 0xf4a582},
    [ROLE_MARK] = {0x8c510a, 0xdfc27d},       [ROLE_CURSOR] = {0x1a1a1a, 0xe6e6e6},
    [ROLE_HEAT] = {0x1a1a1a, 0xe6e6e6},       [ROLE_SERIES + 0] = {0x1b9e77, 0x66c2a5},
    [ROLE_SERIES + 1] = {0xd95f02, 0xfc8d62}, [ROLE_SERIES + 2] = {0x7570b3, 0x8da0cb},
    [ROLE_SERIES + 3] = {0xe7298a, 0xe78ac3}, [ROLE_SERIES + 4] = {0x66a61e, 0xa6d854},
    [ROLE_SERIES + 5] = {0xe6ab02, 0xffd92f}, [ROLE_SERIES + 6] = {0xa6761d, 0xe5c494},
    [ROLE_SERIES + 7] = {0x666666, 0xb3b3b3}, [ROLE_COUNT] = {0xffffff, 0x1e1e1e},
};

uint32_t figure_rgb(enum role role, bool dark)
{
    return figure_inks[(unsigned)role <= ROLE_COUNT ? role : ROLE_TEXT][dark];
}

static uint32_t mix_channel(uint32_t a, uint32_t b, int shift, unsigned percent)
{
    uint32_t from = (a >> shift) & 0xff, to = (b >> shift) & 0xff;
    return ((from * (100 - percent) + to * percent + 50) / 100) << shift;
}

static struct ink brewer_ink(int level)
{
    const uint32_t *colours = level < 0 ? brewer_low : brewer_high;
    unsigned at = (unsigned)abs(level) * BREWER_STEPS; /* hundredths of a step */
    unsigned step = at / 100, percent = at % 100;
    if (step >= BREWER_STEPS)
        return ink_rgb(colours[BREWER_STEPS]);
    uint32_t a = colours[step], b = colours[step + 1];
    return ink_rgb(mix_channel(a, b, 16, percent) | mix_channel(a, b, 8, percent) |
                   mix_channel(a, b, 0, percent));
}

/* 0..steps for |level| in 0..100, rounded. */
static int step_of(int level, int steps)
{
    int step = (abs(level) * steps + 50) / 100;
    return step > steps ? steps : step;
}

struct ink theme_heat_ink(const struct theme *theme, int level)
{
    bool deep = theme->depth == DEPTH_TRUE;
    if (!has_many_colours(theme) || level == HEAT_NONE)
        return (struct ink){INK_NONE, 0};
    /* Yellow and magenta: neither is on the way from red to blue. */
    if (level == HEAT_NAN)
        return deep ? ink_rgb(0xd7af00) : ink_index(178);
    if (level == HEAT_INF)
        return deep ? ink_rgb(0xaf00d7) : ink_index(128);
    if (deep)
        return brewer_ink(level);
    return ink_index((level < 0 ? ladder_low : ladder_high)[step_of(level, STEPS_256)]);
}

uint32_t theme_heat_glyph(const struct theme *theme, int level)
{
    /* Without colour: filled blocks for positive, strokes like so many minus
     * signs for negative. ASCII: marks high in the cell and crosses for positive,
     * low ones and strokes for negative. Each ramp grows darker. */
    static const uint32_t blocks[] = {' ', 0x2591, 0x2592, 0x2593, 0x2588};
    static const uint32_t strokes[] = {' ', '-', '=', 0x2261, 0x2263};
    static const char ascii_high[] = " '+*#@", ascii_low[] = " .-~=%";
    bool ascii = theme->charset == CHARSET_ASCII;
    if (level == HEAT_NAN)
        return '?';
    if (level == HEAT_INF)
        return ascii ? '!' : 0x221e;
    if (level == HEAT_NONE)
        return ' ';
    if (ascii)
        return (uint32_t)(level < 0 ? ascii_low : ascii_high)[step_of(level, 5)];
    bool coloured = theme->sgr && theme->depth != DEPTH_MONO;
    return (level < 0 && !coloured ? strokes : blocks)[step_of(level, 4)];
}
