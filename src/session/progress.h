/* What a long computation does, how far it is and how long it will take: one line on standard
 * error, if that is a terminal, that is gone when the answer comes. */
#ifndef BILENS_SESSION_PROGRESS_H
#define BILENS_SESSION_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct task;
struct text;

/* Who shows the line, where standard error is not the place for it; show NULL: nobody. */
struct progress_place {
    void (*show)(void *context, const char *line);
    void *context;
};

struct progress {
    struct progress_place place;
    bool terminal;
    size_t width; /* cells of the line that is shown; 0: none */
    double begun; /* seconds */
};

void progress_start(struct progress *p, struct progress_place place);
/* Milliseconds until the line is due; -1: never. */
int progress_wait(const struct progress *p);
/* Writes the line anew, once the work has taken half a second. */
void progress_show(struct progress *p, struct task *t);
void progress_clear(struct progress *p);

/* The line's text: "svd: head 0.1 (2 of 4), singular values: about 35 %, 12 s left", of the whole
 * statement. Appends. */
void progress_line(struct task *t, double elapsed, struct text *out);

#endif
