#include "repo.h"

#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"

static const char hexadecimal[] = "0123456789abcdef";

/* Not isalnum: what a name may hold does not depend on the locale. */
static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The hub's rules for an owner and for a name. Returns the rule broken, or NULL. */
static const char *part_fault(const char *part, size_t length)
{
    if (length == 0 || length > REPO_PART_MOST)
        return "an owner and a name have 1 to 96 characters";
    for (size_t i = 0; i < length; i++)
        if (!is_word(part[i]) && part[i] != '-' && part[i] != '.')
            return "only letters, digits, '-', '_' and '.' may stand in it";
    if (!is_word(part[0]) || !is_word(part[length - 1]))
        return "an owner and a name begin and end with a letter, a digit or '_'";
    return NULL;
}

static const char *id_fault(const char *id, size_t length)
{
    const char *slash = memchr(id, '/', length);
    size_t owner = slash != NULL ? (size_t)(slash - id) : 0;
    size_t rest = slash != NULL ? owner + 1 : 0;
    const char *fault = slash != NULL ? part_fault(id, owner) : NULL;
    if (fault == NULL)
        fault = part_fault(id + rest, length - rest);
    for (size_t i = 0; fault == NULL && i + 1 < length; i++)
        if ((id[i] == '-' || id[i] == '.') && id[i] == id[i + 1])
            return "neither \"--\" nor \"..\" may stand in it";
    if (fault == NULL && length > 4 && memcmp(id + length - 4, ".git", 4) == 0)
        return "it may not end in \".git\"";
    return fault;
}

/* What git allows in the name of a branch or tag, less what a path must not hold. */
static const char *revision_fault(const char *revision)
{
    size_t length = strlen(revision);
    if (length == 0 || length > REPO_REVISION_MOST)
        return "it has 1 to 200 characters";
    for (const char *c = revision; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~' || strchr("~^:?*[]\\\"", *c) != NULL)
            return "only printable ASCII without ~ ^ : ? * [ ] \\ \" may stand in it";
        if ((c == revision || c[-1] == '/') && (*c == '.' || *c == '/'))
            return "no part of it may be empty or begin with '.'";
    }
    if (revision[length - 1] == '/')
        return "no part of it may be empty or begin with '.'";
    if (strstr(revision, "..") != NULL)
        return "\"..\" may not stand in it";
    return NULL;
}

/* "owner/name" as the cache calls its folder. */
static void set_folder(struct hub_repo *r)
{
    const char *slash = strchr(r->id, '/');
    int owner = slash != NULL ? (int)(slash - r->id) : 0;
    snprintf(r->folder, sizeof r->folder, "models--%.*s%s%.97s", owner, r->id,
             slash != NULL ? "--" : "", slash != NULL ? slash + 1 : r->id);
}

bool repo_parse(const char *name, struct hub_repo *out, struct err *e)
{
    size_t length = strcspn(name, "@");
    const char *fault = id_fault(name, length);
    *out = (struct hub_repo){.revision = "main"};
    if (fault != NULL)
        return err_set(e, ERR_ARGUMENT, "\"%.*s\" is not the name of a model of the hub: %s",
                       (int)(length < 300 ? length : 300), name, fault);
    memcpy(out->id, name, length);
    out->owned = strchr(out->id, '/') != NULL;
    set_folder(out);
    if (name[length] == '\0')
        return true;
    out->revised = true;
    fault = revision_fault(name + length + 1);
    if (fault != NULL)
        return err_set(e, ERR_ARGUMENT, "\"%.300s\" is not a revision: %s", name + length + 1,
                       fault);
    strcpy(out->revision, name + length + 1); /* revision_fault has measured it */
    return true;
}

bool repo_of_folder(const char *folder, struct hub_repo *out)
{
    static const char prefix[] = "models--";
    char id[sizeof out->id];
    if (strncmp(folder, prefix, sizeof prefix - 1) != 0)
        return false;
    folder += sizeof prefix - 1;
    const char *middle = strstr(folder, "--");
    int length = middle != NULL ? snprintf(id, sizeof id, "%.*s/%s", (int)(middle - folder), folder,
                                           middle + 2)
                                : snprintf(id, sizeof id, "%s", folder);
    return length > 0 && (size_t)length < sizeof id && strchr(id, '@') == NULL &&
           repo_parse(id, out, NULL);
}

bool repo_is_commit(const char *revision)
{
    return strspn(revision, hexadecimal) == REPO_COMMIT_LENGTH &&
           revision[REPO_COMMIT_LENGTH] == '\0';
}
