/* Every family of tokenizers gives the ids and the texts that the reference gives: the files of
 * tests/fixtures/tokenizers, which tests/fixtures/make/tokenizers.py made. */
#include "check_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/formats/file.h"
#include "bilens/formats/json.h"
#include "bilens/tokenizer/tokenizer.h"

static const char *const families[] = {
    "bert",  "bert-cased",  "tinystories", "gpt2",          "roberta", "llama3",
    "qwen2", "o200k",       "starcoder",   "clip",          "llama2",  "mistral",
    "gemma", "bpe-unknown", "t5",          "unigram-bytes", "words"};

enum { FAMILIES = sizeof families / sizeof families[0], MOST_IDS = 1024, MOST_ENDS = 8 };

static char *path_of(const char *name, const char *ending)
{
    static char path[700];
    const char *source = getenv("srcdir");

    snprintf(path, sizeof path, "%.500s/tests/fixtures/tokenizers/%s%s",
             source != NULL ? source : ".", name, ending);
    return path;
}

static struct json open_json(const char *name, const char *ending, char **bytes)
{
    struct err e;
    size_t length;

    err_clear(&e);
    *bytes = file_read(path_of(name, ending), 1 << 24, &length, &e);
    ck_assert_msg(*bytes != NULL, "%s", e.message);
    return json_begin(*bytes, length);
}

static size_t read_ids(struct json *s, size_t *ids, size_t most)
{
    struct json_number number;
    size_t count = 0;

    ck_assert(json_enter_array(s));
    while (json_next_item(s)) {
        ck_assert_uint_lt(count, most);
        ck_assert(json_read_number(s, &number));
        ids[count++] = (size_t)number.value;
    }
    return count;
}

/* What the reference answered; the lists of ids and of texts are walked along. */
struct expected {
    char *bytes;
    size_t before[MOST_ENDS], after[MOST_ENDS], before_count, after_count;
    struct json ids, decoded;
};

static void read_expected(const char *family, struct expected *x)
{
    struct json s = open_json(family, ".expected.json", &x->bytes);
    struct json_string key;

    ck_assert(json_enter_object(&s));
    while (json_next_member(&s, &key)) {
        if (json_string_is(key, "before")) {
            x->before_count = read_ids(&s, x->before, MOST_ENDS);
            continue;
        }
        if (json_string_is(key, "after")) {
            x->after_count = read_ids(&s, x->after, MOST_ENDS);
            continue;
        }
        *(json_string_is(key, "ids") ? &x->ids : &x->decoded) = s;
        ck_assert(json_skip(&s));
    }
    ck_assert_msg(s.fault == NULL, "%s", s.fault);
    ck_assert(json_enter_array(&x->ids) && json_enter_array(&x->decoded));
}

static void expect_ids(const char *what, struct json_string string, const size_t *got,
                       size_t got_count, const size_t *expected, size_t expected_count)
{
    struct text message = TEXT_EMPTY;
    bool same = got_count == expected_count;

    for (size_t i = 0; same && i < got_count; i++)
        same = got[i] == expected[i];
    text_printf(&message, "%s of \"", what);
    utf8_escape(&message, string.bytes, string.length, true);
    text_add(&message, "\": got");
    for (size_t i = 0; i < got_count; i++)
        text_printf(&message, " %zu", got[i]);
    text_add(&message, ", expected");
    for (size_t i = 0; i < expected_count; i++)
        text_printf(&message, " %zu", expected[i]);
    ck_assert_msg(same, "%s", text_get(&message));
    text_done(&message);
}

