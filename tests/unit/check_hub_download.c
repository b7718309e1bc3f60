/* What a server says, read without trust, and what is written to the cache. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "check_hub.h"
#include "client.h"
#include "digest.h"
#include "store.h"
#include "url.h"

/* ---- reading ---- */

START_TEST(etags_become_names_of_files)
{
    char out[CLIENT_ETAG_MOST + 1], most[CLIENT_ETAG_MOST + 2];
    static const char *const good[][2] = {
        {"\"abc\"", "abc"}, {"W/\"abc\"", "abc"}, {"abc-12", "abc-12"}, {"W/abc", "abc"}};
    static const char *const bad[] = {"",         "\"\"",       "\"a/b\"", "..",
                                      "\"../x\"", "\"a\\b\"",   "\"a b\"", "\".x\"",
                                      "\"-x\"",   "\"\x1b[m\"", "\"a",     "W/"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ck_assert_msg(client_read_etag(good[i][0], out), "%s", good[i][0]);
        ck_assert_str_eq(out, good[i][1]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!client_read_etag(bad[i], out), "%s", bad[i]);
    memset(most, 'a', sizeof most - 1);
    most[CLIENT_ETAG_MOST + 1] = '\0';
    ck_assert(!client_read_etag(most, out));
    most[CLIENT_ETAG_MOST] = '\0';
    ck_assert(client_read_etag(most, out));
}
END_TEST

START_TEST(sizes_are_digits_only)
{
    uint64_t size;
    static const char *const bad[] = {"",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "0x10",
                                      "1e3",
                                      "1.0",
                                      "9223372036854775808",
                                      "99999999999999999999"};
    ck_assert(client_read_size("0", &size) && size == 0);
    ck_assert(client_read_size("007", &size) && size == 7);
    ck_assert(client_read_size("9000000000000000000", &size) && size == 9000000000000000000u);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!client_read_size(bad[i], &size), "%s", bad[i]);
}
END_TEST

START_TEST(origins_decide_who_sees_the_token)
{
    struct url_origin a, b;
    static const char *const same[] = {"https://hub.example/x", "https://HUB.example:443?x",
                                       "https://hub.example", "HTTPS://hub.example#x"};
    static const char *const other[] = {"http://hub.example/", "https://hub.example:444/",
                                        "https://hub.example.evil.com/", "https://xhub.example/"};
    static const char *const none[] = {"file:///etc/passwd",
                                       "//hub.example/",
                                       "https:///x",
                                       "",
                                       "https://hub.example@evil.com/",
                                       "https://u:p@hub.example/",
                                       "https://hub.example\\@evil.com/",
                                       "https://hub.example:/",
                                       "https://hub.example:1234567/",
                                       "https://[::1/",
                                       "ftp://x/",
                                       "https://hub.example:44x/",
                                       "https://hub.example\r\nX: y/"};
    ck_assert(url_origin("https://hub.example/a/b", &a));
    ck_assert_str_eq(a.text, "https://hub.example");
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        ck_assert_msg(url_origin(same[i], &b) && url_same_origin(&a, &b), "%s", same[i]);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        ck_assert_msg(url_origin(other[i], &b) && !url_same_origin(&a, &b), "%s", other[i]);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        ck_assert_msg(!url_origin(none[i], &b), "%s", none[i]);
    ck_assert(url_origin("http://[::1]:8080/x", &b));
    ck_assert_str_eq(b.text, "http://[::1]:8080");
    ck_assert(url_downgrades(&a, &b) && !url_downgrades(&b, &a) && !url_downgrades(&a, &a));
}
END_TEST

START_TEST(names_are_escaped_in_addresses)
{
    struct text t = TEXT_EMPTY;
    url_escape(&t, "refs/pr/1", false);
    text_add_char(&t, ' ');
    url_escape(&t, "a/b c?#%\xc3\xa9~.safetensors", true);
    ck_assert_str_eq(text_get(&t), "refs%2Fpr%2F1 a/b%20c%3F%23%25%C3%A9~.safetensors");
    text_done(&t);
}
END_TEST

/* ---- checksums: against sha256sum and git hash-object ---- */

