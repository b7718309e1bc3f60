/* The spectrum view: what it holds, for the files that share it. */
#ifndef BILENS_VIEW_SPECTRUM_H
#define BILENS_VIEW_SPECTRUM_H

#include "bars.h"
#include "reading.h"
#include "views.h"

struct spectrum_view {
    struct view view;
    struct origin origin;
    struct value *value; /* VALUE_DECOMP or VALUE_VECTOR */
    struct value *about; /* what the decompositions are of; or NULL */
    unsigned traits;
    size_t member;
    struct bars bars;
    size_t fitted; /* columns that the bars were fitted to; 0: they were not */
    struct ways ways;
    struct token_tables tables;
    size_t tables_member, tables_component; /* what they are of */
    bool tables_made;
    struct token_cursor cursor;
    struct hit *hits; /* components of the token searched for */
    size_t hit_count, hit_at;
    char *searched;
};

/* Opens the matrix that a decomposition is of: that member of about, where the origin has an
 * expression for it, else its parts multiplied. */
bool open_decomposed(struct explorer *x, struct value *d, size_t member, struct value *about,
                     unsigned traits, const struct origin *o, struct err *e);
bool spectrum_view_search(struct view *v, struct explorer *x, const char *word, bool columns,
                          struct err *e);
/* To the next component of the token searched for, or the one before. */
void spectrum_next_hit(struct spectrum_view *s, struct explorer *x, bool back);

#endif
