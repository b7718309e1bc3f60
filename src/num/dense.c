#include "bilens/num/dense.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/num/memo.h"

static struct storage *storage_make(size_t count, const char *name)
{
    struct storage *s = mem_new(1, sizeof *s);
    if (s == NULL)
        return NULL;
    atomic_init(&s->refs, 1);
    s->count = count;
    if (name != NULL && (s->name = mem_strdup(name)) == NULL) {
        mem_free(s);
        return NULL;
    }
    return s;
}

struct storage *storage_new(float *data, size_t count, struct err *e)
{
    struct storage *s = data == NULL ? NULL : storage_make(count, NULL);
    if (s == NULL) {
        mem_free(data);
        err_memory(e);
        return NULL;
    }
    atomic_init(&s->data, data);
    return s;
}

struct storage *storage_new_lazy(struct storage_source source, size_t count, const char *name,
                                 struct err *e)
{
    struct storage *s = storage_make(count, name);
    if (s == NULL) {
        if (source.release != NULL)
            source.release(source.context);
        err_memory(e);
        return NULL;
    }
    s->source = source;
    return s;
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
    data = s->count > (size_t)-1 / sizeof *data ? NULL : mem_alloc(s->count * sizeof *data);
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
                         ptrdiff_t row_stride, ptrdiff_t col_stride, struct err *e)
{
    struct dense *a = mem_new(1, sizeof *a);
    if (a == NULL) {
        err_memory(e);
        return NULL;
    }
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
    float *numbers = fits ? mem_alloc(rows * cols * sizeof *numbers) : NULL;
    if (numbers == NULL) {
        err_memory(e);
        return NULL;
    }
    struct storage *s = storage_new(numbers, rows * cols, e);
    if (s == NULL)
        return NULL;
    struct dense *a = dense_view(s, 0, rows, cols, (ptrdiff_t)cols, 1, e);
    storage_unref(s);
    if (a != NULL)
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

struct dense *dense_transpose(const struct dense *a, struct err *e)
{
    return dense_view(a->storage, a->offset, a->cols, a->rows, a->col_stride, a->row_stride, e);
}

struct dense *dense_slice(const struct dense *a, struct span rows, struct span cols, struct err *e)
{
    size_t offset = a->offset;
    if (rows.count > 0 && cols.count > 0)
        offset = (size_t)((ptrdiff_t)a->offset + (ptrdiff_t)rows.first * a->row_stride +
                          (ptrdiff_t)cols.first * a->col_stride);
    return dense_view(a->storage, offset, rows.count, cols.count, a->row_stride * rows.step,
                      a->col_stride * cols.step, e);
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
