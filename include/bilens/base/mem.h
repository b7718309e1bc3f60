/* Checked allocation. Every byte the program itself allocates comes from here,
 * so that a test can make the n-th request fail and watch what happens. */
#ifndef BILENS_BASE_MEM_H
#define BILENS_BASE_MEM_H

#include <stddef.h>

/* Like malloc, but mem_alloc(0) returns a pointer that may be freed, and the
 * result is aligned for vector loads (64 bytes, from 256 bytes on). NULL when memory
 * is short. */
void *mem_alloc(size_t size);

/* Room for count items of size bytes each, zeroed. NULL when memory is short
 * or the product overflows. */
void *mem_new(size_t count, size_t size);

/* Like realloc for count items of size bytes; a block from mem_alloc loses its
 * 64-byte alignment. On failure NULL, and the old block stays as it was. */
void *mem_resize(void *block, size_t count, size_t size);

char *mem_strdup(const char *string);
char *mem_strndup(const char *string, size_t length);
void mem_free(void *block);

/* Once, at the start of a program: freed blocks of megabytes stay with the process, for the next
 * statement wants as many; giving them back costs a page fault for every 4 KiB each time. */
void mem_keep_large_blocks(void);

/* Tests only: the n-th allocation from now (1 is the next one) and all after
 * it fail; 0 turns that off. Returns how many were asked for since last call. */
size_t mem_fail_at(size_t n);

#endif
