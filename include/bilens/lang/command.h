/* The table of commands, as the language sees it. cmd/commands.def and session/commands.def
 * fill it; the parser, help, completion and the manual are made from it. */
#ifndef BILENS_LANG_COMMAND_H
#define BILENS_LANG_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct call;
struct err;
struct provenance;
struct report;

/* Fills the report; on failure the statement has changed nothing. */
typedef bool command_handler(struct call *call, struct report *report, struct err *e);

struct command {
    const char *name;
    /* As help shows it and the parser obeys it: "VALUE [N] [--layer N] [--basis token|resid]".
     * VALUE, MATRIX, VECTOR, N: an expression; DIRECTION, CONTENT: one in which a bare word may be
     * a token (CONTENT: its embedding); STATEMENT: a whole statement, up to the end; anything else
     * in capitals: a raw word (path, name). A word in small letters stands before an argument as it
     * is: "to FILE", "[as NAME]". [X] may be missing,
     * X... may be repeated; an option's value follows its name, a|b lists the choices. */
    const char *signature;
    const char *summary; /* one line, for help's list */
    const char *details; /* paragraphs, for help NAME and the manual */
    const char *example; /* statements that run after `load tinystories-1-256` */
    command_handler *run;
};

struct command_table {
    const struct command *commands;
    size_t count;
    /* Why the current model has no matrix of that name, which other models have, and what
     * would work; NULL: it is no such name. The function may be NULL too. */
    const char *(*absence)(const void *model, const char *name);
    /* Is an open model still what it was when it was opened? Asked of those whose values a
     * statement is about to use, which fails otherwise. May be NULL. */
    bool (*still)(const void *model, struct err *e);
    /* What is to be remembered of a model that another takes the place of. May be NULL. */
    void (*describe)(const void *model, struct provenance *out);
};

enum argument_kind { ARGUMENT_EXPRESSION, ARGUMENT_DIRECTION, ARGUMENT_RAW, ARGUMENT_STATEMENT };

enum { ARGUMENTS_MOST = 4, OPTIONS_MOST = 12, WORD_MOST = 48, KEYWORD_MOST = 8 };

struct argument_spec {
    char keyword[KEYWORD_MOST]; /* the word that stands before it; empty: none */
    char name[WORD_MOST];
    enum argument_kind kind;
    bool optional, repeated;
    bool path; /* a FILE or MODEL: "~" at its beginning is the home folder */
};

struct option_spec {
    char name[WORD_MOST]; /* without the dashes */
    bool has_value;
    enum argument_kind kind;
    char choices[WORD_MOST]; /* "token|resid", or empty */
};

struct signature {
    size_t arguments, options;
    struct argument_spec argument[ARGUMENTS_MOST];
    struct option_spec option[OPTIONS_MOST];
};

/* Reads a signature; false if it breaks the rules above (a mistake in the table). */
bool signature_parse(const char *string, struct signature *out);

/* The command of that name, or the only one it abbreviates. NULL with the error set:
 * unknown (near names told) or ambiguous (candidates listed). */
const struct command *command_find(const struct command_table *table, const char *name,
                                   struct err *e);
/* The command of exactly that name, or NULL. */
const struct command *command_exact(const struct command_table *table, const char *name);

#endif
