#include "bilens/base/task.h"

#include <stdint.h>
#include <time.h>

#include "bilens/base/err.h"

/* State that cannot be avoided: what a thread works for is known to every function it calls,
 * BLAS between them. */
static _Thread_local struct task *current;
/* Operations a second of opaque calls, as last seen; a guess before the first. */
static atomic_size_t speed = 4000000000u;

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct task *task_enter(struct task *t)
{
    struct task *before = current;
    current = t;
    return before;
}

bool task_abandoned(void)
{
    return current != NULL && task_is_abandoned(current);
}

bool task_go_on(struct err *e)
{
    return !task_abandoned() || err_set(e, ERR_INTERRUPTED, "interrupted");
}

/* An opaque call is over: how fast was it? Short ones tell little. */
static void learn(const struct task *t, long long time)
{
    enum { TELLING = 50000000 };
    long long took = time - atomic_load(&t->since);
    double operations = (double)atomic_load(&t->total);
    if (atomic_load(&t->opaque) && took > TELLING && operations > 0)
        atomic_store(&speed, (size_t)(operations / ((double)took / 1e9)) + 1);
}

static void tell(const char *what, size_t done, size_t total, bool opaque)
{
    struct task *t = current;
    if (t == NULL)
        return;
    if (opaque)
        atomic_store(&t->bytes, false);
    if (opaque || what != atomic_load(&t->what)) {
        long long time = now();
        learn(t, time);
        atomic_store(&t->since, time);
        atomic_store(&t->from, done);
    }
    atomic_store(&t->done, done);
    atomic_store(&t->total, total);
    atomic_store(&t->opaque, opaque);
    atomic_store(&t->what, what);
}

void task_step(const char *what, size_t done, size_t total)
{
    if (current != NULL)
        atomic_store(&current->bytes, false);
    tell(what, done, total, false);
}

void task_bytes(const char *what, size_t done, size_t total)
{
    if (current != NULL)
        atomic_store(&current->bytes, true);
    tell(what, done, total, false);
}

void task_opaque(const char *what, double operations)
{
    tell(what, 0, operations < (double)SIZE_MAX / 2 ? (size_t)operations : SIZE_MAX / 2, true);
}

void task_member(size_t member, size_t members)
{
    if (current == NULL)
        return;
    atomic_store(&current->member, member);
    atomic_store(&current->members, members);
}

void task_abandon(struct task *t)
{
    atomic_store(&t->abandoned, true);
}

bool task_is_abandoned(const struct task *t)
{
    return atomic_load_explicit(&t->abandoned, memory_order_relaxed);
}

void task_look(const struct task *t, struct task_view *view)
{
    double total = (double)atomic_load(&t->total), done = (double)atomic_load(&t->done);
    double fresh = done - (double)atomic_load(&t->from);
    double elapsed = (double)(now() - atomic_load(&t->since)) / 1e9;
    *view = (struct task_view){.what = atomic_load(&t->what),
                               .part = -1,
                               .seconds_left = -1,
                               .estimated = atomic_load(&t->opaque),
                               .member = atomic_load(&t->member),
                               .members = atomic_load(&t->members),
                               .bytes = atomic_load(&t->bytes),
                               .done = done,
                               .total = total};
    if (total <= 0)
        return;
    if (view->estimated) {
        double whole = total / (double)atomic_load(&speed);
        view->part = elapsed < whole ? elapsed / whole : 1;
        view->seconds_left = elapsed < whole ? whole - elapsed : -1;
    } else {
        view->part = done < total ? done / total : 1;
        view->seconds_left = fresh > 0 ? elapsed * (total - done) / fresh : -1;
    }
}
