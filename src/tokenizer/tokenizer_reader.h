/* Reading tokenizer.json: what the files that do it share. */
#ifndef BILENS_TOKENIZER_TOKENIZER_READER_H
#define BILENS_TOKENIZER_TOKENIZER_READER_H

#include "bilens/formats/json.h"
#include "tokenizer_parts.h"

struct err;

struct tokenizer_reader {
    struct tokenizer *t;
    const char *path;
    struct json json;
    struct json added; /* where the added tokens stand: they need the vocabulary */
    bool has_added, has_model, has_merges, has_prefix;
    struct err *e;
};

/* What a normalizer, pre_tokenizer, post_processor or decoder may set, whatever its type; each
 * uses its own. */
struct tokenizer_settings {
    struct piece type, behavior, content, replacement, prepend, prepend_scheme, delimiter, prefix;
    struct piece suffix, charsmap, pattern;
    bool clean, cjk, lowercase, individual, strip_left, strip_right, cleanup, invert;
    bool prefix_space, use_regex, divide; /* add_prefix_space, use_regex, split */
    bool has_strip, strip, has_pattern, is_regex;
    uint64_t start, stop, cls, sep;
    struct json single, special; /* where a template stands; at NULL where it does not */
};

/* All of these return false with the error set. */
bool tokenizer_refuse(struct tokenizer_reader *r, const char *what);
bool tokenizer_refuse_json(struct tokenizer_reader *r);
bool tokenizer_refuse_type(struct tokenizer_reader *r, const char *key, const char *wanted);

/* Each consumes one value. A string may be null, a bool too: *out is left alone. */
bool tokenizer_skip(struct tokenizer_reader *r);
bool tokenizer_read_string(struct tokenizer_reader *r, const char *key, struct piece *out);
/* A string that is one of a few words: a NUL within it is spelled, so that it is none of them. */
bool tokenizer_read_word(struct tokenizer_reader *r, const char *key, struct piece *out);
bool tokenizer_read_whole(struct tokenizer_reader *r, const char *key, uint64_t *out);
bool tokenizer_read_bool(struct tokenizer_reader *r, const char *key, bool *out);

/* Takes one component into the tokenizer; false with the error set. */
typedef bool tokenizer_apply(struct tokenizer_reader *r, const struct tokenizer_settings *s);

/* Reads a component, or a Sequence of them, and applies each. */
bool tokenizer_read_steps(struct tokenizer_reader *r, const char *key, tokenizer_apply *apply);
tokenizer_apply tokenizer_apply_normalizer;
tokenizer_apply tokenizer_apply_pre_tokenizer;
tokenizer_apply tokenizer_apply_post_processor;
tokenizer_apply tokenizer_apply_decoder;

/* Puts a piece into the vocabulary, or refuses the file. */
bool tokenizer_add_piece(struct tokenizer_reader *r, struct piece piece, uint64_t id);

/* The value of "model", once. */
bool tokenizer_read_model(struct tokenizer_reader *r);
/* The added tokens, from r->added; the model must have been read. */
bool tokenizer_read_added(struct tokenizer_reader *r);

#endif
