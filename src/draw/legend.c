#include "legend.h"

#include <stdio.h>

#include "bilens/draw/label.h"
#include "bilens/draw/scale.h"

enum { LEGEND_ROWS = 4, SAMPLE = 2, BETWEEN = 2 };

struct pen line_pen(size_t n)
{
    static const char glyphs[] = "*o+x#@%&abcdefghijklmnopqrstuvwyz";
    enum role role = (enum role)((size_t)ROLE_SERIES + n % SERIES_COLORS);
    return (struct pen){role, glyphs[n % (sizeof glyphs - 1)], n};
}

struct brush line_brush(size_t n)
{
    return (struct brush){
        .role = line_pen(n).role, .stroke = STROKE_DATA, .pattern = n / SERIES_COLORS};
}

char line_letter(const struct plot *plot, const struct theme *theme, size_t n)
{
    bool coloured = theme->sgr && theme->depth != DEPTH_MONO;
    if (theme->charset != CHARSET_UTF8 || plot->count < 2)
        return 0;
    if (coloured && plot->count <= SERIES_COLORS)
        return 0;
    return "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[n % 52];
}

static size_t count_named(const struct plot *plot)
{
    size_t named = 0;
    for (size_t i = 0; i < plot->count; i++)
        named += plot->lines[i].name != NULL;
    return named;
}

static void put_shape(const struct plot *plot, struct shapes *s, double y, double x, size_t n)
{
    static const double HALF = 0.3;
    if (plot->bars)
        shapes_area(s, line_brush(n), (struct point){x, y - HALF}, SAMPLE, 2 * HALF);
    else
        shapes_line(s, line_brush(n), (struct point){x, y}, (struct point){x + SAMPLE, y});
}

static void put_sample(const struct plot *plot, struct canvas *c, size_t row, size_t col, size_t n,
                       const struct theme *theme)
{
    struct pen pen = line_pen(n);
    char letter = line_letter(plot, theme, n);
    if (theme_has_shapes(theme)) {
        put_shape(plot, &c->shapes, (double)row + 0.5, (double)col, n);
        return;
    }
    if (theme->charset == CHARSET_ASCII) {
        canvas_set(c, row, col, pen.role, (uint32_t)(unsigned char)pen.glyph);
        return;
    }
    canvas_set(c, row, col, pen.role, letter != 0 ? (uint32_t)(unsigned char)letter : 0x2501);
    canvas_set(c, row, col + 1, pen.role, letter != 0 ? ' ' : 0x2501);
}

static void put_rest(const struct plot *plot, struct canvas *c, size_t row, size_t from)
{
    char more[NUMBER_SIZE];
    size_t left = 0;
    for (size_t i = from; i < plot->count; i++)
        left += plot->lines[i].name != NULL;
    snprintf(more, sizeof more, "and %zu more", left);
    if (c != NULL)
        canvas_put(c, row, 0, ROLE_DIM, more);
}

void legend_draw(const struct plot *plot, struct canvas *c, size_t row, const struct theme *theme,
                 size_t *rows)
{
    size_t col = 0, line = 0;
    *rows = 0;
    if (count_named(plot) < 2)
        return;
    for (size_t i = 0; i < plot->count; i++) {
        const char *name = plot->lines[i].name;
        size_t cells;
        if (name == NULL)
            continue;
        label_measure(name, theme, &cells);
        cells += SAMPLE + 1;
        cells = cells > plot->width ? plot->width : cells;
        if (col > 0 && col + cells > plot->width) {
            col = 0;
            line++;
        }
        if (line == LEGEND_ROWS) {
            put_rest(plot, c, row + line, i);
            break;
        }
        struct field field = {row + line, col + SAMPLE + 1,
                              cells > SAMPLE + 1 ? cells - SAMPLE - 1 : 0, ROLE_TEXT, LABEL_LEFT};
        if (c != NULL) {
            put_sample(plot, c, row + line, col, i, theme);
            label_put(c, field, name, theme);
        }
        col += cells + BETWEEN;
    }
    *rows = line + 1;
}
