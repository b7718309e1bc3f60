/* What a computation may be told and may tell while it runs: whether anybody still waits for
 * it, and how far it is. A thread works for at most one task at a time; code that computes for
 * long asks task_go_on between its steps and says task_step, and needs to know no more. */
#ifndef BILENS_BASE_TASK_H
#define BILENS_BASE_TASK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct err;

/* A part of a statement's work. */
struct task_part {
    double from, to; /* of the whole, 0 to 1 */
    size_t member, members;
    size_t index[2], depth; /* what the member is called: head index[0].index[1] */
    const char *kind;       /* "head", "layer"; NULL: it has no name */
    long long begun;        /* in ns of CLOCK_MONOTONIC */
};

/* Written by the thread that computes, but for `abandoned` and `shown`; read by the one that
 * waits, through task_look; one lock is on all but `abandoned`. All zero to begin with. */
struct task {
    atomic_bool abandoned;
    const char *of;     /* the statement's command; like what, it lives as long as the program */
    const char *what;   /* or NULL */
    size_t done, total; /* steps or bytes; of one opaque call, total is in operations */
    size_t first;       /* what of it was done when this step began */
    bool opaque, bytes;
    long long begun, since; /* when all of it, and when this step, began */
    struct task_part part;
    double from, size; /* what this step makes up of the whole */
    double shown;      /* the most that was shown: it never goes back */
};

/* The calling thread works for the task from now on (NULL: for none); returns what it worked
 * for before. */
struct task *task_enter(struct task *t);
/* Has the thread's task been abandoned? Cheap: one load. False without a task. */
bool task_abandoned(void);
/* True while somebody waits; else ERR_INTERRUPTED. */
bool task_go_on(struct err *e);
/* What the statement is: the name of its command. */
void task_name(const char *command);
/* Step `done` of `total` (0: not known) of `what` ("downloading"; static) begins: what a part of
 * the work mostly consists of. */
void task_step(const char *what, size_t done, size_t total);
/* The same of what only comes before, or between: it moves the whole little. */
void task_aside(const char *what, size_t done, size_t total);
/* The same where done and total count bytes, of a download for one. */
void task_bytes(const char *what, size_t done, size_t total);
/* A call begins that cannot be watched, of about so many floating-point operations; `share`: what
 * it takes of the part that is left, 0 to 1. */
void task_opaque(const char *what, double operations, double share);

/* How far a statement is, is told of the whole, and so of parts in parts: what is said within one
 * moves on through it alone. A loop over the members of a stack:
 *
 *     struct task_part whole = task_here();
 *     for (n = 0; ok && n < count; n++) {
 *         task_member(&whole, n, count);
 *         ...
 *     }
 *     task_back(&whole);
 *
 * and steps that differ: task_part(&whole, 0, 0.3), ..., task_part(&whole, 0.3, 1), ..., task_back.
 */
struct task_part task_here(void);
void task_part(const struct task_part *whole, double from, double to);
void task_member(const struct task_part *whole, size_t member, size_t members);
/* What that member is called: "head", {3, 2}, 2. kind is static. */
void task_member_name(const char *kind, const size_t *index, size_t depth);
void task_back(const struct task_part *whole);
/* What was done since task_here is over, and what follows has the rest of it from `from` on; all of
 * it where that took no time to speak of. */
void task_rest(const struct task_part *whole, double from);

/* For the one that waits. */
void task_abandon(struct task *t);
bool task_is_abandoned(const struct task *t);

struct task_view {
    const char *of;   /* NULL: nobody said which statement it is */
    const char *what; /* NULL: nothing was said */
    double part;      /* of the whole statement, 0 to 1; of bytes, of those; negative: not known */
    double seconds_left; /* of the same; negative: not known */
    bool estimated;      /* from the operation count and the speed seen so far */
    struct task_part at; /* which member */
    bool bytes;          /* done and total are bytes */
    double done, total;
};
void task_look(struct task *t, struct task_view *view);

#endif
