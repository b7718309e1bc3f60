#include "http.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "url.h"

enum {
    HEADERS_MOST = 256 << 10, /* bytes of all headers of one answer */
    DROPPED_MOST =
        64 << 10,          /* of the text beside an error or a redirect; more ends the connection */
    POLL_MILLISECONDS = 50 /* how soon an interrupt is noticed */
};

struct http {
    CURL *easy;
    CURLM *multi;
    unsigned answer_seconds, stall_seconds;
};

/* One request at work. */
struct transfer {
    struct http *http;
    const struct http_request *request;
    struct http_answer *answer;
    size_t header_bytes, body_bytes;
    char detail[CURL_ERROR_SIZE];
    bool begun; /* the sink has seen the answer */
    bool told;  /* the error is set: curl's own would hide it */
    struct err *e;
};

void http_answer_done(struct http_answer *a)
{
    mem_free(a->redirect);
    *a = (struct http_answer){0};
}

struct http *http_new(unsigned answer_seconds, unsigned stall_seconds, struct err *e)
{
    struct http *h = mem_new(1, sizeof *h);
    h->answer_seconds = answer_seconds;
    h->stall_seconds = stall_seconds;
    h->easy = curl_easy_init();
    h->multi = curl_multi_init();
    if (h->easy != NULL && h->multi != NULL)
        return h;
    err_set(e, ERR_NETWORK, "libcurl cannot be started");
    http_free(h);
    return NULL;
}

void http_free(struct http *h)
{
    if (h == NULL)
        return;
    curl_easy_cleanup(h->easy);
    curl_multi_cleanup(h->multi);
    mem_free(h);
}

/* --- What comes in --- */

/* The field of the answer that a header's name stands for; NULL: not of interest. */
static char *find_field(struct http_answer *a, const char *name, size_t length)
{
    const struct {
        const char *name;
        char *field;
    } fields[] = {{"X-Repo-Commit", a->repo_commit},     {"X-Linked-Etag", a->linked_etag},
                  {"X-Linked-Size", a->linked_size},     {"ETag", a->etag},
                  {"Content-Length", a->content_length}, {"Content-Range", a->content_range},
                  {"Retry-After", a->retry_after},       {"X-Error-Code", a->error_code},
                  {"X-Error-Message", a->error_message}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strlen(fields[i].name) == length && strncasecmp(fields[i].name, name, length) == 0)
            return fields[i].field;
    return NULL;
}

static size_t on_header(char *line, size_t one, size_t length, void *context)
{
    struct transfer *t = context;
    const char *colon = memchr(line, ':', length);
    (void)one;
    t->header_bytes += length;
    if (t->header_bytes > HEADERS_MOST) {
        t->told = true;
        err_set(t->e, ERR_NETWORK, "the headers of the answer take more than %d KiB",
                HEADERS_MOST >> 10);
        return 0;
    }
    if (length >= 5 && memcmp(line, "HTTP/", 5) == 0) /* an answer before this one counts no more */
        http_answer_done(t->answer);
    char *field = colon != NULL ? find_field(t->answer, line, (size_t)(colon - line)) : NULL;
    if (field == NULL)
        return length;
    const char *value = colon + 1, *end = line + length;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r' || end[-1] == '\n'))
        end--;
    field[0] = '\0';
    if (end - value < HTTP_FIELD_MOST && memchr(value, '\0', (size_t)(end - value)) == NULL) {
        memcpy(field, value, (size_t)(end - value));
        field[end - value] = '\0';
    }
    return length;
}

/* Returning another number than length ends the transfer. */
static size_t on_body(char *bytes, size_t one, size_t length, void *context)
{
    struct transfer *t = context;
    struct http_sink *sink = t->request->sink;
    (void)one;
    if (t->answer->status == 0)
        curl_easy_getinfo(t->http->easy, CURLINFO_RESPONSE_CODE, &t->answer->status);
    t->body_bytes += length;
    if (sink == NULL || (t->answer->status != 200 && t->answer->status != 206))
        return t->body_bytes <= DROPPED_MOST ? length : 0; /* the headers have said it all */
    t->told = !t->begun && !sink->begin(sink->context, t->answer, t->e);
    t->begun = true;
    t->told = t->told || !sink->write(sink->context, bytes, length, t->e);
    return t->told ? 0 : length;
}

/* --- What goes out --- */

/* The header lines of a request; NULL when memory is short. */
static struct curl_slist *make_headers(const struct http_request *request)
{
    struct curl_slist *list = curl_slist_append(NULL, "Accept-Encoding: identity"), *longer = NULL;
    struct text line = TEXT_EMPTY;
    if (list == NULL || request->token == NULL)
        return list;
    text_printf(&line, "Authorization: Bearer %s", request->token);
    longer = curl_slist_append(list, text_get(&line));
    text_done(&line);
    if (longer == NULL)
        curl_slist_free_all(list);
    return longer;
}

static void set_options(struct transfer *t, const struct curl_slist *headers)
{
    CURL *c = t->http->easy;
    const struct http_request *r = t->request;
    curl_easy_reset(c);
    curl_easy_setopt(c, CURLOPT_URL, r->url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_QUICK_EXIT,
                     1L); /* an interrupt does not wait for a slow resolver */
    curl_easy_setopt(c, CURLOPT_USERAGENT, "bilens/" PACKAGE_VERSION);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->detail);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)t->http->answer_seconds);
    if (r->sink == NULL) {
        curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
        curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)t->http->answer_seconds);
    }
    if (r->from > 0) { /* not RESUME_FROM: with that, a server that sends all of it is an error */
        char range[32];
        snprintf(range, sizeof range, "%" PRIu64 "-", r->from);
        curl_easy_setopt(c, CURLOPT_RANGE, range);
    }
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Has nothing come for too long? curl's own measure, LOW_SPEED_TIME, is seconds late. */
static bool is_stalled(const struct transfer *t, size_t *seen, double *since)
{
    size_t bytes = t->header_bytes + t->body_bytes;
    if (bytes != *seen) {
        *seen = bytes;
        *since = seconds_now();
    }
    return t->request->sink != NULL &&
           seconds_now() - *since >
               (double)t->http->stall_seconds + (bytes == 0 ? (double)t->http->answer_seconds : 0);
}

