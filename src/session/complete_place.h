/* Where in a statement a word is being completed. */
#ifndef BILENS_SESSION_COMPLETE_PLACE_H
#define BILENS_SESSION_COMPLETE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/lang/command.h"

enum place_kind {
    PLACE_STATEMENT,  /* its first word: a command or a name */
    PLACE_EXPRESSION, /* outside a command */
    PLACE_ARGUMENT,   /* of a command */
    PLACE_VALUE,      /* of a command's option */
    PLACE_FILE        /* behind > or >>, or in a shell command */
};

struct place {
    enum place_kind kind;
    const struct command *command; /* or NULL; borrowed */
    struct signature signature;
    size_t argument;                  /* which one of the signature's; its last where it repeats */
    const struct option_spec *option; /* of PLACE_VALUE; in signature */
    bool quoted;                      /* does the word stand in an open quotation mark? */
    char previous[WORD_MOST];         /* the word before this one, after the command; or "" */
};

/* Reads the line up to `end`, where the cursor stands. */
void place_read(struct place *p, const char *line, size_t end, const struct command_table *table);
/* Is the word there raw (a path, a bare word), so that only blanks end it? */
bool place_is_raw(const struct place *p);
/* The argument that is being typed, or NULL where the command takes no more. */
const struct argument_spec *place_argument(const struct place *p);

#endif
