/* What a terminal can show: characters and colours. Meaning becomes colour here
 * and nowhere else. */
#ifndef BILENS_DRAW_THEME_H
#define BILENS_DRAW_THEME_H

#include <stdbool.h>
#include <stdint.h>

/* CHARSET_SHAPES: not a terminal but a figure. All characters, and lines and areas (shapes.h)
 * instead of the characters that stand for them. */
enum charset { CHARSET_UTF8, CHARSET_ASCII, CHARSET_SHAPES };

enum depth { DEPTH_MONO, DEPTH_8, DEPTH_256, DEPTH_TRUE };

/* Cells say what they mean, never which colour they have. */
enum role {
    ROLE_TEXT,
    ROLE_DIM, /* ledger, captions, units */
    ROLE_TITLE,
    ROLE_HEADER, /* column heads */
    ROLE_AXIS,   /* axes and ticks */
    ROLE_NUMBER,
    ROLE_TOKEN,
    ROLE_HIGH, /* the positive pole */
    ROLE_LOW,  /* the negative pole */
    ROLE_ERROR,
    ROLE_MARK, /* NaN, infinities, degenerate blocks, warnings */
    ROLE_CURSOR,
    ROLE_HEAT,   /* coloured by its levels; see canvas.h */
    ROLE_SERIES, /* ROLE_SERIES + n: the n-th line of a plot, modulo SERIES_COLORS */
    SERIES_COLORS = 8,
    ROLE_COUNT = ROLE_SERIES + SERIES_COLORS
};

struct theme {
    enum charset charset;
    enum depth depth; /* DEPTH_MONO with sgr false writes not one escape byte */
    bool sgr;         /* may attributes (bold, dim) and colours be written at all? */
};

enum ink_kind { INK_NONE, INK_INDEX, INK_RGB };

struct ink {
    enum ink_kind kind; /* INK_NONE: the terminal's own colour */
    uint32_t value;     /* 0..7 in DEPTH_8, 16..255 in DEPTH_256, 0xrrggbb in DEPTH_TRUE */
};

struct cell_look {
    struct ink fore, back;
    bool bold, dim, underline, reverse;
};

/* How a role other than ROLE_HEAT looks. */
struct cell_look theme_look(const struct theme *theme, enum role role);

/* May a cell show two heat values, one above the other? (UTF-8 and 256 colours
 * or more.) Elsewhere a cell shows one, as a glyph whose shape tells the sign. */
bool theme_has_halves(const struct theme *theme);

/* The colour of a heat level, -100..100, HEAT_NAN or HEAT_INF (canvas.h):
 * ColorBrewer's RdBu, white at 0, dark red at 100, dark blue at -100. INK_NONE
 * where the theme has fewer than 256 colours. */
struct ink theme_heat_ink(const struct theme *theme, int level);

/* The theme of a figure, and the colour (0xrrggbb) of a role in one, on paper or on a dark
 * ground; the lines of a plot are ColorBrewer's Dark2 or Set2. ROLE_COUNT: the ground. */
extern const struct theme figure_theme;
uint32_t figure_rgb(enum role role, bool dark);

bool theme_has_shapes(const struct theme *theme);

/* The glyph of a heat level where a cell shows one value. */
uint32_t theme_heat_glyph(const struct theme *theme, int level);

/* How many colours the terminal named term has, by terminfo and by what COLORTERM
 * says. Either may be NULL. Mono for a terminal that nobody knows. Never exits,
 * and leaves terminfo's current terminal as it was. */
enum depth terminal_depth(const char *term, const char *colorterm);

/* Can the terminal named term (NULL: not said) place its cursor anywhere, as a full screen
 * needs? Leaves terminfo's current terminal as it was. */
enum terminal_fault { TERMINAL_FIT, TERMINAL_UNNAMED, TERMINAL_UNKNOWN, TERMINAL_DUMB };
enum terminal_fault terminal_full_screen(const char *term);

/* Terminfo's current terminal, to be given back by terminal_restore once a full screen is
 * closed: readline goes on with it. */
void *terminal_current(void);
void terminal_restore(void *current);

#endif
