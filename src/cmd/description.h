/* What a file of bilens's says of its values beyond their numbers: axes, labels, stacks, and the
 * models they came from. JSON, in the metadata of a safetensors file. */
#ifndef BILENS_CMD_DESCRIPTION_H
#define BILENS_CMD_DESCRIPTION_H

#include "bilens/lang/call.h"
#include "records.h"

/* Appends it. The traits of the values are told by the models that they stand for now. */
void description_write(const struct call *c, const struct records *r, struct text *out);

/* ---- read back ---- */

struct described_axis {
    enum axis_kind kind;
    size_t start;
    ptrdiff_t step;
    struct labels *labels; /* a reference, or NULL */
    /* Whose coordinates they are: of each of the value's members, or one for all; 0: nobody
     * knows. */
    struct axis_origin *origin; /* owned */
    size_t origins;
};

/* How the file spells a part of a model. */
extern const char *const description_parts[PART_MLP + 1];

struct described {
    char *name; /* owned */
    enum value_kind kind;
    size_t stack;
    struct stack_axis stack_axes[STACK_MOST]; /* but for the sizes, which the array has */
    struct described_axis axes[2];
    bool factored;
    unsigned traits;
};

struct description {
    size_t count;
    struct described *list;
    size_t label_lists;
    struct labels **labels; /* references */
    size_t models;
    unsigned *traits; /* of the models, in this session */
};

/* Reads what description_write wrote; file is for messages. Where a list of labels says the
 * same as those of an open model, it is that model's; a model that is not open becomes a
 * provenance of the call's. ERR_FORMAT where the text is not what it should be. */
bool description_read(struct call *c, const char *text, size_t length, const char *file,
                      struct description *out, struct err *e);
void description_free(struct description *d);
/* The value of that name, or NULL. */
const struct described *description_find(const struct description *d, const char *name);
/* The labels of an open model's vocabulary that say the same, or the list itself: a reference. */
struct labels *labels_adopt(const struct call *c, struct labels *list);

#endif
