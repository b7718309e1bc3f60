/* SIGINT and SIGWINCH as things to wait for, beside the end of a computation; and the signals that
 * end the program while the terminal is in other modes than its user's. */
#ifndef BILENS_SESSION_SIGNALS_H
#define BILENS_SESSION_SIGNALS_H

#include <stdbool.h>
#include <termios.h>

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

/* Until signals_unguard, a signal that ends the program first gives standard input its modes back,
 * and writes `leaving` (of at most 15 bytes) to fd. */
void signals_guard(const struct termios *modes, const char *leaving, int fd);
void signals_unguard(void);

#endif
