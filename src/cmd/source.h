/* The arrays of a file, whatever its kind, and the values they become. */
#ifndef BILENS_CMD_SOURCE_H
#define BILENS_CMD_SOURCE_H

#include "bilens/formats/array.h"
#include "bilens/formats/npz.h"
#include "bilens/formats/safetensors.h"
#include "bilens/lang/call.h"
#include "description.h"
#include "files.h"

/* An open .npy, .npz or .safetensors file. */
struct source {
    enum file_kind kind;
    const char *path; /* borrowed */
    struct npz *npz;
    struct safetensors *tensors;
    size_t memory; /* bytes that an array may take */
};

bool source_open(struct source *s, const char *path, enum file_kind kind, size_t memory,
                 struct err *e);
void source_close(struct source *s);

/* How many arrays it holds, and what they are called: "" in a .npy file. Borrowed. */
size_t source_count(const struct source *s);
const char *source_key(const struct source *s, size_t i);

/* How an array's dimensions become those of a value. */
struct plan {
    size_t stack;                             /* leading dimensions */
    struct stack_axis stack_axes[STACK_MOST]; /* with their sizes */
    enum value_kind kind;
    struct axis axes[2]; /* borrowed labels */
    /* Whose coordinates they are, in each member, where those differ; borrowed, or NULL. */
    const struct axis_origin *origin[2];
};

/* Numbers that could not be kept as they are. */
struct tally {
    size_t nan, inf;
    struct narrowed narrowed;
};

/* What array i is: its type, rank and shape; nothing is read but headers. */
bool source_describe(struct source *s, size_t i, struct array *out, struct err *e);
/* Its numbers as the value that the plan says, which must fit the array a: what source_describe
 * said of it, for a file that has another shape by now is refused. Tensors of floating point stay
 * in the file until they are used. */
struct value *source_value(struct source *s, size_t i, const struct array *a,
                           const struct plan *plan, struct tally *tally, struct err *e);
/* A value of numbers that somebody else read; takes data (from mem_alloc), also on failure. */
struct value *value_of_floats(float *data, size_t count, const struct plan *plan);
struct value *value_of_doubles(const double *data, const struct plan *plan);

#endif
