/* The SVG back end: canvases below each other as one figure for a paper. Text stays text, in
 * a monospaced font and on its cells; shapes and heat are lines and areas. The file is
 * SVG 1.1 without scripts, style sheets, or references to anything outside it. */
#ifndef BILENS_DRAW_SVG_H
#define BILENS_DRAW_SVG_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/base/text.h"
#include "bilens/draw/canvas.h"

/* A figure under construction. */
struct svg {
    struct text body;
    size_t rows, cols; /* cells so far */
    bool dark;         /* light ink on a dark ground */
};

struct svg svg_begin(bool dark);
/* Adds a canvas below what is there; it is best drawn with figure_theme. The canvas stays
 * the caller's. */
void svg_add(struct svg *svg, const struct canvas *c);
/* Leaves a row free. */
void svg_skip(struct svg *svg);
/* Appends the whole document and frees the figure. The title (raw; NULL: none) is for
 * readers that do not see. */
void svg_end(struct svg *svg, const char *title, struct text *out);

void svg_done(struct svg *svg);

/* One canvas as a document. */
void canvas_write_svg(const struct canvas *c, bool dark, struct text *out);

#endif
