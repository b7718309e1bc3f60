/* The terminal while its modes are not its user's (at a prompt, in a full screen): what ends the
 * program before its time, a fatal signal or want of memory, first gives the terminal back. */
#ifndef BILENS_BASE_GUARD_H
#define BILENS_BASE_GUARD_H

#include <stdbool.h>
#include <stddef.h>

/* Keeps the modes that standard input has now, until guard_end. False where it is no terminal. A
 * guard that stands already stays as it is. */
bool guard_terminal(void);
/* The bytes that undo what was written to the terminal at fd, of which at most 256 are kept. */
void guard_leaving(const char *bytes, size_t length, int fd);
void guard_end(void);
/* While the program is stopped the terminal is somebody else's, and is not touched. */
void guard_pause(void);
void guard_resume(void);

/* Gives the terminal back, once, if a guard stands. Allocates nothing; for signal handlers, too. */
void guard_restore(void);

#endif
