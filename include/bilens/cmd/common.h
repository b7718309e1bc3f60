/* What several commands need: the model, the ledger, tokens of vectors. */
#ifndef BILENS_CMD_COMMON_H
#define BILENS_CMD_COMMON_H

#include "bilens/lang/call.h"
#include "bilens/lang/report.h"
#include "bilens/model/model.h"

/* The current model, or NULL. */
const struct model *current_model(const struct call *c);
/* The same, or an error that says to load one. */
const struct model *need_model(const struct call *c, struct err *e);

/* Every line of the ledger, with its value where the command does nothing special:
 * "none" is left out of what a person sees, but stands in JSON. */
bool ledger_start(struct call *c, struct report *r, struct err *e);

/* "source text: description" as the report's title. */
bool title_value(struct call *c, size_t argument, const struct value *v, struct report *r,
                 struct err *e);

/* Appends the label of place i of an axis: a token, or "[id]"; an index otherwise. */
void axis_label(struct axis axis, size_t i, struct text *out);

/* Which tables a vector is shown in. */
struct reading_spec {
    size_t top;            /* entries a pole */
    bool in, out;          /* for a residual vector: through w_e, through w_u */
    bool has_component;
    size_t component;
    double value;
    struct member member;
};

/* Appends the tables of both poles of v, by its axis: tokens, or a residual direction read
 * and written, or plain indices. */
bool tables_of_vector(struct call *c, struct report *r, const struct vector *v,
                      const struct reading_spec *spec, struct err *e);

/* Appends a series of each member's values (VALUE_DECOMP or VALUE_VECTOR). */
bool series_of_values(struct report *r, const struct value *v, const char *name,
                      enum series_style style, struct err *e);

/* Binds the fields of a decomposition to their names (u s v, or e v), and unbinds those of
 * the decomposition before that it has not. */
bool bind_decomposition(struct call *c, struct value *d, struct err *e);

/* The eigen-decomposition's report: values, then tables of the first components. */
bool report_eigen(struct call *c, struct report *r, struct value *d, struct err *e);

#endif
