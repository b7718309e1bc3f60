#include "bilens/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/mem.h"

void text_done(struct text *t)
{
    mem_free(t->data);
    *t = TEXT_EMPTY;
}

void text_clear(struct text *t)
{
    t->length = 0;
    if (t->data != NULL)
        t->data[0] = '\0';
}

/* Makes room for more bytes and the NUL behind them. */
static void text_room(struct text *t, size_t more)
{
    if (more < t->capacity - t->length)
        return;
    size_t wanted = t->length + more + 1;
    size_t capacity = t->capacity < 64 ? 64 : t->capacity;
    while (capacity < wanted)
        capacity += capacity / 2;
    t->data = mem_resize(t->data, capacity, 1);
    t->capacity = capacity;
}

void text_add_bytes(struct text *t, const void *bytes, size_t length)
{
    text_room(t, length);
    if (length > 0)
        memcpy(t->data + t->length, bytes, length);
    t->length += length;
    t->data[t->length] = '\0';
}

void text_add(struct text *t, const char *string)
{
    text_add_bytes(t, string, strlen(string));
}

void text_add_char(struct text *t, char c)
{
    text_add_bytes(t, &c, 1);
}

void text_add_fill(struct text *t, char c, size_t count)
{
    text_room(t, count);
    memset(t->data + t->length, c, count);
    t->length += count;
    t->data[t->length] = '\0';
}

void text_add_code(struct text *t, uint32_t code)
{
    unsigned char b[4];
    size_t n = 0;
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        code = 0xfffd;
    if (code < 0x80) {
        b[n++] = (unsigned char)code;
    } else if (code < 0x800) {
        b[n++] = (unsigned char)(0xc0 | code >> 6);
        b[n++] = (unsigned char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        b[n++] = (unsigned char)(0xe0 | code >> 12);
        b[n++] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
        b[n++] = (unsigned char)(0x80 | (code & 0x3f));
    } else {
        b[n++] = (unsigned char)(0xf0 | code >> 18);
        b[n++] = (unsigned char)(0x80 | (code >> 12 & 0x3f));
        b[n++] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
        b[n++] = (unsigned char)(0x80 | (code & 0x3f));
    }
    text_add_bytes(t, b, n);
}

void text_vprintf(struct text *t, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length > 0) { /* negative: the format is no format */
        text_room(t, (size_t)length);
        vsnprintf(t->data + t->length, (size_t)length + 1, format, again);
        t->length += (size_t)length;
    }
    va_end(again);
}

void text_printf(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vprintf(t, format, args);
    va_end(args);
}

const char *text_get(const struct text *t)
{
    return t->data == NULL ? "" : t->data;
}

char *text_take(struct text *t)
{
    if (t->data == NULL)
        text_add_bytes(t, "", 0);
    char *data = t->data;
    *t = TEXT_EMPTY;
    return data;
}
