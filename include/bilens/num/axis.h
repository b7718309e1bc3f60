/* Axes have names: every matrix knows what its rows and columns are. */
#ifndef BILENS_NUM_AXIS_H
#define BILENS_NUM_AXIS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
struct labels *labels_ref(struct labels *labels); /* NULL passes through */
void labels_unref(struct labels *labels);         /* NULL is fine */

/* What an axis inside a model is private to: coordinates of one head, or of the MLP of one layer,
 * are numbered like those of another, and mean something else. */
enum axis_part {
    PART_MODEL, /* all of it shares the axis */
    PART_KEYS,  /* the queries and keys of a layer's head */
    PART_VALUES,
    PART_MLP,  /* of a layer */
    PART_MIXED /* a sum over several of these, or over models: it is its own, and no other's */
};

/* Whose coordinates they are. */
struct axis_origin {
    uint64_t model; /* the same number for the same weights, and of PART_MIXED for the same parts
                       of them; 0: nobody knows, and all else is 0 */
    enum axis_part part;
    uint32_t layer, head; /* the head that keys and values are stored for */
};

/* Place i of the axis stands for original index start + i * step. A plain value;
 * whoever stores one holds a reference on its labels. */
struct axis {
    enum axis_kind kind;
    size_t size;
    size_t start;
    ptrdiff_t step;
    struct labels *labels; /* NULL: none */
    struct axis_origin origin;
};

/* A whole axis; labels borrowed (take a reference with axis_ref to keep it). */
struct axis axis_make(enum axis_kind kind, size_t size, struct labels *labels);
struct axis axis_ref(struct axis axis);
void axis_unref(struct axis axis);

/* Do they stand for the same places, so that a product or a sum is meaningful?
 * An index axis matches any axis of its size. Labels must say the same
 * where both have some, and so must origins. */
bool axis_match(struct axis a, struct axis b);
/* The same whatever their origins: for entries that are added, compared or shown side by side. */
bool axis_alike(struct axis a, struct axis b);
/* Of two alike axes the one that says more; of a mixed origin where theirs differ: what is added
 * up belongs to neither. */
struct axis axis_join(struct axis a, struct axis b);
/* The axis without its origin: it matches those of its kind in any head, layer and model. */
struct axis axis_loose(struct axis axis);

/* Count places from first in steps (either sign) of this axis' own places. */
struct axis axis_slice(struct axis axis, size_t first, ptrdiff_t step, size_t count);

/* The original index that place i stands for. */
size_t axis_original(struct axis axis, size_t i);
/* The place that stands for an original index; false if the axis has none. */
bool axis_place(struct axis axis, size_t original, size_t *place);

const char *axis_kind_name(enum axis_kind kind); /* "token", "resid", ... */

/* Appends what sets two axes apart that do not match though they look alike: the first place whose
 * label differs, or their origins (and how to multiply all the same). Nothing where kind, size and
 * places tell. */
void axis_contrast(struct axis a, struct axis b, struct text *out);
/* Fails with ERR_AXES: "BEFORE resid (256) and token (4096) AFTER", and the contrast. */
bool axis_fail(struct axis a, struct axis b, const char *before, const char *after, struct err *e);

/* Appends "token", or "token[5:9]" where the axis is a part of its whole. */
void axis_describe(struct axis axis, struct text *out);

#endif
