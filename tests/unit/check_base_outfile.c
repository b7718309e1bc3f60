/* Files that are written whole or not at all. */
#define _XOPEN_SOURCE 700
#include "check_base.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/outfile.h"

static char folder[64];

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/check-outfile-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

/* Removes what is in the folder; returns how many entries that were. */
static size_t empty_folder(void)
{
    DIR *d = opendir(folder);
    size_t count = 0;
    ck_assert_ptr_nonnull(d);
    for (struct dirent *entry; (entry = readdir(d)) != NULL;) {
        char path[512];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        ck_assert_int_eq(unlink(path), 0);
        count++;
    }
    closedir(d);
    return count;
}

static void remove_folder(void)
{
    empty_folder();
    rmdir(folder);
}

static const char *in_folder(const char *name)
{
    static char paths[4][128];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
}

static void expect(const char *path, const char *text)
{
    char got[64] = "";
    FILE *f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    got[fread(got, 1, sizeof got - 1, f)] = '\0';
    fclose(f);
    ck_assert_str_eq(got, text);
}

static bool write_whole(const char *path, const char *text, struct err *e)
{
    struct outfile *f = outfile_open(path, e);
    bool ok = f != NULL && outfile_write(f, text, strlen(text), e) && outfile_finish(f, e) &&
              outfile_commit(f, e);
    outfile_free(f);
    return ok;
}

START_TEST(a_file_appears_when_it_is_committed)
{
    struct err e = {0};
    const char *path = in_folder("a");
    struct outfile *f = outfile_open(path, &e);
    ck_assert_ptr_nonnull(f);
    ck_assert_str_eq(outfile_path(f), path);
    ck_assert(outfile_write(f, "one ", 4, &e) && outfile_write(f, "two", 3, &e));
    ck_assert(outfile_finish(f, &e));
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_eq(access(outfile_temporary(f), F_OK), 0);
    ck_assert(outfile_commit(f, &e));
    outfile_free(f);
    expect(path, "one two");
    ck_assert_uint_eq(empty_folder(), 1);
}
END_TEST

START_TEST(what_is_not_committed_leaves_nothing)
{
    struct err e = {0};
    const char *path = in_folder("a");
    put(path, "before");
    struct outfile *f = outfile_open(path, &e);
    ck_assert(outfile_write(f, "after", 5, &e) && outfile_finish(f, &e));
    outfile_free(f);
    expect(path, "before");
    ck_assert_uint_eq(empty_folder(), 1);
}
END_TEST

START_TEST(permissions_follow_the_umask_or_the_file)
{
    struct err e = {0};
    struct stat info;
    const char *fresh = in_folder("fresh"), *old = in_folder("old");
    mode_t before = umask(027);
    ck_assert(write_whole(fresh, "x", &e));
    put(old, "x");
    chmod(old, 0604);
    ck_assert(write_whole(old, "y", &e));
    umask(before);
    ck_assert_int_eq(stat(fresh, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0640);
    ck_assert_int_eq(stat(old, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0604);
    expect(old, "y");
}
END_TEST

START_TEST(links_are_followed_and_kept)
{
    struct err e = {0};
    struct stat info;
    const char *target = in_folder("target"), *link_path = in_folder("link"),
               *twin = in_folder("twin");
    put(target, "before");
    ck_assert_int_eq(symlink("target", link_path), 0);
    ck_assert(write_whole(link_path, "after", &e));
    ck_assert_int_eq(lstat(link_path, &info), 0);
    ck_assert(S_ISLNK(info.st_mode));
    expect(target, "after");
    ck_assert_int_eq(link(target, twin), 0);
    ck_assert(write_whole(twin, "both", &e));
    expect(target, "both");
    unlink(target);
    unlink(twin);
    ck_assert(write_whole(link_path, "new", &e)); /* it named nothing */
    expect(target, "new");
}
END_TEST

START_TEST(refusals_name_the_path_and_the_reason)
{
    struct err e = {0};
    char expected[256];
    ck_assert(!write_whole(in_folder("no/such"), "x", &e));
    snprintf(expected, sizeof expected, "cannot write %s: No such file or directory",
             in_folder("no/such"));
    ck_assert_str_eq(e.message, expected);
    ck_assert_int_eq(e.code, ERR_FILE);
    err_clear(&e);
    ck_assert(!write_whole(folder, "x", &e));
    snprintf(expected, sizeof expected, "cannot write %s: Is a directory", folder);
    ck_assert_str_eq(e.message, expected);
    err_clear(&e);
    ck_assert(!write_whole("/dev/full", "x", &e));
    ck_assert_str_eq(e.message, "cannot write /dev/full: No space left on device");
}
END_TEST

START_TEST(a_file_that_may_not_grow_is_not_begun)
{
    struct err e = {0};
    struct rlimit before, small = {.rlim_cur = 2048};
    char much[4096];
    memset(much, 'x', sizeof much - 1);
    much[sizeof much - 1] = '\0';
    put(in_folder("a"), "before");
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    bool ok = write_whole(in_folder("a"), much, &e);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    ck_assert(!ok);
    ck_assert_ptr_nonnull(strstr(e.message, ": File too large"));
    expect(in_folder("a"), "before");
    ck_assert_uint_eq(empty_folder(), 1);
}
END_TEST

START_TEST(no_memory_is_an_error)
{
    for (size_t n = 1;; n++) {
        struct err e = {0};
        mem_fail_at(n);
        bool ok = write_whole(in_folder("a"), "x", &e);
        mem_fail_at(0);
        ck_assert_uint_eq(empty_folder(), ok);
        if (ok)
            break;
        ck_assert_int_eq(e.code, ERR_MEMORY);
    }
}
END_TEST

TCase *outfile_case(void)
{
    TCase *c = tcase_create("outfile");
    tcase_add_checked_fixture(c, make_folder, remove_folder);
    tcase_add_test(c, a_file_appears_when_it_is_committed);
    tcase_add_test(c, what_is_not_committed_leaves_nothing);
    tcase_add_test(c, permissions_follow_the_umask_or_the_file);
    tcase_add_test(c, links_are_followed_and_kept);
    tcase_add_test(c, refusals_name_the_path_and_the_reason);
    tcase_add_test(c, a_file_that_may_not_grow_is_not_begun);
    tcase_add_test(c, no_memory_is_an_error);
    return c;
}
