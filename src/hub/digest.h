/* Checksums by which the hub names the contents of files. The only file that knows OpenSSL is
 * digest.c. */
#ifndef BILENS_HUB_DIGEST_H
#define BILENS_HUB_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

struct err;

enum digest_kind {
    DIGEST_NONE,   /* the name says nothing about the contents */
    DIGEST_SHA256, /* 64 hexadecimal digits: of the contents */
    DIGEST_GIT,    /* 40: SHA-1 of "blob SIZE", a NUL, and the contents, as git names a file */
    DIGEST_SHA1    /* 40, too: of the contents, as some servers between the hub and us name it */
};

enum { DIGEST_HEX_MOST = 64 };

/* Which checksum an etag is, by its length and alphabet; of 40 digits, DIGEST_GIT. */
enum digest_kind digest_kind(const char *etag);

/* The checksum of the first size bytes of a file, in lower-case hexadecimal. Fails where the
 * file cannot be read, or nobody waits any more. path: for messages. */
bool digest_file(enum digest_kind kind, int fd, const char *path, uint64_t size,
                 char hex[DIGEST_HEX_MOST + 1], struct err *e);

#endif
