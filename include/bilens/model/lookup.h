/* Where models are found by name. */
#ifndef BILENS_MODEL_LOOKUP_H
#define BILENS_MODEL_LOOKUP_H

struct err;

/* The directory or file that a path or a name means (mem_free). NULL where there is
 * none: the error says where it looked, and suggests near names. */
char *lookup_find(const char *where, struct err *e);

#endif
