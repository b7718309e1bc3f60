/* Reading a .safetensors file. The header is checked completely when the file is
 * opened; the data is mapped, and widened when it is used. */
#ifndef BILENS_FORMATS_SAFETENSORS_H
#define BILENS_FORMATS_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/formats/tensor.h"

struct err;
struct mapping;
struct safetensors;
struct text;

enum {
    SAFETENSORS_MOST_HEADER = 100000000, /* bytes; the reference's limit */
    SAFETENSORS_MOST_TENSORS = 1 << 20,
    SAFETENSORS_MOST_RANK = 1024
};

/* One reference, the caller's. On failure NULL; the error names the file, the
 * tensor and the rule that was broken. */
struct safetensors *safetensors_open(const char *path, struct err *e);
struct safetensors *safetensors_ref(struct safetensors *s);
void safetensors_unref(struct safetensors *s);

const char *safetensors_path(const struct safetensors *s);
size_t safetensors_count(const struct safetensors *s);
/* In the order of their names, bytewise. Borrowed. */
const struct tensor *safetensors_get(const struct safetensors *s, size_t index);
/* NULL where there is none of that name. Borrowed. */
const struct tensor *safetensors_find(const struct safetensors *s, const char *name);

/* What bilens wrote into the metadata when it saved the file (see safetensors_header), or NULL.
 * UTF-8, NUL-terminated; it may hold NULs itself. Borrowed. */
const char *safetensors_own(const struct safetensors *s, size_t *length);

/* The file's bytes, and where in it the data starts. Borrowed. */
struct mapping *safetensors_mapping(const struct safetensors *s);
size_t safetensors_data_start(const struct safetensors *s);

/* ---- writing ---- */

struct safetensors_entry {
    const char *name; /* UTF-8 */
    enum dtype dtype;
    size_t rank;
    const size_t *shape;
};

/* Appends length and header of a file whose tensors stand in this order, without gaps; their
 * data follows. own (NULL: none): a string for the metadata, which safetensors_own gives back. Of
 * wider types first, everything is aligned. The sizes must not overflow. */
void safetensors_header(const struct safetensors_entry *entries, size_t count, const char *own,
                        struct text *out);

#endif
