/* The program on a pty: starting it, sending, waiting, and its end. */
#define _XOPEN_SOURCE 700 /* posix_openpt, nftw */

#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "bilens/base/mem.h"
#include "bilens/base/utf8.h"
#include "../support/alike.h"

enum { VARIABLES_MOST = 48, CHILD_FAILED = 126 };

/* Below this all homes stand; made by screen_main. And the folder `tests` of the sources. */
static char work[64], tests[PATH_MAX + 8];

double screen_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

const char *screen_folder(void)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/XXXXXX", work);
    ck_assert_msg(mkdtemp(path) != NULL, "no folder below %s: %s", work, strerror(errno));
    return path;
}

/* ---- starting ---- */

struct variables {
    char *items[VARIABLES_MOST + 1];
    size_t count;
};

/* Takes "NAME=value", in place of one of that name. */
static void variable_set(struct variables *v, char *item)
{
    size_t name = strcspn(item, "=") + 1;
    for (size_t i = 0; i < v->count; i++)
        if (strncmp(v->items[i], item, name) == 0) {
            v->items[i] = item;
            return;
        }
    if (v->count < VARIABLES_MOST)
        v->items[v->count++] = item;
}

__attribute__((format(printf, 2, 3))) static void variable_add(struct variables *v,
                                                               const char *format, ...)
{
    struct text t = TEXT_EMPTY;
    va_list list;
    char item[4096];
    va_start(list, format);
    vsnprintf(item, sizeof item, format, list);
    va_end(list);
    text_add(&t, item);
    variable_set(v, text_take(&t));
}

/* Nothing of whoever runs the tests, but for what the loader, the sanitizers and the program
 * need to be found. */
