#include "client.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"

enum {
    REDIRECTS_MOST = 8,
    TRIES_MOST = 4,
    PATIENCE_SECONDS = 60, /* the longest pause a server may ask for */
    FIRST_PAUSE_MILLISECONDS = 250
};

bool client_open(struct client *c, const struct hub_settings *settings, struct err *e)
{
    *c = (struct client){.settings = settings};
    if (!url_origin(settings->endpoint, &c->home))
        return err_set(e, ERR_ARGUMENT, "HF_ENDPOINT is not an address: \"%.200s\"",
                       settings->endpoint);
    c->http = http_new(settings->answer_seconds, settings->stall_seconds, e);
    return c->http != NULL;
}

void client_close(struct client *c)
{
    http_free(c->http);
    c->http = NULL;
}

/* --- Redirects --- */

/* May a request be sent on to there? */
static bool check_redirect(const struct url_origin *from, const char *to, struct url_origin *origin,
                           struct err *e)
{
    if (!url_origin(to, origin))
        return err_set(e, ERR_NETWORK, "%s redirects to something that is not a web address",
                       from->text);
    if (url_downgrades(from, origin))
        return err_set(e, ERR_NETWORK, "%s redirects to %s, which is not encrypted", from->text,
                       origin->text);
    return true;
}

/* Performs a request, following redirects; without a sink only within the hub: what sends
 * elsewhere carries the description of the file itself. */
static enum http_end follow(struct client *c, struct http_request *request, struct http_answer *a,
                            struct err *e)
{
    struct url_origin at = c->home, next;
    char *url = NULL; /* of the redirect, owned; request->url borrows it */
    enum http_end end = HTTP_FAILED;
    for (int hop = 0;; hop++) {
        request->token = url_same_origin(&at, &c->home) ? c->settings->token : NULL;
        end = http_perform(c->http, request, a, e);
        c->answered = c->answered || end == HTTP_ANSWERED;
        if (end != HTTP_ANSWERED || a->redirect == NULL)
            break;
        if (!check_redirect(&at, a->redirect, &next, e) ||
            (hop == REDIRECTS_MOST && !err_set(e, ERR_NETWORK, "%s redirects more than %d times",
                                               c->home.text, REDIRECTS_MOST))) {
            end = HTTP_FAILED;
            break;
        }
        if (request->sink == NULL && !url_same_origin(&next, &c->home))
            break;
        mem_free(url);
        request->url = url = a->redirect;
        a->redirect = NULL;
        at = next;
        http_answer_done(a);
    }
    mem_free(url);
    return end;
}

static char *resolve_url(const struct client *c, const struct hub_repo *r, const char *revision,
                         const char *file)
{
    struct text t = TEXT_EMPTY;
    text_printf(&t, "%s/%s/resolve/", c->settings->endpoint, r->id);
    url_escape(&t, revision, false);
    text_add_char(&t, '/');
    url_escape(&t, file, true);
    return text_take(&t);
}

enum http_end client_get(struct client *c, const struct hub_repo *r, const char *revision,
                         const char *file, uint64_t from, struct http_sink *sink,
                         struct http_answer *a, struct err *e)
{
    char *url = resolve_url(c, r, revision, file);
    struct http_request request = {.url = url, .from = from, .sink = sink};
    *a = (struct http_answer){0};
    enum http_end end = follow(c, &request, a, e);
    mem_free(url);
    return end;
}

/* --- Trying again --- */

static bool is_passing(long status)
{
    return status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505);
}

/* Sleeps in pieces, so that an interrupt is noticed. */
static bool pause_for(unsigned milliseconds, struct err *e)
{
    enum { PIECE = 50 };
    task_step("waiting for the hub", 0, 0);
    for (unsigned slept = 0; slept < milliseconds; slept += PIECE) {
        unsigned piece = milliseconds - slept < PIECE ? milliseconds - slept : PIECE;
        struct timespec t = {.tv_nsec = (long)piece * 1000000};
        if (!task_go_on(e))
            return false;
        nanosleep(&t, NULL);
    }
    return task_go_on(e);
}

