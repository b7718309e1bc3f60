#include "bilens/model/weights.h"

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/formats/mapping.h"
#include "bilens/num/dense.h"

/* Behind a storage: the tensor it is widened from. */
struct source {
    struct safetensors *file;
    const struct tensor *tensor;
};

struct widening {
    enum dtype type;
    size_t count;
    float *out;
};

static void widen_visit(const unsigned char *bytes, size_t length, void *context)
{
    struct widening *w = context;

    (void)length;
    dtype_widen(w->type, bytes, w->count, w->out);
}

/* So many numbers at once; between them, somebody may have lost patience. */
static const size_t fill_step = (size_t)4 << 20;

static bool source_fill(void *context, size_t first, size_t count, float *out, struct err *e)
{
    struct source *source = context;
    const struct tensor *t = source->tensor;
    size_t start = safetensors_data_start(source->file) + t->begin;
    size_t bytes = dtype_bits(t->dtype) / 8;

    if (!dtype_widens(t->dtype))
        return err_set(e, ERR_UNSUPPORTED,
                       "%s: tensor \"%.200s\" is stored as %s; bilens reads F64, F32, F16 and BF16",
                       safetensors_path(source->file), t->name, dtype_name(t->dtype));
    for (size_t at = 0; at < count; at += fill_step) {
        size_t some = count - at < fill_step ? count - at : fill_step;
        struct widening w = {.type = t->dtype, .count = some, .out = out + at};
        if (count > fill_step)
            task_aside("reading weights", at, count);
        if (!task_go_on(e) ||
            !mapping_visit(safetensors_mapping(source->file), start + (first + at) * bytes,
                           some * bytes, widen_visit, &w, e))
            return false;
    }
    return true;
}

static void source_release(void *context)
{
    struct source *source = context;

    safetensors_unref(source->file);
    mem_free(source);
}

struct storage *weights_storage(struct safetensors *s, const struct tensor *t, size_t most)
{
    struct source *source = mem_new(1, sizeof *source);

    source->file = safetensors_ref(s);
    source->tensor = t;
    return storage_new_lazy((struct storage_source){.fill = source_fill,
                                                    .release = source_release,
                                                    .context = source,
                                                    .most = most,
                                                    .lasting = true,
                                                    .narrowed = t->dtype == DTYPE_F64},
                            t->count, t->name);
}

struct counting {
    enum dtype type;
    size_t count, nan, inf, beyond;
};

static void count_visit(const unsigned char *bytes, size_t length, void *context)
{
    struct counting *c = context;

    (void)length;
    dtype_count_nonfinite(c->type, bytes, c->count, &c->nan, &c->inf);
}

static void beyond_visit(const unsigned char *bytes, size_t length, void *context)
{
    struct counting *c = context;

    (void)length;
    c->beyond += dtype_count_beyond(c->type, bytes, c->count);
}

/* Shows count elements from first, or none of a type that cannot be widened, to visit. */
static bool visit_elements(struct safetensors *s, const struct tensor *t, size_t first,
                           struct counting *c,
                           void (*visit)(const unsigned char *bytes, size_t length, void *context),
                           struct err *e)
{
    size_t bytes = dtype_bits(t->dtype) / 8;

    return !dtype_widens(t->dtype) ||
           mapping_visit(safetensors_mapping(s),
                         safetensors_data_start(s) + t->begin + first * bytes, c->count * bytes,
                         visit, c, e);
}

bool weights_count_nonfinite(struct safetensors *s, const struct tensor *t, size_t first,
                             size_t count, size_t *nan, size_t *inf, struct err *e)
{
    struct counting c = {.type = t->dtype, .count = count};

    if (!visit_elements(s, t, first, &c, count_visit, e))
        return false;
    *nan += c.nan;
    *inf += c.inf;
    return true;
}

bool weights_count_beyond(struct safetensors *s, const struct tensor *t, size_t *beyond,
                          struct err *e)
{
    struct counting c = {.type = t->dtype, .count = t->count};

    if (!visit_elements(s, t, 0, &c, beyond_visit, e))
        return false;
    *beyond += c.beyond;
    return true;
}
