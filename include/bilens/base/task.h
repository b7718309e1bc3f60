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
    atomic_size_t done, total;  /* steps or bytes; of one opaque call, total is in operations */
    atomic_size_t from;         /* what of it was done when this step's kind began */
    atomic_bool opaque, bytes;
    atomic_llong since;            /* when this step's kind began, in ns of CLOCK_MONOTONIC */
    atomic_size_t member, members; /* of a stack, where there are several */
};

/* The calling thread works for the task from now on (NULL: for none); returns what it worked
 * for before. */
struct task *task_enter(struct task *t);
/* Has the thread's task been abandoned? Cheap: one load. False without a task. */
bool task_abandoned(void);
/* True while somebody waits; else ERR_INTERRUPTED. */
bool task_go_on(struct err *e);
/* Step `done` of `total` (0: not known) of `what` ("downloading"; static) begins. */
void task_step(const char *what, size_t done, size_t total);
/* The same where done and total count bytes, of a download for one. */
void task_bytes(const char *what, size_t done, size_t total);
/* A call begins that cannot be watched, of about so many floating-point operations. */
void task_opaque(const char *what, double operations);
/* Member `member` (from 0) of so many begins; what is said next is about it. */
void task_member(size_t member, size_t members);

/* For the one that waits. */
void task_abandon(struct task *t);
bool task_is_abandoned(const struct task *t);

struct task_view {
    const char *what;    /* NULL: nothing was said */
    double part;         /* 0 to 1; negative: not known */
    double seconds_left; /* of what; negative: not known */
    bool estimated;      /* from the operation count and the speed seen so far */
    size_t member, members;
    bool bytes; /* done and total are bytes */
    double done, total;
};
void task_look(const struct task *t, struct task_view *view);

#endif