bool client_again(struct client *c, const struct hub_repo *r, const char *file, enum http_end end,
                  const struct http_answer *a, unsigned *failed, struct err *e)
{
    uint64_t seconds;
    unsigned pause = 0; /* where bytes came before the connection was lost */
    if (end != HTTP_ANSWERED && !c->answered && e != NULL && e->code == ERR_NETWORK)
        client_say_where(c, r, e);
    if (end == HTTP_FAILED || (end == HTTP_DROPPED && !c->answered))
        return false;
    if (end == HTTP_ANSWERED || *failed > 0)
        pause = FIRST_PAUSE_MILLISECONDS << (*failed - (end == HTTP_DROPPED));
    ++*failed;
    if (end == HTTP_DROPPED && *failed >= TRIES_MOST) {
        err_append(e, " (tried %u times)", *failed);
        return false;
    }
    if (end == HTTP_ANSWERED) {
        if (!is_passing(a->status) || *failed >= TRIES_MOST)
            return client_refuse(c, r, file, a, e);
        if (client_read_size(a->retry_after, &seconds)) {
            if (seconds > PATIENCE_SECONDS)
                return client_refuse(c, r, file, a, e);
            pause = (unsigned)seconds * 1000;
        }
    }
    return pause_for(pause, e);
}

/* --- Describing a file --- */

bool client_read_size(const char *text, uint64_t *out)
{
    uint64_t size = 0;
    if (text[0] == '\0')
        return false;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < '0' || *c > '9' || size > (INT64_MAX - 9) / 10)
            return false;
        size = 10 * size + (uint64_t)(*c - '0');
    }
    *out = size;
    return true;
}

bool client_read_etag(const char *text, char out[CLIENT_ETAG_MOST + 1])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t length;
    if (strncmp(text, "W/", 2) == 0)
        text += 2;
    length = strlen(text);
    if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
        text++;
        length -= 2;
    }
    if (length == 0 || length > CLIENT_ETAG_MOST || text[0] == '.' || text[0] == '-' ||
        strspn(text, plain) < length)
        return false;
    memcpy(out, text, length);
    out[length] = '\0';
    return true;
}

/* Takes the description out of the headers. */
static bool read_description(const struct client *c, const struct http_answer *a,
                             struct hub_file *out, struct err *e)
{
    const char *etag = a->linked_etag[0] != '\0' ? a->linked_etag : a->etag;
    const char *size = a->linked_size;
    if (size[0] == '\0' && a->redirect == NULL)
        size = a->content_length;
    if (!repo_is_commit(a->repo_commit))
        return err_set(e, ERR_NETWORK,
                       a->repo_commit[0] == '\0'
                           ? "%s does not answer as a hub does: X-Repo-Commit is missing"
                           : "%s does not answer as a hub does: X-Repo-Commit is not a commit",
                       c->home.text);
    if (etag[0] == '\0')
        return err_set(e, ERR_NETWORK, "%s does not answer as a hub does: ETag is missing",
                       c->home.text);
    if (!client_read_etag(etag, out->etag))
        return err_set(e, ERR_NETWORK, "%s sends an ETag that cannot be the name of a file: %.100s",
                       c->home.text, etag);
    out->sized = size[0] != '\0';
    if (out->sized && !client_read_size(size, &out->size))
        return err_set(e, ERR_NETWORK, "%s sends a size that is not a number of bytes: %.100s",
                       c->home.text, size);
    strcpy(out->commit, a->repo_commit);
    return true;
}

/* The commit has no such file: the hub says so, or a server that knows the commit does. */
static bool is_absent(const struct http_answer *a)
{
    if (a->status != 404)
        return false;
    return strcmp(a->error_code, "EntryNotFound") == 0 ||
           (a->error_code[0] == '\0' && repo_is_commit(a->repo_commit));
}

static enum hub_state judge(const struct client *c, const struct hub_repo *r, const char *file,
                            const struct http_answer *a, struct hub_file *out, struct err *e)
{
    if (is_absent(a)) {
        if (repo_is_commit(a->repo_commit))
            strcpy(out->commit, a->repo_commit);
        return HUB_ABSENT;
    }
    if (a->status == 200 || a->redirect != NULL)
        return read_description(c, a, out, e) ? HUB_FOUND : HUB_FAILED;
    client_refuse(c, r, file, a, e);
    return strcmp(a->error_code, "RevisionNotFound") == 0 ? HUB_NO_REVISION : HUB_FAILED;
}

enum hub_state client_describe(struct client *c, const struct hub_repo *r, const char *revision,
                               const char *file, struct hub_file *out, struct err *e)
{
    char *url = resolve_url(c, r, revision, file);
    enum hub_state state = HUB_FAILED;
    *out = (struct hub_file){0};
    for (unsigned failed = 0;;) {
        struct http_request request = {.url = url};
        struct http_answer a = {0};
        enum http_end end = follow(c, &request, &a, e);
        bool done = end == HTTP_ANSWERED && !is_passing(a.status);
        if (done)
            state = judge(c, r, file, &a, out, e);
        done = done || !client_again(c, r, file, end, &a, &failed, e);
        http_answer_done(&a);
        if (done)
            break;
    }
    mem_free(url);
    return state;
}
