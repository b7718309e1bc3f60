/* SIGINT and SIGWINCH as things to wait for, beside the end of a computation. */
#ifndef BILENS_SESSION_SIGNALS_H
#define BILENS_SESSION_SIGNALS_H

#include <stdbool.h>

/* Makes the pipe that everything below goes through. Once, before any of it. */
bool signals_open(void);
/* From now on the two signals are noted, and do not end the program or a system call. */
void signals_catch(void);
/* Readable when something was noted, or signals_wake was called. */
int signals_fd(void);
/* Empties the pipe; before looking at what came. */
void signals_drain(void);
/* How often SIGINT came since the last call. */
int signals_take_interrupts(void);
bool signals_take_resize(void);
/* Has SIGINT come? Leaves it to be taken. */
bool signals_interrupted(void);
/* Makes signals_fd readable; from any thread or handler. */
void signals_wake(void);

#endif
