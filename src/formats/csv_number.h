/* What a cell of a table means. */
#ifndef BILENS_FORMATS_CSV_NUMBER_H
#define BILENS_FORMATS_CSV_NUMBER_H

#include <stdbool.h>

/* Does it stand for a number that is missing: NA, null, ...? As pandas has it. */
bool csv_is_missing(const char *string);

/* Is it a number as every program writes them, with that decimal mark ('.' or ',') or none?
 * strtod takes more, such as 0x1p3. */
bool csv_is_number(const char *string, char mark);

/* Its value, whichever the mark; infinite where it is beyond double precision. */
double csv_number(const char *string);

#endif
