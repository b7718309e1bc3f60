/* What an answer means that brings no file, in words, and what would help. */
#include <string.h>

#include "bilens/base/err.h"
#include "cache.h"
#include "client.h"

/* Where a token goes, or whose it was. */
static void advise_token(const struct client *c, const char *with, struct err *e)
{
    const struct hub_settings *s = c->settings;
    if (s->token != NULL)
        err_append(e, "; the token of %s %s", s->token_source, with);
    else
        err_append(e, "; a token that may read it goes into HF_TOKEN or the file %s",
                   s->token_file);
}

void client_say_where(const struct client *c, const struct hub_repo *r, struct err *e)
{
    char commit[REPO_COMMIT_LENGTH + 1];
    if (!cache_commit(c->settings->cache, r, commit))
        err_append(e, "; %s is not a file or folder, and not in the cache %s", r->id,
                   c->settings->cache);
}

static void refuse_missing(const struct client *c, const struct hub_repo *r, struct err *e)
{
    err_set(e, ERR_UNKNOWN_NAME, "%s has no model %s, or only for some to read", c->home.text,
            r->id);
    advise_token(c, "may not read it, if it is there", e);
}

static void refuse_gated(const struct client *c, const struct hub_repo *r, struct err *e)
{
    err_set(e, ERR_NETWORK, "%s is gated: its conditions must be accepted, at %s/%s", r->id,
            c->settings->endpoint, r->id);
    advise_token(c, "has no access", e);
}

static void refuse_often(const struct client *c, const struct http_answer *a, struct err *e)
{
    uint64_t seconds;
    err_set(e, ERR_NETWORK, "%s has had too many requests (status 429)", c->home.text);
    if (client_read_size(a->retry_after, &seconds))
        err_append(e, "; try again in %llu s", (unsigned long long)seconds);
    else
        err_append(e, "; try again later");
    if (c->settings->token == NULL)
        err_append(e, "; with a token in HF_TOKEN it may allow more");
}

/* The text that the server adds; whoever shows the error escapes it. */
static void quote_server(const struct http_answer *a, struct err *e)
{
    if (a->error_message[0] != '\0')
        err_append(e, "; it says: %.200s", a->error_message);
}

bool client_refuse(const struct client *c, const struct hub_repo *r, const char *file,
                   const struct http_answer *a, struct err *e)
{
    const char *code = a->error_code;
    if (strcmp(code, "GatedRepo") == 0) {
        refuse_gated(c, r, e);
    } else if (strcmp(code, "RevisionNotFound") == 0) {
        err_set(e, ERR_UNKNOWN_NAME, "%s has no revision \"%s\" of %s", c->home.text, r->revision,
                r->id);
    } else if (strcmp(code, "EntryNotFound") == 0) {
        err_set(e, ERR_NETWORK, "%s has no file %.200s", r->id, file);
    } else if (a->status == 401 && strncmp(a->error_message, "Invalid credentials", 19) == 0 &&
               c->settings->token != NULL) {
        err_set(e, ERR_NETWORK, "%s does not accept the token of %s", c->home.text,
                c->settings->token_source);
    } else if (strcmp(code, "RepoNotFound") == 0 || a->status == 401 || a->status == 404) {
        refuse_missing(c, r, e);
    } else if (a->status == 429) {
        refuse_often(c, a, e);
    } else if (a->status == 403) {
        err_set(e, ERR_NETWORK, "%s refuses %.200s of %s (status 403)", c->home.text, file, r->id);
        advise_token(c, "may not read it", e);
    } else {
        err_set(e, ERR_NETWORK, "%s answers the request for %.200s of %s with status %ld",
                c->home.text, file, r->id, a->status);
    }
    quote_server(a, e);
    if (e != NULL && e->code == ERR_UNKNOWN_NAME)
        client_say_where(c, r, e);
    return false;
}
