/* Check writes a line to a file for each assertion that holds, to tell where a test crashed. Where
 * every cell and every entry is asserted that is most of the time; a crash still names its test. */
#ifndef TESTS_SUPPORT_CHECK_QUICK_H
#define TESTS_SUPPORT_CHECK_QUICK_H

#include <check.h>

#define _mark_point(file, line) ((void)0)

#endif
