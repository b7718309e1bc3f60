/* tokenizer.json: what is refused when it is read, and what when a text is encoded. */
#include "check_model.h"

#include <stdio.h>

#include "bilens/base/text.h"
#include "bilens/tokenizer/tokenizer.h"

/* Forty times as long each time. */
#define LONGER                                                                                     \
    "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":"                            \
    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}"
#define TOO_LONG "[" LONGER "," LONGER "," LONGER "," LONGER "," LONGER "]"
static const char too_long[] = "the tokenizer makes more than 16 MiB of this text";

/* What is found wrong only when a text is encoded: names are shown before. */
START_TEST(test_encode_refused)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(a\"},\"behavior\":"
         "\"Isolated\"},\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}",
         "regular expression \"(a\": end pattern with unmatched parenthesis"},
        {"\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"b\"},\"content\":\"a\"},"
         "\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[\"},\"behavior\":"
         "\"Removed\"},"
         "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}",
         "regular expression \"[\": premature end of char-class"},
        {"\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(a|a|ab)*(a|aa)*$\"},"
         "\"behavior\":\"Isolated\"},\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]"
         "}",
         "a regular expression gave up on this text: retry-limit-in-match over"},
        {"\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}",
         "merge 0 of the tokenizer: \"b\" is not in the vocabulary"},
        {"\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"aa\":1},\"merges\":[[\"a\",\"a\"],["
         "\"a\"]]}",
         "merge 1 of the tokenizer: it is not two pieces"},
        {"\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b c\"]}",
         "merge 0 of the tokenizer: it is not two pieces"},
        {"\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":{}}",
         "the \"merges\" of the tokenizer must be an array"},
        {"\"model\":{\"type\":\"BPE\",\"unk_token\":\"u\",\"vocab\":{\"b\":0},\"merges\":[]}",
         "the vocabulary lacks its own unknown token \"u\""},
        {"\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"b\",-1]]}",
         "\"a\" is in no piece, and the tokenizer has no \"unk_id\""},
        {"\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AAAA\"},\"model\":"
         "{\"type\":\"Unigram\",\"vocab\":[[\"a\",-1]]}",
         "Precompiled: the \"precompiled_charsmap\" is damaged"},
        {"\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":" TOO_LONG "},"
         "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}",
         too_long},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = scratch("tokenizer.json");
        char text[1024];
        size_t *ids, count;
        struct err e;
        snprintf(text, sizeof text, "{%s}", cases[i].text);
        write_string(path, text);
        err_clear(&e);
        struct tokenizer *t = tokenizer_read(path, &e);
        ck_assert_msg(t != NULL, "%s", e.message);
        for (int again = 0; again < 2; again++) {
            err_clear(&e);
            ck_assert(!tokenizer_encode(t, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", false,
                                        &ids, &count, &e));
            ck_assert_str_eq(e.message, cases[i].message);
        }
        labels_unref(tokenizer_labels(t));
    }
}
END_TEST

START_TEST(test_decode_refused)
{
    const char *path = scratch("tokenizer.json");
    struct text out = TEXT_EMPTY;
    size_t id = 0;
    struct err e;

    write_string(path, "{\"decoder\":{\"type\":\"Sequence\",\"decoders\":" TOO_LONG
                       "},\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}");
    err_clear(&e);
    struct tokenizer *t = tokenizer_read(path, &e);
    ck_assert_msg(t != NULL, "%s", e.message);
    ck_assert(!tokenizer_decode(t, &id, 1, false, &out, &e));
    ck_assert_str_eq(e.message, too_long);
    text_done(&out);
    labels_unref(tokenizer_labels(t));
}
END_TEST

START_TEST(test_refused)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "invalid JSON at byte 0: it ends where a value should be"},
        {"{}", "is another library's file: it has no key \"model\", as the files of Hugging Face's "
               "tokenizers have"},
        {"{\"model\":[]}", "key \"model\" must be an object, found an array"},
        {"{\"model\":{\"type\":\"Magic\"}}",
         "model type \"Magic\" is unknown; bilens knows WordPiece, WordLevel, BPE and Unigram"},
        {"{\"model\":{\"vocab\":{\"a\":\"0\"}}}", "key \"a\" must be an integer, found a string"},
        {"{\"model\":{\"vocab\":{\"a\":-1}}}", "key \"a\" must be an integer, found -1"},
        {"{\"model\":{\"vocab\":{\"a\":16777216}}}",
         "id 16777216 of token \"a\" is beyond 16777215"},
        {"{\"model\":{\"vocab\":{\"a\":0,\"b\":0}}}", "id 0 is given to both \"a\" and \"b\""},
        {"{\"model\":{\"vocab\":{\"a\":0,\"a\":1}}}",
         "token \"a\" is given twice, as id 0 and as id 1"},
        {"{\"model\":{\"vocab\":7}}",
         "key \"vocab\" must be an object or an array, found a number"},
        {"{\"model\":{\"type\":\"BPE\",\"vocab\":[[\"a\",1]]}}",
         "only a Unigram \"vocab\" is an array"},
        {"{\"model\":{\"type\":\"Unigram\",\"vocab\":{\"a\":0}}}",
         "a Unigram \"vocab\" must be an array of [piece, score]"},
        {"{\"model\":{\"unk_id\":1,\"vocab\":[[\"a\",1]]}}", "\"unk_id\" is beyond the vocabulary"},
        {"{\"model\":{},\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":"
         "[{\"SpecialToken\":{\"id\":\"x\"}}],\"special_tokens\":{}}}",
         "the template's token \"x\" is not in its \"special_tokens\""},
        {"{\"model\":{},\"post_processor\":{\"type\":\"BertProcessing\",\"cls\":[\"x\"]}}",
         "\"cls\" or \"sep\" is not a token and its id"},
        {"{\"model\":{},\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Glob\":\"x\"}}}",
         "a \"pattern\" is neither a String nor a Regex"},
        {"{\"model\":{\"vocab\":[[\"a\"]]}}", "an item of \"vocab\" is not [piece, score]"},
        {"{\"model\":{},\"model\":{}}", "\"model\" is given twice"},
        {"{\"model\":{},\"normalizer\":{}}", "a component of \"normalizer\" has no \"type\""},
        {"{\"model\":{},\"normalizer\":3}",
         "key \"normalizer\" must be an object or null, found a number"},
        {"{\"added_tokens\":[{\"id\":1}],\"model\":{}}", "an added token has no \"content\""},
        {"{\"added_tokens\":[1],\"model\":{}}",
         "key \"added_tokens\" must be an array of objects, found a number"},
        {"{\"model\":{\"vocab\":{\"a\":0", "invalid JSON at byte 24: it ends inside an object"},
        {"{\"\xFF\":1}", "is not UTF-8"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = scratch("tokenizer.json");
        char expected[900];
        struct err e;
        err_clear(&e);
        write_string(path, cases[i].text);
        ck_assert_ptr_null(tokenizer_read(path, &e));
        snprintf(expected, sizeof expected, "%s: %s", path, cases[i].message);
        ck_assert_str_eq(e.message, expected);
    }
}
END_TEST

TCase *tokenizer_refused_case(void)
{
    TCase *tcase = tcase_create("tokenizer refused");

    tcase_add_test(tcase, test_refused);
    tcase_add_test(tcase, test_encode_refused);
    tcase_add_test(tcase, test_decode_refused);
    return tcase;
}
