/* Evaluating expressions. */
#ifndef BILENS_LANG_EVAL_H
#define BILENS_LANG_EVAL_H

#include "bilens/lang/parser.h"
#include "bilens/lang/value.h"
#include "bilens/lang/workspace.h"

struct text;

struct evaluator {
    const struct workspace *names;
    const char *text;  /* the statement's text, for messages */
    size_t memory;     /* bytes that a dense result may take */
    const void *model; /* the current one, for absence; may be NULL */
    const char *(*absence)(const void *model, const char *name); /* see command_table */
    bool contents;       /* do such words stand for a column of w_e, not a row of w_u? */
    bool words;          /* may a bare word or a string stand for a token's direction? */
    unsigned *traits;    /* gathers those of every name used; may be NULL */
    struct text *note;   /* which words were taken for what; may be NULL */
    struct text *unused; /* names of the user's that a model's own weight was read for; or NULL */
};

/* A new reference, or NULL with the error and its place. */
struct value *evaluate(struct evaluator *ev, const struct node *node, struct err *e);
/* The same, where a bare word that is no name, and a string, stand for the row of w_u that
 * has that label. Appends to ev->note what each word was taken for. */
struct value *evaluate_direction(struct evaluator *ev, const struct node *node, struct err *e);

/* The pieces of the evaluator, each in a file of its own. ------------------------- */

/* a @ b, a * b, a / b, a + b, a - b by node->kind; explains axes that do not match by the
 * operands' own text. */
struct value *value_binary(struct evaluator *ev, const struct node *node, const struct value *a,
                           const struct value *b, struct err *e);
struct value *value_transpose(const struct value *a, struct err *e);
/* parts[0][parts[1], ...]. */
struct value *value_index(struct evaluator *ev, const struct node *node, const struct value *base,
                          struct err *e);
struct value *value_field(const struct value *base, const char *field, struct err *e);
/* Column (or, of vectors, entry) `column` of every member. */
struct value *value_column(const struct value *base, size_t column, struct err *e);
struct value *value_call(struct evaluator *ev, const struct node *node, struct err *e);

/* What completion and help say of a function. The example runs after `load tinystories-1-256`. */
struct function_about {
    const char *name, *usage, *summary, *example;
};

/* Of the n-th function, or NULL. */
const struct function_about *function_about(size_t n);

/* Decompositions of every member (VALUE_DECOMP). */
struct value *value_svd(const struct value *a, struct err *e);
struct value *value_eigen(const struct value *a, struct err *e);

/* One item for each member, computed by `each` from the member's matrix. */
typedef bool item_function(const struct matrix *m, union item *out, struct err *e);
struct value *value_map(const struct value *a, enum value_kind kind, item_function *each,
                        struct err *e);

#endif
