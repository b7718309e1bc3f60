#include "bilens/lang/command.h"

#include <ctype.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/near.h"

/* Copies the next word of s (to a blank or ']') into word; returns what follows. */
static const char *next_word(const char *s, char *word)
{
    size_t n = strcspn(s, " ]");
    if (n >= WORD_MOST)
        n = WORD_MOST - 1;
    memcpy(word, s, n);
    word[n] = '\0';
    return s + n;
}

static enum argument_kind kind_of(const char *name)
{
    static const char *const expressions[] = {"VALUE", "MATRIX", "VECTOR", "N"};
    if (strcmp(name, "DIRECTION") == 0 || strcmp(name, "CONTENT") == 0)
        return ARGUMENT_DIRECTION;
    if (strcmp(name, "STATEMENT") == 0)
        return ARGUMENT_STATEMENT;
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++)
        if (strcmp(name, expressions[i]) == 0)
            return ARGUMENT_EXPRESSION;
    return ARGUMENT_RAW;
}

static bool add_option(struct signature *out, const char **s)
{
    if (out->options == OPTIONS_MOST)
        return false;
    struct option_spec *o = &out->option[out->options++];
    char value[WORD_MOST];
    *s = next_word(*s + 2, o->name);
    if (**s != ' ')
        return true;
    *s = next_word(*s + 1, value);
    o->has_value = true;
    o->kind = kind_of(value);
    if (strchr(value, '|') != NULL)
        memcpy(o->choices, value, sizeof value);
    return true;
}

/* Is the word one that is typed as it is, before an argument? */
static bool is_keyword(const char *word, const char *after)
{
    return islower((unsigned char)word[0]) && strchr(word, '|') == NULL && *after == ' ' &&
           strlen(word) < KEYWORD_MOST;
}

static bool add_argument(struct signature *out, const char **s, bool optional)
{
    if (out->arguments == ARGUMENTS_MOST)
        return false;
    struct argument_spec *a = &out->argument[out->arguments++];
    *s = next_word(*s, a->name);
    if (is_keyword(a->name, *s)) {
        memcpy(a->keyword, a->name, strlen(a->name) + 1);
        *s = next_word(*s + 1, a->name);
    }
    size_t n = strlen(a->name);
    a->optional = optional;
    a->repeated = n > 3 && strcmp(a->name + n - 3, "...") == 0;
    if (a->repeated)
        a->name[n - 3] = '\0';
    a->kind = kind_of(a->name);
    a->path = strcmp(a->name, "FILE") == 0 || strcmp(a->name, "MODEL") == 0;
    return n > 0;
}

bool signature_parse(const char *s, struct signature *out)
{
    *out = (struct signature){0};
    while (*s != '\0') {
        bool optional = *s == '[';
        s += optional;
        bool ok = strncmp(s, "--", 2) == 0 ? optional && add_option(out, &s)
                                           : add_argument(out, &s, optional);
        if (!ok || (optional && *s++ != ']'))
            return false;
        s += strspn(s, " ");
    }
    return true;
}

const struct command *command_exact(const struct command_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->commands[i].name, name) == 0)
            return &table->commands[i];
    return NULL;
}

const struct command *command_find(const struct command_table *table, const char *name,
                                   struct err *e)
{
    const struct command *found = command_exact(table, name);
    if (found != NULL)
        return found;
    size_t matches = 0, length = strlen(name);
    struct near near = {0};
    for (size_t i = 0; i < table->count; i++) {
        const struct command *c = &table->commands[i];
        if (strncmp(c->name, name, length) != 0) {
            near_offer(&near, name, c->name);
            continue;
        }
        found = c;
        if (matches++ == 0)
            err_set(e, ERR_AMBIGUOUS, "'%s' may be: %s", name, c->name);
        else
            err_append(e, ", %s", c->name);
    }
    if (matches > 1)
        return NULL;
    if (found != NULL) {
        err_clear(e);
        return found;
    }
    err_set(e, ERR_UNKNOWN_COMMAND, "unknown command '%s'", name);
    near_append(&near, e);
    return NULL;
}
