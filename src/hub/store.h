/* Writing to the cache: whatever has a final name is whole, and a second process that reads or
 * writes the same cache, Python's included, does no harm. */
#ifndef BILENS_HUB_STORE_H
#define BILENS_HUB_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repo.h"

struct err;

/* The folders above path, as mkdir -p makes them. */
bool store_make_parents(const char *path, struct err *e);

/* Makes and opens STEM.<8 hex>ENDING, which nobody else has (*path: mem_free); -1 on failure.
 * The umask decides who may read it, as with the files Python makes. */
int store_make_new(const char *stem, const char *ending, char **path, struct err *e);

/* Sets the error for what errno says about writing there; returns false. */
bool store_refuse(const char *path, struct err *e);

/* A small file, whole or as it was before. */
bool store_write(const char *path, const char *text, struct err *e);

/* Notes which commit a branch or tag stands for, unless the cache says so already. */
bool store_ref(const char *cache, const struct hub_repo *r, const char *commit, struct err *e);

/* Notes that a commit has no such file. What cannot be written is asked again next time. */
void store_absence(const char *cache, const struct hub_repo *r, const char *commit,
                   const char *file);

/* Waits for the blob's lock. -2 where the file system knows no locks: then everybody works for
 * himself; -1 on failure. Else a descriptor, whose closing frees the lock. */
int store_lock(const char *cache, const struct hub_repo *r, const char *etag, struct err *e);

/* The start of a blob: blobs/ETAG.<8 hex>.incomplete. */
struct store_part {
    int fd;
    char *path;    /* owned */
    uint64_t size; /* how much of it is there */
    bool full;     /* a write failed for want of room: it is better removed */
};
/* Opens the longest start that an earlier download left (if resume), or makes a new one. */
bool store_part_open(const char *blob, bool resume, struct store_part *out, struct err *e);
/* How much of the blob an earlier download left: bytes. */
uint64_t store_part_peek(const char *blob);
bool store_part_write(struct store_part *p, const void *bytes, size_t length, struct err *e);
bool store_part_restart(struct store_part *p, struct err *e);
/* Gives it its final name. */
bool store_part_finish(struct store_part *p, const char *blob, struct err *e);
/* Closes it; removed, or left for a later download to go on with. */
void store_part_close(struct store_part *p, bool keep);

/* Makes snapshots/COMMIT/FILE name the blob. */
bool store_link(const char *cache, const struct hub_repo *r, const char *commit, const char *file,
                const char *etag, struct err *e);

/* Refuses what would not fit on the disk of the cache. */
bool store_check_room(const char *cache, uint64_t bytes, struct err *e);

#endif
