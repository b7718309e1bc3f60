#include "digest.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/formats/file.h"

enum { CHUNK = 1 << 20 };

enum digest_kind digest_kind(const char *etag)
{
    size_t length = strlen(etag);
    if (strspn(etag, "0123456789abcdef") != length)
        return DIGEST_NONE;
    return length == 64 ? DIGEST_SHA256 : length == 40 ? DIGEST_GIT : DIGEST_NONE;
}

static bool begin(EVP_MD_CTX *context, enum digest_kind kind, uint64_t size)
{
    char head[32];
    if (EVP_DigestInit_ex(context, kind == DIGEST_SHA256 ? EVP_sha256() : EVP_sha1(), NULL) != 1)
        return false;
    if (kind != DIGEST_GIT)
        return true;
    int length = snprintf(head, sizeof head, "blob %" PRIu64, size);
    return EVP_DigestUpdate(context, head, (size_t)length + 1) == 1;
}

static bool add_file(EVP_MD_CTX *context, int fd, const char *path, uint64_t size,
                     unsigned char *chunk, struct err *e)
{
    for (uint64_t at = 0; at < size;) {
        size_t length = size - at < CHUNK ? (size_t)(size - at) : CHUNK;
        task_bytes("checking the download", (size_t)at, (size_t)size);
        if (!task_go_on(e) || !file_read_at(fd, path, (size_t)at, chunk, length, e))
            return false;
        if (EVP_DigestUpdate(context, chunk, length) != 1)
            return err_set(e, ERR_FILE, "%s: OpenSSL cannot make a checksum", path);
        at += length;
    }
    return true;
}

static bool finish(EVP_MD_CTX *context, char hex[DIGEST_HEX_MOST + 1])
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_DigestFinal_ex(context, sum, &length) != 1 || length > DIGEST_HEX_MOST / 2)
        return false;
    for (unsigned i = 0; i < length; i++)
        snprintf(hex + 2 * (size_t)i, 3, "%02x", (unsigned)sum[i]);
    return true;
}

bool digest_file(enum digest_kind kind, int fd, const char *path, uint64_t size,
                 char hex[DIGEST_HEX_MOST + 1], struct err *e)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char *chunk = mem_alloc(CHUNK);
    bool ok = false;
    if (context == NULL)
        err_memory(e);
    else if (!begin(context, kind, size))
        err_set(e, ERR_FILE, "%s: OpenSSL cannot make a checksum", path);
    else if (add_file(context, fd, path, size, chunk, e))
        ok = finish(context, hex) ||
             err_set(e, ERR_FILE, "%s: OpenSSL cannot make a checksum", path);
    mem_free(chunk);
    EVP_MD_CTX_free(context);
    return ok;
}
