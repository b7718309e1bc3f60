/* The test files of the base layer. */
#ifndef CHECK_BASE_H
#define CHECK_BASE_H

#include <check.h>

TCase *number_case(void);
TCase *outfile_case(void);
TCase *task_case(void);

#endif
