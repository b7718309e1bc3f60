/* Memory ends at each small request in turn: the program ends in order, or has done its work. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "check_session.h"
#include "src/session/session.h"

static const char message[] = "bilens: out of memory; what was typed is in the history\n";

enum { FILE_MOST = 1 << 16 };
struct contents {
    size_t length;
    char bytes[FILE_MOST];
};

/* Length 0 where there is no such file. */
static void read_all(const char *path, struct contents *c)
{
    FILE *in = fopen(path, "rb");
    c->length = in != NULL ? fread(c->bytes, 1, sizeof c->bytes - 1, in) : 0;
    c->bytes[c->length] = '\0';
    if (in != NULL)
        fclose(in);
}

/* In a process of its own, whose n-th small request for memory fails. Returns its status. */
static int run_with_memory(size_t n, const char *statements)
{
    int status;
    fflush(NULL);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        struct session s;
        struct err e = {0};
        int said = open("said", O_WRONLY | O_CREAT | O_TRUNC, 0666),
            nobody = open("/dev/null", O_RDWR);
        if (dup2(said, STDERR_FILENO) < 0 || dup2(nobody, STDOUT_FILENO) < 0 ||
            !session_open(&s, &e))
            _exit(EXIT_FAILURE);
        mem_end_at(n);
        bool ok = session_run(&s, statements, (struct origin){"-c", 1});
        mem_end_at(0);
        session_close(&s);
        _exit(ok ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFEXITED(status), "request %zu: signal %d", n, WTERMSIG(status));
    return WEXITSTATUS(status);
}

/* Only those files are there: the given ones, and what may be missing. */
static void expect_files(size_t n, const char *target)
{
    DIR *folder = opendir(".");
    ck_assert_ptr_nonnull(folder);
    for (struct dirent *d; (d = readdir(folder)) != NULL;)
        ck_assert_msg(d->d_name[0] == '.' || strcmp(d->d_name, "m.csv") == 0 ||
                          strcmp(d->d_name, "said") == 0 || strcmp(d->d_name, target) == 0,
                      "request %zu: %s is left", n, d->d_name);
    closedir(folder);
}

static void enter_folder(char *folder)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    FILE *out = fopen("m.csv", "w");
    ck_assert_ptr_nonnull(out);
    fputs("3,1,4\n1,5,9\n2,6,5\n", out);
    ck_assert_int_eq(fclose(out), 0);
}

static void leave_folder(const char *folder, const char *target)
{
    unlink("m.csv");
    unlink("said");
    unlink(target);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

struct case_ {
    const char *statements, *target; /* the file they write; "": none */
};
static const struct case_ cases[] = {
    {"read m.csv as m; save m to out.safetensors", "out.safetensors"},
    {"read m.csv as m; save m to out.csv", "out.csv"},
    {"read m.csv as m; svd m; heat m; topk m", ""},
    {"read m.csv as m; heat m > out.svg", "out.svg"},
    {"read m.csv as m; svd m; export out.json", "out.json"},
};

START_TEST(memory_ends_at_each_request)
{
    static struct contents whole, got, said;
    char folder[] = "/tmp/check-session-XXXXXX";
    const struct case_ *c = &cases[_i];
    size_t ends = 0;
    enter_folder(folder);
    ck_assert_int_eq(run_with_memory(0, c->statements), 0);
    read_all(c->target, &whole);
    ck_assert(whole.length > 0 || c->target[0] == '\0');
    for (size_t n = 1, status = MEM_EXHAUSTED_STATUS; status != 0; n += 1 + n / 100) {
        unlink(c->target);
        status = (size_t)run_with_memory(n, c->statements);
        read_all("said", &said);
        ck_assert_msg(status == 0 || status == MEM_EXHAUSTED_STATUS, "request %zu: status %zu: %s",
                      n, status, said.bytes);
        ck_assert_str_eq(said.bytes, status == 0 ? "" : message);
        read_all(c->target, &got);
        ck_assert_msg(got.length == 0 || (got.length == whole.length &&
                                          memcmp(got.bytes, whole.bytes, got.length) == 0),
                      "request %zu: half a file", n);
        expect_files(n, c->target);
        ends += status != 0;
    }
    ck_assert_uint_gt(ends, 20);
    leave_folder(folder, c->target);
}
END_TEST

TCase *exhaustion_case(void)
{
    TCase *c = tcase_create("exhaustion");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, memory_ends_at_each_request, 0, sizeof cases / sizeof *cases);
    return c;
}
