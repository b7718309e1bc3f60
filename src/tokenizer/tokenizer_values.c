/* The plain values that all parts of tokenizer.json are made of. */
#include "tokenizer_reader.h"

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

bool tokenizer_read_word(struct tokenizer_reader *r, const char *key, struct piece *out)
{
    bool good;

    r->json.spell_nul = true;
    good = tokenizer_read_string(r, key, out);
    r->json.spell_nul = false;
    return good;
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
