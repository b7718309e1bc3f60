#include "bilens/base/path.h"

#include <ctype.h>
#include <pwd.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bilens/base/mem.h"
#include "bilens/base/text.h"

/* The home folder of "" (whoever runs the program) or of a user; NULL where there is none. */
static const char *home_of(const char *user)
{
    const char *home = *user == '\0' ? getenv("HOME") : NULL;
    if (home != NULL && *home != '\0')
        return home;
    const struct passwd *entry = *user == '\0' ? getpwuid(getuid()) : getpwnam(user);
    return entry != NULL ? entry->pw_dir : NULL;
}

/* Adds the home folder for "~user"; returns what follows it, or path itself. */
static const char *add_home(struct text *out, const char *path)
{
    size_t length = strcspn(path, "/");
    char *user = *path == '~' ? mem_strndup(path + 1, length - 1) : NULL;
    const char *home = user != NULL ? home_of(user) : NULL;
    mem_free(user);
    if (home == NULL)
        return path;
    size_t size = strlen(home);
    while (size > 0 && home[size - 1] == '/')
        size--;
    text_add_bytes(out, home, size);
    if (size == 0 && path[length] == '\0')
        text_add_char(out, '/');
    return path + length;
}

/* The name that stands after a '$' at s, in braces or not: its length (0: none), and where what
 * follows it begins. */
static size_t variable_name(const char *s, const char **name, const char **after)
{
    bool braces = s[1] == '{';
    *name = s + 1 + braces;
    size_t length = 0;
    if (braces)
        length = strcspn(*name, "}");
    else
        while (isalnum((unsigned char)(*name)[length]) || (*name)[length] == '_')
            length++;
    *after = *name + length + braces;
    return braces && (*name)[length] != '}' ? 0 : length;
}

static void add_variables(struct text *out, const char *s)
{
    while (*s != '\0') {
        const char *name, *after;
        size_t length = *s == '$' ? variable_name(s, &name, &after) : 0;
        char *copy = length > 0 ? mem_strndup(name, length) : NULL;
        const char *value = copy != NULL ? getenv(copy) : NULL;
        mem_free(copy);
        if (value == NULL) {
            text_add_char(out, *s++);
            continue;
        }
        text_add(out, value);
        s = after;
    }
}

char *path_expand(const char *path, bool variables)
{
    struct text home = TEXT_EMPTY, all = TEXT_EMPTY;
    text_add(&home, add_home(&home, path));
    if (!variables)
        return text_take(&home);
    add_variables(&all, text_get(&home));
    text_done(&home);
    return text_take(&all);
}
