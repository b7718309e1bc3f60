/* The comparison of all tests that look at printed text: numbers by value, everything else to the
 * letter. Other processors, other kernels of BLAS and other numbers of threads round differently:
 * what is shown beyond the promise (1e-5) is nobody's business. */
#ifndef TESTS_SUPPORT_ALIKE_H
#define TESTS_SUPPORT_ALIKE_H

#include <stdbool.h>

/* Numbers with two decimals or more, or with an exponent, may differ by one in the last place of
 * the one that shows fewer, or by 1e-5 of themselves; whole numbers, and "0.1" (head 1 of layer 0),
 * are text. Blanks beside a number that became longer or shorter may give way. */
bool alike(const char *expected, const char *got);
/* Where in the text something alike begins; NULL: nowhere. */
const char *alike_find(const char *text, const char *expected);

#endif
