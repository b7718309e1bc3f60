/* tokenizer.json: reading, encoding, and finding the token that a word means. */
#include "check_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/tokenizer/tokenizer.h"

#define BERT                                                                                       \
    "\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,"                             \
    "\"handle_chinese_chars\":true,\"strip_accents\":null,\"lowercase\":true},"                    \
    "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
#define ADDED                                                                                      \
    "\"added_tokens\":[{\"id\":0,\"content\":\"[UNK]\",\"normalized\":false},"                     \
    "{\"id\":1,\"content\":\"[BOS]\",\"normalized\":false,\"rstrip\":true},"                       \
    "{\"id\":99,\"content\":\"<New>\",\"normalized\":true,\"single_word\":true}],"
#define WORDS                                                                                      \
    "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":"     \
    "\"##\",\"max_input_chars_per_word\":12,\"vocab\":{\"[UNK]\":0,\"[BOS]\":1,\"swim\":2,"        \
    "\"##ming\":3,\"swam\":4,\"swing\":5,\"ing\":6,\"##ing\":7,\"##ed\":8,\"the\":9,\"cafe\":10,"  \
    "\"!\":11,\"$\":12,\"\xE6\x97\xA5\":13,\"a\":14,\"b\":15,\"##b\":16,\"I\":17,\"i\":18,"        \
    "\"hole\":25}}"

static struct tokenizer *read_good(const char *text)
{
    struct err e;
    struct tokenizer *t;

    err_clear(&e);
    write_string(scratch("tokenizer.json"), text);
    t = tokenizer_read(scratch("tokenizer.json"), &e);
    ck_assert_msg(t != NULL, "%s", e.message);
    return t;
}

static void done(struct tokenizer *t)
{
    labels_unref(tokenizer_labels(t));
}

static void expect_encoded(const struct tokenizer *t, const char *string, const char *expected)
{
    struct text got = TEXT_EMPTY;
    size_t *ids, count;
    struct err e;

    err_clear(&e);
    ck_assert_msg(tokenizer_encode(t, string, false, &ids, &count, &e), "%s", e.message);
    for (size_t i = 0; i < count; i++)
        text_printf(&got, "%s%s", i == 0 ? "" : " ", tokenizer_piece(t, ids[i]));
    ck_assert_str_eq(text_get(&got), expected);
    text_done(&got);
    mem_free(ids);
}

static void expect_found(struct tokenizer *t, const char *word, size_t id)
{
    const struct labels *labels = tokenizer_labels(t);
    size_t found;
    struct err e;

    err_clear(&e);
    ck_assert_msg(labels->class->find(labels, word, &found, &e), "%s", e.message);
    ck_assert_uint_eq(found, id);
}

static void expect_not_found(struct tokenizer *t, const char *word, const char *message)
{
    const struct labels *labels = tokenizer_labels(t);
    size_t found;
    struct err e;

    err_clear(&e);
    ck_assert(!labels->class->find(labels, word, &found, &e));
    ck_assert_str_eq(e.message, message);
    ck_assert_int_eq(e.code, ERR_UNKNOWN_TOKEN);
}

START_TEST(test_labels)
{
    struct tokenizer *t = read_good("{" BERT ADDED WORDS "}");
    const struct labels *labels = tokenizer_labels(t);
    struct text name = TEXT_EMPTY;

    ck_assert_str_eq(tokenizer_kind(t), "WordPiece");
    ck_assert_uint_eq(tokenizer_size(t), 27);
    ck_assert_str_eq(tokenizer_piece(t, 25), "hole");
    ck_assert_str_eq(tokenizer_piece(t, 26), "<New>"); /* next after the largest, not 99 */
    ck_assert_ptr_null(tokenizer_piece(t, 20));
    ck_assert_ptr_null(tokenizer_piece(t, 27));
    ck_assert_ptr_eq(tokenizer_of(labels), t);
    ck_assert_ptr_null(tokenizer_of(NULL));
    ck_assert(labels->class->name(labels, 7, &name));
    ck_assert_str_eq(text_get(&name), "##ing");
    ck_assert(!labels->class->name(labels, 20, &name));
    ck_assert(!labels->class->name(labels, 1000, &name));
    text_done(&name);
    done(t);
}
END_TEST

