/* SentencePiece's precompiled normalisation: a table from strings to strings, kept as a double
 * array trie and the NUL-terminated strings that its leaves point to. */
#ifndef BILENS_TOKENIZER_CHARSMAP_H
#define BILENS_TOKENIZER_CHARSMAP_H

#include <stdbool.h>

#include "piece.h"

struct charsmap;
struct err;
struct text;

/* From base 64, as in tokenizer.json (charsmap_free; NULL is fine). */
struct charsmap *charsmap_new(struct piece base64, struct err *e);
void charsmap_free(struct charsmap *c);

/* Appends the bytes (valid UTF-8), with what the table knows replaced, as the reference does:
 * short grapheme clusters first, then their code points. */
void charsmap_apply(const struct charsmap *c, const char *bytes, size_t length, struct text *out);

#endif
