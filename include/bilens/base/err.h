/* Errors are values with a place. A function that can fail takes a caller-owned
 * struct err and returns false (or NULL) after filling it. */
#ifndef BILENS_BASE_ERR_H
#define BILENS_BASE_ERR_H

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>

enum err_code {
    ERR_NONE,
    ERR_SYNTAX,
    ERR_UNKNOWN_COMMAND,
    ERR_UNKNOWN_NAME,
    ERR_UNKNOWN_OPTION,
    ERR_UNKNOWN_TOKEN,
    ERR_AMBIGUOUS,
    ERR_AXES,        /* axes that do not match in a product or sum */
    ERR_INDEX,       /* an index out of range */
    ERR_TYPE,        /* a value of the wrong kind */
    ERR_ARGUMENT,    /* an argument or option value that does not fit */
    ERR_FILE,        /* the system refused a file: missing, unreadable */
    ERR_NETWORK,     /* a server cannot be reached, or refuses, or answers nonsense */
    ERR_FORMAT,      /* a file's contents break its format */
    ERR_UNSUPPORTED, /* understood, but not something bilens does */
    ERR_NONFINITE,   /* NaN or infinities where finite numbers are needed */
    ERR_NUMERIC,     /* an algorithm did not converge */
    ERR_BUDGET,      /* a result over the memory budget */
    ERR_MEMORY,
    ERR_INTERRUPTED,
    ERR_COUNT
};

struct err {
    enum err_code code;
    /* The bytes of the statement it is about: [start, end), or start = end = 0
     * where no place is known. Offsets, not columns. */
    size_t start, end;
    char message[1536]; /* one line, no final full stop; may hold raw bytes from files */
};

/* Fills e (which may be NULL) and returns false, so that a caller can write
 * `return err_set(e, ...)`. A place that e already has is kept. */
__attribute__((format(printf, 3, 4))) bool err_set(struct err *e, enum err_code code,
                                                   const char *format, ...);

/* The same for "out of memory", which must not itself allocate. */
bool err_memory(struct err *e);
static inline bool out_of_memory(void)
{
    return false;
}

/* Appends to the message of an error that is already set. */
__attribute__((format(printf, 2, 3))) void err_append(struct err *e, const char *format, ...);

/* Gives an error its place, unless it has one (the innermost place is kept). */
void err_place(struct err *e, size_t start, size_t end);

void err_clear(struct err *e);

/* The code as JSON spells it: "unknown-name". */
const char *err_code_name(enum err_code code);

#endif
