/* Signals while the terminal is full-screen: those that end the program give the terminal back
 * first (base/guard.h); the others are noted. */
#ifndef BILENS_VIEW_RESCUE_H
#define BILENS_VIEW_RESCUE_H

#include <stdbool.h>

/* Before the screen is opened: guards the terminal, installs the handlers. False where there is no
 * terminal, or no pipe. */
bool rescue_begin(void);
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
