/* What tokenizer.json says of normalisation and of words, and the plain values that
 * all of its parts are made of. */
#include "bilens/model/tokenizer_reader.h"

#include <string.h>

#include "bilens/base/err.h"

bool tokenizer_refuse(struct tokenizer_reader *r, const char *what)
{
    return err_set(r->e, ERR_FORMAT, "%s: %s", r->path, what);
}

bool tokenizer_refuse_json(struct tokenizer_reader *r)
{
    return err_set(r->e, ERR_FORMAT, "%s: invalid JSON at byte %zu: %s", r->path, r->json.fault_at,
                   r->json.fault);
}

bool tokenizer_refuse_type(struct tokenizer_reader *r, const char *key, const char *wanted)
{
    enum json_type found = json_peek(&r->json);

    if (found == JSON_NONE) {
        json_skip(&r->json);
        return tokenizer_refuse_json(r);
    }
    return err_set(r->e, ERR_FORMAT, "%s: key \"%.100s\" must be %s, found %s", r->path, key,
                   wanted, json_type_name(found));
}

bool tokenizer_skip(struct tokenizer_reader *r)
{
    return json_skip(&r->json) || tokenizer_refuse_json(r);
}

/* --- Plain values --- */

/* A string, or null, which leaves *out alone. */
bool tokenizer_read_string(struct tokenizer_reader *r, const char *key, struct piece *out)
{
    struct json_string string;

    if (json_peek(&r->json) == JSON_NULL)
        return tokenizer_skip(r);
    if (json_peek(&r->json) != JSON_STRING)
        return tokenizer_refuse_type(r, key, "a string or null");
    if (!json_read_string(&r->json, &string))
        return tokenizer_refuse_json(r);
    *out = (struct piece){.bytes = string.bytes, .length = string.length};
    return true;
}

bool tokenizer_read_whole(struct tokenizer_reader *r, const char *key, uint64_t *out)
{
    struct json_number number;

    if (json_peek(&r->json) != JSON_NUMBER)
        return tokenizer_refuse_type(r, key, "an integer");
    if (!json_read_number(&r->json, &number))
        return tokenizer_refuse_json(r);
    if (!number.whole)
        return err_set(r->e, ERR_FORMAT, "%s: key \"%.100s\" must be an integer, found %.*s",
                       r->path, key, (int)(number.length < 40 ? number.length : 40), number.text);
    *out = number.value;
    return true;
}

/* true, false, or null, which leaves *out alone. */
bool tokenizer_read_bool(struct tokenizer_reader *r, const char *key, bool *out)
{
    enum json_type type = json_peek(&r->json);

    if (type != JSON_TRUE && type != JSON_FALSE && type != JSON_NULL)
        return tokenizer_refuse_type(r, key, "true or false");
    if (type != JSON_NULL)
        *out = type == JSON_TRUE;
    return tokenizer_skip(r);
}

/* --- Normalizer and pre-tokenizer --- */

typedef void apply_step(struct tokenizer_reader *, const struct tokenizer_settings *);

static bool read_sequence(struct tokenizer_reader *r, struct json_string key, apply_step *apply)
{
    if (json_peek(&r->json) != JSON_ARRAY)
        return tokenizer_refuse_type(r, key.bytes, "an array");
    json_enter_array(&r->json);
    while (json_next_item(&r->json)) {
        if (!tokenizer_read_steps(r, apply))
            return false;
    }
    return r->json.fault == NULL || tokenizer_refuse_json(r);
}

static bool read_setting(struct tokenizer_reader *r, struct json_string key,
                         struct tokenizer_settings *s, apply_step *apply)
{
    if (json_string_is(key, "type"))
        return tokenizer_read_string(r, key.bytes, &s->type);
    if (json_string_is(key, "behavior"))
        return tokenizer_read_string(r, key.bytes, &s->behavior);
    if (json_string_is(key, "clean_text"))
        return tokenizer_read_bool(r, key.bytes, &s->clean);
    if (json_string_is(key, "handle_chinese_chars"))
        return tokenizer_read_bool(r, key.bytes, &s->cjk);
    if (json_string_is(key, "lowercase"))
        return tokenizer_read_bool(r, key.bytes, &s->lowercase);
    if (json_string_is(key, "individual_digits"))
        return tokenizer_read_bool(r, key.bytes, &s->individual);
    if (json_string_is(key, "strip_accents")) {
        s->has_strip = json_peek(&r->json) != JSON_NULL;
        return tokenizer_read_bool(r, key.bytes, &s->strip);
    }
    if (json_string_is(key, "normalizers") || json_string_is(key, "pretokenizers"))
        return read_sequence(r, key, apply);
    return tokenizer_skip(r);
}

