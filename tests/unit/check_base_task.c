/* What a computation is told and tells: of a whole statement, whatever it is made of. */
#include <time.h>

#include "bilens/base/err.h"
#include "bilens/base/task.h"
#include "check_base.h"

static void nap(long milliseconds)
{
    struct timespec t = {.tv_nsec = milliseconds * 1000000};
    nanosleep(&t, NULL);
}

START_TEST(task_is_told_and_tells)
{
    struct err e = {0};
    struct task t = {0};
    struct task_view v;
    task_step("nobody listens", 1, 2);
    ck_assert(task_go_on(&e));
    ck_assert_ptr_null(task_enter(&t));
    task_look(&t, &v);
    ck_assert_ptr_null(v.what);
    struct task_part whole = task_here();
    task_name("copying");
    task_member(&whole, 2, 5);
    task_step("eigenvalues", 0, 4);
    task_step("eigenvalues", 1, 4);
    task_look(&t, &v);
    ck_assert_str_eq(v.of, "copying");
    ck_assert_str_eq(v.what, "eigenvalues");
    ck_assert_double_eq_tol(v.part, (2 + 0.25) / 5, 1e-12); /* of all five */
    ck_assert(!v.estimated);
    ck_assert_uint_eq(v.at.member, 2);
    ck_assert_uint_eq(v.at.members, 5);
    ck_assert(task_go_on(&e) && !task_abandoned());
    task_abandon(&t);
    ck_assert(task_abandoned() && !task_go_on(&e));
    ck_assert_int_eq(e.code, ERR_INTERRUPTED);
    ck_assert_ptr_eq(task_enter(NULL), &t);
    ck_assert(!task_abandoned());
}
END_TEST

/* What takes an hour at any speed that a machine may have, and what takes no time. */
START_TEST(task_estimates_opaque_calls)
{
    struct task t = {0};
    struct task_view v;
    task_enter(&t);
    task_step("downloading", 7, 0);
    task_look(&t, &v);
    ck_assert(!v.estimated && v.part < 0 && v.seconds_left < 0);
    task_opaque("singular values", 1e17, 1);
    nap(2);
    task_look(&t, &v);
    ck_assert(v.estimated && v.part > 0 && v.part < 0.5 && v.seconds_left > 1);
    task_opaque("singular values", 1, 1);
    nap(2);
    task_look(&t, &v);
    ck_assert(v.estimated && v.part == 1 && v.seconds_left < 1);
    task_enter(NULL);
}
END_TEST

/* ---- a whole statement ---- */

/* Whoever looks must see more of the whole than before, never more than all of it. */
static double look_on(struct task *t, double before)
{
    struct task_view v;
    task_look(t, &v);
    ck_assert_msg(v.part >= before && v.part <= 1, "%g after %g", v.part, before);
    ck_assert(v.part == 0 || v.seconds_left >= 0);
    return v.part;
}

/* What a member of a stack is made of: weights are read, a call that nobody can watch, a loop that
 * weights interrupt, and one more loop that nobody reckoned with. */
static double work_on_member(struct task *t, double seen)
{
    struct task_part whole = task_here();
    task_part(&whole, 0, 0.5);
    for (size_t i = 0; i <= 3; i++) {
        task_aside("reading weights", i, 3);
        seen = look_on(t, seen);
    }
    task_opaque("QR", 100, 0.5);
    nap(1);
    seen = look_on(t, seen);
    task_part(&whole, 0.5, 1);
    for (size_t i = 0; i <= 10; i++) {
        task_step("searching tiles", i, 10);
        seen = look_on(t, seen);
        if (i == 4)
            task_aside("reading weights", 0, 7);
        seen = look_on(t, seen);
    }
    task_step("aggregating", 0, 7);
    seen = look_on(t, seen);
    task_back(&whole);
    return look_on(t, seen);
}

START_TEST(progress_is_of_the_whole_statement)
{
    enum { MEMBERS = 6 };
    struct task t = {0};
    double seen = 0;
    task_enter(&t);
    struct task_part all = task_here();
    task_part(&all, 0, 0.5); /* an argument that takes no time: all is left for what follows */
    task_rest(&all, 0.5);
    struct task_part whole = task_here();
    for (size_t n = 0; n < MEMBERS; n++) {
        task_member(&whole, n, MEMBERS);
        seen = look_on(&t, seen);
        ck_assert_double_eq_tol(seen, (double)n / MEMBERS, 1e-12);
        seen = work_on_member(&t, seen);
        ck_assert_double_le(seen, (double)(n + 1) / MEMBERS + 1e-12);
        ck_assert_double_ge(seen, (n + 0.9) / MEMBERS); /* its loop was most of it */
    }
    task_back(&whole);
    look_on(&t, seen);
    task_enter(NULL);
}
END_TEST

/* What took its time before a loop stays counted, and leaves it the rest. */
START_TEST(progress_goes_on_where_an_argument_ended)
{
    struct task t = {0};
    task_enter(&t);
    struct task_part all = task_here();
    task_part(&all, 0, 0.5);
    task_step("computing", 1, 2);
    nap(250);
    task_rest(&all, 0.5);
    task_step("searching tiles", 0, 10);
    double seen = look_on(&t, 0);
    ck_assert_double_eq_tol(seen, 0.5, 1e-12);
    task_step("searching tiles", 5, 10);
    ck_assert_double_eq_tol(look_on(&t, seen), 0.75, 1e-12);
    task_enter(NULL);
}
END_TEST

/* One member in ten was done in a quarter of a second: nine more take about nine times as long. */
START_TEST(time_left_is_of_the_whole_statement)
{
    struct task t = {0};
    struct task_view v;
    task_enter(&t);
    struct task_part whole = task_here();
    for (size_t n = 0; n < 2; n++) {
        task_member(&whole, n, 10);
        for (size_t i = 0; n == 0 && i <= 10; i++) {
            task_step("searching tiles", i, 10);
            nap(25);
        }
    }
    task_step("searching tiles", 0, 10);
    task_look(&t, &v);
    ck_assert_double_eq_tol(v.part, 0.1, 1e-12);
    ck_assert_msg(v.seconds_left > 2, "%g s", v.seconds_left);
    task_enter(NULL);
}
END_TEST

TCase *task_case(void)
{
    TCase *c = tcase_create("task");
    tcase_add_test(c, task_is_told_and_tells);
    tcase_add_test(c, task_estimates_opaque_calls);
    tcase_add_test(c, progress_is_of_the_whole_statement);
    tcase_add_test(c, progress_goes_on_where_an_argument_ended);
    tcase_add_test(c, time_left_is_of_the_whole_statement);
    return c;
}
