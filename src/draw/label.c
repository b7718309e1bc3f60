#include "bilens/draw/label.h"

#include <string.h>

#include "bilens/base/text.h"
#include "bilens/base/utf8.h"

static bool is_ascii(const struct theme *theme)
{
    return theme->charset == CHARSET_ASCII;
}

/* The outer spaces of a token are shown, for they are a part of it. */
static void escape(struct text *safe, enum role role, const char *raw, const struct theme *theme)
{
    if (role == ROLE_TOKEN)
        utf8_escape_token(safe, raw, strlen(raw), is_ascii(theme));
    else
        utf8_escape(safe, raw, strlen(raw), is_ascii(theme));
}

bool label_measure(const char *raw, const struct theme *theme, size_t *cells)
{
    struct text safe = TEXT_EMPTY;
    utf8_escape(&safe, raw, strlen(raw), is_ascii(theme));
    *cells = utf8_width(text_get(&safe));
    text_done(&safe);
    return true;
}

bool label_put(struct canvas *c, struct field field, const char *raw, const struct theme *theme)
{
    struct text safe = TEXT_EMPTY, fitted = TEXT_EMPTY;
    escape(&safe, field.role, raw, theme);
    utf8_fit(&fitted, text_get(&safe), field.cells, false, is_ascii(theme));
    size_t width = utf8_width(text_get(&fitted));
    size_t slack = width < field.cells ? field.cells - width : 0;
    if (field.side == LABEL_CENTRE)
        slack /= 2;
    else if (field.side == LABEL_LEFT)
        slack = 0;
    canvas_put(c, field.row, field.col + slack, field.role, text_get(&fitted));
    text_done(&safe);
    text_done(&fitted);
    return true;
}

void label_shape(struct canvas *c, enum role role, struct shape_place place, size_t cells,
                 const char *raw, const struct theme *theme)
{
    struct text safe = TEXT_EMPTY, fitted = TEXT_EMPTY;
    escape(&safe, role, raw, theme);
    utf8_fit(&fitted, text_get(&safe), cells, false, is_ascii(theme));
    shapes_text(&c->shapes, role, place, text_get(&fitted));
    text_done(&safe);
    text_done(&fitted);
}

/* The bytes of the first character with the marks on it, and one beside it if both are narrow. */
static size_t next_character(const char *string, size_t length, int *width)
{
    uint32_t code;
    size_t at = utf8_decode(string, length, &code);
    *width = utf8_code_width(code);
    while (at < length) {
        size_t n = utf8_decode(string + at, length - at, &code);
        int more = utf8_code_width(code);
        if (!utf8_code_is_mark(code) || *width + more > 2)
            break;
        *width += more;
        at += n;
    }
    return at;
}

void label_put_down(struct canvas *c, struct field field, size_t rows, const char *raw,
                    const struct theme *theme, size_t *taken, bool *wide)
{
    struct text safe = TEXT_EMPTY, one = TEXT_EMPTY;
    escape(&safe, field.role, raw, theme);
    const char *rest = text_get(&safe);
    size_t length = strlen(rest), count = 0;
    for (; length > 0; count++) {
        int width;
        size_t n = next_character(rest, length, &width);
        if (width > 1 && wide != NULL)
            *wide = true;
        if (c != NULL && count < rows) {
            text_clear(&one);
            text_add_bytes(&one, rest, n);
            bool cut = count + 1 == rows && n < length;
            const char *ellipsis = is_ascii(theme) ? "~" : "\xe2\x80\xa6";
            canvas_put(c, field.row + count, field.col, field.role,
                       cut ? ellipsis : text_get(&one));
        }
        rest += n;
        length -= n;
    }
    if (taken != NULL)
        *taken = count;
    text_done(&safe);
    text_done(&one);
}

static void wrap_line(struct canvas *c, struct field *field, const char *line, struct text *piece)
{
    size_t length = strlen(line);
    do {
        size_t n = utf8_fold(line, length, field->cells);
        text_clear(piece);
        text_add_bytes(piece, line, n);
        if (c != NULL)
            canvas_put(c, field->row, field->col, field->role, text_get(piece));
        field->row++;
        while (n < length && line[n] == ' ')
            n++;
        line += n;
        length -= n;
    } while (length > 0);
}

bool label_wrap(struct canvas *c, struct field field, const char *raw, const struct theme *theme,
                size_t *rows)
{
    struct text safe = TEXT_EMPTY, piece = TEXT_EMPTY;
    size_t start = field.row;
    for (;;) {
        size_t length = strcspn(raw, "\n");
        text_clear(&safe);
        utf8_escape(&safe, raw, length, is_ascii(theme));
        wrap_line(c, &field, text_get(&safe), &piece);
        if (raw[length] == '\0')
            break;
        raw += length + 1;
    }
    *rows = field.row - start;
    text_done(&safe);
    text_done(&piece);
    return true;
}
