/* Whether the unembedding is the embedding: what config.json says, against what the file holds. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/formats/checkpoint.h"
#include "bilens/formats/mapping.h"
#include "circuits.h"
#include "config.h"
#include "model_parts.h"

enum { TIE_CHUNK = 64 << 10 };

/* Comparing more than this would take noticeable time; either of two equal ones is right. */
static const size_t compare_limit = (size_t)256 << 20;

static bool same_shape(const struct tensor *a, const struct tensor *b)
{
    return a->dtype == b->dtype && a->rank == b->rank && a->count == b->count &&
           (a->rank == 0 || memcmp(a->shape, b->shape, a->rank * sizeof *a->shape) == 0);
}

static bool copy_chunk(const struct checkpoint_tensor *t, size_t at, void *out, size_t length,
                       struct err *e)
{
    return mapping_copy(safetensors_mapping(t->file),
                        safetensors_data_start(t->file) + t->tensor->begin + at, out, length, e);
}

/* Do two tensors hold the same bytes? Of large ones it is not found out, and they count as two. */
static bool compare(const struct checkpoint_tensor *a, const struct checkpoint_tensor *b,
                    bool *same, struct err *e)
{
    size_t size = a->tensor->end - a->tensor->begin;
    unsigned char left[TIE_CHUNK], right[TIE_CHUNK];

    *same = size <= compare_limit && same_shape(a->tensor, b->tensor);
    for (size_t at = 0; *same && at < size; at += TIE_CHUNK) {
        size_t length = size - at < TIE_CHUNK ? size - at : TIE_CHUNK;
        if (!task_go_on(e) || !copy_chunk(a, at, left, length, e) ||
            !copy_chunk(b, at, right, length, e))
            return false;
        *same = memcmp(left, right, length) == 0;
    }
    return true;
}

/* One of the two is missing, and config.json says that they are two. */
static void note_half(const struct circuits_input *in, struct model *m, bool head)
{
    const struct layout_source *source = &in->found->layout->sources[W_U];
    const char *key = in->found->layout->keys->tied;
    char *missing = layout_tensor_name(in->found, head ? source->pattern : source->otherwise, 0);
    char *there = layout_tensor_name(in->found, head ? source->otherwise : source->pattern, 0);

    model_note(m, "the file has no %s, though %s is false%s: %s stands for both", missing, key,
               config_has(in->config, key) ? "" : " by default", there);
    mem_free(missing);
    mem_free(there);
}

bool circuits_tie(struct circuits_input *in, struct model *m, struct err *e)
{
    const struct layout *layout = in->found->layout;
    const struct layout_source *source = &layout->sources[W_U];
    const struct checkpoint_tensor *own = circuits_find(in, source->pattern, 0);
    const struct checkpoint_tensor *embedding = circuits_find(in, source->otherwise, 0);
    const char *key = layout->keys->tied;
    bool same;

    in->tied = layout->tied;
    if (source->otherwise == NULL)
        return true;
    if (!config_get_bool(in->config, key, &in->tied, e))
        return false;
    if ((own == NULL) != (embedding == NULL) && !in->tied)
        note_half(in, m, own == NULL);
    if (own == NULL || embedding == NULL || !in->tied)
        return true;
    if (!compare(own, embedding, &same, e))
        return false;
    in->tied = same;
    if (!same)
        model_note(m, "%s is true%s, yet the file has a %s that %s: it is w_u", key,
                   config_has(in->config, key) ? "" : " by default", own->tensor->name,
                   own->tensor->end - own->tensor->begin > compare_limit
                       ? "may differ from the embedding"
                       : "differs from the embedding");
    return true;
}
