#include "job.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "progress.h"
#include "signals.h"

struct job {
    struct jobs *jobs;
    struct work work;
    struct task task;
    bool ended; /* under the jobs' lock */
};

bool jobs_open(struct jobs *j)
{
    j->abandoned = 0;
    j->place = (struct progress_place){0};
    return pthread_mutex_init(&j->lock, NULL) == 0;
}

static void *job_thread(void *argument)
{
    struct job *job = argument;
    struct jobs *jobs = job->jobs;
    task_enter(&job->task);
    job->work.run(job->work.argument);
    task_enter(NULL);
    pthread_mutex_lock(&jobs->lock);
    job->ended = true;
    bool abandoned = task_is_abandoned(&job->task);
    pthread_mutex_unlock(&jobs->lock);
    if (!abandoned) {
        signals_wake();
        return NULL;
    }
    job->work.drop(job->work.argument);
    mem_free(job);
    pthread_mutex_lock(&jobs->lock);
    jobs->abandoned--;
    pthread_mutex_unlock(&jobs->lock);
    return NULL;
}

/* Signals are for the thread that waits; faults stay with the one that makes them. */
static int start(pthread_t *thread, struct job *job)
{
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGABRT);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int status = pthread_create(thread, NULL, job_thread, job);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

static bool has_ended(struct job *job)
{
    pthread_mutex_lock(&job->jobs->lock);
    bool ended = job->ended;
    pthread_mutex_unlock(&job->jobs->lock);
    return ended;
}

/* False if it has ended by now. */
static bool abandon(struct job *job)
{
    pthread_mutex_lock(&job->jobs->lock);
    bool ended = job->ended;
    if (!ended) {
        task_abandon(&job->task);
        job->jobs->abandoned++;
    }
    pthread_mutex_unlock(&job->jobs->lock);
    return !ended;
}

/* Waits for the end, or for SIGINT. */
static bool wait_for(struct job *job)
{
    struct progress progress;
    bool ended = false, interrupted = false;
    progress_start(&progress, job->jobs->place);
    while (!ended && !interrupted) {
        struct pollfd in = {.fd = signals_fd(), .events = POLLIN};
        if (poll(&in, 1, progress_wait(&progress)) > 0)
            signals_drain();
        ended = has_ended(job);
        interrupted = !ended && signals_interrupted() && abandon(job);
        if (!ended && !interrupted)
            progress_show(&progress, &job->task);
    }
    progress_clear(&progress);
    return !interrupted;
}

bool jobs_run(struct jobs *j, struct work work)
{
    struct job *job = mem_new(1, sizeof *job);
    pthread_t thread;
    job->jobs = j;
    job->work = work;
    if (start(&thread, job) != 0) { /* short of threads: work all the same */
        mem_free(job);
        work.run(work.argument);
        return true;
    }
    if (!wait_for(job)) {
        pthread_detach(thread);
        return false;
    }
    pthread_join(thread, NULL);
    mem_free(job);
    return true;
}

bool jobs_enter(struct jobs *j, struct err *e)
{
    pthread_mutex_lock(&j->lock);
    if (task_go_on(e))
        return true;
    pthread_mutex_unlock(&j->lock);
    return false;
}

void jobs_leave(struct jobs *j)
{
    pthread_mutex_unlock(&j->lock);
}

bool jobs_running(struct jobs *j)
{
    pthread_mutex_lock(&j->lock);
    bool running = j->abandoned > 0;
    pthread_mutex_unlock(&j->lock);
    return running;
}
