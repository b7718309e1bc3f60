/* Values of the language: numbers, vectors, matrices and decompositions, alone or
 * as stacks over [layer], [head] or [layer, head]. Shared and immutable. */
#ifndef BILENS_LANG_VALUE_H
#define BILENS_LANG_VALUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "bilens/lang/report.h"
#include "bilens/num/decomp.h"

struct text;

enum value_kind {
    VALUE_NUMBER,
    VALUE_VECTOR,
    VALUE_MATRIX,
    VALUE_DECOMP, /* what svd() and eig() give; has fields */
    VALUE_U,      /* one side of a decomposition: a matrix whose columns are computed */
    VALUE_V       /* one at a time, when asked for */
};

/* One stack axis: member i is original layer or head start + i * step. */
struct stack_axis {
    char kind; /* 'l' layer, 'h' head */
    size_t size, start;
    ptrdiff_t step;
};

union item {
    double number;
    struct vector *vector;
    struct matrix *matrix;
    struct decomp *decomp; /* also of VALUE_U, VALUE_V */
};

/* Traits: the bits of the models it was computed from, each open model having one of its
 * own, and one for query or key weights, which in a rotary model mean lag 0. TRAIT_LATEST marks the
 * fields that svd and eig bind, which the next decomposition may take away; TRAIT_EDITED what was
 * bound to the name of a model's weight in its place, and what was computed from that; TRAIT_QK and
 * TRAIT_OV the circuits that a model came with, products of two of its weights. */
enum {
    TRAIT_KEYS = 1,
    TRAIT_LATEST = 2,
    TRAIT_EDITED = 4,
    TRAIT_QK = 8,
    TRAIT_OV = 16,
    TRAIT_MODEL = 32,
    TRAIT_MODELS = 26
};

struct value {
    atomic_size_t refs;
    enum value_kind kind;
    unsigned traits; /* where it came from, for the ledger; set before it is shared */
    bool typed;      /* a number computed in double from what was typed */
    size_t stack;    /* 0, 1 or 2 axes; layer comes before head */
    struct stack_axis axes[STACK_MOST];
    size_t count; /* members: 1 where stack is 0; row-major over the axes */
    union item *items;
};

/* With room for its members, which are unset (zero) and to be filled before use;
 * axes may be NULL where stack is 0. */
struct value *value_new(enum value_kind kind, size_t stack, const struct stack_axis *axes);
/* Values of one member; they take what they are given, and give NULL for NULL. */
struct value *value_of_number(double number);
struct value *value_of_vector(struct vector *v);
struct value *value_of_matrix(struct matrix *m);
struct value *value_ref(struct value *v);
/* The same value with one more trait: a new reference. v itself stays as it is. */
struct value *value_marked(struct value *v, unsigned trait);
void value_unref(struct value *v); /* NULL is fine */

/* Are two stacks over the same layers and heads? */
bool value_same_stack(const struct value *a, const struct value *b);
/* Which member of the stack the n-th item is. */
struct member value_member(const struct value *v, size_t n);
/* It begins: progress is that of one member of so many (see task_here). */
struct task_part;
void value_member_begins(const struct task_part *whole, const struct value *v, size_t n);
/* "0.1" for layer 0 head 1, "2" for a layer; "" where there is no stack. */
void member_name(struct member member, struct text *out);
/* "head 0.1: ", before what is said of that member; "" where there is no stack. */
void member_prefix(struct member member, struct text *out);

/* Member n as a matrix: a new reference, or NULL with the error (ERR_TYPE: a number or a
 * decomposition is none; a vector neither). */
struct matrix *value_matrix(const struct value *v, size_t n, struct err *e);

/* "[2 layer, 4 head] token x resid, 4096 x 256, factored through 64". */
void value_describe(const struct value *v, struct text *out);
/* "a matrix", "a stack of matrices". */
const char *value_kind_name(const struct value *v);

#endif
