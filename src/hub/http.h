/* One request to a server, whose answers are not trusted. No redirect is followed here, and
 * nothing is sent that the request does not name. The only file that knows libcurl is http.c. */
#ifndef BILENS_HUB_HTTP_H
#define BILENS_HUB_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct http;

enum { HTTP_FIELD_MOST = 512 };

/* What a server answered; raw. A field that it did not send, or sent too long, is empty. */
struct http_answer {
    long status;
    char *redirect; /* where it sends to, made absolute; NULL: nowhere; freed by http_answer_done */
    char repo_commit[HTTP_FIELD_MOST], linked_etag[HTTP_FIELD_MOST], linked_size[HTTP_FIELD_MOST];
    char etag[HTTP_FIELD_MOST], content_length[HTTP_FIELD_MOST], content_range[HTTP_FIELD_MOST];
    char retry_after[HTTP_FIELD_MOST], error_code[HTTP_FIELD_MOST], error_message[HTTP_FIELD_MOST];
};
void http_answer_done(struct http_answer *a);

/* Where the body of an answer with status 200 or 206 goes; that of others is dropped. */
struct http_sink {
    void *context;
    /* Each returns false, with the error set, to end the transfer. */
    bool (*begin)(void *context, const struct http_answer *a, struct err *e);
    bool (*write)(void *context, const void *bytes, size_t length, struct err *e);
};

struct http_request {
    const char *url;
    const char *token;      /* for the header Authorization; NULL: none */
    uint64_t from;          /* ask for the bytes from here on */
    struct http_sink *sink; /* NULL: ask for the headers only */
};

enum http_end {
    HTTP_ANSWERED, /* there is a status */
    HTTP_DROPPED,  /* the connection was lost or stalled: another try may succeed; error set */
    HTTP_FAILED    /* another try would not help, or nobody waits any more; error set */
};

/* answer_seconds: for a connection and for the headers; stall_seconds: without any byte. */
struct http *http_new(unsigned answer_seconds, unsigned stall_seconds, struct err *e);
void http_free(struct http *h);
enum http_end http_perform(struct http *h, const struct http_request *request,
                           struct http_answer *answer, struct err *e);

#endif
