/* What the spectrum view computes: the tokens of a component, and the components of a token. */
#ifndef BILENS_VIEW_READING_H
#define BILENS_VIEW_READING_H

#include "bilens/lang/value.h"
#include "explorer.h"
#include "tokens.h"

/* Is it one of decompositions? Else it is of vectors. */
bool reading_is_decomp(const struct value *v);

/* Which vectors a spectrum's component has, and how each is read. */
struct way {
    enum decomp_side side; /* of a decomposition */
    enum reading reading;
    struct matrix *matrix; /* w_e or w_u; a reference, or NULL */
    char name;             /* 'u', 'v', 'e' for a vector of its own */
};

struct ways {
    size_t count;
    struct way way[2];
};

/* The ways to read the vectors of a value (VALUE_DECOMP or VALUE_VECTOR) of those traits. */
struct ways ways_of(const struct session_state *state, const struct value *v, unsigned traits,
                    bool written);
void ways_done(struct ways *w);

/* The token tables of a component (of vectors: of the vector itself), computed by the host. */
bool reading_tables(struct explorer *x, const struct value *v, size_t member, size_t component,
                    const struct ways *w, struct token_tables *out, struct err *e);

/* A component in which a token stands out. */
struct hit {
    size_t component;
    size_t rank; /* of the token among all, at that pole; 1 is the first */
    bool high;
    char name; /* of the vector */
};

/* The components (the first RANKED_MOST) in which the token at a place of the tokens' axis
 * ranks highest, in any of the ways, best first, one hit a component. *hits is the caller's. */
enum { RANKED_MOST = 1024 };
bool reading_ranks(struct explorer *x, const struct value *v, size_t member, size_t token,
                   const struct ways *w, struct hit **hits, size_t *count, struct err *e);

/* The axis of tokens that a way ends on. Borrowed. */
struct axis way_axis(const struct value *v, size_t member, const struct way *w);

#endif