START_TEST(test_encode)
{
    struct tokenizer *t = read_good("{" BERT ADDED WORDS "}");

    expect_encoded(t, "", "");
    expect_encoded(t, " \t\n", "");
    expect_encoded(t, "Swimming", "swim ##ming");
    expect_encoded(t, "the swing!!", "the swing ! !");
    expect_encoded(t, "a$b", "a $ b");
    expect_encoded(t, "ab", "a ##b");
    expect_encoded(t, "abx", "[UNK]"); /* one failure, one unknown for the word */
    expect_encoded(t, "a abx b", "a [UNK] b");
    expect_encoded(t, "Caf\xC3\xA9", "cafe");  /* composed */
    expect_encoded(t, "cafe\xCC\x81", "cafe"); /* decomposed */
    expect_encoded(t,
                   "a\xE6\x97\xA5"
                   "b",
                   "a \xE6\x97\xA5 b");
    expect_encoded(t,
                   "a\xE2\x80\x8B"
                   "b",
                   "a ##b"); /* a format character is dropped */
    expect_encoded(t,
                   "a\xC2\xA0"
                   "b",
                   "a b");
    expect_encoded(t, "\xC4\xB0", "i"); /* I with a dot */
    expect_encoded(t,
                   "a\xFF"
                   "b",
                   "a ##b"); /* not UTF-8: as U+FFFD, which is dropped */
    expect_encoded(t, "abbbbbbbbbbb", "a ##b ##b ##b ##b ##b ##b ##b ##b ##b ##b ##b");
    expect_encoded(t, "abbbbbbbbbbbb", "[UNK]"); /* 13 code points */
    expect_encoded(t, "a[BOS]  b", "a [BOS] b");
    expect_encoded(t, "[bos]", "[UNK] [UNK] [UNK]");
    expect_encoded(t, "a <NEW> b", "a <New> b");           /* a normalized one, any case */
    expect_encoded(t, "a<new>b", "a [UNK] [UNK] [UNK] b"); /* single_word: not inside one */
    done(t);
}
END_TEST

START_TEST(test_find)
{
    struct tokenizer *t = read_good("{" BERT ADDED WORDS "}");
    size_t ids[4];

    expect_found(t, "swim", 2);
    expect_found(t, "SWIM", 2);
    expect_found(t, "ing", 6); /* the bare one wins */
    expect_found(t, "##ing", 7);
    expect_found(t, "ed", 8);
    expect_found(t, "ED", 8);
    expect_found(t, "Caf\xC3\xA9", 10);
    expect_found(t, "[UNK]", 0);
    expect_found(t, "I", 17); /* exact before lowercased */
    expect_found(t, "<New>", 26);
    ck_assert_uint_eq(tokenizer_matches(t, "ing", ids, 4), 2);
    ck_assert_uint_eq(ids[0], 6);
    ck_assert_uint_eq(ids[1], 7);
    ck_assert_uint_eq(tokenizer_matches(t, "I", ids, 4), 2);
    ck_assert_uint_eq(tokenizer_matches(t, "ing", ids, 1), 1);
    ck_assert_uint_eq(tokenizer_matches(t, "", ids, 4), 0);
    ck_assert_uint_eq(tokenizer_matches(t, "zzz", ids, 4), 0);
    done(t);
}
END_TEST

START_TEST(test_find_refused)
{
    struct tokenizer *t = read_good("{" BERT ADDED WORDS "}");

    expect_not_found(t, "swimming",
                     "\"swimming\" is not one token: it is \"swim\" + \"##ming\"; nearest tokens: "
                     "swim, swing");
    expect_not_found(t, "a!b!a!b!a!",
                     "\"a!b!a!b!a!\" is not one token: it is \"a\" + \"!\" + \"b\" + \"!\" + \"a\" "
                     "+ \"!\" + \"b\" + \"!\" + 2 more");
    expect_not_found(t, "swimx",
                     "\"swimx\" is not in the vocabulary, nor made of its pieces; "
                     "nearest tokens: swim, swing, swam");
    expect_not_found(t, "\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC",
                     "\"\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\" is not in the vocabulary, nor made "
                     "of its pieces");
    expect_not_found(t, "", "an empty word is not a token");
    done(t);
}
END_TEST

START_TEST(test_prefixed)
{
    static const char *const words[] = {"swim", "swam", "swing"};
    struct tokenizer *t = read_good("{" BERT ADDED WORDS "}");
    struct text word = TEXT_EMPTY;
    size_t from = 0;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        ck_assert(tokenizer_next_prefixed(t, "sw", &from, &word));
        ck_assert_str_eq(text_get(&word), words[i]);
    }
    ck_assert(!tokenizer_next_prefixed(t, "sw", &from, &word));
    text_done(&word);
    done(t);
}
END_TEST

