/* What the two halves of the screen share: pty.c talks to the program, cells.c reads the screen. */
#ifndef TESTS_SCREEN_PARTS_H
#define TESTS_SCREEN_PARTS_H

#include <sys/types.h>
#include <vterm.h>

#include "bilens/base/text.h"
#include "screen.h"

struct screen {
    int master, slave; /* the slave is kept open, so that its modes can be read to the end */
    pid_t pid;
    bool ended;
    int status;
    char *home;
    VTerm *term;
    VTermScreen *cells;
    bool alternate, cursor_hidden, bracketed;
    int mouse;
    struct text written, scrollback;
    size_t shown; /* of written: given to the emulator; a character that is not whole waits */
    size_t mark;  /* of written: where the last keys were sent */
    struct text row, all, dump, modes; /* answers that are lent out */
};

/* Makes the emulator: cells.c. Replies and keys of the terminal go through send. */
void screen_emulate(struct screen *s, int rows, int cols, VTermOutputCallback *send);
/* Gives it what the program wrote. */
void screen_feed(struct screen *s, const char *bytes, size_t length);

#endif
