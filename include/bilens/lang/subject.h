/* What an answer is about: the value that a person may want to look at from all sides, where
 * the report says only so much of it. */
#ifndef BILENS_LANG_SUBJECT_H
#define BILENS_LANG_SUBJECT_H

#include "bilens/lang/value.h"

struct subject {
    struct value *value; /* matrices, vectors or decompositions; NULL: nothing of the kind */
    struct value *about; /* what a decomposition was made of, where that has a name; or NULL */
    char *source;    /* the expression that gives about, or without that value; owned; or NULL */
    bool names;      /* the names bound, all of them; value is NULL */
    unsigned traits; /* where it came from; see value.h */
    bool written;    /* directions to be read as they are written: through w_u alone */
};

/* Lets go of what it holds, and empties it. */
void subject_done(struct subject *s);
/* The same again: references are taken, the source is copied (NULL where memory is short). */
struct subject subject_ref(const struct subject *s);

#endif
