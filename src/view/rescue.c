#include "rescue.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
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
    sigset_t mask;                               /* as it was */
    stack_t stack, old_stack;
} held;
static volatile sig_atomic_t armed, resized, interrupted, suspended;

/* Only what a handler may call. The signal is raised again, for whoever waits for it. */
static void on_fatal(int number)
{
    if (armed) {
        armed = 0;
        ssize_t written = write(STDOUT_FILENO, held.leaving, held.length);
        (void)written; /* there is nobody to tell */
        tcsetattr(STDIN_FILENO, TCSANOW, &held.modes);
    }
    raise(number); /* the handler is reset, and the signal is not blocked: this does not return */
}

static void on_noted(int number)
{
    if (number == SIGINT)
        interrupted = 1;
    else if (number == SIGWINCH)
        resized = 1;
    else
        suspended = 1;
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

bool rescue_begin(void)
{
    struct sigaction fatal = {.sa_handler = on_fatal,
                              .sa_flags = (int)SA_RESETHAND | SA_NODEFER | SA_ONSTACK};
    struct sigaction noted = {.sa_handler = on_noted};
    sigset_t block;
    if (tcgetattr(STDIN_FILENO, &held.modes) != 0 || !begin_stack())
        return false;
    armed = resized = interrupted = suspended = 0;
    sigemptyset(&fatal.sa_mask);
    sigemptyset(&noted.sa_mask);
    sigemptyset(&block);
    for (size_t i = 0; i < NOTED; i++)
        sigaddset(&block, noted_signals[i]);
    sigprocmask(SIG_BLOCK, &block, &held.mask);
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
    armed = 1;
}

void rescue_end(void)
{
    armed = 0;
    for (size_t i = 0; i < FATAL; i++)
        sigaction(fatal_signals[i], &held.fatal[i], NULL);
    for (size_t i = 0; i < NOTED; i++)
        sigaction(noted_signals[i], &held.noted[i], NULL);
    sigprocmask(SIG_SETMASK, &held.mask, NULL);
    if ((held.old_stack.ss_flags & SS_DISABLE) != 0)
        held.old_stack.ss_size = STACK_BYTES; /* some systems check it all the same */
    sigaltstack(&held.old_stack, NULL);
    mem_free(held.stack.ss_sp);
}

struct rescue_notes rescue_take(void)
{
    struct rescue_notes notes = {resized != 0, interrupted != 0, suspended != 0};
    resized = interrupted = suspended = 0; /* they are blocked here */
    return notes;
}

bool rescue_wait(int milliseconds)
{
    struct timespec limit = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    fd_set in;
    FD_ZERO(&in);
    FD_SET(STDIN_FILENO, &in);
    int ready =
        pselect(STDIN_FILENO + 1, &in, NULL, NULL, milliseconds < 0 ? NULL : &limit, &held.mask);
    if (ready < 0)
        return errno == EINTR;
    struct pollfd state = {.fd = STDIN_FILENO, .events = POLLIN};
    return ready == 0 || poll(&state, 1, 0) < 0 || (state.revents & (POLLHUP | POLLERR)) == 0;
}

void rescue_stop(void)
{
    struct sigaction standard = {.sa_handler = SIG_DFL}, noted;
    sigset_t open, before;
    bool was = armed != 0;
    armed = 0;
    sigemptyset(&standard.sa_mask);
    sigemptyset(&open);
    sigaddset(&open, SIGTSTP);
    sigaction(SIGTSTP, &standard, &noted);
    raise(SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &open, &before); /* here it stops */
    sigprocmask(SIG_SETMASK, &before, NULL);
    sigaction(SIGTSTP, &noted, NULL);
    armed = was;
}
