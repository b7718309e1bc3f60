#include "download.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "cache.h"
#include "digest.h"
#include "store.h"

enum {
    UNSIZED_MOST = 256 << 20, /* bytes taken where the server does not say how many come */
    RESTARTS_MOST = 1
};

struct download {
    struct client *client;
    const struct hub_repo *repo;
    const char *file;
    struct hub_file known;
    struct store_part part;
    struct download_progress *progress;
    unsigned restarts;
    bool resumed;   /* some of the bytes are of an earlier connection */
    bool misplaced; /* the server began elsewhere than it was asked to */
    bool spoilt;    /* what is there is not the file: not worth going on with */
};

static const char *cache_of(const struct download *d)
{
    return d->client->settings->cache;
}

static void tell_progress(const struct download *d)
{
    uint64_t done = d->progress->done + d->part.size;
    uint64_t total = d->progress->total;
    task_bytes("downloading", (size_t)done, (size_t)(total < done ? done : total));
}

/* --- The body --- */

/* "bytes 100-199/200": where it begins, and of how many bytes in all (0: not said). */
static bool read_range(const char *text, uint64_t *first, uint64_t *all)
{
    char part[24];
    size_t digits;
    if (strncmp(text, "bytes ", 6) != 0)
        return false;
    text += 6;
    digits = strcspn(text, "-");
    if (digits >= sizeof part)
        return false;
    memcpy(part, text, digits);
    part[digits] = '\0';
    const char *slash = strchr(text, '/');
    *all = 0;
    if (slash != NULL && strcmp(slash + 1, "*") != 0 && !client_read_size(slash + 1, all))
        return false;
    return client_read_size(part, first);
}

/* The server of the bytes must mean the file that the hub described. */
static bool check_total(struct download *d, uint64_t total, struct err *e)
{
    if (!d->known.sized) {
        d->known.sized = true;
        d->known.size = total;
        return store_check_room(cache_of(d), total - d->part.size, e);
    }
    if (total == d->known.size)
        return true;
    d->spoilt = true;
    return err_set(e, ERR_NETWORK,
                   "%s of %s: the hub says it has %" PRIu64 " bytes, but %" PRIu64 " are sent",
                   d->file, d->repo->id, d->known.size, total);
}

static bool on_begin(void *context, const struct http_answer *a, struct err *e)
{
    struct download *d = context;
    uint64_t first = 0, total = 0;
    if (a->status == 200) {
        if (d->part.size > 0 && !store_part_restart(&d->part, e))
            return false;
        d->resumed = false;
        return !client_read_size(a->content_length, &total) || check_total(d, total, e);
    }
    if (!read_range(a->content_range, &first, &total) || first != d->part.size) {
        d->misplaced = true;
        return err_set(e, ERR_NETWORK, "%s of %s: other bytes are sent than were asked for",
                       d->file, d->repo->id);
    }
    d->resumed = d->resumed || first > 0;
    return total == 0 || check_total(d, total, e);
}

static bool on_write(void *context, const void *bytes, size_t length, struct err *e)
{
    struct download *d = context;
    uint64_t most = d->known.sized ? d->known.size : UNSIZED_MOST;
    if (length > most - d->part.size) {
        d->spoilt = true;
        return err_set(e, ERR_NETWORK,
                       d->known.sized ? "%s of %s: more is sent than the %" PRIu64 " bytes it has"
                                      : "%s of %s: of a file of unknown size, no more than %" PRIu64
                                        " bytes are read",
                       d->file, d->repo->id, most);
    }
    if (!store_part_write(&d->part, bytes, length, e))
        return false;
    tell_progress(d);
    return true;
}

/* --- Until it is whole --- */

static bool restart(struct download *d, struct err *e)
{
    d->misplaced = d->resumed = false;
    if (d->restarts++ < RESTARTS_MOST)
        return store_part_restart(&d->part, e);
    d->spoilt = true;
    return false; /* with the error that is set */
}

/* One try's end, when the answer came but not all of the file: how does it count? */
static enum http_end weigh(const struct download *d, const struct http_answer *a, enum http_end end,
                           struct err *e)
{
    if (end != HTTP_ANSWERED || (a->status != 200 && a->status != 206))
        return end;
    err_set(e, ERR_NETWORK, "%s of %s: ends after %" PRIu64 " of %" PRIu64 " bytes", d->file,
            d->repo->id, d->part.size, d->known.size);
    return HTTP_DROPPED;
}

static bool is_whole(const struct download *d, const struct http_answer *a, enum http_end end)
{
    bool body = end == HTTP_ANSWERED && (a->status == 200 || a->status == 206);
    return d->known.sized ? d->part.size == d->known.size : body;
}

