/* The comparison of all tests that look at printed text: numbers by value, everything else to the
 * letter. Other processors, other kernels of BLAS and other numbers of threads round differently:
 * what is shown beyond the promise (1e-5) is nobody's business. */
#ifndef TESTS_SUPPORT_ALIKE_H
#define TESTS_SUPPORT_ALIKE_H

#include <stdbool.h>

/* Numbers with two decimals or more, or with an exponent, may differ by 1e-5 of themselves, or by
 * one in the last place of the one that shows fewer where that is at most a thousandth of them; one
 * may have one digit more than the other (9.9999 and 10.0000), not more. What shows fewer digits,
 * whole numbers, and "0.1" (head 1 of layer 0) are text. Blanks beside a number that became longer
 * or shorter give way by as much. */
bool alike(const char *expected, const char *got);
/* Where in the text something alike begins; NULL: nowhere. */
const char *alike_find(const char *text, const char *expected);

#endif
