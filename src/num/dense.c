#include "bilens/num/dense.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "memo.h"

static struct storage *storage_make(size_t count, const char *name)
{
    static _Atomic(uint64_t) made;
    struct storage *s = mem_new(1, sizeof *s);
    atomic_init(&s->refs, 1);
    s->id = atomic_fetch_add(&made, 1);
    s->count = count;
    s->name = name != NULL ? mem_strdup(name) : NULL;
    return s;
}

struct storage *storage_new(float *data, size_t count)
{
    struct storage *s = storage_make(count, NULL);
    atomic_init(&s->data, data);
    return s;
}

struct storage *storage_new_lazy(struct storage_source source, size_t count, const char *name)
{
    struct storage *s = storage_make(count, name);
    s->source = source;
    return s;
}

bool storage_lasts(const struct storage *s)
{
    return s->source.lasting;
}

struct storage *storage_ref(struct storage *s)
{
    atomic_fetch_add(&s->refs, 1);
    return s;
}

void storage_unref(struct storage *s)
{
    if (s == NULL || atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    memo_free_all(atomic_load(&s->memo));
    if (s->source.release != NULL)
        s->source.release(s->source.context);
    mem_free(atomic_load(&s->data));
    mem_free(s->name);
    mem_free(s);
}

static void refuse_size(const struct storage *s, struct err *e)
{
    double unit = 1024.0 * 1024, wanted = (double)s->count * sizeof(float) / unit;
    double most = (double)s->source.most / unit;

    err_set(e, ERR_BUDGET,
            "%.200s takes %.4g MiB as float32, more than the memory budget of %.4g MiB; set memory "
            "to more and load the model again",
            s->name == NULL ? "a matrix" : s->name, wanted, most);
}

const float *storage_data(struct storage *s, struct err *e)
{
    float *data = atomic_load(&s->data);
    if (data != NULL)
        return data;
    if (s->source.most != 0 && s->count > s->source.most / sizeof *data) {
        refuse_size(s, e);
        return NULL;
    }
    data = s->count > (size_t)-1 / sizeof *data ? NULL : mem_try_alloc(s->count * sizeof *data);
    if (data == NULL) {
        err_memory(e);
        return NULL;
    }
    if (!s->source.fill(s->source.context, 0, s->count, data, e)) {
        mem_free(data);
        return NULL;
    }
    /* Two threads may have widened it at once: the first one's copy stays. */
    float *none = NULL;
    if (!atomic_compare_exchange_strong(&s->data, &none, data)) {
        mem_free(data);
        data = none;
    }
    return data;
}

bool storage_read(struct storage *s, size_t first, size_t count, float *out, struct err *e)
{
    const float *data = atomic_load(&s->data);

    if (data == NULL)
        return s->source.fill(s->source.context, first, count, out, e);
    memcpy(out, data + first, count * sizeof *out);
    return true;
}

struct dense *dense_view(struct storage *s, size_t offset, size_t rows, size_t cols,
                         ptrdiff_t row_stride, ptrdiff_t col_stride)
{
    struct dense *a = mem_new(1, sizeof *a);
    atomic_init(&a->refs, 1);
    a->storage = storage_ref(s);
    a->offset = offset;
    a->rows = rows;
    a->cols = cols;
    a->row_stride = row_stride;
    a->col_stride = col_stride;
    return a;
}

struct dense *dense_room(size_t rows, size_t cols, float **data, struct err *e)
{
    bool fits = cols == 0 || rows <= (size_t)-1 / sizeof(float) / cols;
    float *numbers = fits ? mem_try_alloc(rows * cols * sizeof *numbers) : NULL;
    if (numbers == NULL) {
        err_memory(e);
        return NULL;
    }
    struct storage *s = storage_new(numbers, rows * cols);
    struct dense *a = dense_view(s, 0, rows, cols, (ptrdiff_t)cols, 1);
    storage_unref(s);
    *data = numbers;
    return a;
}

struct dense *dense_new(size_t rows, size_t cols, float **data, struct err *e)
{
    struct dense *a = dense_room(rows, cols, data, e);
    if (a != NULL)
        memset(*data, 0, rows * cols * sizeof **data);
    return a;
}

struct dense *dense_ref(struct dense *a)
{
    atomic_fetch_add(&a->refs, 1);
    return a;
}

void dense_unref(struct dense *a)
{
    if (a == NULL || atomic_fetch_sub(&a->refs, 1) != 1)
        return;
    storage_unref(a->storage);
    mem_free(a);
}

struct dense *dense_transpose(const struct dense *a)
{
    return dense_view(a->storage, a->offset, a->cols, a->rows, a->col_stride, a->row_stride);
}

/* --- Small parts of large storages --- */

/* Behind a storage that is a part of another: rows x cols of its numbers, packed. */
struct part {
    struct storage *whole; /* holds a reference */
    size_t offset, rows, cols;
    ptrdiff_t row_stride, col_stride;
};

/* Only what is worth it: of a small storage all is read, and stays. */
enum { PART_LEAST = 1 << 22, PART_SHARE = 16 };

static void part_release(void *context)
{
    struct part *p = context;
    storage_unref(p->whole);
    mem_free(p);
}

/* Where number (i, j) stands in the whole. */
static size_t part_place(const struct part *p, size_t i, size_t j)
{
    return (size_t)((ptrdiff_t)p->offset + (ptrdiff_t)i * p->row_stride +
                    (ptrdiff_t)j * p->col_stride);
}

/* One row or column of the part: count numbers from place first on, stride apart, to every
 * out_stride-th of out. Reads all that lies between them too, to between; without that (NULL,
 * because it would be much) one after the other. */
static bool part_run(const struct part *p, size_t first, ptrdiff_t stride, size_t count, float *out,
                     size_t out_stride, float *between, struct err *e)
{
    size_t span = between == NULL ? 0 : (count - 1) * (size_t)(stride < 0 ? -stride : stride);
    size_t low = stride < 0 ? first - span : first;
    if (between != NULL && !storage_read(p->whole, low, span + 1, between, e))
        return false;
    for (size_t k = 0; k < count; k++) {
        size_t place = (size_t)((ptrdiff_t)first + (ptrdiff_t)k * stride);
        if (between != NULL)
            out[k * out_stride] = between[place - low];
        else if (!storage_read(p->whole, place, 1, &out[k * out_stride], e))
            return false;
    }
    return true;
}

static ptrdiff_t magnitude(ptrdiff_t n)
{
    return n < 0 ? -n : n;
}

static bool part_fill_all(const struct part *p, float *out, struct err *e)
{
    enum { DENSE_STRIDE = 64 };
    bool by_cols = magnitude(p->row_stride) < magnitude(p->col_stride), ok = true;
    size_t runs = by_cols ? p->cols : p->rows, length = by_cols ? p->rows : p->cols;
    ptrdiff_t stride = by_cols ? p->row_stride : p->col_stride;
    float *between = NULL;
    if (magnitude(stride) <= DENSE_STRIDE && length > 0) {
        between = mem_try_alloc(((length - 1) * (size_t)magnitude(stride) + 1) * sizeof *between);
        ok = between != NULL || err_memory(e);
    }
    for (size_t r = 0; ok && r < runs && length > 0; r++) {
        size_t place = by_cols ? part_place(p, 0, r) : part_place(p, r, 0);
        ok = part_run(p, place, stride, length, by_cols ? out + r : out + r * p->cols,
                      by_cols ? p->cols : 1, between, e);
    }
    mem_free(between);
    return ok;
}

/* It is small, so a part of it is taken from all of it. */
static bool part_fill(void *context, size_t first, size_t count, float *out, struct err *e)
{
    const struct part *p = context;
    if (count == p->rows * p->cols)
        return part_fill_all(p, out, e);
    float *all = mem_try_alloc(p->rows * p->cols * sizeof *all);
    bool ok = all != NULL ? part_fill_all(p, all, e) : err_memory(e);
    if (ok)
        memcpy(out, all + first, count * sizeof *out);
    mem_free(all);
    return ok;
}

static bool part_blame(void *context, size_t count, const char *name, struct err *e)
{
    const struct storage_source *source = &((const struct part *)context)->whole->source;
    return source->blame(source->context, count, name, e);
}

static bool part_worthwhile(const struct storage *s, size_t count)
{
    return s->source.fill != NULL && s->source.fill != part_fill && s->count >= PART_LEAST &&
           count <= s->count / PART_SHARE && atomic_load(&s->data) == NULL;
}

/* A dense matrix of its own that is filled, when it is used, from that part of the storage. */
static struct dense *part_new(struct storage *s, struct part part)
{
    struct part *p = mem_new(1, sizeof *p);
    struct storage_source source = {.fill = part_fill,
                                    .release = part_release,
                                    .context = p,
                                    .narrowed = s->source.narrowed,
                                    .blame = s->source.blame != NULL ? part_blame : NULL};
    *p = part;
    p->whole = storage_ref(s);
    struct storage *own = storage_new_lazy(source, p->rows * p->cols, s->name);
    struct dense *d = dense_view(own, 0, part.rows, part.cols, (ptrdiff_t)part.cols, 1);
    storage_unref(own);
    return d;
}

struct dense *dense_slice(const struct dense *a, struct span rows, struct span cols)
{
    size_t offset = a->offset;
    if (rows.count > 0 && cols.count > 0)
        offset = (size_t)((ptrdiff_t)a->offset + (ptrdiff_t)rows.first * a->row_stride +
                          (ptrdiff_t)cols.first * a->col_stride);
    struct part part = {.offset = offset,
                        .rows = rows.count,
                        .cols = cols.count,
                        .row_stride = a->row_stride * rows.step,
                        .col_stride = a->col_stride * cols.step};
    if (part_worthwhile(a->storage, rows.count * cols.count))
        return part_new(a->storage, part);
    return dense_view(a->storage, offset, rows.count, cols.count, part.row_stride, part.col_stride);
}

const float *dense_data(const struct dense *a, struct err *e)
{
    const float *data = storage_data(a->storage, e);
    return data == NULL ? NULL : data + a->offset;
}

struct dense *dense_pack(const struct dense *a, struct err *e)
{
    const float *from = dense_data(a, e);
    float *to;
    struct dense *packed = from == NULL ? NULL : dense_room(a->rows, a->cols, &to, e);
    if (packed == NULL)
        return NULL;
    for (size_t i = 0; i < a->rows; i++)
        for (size_t j = 0; j < a->cols; j++)
            to[i * a->cols + j] = from[(ptrdiff_t)i * a->row_stride + (ptrdiff_t)j * a->col_stride];
    return packed;
}
