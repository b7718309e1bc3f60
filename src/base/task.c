#include "bilens/base/task.h"

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "bilens/base/err.h"

/* State that cannot be avoided: what a thread works for is known to every function it calls,
 * BLAS between them. */
static _Thread_local struct task *current;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
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
    if (t == NULL)
        return before;
    pthread_mutex_lock(&lock);
    if (t->begun == 0) {
        t->begun = now();
        t->part.to = 1;
    }
    pthread_mutex_unlock(&lock);
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

/* What kinds of steps take of what is left of their part. */
static const double STEP = 1, ASIDE = 0.1;

/* An opaque call is over: how fast was it? Short ones tell little. */
static void learn(const struct task *t, long long time)
{
    enum { TELLING = 50000000 };
    long long took = time - t->since;
    double operations = (double)t->total;
    if (t->opaque && took > TELLING && operations > 0)
        atomic_store(&speed, (size_t)(operations / ((double)took / 1e9)) + 1);
}

/* How much of a step is done, as far as it was told. */
static double told(const struct task *t)
{
    double all = (double)t->total - (double)t->first, done = (double)t->done - (double)t->first;
    return t->total <= t->first ? 0 : done < all ? done / all : 1;
}

/* The next step of the part begins where the one before it ended. */
static void begin_step(struct task *t, size_t first, double share)
{
    long long time = now();
    learn(t, time);
    double at = t->what == NULL ? t->from : t->from + t->size * (t->opaque ? 1 : told(t));
    t->since = time;
    t->first = first;
    t->from = at;
    t->size = (t->part.to > at ? t->part.to - at : 0) * share;
}

static void tell(const char *what, size_t done, size_t total, bool opaque, bool bytes, double share)
{
    struct task *t = current;
    if (t == NULL)
        return;
    pthread_mutex_lock(&lock);
    if (opaque || what != t->what)
        begin_step(t, done, share);
    t->done = done;
    t->total = total;
    t->opaque = opaque;
    t->bytes = bytes;
    t->what = what;
    pthread_mutex_unlock(&lock);
}

void task_name(const char *command)
{
    if (current == NULL)
        return;
    pthread_mutex_lock(&lock);
    current->of = command;
    pthread_mutex_unlock(&lock);
}

void task_step(const char *what, size_t done, size_t total)
{
    tell(what, done, total, false, false, STEP);
}

void task_aside(const char *what, size_t done, size_t total)
{
    tell(what, done, total, false, false, ASIDE);
}

void task_bytes(const char *what, size_t done, size_t total)
{
    tell(what, done, total, false, true, ASIDE);
}

void task_opaque(const char *what, double operations, double share)
{
    tell(what, 0, operations < (double)SIZE_MAX / 2 ? (size_t)operations : SIZE_MAX / 2, true,
         false, share);
}

struct task_part task_here(void)
{
    struct task_part here = {.to = 1};
    if (current == NULL)
        return here;
    pthread_mutex_lock(&lock);
    here = current->part;
    pthread_mutex_unlock(&lock);
    here.begun = now();
    return here;
}

/* Goes on in this part, from its beginning; an opaque call before it is over. */
static void enter_part(struct task_part part)
{
    struct task *t = current;
    if (t == NULL)
        return;
    pthread_mutex_lock(&lock);
    learn(t, now());
    t->part = part;
    t->from = part.from;
    t->size = 0;
    t->what = NULL;
    t->opaque = t->bytes = false;
    t->done = t->total = t->first = 0;
    pthread_mutex_unlock(&lock);
}

void task_part(const struct task_part *whole, double from, double to)
{
    struct task_part part = *whole;
    part.from = whole->from + (whole->to - whole->from) * from;
    part.to = whole->from + (whole->to - whole->from) * to;
    enter_part(part);
}

void task_member(const struct task_part *whole, size_t member, size_t members)
{
    struct task_part part = *whole;
    double size = members > 0 ? (whole->to - whole->from) / (double)members : 0;
    part.from = whole->from + size * (double)member;
    part.to = whole->from + size * (double)(member + 1);
    if (members > 1) {
        part.member = member;
        part.members = members;
        part.kind = NULL;
    }
    enter_part(part);
}

void task_member_name(const char *kind, const size_t *index, size_t depth)
{
    struct task *t = current;
    if (t == NULL || t->part.members < 2)
        return;
    pthread_mutex_lock(&lock);
    t->part.kind = kind;
    t->part.depth = depth;
    for (size_t i = 0; i < depth && i < 2; i++)
        t->part.index[i] = index[i];
    pthread_mutex_unlock(&lock);
}

void task_back(const struct task_part *whole)
{
    task_rest(whole, 1);
}

void task_rest(const struct task_part *whole, double from)
{
    enum { SHORT = 200000000 };
    struct task_part rest = *whole;
    if (now() - whole->begun > SHORT)
        rest.from = whole->from + (whole->to - whole->from) * from;
    enter_part(rest);
}

void task_abandon(struct task *t)
{
    atomic_store(&t->abandoned, true);
}

bool task_is_abandoned(const struct task *t)
{
    return atomic_load_explicit(&t->abandoned, memory_order_relaxed);
}

/* How much of an opaque call is done, by the speed seen so far. */
static double guess(const struct task *t, double elapsed)
{
    double whole = (double)t->total / (double)atomic_load(&speed);
    return elapsed < whole ? elapsed / whole : 1;
}

/* Of bytes: they are told apart from the statement, and their own speed says how long. */
static void look_at_bytes(const struct task *t, double elapsed, struct task_view *view)
{
    double fresh = view->done - (double)t->first;
    view->part = view->done < view->total ? view->done / view->total : 1;
    view->seconds_left = fresh > 0 ? elapsed * (view->total - view->done) / fresh : -1;
}

/* What is left takes as long, for its share, as what was done. A call that takes longer than it was
 * guessed to says nothing any more, but where other members will. */
static void look_at_whole(struct task *t, double elapsed, double all, struct task_view *view)
{
    double step = t->opaque ? guess(t, elapsed) : told(t), at = t->from + t->size * step;
    bool late = t->opaque && step >= 1 && t->part.members < 2;
    t->shown = at > t->shown ? at : t->shown;
    view->part = t->shown;
    view->seconds_left = t->shown > 0 && !late ? all * (1 - t->shown) / t->shown : -1;
}

void task_look(struct task *t, struct task_view *view)
{
    pthread_mutex_lock(&lock);
    long long time = now();
    double elapsed = (double)(time - t->since) / 1e9;
    *view = (struct task_view){.of = t->of,
                               .what = t->what,
                               .part = -1,
                               .seconds_left = -1,
                               .estimated = t->opaque,
                               .at = t->part,
                               .bytes = t->bytes,
                               .done = (double)t->done,
                               .total = (double)t->total};
    if (t->bytes && t->total > 0)
        look_at_bytes(t, elapsed, view);
    else if (t->total > 0 || t->part.members > 1 || t->shown > 0)
        look_at_whole(t, elapsed, (double)(time - t->begun) / 1e9, view);
    pthread_mutex_unlock(&lock);
}
