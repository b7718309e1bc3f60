/* What a cell of a table means. */
#ifndef BILENS_FORMATS_CSV_NUMBER_H
#define BILENS_FORMATS_CSV_NUMBER_H

#include <stdbool.h>

/* Does it stand for a number that is missing: NA, null, ...? As pandas has it. */
bool csv_is_missing(const char *string);

/* Is it a number as every program writes them? strtod takes more, such as 0x1p3. commas: its
 * decimal mark may be a comma, and must be no point. */
bool csv_is_number(const char *string, bool commas);

/* Its value; infinite where it is beyond double precision. */
double csv_number(const char *string, bool commas);

#endif
