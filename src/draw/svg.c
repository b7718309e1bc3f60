#include "bilens/draw/svg.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/utf8.h"

/* Pixels. A cell is half as wide as high, so that heat comes out square, and the letters are
 * such that those of common monospaced fonts (0.6 em wide) are as wide as a cell. */
enum { CELL_WIDTH = 8, CELL_HEIGHT = 16, MARGIN = 12 };
static const double LETTER = 13.3, HALF_LETTER = 4.6; /* half: from the middle to the baseline */

enum { RULE = 0x2500, LOWER_EIGHTH = 0x2581, FULL_BLOCK = 0x2588, REPLACEMENT = 0xfffd };

static const char *const dashes[PATTERNS] = {"", "6 3", "2 2.5", "8 3 2 3"};

/* A number in hundredths, as short as it is. */
static void add_number(struct text *out, double value)
{
    char number[64];
    long hundredths = isfinite(value) && fabs(value) < 1e6 ? lround(value * 100) : 0;
    long whole = labs(hundredths) / 100, part = labs(hundredths) % 100;
    const char *sign = hundredths < 0 ? "-" : "";
    if (part == 0)
        snprintf(number, sizeof number, "%s%ld", sign, whole);
    else if (part % 10 == 0)
        snprintf(number, sizeof number, "%s%ld.%ld", sign, whole, part / 10);
    else
        snprintf(number, sizeof number, "%s%ld.%02ld", sign, whole, part);
    text_add(out, number);
}

static void add_attribute(struct text *out, const char *name, double value)
{
    text_printf(out, " %s=\"", name);
    add_number(out, value);
    text_add_char(out, '"');
}

/* XML has no way to write some code points, not even escaped. */
static bool xml_has(uint32_t code)
{
    return code >= 0x20 && !(code >= 0xd800 && code <= 0xdfff) && code < 0x110000 &&
           (code & 0xfffe) != 0xfffe;
}

static void add_code(struct text *out, uint32_t code)
{
    if (code == '&')
        text_add(out, "&amp;");
    else if (code == '<')
        text_add(out, "&lt;");
    else if (code == '>')
        text_add(out, "&gt;");
    else if (code == '"')
        text_add(out, "&quot;");
    else
        text_add_code(out, xml_has(code) ? code : REPLACEMENT);
}

static void add_string(struct text *out, const char *string)
{
    size_t length = strlen(string);
    while (length > 0) {
        uint32_t code;
        size_t n = utf8_decode(string, length, &code);
        add_code(out, code);
        string += n;
        length -= n;
    }
}

static uint32_t brush_rgb(const struct svg *svg, const struct brush *brush)
{
    if (brush->role != ROLE_HEAT)
        return figure_rgb(brush->role, svg->dark);
    return theme_heat_ink(&figure_theme, brush->level).value;
}

static void add_colour(struct text *out, const char *name, uint32_t rgb)
{
    text_printf(out, " %s=\"#%06x\"", name, (unsigned)rgb);
}

/* A rectangle in cells, from the top of the whole figure. */
static void add_rect(struct svg *svg, uint32_t rgb, bool crisp, const double box[4])
{
    struct text *out = &svg->body;
    text_add(out, "<rect");
    add_attribute(out, "x", box[0] * CELL_WIDTH);
    add_attribute(out, "y", box[1] * CELL_HEIGHT);
    add_attribute(out, "width", box[2] * CELL_WIDTH);
    add_attribute(out, "height", box[3] * CELL_HEIGHT);
    add_colour(out, "fill", rgb);
    /* Smoothed edges would leave a pale seam between neighbours. */
    text_add(out, crisp ? " shape-rendering=\"crispEdges\"/>\n" : "/>\n");
}

static void add_stroke(struct svg *svg, const struct brush *brush, size_t points)
{
    struct text *out = &svg->body;
    bool data = brush->stroke == STROKE_DATA;
    add_colour(out, "stroke", brush_rgb(svg, brush));
    /* A single point is a dot: a line of no length with a round end. */
    add_attribute(out, "stroke-width", points == 1 ? 4 : data ? 1.5 : 1);
    if (data)
        text_add(out, " stroke-linejoin=\"round\" stroke-linecap=\"round\"");
    if (brush->pattern % PATTERNS != 0)
        text_printf(out, " stroke-dasharray=\"%s\"", dashes[brush->pattern % PATTERNS]);
}

static void add_line(struct svg *svg, const struct brush *brush, const struct point *points,
                     size_t count, double top)
{
    struct text *out = &svg->body;
    if (count == 0)
        return;
    text_add(out, "<path d=\"");
    for (size_t i = 0; i < count || (count == 1 && i < 2); i++) {
        const struct point *at = &points[i < count ? i : 0];
        text_add_char(out, i == 0 ? 'M' : i == 1 ? 'L' : ' ');
        add_number(out, at->x * CELL_WIDTH);
        text_add_char(out, ' ');
        add_number(out, (at->y + top) * CELL_HEIGHT);
    }
    text_add(out, "\" fill=\"none\"");
    add_stroke(svg, brush, count);
    text_add(out, "/>\n");
}

