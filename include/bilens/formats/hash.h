/* Short names for the contents of files: XXH3-64, in hex. */
#ifndef BILENS_FORMATS_HASH_H
#define BILENS_FORMATS_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct mapping;

/* Room for 16 hex digits. */
enum { HASH_SIZE = 17 };

/* A number for what such digits say, never 0: the same for the same string. */
uint64_t hash_number(const char *digits);
void hash_bytes(const void *bytes, size_t length, char hex[HASH_SIZE]);

/* Of the whole file. */
bool hash_file(const struct mapping *m, char hex[HASH_SIZE], struct err *e);

/* Of its size, its first head bytes (at most 1 MiB of them) and evenly spaced blocks of 4 KiB: so
 * many, the last bytes among them. Of a file that is no larger than that, the whole. */
bool hash_samples(const struct mapping *m, size_t head, size_t blocks, char hex[HASH_SIZE],
                  struct err *e);

#endif
