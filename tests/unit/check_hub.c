/* The hub layer: names, the environment, the cache; how answers of a server are read, and what is
 * written. Talking to one is tested in tests/hub. */
#include "check_hub.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "src/hub/repo.h"
#include "src/hub/settings.h"

static char folder[256];

const char *cache_folder(void)
{
    return folder;
}

void cache_put(const char *path, const char *text)
{
    char full[1024];
    snprintf(full, sizeof full, "%s/%s", folder, path);
    for (char *slash = strchr(full + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(full, 0700);
        *slash = '/';
    }
    FILE *file = fopen(full, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, strlen(text), file), strlen(text));
    ck_assert_int_eq(fclose(file), 0);
}

void expect_file(const char *path, const char *text)
{
    char full[1024], got[1024];
    snprintf(full, sizeof full, "%s/%s", folder, path);
    FILE *file = fopen(full, "rb");
    ck_assert_msg(file != NULL, "%s is missing", full);
    size_t length = fread(got, 1, sizeof got - 1, file);
    fclose(file);
    got[length] = '\0';
    ck_assert_str_eq(got, text);
}

void expect_no_file(const char *path)
{
    char full[1024];
    struct stat info;
    snprintf(full, sizeof full, "%s/%s", folder, path);
    ck_assert_msg(lstat(full, &info) != 0, "%s is there", full);
}

