/* The kinds of files that values are read from and saved to, by the endings of their names. */
#ifndef BILENS_CMD_FILES_H
#define BILENS_CMD_FILES_H

#include <stdbool.h>

struct err;

enum file_kind { FILE_NPY, FILE_NPZ, FILE_SAFETENSORS, FILE_CSV, FILE_TSV };

/* An error that lists the endings; verb ("read", "save") is whose. */
bool file_kind_of(const char *path, const char *verb, enum file_kind *out, struct err *e);

/* The file's name without folder and ending, made into the name of a value (mem_free). */
char *file_stem(const char *path);
/* The same of any string: what no name can have becomes _. */
char *name_from(const char *string);

#endif
