/* How errors are shown: file:line:column: message, the source line, a caret. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "session.h"

void text_position(const char *text, size_t at, size_t *line, size_t *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < at && text[i] != '\0'; i++) {
        if (text[i] == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)text[i] & 0xc0) != 0x80)
            ++*column;
    }
}

/* Escapes length bytes, and returns the cells that takes. */
static size_t add_escaped(struct text *out, const char *bytes, size_t length, bool ascii)
{
    struct text piece = TEXT_EMPTY;
    utf8_escape(&piece, bytes, length, ascii);
    size_t cells = utf8_width(text_get(&piece));
    text_add(out, text_get(&piece));
    text_done(&piece);
    return cells;
}

/* The source line and the caret, cut to what is around the place where it is long. */
static void add_source(struct text *out, const char *text, const struct err *e,
                       const struct look *look, bool ascii)
{
    enum { BEFORE = 40, MARGIN = 2 };
    size_t start = e->start, end = e->start, length = strlen(text);
    start = start > length ? length : start;
    end = start;
    while (start > 0 && text[start - 1] != '\n' && e->start - start < BEFORE)
        start--;
    while (start > 0 && ((unsigned char)text[start] & 0xc0) == 0x80)
        start--;
    while (text[end] != '\0' && text[end] != '\n' && end - start + MARGIN < look->width)
        end++;
    while (end > start && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    size_t stop = e->end > e->start ? e->end : e->start + 1;
    stop = stop > end ? end : stop;
    size_t from = e->start > end ? end : e->start;
    bool cut = start > 0 && text[start - 1] != '\n';
    text_add(out, cut ? (ascii ? "~ " : "\xe2\x80\xa6 ") : "  ");
    size_t before = add_escaped(out, text + start, from - start, ascii);
    size_t marked = stop > from ? add_escaped(out, text + from, stop - from, ascii) : 0;
    size_t after = stop > from ? stop : from;
    add_escaped(out, text + after, end > after ? end - after : 0, ascii);
    text_add(out, "\n  ");
    text_add_fill(out, ' ', before);
    text_add_fill(out, '^', marked > 0 ? marked : 1);
    text_add_char(out, '\n');
}

/* The message, folded at blanks where it is read on a terminal; in a file it stays one line. */
static void add_message(struct text *out, const char *message, size_t before,
                        const struct look *look, bool ascii)
{
    struct text safe = TEXT_EMPTY;
    utf8_escape(&safe, message, strlen(message), ascii);
    const char *rest = text_get(&safe);
    size_t room = look->width > before + look->width / 4 ? look->width - before : look->width;
    while (look->height > 0 && utf8_width(rest) > room) {
        size_t n = utf8_fold(rest, strlen(rest), room);
        text_add_bytes(out, rest, n);
        text_add_char(out, '\n');
        rest += n + strspn(rest + n, " ");
        room = look->width;
    }
    text_add(out, rest);
    text_add_char(out, '\n');
    text_done(&safe);
}

void session_print_error(const struct session *s, const char *text, struct origin origin,
                         const struct err *e)
{
    struct look look = session_look_at(s, STDERR_FILENO);
    bool ascii = look.theme.charset == CHARSET_ASCII;
    struct text out = TEXT_EMPTY;
    size_t line, column, before = strlen("error: ");
    text_position(text, e->start, &line, &column);
    if (origin.name != NULL) {
        add_escaped(&out, origin.name, strlen(origin.name), ascii);
        text_printf(&out, ":%zu:%zu: ", origin.line + line - 1, column);
        before += utf8_width(text_get(&out));
    }
    text_add(&out, look.theme.sgr ? "\x1b[31merror:\x1b[0m " : "error: ");
    add_message(&out, e->message, before, &look, ascii);
    if (e->end > 0)
        add_source(&out, text, e, &look, ascii);
    fputs(text_get(&out), stderr);
    text_done(&out);
}
