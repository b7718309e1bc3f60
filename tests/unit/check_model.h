/* What the test files of the model layer share: files written for a test. */
#ifndef CHECK_MODEL_H
#define CHECK_MODEL_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

#include "bilens/base/err.h"

/* A path in the tests' own directory; in a ring of static buffers. */
const char *scratch(const char *name);
void write_bytes(const char *path, const void *bytes, size_t length);
void write_string(const char *path, const char *string);
/* A safetensors file: the header's length, the header, the data. */
void write_safetensors(const char *path, const char *header, size_t header_length, const void *data,
                       size_t data_length);
void make_directory(const char *path);

/* The directory of the demo models, or NULL where the environment names none. */
const char *demo_models(void);

/* One entry of a header. */
#define ENTRY(NAME, DTYPE, SHAPE, BEGIN, END)                                                      \
    "\"" NAME "\":{\"dtype\":\"" DTYPE "\",\"shape\":" SHAPE ",\"data_offsets\":[" #BEGIN "," #END \
    "]}"

TCase *array_case(void);
TCase *csv_case(void);
TCase *json_case(void);
TCase *safetensors_case(void);
TCase *dtype_case(void);
TCase *mapping_case(void);
TCase *config_case(void);
TCase *tokenizer_case(void);
TCase *tokenizer_refused_case(void);
TCase *tokens_case(void);
TCase *codes_case(void);
TCase *layout_case(void);
TCase *fused_case(void);
TCase *architecture_case(void);
TCase *load_case(void);
TCase *forward_case(void);

#endif
