#include "bilens/lang/lexer.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/text.h"

void lexer_init(struct lexer *l, const char *text, size_t at)
{
    *l = (struct lexer){.text = text, .at = at};
}

static bool is_name_start(char c)
{
    return isalpha((unsigned char)c) || c == '_';
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Length of a line's end at s: "\n" or "\r\n". */
static size_t line_end(const char *s)
{
    if (*s == '\n')
        return 1;
    return s[0] == '\r' && s[1] == '\n' ? 2 : 0;
}

/* Skips blanks, comments, continued lines and, inside brackets, line ends. */
static void skip_blank(struct lexer *l)
{
    const char *s = l->text;
    for (;;) {
        size_t end = line_end(s + l->at);
        if (s[l->at] == ' ' || s[l->at] == '\t')
            l->at++;
        else if (s[l->at] == '\\' && line_end(s + l->at + 1) > 0)
            l->at += 1 + line_end(s + l->at + 1);
        else if (end > 0 && l->depth > 0)
            l->at += end;
        else if (s[l->at] == '#')
            l->at += strcspn(s + l->at, "\n");
        else
            return;
    }
}

static bool lex_number(struct lexer *l, struct err *e)
{
    const char *s = l->text + l->at;
    size_t n = strspn(s, "0123456789");
    bool whole = true;
    if (s[n] == '.' && s[n + 1] != '.') {
        whole = false;
        n += 1 + strspn(s + n + 1, "0123456789");
    }
    if ((s[n] == 'e' || s[n] == 'E') &&
        isdigit((unsigned char)s[n + 1 + (s[n + 1] == '-' || s[n + 1] == '+')])) {
        whole = false;
        n += 1 + (s[n + 1] == '-' || s[n + 1] == '+');
        n += strspn(s + n, "0123456789");
    }
    l->token.kind = TOKEN_NUMBER;
    l->token.whole = whole;
    l->token.number = strtod(s, NULL);
    l->at += n;
    if (!is_name(s[n]))
        return true;
    err_place(e, l->token.start, l->at + 1);
    return err_set(e, ERR_SYNTAX, "a name cannot start with a digit");
}

static bool lex_string(struct lexer *l, struct err *e)
{
    size_t i = l->at + 1;
    const char *s = l->text;
    while (s[i] != '"' && s[i] != '\0' && s[i] != '\n')
        i += s[i] == '\\' && s[i + 1] != '\0' && s[i + 1] != '\n' ? 2 : 1;
    l->token.kind = TOKEN_STRING;
    if (s[i] != '"') {
        err_place(e, l->at, i);
        return err_set(e, ERR_SYNTAX, "a string without its closing \"");
    }
    l->at = i + 1;
    return true;
}

static bool lex_sign(struct lexer *l, struct err *e)
{
    char c = l->text[l->at];
    if (c != '\0' && strchr("@*+-/'()[],:=.>|", c) != NULL) {
        l->token.kind = TOKEN_SIGN;
        l->token.sign = c;
        if ((c == '(' || c == '[') && l->depth++ == 0)
            l->open = l->at;
        if ((c == ')' || c == ']') && l->depth > 0)
            l->depth--;
        l->at++;
        return true;
    }
    size_t length = 1; /* a whole UTF-8 sequence, for the message */
    while (((unsigned char)l->text[l->at + length] & 0xc0) == 0x80)
        length++;
    err_place(e, l->at, l->at + length);
    err_set(e, ERR_SYNTAX, "'%.*s' means nothing here", (int)length, l->text + l->at);
    if (c == '{' || c == '}' || c == '&' || c == '!' || c == '%')
        return false;
    if ((unsigned char)c >= 0x80)
        err_append(e, "; put a token in double quotes");
    return false;
}

static bool lex_token(struct lexer *l, bool after_blank, struct err *e)
{
    const char *s = l->text + l->at;
    if (*s == '\0')
        l->token.kind = TOKEN_END;
    else if (line_end(s) > 0 || *s == ';') {
        l->token.kind = TOKEN_STOP;
        l->at += *s == ';' ? 1 : line_end(s);
    } else if (l->raw && (isalnum((unsigned char)*s) || strchr("\"_.", *s) != NULL))
        l->token.kind = TOKEN_RAW;
    else if (isdigit((unsigned char)*s) || (*s == '.' && isdigit((unsigned char)s[1])))
        return lex_number(l, e);
    else if (is_name_start(*s)) {
        l->token.kind = TOKEN_NAME;
        while (is_name(l->text[l->at]))
            l->at++;
    } else if (*s == '"')
        return lex_string(l, e);
    else if (strncmp(s, "...", 3) == 0) {
        l->token.kind = TOKEN_ELLIPSIS;
        l->at += 3;
    } else if (strncmp(s, ">>", 2) == 0) {
        l->token.kind = TOKEN_APPEND;
        l->at += 2;
    } else if (l->options && after_blank && s[0] == '-' && s[1] == '-' && is_name_start(s[2])) {
        l->token.kind = TOKEN_OPTION;
        l->at += 2;
        while (is_name(l->text[l->at]) || l->text[l->at] == '-')
            l->at++;
        l->equals = l->text[l->at] == '='; /* --name=value is --name value */
    } else if (l->raw && *s != '>' && *s != '|')
        l->token.kind = TOKEN_RAW;
    else
        return lex_sign(l, e);
    return true;
}

bool lexer_next(struct lexer *l, struct err *e)
{
    size_t before = l->at;
    skip_blank(l);
    l->token = (struct token){.start = l->at};
    bool ok = lex_token(l, l->at > before || before == 0, e);
    l->token.end = l->at;
    l->at += l->token.kind == TOKEN_OPTION && l->equals;
    return ok;
}

/* Where a raw word ends: at a blank, ';' or a line's end. */
static size_t raw_length(const char *s)
{
    size_t n = strcspn(s, " \t\n;");
    return n > 0 && s[n - 1] == '\r' && s[n] == '\n' ? n - 1 : n;
}

bool lexer_raw(struct lexer *l, struct text *out, size_t *start, size_t *end, struct err *e)
{
    l->at = l->token.start;
    l->depth = 0; /* a bracket looked at was the word's, and words stand outside of all others */
    *start = l->at;
    if (l->text[l->at] == '"') {
        if (!lex_string(l, e))
            return false;
        struct token token = {.kind = TOKEN_STRING, .start = *start, .end = l->at};
        *end = l->at;
        return lexer_string(l->text, token, out, e) && lexer_next(l, e);
    }
    size_t n = raw_length(l->text + l->at);
    text_add_bytes(out, l->text + l->at, n);
    l->at += n;
    *end = l->at;
    return lexer_next(l, e);
}

/* \xNN or \u{N...} at s (behind the backslash); returns what it took, 0 if it is neither. */
static size_t numeric_escape(const char *s, struct text *out)
{
    if (s[0] == 'x' && isxdigit((unsigned char)s[1]) && isxdigit((unsigned char)s[2])) {
        char digits[3] = {s[1], s[2], '\0'};
        char byte = (char)strtoul(digits, NULL, 16);
        text_add_char(out, byte);
        return byte != '\0' ? 3 : 0; /* a NUL would end the string without a word */
    }
    if (s[0] == 'u' && s[1] == '{' && isxdigit((unsigned char)s[2])) {
        char *stop;
        unsigned long code = strtoul(s + 2, &stop, 16);
        if (*stop == '}' && code > 0 && code <= 0x10ffff) {
            text_add_code(out, (uint32_t)code);
            return (size_t)(stop + 1 - s);
        }
    }
    return 0;
}

bool lexer_string(const char *text, struct token token, struct text *out, struct err *e)
{
    static const char from[] = "\"\\ntr", to[] = "\"\\\n\t\r";
    for (size_t i = token.start + 1; i + 1 < token.end;) {
        if (text[i] != '\\') {
            text_add_char(out, text[i++]);
            continue;
        }
        const char *simple = strchr(from, text[i + 1]);
        size_t taken = 1;
        if (simple != NULL)
            text_add_char(out, to[simple - from]);
        else
            taken = numeric_escape(text + i + 1, out);
        if (taken == 0) {
            size_t length = 2; /* a whole UTF-8 sequence, for the message */
            while (((unsigned char)text[i + length] & 0xc0) == 0x80)
                length++;
            err_place(e, i, i + length);
            return err_set(e, ERR_SYNTAX, "'%.*s' is no escape; a backslash is written \\\\",
                           (int)length, text + i);
        }
        i += 1 + taken;
    }
    return true;
}

bool lexer_goes_on(struct lexer_progress *p, const char *text)
{
    struct err e = {0};
    p->lexer.text = text;
    for (struct lexer l = p->lexer; lexer_next(&l, &e); l = p->lexer) {
        p->lexer = l;
        if (l.token.kind == TOKEN_END)
            break;
        p->end = l.token.kind == TOKEN_STOP ? p->end : l.token.end;
    } /* an error is for the parser to tell; go on looking for a backslash */
    if (e.code == ERR_NONE && p->lexer.depth > 0)
        return true;
    size_t n = p->lexer.at + strlen(text + p->lexer.at);
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    const char *line = text + n;
    while (line > text + p->end && line[-1] != '\n')
        line--;
    return n > 0 && text[n - 1] == '\\' && memchr(line, '#', (size_t)(text + n - line)) == NULL;
}

bool lexer_wants_more(const char *text)
{
    struct lexer_progress p = {0};
    return lexer_goes_on(&p, text);
}