START_TEST(checksums_are_those_of_sha256sum_and_git)
{
    char path[512], hex[DIGEST_HEX_MOST + 1];
    cache_put("file", "hello\n");
    snprintf(path, sizeof path, "%s/file", cache_folder());
    int fd = open(path, O_RDONLY);
    ck_assert(digest_file(DIGEST_SHA256, fd, path, 6, hex, NULL));
    ck_assert_str_eq(hex, "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
    ck_assert(digest_file(DIGEST_GIT, fd, path, 6, hex, NULL));
    ck_assert_str_eq(hex, "ce013625030ba8dba906f756967f9e9ca394464a");
    ck_assert(digest_file(DIGEST_SHA1, fd, path, 6, hex, NULL));
    ck_assert_str_eq(hex, "f572d396fae9206628714fb2ce00f72e94f2258f");
    ck_assert(digest_file(DIGEST_GIT, fd, path, 0, hex, NULL));
    ck_assert_str_eq(hex, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    ck_assert(!digest_file(DIGEST_GIT, fd, path, 7, hex, NULL)); /* it has no seventh byte */
    close(fd);
    ck_assert_int_eq(digest_kind("ce013625030ba8dba906f756967f9e9ca394464a"), DIGEST_GIT);
    ck_assert_int_eq(digest_kind("abc"), DIGEST_NONE);
    ck_assert_int_eq(digest_kind("CE013625030BA8DBA906F756967F9E9CA394464A"), DIGEST_NONE);
}
END_TEST

/* ---- writing ---- */

static struct hub_repo repo(void)
{
    struct hub_repo r;
    ck_assert(repo_parse("a/b", &r, NULL));
    return r;
}

START_TEST(refs_links_and_absences)
{
    struct hub_repo r = repo();
    char path[512], target[256];
    ck_assert(store_ref(cache_folder(), &r, COMMIT, NULL));
    expect_file("models--a--b/refs/main", COMMIT);
    store_absence(cache_folder(), &r, COMMIT, "tokenizer.json");
    expect_file("models--a--b/.no_exist/" COMMIT "/tokenizer.json", "");
    cache_put("models--a--b/blobs/e1", "one");
    cache_put("models--a--b/blobs/e2", "two");
    ck_assert(store_link(cache_folder(), &r, COMMIT, "sub/x.safetensors", "e1", NULL));
    expect_file("models--a--b/snapshots/" COMMIT "/sub/x.safetensors", "one");
    ck_assert(store_link(cache_folder(), &r, COMMIT, "sub/x.safetensors", "e2", NULL));
    expect_file("models--a--b/snapshots/" COMMIT "/sub/x.safetensors", "two");
    snprintf(path, sizeof path, "%s/models--a--b/snapshots/" COMMIT "/sub/x.safetensors",
             cache_folder());
    ssize_t length = readlink(path, target, sizeof target - 1);
    ck_assert_int_gt(length, 0);
    target[length] = '\0';
    ck_assert_str_eq(target, "../../../blobs/e2");
}
END_TEST

START_TEST(starts_of_files_are_gone_on_with)
{
    struct store_part part;
    char blob[512];
    snprintf(blob, sizeof blob, "%s/blobs/abc", cache_folder());
    cache_put("blobs/abc.11111111.incomplete", "123");
    cache_put("blobs/abc.incomplete", "12345");
    cache_put("blobs/abcd.11111111.incomplete", "1234567");
    ck_assert(store_part_open(blob, true, &part, NULL));
    ck_assert_uint_eq(part.size, 5);
    ck_assert(store_part_write(&part, "678", 3, NULL));
    store_part_close(&part, true);
    expect_file("blobs/abc.incomplete", "12345678");
    ck_assert(store_part_open(blob, false, &part, NULL)); /* a new one, of nobody else */
    ck_assert_uint_eq(part.size, 0);
    ck_assert(store_part_write(&part, "whole", 5, NULL));
    expect_no_file("blobs/abc");
    ck_assert(store_part_finish(&part, blob, NULL));
    store_part_close(&part, true);
    expect_file("blobs/abc", "whole");
    ck_assert(store_part_open(blob, true, &part, NULL));
    ck_assert_uint_eq(part.size, 8);
    ck_assert(store_part_restart(&part, NULL));
    ck_assert(store_part_write(&part, "x", 1, NULL));
    store_part_close(&part, false);
    expect_no_file("blobs/abc.incomplete");
}
END_TEST

START_TEST(a_start_with_another_name_is_left_alone)
{
    struct store_part part;
    char blob[512], mine[512], start[512];
    snprintf(blob, sizeof blob, "%s/blobs/abc", cache_folder());
    snprintf(mine, sizeof mine, "%s/mine", cache_folder());
    snprintf(start, sizeof start, "%s/blobs/abc.incomplete", cache_folder());
    cache_put("mine", "mine");
    cache_put("blobs/x", "");
    ck_assert_int_eq(link(mine, start), 0);
    ck_assert(store_part_open(blob, true, &part, NULL));
    ck_assert_uint_eq(part.size, 0);
    store_part_close(&part, false);
    expect_file("mine", "mine");
    expect_file("blobs/abc.incomplete", "mine");
}
END_TEST

START_TEST(a_lock_is_held_until_it_is_closed)
{
    struct hub_repo r = repo();
    char path[512];
    int fd = store_lock(cache_folder(), &r, "abc", NULL);
    ck_assert_int_ge(fd, 0);
    snprintf(path, sizeof path, "%s/.locks/models--a--b/abc.lock", cache_folder());
    int other = open(path, O_RDWR);
    ck_assert_int_ne(flock(other, LOCK_EX | LOCK_NB), 0);
    close(fd);
    ck_assert_int_eq(flock(other, LOCK_EX | LOCK_NB), 0);
    close(other);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    struct err e = {0};
    char message[512];
    snprintf(message, sizeof message, "no room for 4.612e+12 MB in the cache %s: its disk has ",
             cache_folder());
    ck_assert(store_check_room(cache_folder(), 1, &e));
    ck_assert(!store_check_room(cache_folder(), (uint64_t)1 << 62, &e));
    ck_assert_int_eq(strncmp(e.message, message, strlen(message)), 0);
    ck_assert(!store_write("/proc/no/such/place", "x", &e));
    ck_assert_int_eq(e.code, ERR_FILE);
}
END_TEST

TCase *download_case(void)
{
    TCase *c = tcase_create("download");
    tcase_add_checked_fixture(c, make_cache, remove_cache);
    tcase_add_test(c, etags_become_names_of_files);
    tcase_add_test(c, sizes_are_digits_only);
    tcase_add_test(c, origins_decide_who_sees_the_token);
    tcase_add_test(c, names_are_escaped_in_addresses);
    tcase_add_test(c, checksums_are_those_of_sha256sum_and_git);
    tcase_add_test(c, refs_links_and_absences);
    tcase_add_test(c, starts_of_files_are_gone_on_with);
    tcase_add_test(c, a_start_with_another_name_is_left_alone);
    tcase_add_test(c, a_lock_is_held_until_it_is_closed);
    tcase_add_test(c, what_does_not_fit_is_refused);
    return c;
}
