/* The spectra that were computed of values, for as long as these live: the workspace view shows
 * a spark of each. */
#ifndef BILENS_VIEW_SPECTRA_H
#define BILENS_VIEW_SPECTRA_H

#include <stddef.h>

#include "bilens/lang/value.h"

struct spectra;

struct spectra *spectra_new(void);
void spectra_free(struct spectra *s);

/* Remembers the values of the decompositions of `about`. Forgets values that nobody else holds. */
void spectra_note(struct spectra *s, struct value *about, const struct value *decomp);
/* Those of the first member of a value; NULL where none are known. Borrowed. */
const double *spectra_find(const struct spectra *s, const struct value *about, size_t *count);

#endif
