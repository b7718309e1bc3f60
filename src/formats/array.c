#include "bilens/formats/array.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/task.h"

bool array_count(struct array *a)
{
    const size_t most = SIZE_MAX / 16;
    a->count = 1;
    for (size_t i = 0; i < a->rank; i++)
        if (a->shape[i] == 0) {
            a->count = 0;
            return true;
        }
    for (size_t i = 0; i < a->rank; i++) {
        if (a->count > most / a->shape[i])
            return false;
        a->count *= a->shape[i];
    }
    return true;
}

/* ---- one block of elements ---- */

enum { BLOCK = 4096, WIDEST = 8 };

#define LOADER(NAME, TYPE)                                                                         \
    static void NAME(const unsigned char *bytes, size_t count, double *out)                        \
    {                                                                                              \
        for (size_t i = 0; i < count; i++) {                                                       \
            TYPE value;                                                                            \
            memcpy(&value, bytes + i * sizeof value, sizeof value);                                \
            out[i] = (double)value;                                                                \
        }                                                                                          \
    }

LOADER(load_u8, uint8_t)
LOADER(load_i8, int8_t)
LOADER(load_u16, uint16_t)
LOADER(load_i16, int16_t)
LOADER(load_u32, uint32_t)
LOADER(load_i32, int32_t)
LOADER(load_u64, uint64_t)
LOADER(load_i64, int64_t)
LOADER(load_f32, float)
LOADER(load_f64, double)

static void load_bool(const unsigned char *bytes, size_t count, double *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = bytes[i] != 0;
}

static void load_half(enum dtype type, const unsigned char *bytes, size_t count, double *out)
{
    float wide[BLOCK];
    dtype_widen(type, bytes, count, wide);
    for (size_t i = 0; i < count; i++)
        out[i] = wide[i];
}

static void load_f16(const unsigned char *bytes, size_t count, double *out)
{
    load_half(DTYPE_F16, bytes, count, out);
}

static void load_bf16(const unsigned char *bytes, size_t count, double *out)
{
    load_half(DTYPE_BF16, bytes, count, out);
}

typedef void loader(const unsigned char *bytes, size_t count, double *out);

static loader *const loaders[DTYPE_COUNT] = {
    [DTYPE_BOOL] = load_bool, [DTYPE_U8] = load_u8,     [DTYPE_I8] = load_i8,
    [DTYPE_U16] = load_u16,   [DTYPE_I16] = load_i16,   [DTYPE_U32] = load_u32,
    [DTYPE_I32] = load_i32,   [DTYPE_U64] = load_u64,   [DTYPE_I64] = load_i64,
    [DTYPE_F16] = load_f16,   [DTYPE_BF16] = load_bf16, [DTYPE_F32] = load_f32,
    [DTYPE_F64] = load_f64};

bool array_type_reads(enum dtype type)
{
    return loaders[type] != NULL;
}

static void swap_bytes(unsigned char *bytes, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++, bytes += size)
        for (size_t low = 0, high = size - 1; low < high; low++, high--) {
            unsigned char byte = bytes[low];
            bytes[low] = bytes[high];
            bytes[high] = byte;
        }
}

/* ---- where an element goes ---- */

/* Walks the places of the elements in the order of the file, as places in an array whose last
 * index runs fastest. */
struct walk {
    size_t rank, shape[ARRAY_MOST_RANK], index[ARRAY_MOST_RANK], stride[ARRAY_MOST_RANK];
    size_t at;
    bool straight; /* both orders are the same */
};

static struct walk walk_start(const struct array *a)
{
    struct walk w = {.rank = a->rank, .straight = !a->fortran || a->rank < 2};
    size_t stride = 1;
    for (size_t i = a->rank; i-- > 0; stride *= a->shape[i]) {
        w.shape[i] = a->shape[i];
        w.stride[i] = stride;
    }
    return w;
}

static size_t walk_next(struct walk *w)
{
    size_t at = w->at;
    if (w->straight) {
        w->at++;
        return at;
    }
    for (size_t i = 0; i < w->rank; i++) {
        w->at += w->stride[i];
        if (++w->index[i] < w->shape[i])
            break;
        w->at -= w->index[i] * w->stride[i];
        w->index[i] = 0;
    }
    return at;
}

/* ---- the whole ---- */

/* Takes count doubles, in the order of the file. */
typedef void taker(struct walk *w, const double *values, size_t count, void *context);

static bool read_blocks(const struct array *a, struct byte_source from, taker *take, void *context,
                        struct err *e)
{
    unsigned char bytes[BLOCK * WIDEST];
    double values[BLOCK];
    struct walk w = walk_start(a);
    size_t size = dtype_bits(a->type) / 8;
    for (size_t left = a->count; left > 0;) {
        size_t some = left < BLOCK ? left : BLOCK;
        if (!task_go_on(e) || !from.read(from.context, bytes, some * size, e))
            return false;
        if (a->swapped)
            swap_bytes(bytes, some, size);
        loaders[a->type](bytes, some, values);
        take(&w, values, some, context);
        left -= some;
    }
    return true;
}

static void take_doubles(struct walk *w, const double *values, size_t count, void *context)
{
    double *out = context;
    for (size_t i = 0; i < count; i++)
        out[walk_next(w)] = values[i];
}

float narrow(double number, struct narrowed *count)
{
    float value = (float)number;
    count->beyond += isinf(value) && isfinite(number);
    count->vanished += value == 0 && number != 0;
    count->rounded += fabs(number) < 0x1p53 && number != value && number == floor(number);
    return value;
}

struct narrowing {
    float *out;
    struct narrowed count;
};

static void take_floats(struct walk *w, const double *values, size_t count, void *context)
{
    struct narrowing *n = context;
    for (size_t i = 0; i < count; i++) {
        n->out[walk_next(w)] = narrow(values[i], &n->count);
    }
}

bool array_read_floats(const struct array *a, struct byte_source from, float *out,
                       struct narrowed *narrowed, struct err *e)
{
    struct narrowing n = {.out = out};
    bool ok = read_blocks(a, from, take_floats, &n, e);
    *narrowed = n.count;
    return ok;
}

bool array_read_doubles(const struct array *a, struct byte_source from, double *out, struct err *e)
{
    return read_blocks(a, from, take_doubles, out, e);
}
