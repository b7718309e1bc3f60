/* What the test files of the hub layer share: a cache made for a test. */
#ifndef CHECK_HUB_H
#define CHECK_HUB_H

#include <check.h>

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

/* The folder of the tests' cache, empty at the start of every test. */
const char *cache_folder(void);
/* Writes a file below that folder, with the folders it needs. */
void cache_put(const char *path, const char *text);
/* Is there a file of that path below it, with that text? */
void expect_file(const char *path, const char *text);
void expect_no_file(const char *path);

void make_cache(void);
void remove_cache(void);

TCase *name_case(void);
TCase *cache_case(void);
TCase *download_case(void);

#endif