/* The published bilinear models' way: a sequence of steps. */
START_TEST(test_sequence)
{
    struct tokenizer *t = read_good(
        "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFD\"},"
        "{\"type\":\"StripAccents\"},{\"type\":\"Lowercase\"}]},"
        "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Punctuation\","
        "\"behavior\":\"Isolated\"},{\"type\":\"Whitespace\"},{\"type\":\"Digits\","
        "\"individual_digits\":true}]},"
        "\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"?\",\"vocab\":{\"?\":0,\"ab\":1,\"1\":2,"
        "\"2\":3,\".\":4,\"\xE2\x82\xAC\xE2\x82\xAC\":5}}}");

    ck_assert_str_eq(tokenizer_kind(t), "WordLevel");
    expect_encoded(t,
                   "\xC3\x81"
                   "b12..AB \xE2\x82\xAC\xE2\x82\xAC"
                   "ab x",
                   "ab 1 2 . . ab \xE2\x82\xAC\xE2\x82\xAC ab ?");
    expect_found(t, "AB", 1);
    done(t);
}
END_TEST

static void expect_shown(struct tokenizer *t, size_t id, const char *expected)
{
    struct text shown = TEXT_EMPTY;

    ck_assert(tokenizer_show(t, id, &shown));
    ck_assert_str_eq(text_get(&shown), expected);
    text_done(&shown);
}

/* Byte-level pieces are shown as the bytes they stand for, and found by them. */
START_TEST(test_byte_level)
{
    static const char text[] =
        "{\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false},\"added_tokens\":["
        "{\"id\":9,\"content\":\"<|end|>\",\"special\":true}],\"model\":{\"vocab\":{"
        "\"a\":0,\"\xC4\xA0the\":1,\"the\":2,\"caf\xC3\x83\xC2\xA9\":3,\"\xC3\x83\":4,\"\xC4\x8A\":"
        "5,"
        "\"\xC4\xA0only\":6,\"\xC3\x83\xC2\xA9x\xC3\xA2\xC4\xA4\":7},\"merges\":[]}}";
    struct tokenizer *t = read_good(text);
    size_t ids[4];

    ck_assert_str_eq(tokenizer_kind(t), "BPE");
    expect_shown(t, 1, " the");
    expect_shown(t, 3, "caf\xC3\xA9");
    expect_shown(t, 4, "\\xc3"); /* a part of a code point */
    expect_shown(t, 5, "\n");
    expect_shown(t, 7, "\xC3\xA9x\\xe2\\x82");
    expect_shown(t, 8, "<|end|>");
    ck_assert_str_eq(tokenizer_piece(t, 1), "\xC4\xA0the");
    expect_found(t, "the", 2); /* as shown; then with a space */
    ck_assert_uint_eq(tokenizer_matches(t, "the", ids, 4), 2);
    ck_assert_uint_eq(ids[1], 1);
    expect_found(t, " the", 1);
    expect_found(t, "\xC4\xA0the", 1); /* as the file has it */
    expect_found(t, "only", 6);
    expect_found(t, "caf\xC3\xA9", 3);
    expect_found(t, "\n", 5);
    expect_not_found(
        t, "onlx",
        "\"onlx\" is not in the vocabulary, nor made of its pieces; nearest tokens: only");
    done(t);
}
END_TEST

/* Without a pre-tokenizer that says so, pieces are taken as they are. */
START_TEST(test_space_mark)
{
    struct tokenizer *t = read_good(
        "{\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":"
        "\"\xE2\x96\x81\"},\"model\":{\"type\":\"BPE\",\"byte_fallback\":true,\"vocab\":{\"<0x0A>"
        "\":0,"
        "\"<0xE2>\":1,\"\xE2\x96\x81game\":2,\"a\xE2\x96\x81\":3,\"<0x41>\":4},\"merges\":[]}}");

    expect_shown(t, 0, "\n");
    expect_shown(t, 1, "\\xe2");
    expect_shown(t, 2, " game");
    expect_shown(t, 3, "a ");
    expect_shown(t, 4, "A");
    expect_found(t, "game", 2);
    expect_found(t, " game", 2);
    expect_found(t, "a ", 3);
    done(t);
    t = read_good("{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"<unk>\",0.0],"
                  "[\"\xE2\x96\x81"
                  "a\",-1.5],[\"x\",-2],[\"x\",-3]]}}");
    ck_assert_str_eq(tokenizer_kind(t), "Unigram");
    ck_assert_uint_eq(tokenizer_size(t), 4);
    expect_found(t, "a", 1);
    expect_found(t, "x", 3); /* given twice: the last one counts */
    done(t);
}
END_TEST

