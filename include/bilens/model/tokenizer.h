/* tokenizer.json: the vocabulary, as labels of the token axis. */
#ifndef BILENS_MODEL_TOKENIZER_H
#define BILENS_MODEL_TOKENIZER_H

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

/* Splits a text into ids as the reference does, without special tokens around it.
 * *ids is the caller's (mem_free). */
bool tokenizer_encode(const struct tokenizer *t, const char *string, size_t **ids, size_t *count,
                      struct err *e);

/* What a typed word may mean: exact piece, lowercased, with the continuation
 * prefix, ... The first is what find() takes. Returns how many (at most most). */
size_t tokenizer_matches(const struct tokenizer *t, const char *word, size_t *ids, size_t most);
/* Ids of the tokens nearest in spelling, nearest first. */
size_t tokenizer_near(const struct tokenizer *t, const char *word, size_t *ids, size_t most);
/* Ids whose piece starts with prefix, for completion, in id order, from *from on (advanced). */
bool tokenizer_next_prefixed(const struct tokenizer *t, const char *prefix, size_t *from,
                             size_t *id);

#endif
