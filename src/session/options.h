/* The command line: one table, from which usage and manual are made too. */
#ifndef BILENS_SESSION_OPTIONS_H
#define BILENS_SESSION_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "session.h"

struct program_option {
    const char *name;     /* long, without dashes */
    char letter;          /* short, or 0 */
    const char *argument; /* NULL: none */
    const char *help;
};
extern const struct program_option program_options[];
extern const size_t program_option_count;

/* What there is to run, in the order given. */
struct job {
    bool is_file;
    const char *text; /* statements, or a path; borrowed from argv */
};

struct options {
    struct settings settings;
    bool keep_going, no_init, offline, safe, help, version, man, examples;
    const char *load;
    size_t count;
    struct job *jobs; /* owned */
};

/* False after a message on standard error: a usage error. */
bool options_read(int argc, char **argv, struct options *out);
void options_usage(void);

#endif
