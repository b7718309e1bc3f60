#include "recovery.h"

#include <stdint.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/lang/lexer.h"
#include "bilens/lang/parser.h"

static size_t line_start(const char *text, size_t at)
{
    while (at > 0 && text[at - 1] != '\n')
        at--;
    return at;
}

/* The innermost bracket that is open behind the words from `from` to `end`. False: there is none.
 */
static bool open_bracket(const char *text, size_t from, size_t end, size_t *bracket)
{
    enum { DEEPEST = 64 };
    size_t open[DEEPEST], depth = 0;
    struct lexer l;
    struct err ignored = {0};
    lexer_init(&l, text, from);
    while (lexer_next(&l, &ignored) && l.token.kind != TOKEN_END && l.token.start < end) {
        char sign = l.token.kind == TOKEN_SIGN ? l.token.sign : ' ';
        if ((sign == '(' || sign == '[') && depth++ < DEEPEST)
            open[depth - 1] = l.token.start;
        depth -= (sign == ')' || sign == ']') && depth > 0;
        depth = l.token.kind == TOKEN_STOP ? 0 : depth;
    }
    if (depth == 0 || depth > DEEPEST)
        return false;
    *bracket = open[depth - 1];
    return true;
}

/* Does the line close a bracket that it has not opened? */
static bool closes(const char *text, size_t line)
{
    size_t end = line + strcspn(text + line, "\n"), depth = 1;
    struct lexer l;
    struct err ignored = {0};
    lexer_init(&l, text, line);
    while (depth > 0 && lexer_next(&l, &ignored) && l.token.kind != TOKEN_END &&
           l.token.start < end) {
        char sign = l.token.kind == TOKEN_SIGN ? l.token.sign : ' ';
        depth += sign == '(' || sign == '[';
        depth -= sign == ')' || sign == ']';
    }
    return depth == 0;
}

/* Does the error say that a line begins a statement of its own? A word where a sign is wanted does,
 * unless the line closes the bracket; a sign in the wrong place is a mistake in what that holds. */
static bool begins_anew(const char *text, size_t from, const struct err *e, size_t *bracket)
{
    size_t line = line_start(text, e->start);
    return e->code == ERR_SYNTAX && strchr("+-*/@,:')];", text[e->start]) == NULL &&
           !closes(text, line) && open_bracket(text, from, line, bracket);
}

/* Where the line behind that of the place begins. */
static size_t next_line(const char *text, size_t place)
{
    size_t end = place + strcspn(text + place, "\n");
    return text[end] == '\n' ? end + 1 : end;
}

/* Behind the next ';' or line end that follows the error, or, where not even the words can be
 * told, the next line. */
static size_t next_stop(const char *text, size_t from, size_t error)
{
    struct lexer l;
    struct err ignored = {0};
    lexer_init(&l, text, from);
    while (lexer_next(&l, &ignored) && l.token.kind != TOKEN_END)
        if (l.token.kind == TOKEN_STOP && l.token.start >= error)
            return l.at;
    if (l.token.kind == TOKEN_END)
        return strlen(text);
    return next_line(text, error);
}

size_t recovery_next(const char *text, size_t from, struct origin origin, struct err *e)
{
    size_t error = e->start > from ? e->start : from, bracket, line, column;
    bool anew = begins_anew(text, from, e, &bracket);
    if (!anew && !(e->code == ERR_SYNTAX && open_bracket(text, from, SIZE_MAX, &bracket)))
        return next_stop(text, from, error);
    char reason[sizeof e->message];
    memcpy(reason, e->message, sizeof reason);
    text_position(text, bracket, &line, &column);
    if (bracket < error)
        err_set(e, ERR_SYNTAX, "the '%c' of line %zu, column %zu is not closed before this: %s",
                text[bracket], origin.line + line - 1, column, reason);
    return anew ? line_start(text, error) : next_line(text, error);
}

bool recovery_breaks(const struct session_state *state, const char *text, size_t last_line)
{
    struct statement s;
    struct err e = {0};
    bool ok = true;
    size_t at = 0, start = 0, bracket;
    while (ok && at < last_line) {
        start = at;
        ok = statement_parse(text, &at, state->commands, state->names, &s, &e);
        statement_free(&s);
    }
    return !ok && e.start >= last_line && begins_anew(text, start, &e, &bracket);
}
