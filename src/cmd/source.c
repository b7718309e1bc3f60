#include "source.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/file.h"
#include "bilens/formats/mapping.h"
#include "bilens/formats/npy.h"
#include "bilens/model/weights.h"

/* ---- files ---- */

bool source_open(struct source *s, const char *path, enum file_kind kind, size_t memory,
                 struct err *e)
{
    *s = (struct source){.kind = kind, .path = path, .memory = memory};
    if (kind == FILE_NPZ)
        return (s->npz = npz_open(path, e)) != NULL;
    if (kind == FILE_SAFETENSORS)
        return (s->tensors = safetensors_open(path, e)) != NULL;
    return true;
}

void source_close(struct source *s)
{
    npz_free(s->npz);
    safetensors_unref(s->tensors);
}

size_t source_count(const struct source *s)
{
    if (s->kind == FILE_NPZ)
        return npz_count(s->npz);
    return s->kind == FILE_SAFETENSORS ? safetensors_count(s->tensors) : 1;
}

const char *source_key(const struct source *s, size_t i)
{
    if (s->kind == FILE_NPZ)
        return npz_key(s->npz, i);
    return s->kind == FILE_SAFETENSORS ? safetensors_get(s->tensors, i)->name : "";
}

/* ---- the bytes of one array ---- */

/* One array being read. */
struct stream {
    struct source *source;
    char *name; /* for messages; owned */
    struct byte_source bytes;
    size_t size;  /* all of it, header included */
    int fd;       /* of a .npy file, or -1 */
    size_t at;    /* in it */
    size_t start; /* where the elements begin */
    struct array array;
    struct err *e;
};

static bool read_file(void *context, void *out, size_t length, struct err *e)
{
    struct stream *s = context;
    if (length > s->size - s->at)
        return err_set(e, ERR_FORMAT, "%s: ends after %zu bytes, before its last element", s->name,
                       s->size);
    if (!file_read_at(s->fd, s->name, s->at, out, length, e))
        return false;
    s->at += length;
    return true;
}

static void stream_close(struct stream *s)
{
    if (s->fd >= 0)
        close(s->fd);
    mem_free(s->name);
}

static bool open_bytes(struct stream *s, size_t i)
{
    if (s->source->kind == FILE_NPZ) {
        s->size = npz_size(s->source->npz, i);
        return npz_start(s->source->npz, i, &s->bytes, s->e);
    }
    s->bytes = (struct byte_source){.read = read_file, .context = s};
    s->fd = file_open(s->source->path, &s->size, s->e);
    return s->fd >= 0;
}

/* Header and length must agree: no more is ever allocated than the file pays for. */
static bool check_size(const struct stream *s)
{
    size_t wanted = s->array.count * (dtype_bits(s->array.type) / 8), left = s->size - s->start;
    if (s->start <= s->size && left == wanted)
        return true;
    if (s->start > s->size || left < wanted)
        return err_set(s->e, ERR_FORMAT,
                       "%s: cut short: its shape takes %zu bytes, and there are "
                       "%zu",
                       s->name, wanted, s->start <= s->size ? left : 0);
    return err_set(s->e, ERR_FORMAT,
                   "%s: %zu bytes follow its last element; one .npy file holds "
                   "one array, a .npz several",
                   s->name, left - wanted);
}

static bool stream_open(struct stream *s, struct source *source, size_t i, struct err *e)
{
    struct text name = TEXT_EMPTY;
    *s = (struct stream){.source = source, .fd = -1, .e = e};
    text_add(&name, source->path);
    if (source->kind == FILE_NPZ)
        text_printf(&name, ": array \"%.200s\"", source_key(source, i));
    s->name = text_take(&name);
    return open_bytes(s, i) && npy_read_header(s->bytes, s->name, &s->array, &s->start, e) &&
           check_size(s);
}

static bool stream_end(struct stream *s)
{
    return s->source->kind != FILE_NPZ || npz_close(s->source->npz, s->e);
}

/* ---- what an array is ---- */

static bool describe_tensor(const struct source *s, size_t i, struct array *out, struct err *e)
{
    const struct tensor *t = safetensors_get(s->tensors, i);
    *out = (struct array){.type = t->dtype, .rank = t->rank, .count = t->count};
    if (t->rank > ARRAY_MOST_RANK)
        return err_set(e, ERR_UNSUPPORTED, "%s: tensor \"%.200s\" has %zu dimensions", s->path,
                       t->name, t->rank);
    for (size_t k = 0; k < t->rank; k++)
        out->shape[k] = t->shape[k];
    return array_type_reads(t->dtype) ||
           err_set(e, ERR_UNSUPPORTED, "%s: tensor \"%.200s\" is stored as %s, which is not read",
                   s->path, t->name, dtype_name(t->dtype));
}

bool source_describe(struct source *s, size_t i, struct array *out, struct err *e)
{
    if (s->kind == FILE_SAFETENSORS)
        return describe_tensor(s, i, out, e);
    struct stream stream;
    bool ok = stream_open(&stream, s, i, e);
    *out = stream.array;
    stream_close(&stream);
    if (s->npz != NULL)
        npz_abandon(s->npz);
    return ok;
}

/* ---- numbers ---- */

static bool within_budget(const struct source *s, const struct array *a, size_t size, struct err *e)
{
    if (a->count <= s->memory / size)
        return true;
    return err_set(e, ERR_BUDGET,
                   "%s: %.3g GB of numbers, over the memory budget of %.3g GB; raise it with: set "
                   "memory",
                   s->path, (double)a->count * (double)size / 1e9, (double)s->memory / 1e9);
}

/* Reads a tensor out of the mapped file. */
struct window {
    struct safetensors *file;
    size_t at;
    unsigned char *out;
};

