/* Asking the hub: where redirects lead, who gets the token, what is tried again. */
#ifndef BILENS_HUB_CLIENT_H
#define BILENS_HUB_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "http.h"
#include "repo.h"
#include "settings.h"
#include "url.h"

struct err;

enum { CLIENT_ETAG_MOST = 200 };

struct client {
    const struct hub_settings *settings;
    struct http *http;
    struct url_origin home; /* of the endpoint: the only one that ever sees the token */
    bool answered;          /* it has answered before: worth another try when it does not */
};

bool client_open(struct client *c, const struct hub_settings *settings, struct err *e);
void client_close(struct client *c);

/* One file of a repository at a commit, as the hub describes it. */
struct hub_file {
    char commit[REPO_COMMIT_LENGTH + 1];
    char etag[CLIENT_ETAG_MOST + 1]; /* the name of its blob; safe as a file name */
    bool sized;                      /* is the size known? */
    uint64_t size;
};

enum hub_state { HUB_FOUND, HUB_ABSENT, HUB_NO_REVISION, HUB_FAILED };

/* Asks for the description of a file. ABSENT: the commit, which is filled in if the hub told
 * it, has no such file. The last two set the error. */
enum hub_state client_describe(struct client *c, const struct hub_repo *r, const char *revision,
                               const char *file, struct hub_file *out, struct err *e);

/* One try to get a file's bytes from `from` on. */
enum http_end client_get(struct client *c, const struct hub_repo *r, const char *revision,
                         const char *file, uint64_t from, struct http_sink *sink,
                         struct http_answer *a, struct err *e);

/* After a try that did not bring what was wanted: waits, and returns true where another makes
 * sense. Else false, and the error says what is wrong. *failed: tries in vain so far. */
bool client_again(struct client *c, const struct hub_repo *r, const char *file, enum http_end end,
                  const struct http_answer *a, unsigned *failed, struct err *e);

/* Sets the error for an answer that refuses; returns false. */
bool client_refuse(const struct client *c, const struct hub_repo *r, const char *file,
                   const struct http_answer *a, struct err *e);

/* Appends where else the model was looked for, in vain. */
void client_say_where(const struct client *c, const struct hub_repo *r, struct err *e);

/* A number of bytes as a header spells it: digits only, below 2^63. */
bool client_read_size(const char *text, uint64_t *out);

/* An ETag without W/ and quotes, if it can be the name of a file. */
bool client_read_etag(const char *text, char out[CLIENT_ETAG_MOST + 1]);

#endif
