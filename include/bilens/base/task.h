/* What a computation may be told and may tell while it runs: whether anybody still waits for
 * it, and how far it is. A thread works for at most one task at a time; code that computes for
 * long asks task_go_on between its steps and says task_step, and needs to know no more. */
#ifndef BILENS_BASE_TASK_H
#define BILENS_BASE_TASK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct err;

/* Written by the thread that computes, but for `abandoned`; read by the one that waits. All
 * zero to begin with. */
struct task {
    atomic_bool abandoned;
    _Atomic(const char *) what; /* a string that lives as long as the program, or NULL */
    atomic_size_t done, total;  /* steps, bytes, operations; total 0: not known */
    atomic_bool estimated;      /* one call that tells nothing: done stays 0, total is in flops */
};

/* The calling thread works for the task from now on (NULL: for none); returns what it worked
 * for before. */
struct task *task_enter(struct task *t);
/* Has the thread's task been abandoned? Cheap: one load. False without a task. */
bool task_abandoned(void);
/* True while somebody waits; else ERR_INTERRUPTED. */
bool task_go_on(struct err *e);
/* Step `done` of `total` of `what` ("download", "heads"; static) begins. */
void task_step(const char *what, size_t done, size_t total);
/* A call begins that cannot be watched, of about so many floating-point operations. */
void task_opaque(const char *what, double flops);

#endif
