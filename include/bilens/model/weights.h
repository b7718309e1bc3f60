/* The numbers of a tensor: widened when first used, and looked at for NaN. */
#ifndef BILENS_MODEL_WEIGHTS_H
#define BILENS_MODEL_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/formats/safetensors.h"

struct err;
struct storage;

/* The tensor as a lazily widened storage, which keeps the file open. Widening a
 * type that has no place in float32 is refused then, not here; so is one that
 * takes more than most bytes (0: any). */
struct storage *weights_storage(struct safetensors *s, const struct tensor *t, size_t most);

/* Adds to *nan and *inf how many there are among count elements from first. */
bool weights_count_nonfinite(struct safetensors *s, const struct tensor *t, size_t first,
                             size_t count, size_t *nan, size_t *inf, struct err *e);

/* Adds to *beyond how many of all its elements are finite, and infinite as float32. */
bool weights_count_beyond(struct safetensors *s, const struct tensor *t, size_t *beyond,
                          struct err *e);

#endif
