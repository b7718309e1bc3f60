/* Growable text: appending does not fail. */
#ifndef BILENS_BASE_TEXT_H
#define BILENS_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *data; /* NUL-terminated once anything was added; NULL before */
    size_t length, capacity;
    bool failed; /* always false */
};

#define TEXT_EMPTY ((struct text){0})

void text_done(struct text *t);
/* Empties it, keeps its memory. */
void text_clear(struct text *t);
void text_add(struct text *t, const char *string);
void text_add_bytes(struct text *t, const void *bytes, size_t length);
void text_add_char(struct text *t, char c);
void text_add_fill(struct text *t, char c, size_t count);
/* Appends a code point as UTF-8; U+FFFD for one that is none. */
void text_add_code(struct text *t, uint32_t code);
__attribute__((format(printf, 2, 0))) void text_vprintf(struct text *t, const char *format,
                                                        va_list args);
__attribute__((format(printf, 2, 3))) void text_printf(struct text *t, const char *format, ...);
/* Never NULL: "" where nothing was added. Borrowed. */
const char *text_get(const struct text *t);
/* The string itself, which the caller then owns (mem_free); never NULL. Leaves t empty. */
char *text_take(struct text *t);

#endif
