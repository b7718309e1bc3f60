#include "bilens/base/mem.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h> /* mallopt */
#endif

enum { VECTOR_ALIGNMENT = 64, SMALL = 256 };

/* The test hook of a kind: how many requests until the first that fails (0: none does), and how
 * many there have been. Atomic, for computing threads allocate too. */
struct hook {
    atomic_size_t fail_at, asked;
};
static struct hook tried, needed;

static void (*_Atomic before_the_end)(void);

static bool request_fails(struct hook *h)
{
    size_t n = atomic_fetch_add(&h->asked, 1) + 1;
    size_t at = atomic_load(&h->fail_at);
    return at != 0 && n >= at;
}

static size_t hook_set(struct hook *h, size_t n)
{
    size_t before = atomic_exchange(&h->asked, 0);
    atomic_store(&h->fail_at, n);
    return before;
}

size_t mem_fail_at(size_t n)
{
    return hook_set(&tried, n);
}

size_t mem_end_at(size_t n)
{
    return hook_set(&needed, n);
}

void mem_on_exhaustion(void (*restore)(void))
{
    atomic_store(&before_the_end, restore);
}

/* Ends the program: nothing here allocates, and no handler of exit() runs, for these might. */
static noreturn void exhausted(void)
{
    static const char message[] = "bilens: out of memory; what was typed is in the history\n";
    static atomic_flag ending = ATOMIC_FLAG_INIT;
    while (atomic_flag_test_and_set(&ending))
        pause(); /* another thread is at it */
    void (*restore)(void) = atomic_load(&before_the_end);
    if (restore != NULL)
        restore();
    ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written; /* there is nobody to tell */
    _exit(MEM_EXHAUSTED_STATUS);
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

static void *get(size_t size)
{
    if (size > PTRDIFF_MAX - VECTOR_ALIGNMENT)
        return NULL;
    if (size < SMALL)
        return malloc(size ? size : 1);
    size_t rounded = (size + VECTOR_ALIGNMENT - 1) / VECTOR_ALIGNMENT * VECTOR_ALIGNMENT;
    return aligned_alloc(VECTOR_ALIGNMENT, rounded);
}

static void *get_zeroed(size_t count, size_t size)
{
    if (size != 0 && count > PTRDIFF_MAX / size)
        return NULL;
    return count == 0 || size == 0 ? calloc(1, 1) : calloc(count, size);
}

void *mem_try_alloc(size_t size)
{
    return request_fails(&tried) ? NULL : get(size);
}

void *mem_try_new(size_t count, size_t size)
{
    return request_fails(&tried) ? NULL : get_zeroed(count, size);
}

static void *or_end(void *block)
{
    if (block == NULL)
        exhausted();
    return block;
}

void *mem_alloc(size_t size)
{
    return or_end(request_fails(&needed) ? NULL : get(size));
}

void *mem_new(size_t count, size_t size)
{
    return or_end(request_fails(&needed) ? NULL : get_zeroed(count, size));
}

void *mem_resize(void *block, size_t count, size_t size)
{
    if (request_fails(&needed) || (size != 0 && count > PTRDIFF_MAX / size))
        exhausted();
    size_t bytes = count * size;
    return or_end(realloc(block, bytes > 0 ? bytes : 1));
}

char *mem_strdup(const char *string)
{
    return mem_strndup(string, strlen(string));
}

char *mem_strndup(const char *string, size_t length)
{
    char *copy = mem_alloc(length + 1);
    memcpy(copy, string, length);
    copy[length] = '\0';
    return copy;
}

void mem_free(void *block)
{
    free(block);
}
