/* A string of a file: bytes that may hold NULs, and stay where they are. */
#ifndef BILENS_TOKENIZER_PIECE_H
#define BILENS_TOKENIZER_PIECE_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct text;

struct piece {
    const char *bytes; /* NUL-terminated, borrowed; NULL where there is none */
    size_t length;
};

/* Every step of a tokenizer may lengthen what the one before it made, and a file may name many:
 * none goes on beyond so many bytes, and piece_text_fits refuses what does. */
enum { PIECE_TEXT_MOST = 16 << 20 };
bool piece_text_fits(const struct text *text, struct err *e);

#endif