/* One try; *done where the file is whole. False where no other try is to follow. */
static bool try_once(struct download *d, unsigned *failed, bool *done, struct err *e)
{
    struct http_sink sink = {d, on_begin, on_write};
    struct http_answer a = {0};
    uint64_t before = d->part.size;
    tell_progress(d);
    enum http_end end =
        client_get(d->client, d->repo, d->known.commit, d->file, before, &sink, &a, e);
    bool more = true;
    *done = is_whole(d, &a, end);
    if (!*done && (d->misplaced || (end == HTTP_ANSWERED && a.status == 416 && before > 0))) {
        if (!d->misplaced)
            err_set(e, ERR_NETWORK, "%s of %s: has less than %" PRIu64 " bytes", d->file,
                    d->repo->id, before + 1);
        more = restart(d, e);
    } else if (!*done) {
        if (d->part.size > before)
            *failed = 0;
        end = weigh(d, &a, end, e);
        more = client_again(d->client, d->repo, d->file, end, &a, failed, e);
    }
    http_answer_done(&a);
    return more;
}

static bool fill(struct download *d, struct err *e)
{
    unsigned failed = 0;
    bool done = d->known.sized && d->part.size == d->known.size;
    while (!done)
        if (!try_once(d, &failed, &done, e))
            return false;
    err_clear(e); /* of the tries before */
    return true;
}

/* Does the blob's name, where it is a checksum, fit what is there? */
static bool verify(struct download *d, bool *good, struct err *e)
{
    char sum[DIGEST_HEX_MOST + 1], other[DIGEST_HEX_MOST + 1];
    const struct store_part *p = &d->part;
    enum digest_kind kind = digest_kind(d->known.etag);
    *good = true;
    if (kind == DIGEST_NONE)
        return true;
    if (!digest_file(kind, p->fd, p->path, p->size, sum, e))
        return false;
    *good = strcmp(sum, d->known.etag) == 0;
    if (!*good && kind == DIGEST_GIT) { /* a mirror may name files by the plain SHA-1 */
        if (!digest_file(DIGEST_SHA1, p->fd, p->path, p->size, other, e))
            return false;
        *good = strcmp(other, d->known.etag) == 0;
    }
    if (!*good)
        err_set(e, ERR_NETWORK,
                "%s of %s: what was sent has the wrong checksum (%s %s, where the hub says %s)",
                d->file, d->repo->id, kind == DIGEST_GIT ? "git SHA-1" : "SHA-256", sum,
                d->known.etag);
    return true;
}

/* What an earlier download left may be of another file of the same name: once, it starts over. */
static bool fill_and_verify(struct download *d, struct err *e)
{
    for (;;) {
        bool good;
        if (!fill(d, e) || !verify(d, &good, e))
            return false;
        if (good)
            return true;
        if (!d->resumed) {
            d->spoilt = true;
            return false;
        }
        if (!restart(d, e))
            return false;
    }
}

static bool bring(struct download *d, const char *blob, bool locked, struct err *e)
{
    if (!store_part_open(blob, locked && d->known.sized, &d->part, e))
        return false;
    d->resumed = d->part.size > 0;
    bool ok = d->part.size <= d->known.size || !d->known.sized || store_part_restart(&d->part, e);
    ok = ok && (!d->known.sized || store_check_room(d->part.path, d->known.size - d->part.size, e));
    ok = ok && fill_and_verify(d, e) && store_part_finish(&d->part, blob, e);
    store_part_close(&d->part, !d->spoilt);
    return ok;
}

static bool blob_is_whole(const char *blob, const struct hub_file *f)
{
    struct stat info;
    return stat(blob, &info) == 0 && S_ISREG(info.st_mode) &&
           (!f->sized || (uint64_t)info.st_size == f->size);
}

uint64_t download_lacking(const char *cache, const struct hub_repo *r, const struct hub_file *f)
{
    char *blob = cache_path(cache, r, "blobs", f->etag, NULL);
    uint64_t have = blob_is_whole(blob, f) ? f->size : store_part_peek(blob);
    mem_free(blob);
    return have < f->size ? f->size - have : 0;
}

bool download_file(struct client *c, const struct hub_repo *r, const char *file,
                   const struct hub_file *f, struct download_progress *progress, struct err *e)
{
    const char *cache = c->settings->cache;
    struct download d = {.client = c, .repo = r, .file = file, .known = *f, .progress = progress};
    char *blob = cache_path(cache, r, "blobs", f->etag, NULL);
    int lock = store_lock(cache, r, f->etag, e);
    bool ok = lock != -1;
    if (ok && !blob_is_whole(blob, f)) {
        ok = bring(&d, blob, lock >= 0, e);
        progress->done += d.known.size;
    }
    ok = ok && store_link(cache, r, f->commit, file, f->etag, e);
    if (lock >= 0)
        close(lock);
    mem_free(blob);
    return ok;
}
