/* Every step that tells code points apart does so as the reference library does, whatever the
 * system's versions of utf8proc and Oniguruma: hashes of what the steps make of a text around each
 * code point there is. tests/fixtures/make/codes.py asked the library, and says how to ask again.
 */
#include "check_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/text.h"
#include "bilens/formats/hash.h"
#include "bilens/tokenizer/tokenizer.h"
#include "src/tokenizer/tokenizer_parts.h"

static const struct {
    const char *step, *few, *all;
} hashes[] = {
#define HASH(STEP, FEW, ALL) {STEP, FEW, ALL},
#include "code_hashes.def"
#undef HASH
};

static struct tokenizer *tokenizer_with(const char *step, struct err *e)
{
    struct text file = TEXT_EMPTY;

    text_printf(&file, "%.*s,\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}",
                (int)strlen(step) - 1, step);
    write_string(scratch("tokenizer.json"), text_get(&file));
    text_done(&file);
    return tokenizer_read(scratch("tokenizer.json"), e);
}

/* The same text as the script's. */
static void add_code(struct text *text, uint32_t code)
{
    text_add_code(text, code);
    text_add(text, "a\xCD\x85");
    text_add_code(text, code);
    text_add(text, "\xCC\xB4 a");
    text_add_code(text, code);
    text_add(text, "1");
}

/* Its parts, with a byte after each that is in no text. */
static void add_result(struct text *result, struct tokenizer *t, const struct text *text,
                       struct words *words, struct err *e)
{
    struct tokenizer_engine *engine = t->engine;
    struct text out = TEXT_EMPTY;

    ck_assert_msg(normalize_apply(&engine->normalize, text_get(text), text->length, &out, NULL, e),
                  "%s", e->message);
    if (engine->split.count == 0) {
        text_add_bytes(result, text_get(&out), out.length);
        text_add_char(result, '\xFF');
    } else {
        ck_assert(split_apply(&engine->split, text_get(&out), out.length, true, words, e));
        for (size_t i = 0; i < words->count; i++) {
            struct word word = words->items[i];
            text_add_bytes(result, text_get(&words->text) + word.start, word.end - word.start);
            text_add_char(result, '\xFF');
        }
    }
    text_done(&out);
}

/* The code points that are assigned or may soon be, and some others. */
static bool is_of_few(uint32_t code)
{
    return code < 0x34000 || (code >= 0xE0000 && code < 0xE1000) || code % 61 == 0;
}

START_TEST(test_hashes)
{
    struct err e;
    struct text text = TEXT_EMPTY, result = TEXT_EMPTY;
    struct words words = WORDS_EMPTY;
    char hash[HASH_SIZE];
    size_t held = 0;
    bool all = getenv("ALL_CODES") != NULL;

    err_clear(&e);
    struct tokenizer *t = tokenizer_with(hashes[_i].step, &e);
    ck_assert_msg(t != NULL && engine_prepare(t, &e), "%s", e.message);
    for (uint32_t code = 0; code < 0x110000; code++) {
        if (!all && !is_of_few(code))
            continue;
        if (code >= 0xD800 && code < 0xE000)
            continue;
        add_code(&text, code);
        if (++held % 64 == 0) {
            add_result(&result, t, &text, &words, &e);
            text_clear(&text);
        }
    }
    if (text.length > 0)
        add_result(&result, t, &text, &words, &e);
    hash_bytes(text_get(&result), result.length, hash);
    ck_assert_msg(strcmp(hash, all ? hashes[_i].all : hashes[_i].few) == 0, "%s", hashes[_i].step);
    text_done(&result);
    words_done(&words);
    text_done(&text);
    labels_unref(tokenizer_labels(t));
}
END_TEST

TCase *codes_case(void)
{
    TCase *tcase = tcase_create("codes");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_hashes, 0, sizeof hashes / sizeof hashes[0]);
    return tcase;
}
