/* tokenizer.json: the vocabulary, as labels of the token axis. */
#ifndef BILENS_TOKENIZER_TOKENIZER_H
#define BILENS_TOKENIZER_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/num/axis.h"

struct err;
struct text;
struct tokenizer;

/* Reads a tokenizer.json. The result's labels start with one reference, which the
 * caller owns; labels_unref(tokenizer_labels(t)) frees it. */
struct tokenizer *tokenizer_read(const char *path, struct err *e);
struct labels *tokenizer_labels(struct tokenizer *t); /* borrowed */
/* The tokenizer behind labels, or NULL where they are of another class. */
const struct tokenizer *tokenizer_of(const struct labels *labels);

const char *tokenizer_kind(const struct tokenizer *t); /* "WordPiece" */
size_t tokenizer_size(const struct tokenizer *t);      /* largest id + 1 */
/* The raw piece of an id, as in the file; NULL where the id has none. Borrowed. */
const char *tokenizer_piece(const struct tokenizer *t, size_t id);

/* Appends a token as a person reads it, always valid UTF-8: \xNN for bytes that are none. False
 * where the id has no token. */
bool tokenizer_show(const struct tokenizer *t, size_t id, struct text *out);

/* Splits a text into ids as the reference does. With special, the ids that its post_processor
 * puts around a text (BOS, [CLS], ...) come too: what a model is given to read. *ids is the
 * caller's (mem_free). A step of the file that bilens does not know is refused by its name. */
bool tokenizer_encode(const struct tokenizer *t, const char *string, bool special, size_t **ids,
                      size_t *count, struct err *e);

/* Appends the text that the ids stand for, always valid UTF-8 (U+FFFD for bytes that are none).
 * With special, tokens marked as special are written out too. An id without a token is left out. */
bool tokenizer_decode(const struct tokenizer *t, const size_t *ids, size_t count, bool special,
                      struct text *out, struct err *e);

/* What a typed word may mean: the piece as it is written or shown, lowercased, with a space before
 * it, with the continuation prefix, ... The first is what find() takes. Returns how many (at most
 * most). */
size_t tokenizer_matches(const struct tokenizer *t, const char *word, size_t *ids, size_t most);
/* Ids of the tokens nearest in spelling, nearest first. */
size_t tokenizer_near(const struct tokenizer *t, const char *word, size_t *ids, size_t most);
/* The next word that starts with prefix and stands for a token, for completion, from id *from on
 * (advanced): the token as it is shown, without a leading space. word is overwritten. */
bool tokenizer_next_prefixed(const struct tokenizer *t, const char *prefix, size_t *from,
                             struct text *word);

#endif
