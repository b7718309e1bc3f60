/* UTF-8: decoding, the cells a string takes on a terminal, and escaping of text
 * that came from a file. Built on utf8proc. */
#ifndef BILENS_BASE_UTF8_H
#define BILENS_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text;

/* Decodes one code point from at most length bytes. Returns the bytes it took
 * (at least 1 when length > 0); an invalid byte takes 1 and gives UINT32_MAX. */
size_t utf8_decode(const char *bytes, size_t length, uint32_t *code);

bool utf8_valid(const char *bytes, size_t length);

/* Appends the bytes with U+FFFD for what is not UTF-8: one for each sequence that is well begun and
 * breaks off, and for each byte that begins none (as Unicode recommends, section 3.9). */
void utf8_replace(struct text *out, const char *bytes, size_t length);

/* Terminal cells of one code point: 0 (combining), 1 or 2, as glibc's wcwidth; -1 where it must not
 * be sent as it is (controls, surrogates, bidirectional overrides, unassigned). */
int utf8_code_width(uint32_t code);

/* Does it belong to the letter before it: on top of it, or in a cell beside it? */
bool utf8_code_is_mark(uint32_t code);

/* Cells of a string that was made safe by utf8_escape. */
size_t utf8_width(const char *string);

/* Appends the bytes to out so that a terminal can show them harmlessly: controls,
 * DEL, C1, bidirectional controls, line separators and invalid bytes become
 * \xNN or \u{N}; \n, \t, \r become \n, \t, \r in two characters. So does what would
 * not be seen: blanks other than a space, variation selectors, fillers, and joiners
 * but between letters that they join. A mark at the start or after an escape gets a
 * dotted circle to sit on. With ascii true every code point above 0x7e is escaped
 * too. A backslash stays as it is. */
void utf8_escape(struct text *out, const char *bytes, size_t length, bool ascii);

/* The same for a token, whose outer spaces are a part of it: each becomes an open box ("_" in
 * ascii), as wide as it. */
void utf8_escape_token(struct text *out, const char *bytes, size_t length, bool ascii);

/* Appends bytes as valid UTF-8, for a file that programs read: a byte that belongs to none becomes
 * \xNN. With `controls` so do control characters, except tab, line feed and carriage return. */
void utf8_clean(struct text *out, const char *bytes, size_t length, bool controls);

/* Appends string, cut to at most cells, with an ellipsis ("…", or "~" in ascii)
 * where something was cut, and padded with spaces to exactly cells if pad. */
void utf8_fit(struct text *out, const char *string, size_t cells, bool pad, bool ascii);

/* How many bytes of an escaped line go into so many cells, at least one character: up to a space,
 * if there is one. */
size_t utf8_fold(const char *line, size_t length, size_t cells);

#endif
