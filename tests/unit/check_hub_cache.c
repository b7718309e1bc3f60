/* What is in the cache, and what a name means without a network. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/hub/hub.h"
#include "cache.h"
#include "check_hub.h"

#define SNAPSHOT "models--a--b/snapshots/" COMMIT "/"

static struct hub_repo repo(const char *name)
{
    struct hub_repo r;
    ck_assert(repo_parse(name, &r, NULL));
    return r;
}

START_TEST(a_ref_names_a_commit)
{
    struct hub_repo r = repo("a/b"), deep = repo("a/b@refs/pr/1"), exact = repo("a/b@" COMMIT);
    char commit[REPO_COMMIT_LENGTH + 1];
    ck_assert(!cache_commit(cache_folder(), &r, commit));
    cache_put("models--a--b/refs/main", COMMIT);
    cache_put("models--a--b/refs/refs/pr/1", COMMIT "\n");
    ck_assert(cache_commit(cache_folder(), &r, commit));
    ck_assert_str_eq(commit, COMMIT);
    ck_assert(cache_commit(cache_folder(), &deep, commit));
    ck_assert(cache_commit(cache_folder(), &exact, commit));
    cache_put("models--a--b/refs/main", "../../../../etc");
    ck_assert(!cache_commit(cache_folder(), &r, commit));
    cache_put("models--a--b/refs/main", "");
    ck_assert(!cache_commit(cache_folder(), &r, commit));
}
END_TEST

static struct cached_model look(void)
{
    struct hub_repo r = repo("a/b");
    struct cached_model m;
    cache_model(cache_folder(), &r, COMMIT, &m);
    return m;
}

START_TEST(a_model_is_its_config_and_weights)
{
    struct cached_model m = look();
    ck_assert(!m.config && !m.weights && m.tokenizer == CACHED_NOT);
    ck_assert_str_eq(m.missing, "config.json");
    cache_put(SNAPSHOT "config.json", "{}");
    m = look();
    ck_assert(m.config && !m.weights);
    ck_assert_str_eq(m.missing, "model.safetensors");
    cache_put(SNAPSHOT "model.safetensors.index.json",
              "{\"metadata\":{},\"weight_map\":{\"x\":\"1.safetensors\",\"y\":\"2.safetensors\","
              "\"z\":\"1.safetensors\"}}");
    cache_put(SNAPSHOT "1.safetensors", "");
    m = look();
    ck_assert(!m.weights);
    ck_assert_str_eq(m.missing, "2.safetensors");
    cache_put(SNAPSHOT "2.safetensors", "");
    cache_put("models--a--b/.no_exist/" COMMIT "/tokenizer.json", "");
    m = look();
    ck_assert(m.weights && m.tokenizer == CACHED_ABSENT && m.missing[0] == '\0');
    cache_put(SNAPSHOT "model.safetensors", "");
    cache_put(SNAPSHOT "tokenizer.json", "");
    m = look();
    ck_assert(m.weights && m.tokenizer == CACHED_HERE);
}
END_TEST

static void expect_index(const char *text, const char *message)
{
    struct shard_index names;
    struct err e = {0};
    char path[512];
    cache_put("index.json", text);
    snprintf(path, sizeof path, "%s/index.json", cache_folder());
    ck_assert_msg(!shards_read(path, &names, &e), "%s is read", text);
    ck_assert_msg(strstr(e.message, message) != NULL, "%s: %s", text, e.message);
}

START_TEST(an_index_names_only_files_of_its_folder)
{
    static const char *const bad[] = {
        "../x.safetensors",    "/etc/x.safetensors",   "a/../x.safetensors",
        "a\\\\x.safetensors",  "C:x.safetensors",      "x.bin",
        ".safetensors",        ".hidden.safetensors",  "a//x.safetensors",
        "a/./x.safetensors",   "x\\u0000.safetensors", "x\\u001b.safetensors",
        "x\\u007f.safetensors"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[256];
        snprintf(text, sizeof text, "{\"weight_map\":{\"t\":\"%s\"}}", bad[i]);
        expect_index(text, "");
    }
}
END_TEST

/* ---- names without a network ---- */

static void find(const char *name, const char *path, const char *called)
{
    struct hub_options options = {.offline = "--offline"};
    struct hub_found found;
    struct err e = {0};
    char full[1024];
    ck_assert_msg(hub_find(name, &options, &found, &e), "%s", e.message);
    snprintf(full, sizeof full, "%s%s%s", path[0] == '/' ? "" : cache_folder(),
             path[0] == '/' ? "" : "/", path);
    ck_assert_str_eq(found.path, full);
    ck_assert_pstr_eq(found.name, called);
    hub_found_done(&found);
}

