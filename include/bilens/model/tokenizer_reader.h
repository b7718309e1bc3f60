/* Reading tokenizer.json: what the files that do it share. */
#ifndef BILENS_MODEL_TOKENIZER_READER_H
#define BILENS_MODEL_TOKENIZER_READER_H

#include "bilens/model/json.h"
#include "bilens/model/tokenizer_parts.h"

struct err;

struct tokenizer_reader {
    struct tokenizer *t;
    const char *path;
    struct json json;
    struct json added; /* where the added tokens stand: they need the vocabulary */
    bool has_added, has_model, has_merges, has_prefix;
    struct err *e;
};

/* What a normalizer or pre_tokenizer may set, whatever its type; each uses its own. */
struct tokenizer_settings {
    struct piece type, behavior;
    bool clean, cjk, lowercase, individual, has_strip, strip;
};

/* All of these return false with the error set. */
bool tokenizer_refuse(struct tokenizer_reader *r, const char *what);
bool tokenizer_refuse_json(struct tokenizer_reader *r);
bool tokenizer_refuse_type(struct tokenizer_reader *r, const char *key, const char *wanted);

/* Each consumes one value. A string may be null, a bool too: *out is left alone. */
bool tokenizer_skip(struct tokenizer_reader *r);
bool tokenizer_read_string(struct tokenizer_reader *r, const char *key, struct piece *out);
bool tokenizer_read_whole(struct tokenizer_reader *r, const char *key, uint64_t *out);
bool tokenizer_read_bool(struct tokenizer_reader *r, const char *key, bool *out);

/* Reads a normalizer or a pre_tokenizer, or a Sequence of them, and applies each. */
bool tokenizer_read_steps(struct tokenizer_reader *r,
                          void (*apply)(struct tokenizer_reader *,
                                        const struct tokenizer_settings *));
void tokenizer_apply_normalizer(struct tokenizer_reader *r, const struct tokenizer_settings *s);
void tokenizer_apply_pre_tokenizer(struct tokenizer_reader *r, const struct tokenizer_settings *s);

#endif
