#include "settings.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/path.h"
#include "bilens/base/text.h"
#include "bilens/formats/file.h"

enum { TOKEN_MOST = 4096, SECONDS_DEFAULT = 10, SECONDS_MOST = 86400 };

/* A variable that is set to something; NULL for an empty one, too. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool is_true(const char *name)
{
    static const char *const words[] = {"1", "ON", "YES", "TRUE"};
    const char *value = variable(name);
    for (size_t i = 0; value != NULL && i < sizeof words / sizeof *words; i++)
        if (strcasecmp(value, words[i]) == 0)
            return true;
    return false;
}

/* $HF_HOME and what lies in it. */
static void add_home(struct text *t, const char *name)
{
    const char *home = variable("HF_HOME"), *cache = variable("XDG_CACHE_HOME");
    if (home != NULL)
        text_add(t, home);
    else
        text_printf(t, "%s/huggingface", cache != NULL ? cache : "~/.cache");
    text_printf(t, "/%s", name);
}

/* The first variable that is set, else a name in $HF_HOME; ~ and variables in it expanded, as
 * huggingface_hub does. */
static char *choose_path(const char *first, const char *second, const char *name)
{
    struct text t = TEXT_EMPTY;
    const char *value = variable(first);
    if (value == NULL && second != NULL)
        value = variable(second);
    if (value != NULL)
        text_add(&t, value);
    else
        add_home(&t, name);
    char *path = path_expand(text_get(&t), true);
    text_done(&t);
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    return path;
}

static char *choose_endpoint(struct err *e)
{
    const char *value = variable("HF_ENDPOINT");
    size_t length;
    if (value == NULL)
        value = "https://huggingface.co";
    if (strncasecmp(value, "https://", 8) != 0 && strncasecmp(value, "http://", 7) != 0) {
        err_set(e, ERR_ARGUMENT,
                "HF_ENDPOINT is \"%.200s\": an address begins with https:// (or http://)", value);
        return NULL;
    }
    length = strlen(value);
    while (length > 0 && value[length - 1] == '/')
        length--;
    return mem_strndup(value, length);
}

static bool choose_seconds(const char *name, unsigned *out, struct err *e)
{
    const char *value = variable(name);
    char *end;
    *out = SECONDS_DEFAULT;
    if (value == NULL)
        return true;
    unsigned long seconds = strtoul(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || seconds > SECONDS_MOST)
        return err_set(e, ERR_ARGUMENT, "%s is a number of seconds, not \"%.100s\"", name, value);
    if (seconds > 0)
        *out = (unsigned)seconds;
    return true;
}

/* Takes a token without the white space around it. One with anything else than printable
 * characters could smuggle in a header of its own: it is refused, and not shown. */
static bool take_token(struct hub_settings *s, const char *text, const char *source, struct err *e)
{
    static const char white[] = " \t\r\n\v\f";
    text += strspn(text, white);
    size_t length = strlen(text);
    while (length > 0 && strchr(white, text[length - 1]) != NULL)
        length--;
    if (length == 0)
        return true;
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return err_set(e, ERR_ARGUMENT, "the token of %s holds a character that no token has",
                           source);
    s->token = mem_strndup(text, length);
    s->token_source = mem_strdup(source);
    return true;
}

static bool choose_token(struct hub_settings *s, struct err *e)
{
    static const char *const names[] = {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"};
    if (is_true("HF_HUB_DISABLE_IMPLICIT_TOKEN"))
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (variable(names[i]) == NULL)
            continue;
        if (!take_token(s, variable(names[i]), names[i], e))
            return false;
        if (s->token != NULL)
            return true;
    }
    if (!file_exists(s->token_file))
        return true;
    size_t length;
    char *text = file_read(s->token_file, TOKEN_MOST, &length, e);
    bool ok = text != NULL && take_token(s, text, s->token_file, e);
    mem_free(text);
    return ok;
}

void hub_settings_read(struct hub_settings *s)
{
    *s = (struct hub_settings){0};
    s->cache = choose_path("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "hub");
    s->token_file = choose_path("HF_TOKEN_PATH", NULL, "token");
    if (is_true("HF_HUB_OFFLINE"))
        s->offline = "HF_HUB_OFFLINE";
    else if (is_true("TRANSFORMERS_OFFLINE"))
        s->offline = "TRANSFORMERS_OFFLINE";
}

bool hub_settings_connect(struct hub_settings *s, struct err *e)
{
    s->endpoint = choose_endpoint(e);
    return s->endpoint != NULL && choose_seconds("HF_HUB_ETAG_TIMEOUT", &s->answer_seconds, e) &&
           choose_seconds("HF_HUB_DOWNLOAD_TIMEOUT", &s->stall_seconds, e) && choose_token(s, e);
}

void hub_settings_done(struct hub_settings *s)
{
    mem_free(s->cache);
    mem_free(s->endpoint);
    mem_free(s->token);
    mem_free(s->token_source);
    mem_free(s->token_file);
    *s = (struct hub_settings){0};
}
