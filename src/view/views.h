/* The views, and how one leads to another. */
#ifndef BILENS_VIEW_VIEWS_H
#define BILENS_VIEW_VIEWS_H

#include "bilens/num/axis.h"
#include "explorer.h"

/* Where what is shown came from, so that the prompt can be told. Strings are owned. */
struct origin {
    char *title;  /* for the line of crumbs */
    char *before; /* a statement that binds what source, or u0 and v0, mean; or NULL */
    char *source; /* the expression that gives what is shown; or NULL: `before` alone does */
    char *of;     /* the expression of what a decomposition is of; or NULL: not known */
};

void origin_done(struct origin *o);
/* Copies of three strings, of which the last two may be NULL; `of` is left NULL. */
void origin_make(struct origin *out, const char *title, const char *before, const char *source);

/* Appends source[index], in brackets where source is no plain name; without index source alone. */
void source_index(const char *source, const char *index, struct text *out);
/* Appends "0,1", the place of the n-th member in a stack, as an index. */
void source_member(const struct value *v, size_t n, struct text *out);
/* What an axis is called in the views, where the heads of a stack stand beside the dimensions in
 * a head: those are d_head. */
const char *view_axis_name(enum axis_kind kind);
/* Appends "BEFORE; " where there is something to be run before. */
void origin_before(const struct origin *o, struct text *out);

/* Each makes a view, with references on what it shows; it takes the origin, also on failure. */
struct view *spectrum_view_new(struct explorer *x, struct value *v, struct value *about,
                               unsigned traits, bool written, struct origin o);
/* Of one member of a value that has matrices. */
struct view *matrix_view_new(struct explorer *x, struct value *v, size_t member, unsigned traits,
                             struct origin o, struct err *e);
struct view *heads_view_new(struct value *v, unsigned traits, struct origin o);
struct view *workspace_view_new(struct explorer *x);
/* Of a report that lives as long as the explorer; takes `owned` (or NULL), to be freed with the
 * view. */
struct view *page_view_new(const struct report *r, struct report *owned, struct origin o);

/* Opens the spectrum of the matrices of a value; of the given member only, unless that is
 * EVERY_MEMBER. */
#define EVERY_MEMBER ((size_t)-1)
bool open_spectrum(struct explorer *x, struct value *v, size_t member, unsigned traits,
                   const struct origin *o, struct err *e);
/* Opens the interaction of a token: the place of a labelled axis. */
bool open_interaction(struct explorer *x, struct axis axis, size_t place, struct err *e);

/* The word that n and N go on looking for takes the place of the one before it. */
void view_keep_word(char **kept, const char *word);

#endif
