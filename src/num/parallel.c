#include "parallel.h"

#include <pthread.h>
#include <stdbool.h>

#include "bilens/base/task.h"
#include "bilens/num/panel.h"

enum { LANES_MOST = 64 };

struct lane {
    pthread_t thread;
    bool started;
    size_t index;
    struct task *task;
    void (*work)(void *context, size_t lane);
    void *context;
};

size_t parallel_lanes(void)
{
    int threads = blas_threads_for(0);
    blas_threads_restore(threads);
    return threads < 1 ? 1 : threads > LANES_MOST ? LANES_MOST : (size_t)threads;
}

static void *run_lane(void *argument)
{
    struct lane *l = argument;
    task_enter(l->task);
    l->work(l->context, l->index);
    return NULL;
}

void parallel_run(size_t lanes, void (*work)(void *context, size_t lane), void *context)
{
    struct lane all[LANES_MOST];
    int threads = blas_threads_for(0);
    struct task *task = task_enter(NULL);
    task_enter(task);
    for (size_t i = 1; i < lanes; i++) {
        all[i] = (struct lane){.index = i, .task = task, .work = work, .context = context};
        all[i].started = pthread_create(&all[i].thread, NULL, run_lane, &all[i]) == 0;
    }
    work(context, 0);
    for (size_t i = 1; i < lanes; i++)
        if (all[i].started)
            pthread_join(all[i].thread, NULL);
    blas_threads_restore(threads);
}