static void add_ink(struct svg *svg, enum role role)
{
    struct text *out = &svg->body;
    uint32_t rgb = figure_rgb(role, svg->dark);
    if (rgb != figure_rgb(ROLE_TEXT, svg->dark))
        add_colour(out, "fill", rgb);
    if (theme_look(&figure_theme, role).bold)
        text_add(out, " font-weight=\"bold\"");
}

/* How wide the string is to be, whatever the font; a single letter cannot be stretched. */
static void add_length(struct text *out, size_t cells, double size)
{
    if (cells > 1)
        add_attribute(out, "textLength", size * (double)(cells * CELL_WIDTH));
}

static void add_text(struct svg *svg, enum role role, const struct shape_place *place,
                     const char *string, double top)
{
    static const char *const anchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
    struct text *out = &svg->body;
    double x = place->at.x * CELL_WIDTH, y = (place->at.y + top) * CELL_HEIGHT;
    text_add(out, "<text");
    if (place->angle != 0) {
        text_add(out, " transform=\"translate(");
        add_number(out, x);
        text_add_char(out, ' ');
        add_number(out, y);
        text_printf(out, ") rotate(%d)\"", place->angle);
        x = y = 0;
    }
    add_attribute(out, "x", x);
    add_attribute(out, "y", y + HALF_LETTER * place->size);
    if (place->size != 1)
        add_attribute(out, "font-size", LETTER * place->size);
    text_add(out, anchors[place->side]);
    add_length(out, utf8_width(string), place->size);
    add_ink(svg, role);
    text_add_char(out, '>');
    add_string(out, string);
    text_add(out, "</text>\n");
}

static void add_shapes(struct svg *svg, const struct shapes *s)
{
    double top = (double)svg->rows;
    for (size_t i = 0; i < s->count; i++) {
        const struct shape *shape = &s->items[i];
        const struct point *points = s->points + shape->first;
        if (shape->kind == SHAPE_LINE) {
            add_line(svg, &shape->brush, points, shape->count, top);
        } else if (shape->kind == SHAPE_TEXT) {
            add_text(svg, shape->brush.role, &shape->place, shape_string(s, shape), top);
        } else if (shape->count == 2) {
            double box[] = {points[0].x, points[0].y + top, points[1].x, points[1].y};
            add_rect(svg, brush_rgb(svg, &shape->brush), shape->brush.role == ROLE_HEAT, box);
        }
    }
}

/* ---- cells ---- */

static bool is_space(const struct cell *cell)
{
    return cell->role != ROLE_HEAT && cell->code == ' ' && cell->marks[0] == 0;
}

static bool is_block(uint32_t code)
{
    return code >= LOWER_EIGHTH && code <= FULL_BLOCK;
}

static bool is_letter(const struct cell *cell)
{
    return cell->role != ROLE_HEAT && !is_space(cell) && cell->code != RULE && cell->code != 0 &&
           !is_block(cell->code);
}

static bool is_wide(const struct cell *cell, size_t left)
{
    return left > 1 && cell[1].code == 0 && cell[1].role != ROLE_HEAT;
}

/* Letters that may share an element: of one role, a single space between words; a wide
 * letter stands alone, for no two fonts agree on its width. */
static size_t run_letters(const struct cell *cell, size_t left)
{
    size_t n = 1;
    if (is_wide(cell, left))
        return 2;
    while (n < left) {
        size_t skip = is_space(&cell[n]) && n + 1 < left ? 1 : 0;
        const struct cell *next = &cell[n + skip];
        if (!is_letter(next) || next->role != cell->role || is_wide(next, left - n - skip))
            break;
        n += skip + 1;
    }
    return n;
}

static size_t add_letters(struct svg *svg, const struct cell *cell, size_t left, size_t row,
                          size_t col)
{
    struct text *out = &svg->body;
    size_t n = run_letters(cell, left);
    text_add(out, "<text");
    add_attribute(out, "x", (double)(col * CELL_WIDTH));
    add_attribute(out, "y", (double)row * CELL_HEIGHT + CELL_HEIGHT / 2 + HALF_LETTER);
    add_length(out, n, 1);
    add_ink(svg, (enum role)cell->role);
    text_add_char(out, '>');
    for (size_t i = 0; i < n; i++) {
        if (cell[i].code == 0)
            continue;
        add_code(out, cell[i].code);
        for (size_t k = 0; k < CELL_MARKS && cell[i].marks[k] != 0; k++)
            add_code(out, cell[i].marks[k]);
    }
    text_add(out, "</text>\n");
    return n;
}

