#include "rescue.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "bilens/base/guard.h"

static const int noted_signals[] = {SIGINT, SIGWINCH, SIGTSTP};
enum { NOTED = sizeof noted_signals / sizeof *noted_signals };

/* Signal handlers have no context of their own. */
static struct {
    struct sigaction noted[NOTED]; /* as they were */
    int wake[2]; /* a pipe: a handler may run in any thread, so it does not count on interrupting
                    the one that waits */
} held;
static atomic_bool resized, interrupted, suspended;

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

bool rescue_begin(void)
{
    struct sigaction noted = {.sa_handler = on_noted, .sa_flags = SA_RESTART};
    if (!begin_pipe())
        return false;
    if (!guard_terminal()) {
        close(held.wake[0]);
        close(held.wake[1]);
        return false;
    }
    rescue_take();
    sigemptyset(&noted.sa_mask);
    for (size_t i = 0; i < NOTED; i++)
        sigaction(noted_signals[i], &noted, &held.noted[i]);
    return true;
}

void rescue_end(void)
{
    guard_end();
    for (size_t i = 0; i < NOTED; i++)
        sigaction(noted_signals[i], &held.noted[i], NULL);
    close(held.wake[0]);
    close(held.wake[1]);
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
    guard_pause();
    sigemptyset(&standard.sa_mask);
    sigaction(SIGTSTP, &standard, &noted);
    raise(SIGTSTP); /* here it stops */
    sigaction(SIGTSTP, &noted, NULL);
    guard_resume();
}
