#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
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

/* ---- the terminal's modes ---- */

enum { LEAVING_SIZE = 16 };

static const int ends[] = {SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
enum { ENDS = sizeof ends / sizeof *ends };

static struct {
    struct termios modes;
    char leaving[LEAVING_SIZE];
    size_t length;
    int fd;
    struct sigaction before[ENDS];
} held;
static atomic_bool guarded;

/* Only what a handler may call. The signal is raised again, for whoever waits for it. */
static void on_end(int number)
{
    if (atomic_exchange(&guarded, false)) {
        ssize_t written = write(held.fd, held.leaving, held.length);
        (void)written; /* there is nobody to tell */
        tcsetattr(STDIN_FILENO, TCSANOW, &held.modes);
    }
    raise(number); /* the handler is reset, and the signal is not blocked: this does not return */
}

void signals_guard(const struct termios *modes, const char *leaving, int fd)
{
    struct sigaction act = {.sa_handler = on_end, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};
    if (atomic_load(&guarded))
        return;
    sigemptyset(&act.sa_mask);
    held.modes = *modes;
    snprintf(held.leaving, sizeof held.leaving, "%s", leaving);
    held.length = strlen(held.leaving);
    held.fd = fd;
    atomic_store(&guarded, true);
    for (size_t i = 0; i < ENDS; i++) {
        sigaction(ends[i], NULL, &held.before[i]);
        if (held.before[i].sa_handler != SIG_IGN) /* as nohup has it */
            sigaction(ends[i], &act, NULL);
    }
}

void signals_unguard(void)
{
    if (!atomic_exchange(&guarded, false))
        return;
    for (size_t i = 0; i < ENDS; i++)
        sigaction(ends[i], &held.before[i], NULL);
}
