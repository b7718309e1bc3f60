#include "bilens/formats/tensor.h"

#include <stdlib.h>
#include <string.h>

#include "bilens/base/mem.h"

/* Room for one more item of an array that doubles. */
static void *make_room(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity == 0 ? 64 : 2 * *capacity;
    return mem_resize(items, *capacity, size);
}

void tensor_table_add_dimension(struct tensor_table *table, uint64_t size)
{
    table->dimensions = make_room(table->dimensions, table->dimension_count,
                                  &table->dimension_capacity, sizeof table->dimensions[0]);
    table->dimensions[table->dimension_count++] = size;
}

void tensor_table_add(struct tensor_table *table, const struct tensor *t)
{
    table->tensors =
        make_room(table->tensors, table->count, &table->capacity, sizeof table->tensors[0]);
    table->tensors[table->count++] = *t;
}

void tensor_table_place_shapes(struct tensor_table *table)
{
    const uint64_t *next = table->dimensions;

    for (size_t i = 0; i < table->count; i++) {
        table->tensors[i].shape = next;
        if (next != NULL)
            next += table->tensors[i].rank;
    }
}

void tensor_table_done(struct tensor_table *table)
{
    mem_free(table->tensors);
    mem_free(table->dimensions);
}

int tensor_compare_names(const void *a, const void *b)
{
    const struct tensor *left = a, *right = b;
    size_t shorter =
        left->name_length < right->name_length ? left->name_length : right->name_length;
    int order = memcmp(left->name, right->name, shorter);

    if (order != 0)
        return order;
    return (left->name_length > right->name_length) - (left->name_length < right->name_length);
}

int tensor_compare_places(const void *a, const void *b)
{
    const struct tensor *left = a, *right = b;

    if (left->begin != right->begin)
        return left->begin < right->begin ? -1 : 1;
    return (left->end > right->end) - (left->end < right->end);
}

void tensor_table_sort(struct tensor_table *table, int (*compare)(const void *, const void *))
{
    if (table->count > 0)
        qsort(table->tensors, table->count, sizeof table->tensors[0], compare);
}

const struct tensor *tensor_table_find(const struct tensor_table *table, const char *name)
{
    struct tensor key = {.name = name, .name_length = strlen(name)};

    if (table->count == 0)
        return NULL;
    return bsearch(&key, table->tensors, table->count, sizeof key, tensor_compare_names);
}
