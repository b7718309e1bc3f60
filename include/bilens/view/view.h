/* The full-screen explorer, as the session starts it. */
#ifndef BILENS_VIEW_VIEW_H
#define BILENS_VIEW_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/draw/theme.h"
#include "bilens/lang/call.h"

struct canvas;
struct spectra;

/* A computation that a view asks for: a thing of its own, with references on all it reads, so
 * that it may run in another thread and outlive who asked. */
struct view_work {
    bool (*run)(struct view_work *w, struct err *e);
    void (*destroy)(struct view_work *w); /* frees w, too */
};

/* What the explorer asks of the session around it; borrowed for as long as it runs. */
struct view_host {
    const struct session_state *state; /* names and models; looking changes neither */
    struct theme theme;
    size_t memory;           /* bytes that a dense result may take */
    struct spectra *spectra; /* those known; see spectra.h. NULL: none are kept */
    void *context;
    /* Runs the work to its end, and gives what it gave. On failure the work is not the
     * caller's any more: it was destroyed, or will be. NULL: it is run at once, here. */
    bool (*compute)(void *context, struct view_work *w, struct err *e);
    /* Set while a view is shown: says in its last line what a computation does. */
    void (*busy)(struct view_host *h, const char *line);
    void *busy_context;
    /* The report as the prompt would draw it, as one canvas; the caller owns it. */
    struct canvas *(*page)(void *context, const struct report *r, const struct theme *theme,
                           size_t width, struct err *e);
};

/* An answer to be looked at; all borrowed. */
struct view_request {
    const struct subject *subject; /* value NULL: a report only */
    const struct report *report;
    const char *statement; /* that it answers; NULL: no answer at all, but the workspace */
};

/* Is there a terminal on standard input and output that can show a view? ERR_UNSUPPORTED says
 * why not, and what would work instead. */
bool view_possible(struct err *e);

/* Opens a view of the request and gives the terminal to it until its user leaves. *typed is
 * then the statement that the user asked to have at the prompt (appended), or empty. The
 * terminal is as it was before, whatever happens. */
bool view_run(struct view_host *h, const struct view_request *request, struct text *typed,
              struct err *e);

#endif
