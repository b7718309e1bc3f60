/* What the test files of the draw layer share. */
#ifndef CHECK_DRAW_H
#define CHECK_DRAW_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

#include "bilens/draw/canvas.h"
#include "bilens/draw/theme.h"

extern const struct theme ascii_plain, utf8_plain, utf8_mono, utf8_true, utf8_256, utf8_8;

/* The canvas as text, which the caller frees (mem_free); frees the canvas. */
char *written(struct canvas *c, const struct theme *theme);
/* Fails the test unless the canvas, which it frees, is written exactly so. */
void expect_written(struct canvas *c, const struct theme *theme, const char *expected);

TCase *canvas_case(void);
TCase *theme_case(void);
TCase *scale_case(void);
TCase *chart_case(void);
TCase *bounds_case(void);
TCase *svg_case(void);

#endif
