#include "names.h"

#include <ctype.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/lang/expression.h"
#include "bilens/lang/workspace.h"

/* Length of a name at s; 0 if there is none. */
static size_t name_length(const char *s)
{
    size_t n = 0;
    if (!isalpha((unsigned char)s[0]) && s[0] != '_')
        return 0;
    while (isalnum((unsigned char)s[n]) || s[n] == '_')
        n++;
    return n;
}

bool name_is_written(const char *name)
{
    enum { MOST = 200 };
    size_t first = name_length(name),
           second = name[first] == '.' ? name_length(name + first + 1) : 0;
    size_t whole = second > 0 ? first + 1 + second : first;
    return first > 0 && name[whole] == '\0' && strlen(name) <= MOST;
}

bool name_is_free(const struct call *c, const char *name)
{
    return name_is_written(name) &&
           (strchr(name, '.') != NULL ||
            (command_exact(c->commands, name) == NULL && !expression_is_function(name)));
}

bool alias_is_free(struct call *c, const char *alias, struct err *e)
{
    if (alias == NULL)
        return true;
    if (!name_is_free(c, alias))
        err_set(e, ERR_ARGUMENT, "'%s' is a command or function; choose another name", alias);
    else if (workspace_get(c->evaluator.names, alias) != NULL)
        err_set(e, ERR_ARGUMENT, "%s is the name of a value; choose another name", alias);
    else
        return true;
    return call_fail(c, call_count(c) - 1, e);
}
