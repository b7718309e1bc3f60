/* Which file of a folder holds a model's weights. */
#ifndef BILENS_MODEL_FOLDER_H
#define BILENS_MODEL_FOLDER_H

#include <stdbool.h>

struct err;

/* model.safetensors, else its index, else the first of shards that have none (mem_free). NULL
 * where there is no such file: the error says what the folder holds instead. */
char *folder_weights(const char *directory, struct err *e);

/* Sets the error for a file that a folder lacks; false. */
bool folder_refuse_missing(const char *directory, const char *name, struct err *e);
/* Is it a folder of an adapter, without the model that this belongs to? Then the error says so. */
bool folder_refuse_adapter(const char *directory, struct err *e);

#endif