static void variables_inherit(struct variables *v)
{
    static const char *const names[] = {"PATH",         "TMPDIR",           "LD_LIBRARY_PATH",
                                        "ASAN_OPTIONS", "LSAN_OPTIONS",     "UBSAN_OPTIONS",
                                        "TERMINFO",     "TERMINFO_DIRS",    "OPENBLAS_NUM_THREADS",
                                        "BILENS",       "BILENS_MODEL_PATH"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (getenv(names[i]) != NULL)
            variable_add(v, "%s=%s", names[i], getenv(names[i]));
}

/* What a suite in the background, or under nohup, ignores: the program must not. */
static void signals_default(void)
{
    static const int stops[] = {SIGINT, SIGQUIT, SIGHUP};
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
        signal(stops[i], SIG_DFL);
}

/* In the child: the pty becomes its terminal, sh its program. */
static void child_run(const struct screen *s, const struct screen_setup *setup, const char *path)
{
    struct variables v = {.count = 0};
    variables_inherit(&v);
    if (setup->term == NULL || setup->term[0] != '\0')
        variable_add(&v, "TERM=%s", setup->term != NULL ? setup->term : "xterm-256color");
    variable_add(&v, "LC_ALL=%s", setup->locale != NULL ? setup->locale : "C.UTF-8");
    variable_add(&v, "TESTS=%s", tests);
    variable_add(&v, "HOME=%s", s->home);
    variable_add(&v, "XDG_CONFIG_HOME=%s/.config", s->home);
    variable_add(&v, "XDG_STATE_HOME=%s/.local/state", s->home);
    variable_add(&v, "XDG_CACHE_HOME=%s/.cache", s->home);
    for (size_t i = 0; setup->environment != NULL && setup->environment[i] != NULL; i++)
        variable_add(&v, "%s", setup->environment[i]);
    const char *command = setup->command != NULL ? setup->command : "exec \"$BILENS\" -n";
    setsid();
    int tty = open(path, O_RDWR); /* the first one a session leader opens is its terminal */
    if (tty < 0 || chdir(s->home) != 0)
        _exit(CHILD_FAILED);
    dup2(tty, STDIN_FILENO);
    dup2(tty, STDOUT_FILENO);
    dup2(tty, STDERR_FILENO);
    if (tty > STDERR_FILENO)
        close(tty);
    signals_default();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execle("/bin/sh", "sh", "-c", command, (char *)NULL, v.items);
    _exit(CHILD_FAILED);
}

static void set_size(int fd, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    ck_assert(ioctl(fd, TIOCSWINSZ, &size) == 0);
}

static void send_reply(const char *bytes, size_t length, void *user)
{
    screen_bytes(user, bytes, length);
}

struct screen *screen_open(const struct screen_setup *setup)
{
    struct screen *s = mem_new(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    int rows = setup->rows > 0 ? setup->rows : 24, cols = setup->cols > 0 ? setup->cols : 80;
    s->home = mem_strdup(setup->home != NULL ? setup->home : screen_folder());
    s->master = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert_msg(s->master >= 0 && grantpt(s->master) == 0 && unlockpt(s->master) == 0,
                  "no pty: %s", strerror(errno));
    const char *path = ptsname(s->master);
    s->slave = open(path, O_RDWR | O_NOCTTY);
    ck_assert_msg(s->slave >= 0, "cannot open %s: %s", path, strerror(errno));
    fcntl(s->master, F_SETFD, FD_CLOEXEC);
    fcntl(s->slave, F_SETFD, FD_CLOEXEC);
    fcntl(s->master, F_SETFL, O_RDWR | O_NONBLOCK);
    set_size(s->master, rows, cols);
    screen_emulate(s, rows, cols, send_reply);
    s->pid = fork();
    ck_assert(s->pid >= 0);
    if (s->pid == 0)
        child_run(s, setup, path);
    return s;
}

const char *screen_home(const struct screen *s)
{
    return s->home;
}

int screen_pid(const struct screen *s)
{
    return (int)s->pid;
}

/* ---- reading and writing ---- */

/* Reads what is there. True if there was something. */
static bool pump(struct screen *s)
{
    char bytes[16384];
    bool any = false;
    for (ssize_t n; (n = read(s->master, bytes, sizeof bytes)) > 0; any = true)
        screen_feed(s, bytes, (size_t)n);
    return any;
}

/* Waits up to milliseconds for something to read. */
static bool wait_read(struct screen *s, int milliseconds)
{
    struct pollfd p = {.fd = s->master, .events = POLLIN};
    return poll(&p, 1, milliseconds) > 0 && pump(s);
}

static void check_child(struct screen *s)
{
    int status;
    if (!s->ended && waitpid(s->pid, &status, WNOHANG) == s->pid) {
        s->ended = true;
        s->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
}

void screen_bytes(struct screen *s, const char *bytes, size_t length)
{
    double end = screen_seconds() + SCREEN_PATIENCE;
    pump(s);
    s->mark = s->written.length;
    while (length > 0 && screen_seconds() < end) {
        /* Reads while it writes: the program echoes, and a pty holds only some kilobytes. */
        struct pollfd p = {.fd = s->master, .events = POLLIN | POLLOUT};
        if (poll(&p, 1, SCREEN_PATIENCE * 1000) <= 0)
            break;
        if (p.revents & POLLIN)
            pump(s);
        ssize_t n = p.revents & POLLOUT ? write(s->master, bytes, length) : 0;
        bytes += n > 0 ? n : 0;
        length -= n > 0 ? (size_t)n : 0;
    }
    ck_assert_msg(length == 0, "the program takes no keys:\n%s", screen_dump(s));
}

void screen_keys(struct screen *s, const char *bytes)
{
    screen_bytes(s, bytes, strlen(bytes));
}

void screen_resize(struct screen *s, int rows, int cols)
{
    pump(s);
    vterm_set_size(s->term, rows, cols);
    set_size(s->master, rows, cols);
}

void screen_signal(struct screen *s, int number)
{
    pump(s);
    check_child(s);
    if (!s->ended)
        kill(s->pid, number);
}

const char *screen_modes(struct screen *s)
{
    struct termios t;
    ck_assert(tcgetattr(s->slave, &t) == 0);
    text_clear(&s->modes);
    text_printf(&s->modes, "iflag %lo oflag %lo cflag %lo lflag %lo speed %lu %lu cc",
                (unsigned long)t.c_iflag, (unsigned long)t.c_oflag, (unsigned long)t.c_cflag,
                (unsigned long)t.c_lflag, (unsigned long)cfgetispeed(&t),
                (unsigned long)cfgetospeed(&t));
    for (size_t i = 0; i < NCCS; i++)
        text_printf(&s->modes, " %x", t.c_cc[i]);
    return text_get(&s->modes);
}

/* ---- waiting ---- */

bool screen_wait(struct screen *s, screen_question *question, const void *context)
{
    enum { STEP = 3 };
    double end = screen_seconds() + SCREEN_PATIENCE;
    pump(s);
    while (!question(s, context)) {
        if (screen_seconds() > end)
            return false;
        bool ended = s->ended;
        check_child(s);
        if (!wait_read(s, STEP) && ended)
            return question(s, context); /* nothing will come any more */
    }
    return true;
}

static bool has_text(struct screen *s, const void *context)
{
    return alike_find(screen_text(s), context) != NULL;
}

static bool lacks_text(struct screen *s, const void *context)
{
    return !has_text(s, context);
}

bool screen_wait_text(struct screen *s, const char *text)
{
    return screen_wait(s, has_text, text);
}

bool screen_wait_gone(struct screen *s, const char *text)
{
    return screen_wait(s, lacks_text, text);
}

static bool is_line(struct screen *s, const void *context)
{
    const char *line = context;
    size_t length = strlen(line), blanks = 0;
    int row, col;
    screen_cursor(s, &row, &col);
    const char *shown = screen_row(s, row);
    while (blanks < length && line[length - 1 - blanks] == ' ')
        blanks++;
    return strlen(shown) == length - blanks && strncmp(shown, line, length - blanks) == 0 &&
           (size_t)col == utf8_width(line);
}

bool screen_wait_line(struct screen *s, const char *line)
{
    return screen_wait(s, is_line, line);
}

static bool at_prompt(struct screen *s, const void *context)
{
    static const char prompt[] = "bilens>";
    int row, col;
    (void)context;
    /* Before the keys are echoed the old prompt still stands there, empty. */
    if (s->mark > 0 && strchr(text_get(&s->written) + s->mark, '\n') == NULL)
        return false;
    screen_cursor(s, &row, &col);
    return col == (int)sizeof prompt && strcmp(screen_row(s, row), prompt) == 0;
}

bool screen_wait_prompt(struct screen *s)
{
    return screen_wait(s, at_prompt, NULL);
}

static bool has_ended(struct screen *s, const void *context)
{
    (void)context;
    return s->ended;
}

static bool has_mark(struct screen *s, const void *context)
{
    (void)context;
    return s->written.length > 0 && s->written.data[s->written.length - 1] == '\0';
}

/* What the program wrote last may still be under way when it has ended: a NUL, which no
 * terminal shows, is sent after it and waited for. */
bool screen_wait_exit(struct screen *s, int *status)
{
    bool ended = screen_wait(s, has_ended, NULL);
    if (ended && write(s->slave, "", 1) == 1 && screen_wait(s, has_mark, NULL))
        s->shown = --s->written.length;
    *status = s->status;
    return ended;
}

void screen_settle(struct screen *s, int milliseconds)
{
    double end = screen_seconds() + SCREEN_PATIENCE;
    while (wait_read(s, milliseconds) && screen_seconds() < end)
        check_child(s);
}

/* ---- the end ---- */

void screen_close(struct screen *s)
{
    close(s->slave);
    close(s->master); /* hangs up on whatever still runs there */
    check_child(s);
    if (!s->ended) {
        kill(s->pid, SIGKILL);
        waitpid(s->pid, NULL, 0);
    }
    vterm_free(s->term);
    text_done(&s->written);
    text_done(&s->scrollback);
    text_done(&s->row);
    text_done(&s->all);
    text_done(&s->dump);
    text_done(&s->modes);
    mem_free(s->home);
    mem_free(s);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

int screen_main(Suite *suite)
{
    const char *folder = getenv("TMPDIR");
    snprintf(work, sizeof work, "%s/bilens-screen-XXXXXX",
             folder != NULL && strlen(folder) < 32 ? folder : "/tmp");
    if (getenv("BILENS") == NULL) {
        fputs("BILENS must name the program\n", stderr);
        return EXIT_FAILURE;
    }
    if (mkdtemp(work) == NULL) {
        perror(work);
        return EXIT_FAILURE;
    }
    char source[PATH_MAX];
    const char *top = getenv("srcdir");
    if (realpath(top != NULL ? top : ".", source) != NULL)
        snprintf(tests, sizeof tests, "%s/tests", source);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    nftw(work, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
