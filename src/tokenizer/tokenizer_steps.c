/* The components of tokenizer.json: each a type with its settings, or a Sequence of others. */
#include "tokenizer_reader.h"

#include <string.h>

#include "bilens/base/err.h"

enum setting_type { SETTING_STRING, SETTING_WORD, SETTING_BOOL, SETTING_WHOLE };

struct setting {
    const char *key;
    enum setting_type type;
    size_t offset;
};

#define STRING(KEY, FIELD)                                                                         \
    {                                                                                              \
        KEY, SETTING_STRING, offsetof(struct tokenizer_settings, FIELD)                            \
    }
#define WORD(KEY, FIELD)                                                                           \
    {                                                                                              \
        KEY, SETTING_WORD, offsetof(struct tokenizer_settings, FIELD)                              \
    }
#define BOOL(KEY, FIELD)                                                                           \
    {                                                                                              \
        KEY, SETTING_BOOL, offsetof(struct tokenizer_settings, FIELD)                              \
    }
#define WHOLE(KEY, FIELD)                                                                          \
    {                                                                                              \
        KEY, SETTING_WHOLE, offsetof(struct tokenizer_settings, FIELD)                             \
    }

static const struct setting settings[] = {
    WORD("type", type),
    WORD("behavior", behavior),
    STRING("content", content),
    STRING("replacement", replacement),
    STRING("prepend", prepend),
    WORD("prepend_scheme", prepend_scheme),
    STRING("delimiter", delimiter),
    STRING("prefix", prefix),
    STRING("suffix", suffix),
    STRING("precompiled_charsmap", charsmap),
    BOOL("clean_text", clean),
    BOOL("handle_chinese_chars", cjk),
    BOOL("lowercase", lowercase),
    BOOL("individual_digits", individual),
    BOOL("strip_left", strip_left),
    BOOL("strip_right", strip_right),
    BOOL("cleanup", cleanup),
    BOOL("invert", invert),
    BOOL("add_prefix_space", prefix_space),
    BOOL("use_regex", use_regex),
    BOOL("split", divide),
    WHOLE("start", start),
    WHOLE("stop", stop),
};

static bool read_plain(struct tokenizer_reader *r, const struct setting *setting,
                       struct tokenizer_settings *s)
{
    char *field = (char *)s + setting->offset;

    switch (setting->type) {
    case SETTING_STRING:
        return tokenizer_read_string(r, setting->key, (struct piece *)(void *)field);
    case SETTING_WORD:
        return tokenizer_read_word(r, setting->key, (struct piece *)(void *)field);
    case SETTING_BOOL:
        return tokenizer_read_bool(r, setting->key, (bool *)(void *)field);
    default:
        return tokenizer_read_whole(r, setting->key, (uint64_t *)(void *)field);
    }
}

/* {"String": ...} or {"Regex": ...}. */
static bool read_pattern(struct tokenizer_reader *r, struct tokenizer_settings *s)
{
    struct json_string key;

    if (json_peek(&r->json) != JSON_OBJECT)
        return tokenizer_refuse_type(r, "pattern", "an object");
    json_enter_object(&r->json);
    while (json_next_member(&r->json, &key)) {
        s->is_regex = json_string_is(key, "Regex");
        if (!s->is_regex && !json_string_is(key, "String"))
            return tokenizer_refuse(r, "a \"pattern\" is neither a String nor a Regex");
        if (!tokenizer_read_string(r, key.bytes, &s->pattern))
            return false;
    }
    s->has_pattern = s->pattern.bytes != NULL;
    return r->json.fault == NULL || tokenizer_refuse_json(r);
}

/* [token, id], of which the id counts. */
static bool read_token_id(struct tokenizer_reader *r, const char *key, uint64_t *id)
{
    size_t items = 0;

    if (json_peek(&r->json) != JSON_ARRAY)
        return tokenizer_refuse_type(r, key, "an array of a token and its id");
    json_enter_array(&r->json);
    while (json_next_item(&r->json)) {
        if (items++ == 1 ? !tokenizer_read_whole(r, key, id) : !tokenizer_skip(r))
            return false;
    }
    if (r->json.fault != NULL)
        return tokenizer_refuse_json(r);
    return items == 2 || tokenizer_refuse(r, "\"cls\" or \"sep\" is not a token and its id");
}

static bool read_sequence(struct tokenizer_reader *r, struct json_string key,
                          tokenizer_apply *apply)
{
    if (json_peek(&r->json) != JSON_ARRAY)
        return tokenizer_refuse_type(r, key.bytes, "an array");
    json_enter_array(&r->json);
    while (json_next_item(&r->json)) {
        if (!tokenizer_read_steps(r, key.bytes, apply))
            return false;
    }
    return r->json.fault == NULL || tokenizer_refuse_json(r);
}

static bool is_sequence(struct json_string key)
{
    return json_string_is(key, "normalizers") || json_string_is(key, "pretokenizers") ||
           json_string_is(key, "processors") || json_string_is(key, "decoders");
}

static bool read_setting(struct tokenizer_reader *r, struct json_string key,
                         struct tokenizer_settings *s, tokenizer_apply *apply)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (json_string_is(key, settings[i].key))
            return read_plain(r, &settings[i], s);
    }
    if (json_string_is(key, "strip_accents")) {
        s->has_strip = json_peek(&r->json) != JSON_NULL;
        return tokenizer_read_bool(r, key.bytes, &s->strip);
    }
    if (json_string_is(key, "pattern"))
        return read_pattern(r, s);
    if (json_string_is(key, "cls"))
        return read_token_id(r, key.bytes, &s->cls);
    if (json_string_is(key, "sep"))
        return read_token_id(r, key.bytes, &s->sep);
    if (is_sequence(key))
        return read_sequence(r, key, apply);
    if (json_string_is(key, "single"))
        s->single = r->json;
    if (json_string_is(key, "special_tokens"))
        s->special = r->json;
    return tokenizer_skip(r);
}

bool tokenizer_read_steps(struct tokenizer_reader *r, const char *key, tokenizer_apply *apply)
{
    struct tokenizer_settings s = {.clean = true,
                                   .cjk = true,
                                   .lowercase = true,
                                   .cleanup = true,
                                   .prefix_space = true,
                                   .use_regex = true,
                                   .divide = true,
                                   .cls = UINT64_MAX,
                                   .sep = UINT64_MAX};
    struct json_string member;

    if (json_peek(&r->json) == JSON_NULL)
        return tokenizer_skip(r);
    if (json_peek(&r->json) != JSON_OBJECT)
        return tokenizer_refuse_type(r, key, "an object or null");
    json_enter_object(&r->json);
    while (json_next_member(&r->json, &member)) {
        if (!read_setting(r, member, &s, apply))
            return false;
    }
    if (r->json.fault != NULL)
        return tokenizer_refuse_json(r);
    if (s.type.bytes == NULL)
        return err_set(r->e, ERR_FORMAT, "%s: a component of \"%.100s\" has no \"type\"", r->path,
                       key);
    return strcmp(s.type.bytes, "Sequence") == 0 || apply(r, &s);
}