static void copy_bytes(const unsigned char *bytes, size_t length, void *context)
{
    memcpy(((struct window *)context)->out, bytes, length);
}

static bool read_window(void *context, void *out, size_t length, struct err *e)
{
    struct window *w = context;
    w->out = out;
    if (!mapping_visit(safetensors_mapping(w->file), w->at, length, copy_bytes, w, e))
        return false;
    w->at += length;
    return true;
}

/* Somebody may write the file anew between two looks at it: there is room for what the first one
 * saw. */
static bool check_unchanged(const struct source *s, const struct array *now,
                            const struct array *before, struct err *e)
{
    return (now->rank == before->rank &&
            memcmp(now->shape, before->shape, now->rank * sizeof *now->shape) == 0) ||
           err_set(e, ERR_FILE, "%s: the file changed while it was read", s->path);
}

/* Fills out with the elements of array i, as floats or doubles. */
static bool read_elements(struct source *s, size_t i, const struct array *a, void *out, bool wide,
                          struct tally *tally, struct err *e)
{
    struct stream stream = {.fd = -1};
    struct window window = {.file = s->tensors};
    struct byte_source from = {.read = read_window, .context = &window};
    bool ok = true, tensor = s->kind == FILE_SAFETENSORS;
    if (tensor) {
        window.at = safetensors_data_start(s->tensors) + safetensors_get(s->tensors, i)->begin;
    } else {
        ok = stream_open(&stream, s, i, e) && check_unchanged(s, &stream.array, a, e);
        from = stream.bytes;
        a = &stream.array;
    }
    if (ok)
        ok = wide ? array_read_doubles(a, from, out, e)
                  : array_read_floats(a, from, out, &tally->narrowed, e);
    ok = ok && (tensor || stream_end(&stream));
    stream_close(&stream);
    if (s->npz != NULL)
        npz_abandon(s->npz);
    return ok;
}

static void count_special(const float *data, size_t count, struct tally *tally)
{
    for (size_t i = 0; i < count; i++) {
        tally->nan += isnan(data[i]) != 0;
        tally->inf += isinf(data[i]) != 0;
    }
    tally->inf -= tally->narrowed.beyond;
}

/* ---- values ---- */

/* Axis i of member n. */
static struct axis plan_axis(const struct plan *plan, size_t i, size_t n)
{
    struct axis axis = plan->axes[i];
    if (plan->origin[i] != NULL)
        axis.origin = plan->origin[i][n];
    return axis;
}

struct value *value_of_doubles(const double *data, const struct plan *plan)
{
    struct value *v = value_new(plan->kind, plan->stack, plan->stack_axes);
    size_t size = plan->kind == VALUE_VECTOR ? plan->axes[0].size : 1;
    for (size_t n = 0; n < v->count; n++, data += size) {
        if (plan->kind == VALUE_NUMBER) {
            v->items[n].number = *data;
            continue;
        }
        v->items[n].vector = vector_new(plan_axis(plan, 0, n));
        if (size > 0)
            memcpy(v->items[n].vector->data, data, size * sizeof *data);
    }
    return v;
}

/* Members are views of the storage, one after the other. */
static struct value *value_of_storage(struct storage *storage, const struct plan *plan)
{
    struct value *v = value_new(plan->kind, plan->stack, plan->stack_axes);
    size_t rows = plan->axes[0].size, cols = plan->axes[1].size;
    for (size_t n = 0; n < v->count; n++) {
        struct dense *d = dense_view(storage, n * rows * cols, rows, cols, (ptrdiff_t)cols, 1);
        v->items[n].matrix = matrix_from_dense(d, plan_axis(plan, 0, n), plan_axis(plan, 1, n));
        dense_unref(d);
    }
    storage_unref(storage);
    return v;
}

struct value *value_of_floats(float *data, size_t count, const struct plan *plan)
{
    return value_of_storage(storage_new(data, count), plan);
}

static struct value *read_floats(struct source *s, size_t i, const struct array *a,
                                 const struct plan *plan, struct tally *tally, struct err *e)
{
    float *data = mem_try_alloc(a->count * sizeof *data);
    if (data == NULL) {
        err_memory(e);
        return NULL;
    }
    if (!read_elements(s, i, a, data, false, tally, e)) {
        mem_free(data);
        return NULL;
    }
    count_special(data, a->count, tally);
    return value_of_floats(data, a->count, plan);
}

static struct value *read_doubles(struct source *s, size_t i, const struct array *a,
                                  const struct plan *plan, struct tally *tally, struct err *e)
{
    double *data = mem_try_alloc(a->count * sizeof *data);
    struct value *v = NULL;
    if (data == NULL) {
        err_memory(e);
        return NULL;
    }
    if (read_elements(s, i, a, data, true, tally, e)) {
        for (size_t k = 0; k < a->count; k++) {
            tally->nan += isnan(data[k]) != 0;
            tally->inf += isinf(data[k]) != 0;
        }
        v = value_of_doubles(data, plan);
    }
    mem_free(data);
    return v;
}

struct value *source_value(struct source *s, size_t i, const struct array *a,
                           const struct plan *plan, struct tally *tally, struct err *e)
{
    *tally = (struct tally){0};
    bool wide = plan->kind != VALUE_MATRIX;
    if (!wide && s->kind == FILE_SAFETENSORS && dtype_widens(a->type))
        return value_of_storage(
            weights_storage(s->tensors, safetensors_get(s->tensors, i), s->memory), plan);
    if (!within_budget(s, a, wide ? sizeof(double) : sizeof(float), e))
        return NULL;
    return wide ? read_doubles(s, i, a, plan, tally, e) : read_floats(s, i, a, plan, tally, e);
}
