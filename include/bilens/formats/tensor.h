/* Tensors of a file: what they are called, their shapes, and where they lie. */
#ifndef BILENS_FORMATS_TENSOR_H
#define BILENS_FORMATS_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bilens/formats/dtype.h"

struct err;

struct tensor {
    const char *name; /* raw bytes from the file, NUL-terminated */
    size_t name_length;
    enum dtype dtype;
    size_t rank;
    const uint64_t *shape;
    size_t count;      /* elements */
    size_t begin, end; /* bytes, from the start of the data */
};

/* Grows one tensor at a time: first the dimensions, then the tensor they belong to.
 * Shapes are valid only after tensor_table_place_shapes. */
struct tensor_table {
    struct tensor *tensors;
    size_t count, capacity;
    uint64_t *dimensions; /* of all tensors, one after the other */
    size_t dimension_count, dimension_capacity;
};

void tensor_table_add_dimension(struct tensor_table *table, uint64_t size);
void tensor_table_add(struct tensor_table *table, const struct tensor *t);
/* Once, before any sorting. */
void tensor_table_place_shapes(struct tensor_table *table);
void tensor_table_done(struct tensor_table *table);

/* For tensor_table_sort: bytewise by name; by the place in the data. */
int tensor_compare_names(const void *a, const void *b);
int tensor_compare_places(const void *a, const void *b);
void tensor_table_sort(struct tensor_table *table, int (*compare)(const void *, const void *));

/* In a table sorted by name; NULL where there is none. */
const struct tensor *tensor_table_find(const struct tensor_table *table, const char *name);

#endif
