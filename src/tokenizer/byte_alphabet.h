/* The alphabet of byte-level tokenizers (GPT-2's): every byte is a visible code point, so
 * that a vocabulary can be written as text. Visible bytes of Latin-1 are themselves; the
 * others, in order, are U+0100 on: a space is U+0120, a newline U+010A. */
#ifndef BILENS_TOKENIZER_BYTE_ALPHABET_H
#define BILENS_TOKENIZER_BYTE_ALPHABET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text;

uint32_t byte_alphabet_code(unsigned char byte);
/* False where the code point stands for no byte. */
bool byte_alphabet_byte(uint32_t code, unsigned char *byte);

/* Appends the bytes, each as its code point. */
void byte_alphabet_write(struct text *out, const char *bytes, size_t length);
/* Appends the bytes that the code points stand for; false, with nothing appended, where
 * one of them stands for none. */
bool byte_alphabet_read(struct text *out, const char *bytes, size_t length);

#endif