static void expect_encoded(const struct tokenizer *t, struct json_string string,
                           const struct expected *x, const size_t *ids, size_t count)
{
    size_t whole[MOST_IDS + 2 * MOST_ENDS], *got, got_count;
    struct err e;

    err_clear(&e);
    ck_assert_msg(tokenizer_encode(t, string.bytes, false, &got, &got_count, &e), "%s", e.message);
    expect_ids("ids", string, got, got_count, ids, count);
    mem_free(got);
    memcpy(whole, x->before, x->before_count * sizeof *whole);
    memcpy(whole + x->before_count, ids, count * sizeof *whole);
    memcpy(whole + x->before_count + count, x->after, x->after_count * sizeof *whole);
    ck_assert_msg(tokenizer_encode(t, string.bytes, true, &got, &got_count, &e), "%s", e.message);
    expect_ids("ids with special tokens", string, got, got_count, whole,
               x->before_count + count + x->after_count);
    mem_free(got);
}

static void expect_decoded(const struct tokenizer *t, struct json_string expected,
                           const size_t *ids, size_t count)
{
    struct text got = TEXT_EMPTY;
    struct err e;

    err_clear(&e);
    ck_assert_msg(tokenizer_decode(t, ids, count, true, &got, &e), "%s", e.message);
    ck_assert(utf8_valid(text_get(&got), got.length));
    ck_assert_uint_eq(got.length, expected.length);
    ck_assert_mem_eq(text_get(&got), expected.bytes, expected.length);
    text_done(&got);
}

START_TEST(test_family)
{
    const char *family = families[_i];
    size_t ids[MOST_IDS], count, strings = 0;
    struct expected x = {.bytes = NULL};
    struct json_string string, decoded;
    struct tokenizer *t;
    struct err e;
    char *bytes;
    struct json s = open_json("strings", ".json", &bytes);

    err_clear(&e);
    read_expected(family, &x);
    t = tokenizer_read(path_of(family, ".json"), &e);
    ck_assert_msg(t != NULL, "%s", e.message);
    ck_assert(json_enter_array(&s));
    while (json_next_item(&s)) {
        ck_assert(json_read_string(&s, &string));
        ck_assert(json_next_item(&x.ids) && json_next_item(&x.decoded));
        count = read_ids(&x.ids, ids, MOST_IDS);
        decoded = string;
        if (json_peek(&x.decoded) == JSON_NULL)
            json_skip(&x.decoded);
        else
            ck_assert(json_read_string(&x.decoded, &decoded));
        expect_encoded(t, string, &x, ids, count);
        expect_decoded(t, decoded, ids, count);
        strings++;
    }
    ck_assert_uint_gt(strings, 200);
    labels_unref(tokenizer_labels(t));
    mem_free(x.bytes);
    mem_free(bytes);
}
END_TEST

/* Running out of memory anywhere is an error, and the next try is as good as new. */
START_TEST(test_short_of_memory)
{
    static const char string[] = "Once <New> e\xCC\x81 \xF0\x9F\x98\x80 swimming solo";
    const char *family = families[_i];
    struct tokenizer *t;
    struct err e;
    bool good = false;

    err_clear(&e);
    t = tokenizer_read(path_of(family, ".json"), &e);
    ck_assert_msg(t != NULL, "%s", e.message);
    for (size_t n = 1; !good; n++) {
        struct text text = TEXT_EMPTY;
        size_t *ids = NULL, count;
        ck_assert_uint_lt(n, 2000);
        err_clear(&e);
        mem_fail_at(n);
        good = tokenizer_encode(t, string, true, &ids, &count, &e) &&
               tokenizer_decode(t, ids, count, false, &text, &e);
        mem_fail_at(0);
        ck_assert_int_eq(e.code, good ? ERR_NONE : ERR_MEMORY);
        mem_free(ids);
        text_done(&text);
    }
    labels_unref(tokenizer_labels(t));
}
END_TEST

TCase *tokens_case(void)
{
    TCase *tcase = tcase_create("tokens");

    tcase_add_loop_test(tcase, test_family, 0, FAMILIES);
    tcase_add_loop_test(tcase, test_short_of_memory, 0, FAMILIES);
    return tcase;
}