static void find_not(const char *name, const char *message)
{
    struct hub_options options = {.offline = "--offline"};
    struct hub_found found;
    struct err e = {0};
    ck_assert_msg(!hub_find(name, &options, &found, &e), "%s is found", name);
    ck_assert_msg(strstr(e.message, message) != NULL, "%s: %s", name, e.message);
    ck_assert(found.path == NULL && found.name == NULL && found.note == NULL);
}

static void use_cache(void)
{
    make_cache();
    setenv("HF_HUB_CACHE", cache_folder(), 1);
    setenv("BILENS_MODEL_PATH", cache_folder(), 1);
}

static void fill(const char *folder)
{
    char path[256];
    static const char *const files[] = {"config.json", "model.safetensors", "tokenizer.json"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/snapshots/" COMMIT "/%s", folder, files[i]);
        cache_put(path, "{}");
    }
    snprintf(path, sizeof path, "%s/refs/main", folder);
    cache_put(path, COMMIT);
}

START_TEST(names_are_looked_up_in_order)
{
    fill("models--a--b");
    fill("models--bare");
    find("a/b", "models--a--b/snapshots/" COMMIT, "a/b");
    find("a/b@main", "models--a--b/snapshots/" COMMIT, "a/b@main");
    find("bare", "models--bare/snapshots/" COMMIT, "bare");
    cache_put("bare/config.json", "{}");
    find("bare", "bare", NULL); /* BILENS_MODEL_PATH comes first */
    find("/", "/", NULL);       /* a path that exists, before all */
    find("/no/such/path", "/no/such/path", NULL);
    find_not("a/c", "a/c is not in the cache ");
    find_not("a/c", "--offline forbids to download it; did you mean a/b?");
    find_not("bar", "no model \"bar\"; did you mean bare? (looked in ");
    find_not("bar", "; nor is it in the Hugging Face cache (a model there is called owner/name)");
    find_not("a/b@v2", "a/b@v2 is not in the cache ");
    find_not("a/b@", "is not a revision");
}
END_TEST

static void see(const struct hub_entry *entry, void *context)
{
    text_printf(context, "%s [%s] %.7s %d %s\n", entry->name, entry->revision, entry->commit,
                (int)entry->bytes, entry->missing != NULL ? entry->missing : "-");
}

START_TEST(the_cache_is_listed_in_order)
{
    struct text out = TEXT_EMPTY;
    fill("models--c--d");
    fill("models--a--b");
    cache_put("models--a--b/refs/v1/x", COMMIT);
    cache_put("models--a--b/snapshots/1123456789abcdef0123456789abcdef01234567/config.json",
              "12345");
    cache_put("models--a--b/snapshots/no-commit/config.json", "12345");
    cache_put("datasets--a--b/refs/main", COMMIT);
    hub_each(see, &out);
    ck_assert_str_eq(text_get(&out), "a/b [main, v1/x] 0123456 6 -\n"
                                     "a/b [] 1123456 5 model.safetensors\n"
                                     "c/d [main] 0123456 6 -\n");
    text_done(&out);
}
END_TEST

/* Every allocation fails in turn: a failure says so, and nothing leaks (sanitizers look). */
START_TEST(short_memory_is_told)
{
    struct hub_options options = {.offline = "--offline"};
    struct hub_found found;
    bool done = false;
    fill("models--a--b");
    for (size_t n = 1; !done; n++) {
        struct err e = {0};
        mem_fail_at(n);
        done = hub_find("a/b", &options, &found, &e);
        mem_fail_at(0);
        ck_assert(done || e.code == ERR_MEMORY || e.code == ERR_FILE);
        ck_assert_uint_lt(n, 200);
    }
    hub_found_done(&found);
}
END_TEST

TCase *cache_case(void)
{
    TCase *c = tcase_create("cache");
    tcase_add_checked_fixture(c, use_cache, remove_cache);
    tcase_add_test(c, a_ref_names_a_commit);
    tcase_add_test(c, a_model_is_its_config_and_weights);
    tcase_add_test(c, an_index_names_only_files_of_its_folder);
    tcase_add_test(c, names_are_looked_up_in_order);
    tcase_add_test(c, the_cache_is_listed_in_order);
    tcase_add_test(c, short_memory_is_told);
    return c;
}
