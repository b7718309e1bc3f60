/* Allocation, in two kinds. What user data sizes (storages, tiles, canvases, files) is asked for
 * with mem_try_...: no is an answer, which becomes an error with a clear text. Everything else
 * (names, text, reports, tables) comes from calls that do not return NULL: where even that is not
 * to be had, the terminal is restored, a message is printed, and the program ends with a status of
 * its own. Every byte the program itself allocates comes from here, so that a test can make the
 * n-th request of either kind fail and watch what happens. */
#ifndef BILENS_BASE_MEM_H
#define BILENS_BASE_MEM_H

#include <stddef.h>

enum { MEM_EXHAUSTED_STATUS = 3 };

/* Like malloc, but of 0 bytes, too, there is a block; aligned for vector loads (64 bytes, from 256
 * bytes on). */
void *mem_alloc(size_t size);
void *mem_try_alloc(size_t size); /* NULL when memory is short */

/* Room for count items of size bytes each, zeroed. */
void *mem_new(size_t count, size_t size);
void *mem_try_new(size_t count,
                  size_t size); /* NULL when memory is short or the product overflows */

/* Like realloc for count items of size bytes; a block from mem_alloc loses its 64-byte
 * alignment. */
void *mem_resize(void *block, size_t count, size_t size);

char *mem_strdup(const char *string);
char *mem_strndup(const char *string, size_t length);
void mem_free(void *block);

/* What is called once, from whatever thread, before the program ends for want of memory: it
 * restores what must not stay as it is (a terminal's modes), and allocates nothing. */
void mem_on_exhaustion(void (*restore)(void));

/* Once, at the start of a program: freed blocks of megabytes stay with the process, for the next
 * statement wants as many; giving them back costs a page fault for every 4 KiB each time. */
void mem_keep_large_blocks(void);

/* Tests only: the n-th mem_try_... from now (1 is the next one) and all after it fail; 0 turns that
 * off. Returns how many were asked for since last call. */
size_t mem_fail_at(size_t n);
/* Tests only: the same for the other kind, which ends the program. */
size_t mem_end_at(size_t n);

#endif
