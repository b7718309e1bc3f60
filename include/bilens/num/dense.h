/* Dense float32 matrices: views on shared storage. */
#ifndef BILENS_NUM_DENSE_H
#define BILENS_NUM_DENSE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct memo;

/* Where the numbers of a storage come from, on first use. */
struct storage_source {
    /* Writes count numbers from first on to out, widened to float32. May be called from a
     * computing thread; may fail (a file that shrank). */
    bool (*fill)(void *context, size_t first, size_t count, float *out, struct err *e);
    void (*release)(void *context);
    void *context;
    size_t most;   /* the bytes that all of them may take as float32; 0: any */
    bool lasting;  /* a weight's, which stays as long as its model: worth remembering things of */
    bool narrowed; /* they are of double precision there: those beyond float32 become infinite */
    /* Sets ERR_NONFINITE and returns false: where so many NaN or infinities among numbers of that
     * name come from. NULL: they stand in the file. */
    bool (*blame)(void *context, size_t count, const char *name, struct err *e);
};

/* Shared, immutable once filled. */
struct storage {
    atomic_size_t refs;
    uint64_t id; /* no other storage of this run has or had it */
    size_t count;
    char *name; /* for messages: the tensor's name, or NULL; owned */
    struct storage_source source;
    _Atomic(float *) data;       /* NULL until widened */
    _Atomic(struct memo *) memo; /* what was computed of views of it; see gram.h */
};

/* Takes data (from mem_alloc, count floats), also on failure. */
struct storage *storage_new(float *data, size_t count);
/* Takes source, also on failure (release is called); copies name. */
struct storage *storage_new_lazy(struct storage_source source, size_t count, const char *name);
struct storage *storage_ref(struct storage *s);
void storage_unref(struct storage *s);
/* The numbers, widened now if need be. Borrowed. NULL on failure: ERR_BUDGET where they would
 * take more than the source allows. */
const float *storage_data(struct storage *s, struct err *e);
/* Copies a part of the numbers, without widening the rest. */
bool storage_read(struct storage *s, size_t first, size_t count, float *out, struct err *e);

/* Is it lasting? What is remembered of two storages stays with one: what was computed for a
 * statement would fill it. */
bool storage_lasts(const struct storage *s);

/* A view: element (i, j) is data[offset + i * row_stride + j * col_stride].
 * Immutable and shared. Strides are in elements and may be negative or zero. */
struct dense {
    atomic_size_t refs;
    struct storage *storage; /* holds a reference */
    size_t offset;
    size_t rows, cols;
    ptrdiff_t row_stride, col_stride;
};

/* A row-major rows x cols view at offset of the storage, which it references. */
struct dense *dense_view(struct storage *s, size_t offset, size_t rows, size_t cols,
                         ptrdiff_t row_stride, ptrdiff_t col_stride);
/* A new rows x cols matrix that owns its numbers; *data points at them,
 * row-major and zeroed, to be filled in before it is shared. */
struct dense *dense_new(size_t rows, size_t cols, float **data, struct err *e);
/* The same without the zeros, for what is overwritten whole. */
struct dense *dense_room(size_t rows, size_t cols, float **data, struct err *e);
struct dense *dense_ref(struct dense *a);
void dense_unref(struct dense *a);
struct dense *dense_transpose(const struct dense *a);

/* Count places from first in steps (of either sign). */
struct span {
    size_t first;
    ptrdiff_t step;
    size_t count;
};

/* The rows and columns of a that the spans name, which must lie within it. Of a large storage
 * that is not widened yet, a small part is a storage of its own, so that only its numbers are
 * read. */
struct dense *dense_slice(const struct dense *a, struct span rows, struct span cols);
/* Element (0, 0) of the view, widened now if need be; step by its strides. Borrowed. */
const float *dense_data(const struct dense *a, struct err *e);
/* A row-major copy. */
struct dense *dense_pack(const struct dense *a, struct err *e);

#endif
