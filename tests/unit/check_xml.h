/* A reader of XML for tests: enough to say that a figure is a well-formed, harmless one. */
#ifndef CHECK_XML_H
#define CHECK_XML_H

#include <stddef.h>

/* Fails the test unless the string is one well-formed SVG document, without scripts, styles
 * or references to anything outside it. */
void expect_svg(const char *xml);
/* How often a string occurs in another. */
size_t count_of(const char *text, const char *what);

#endif
