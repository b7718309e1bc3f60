#include "session.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/guard.h"
#include "bilens/base/mem.h"
#include "bilens/base/number.h"
#include "bilens/base/outfile.h"
#include "bilens/view/spectra.h"
#include "commands.h"
#include "output.h"
#include "signals.h"
#include "view.h"

/* Half of this machine's memory: what a dense result may take unless `set memory` says. */
static size_t half_of_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (size_t)pages / 2 * (size_t)size : (size_t)1 << 30;
}

/* Before the program ends for want of memory. Allocates nothing. */
static void leave_in_order(void)
{
    outfile_remove_begun();
    guard_restore();
    if (isatty(STDERR_FILENO) &&
        write(STDERR_FILENO, "\n", 1) < 0) /* below a prompt, or progress */
        return;                            /* there is nobody to tell */
}

bool session_open(struct session *s, struct err *e)
{
    *s = (struct session){
        .settings = {
            .memory = half_of_memory(), .digits = DIGITS_DEFAULT, .ledger = true, .pager = true}};
    mem_on_exhaustion(leave_in_order);
    s->state.names = workspace_new();
    s->commands = commands_joined();
    s->state.commands = &s->commands;
    s->state.host = &s->host;
    s->host.session = s;
    s->spectra = spectra_new();
    return (signals_open() && jobs_open(&s->jobs)) ||
           err_set(e, ERR_FILE, "cannot make a pipe: %s", strerror(errno));
}

void session_close(struct session *s)
{
    workspace_free(s->state.names);
    session_state_done(&s->state);
    latest_done(&s->latest);
    spectra_free(s->spectra);
    mem_free(s->typed);
    mem_free(s->pending_source);
    mem_free((void *)s->commands.commands);
    output_end(s);
}