/* Which of "--- --- -" and "- --- ---" scores more is a matter of the last bit. */
START_TEST(test_ties)
{
    struct tokenizer *t =
        read_good("{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"\xE2\x96\x81\","
                  "\"prepend_scheme\":\"always\",\"split\":true},\"model\":{\"type\":\"Unigram\","
                  "\"unk_id\":0,\"vocab\":[[\"<unk>\",0.0],[\"\xE2\x96\x81\",-2.0122928619384766],"
                  "[\"-\",-5.129043102264404],[\"---\",-12.130167007446289]]}}");

    expect_encoded(t, "-------", "\xE2\x96\x81 --- --- -");
    done(t);
}
END_TEST

/* A step that is unknown refuses what needs it, by its name, and nothing else. */
START_TEST(test_unknown_steps)
{
    struct tokenizer *t = read_good(
        "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},"
        "{\"type\":\"Shout\"}]},\"decoder\":{\"type\":\"CTC\"},\"model\":{\"type\":\"WordLevel\","
        "\"unk_token\":\"u\",\"vocab\":{\"u\":0,\"a\":1}}}");
    struct text out = TEXT_EMPTY;
    size_t *ids, count, one = 1;
    struct err e;

    expect_found(t, "a", 1);
    expect_shown(t, 1, "a");
    err_clear(&e);
    ck_assert(!tokenizer_encode(t, "a", false, &ids, &count, &e));
    ck_assert_int_eq(e.code, ERR_UNSUPPORTED);
    ck_assert_str_eq(e.message,
                     "splitting a text by this tokenizer is not supported: it uses Shout");
    expect_not_found(t, "b",
                     "\"b\" is not a token (splitting a text by this tokenizer is not supported: "
                     "it uses Shout); nearest tokens: u, a");
    err_clear(&e);
    ck_assert(!tokenizer_decode(t, &one, 1, true, &out, &e));
    ck_assert_str_eq(e.message, "text from this tokenizer's tokens is not supported: it uses CTC");
    done(t);
    t = read_good("{\"post_processor\":{\"type\":\"Wrap\"},\"model\":{\"type\":\"WordLevel\","
                  "\"unk_token\":\"u\",\"vocab\":{\"u\":0,\"a\":1}}}");
    expect_encoded(t, "a", "a");
    err_clear(&e);
    ck_assert(!tokenizer_encode(t, "a", true, &ids, &count, &e));
    ck_assert_str_eq(e.message, "putting special tokens around a text by this tokenizer is not "
                                "supported: it uses Wrap");
    done(t);
}
END_TEST

START_TEST(test_short_of_memory)
{
    const char *path = scratch("tokenizer.json");
    struct tokenizer *t = NULL;
    size_t *ids = NULL, count;
    struct err e;
    bool good = false;

    write_string(path, "{" BERT ADDED WORDS "}");
    for (size_t n = 1; t == NULL; n++) {
        ck_assert_uint_lt(n, 200);
        err_clear(&e);
        mem_fail_at(n);
        t = tokenizer_read(path, &e);
        mem_fail_at(0);
        ck_assert_int_eq(e.code, t == NULL ? ERR_MEMORY : ERR_NONE);
    }
    for (size_t n = 1; !good; n++) {
        ck_assert_uint_lt(n, 200);
        err_clear(&e);
        mem_fail_at(n);
        good = tokenizer_encode(t, "a swimming <new> abc", false, &ids, &count, &e);
        mem_fail_at(0);
        ck_assert_int_eq(e.code, good ? ERR_NONE : ERR_MEMORY);
    }
    mem_free(ids);
    done(t);
}
END_TEST

START_TEST(test_demo)
{
    char path[600];
    struct tokenizer *t;
    struct err e;

    if (demo_models() == NULL)
        return;
    snprintf(path, sizeof path, "%.500s/tinystories-1-256/tokenizer.json", demo_models());
    t = tokenizer_read(path, &e);
    ck_assert_ptr_nonnull(t);
    ck_assert_uint_eq(tokenizer_size(t), 4096);
    expect_found(t, "game", 804);
    expect_found(t, "##ing", 97);
    expect_encoded(t, "Once upon a time, zebras!", "once upon a time , zebra ##s !");
    done(t);
}
END_TEST

TCase *tokenizer_case(void)
{
    TCase *tcase = tcase_create("tokenizer");

    tcase_add_test(tcase, test_labels);
    tcase_add_test(tcase, test_encode);
    tcase_add_test(tcase, test_find);
    tcase_add_test(tcase, test_find_refused);
    tcase_add_test(tcase, test_prefixed);
    tcase_add_test(tcase, test_sequence);
    tcase_add_test(tcase, test_byte_level);
    tcase_add_test(tcase, test_space_mark);
    tcase_add_test(tcase, test_ties);
    tcase_add_test(tcase, test_unknown_steps);
    tcase_add_test(tcase, test_short_of_memory);
    tcase_add_test(tcase, test_demo);
    return tcase;
}
