/* Work in a thread of its own, abandoned or not, and the line that says how far it is. */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/text.h"
#include "check_session.h"
#include "src/session/job.h"
#include "src/session/progress.h"
#include "src/session/signals.h"

static struct jobs jobs;

static void open_jobs(void)
{
    ck_assert(signals_open());
    ck_assert(jobs_open(&jobs));
    signals_catch();
}

static void nap(void)
{
    struct timespec t = {.tv_nsec = 1000000};
    nanosleep(&t, NULL);
}

/* Work that goes on until it is let go, and tells what became of it. */
struct patient {
    atomic_bool go, entered, dropped;
};

static void run_patiently(void *argument)
{
    struct patient *p = argument;
    kill(getpid(), SIGINT); /* the user has enough */
    while (!atomic_load(&p->go))
        nap();
    struct err e = {0};
    bool entered = jobs_enter(&jobs, &e);
    if (entered)
        jobs_leave(&jobs);
    atomic_store(&p->entered, entered || e.code != ERR_INTERRUPTED);
}

static void drop_patiently(void *argument)
{
    atomic_store(&((struct patient *)argument)->dropped, true);
}

static void run_quickly(void *argument)
{
    struct patient *p = argument;
    struct err e = {0};
    atomic_store(&p->entered, jobs_enter(&jobs, &e));
    jobs_leave(&jobs);
}

START_TEST(work_ends_and_may_change_what_its_caller_owns)
{
    struct patient p = {0};
    ck_assert(jobs_run(&jobs, (struct work){run_quickly, drop_patiently, &p}));
    ck_assert(p.entered && !p.dropped && !jobs_running(&jobs));
    ck_assert_int_eq(signals_take_interrupts(), 0);
}
END_TEST

START_TEST(abandoned_work_runs_out_and_touches_nothing)
{
    struct patient p = {0};
    ck_assert(!jobs_run(&jobs, (struct work){run_patiently, drop_patiently, &p}));
    ck_assert_int_eq(signals_take_interrupts(), 1);
    ck_assert(jobs_running(&jobs) && !p.dropped);
    struct patient other = {0};
    ck_assert(jobs_run(&jobs, (struct work){run_quickly, drop_patiently, &other}));
    ck_assert(other.entered);
    atomic_store(&p.go, true);
    while (jobs_running(&jobs))
        nap();
    ck_assert(p.dropped && !p.entered);
}
END_TEST

static void expect_line(struct task *t, double elapsed, const char *expected)
{
    struct text line = TEXT_EMPTY;
    progress_line(t, elapsed, &line);
    ck_assert_str_eq(text_get(&line), expected);
    text_done(&line);
}

START_TEST(progress_says_what_how_far_and_how_long)
{
    struct task t = {0};
    expect_line(&t, 0.6, "computing: 1 s so far; Ctrl-C stops it");
    task_enter(&t);
    struct task_part whole = task_here();
    task_step("downloading", 5, 0);
    expect_line(&t, 7200, "downloading: 2.0 h so far; Ctrl-C stops it");
    task_name("copying");
    expect_line(&t, 61, "copying: downloading: 61 s so far; Ctrl-C stops it");
    task_member(&whole, 0, 12);
    task_step("searching tiles", 0, 400);
    expect_line(&t, 61, "copying: 1 of 12, searching tiles: 0 %, 61 s so far; Ctrl-C stops it");
    task_member(&whole, 1, 12);
    task_member_name("head", (size_t[]){3, 2}, 2);
    expect_line(&t, 61, "copying: head 3.2 (2 of 12): 8 %, 0 s left; Ctrl-C stops it");
    task_member(&whole, 11, 12);
    task_member_name("layer", (size_t[]){11}, 1);
    task_step("searching tiles", 0, 400);
    task_step("searching tiles", 400, 400);
    expect_line(&t, 7000,
                "copying: layer 11 (12 of 12), searching tiles: 99 %, 0 s left; Ctrl-C stops it");
    task_back(&whole);
    expect_line(&t, 7000, "copying: 99 %, 0 s left; Ctrl-C stops it");
    task_name(NULL);
    task_bytes("downloading, again", 1000000, 4000000); /* what was there before tells no speed */
    expect_line(&t, 2,
                "downloading, again: [=====               ] 1.0 of 4.0 MB, 2 s so far; "
                "Ctrl-C stops it");
    task_bytes("downloading, again", 4000000, 4000000);
    expect_line(&t, 3,
                "downloading, again: [====================] 4.0 of 4.0 MB, 0 s left; "
                "Ctrl-C stops it");
    task_enter(NULL);
}
END_TEST

/* What one row of a terminal shows of what was written to it. */
static void shown_row(int master, char *row, size_t cols)
{
    char bytes[4096];
    struct pollfd in = {.fd = master, .events = POLLIN};
    size_t at = 0;
    memset(row, ' ', cols);
    row[cols] = '\0';
    while (poll(&in, 1, 100) > 0) {
        ssize_t n = read(master, bytes, sizeof bytes);
        for (ssize_t i = 0; i < n; i++) {
            at = bytes[i] == '\r' ? 0 : at;
            if (bytes[i] == '\r')
                continue;
            ck_assert_msg(at < cols, "the line wraps");
            row[at++] = bytes[i];
        }
    }
}

/* Ctrl-C is echoed behind the line, which then gets shorter and goes: the row is blank. */
START_TEST(progress_leaves_a_blank_row)
{
    enum { COLS = 80 };
    struct winsize size = {.ws_row = 24, .ws_col = COLS};
    char row[COLS + 1];
    struct task t = {0};
    struct progress p;
    int master = posix_openpt(O_RDWR | O_NOCTTY), before = dup(STDERR_FILENO);
    ck_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    ck_assert_int_eq(ioctl(master, TIOCSWINSZ, &size), 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    ck_assert(slave >= 0 && dup2(slave, STDERR_FILENO) >= 0);
    progress_start(&p, (struct progress_place){0});
    double now = p.begun;
    p.begun = now - 5990; /* "100 min so far" */
    progress_show(&p, &t);
    ck_assert_int_eq(write(STDERR_FILENO, "^C", 2), 2);
    p.begun = now - 6010; /* "1.7 h so far" */
    progress_show(&p, &t);
    ck_assert_int_eq(write(STDERR_FILENO, "^C", 2), 2);
    progress_clear(&p);
    dup2(before, STDERR_FILENO);
    shown_row(master, row, COLS);
    ck_assert_msg(strspn(row, " ") == COLS, "\"%s\"", row);
    close(slave);
    close(master);
}
END_TEST

TCase *job_case(void)
{
    TCase *c = tcase_create("job");
    tcase_add_checked_fixture(c, open_jobs, NULL);
    tcase_add_test(c, work_ends_and_may_change_what_its_caller_owns);
    tcase_add_test(c, abandoned_work_runs_out_and_touches_nothing);
    tcase_add_test(c, progress_says_what_how_far_and_how_long);
    tcase_add_test(c, progress_leaves_a_blank_row);
    return c;
}
