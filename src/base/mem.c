#include "bilens/base/mem.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __GLIBC__
#include <malloc.h> /* mallopt */
#endif

enum { VECTOR_ALIGNMENT = 64, SMALL = 256 };

/* The test hook: how many requests until the first that fails (0: none does),
 * and how many there have been. Atomic, for computing threads allocate too. */
static atomic_size_t fail_at;
static atomic_size_t asked;

static bool request_fails(void)
{
    size_t n = atomic_fetch_add(&asked, 1) + 1;
    size_t at = atomic_load(&fail_at);
    return at != 0 && n >= at;
}

size_t mem_fail_at(size_t n)
{
    size_t before = atomic_exchange(&asked, 0);
    atomic_store(&fail_at, n);
    return before;
}

void mem_keep_large_blocks(void)
{
#ifdef __GLIBC__
    enum { LARGEST = 32 << 20, KEPT = 128 << 20 };
    mallopt(M_MMAP_THRESHOLD, LARGEST);
    mallopt(M_TRIM_THRESHOLD, KEPT);
    mallopt(M_ARENA_MAX, 1); /* what one computing thread freed serves the next */
#endif
}

void *mem_alloc(size_t size)
{
    if (request_fails() || size > PTRDIFF_MAX - VECTOR_ALIGNMENT)
        return NULL;
    if (size < SMALL)
        return malloc(size ? size : 1);
    size_t rounded = (size + VECTOR_ALIGNMENT - 1) / VECTOR_ALIGNMENT * VECTOR_ALIGNMENT;
    return aligned_alloc(VECTOR_ALIGNMENT, rounded);
}

void *mem_new(size_t count, size_t size)
{
    if (request_fails() || (size != 0 && count > PTRDIFF_MAX / size))
        return NULL;
    if (count == 0 || size == 0)
        return calloc(1, 1);
    return calloc(count, size);
}

void *mem_resize(void *block, size_t count, size_t size)
{
    if (request_fails() || (size != 0 && count > PTRDIFF_MAX / size))
        return NULL;
    size_t bytes = count * size;
    return realloc(block, bytes > 0 ? bytes : 1);
}

char *mem_strdup(const char *string)
{
    return mem_strndup(string, strlen(string));
}

char *mem_strndup(const char *string, size_t length)
{
    char *copy = mem_alloc(length + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, string, length);
    copy[length] = '\0';
    return copy;
}

void mem_free(void *block)
{
    free(block);
}
