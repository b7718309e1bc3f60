/* Labels that are a list of strings, such as a file brings along. */
#ifndef BILENS_NUM_LABELS_H
#define BILENS_NUM_LABELS_H

#include "bilens/num/axis.h"

/* One reference, the caller's. Takes the array and its strings, also on failure; a string may be
 * NULL: that place has no label. */
struct labels *labels_list_new(char **names, size_t count);
/* The same of strings that may hold NUL: their lengths, taken as well. Each string is followed by a
 * NUL all the same. */
struct labels *labels_list_sized(char **names, size_t *lengths, size_t count);

#endif
