#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

/* State that cannot be avoided: a signal handler gets no context. The handler may run in any
 * thread (BLAS has its own), so it does not count on interrupting the one that waits: it
 * writes to a pipe. */
static int wake[2] = {-1, -1};
static atomic_int interrupts;
static atomic_bool resized;

bool signals_open(void)
{
    if (pipe(wake) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        fcntl(wake[i], F_SETFL, O_NONBLOCK);
        fcntl(wake[i], F_SETFD, FD_CLOEXEC);
    }
    return true;
}

void signals_wake(void)
{
    int before = errno;
    ssize_t written = write(wake[1], "", 1); /* a full pipe wakes, too */
    (void)written;
    errno = before;
}

static void on_signal(int number)
{
    if (number == SIGINT)
        atomic_fetch_add(&interrupts, 1);
    else
        atomic_store(&resized, true);
    signals_wake();
}

void signals_catch(void)
{
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGWINCH, &act, NULL);
}

int signals_fd(void)
{
    return wake[0];
}

void signals_drain(void)
{
    char bytes[64];
    while (read(wake[0], bytes, sizeof bytes) > 0)
        continue;
}

int signals_take_interrupts(void)
{
    return atomic_exchange(&interrupts, 0);
}

bool signals_take_resize(void)
{
    return atomic_exchange(&resized, false);
}

bool signals_interrupted(void)
{
    return atomic_load(&interrupts) > 0;
}