bool tokenizer_read_steps(struct tokenizer_reader *r, apply_step *apply)
{
    struct tokenizer_settings settings = {.clean = true, .cjk = true, .lowercase = true};
    struct json_string key;

    if (json_peek(&r->json) == JSON_NULL)
        return tokenizer_skip(r);
    if (json_peek(&r->json) != JSON_OBJECT)
        return tokenizer_refuse_type(r, "normalizer or pre_tokenizer", "an object or null");
    json_enter_object(&r->json);
    while (json_next_member(&r->json, &key)) {
        if (!read_setting(r, key, &settings, apply))
            return false;
    }
    if (r->json.fault != NULL)
        return tokenizer_refuse_json(r);
    if (settings.type.bytes == NULL)
        return tokenizer_refuse(r, "a normalizer or pre_tokenizer has no \"type\"");
    if (strcmp(settings.type.bytes, "Sequence") != 0)
        apply(r, &settings);
    return true;
}

/* What bilens cannot do is remembered, not refused: names can still be shown. */
static void set_unsupported(struct tokenizer_reader *r, const char *type)
{
    if (r->t->unsupported == NULL)
        r->t->unsupported = type;
}

static void add_normalize(struct tokenizer_reader *r, enum normalize_step step)
{
    struct normalize *n = &r->t->normalize;

    if (n->count == NORMALIZE_MOST)
        set_unsupported(r, "a longer sequence of normalizers");
    else
        n->steps[n->count++] = step;
}

void tokenizer_apply_normalizer(struct tokenizer_reader *r, const struct tokenizer_settings *s)
{
    static const struct {
        const char *type;
        enum normalize_step step;
    } plain[] = {{"NFD", NORMALIZE_NFD},
                 {"NFC", NORMALIZE_NFC},
                 {"NFKD", NORMALIZE_NFKD},
                 {"NFKC", NORMALIZE_NFKC},
                 {"StripAccents", NORMALIZE_STRIP_MARKS},
                 {"Lowercase", NORMALIZE_LOWERCASE}};

    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (strcmp(s->type.bytes, plain[i].type) == 0) {
            add_normalize(r, plain[i].step);
            return;
        }
    }
    if (strcmp(s->type.bytes, "BertNormalizer") != 0) {
        set_unsupported(r, s->type.bytes);
        return;
    }
    if (s->clean)
        add_normalize(r, NORMALIZE_CLEAN);
    if (s->cjk)
        add_normalize(r, NORMALIZE_CJK);
    if (s->has_strip ? s->strip : s->lowercase) {
        add_normalize(r, NORMALIZE_NFD);
        add_normalize(r, NORMALIZE_STRIP_NONSPACING);
    }
    if (s->lowercase)
        add_normalize(r, NORMALIZE_LOWERCASE);
}

void tokenizer_apply_pre_tokenizer(struct tokenizer_reader *r, const struct tokenizer_settings *s)
{
    static const struct {
        const char *type;
        enum split_step step;
    } plain[] = {{"BertPreTokenizer", SPLIT_BERT},
                 {"Whitespace", SPLIT_WHITESPACE},
                 {"WhitespaceSplit", SPLIT_WHITESPACE_ONLY},
                 {"Punctuation", SPLIT_PUNCTUATION},
                 {"Digits", SPLIT_DIGITS}};
    struct split *split = &r->t->split;

    if (split->count == SPLIT_MOST ||
        (s->behavior.bytes != NULL && strcmp(s->behavior.bytes, "Isolated") != 0)) {
        set_unsupported(r, s->type.bytes);
        return;
    }
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (strcmp(s->type.bytes, plain[i].type) != 0)
            continue;
        split->steps[split->count++] = plain[i].step == SPLIT_DIGITS && s->individual
                                           ? SPLIT_DIGITS_INDIVIDUAL
                                           : plain[i].step;
        return;
    }
    set_unsupported(r, s->type.bytes);
}
