/* Axes have names: every matrix knows what its rows and columns are. */
#ifndef BILENS_NUM_AXIS_H
#define BILENS_NUM_AXIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdatomic.h>

struct err;
struct text;
struct labels;

enum axis_kind {
    AXIS_INDEX, /* nothing known but a number */
    AXIS_TOKEN,
    AXIS_RESID,
    AXIS_HEAD, /* the d_head coordinates inside one head */
    AXIS_HIDDEN,
    AXIS_POS,
    AXIS_COMP, /* components of a decomposition */
    AXIS_KIND_COUNT
};

/* Names for the places of an axis: index to string and back. An interface, so
 * that num and lang can print and look up tokens without knowing a tokenizer. */
struct labels_class {
    /* Appends the label of an index as a person reads it (raw bytes: the one
     * who shows it escapes it). False where the index has no label. */
    bool (*name)(const struct labels *labels, size_t index, struct text *out);
    /* The index a typed word means. On failure the error says why and what
     * would work (the pieces of a word of several tokens, near labels). */
    bool (*find)(const struct labels *labels, const char *word, size_t *index, struct err *e);
    /* All that a word may mean, what find takes first: how many, at most most. NULL: nothing
     * but that. */
    size_t (*meanings)(const struct labels *labels, const char *word, size_t *indices, size_t most);
    /* Beyond this index nothing has a label. NULL: nobody knows. */
    size_t (*count)(const struct labels *labels);
    void (*destroy)(struct labels *labels);
    /* Do two objects of this class name the same places alike? NULL: only one and
     * the same object does. Those of different classes are compared name by name. */
    bool (*same)(const struct labels *a, const struct labels *b);
};

/* The head of every implementation. Shared; labels_unref destroys at zero. */
struct labels {
    const struct labels_class *class;
    atomic_size_t refs;
};

bool labels_same(const struct labels *a, const struct labels *b);
size_t labels_count(const struct labels *labels); /* 0 where nobody knows */
struct labels *labels_ref(struct labels *labels);   /* NULL passes through */
void labels_unref(struct labels *labels);           /* NULL is fine */

/* Place i of the axis stands for original index start + i * step. A plain value;
 * whoever stores one holds a reference on its labels. */
struct axis {
    enum axis_kind kind;
    size_t size;
    size_t start;
    ptrdiff_t step;
    struct labels *labels; /* NULL: none */
};

/* A whole axis; labels borrowed (take a reference with axis_ref to keep it). */
struct axis axis_make(enum axis_kind kind, size_t size, struct labels *labels);
struct axis axis_ref(struct axis axis);
void axis_unref(struct axis axis);

/* Do they stand for the same places, so that a product or a sum is meaningful?
 * An index axis matches any axis of its size. Labels must say the same
 * where both have some. */
bool axis_match(struct axis a, struct axis b);

/* Count places from first in steps (either sign) of this axis' own places. */
struct axis axis_slice(struct axis axis, size_t first, ptrdiff_t step, size_t count);

/* The original index that place i stands for. */
size_t axis_original(struct axis axis, size_t i);
/* The place that stands for an original index; false if the axis has none. */
bool axis_place(struct axis axis, size_t original, size_t *place);

const char *axis_kind_name(enum axis_kind kind); /* "token", "resid", ... */

/* Appends "token", or "token[5:9]" where the axis is a part of its whole. */
void axis_describe(struct axis axis, struct text *out);

#endif
