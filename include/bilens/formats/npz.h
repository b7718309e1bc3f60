/* The .npz format of NumPy: a ZIP archive of .npy arrays, by libzip. */
#ifndef BILENS_FORMATS_NPZ_H
#define BILENS_FORMATS_NPZ_H

#include "bilens/formats/array.h"

struct npz;

/* Only the archive's directory is read: nothing is inflated. */
struct npz *npz_open(const char *path, struct err *e);
void npz_free(struct npz *z); /* NULL is fine */

/* The members that are arrays (*.npy), in the archive's order; how many there are of others. */
size_t npz_count(const struct npz *z);
size_t npz_others(const struct npz *z);
/* The key of array i: its member's name without .npy; raw bytes of the file's. Borrowed. */
const char *npz_key(const struct npz *z, size_t i);
/* The bytes it has when inflated, by the directory; whoever reads no more allocates no more. */
size_t npz_size(const struct npz *z, size_t i);

/* Inflates array i as it is read. One at a time; npz_close checks that nothing follows and that
 * its checksum is right. */
bool npz_start(struct npz *z, size_t i, struct byte_source *out, struct err *e);
bool npz_close(struct npz *z, struct err *e);
/* Stops reading an array in its middle; fine where none is being read. */
void npz_abandon(struct npz *z);

/* Where the bytes of an array to be written come from: some more of them (borrowed until the
 * next call), none at the end. */
struct chunk_source {
    bool (*next)(void *context, const void **bytes, size_t *length, struct err *e);
    void *context;
};

struct npz_entry {
    const char *key;
    struct chunk_source source; /* of a whole .npy file */
};

/* Writes a new archive to the path, replacing what stands there; the same entries give the same
 * bytes. Stored without compression, as numpy.savez does: weights do not compress. path is where
 * it is written, name what the messages call it. */
bool npz_write(const char *path, const char *name, struct npz_entry *entries, size_t count,
               struct err *e);

#endif
