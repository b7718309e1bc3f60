/* Tokens of a statement. */
#ifndef BILENS_LANG_LEXER_H
#define BILENS_LANG_LEXER_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct text;

enum token_kind {
    TOKEN_END,  /* of the text */
    TOKEN_STOP, /* ';' or a line's end: a statement ends here */
    TOKEN_NUMBER,
    TOKEN_NAME,
    TOKEN_STRING,
    TOKEN_OPTION,   /* --name, only where options are wanted */
    TOKEN_ELLIPSIS, /* ... */
    TOKEN_APPEND,   /* >> */
    TOKEN_RAW,      /* the start of a raw word, where those are wanted */
    TOKEN_SIGN      /* one of @*+-/'()[],:=.>| : sign tells which */
};

struct token {
    enum token_kind kind;
    char sign;
    double number;
    bool whole;        /* the number was written without point or exponent */
    size_t start, end; /* bytes of the text */
};

struct lexer {
    const char *text;
    size_t at;
    size_t open;        /* where the outermost open bracket stands */
    bool equals;        /* did '=' follow the option looked at? */
    size_t depth;       /* open brackets: a line's end inside them is a blank */
    bool options;       /* is "--name" after a blank an option? */
    bool raw;           /* are words raw (lexer_raw), so that only their start is looked for? */
    struct token token; /* the one looked at */
};

void lexer_init(struct lexer *l, const char *text, size_t at);
/* Moves to the next token. False on a character or string that is none. */
bool lexer_next(struct lexer *l, struct err *e);

/* Reads a raw word (a path, a bare word) from the place of the token looked at: up to a
 * blank or ';', or a quoted string. Appends what it means to out, then moves on. */
bool lexer_raw(struct lexer *l, struct text *out, size_t *start, size_t *end, struct err *e);

/* Appends what a string token means, its escapes undone: \" \\ \n \t \r \xNN \u{N}. */
bool lexer_string(const char *text, struct token token, struct text *out, struct err *e);

/* Does the text want another line: an open bracket, or a trailing backslash? */
bool lexer_wants_more(const char *text);
/* The same of a text that grows by whole lines, and which is read once only: all zero for the
 * first, then as it was left. */
struct lexer_progress {
    struct lexer lexer; /* behind the last token that was read */
    size_t end;         /* of the last token in its line: a '#' behind it starts a comment */
};
bool lexer_goes_on(struct lexer_progress *p, const char *text);

#endif
