/* Signals while the terminal is full-screen: those that end the program give the terminal back
 * first; the others are noted. */
#ifndef BILENS_VIEW_RESCUE_H
#define BILENS_VIEW_RESCUE_H

#include <stdbool.h>
#include <stddef.h>

/* Before the screen is opened: keeps the terminal's modes, installs the handlers. False where
 * there is no memory for it, or no terminal. */
bool rescue_begin(void);
/* Once it is open: the bytes that leave it. */
void rescue_arm(const char *leaving, size_t length);
/* After it is closed. */
void rescue_end(void);

struct rescue_notes {
    bool resized, interrupted, suspended;
};
/* What came since the last call. */
struct rescue_notes rescue_take(void);

/* Waits for input, or for a signal that is noted; for so many milliseconds at most, or (-1) as
 * long as it takes. False where the input is gone for good. */
bool rescue_wait(int milliseconds);

/* Stops the process as if nobody had caught SIGTSTP; returns when it goes on. */
void rescue_stop(void);

#endif