void make_cache(void)
{
    snprintf(folder, sizeof folder, "%s/check_hub.XXXXXX",
             getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

void remove_cache(void)
{
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- names ---- */

static void accept(const char *name, const char *id, const char *directory, const char *revision)
{
    struct hub_repo r;
    struct err e = {0};
    ck_assert_msg(repo_parse(name, &r, &e), "%s", e.message);
    ck_assert_str_eq(r.id, id);
    ck_assert_str_eq(r.folder, directory);
    ck_assert_str_eq(r.revision, revision);
    ck_assert_int_eq(r.owned, strchr(id, '/') != NULL);
    ck_assert_int_eq(r.revised, strchr(name, '@') != NULL);
    struct hub_repo back;
    ck_assert(repo_of_folder(directory, &back));
    ck_assert_str_eq(back.id, id);
}

static void refuse(const char *name, const char *why)
{
    struct hub_repo r;
    struct err e = {0};
    ck_assert_msg(!repo_parse(name, &r, &e), "%s is accepted", name);
    ck_assert_msg(strstr(e.message, why) != NULL, "%s: %s", name, e.message);
}

START_TEST(names_of_repositories)
{
    char most[2 * REPO_PART_MOST + 2];
    accept("gpt2", "gpt2", "models--gpt2", "main");
    accept("a/b", "a/b", "models--a--b", "main");
    accept("Qwen/Qwen2.5-0.5B_x@v1.0", "Qwen/Qwen2.5-0.5B_x", "models--Qwen--Qwen2.5-0.5B_x",
           "v1.0");
    accept("a/b@refs/pr/1", "a/b", "models--a--b", "refs/pr/1");
    memset(most, 'x', sizeof most - 1);
    most[REPO_PART_MOST] = '/';
    most[sizeof most - 1] = '\0';
    struct hub_repo r, back;
    ck_assert(repo_parse(most, &r, NULL) && strcmp(r.id, most) == 0);
    ck_assert(repo_of_folder(r.folder, &back) && strcmp(back.id, most) == 0);
    refuse("", "1 to 96");
    refuse("/b", "1 to 96");
    refuse("a/", "1 to 96");
    refuse("a/b/c", "only letters");
    refuse("a/b c", "only letters");
    refuse("a/b\x1b[m", "only letters");
    refuse("a/b%2f", "only letters");
    refuse("\xc3\xa9/b", "only letters");
    refuse("../b", "begin and end");
    refuse("a/..", "begin and end");
    refuse("./b", "begin and end");
    refuse("-a/b", "begin and end");
    refuse("a/b-", "begin and end");
    refuse("a/b--c", "neither");
    refuse("a/b..c", "neither");
    refuse("a/b.git", ".git");
}
END_TEST

START_TEST(names_of_revisions)
{
    refuse("a/b@", "1 to 200");
    refuse("a/b@..", "begin with '.'");
    refuse("a/b@x/../y", "begin with '.'");
    refuse("a/b@x..y", "\"..\" may not");
    refuse("a/b@/x", "empty or begin");
    refuse("a/b@x//y", "empty or begin");
    refuse("a/b@x/", "empty or begin");
    refuse("a/b@x y", "printable ASCII");
    refuse("a/b@x\ny", "printable ASCII");
    refuse("a/b@x\\y", "printable ASCII");
    refuse("a/b@x\x7f", "printable ASCII");
    ck_assert(repo_is_commit(COMMIT));
    ck_assert(!repo_is_commit("main"));
    ck_assert(!repo_is_commit(COMMIT "0"));
    ck_assert(!repo_is_commit("0123456789ABCDEF0123456789abcdef01234567"));
}
END_TEST

START_TEST(folders_that_are_no_repositories)
{
    struct hub_repo r;
    ck_assert(!repo_of_folder("datasets--a--b", &r));
    ck_assert(!repo_of_folder("models--", &r));
    ck_assert(!repo_of_folder("models--a--b--c", &r));
    ck_assert(!repo_of_folder("models--a--b@c", &r));
    ck_assert(!repo_of_folder("models--\x1b[31m", &r));
}
END_TEST

/* ---- the environment ---- */

static void expect_cache(const char *cache, const char *token_file)
{
    struct hub_settings s;
    hub_settings_read(&s);
    ck_assert_str_eq(s.cache, cache);
    ck_assert_str_eq(s.token_file, token_file);
    hub_settings_done(&s);
}

static void clear_environment(void)
{
    static const char *const names[] = {"HF_HOME",
                                        "HF_HUB_CACHE",
                                        "HUGGINGFACE_HUB_CACHE",
                                        "XDG_CACHE_HOME",
                                        "HF_TOKEN",
                                        "HF_TOKEN_PATH",
                                        "HUGGING_FACE_HUB_TOKEN",
                                        "HF_ENDPOINT",
                                        "HF_HUB_OFFLINE",
                                        "TRANSFORMERS_OFFLINE",
                                        "HF_HUB_DISABLE_IMPLICIT_TOKEN",
                                        "HF_HUB_ETAG_TIMEOUT",
                                        "HF_HUB_DOWNLOAD_TIMEOUT"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    setenv("HOME", "/home/x", 1);
}

START_TEST(the_cache_is_where_python_has_it)
{
    clear_environment();
    expect_cache("/home/x/.cache/huggingface/hub", "/home/x/.cache/huggingface/token");
    setenv("XDG_CACHE_HOME", "/c", 1);
    expect_cache("/c/huggingface/hub", "/c/huggingface/token");
    setenv("HF_HOME", "~/hf", 1);
    expect_cache("/home/x/hf/hub", "/home/x/hf/token");
    setenv("HUGGINGFACE_HUB_CACHE", "/old/", 1);
    expect_cache("/old", "/home/x/hf/token");
    setenv("HF_HUB_CACHE", "/new", 1);
    setenv("HF_TOKEN_PATH", "/t", 1);
    expect_cache("/new", "/t");
    setenv("HF_HUB_CACHE", "", 1);
    expect_cache("/old", "/t");
}
END_TEST

static void expect_settings(bool ok, const char *token, const char *source, const char *message)
{
    struct hub_settings s;
    struct err e = {0};
    hub_settings_read(&s);
    ck_assert_msg(hub_settings_connect(&s, &e) == ok, "%s", e.message);
    if (ok) {
        ck_assert_pstr_eq(s.token, token);
        ck_assert_pstr_eq(s.token_source, source);
    }
    ck_assert_str_eq(e.message, message);
    hub_settings_done(&s);
}

START_TEST(a_token_is_trimmed_and_never_shown)
{
    char path[512];
    clear_environment();
    snprintf(path, sizeof path, "%s/token", cache_folder());
    setenv("HF_TOKEN_PATH", path, 1);
    expect_settings(true, NULL, NULL, "");
    cache_put("token", " \n");
    expect_settings(true, NULL, NULL, "");
    cache_put("token", "\thf_abc\r\n\n");
    expect_settings(true, "hf_abc", path, "");
    setenv("HF_TOKEN", " hf_xyz\n", 1);
    expect_settings(true, "hf_xyz", "HF_TOKEN", "");
    setenv("HF_TOKEN", "hf\r\nX-Evil: 1", 1);
    expect_settings(false, NULL, NULL, "the token of HF_TOKEN holds a character that no token has");
    setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "True", 1);
    expect_settings(true, NULL, NULL, "");
}
END_TEST

START_TEST(settings_that_cannot_be_meant)
{
    struct hub_settings s;
    clear_environment();
    setenv("HF_ENDPOINT", "ftp://x", 1);
    expect_settings(false, NULL, NULL,
                    "HF_ENDPOINT is \"ftp://x\": an address begins with https:// (or http://)");
    setenv("HF_ENDPOINT", "https://hub.example//", 1);
    setenv("HF_HUB_ETAG_TIMEOUT", "-1", 1);
    expect_settings(false, NULL, NULL, "HF_HUB_ETAG_TIMEOUT is a number of seconds, not \"-1\"");
    setenv("HF_HUB_ETAG_TIMEOUT", "30", 1);
    setenv("TRANSFORMERS_OFFLINE", "yes", 1);
    hub_settings_read(&s);
    ck_assert(hub_settings_connect(&s, NULL));
    ck_assert_str_eq(s.endpoint, "https://hub.example");
    ck_assert_uint_eq(s.answer_seconds, 30);
    ck_assert_uint_eq(s.stall_seconds, 10);
    ck_assert_str_eq(s.offline, "TRANSFORMERS_OFFLINE");
    hub_settings_done(&s);
    setenv("TRANSFORMERS_OFFLINE", "0", 1);
    hub_settings_read(&s);
    ck_assert_ptr_null(s.offline);
    hub_settings_done(&s);
}
END_TEST

TCase *name_case(void)
{
    TCase *c = tcase_create("names");
    tcase_add_checked_fixture(c, make_cache, remove_cache);
    tcase_add_test(c, names_of_repositories);
    tcase_add_test(c, names_of_revisions);
    tcase_add_test(c, folders_that_are_no_repositories);
    tcase_add_test(c, the_cache_is_where_python_has_it);
    tcase_add_test(c, a_token_is_trimmed_and_never_shown);
    tcase_add_test(c, settings_that_cannot_be_meant);
    return c;
}

int main(void)
{
    Suite *suite = suite_create("hub");
    suite_add_tcase(suite, name_case());
    suite_add_tcase(suite, cache_case());
#ifdef HAVE_CURL
    suite_add_tcase(suite, download_case());
#endif
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
