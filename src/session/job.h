/* Work in a thread of its own, which can be left to run out when nobody waits any more:
 * LAPACK cannot be interrupted, but the prompt need not wait for it. */
#ifndef BILENS_SESSION_JOB_H
#define BILENS_SESSION_JOB_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "bilens/base/task.h"
#include "progress.h"

/* Everything that the work touches is its argument's own or is shared by counted references. */
struct work {
    void (*run)(void *argument);
    void (*drop)(void *argument); /* called in its thread when an abandoned one has ended */
    void *argument;
};

struct jobs {
    pthread_mutex_t lock; /* held by work while it reaches out of its argument: see jobs_enter */
    size_t abandoned;     /* and still running */
    struct progress_place place; /* of progress, where that is not standard error */
};

bool jobs_open(struct jobs *j);

/* Runs the work and waits for it, with progress on standard error if that is a terminal. False
 * when SIGINT was noted meanwhile: the work goes on by itself, and its argument is no longer
 * the caller's. */
bool jobs_run(struct jobs *j, struct work work);

/* For work that wants to change what its caller owns: true, with the lock held, while it has
 * not been abandoned; until jobs_leave it will not be. */
bool jobs_enter(struct jobs *j, struct err *e);
void jobs_leave(struct jobs *j);

/* Is abandoned work still running? Then exit() must not tear down what it uses. */
bool jobs_running(struct jobs *j);

#endif
