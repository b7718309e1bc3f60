/* From text to statements. */
#ifndef BILENS_LANG_PARSER_H
#define BILENS_LANG_PARSER_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/lang/command.h"

struct err;
struct workspace;

enum node_kind {
    NODE_NUMBER,
    NODE_NAME,
    NODE_STRING,
    NODE_NEGATE,
    NODE_TRANSPOSE,
    NODE_PRODUCT, /* a @ b */
    NODE_TIMES,   /* a * b */
    NODE_DIVIDE,
    NODE_ADD,
    NODE_SUBTRACT,
    NODE_INDEX, /* parts[0][parts[1], ...] */
    NODE_FIELD, /* parts[0].text */
    NODE_CALL,  /* text(parts...) */
    NODE_SLICE, /* parts[0]:parts[1]:parts[2]; a missing part is NULL */
    NODE_ELLIPSIS
};

struct node {
    enum node_kind kind;
    size_t start, end; /* bytes of the text */
    double number;
    bool whole;
    char *text; /* name, string or field; owned */
    size_t count;
    struct node **parts; /* owned */
};

struct argument {
    struct node *node; /* an expression, or NULL: */
    char *raw;         /* a raw word */
    size_t start, end;
};

struct given_option {
    char name[WORD_MOST]; /* without the dashes */
    bool has_value;
    struct argument value;
    size_t start, end;
};

enum statement_kind { STATEMENT_COMMAND, STATEMENT_ASSIGN, STATEMENT_EXPRESSION, STATEMENT_EMPTY };
enum redirect_kind { REDIRECT_NONE, REDIRECT_WRITE, REDIRECT_APPEND, REDIRECT_PIPE };

struct statement {
    enum statement_kind kind;
    size_t start, end; /* bytes of the text, without the separator */
    const struct command *command;
    struct signature signature;
    char *name; /* assigned to */
    size_t name_end;
    size_t arguments;
    struct argument *argument;
    size_t options;
    struct given_option option[OPTIONS_MOST];
    struct statement *inner; /* of a command that takes one (STATEMENT); owned; NULL: not given */
    enum redirect_kind redirect;
    char *target; /* file, or shell command */
};

/* Parses the statement at *at of text and moves *at behind it and its separator. The
 * workspace tells which bare words are names (a name beats an abbreviated command); may
 * be NULL. On a syntax error *at is moved behind the whole text: nothing of it runs. */
bool statement_parse(const char *text, size_t *at, const struct command_table *table,
                     const struct workspace *names, struct statement *out, struct err *e);
void statement_free(struct statement *s);

/* Parses all of text as one expression. The caller frees it. */
struct node *expression_parse(const char *text, struct err *e);
void node_free(struct node *n);

#endif
