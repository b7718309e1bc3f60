#include "rescue.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "bilens/base/mem.h"

enum { LEAVING_MOST = 256, STACK_BYTES = 1 << 16 };

static const int fatal_signals[] = {SIGTERM, SIGHUP, SIGQUIT, SIGSEGV,
                                    SIGABRT, SIGBUS, SIGFPE,  SIGILL};
static const int noted_signals[] = {SIGINT, SIGWINCH, SIGTSTP};
enum {
    FATAL = sizeof fatal_signals / sizeof *fatal_signals,
    NOTED = sizeof noted_signals / sizeof *noted_signals
};

/* Signal handlers have no context of their own. */
static struct {
    struct termios modes;
    char leaving[LEAVING_MOST];
    size_t length;
    struct sigaction fatal[FATAL], noted[NOTED]; /* as they were */
    stack_t stack, old_stack;
    int wake[2]; /* a pipe: a handler may run in any thread, so it does not count on interrupting
                    the one that waits */
} held;
static atomic_bool armed, resized, interrupted, suspended;

/* Only what a handler may call. The signal is raised again, for whoever waits for it. */
static void on_fatal(int number)
{
    if (atomic_exchange(&armed, false)) {
        ssize_t written = write(STDOUT_FILENO, held.leaving, held.length);
        (void)written; /* there is nobody to tell */
        tcsetattr(STDIN_FILENO, TCSANOW, &held.modes);
    }
    raise(number); /* the handler is reset, and the signal is not blocked: this does not return */
}

static void on_noted(int number)
{
    int before = errno;
    atomic_store(number == SIGINT     ? &interrupted
                 : number == SIGWINCH ? &resized
                                      : &suspended,
                 true);
    ssize_t written = write(held.wake[1], "", 1); /* a full pipe wakes, too */
    (void)written;
    errno = before;
}

/* A stack of its own, for when the other one has run out. */
static bool begin_stack(void)
{
    held.stack = (stack_t){.ss_sp = mem_alloc(STACK_BYTES), .ss_size = STACK_BYTES};
    if (held.stack.ss_sp == NULL)
        return false;
    if (sigaltstack(&held.stack, &held.old_stack) == 0)
        return true;
    mem_free(held.stack.ss_sp);
    return false;
}

static bool begin_pipe(void)
{
    if (pipe(held.wake) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        fcntl(held.wake[i], F_SETFL, O_NONBLOCK);
        fcntl(held.wake[i], F_SETFD, FD_CLOEXEC);
    }
    return true;
}

static void end_stack_and_pipe(void)
{
    if ((held.old_stack.ss_flags & SS_DISABLE) != 0)
        held.old_stack.ss_size = STACK_BYTES; /* some systems check it all the same */
    sigaltstack(&held.old_stack, NULL);
    mem_free(held.stack.ss_sp);
    close(held.wake[0]);
    close(held.wake[1]);
}

bool rescue_begin(void)
{
    struct sigaction fatal = {.sa_handler = on_fatal,
                              .sa_flags = (int)SA_RESETHAND | SA_NODEFER | SA_ONSTACK};
    struct sigaction noted = {.sa_handler = on_noted, .sa_flags = SA_RESTART};
    if (tcgetattr(STDIN_FILENO, &held.modes) != 0 || !begin_pipe())
        return false;
    if (!begin_stack()) {
        close(held.wake[0]);
        close(held.wake[1]);
        return false;
    }
    rescue_take();
    sigemptyset(&fatal.sa_mask);
    sigemptyset(&noted.sa_mask);
    for (size_t i = 0; i < FATAL; i++)
        sigaction(fatal_signals[i], &fatal, &held.fatal[i]);
    for (size_t i = 0; i < NOTED; i++)
        sigaction(noted_signals[i], &noted, &held.noted[i]);
    return true;
}

void rescue_arm(const char *leaving, size_t length)
{
    held.length = length < LEAVING_MOST ? length : LEAVING_MOST;
    memcpy(held.leaving, leaving, held.length);
    atomic_store(&armed, true);
}

void rescue_end(void)
{
    atomic_store(&armed, false);
    for (size_t i = 0; i < FATAL; i++)
        sigaction(fatal_signals[i], &held.fatal[i], NULL);
    for (size_t i = 0; i < NOTED; i++)
        sigaction(noted_signals[i], &held.noted[i], NULL);
    end_stack_and_pipe();
}

struct rescue_notes rescue_take(void)
{
    char bytes[64];
    while (read(held.wake[0], bytes, sizeof bytes) > 0)
        continue;
    return (struct rescue_notes){atomic_exchange(&resized, false),
                                 atomic_exchange(&interrupted, false),
                                 atomic_exchange(&suspended, false)};
}

bool rescue_wait(int milliseconds)
{
    enum { KEYS, SIGNALS };
    struct pollfd in[] = {[KEYS] = {.fd = STDIN_FILENO, .events = POLLIN},
                          [SIGNALS] = {.fd = held.wake[0], .events = POLLIN}};
    if (poll(in, 2, milliseconds) < 0)
        return errno == EINTR;
    return (in[KEYS].revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

void rescue_stop(void)
{
    struct sigaction standard = {.sa_handler = SIG_DFL}, noted;
    bool was = atomic_exchange(&armed, false);
    sigemptyset(&standard.sa_mask);
    sigaction(SIGTSTP, &standard, &noted);
    raise(SIGTSTP); /* here it stops */
    sigaction(SIGTSTP, &noted, NULL);
    atomic_store(&armed, was);
}