/* Equal neighbours are one area. */
static size_t add_heat(struct svg *svg, const struct cell *cell, size_t left, size_t row,
                       size_t col)
{
    size_t n = 1;
    while (n < left && cell[n].role == ROLE_HEAT && cell[n].upper == cell->upper &&
           cell[n].lower == cell->lower)
        n++;
    struct brush upper = {.role = ROLE_HEAT, .level = cell->upper};
    struct brush lower = {.role = ROLE_HEAT, .level = cell->lower};
    double x = (double)col, y = (double)row, width = (double)n;
    if (cell->upper == cell->lower && cell->upper != HEAT_NONE) {
        add_rect(svg, brush_rgb(svg, &upper), true, (double[]){x, y, width, 1});
        return n;
    }
    if (cell->upper != HEAT_NONE)
        add_rect(svg, brush_rgb(svg, &upper), true, (double[]){x, y, width, 0.5});
    if (cell->lower != HEAT_NONE)
        add_rect(svg, brush_rgb(svg, &lower), true, (double[]){x, y + 0.5, width, 0.5});
    return n;
}

static size_t add_rule(struct svg *svg, const struct cell *cell, size_t left, size_t row,
                       size_t col)
{
    size_t n = 1;
    while (n < left && cell[n].code == RULE && cell[n].role == cell->role)
        n++;
    struct point ends[] = {{(double)col, 0.5}, {(double)(col + n), 0.5}};
    struct brush brush = {.role = (enum role)cell->role};
    add_line(svg, &brush, ends, 2, (double)row);
    return n;
}

static size_t add_block(struct svg *svg, const struct cell *cell, size_t row, size_t col)
{
    double height = (double)(cell->code - LOWER_EIGHTH + 1) / 8;
    double box[] = {(double)col, (double)row + 1 - height, 1, height};
    add_rect(svg, figure_rgb((enum role)cell->role, svg->dark), true, box);
    return 1;
}

/* Adds what begins in the cell; returns the cells it took. */
static size_t add_cells(struct svg *svg, const struct cell *cell, size_t left, size_t row,
                        size_t col)
{
    if (cell->role == ROLE_HEAT)
        return add_heat(svg, cell, left, row, col);
    if (cell->code == RULE)
        return add_rule(svg, cell, left, row, col);
    if (is_block(cell->code))
        return add_block(svg, cell, row, col);
    return is_letter(cell) ? add_letters(svg, cell, left, row, col) : 1;
}

struct svg svg_begin(bool dark)
{
    return (struct svg){.dark = dark};
}

void svg_add(struct svg *svg, const struct canvas *c)
{
    add_shapes(svg, &c->shapes);
    for (size_t r = 0; r < c->rows; r++)
        for (size_t i = 0; i < c->cols;)
            i += add_cells(svg, &c->cells[r * c->cols + i], c->cols - i, svg->rows + r, i);
    svg->rows += c->rows;
    svg->cols = c->cols > svg->cols ? c->cols : svg->cols;
}

void svg_skip(struct svg *svg)
{
    svg->rows++;
}

static void add_head(const struct svg *svg, const char *title, struct text *out)
{
    size_t width = svg->cols * CELL_WIDTH + (size_t)(2 * MARGIN);
    size_t height = svg->rows * CELL_HEIGHT + (size_t)(2 * MARGIN);
    text_printf(out,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                "<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%zu\" "
                "height=\"%zu\" viewBox=\"%d %d %zu %zu\">\n",
                width, height, -MARGIN, -MARGIN, width, height);
    if (title != NULL) {
        struct text safe = TEXT_EMPTY;
        utf8_escape(&safe, title, strlen(title), false);
        text_add(out, "<title>");
        add_string(out, text_get(&safe));
        text_add(out, "</title>\n");
        text_done(&safe);
    }
    text_printf(out, "<rect x=\"%d\" y=\"%d\" width=\"%zu\" height=\"%zu\"", -MARGIN, -MARGIN,
                width, height);
    add_colour(out, "fill", figure_rgb(ROLE_COUNT, svg->dark));
    text_add(out, "/>\n<g font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\"");
    add_attribute(out, "font-size", LETTER);
    add_colour(out, "fill", figure_rgb(ROLE_TEXT, svg->dark));
    text_add(out, ">\n");
}

void svg_done(struct svg *svg)
{
    text_done(&svg->body);
}

void svg_end(struct svg *svg, const char *title, struct text *out)
{
    add_head(svg, title, out);
    text_add_bytes(out, text_get(&svg->body), svg->body.length);
    text_add(out, "</g>\n</svg>\n");
    svg_done(svg);
}

void canvas_write_svg(const struct canvas *c, bool dark, struct text *out)
{
    struct svg svg = svg_begin(dark);
    svg_add(&svg, c);
    svg_end(&svg, NULL, out);
}
