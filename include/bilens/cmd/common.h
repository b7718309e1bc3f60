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

/* Says in an error that the model has no tokenizer, and why. Returns false. */
bool refuse_without_tokenizer(const struct model *m, struct err *e);

/* A weight of the current model as `load` brought it, whatever its name is bound to by now: a
 * command about the model is about the model's own weights. Borrowed. */
const struct value *model_weight(struct call *c, const char *name, struct err *e);
/* Notes all names that were bound to something else, for a command that runs the model. */
void model_whole(struct call *c);

/* For the language: model_check of an open model. */
bool model_still(const void *model, struct err *e);
/* Why the model (NULL: none) has no matrix of a name that other models have; NULL: the name
 * is none of those. Static. */
const char *model_absence(const void *model, const char *name);

/* How the model's weights were processed. */
bool ledger_model(const struct model *m, struct report *r);

/* To be called once the arguments are evaluated: every line of the ledger, with its value where the
 * command does nothing special: "none" is left out of what a person sees, but stands in JSON. */
bool ledger_start(struct call *c, struct report *r);

/* w_e or w_u of the model that the values evaluated so far came from: a direction of one
 * model is not read through another's embedding. Borrowed; NULL if there is none. */
const struct matrix *model_side(struct call *c, const char *name);
/* The same for values of those traits, whoever asks. */
const struct matrix *state_side(const struct session_state *state, unsigned traits,
                                const char *name);

/* "source text: description" as the report's title. */
bool title_value(struct call *c, size_t argument, const struct value *v, struct report *r);

/* Appends the label of place i of an axis: a token, or "[id]"; an index otherwise. */
void axis_label(struct axis axis, size_t i, struct text *out);

/* A column of a table to be made; a list of them ends with {0}. */
struct column_spec {
    const char *name;
    enum column_type type;
};
/* Appends a table of blank cells about a member ({0}: no stack); title may be NULL. To be filled
 * before the next block is added. */
struct report_table *add_table(struct report *r, struct member member, const char *title,
                               size_t rows, const struct column_spec *columns);
/* Puts what the text holds (taken) into a cell. */
void cell_text(struct report_table *t, size_t row, size_t column, struct text *text);
/* Puts the label of place i of an axis into a cell. */
void cell_label(struct report_table *t, size_t row, size_t column, struct axis axis, size_t i);

/* Which tables a vector is shown in. */
struct reading_spec {
    size_t top;   /* entries a pole */
    bool in, out; /* for a residual vector: through w_e, through w_u */
    bool has_component;
    size_t component;
    double value;
    struct member member;
};

/* Appends the table of the largest entries of v (high), or of the smallest ones: their ids and
 * tokens, or their places, and the entries in a column of that name. */
struct report_table *table_of_pole(struct report *r, struct member member, const char *title,
                                   const struct vector *v, bool high, size_t top,
                                   const char *column);
/* Appends the tables of both poles of v, which is read as the reading says ("token", "in", "out",
 * "index"; static), and a line where some of its entries are NaN. */
void tables_of_poles(struct report *r, const struct vector *v, const char *reading,
                     const struct reading_spec *spec);
/* Appends the tables of both poles of v, by its axis: tokens, or a residual direction read
 * and written, or plain indices. */
bool tables_of_vector(struct call *c, struct report *r, const struct vector *v,
                      const struct reading_spec *spec, struct err *e);

/* Appends the tables of the extreme entries of each member of a matrix value, exact. */
bool tables_of_matrix(struct report *r, const struct value *v, size_t top, struct err *e);

/* Appends a series of each member's values (VALUE_DECOMP or VALUE_VECTOR). */
bool series_of_values(struct report *r, const struct value *v, const char *name,
                      enum series_style style);

/* The spectrum of each member of a decomposition: its values, its ranks, and a word where
 * values are too close to tell their vectors apart. */
bool report_spectrum(struct report *r, const struct value *d, const char *name);

struct degenerate;
struct text;
/* Appends which components a block of close values has: "3-4", or, where values of the other sign
 * lie between, "0 with 2". */
void block_members(const double *values, const struct degenerate *block, struct text *out);

/* Of the singular values d of v: the power law of each member's tail, and what of it random numbers
 * in its factors would give. ERR_ARGUMENT where a member has too few values for that. */
bool report_fit(struct report *r, const struct value *d, const struct value *v, struct err *e);

/* The current model's MLP and embedding; borrowed. */
struct mlp {
    const struct value *w_l, *w_r, *w_p, *w_e;
};
/* An error where there is no model, or its MLP is not quadratic (nor, with --ignore-gate, to be
 * taken for it). */
bool mlp_find(struct call *c, struct mlp *out, struct err *e);
/* What of the MLP was left out: a gate, biases. After ledger_start. */
void mlp_ledger(struct call *c, struct report *r);
/* Is g one direction, of finite numbers? */
bool mlp_direction(const struct value *g, struct err *e);
/* What the norms in front of these layers' MLPs would do to a quadratic form of their input: in the
 * first layer by which factors, over tokens. Also after ledger_start. */
bool mlp_norm_ledger(struct call *c, const struct mlp *w, const struct stack_axis *layers,
                     struct report *r, struct err *e);
/* The layers that --layer asks for (all without it), as the stack axis of the answer, and
 * the first one's item. */
bool mlp_layers(struct call *c, const struct mlp *w, struct stack_axis *out, size_t *first,
                struct err *e);

/* Binds the fields of a decomposition to their names (u s v, or e v), and unbinds those of
 * the decomposition before that it has not. */
bool bind_decomposition(struct call *c, struct value *d, struct err *e);

#define VALUES_SHARE 0.6 /* of the time: the values; its components' tables are the rest */
/* The eigen-decomposition's report: values, then tables of the first components; of
 * residual directions as they are read. With squares d is of a Gram matrix BB': the ranks are
 * those of B's singular values, and the components, its outputs, stand as they are written. */
bool report_eigen(struct call *c, struct report *r, struct value *d, bool squares, struct err *e);

/* The entries of m's first rows and columns as doubles, row by row: of a product they are
 * multiplied out by tiles. ERR_BUDGET where they take more than memory bytes. The caller's
 * (mem_free). */
double *matrix_entries(const struct matrix *m, size_t rows, size_t cols, size_t memory,
                       struct err *e);
/* All entries of a member (a number, vector or matrix), likewise, within the session's budget.
 * ERR_TYPE of a decomposition. */
double *member_entries(const struct call *c, const struct value *v, size_t n, size_t *count,
                       struct err *e);

/* A heatmap of each member of a matrix value. */
bool heat_of_value(struct call *c, struct report *r, const struct value *v, struct err *e);

#endif
