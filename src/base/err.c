#include "bilens/base/err.h"

#include <stdio.h>
#include <string.h>

static const char *const code_names[ERR_COUNT] = {
    [ERR_NONE] = "none",
    [ERR_SYNTAX] = "syntax",
    [ERR_UNKNOWN_COMMAND] = "unknown-command",
    [ERR_UNKNOWN_NAME] = "unknown-name",
    [ERR_UNKNOWN_OPTION] = "unknown-option",
    [ERR_UNKNOWN_TOKEN] = "unknown-token",
    [ERR_AMBIGUOUS] = "ambiguous",
    [ERR_AXES] = "axes-mismatch",
    [ERR_INDEX] = "index-out-of-range",
    [ERR_TYPE] = "wrong-type",
    [ERR_ARGUMENT] = "bad-argument",
    [ERR_FILE] = "file",
    [ERR_NETWORK] = "network",
    [ERR_FORMAT] = "bad-format",
    [ERR_UNSUPPORTED] = "unsupported",
    [ERR_NONFINITE] = "non-finite",
    [ERR_NUMERIC] = "no-convergence",
    [ERR_BUDGET] = "memory-budget",
    [ERR_MEMORY] = "out-of-memory",
    [ERR_INTERRUPTED] = "interrupted",
};

bool err_set(struct err *e, enum err_code code, const char *format, ...)
{
    if (e == NULL)
        return false;
    va_list args;
    va_start(args, format);
    e->code = code;
    vsnprintf(e->message, sizeof e->message, format, args);
    va_end(args);
    return false;
}

bool err_memory(struct err *e)
{
    return err_set(e, ERR_MEMORY, "out of memory");
}

void err_append(struct err *e, const char *format, ...)
{
    if (e == NULL)
        return;
    size_t length = strlen(e->message);
    va_list args;
    va_start(args, format);
    vsnprintf(e->message + length, sizeof e->message - length, format, args);
    va_end(args);
}

void err_place(struct err *e, size_t start, size_t end)
{
    if (e == NULL || e->end != 0)
        return;
    e->start = start;
    e->end = end;
}

void err_clear(struct err *e)
{
    if (e != NULL)
        *e = (struct err){.code = ERR_NONE};
}

const char *err_code_name(enum err_code code)
{
    return (unsigned)code < ERR_COUNT ? code_names[code] : "unknown";
}
