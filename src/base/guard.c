/* sigaltstack is an extension of POSIX. */
#define _XOPEN_SOURCE 700
#include "bilens/base/guard.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { LEAVING_MOST = 256, STACK_BYTES = 1 << 16 };

static const int fatal[] = {SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
enum { FATAL = sizeof fatal / sizeof *fatal };

/* Signal handlers have no context of their own. */
static struct {
    struct termios modes;
    char leaving[LEAVING_MOST];
    atomic_size_t length;
    int fd;
    struct sigaction before[FATAL];
    stack_t stack_before;
} held;
static atomic_bool standing;
/* A handler's stack, for when the other one has run out. */
static char stack[STACK_BYTES];

void guard_restore(void)
{
    if (!atomic_exchange(&standing, false))
        return;
    ssize_t written = write(held.fd, held.leaving, atomic_load(&held.length));
    (void)written; /* there is nobody to tell */
    tcsetattr(STDIN_FILENO, TCSANOW, &held.modes);
}

/* The signal is raised again, for whoever waits for it. */
static void on_fatal(int number)
{
    guard_restore();
    raise(number); /* the handler is reset, and the signal is not blocked: this does not return */
}

bool guard_terminal(void)
{
    struct sigaction act = {.sa_handler = on_fatal,
                            .sa_flags = (int)SA_RESETHAND | SA_NODEFER | SA_ONSTACK};
    stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    if (atomic_load(&standing))
        return true;
    if (tcgetattr(STDIN_FILENO, &held.modes) != 0)
        return false;
    atomic_store(&held.length, 0);
    sigaltstack(&own, &held.stack_before);
    atomic_store(&standing, true);
    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < FATAL; i++) {
        sigaction(fatal[i], NULL, &held.before[i]);
        if (held.before[i].sa_handler != SIG_IGN) /* as nohup has it */
            sigaction(fatal[i], &act, NULL);
    }
    return true;
}

void guard_leaving(const char *bytes, size_t length, int fd)
{
    length = length < LEAVING_MOST ? length : LEAVING_MOST;
    atomic_store(&held.length, 0);
    memcpy(held.leaving, bytes, length);
    held.fd = fd;
    atomic_store(&held.length, length);
}

void guard_pause(void)
{
    atomic_store(&standing, false);
}

void guard_resume(void)
{
    atomic_store(&standing, true);
}

void guard_end(void)
{
    if (!atomic_exchange(&standing, false))
        return;
    for (size_t i = 0; i < FATAL; i++)
        sigaction(fatal[i], &held.before[i], NULL);
    if ((held.stack_before.ss_flags & SS_DISABLE) != 0)
        held.stack_before.ss_size = STACK_BYTES; /* some systems check it all the same */
    sigaltstack(&held.stack_before, NULL);
}