/* Runs the transfer until it ends, stalls, or nobody waits any more. */
static CURLcode drive(struct transfer *t)
{
    struct http *h = t->http;
    int running = 1, left;
    size_t seen = 0;
    double since = seconds_now();
    while (running > 0) {
        t->told = t->told || !task_go_on(t->e);
        if (t->told)
            return CURLE_ABORTED_BY_CALLBACK;
        if (is_stalled(t, &seen, &since))
            return CURLE_OPERATION_TIMEDOUT;
        if (curl_multi_perform(h->multi, &running) != CURLM_OK ||
            (running > 0 &&
             curl_multi_poll(h->multi, NULL, 0, POLL_MILLISECONDS, NULL) != CURLM_OK))
            return CURLE_FAILED_INIT;
    }
    CURLMsg *message = curl_multi_info_read(h->multi, &left);
    return message != NULL && message->msg == CURLMSG_DONE ? message->data.result : CURLE_OK;
}

/* --- How it ended --- */

static bool is_drop(CURLcode code)
{
    static const CURLcode drops[] = {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT,
                                     CURLE_PARTIAL_FILE,         CURLE_OPERATION_TIMEDOUT,
                                     CURLE_GOT_NOTHING,          CURLE_SEND_ERROR,
                                     CURLE_RECV_ERROR,           CURLE_HTTP2,
                                     CURLE_HTTP2_STREAM,         CURLE_SSL_CONNECT_ERROR};
    for (size_t i = 0; i < sizeof drops / sizeof *drops; i++)
        if (code == drops[i])
            return true;
    return false;
}

static void take_redirect(struct transfer *t)
{
    char *url = NULL;
    curl_easy_getinfo(t->http->easy, CURLINFO_REDIRECT_URL, &url);
    if (url != NULL)
        t->answer->redirect = mem_strdup(url);
}

/* What went wrong, in words that do not change with the version of libcurl. */
static const char *words_for(CURLcode code)
{
    static const struct {
        CURLcode code;
        const char *words;
    } known[] = {{CURLE_COULDNT_RESOLVE_HOST, "cannot find this host"},
                 {CURLE_COULDNT_RESOLVE_PROXY, "cannot find the proxy's host"},
                 {CURLE_COULDNT_CONNECT, "cannot connect"},
                 {CURLE_OPERATION_TIMEDOUT, "timed out"},
                 {CURLE_PARTIAL_FILE, "the connection closed before the file was complete"},
                 {CURLE_GOT_NOTHING, "the connection closed without an answer"},
                 {CURLE_SEND_ERROR, "the connection broke"},
                 {CURLE_RECV_ERROR, "the connection broke"},
                 {CURLE_SSL_CONNECT_ERROR, "cannot make a secure connection"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (code == known[i].code)
            return known[i].words;
    return curl_easy_strerror(code);
}

/* Only the host is named: what follows it in an address may be a secret. */
static enum http_end conclude(struct transfer *t, CURLcode code)
{
    struct url_origin origin;
    if (t->told)
        return HTTP_FAILED;
    curl_easy_getinfo(t->http->easy, CURLINFO_RESPONSE_CODE, &t->answer->status);
    bool cut = code == CURLE_WRITE_ERROR && t->answer->status != 0; /* a body that is not wanted */
    if (code == CURLE_OK || cut) {
        take_redirect(t);
        return HTTP_ANSWERED;
    }
    if (code == CURLE_OUT_OF_MEMORY) {
        err_memory(t->e);
        return HTTP_FAILED;
    }
    bool known = url_origin(t->request->url, &origin);
    /* Of a certificate it matters what is wrong; of the rest the detail is only times and ports. */
    bool certificate = code == CURLE_PEER_FAILED_VERIFICATION && t->detail[0] != '\0';
    err_set(t->e, ERR_NETWORK, "%s: %s", known ? origin.text : "the hub",
            certificate ? t->detail : words_for(code));
    return is_drop(code) ? HTTP_DROPPED : HTTP_FAILED;
}

enum http_end http_perform(struct http *h, const struct http_request *request,
                           struct http_answer *answer, struct err *e)
{
    struct transfer t = {.http = h, .request = request, .answer = answer, .e = e};
    struct curl_slist *headers = make_headers(request);
    CURLcode code = CURLE_OUT_OF_MEMORY;
    *answer = (struct http_answer){0};
    if (headers != NULL) {
        set_options(&t, headers);
        code = CURLE_FAILED_INIT;
        if (curl_multi_add_handle(h->multi, h->easy) == CURLM_OK) {
            code = drive(&t);
            curl_multi_remove_handle(h->multi, h->easy);
        }
    }
    enum http_end end = conclude(&t, code);
    curl_easy_setopt(h->easy, CURLOPT_ERRORBUFFER, NULL);
    curl_slist_free_all(headers);
    if (end == HTTP_ANSWERED && request->sink != NULL && !t.begun &&
        (answer->status == 200 || answer->status == 206) && /* an empty body */
        !request->sink->begin(request->sink->context, answer, e))
        return HTTP_FAILED;
    return end;
}
