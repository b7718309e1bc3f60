#include "bilens/base/task.h"

#include <stdint.h>

#include "bilens/base/err.h"

/* State that cannot be avoided: what a thread works for is known to every function it calls,
 * BLAS between them. */
static _Thread_local struct task *current;

struct task *task_enter(struct task *t)
{
    struct task *before = current;
    current = t;
    return before;
}

bool task_abandoned(void)
{
    return current != NULL && atomic_load_explicit(&current->abandoned, memory_order_relaxed);
}

bool task_go_on(struct err *e)
{
    return !task_abandoned() || err_set(e, ERR_INTERRUPTED, "interrupted");
}

static void tell(const char *what, size_t done, size_t total, bool estimated)
{
    if (current == NULL)
        return;
    atomic_store_explicit(&current->done, done, memory_order_relaxed);
    atomic_store_explicit(&current->total, total, memory_order_relaxed);
    atomic_store_explicit(&current->estimated, estimated, memory_order_relaxed);
    atomic_store_explicit(&current->what, what, memory_order_release);
}

void task_step(const char *what, size_t done, size_t total)
{
    tell(what, done, total, false);
}

void task_opaque(const char *what, double flops)
{
    tell(what, 0, flops < (double)SIZE_MAX / 2 ? (size_t)flops : SIZE_MAX / 2, true);
}
