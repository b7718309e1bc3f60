/* The sizes that config.json states. */
#include <stdint.h>

#include "bilens/base/err.h"
#include "bilens/model/checkpoint.h"
#include "bilens/model/circuits.h"
#include "bilens/model/config.h"
#include "model_parts.h"

size_t circuits_axis_size(const struct model_sizes *sizes, enum axis_kind kind)
{
    switch (kind) {
    case AXIS_TOKEN:
        return sizes->vocab;
    case AXIS_RESID:
        return sizes->d_model;
    case AXIS_HEAD:
        return sizes->d_head;
    case AXIS_HIDDEN:
        return sizes->d_hidden;
    case AXIS_POS:
        return sizes->context;
    default:
        return 0;
    }
}

size_t circuits_heads(const struct model_sizes *sizes, enum weight weight)
{
    switch (weight) {
    case W_Q:
    case W_O:
        return sizes->heads;
    case W_K:
    case W_V:
        return sizes->kv_heads;
    default:
        return 1;
    }
}

static bool refuse_ratio(const struct circuits_input *in, const char *a, size_t a_size,
                         const char *b, size_t b_size, struct err *e)
{
    return err_set(e, ERR_FORMAT, "%s: %s = %zu is not a multiple of %s = %zu",
                   config_path(in->config), a, a_size, b, b_size);
}

/* The vocabulary may be left to the shape of the embedding. */
static bool read_vocab(const struct circuits_input *in, struct model_sizes *sizes, struct err *e)
{
    const char *key = in->found->layout->keys->vocab;
    const struct checkpoint_tensor *t;

    if (config_has(in->config, key))
        return config_get_size(in->config, key, &sizes->vocab, e);
    t = circuits_tensor(in, W_E, 0, e);
    if (t == NULL)
        return false;
    if (t->tensor->rank != 2 || t->tensor->shape[0] == 0)
        return err_set(e, ERR_FORMAT, "%s: tensor \"%s\" is no matrix of tokens x d_model",
                       safetensors_path(t->file), t->tensor->name);
    sizes->vocab = (size_t)t->tensor->shape[0];
    return true;
}

/* Sizes are below 2^32 each; products of them are taken, which must not wrap. */
static bool check_rows(const struct circuits_input *in, const struct model_sizes *sizes,
                       struct err *e)
{
    const struct layout_keys *keys = in->found->layout->keys;

    if (sizes->heads <= UINT32_MAX / sizes->d_head)
        return true;
    return err_set(e, ERR_FORMAT, "%s: %s x %s = %zu x %zu is more than any tensor has",
                   config_path(in->config), keys->heads, keys->d_head, sizes->heads, sizes->d_head);
}

/* d_head, unless it is stated, is the heads' equal share of d_model. */
static bool read_heads(const struct circuits_input *in, struct model_sizes *sizes, struct err *e)
{
    const struct layout_keys *keys = in->found->layout->keys;

    sizes->kv_heads = sizes->heads;
    sizes->d_head = 0;
    if (!config_find_size(in->config, keys->kv_heads, &sizes->kv_heads, e) ||
        !config_find_size(in->config, keys->d_head, &sizes->d_head, e))
        return false;
    if (sizes->heads % sizes->kv_heads != 0)
        return refuse_ratio(in, keys->heads, sizes->heads, keys->kv_heads, sizes->kv_heads, e);
    if (sizes->d_head != 0)
        return check_rows(in, sizes, e);
    if (sizes->d_model % sizes->heads != 0)
        return refuse_ratio(in, keys->d_model, sizes->d_model, keys->heads, sizes->heads, e);
    sizes->d_head = sizes->d_model / sizes->heads;
    return true;
}

static bool read_hidden(const struct circuits_input *in, struct model_sizes *sizes, struct err *e)
{
    const struct layout *layout = in->found->layout;

    if (layout->hidden_ratio == 0)
        return config_get_size(in->config, layout->keys->d_hidden, &sizes->d_hidden, e);
    sizes->d_hidden = layout->hidden_ratio * sizes->d_model;
    return config_find_size(in->config, layout->keys->d_hidden, &sizes->d_hidden, e);
}

bool sizes_read(const struct circuits_input *in, struct model_sizes *sizes, struct err *e)
{
    const struct layout_keys *keys = in->found->layout->keys;

    return config_get_size(in->config, keys->layers, &sizes->layers, e) &&
           config_get_size(in->config, keys->heads, &sizes->heads, e) &&
           config_get_size(in->config, keys->context, &sizes->context, e) &&
           config_get_size(in->config, keys->d_model, &sizes->d_model, e) &&
           read_hidden(in, sizes, e) && read_vocab(in, sizes, e) && read_heads(in, sizes, e);
}
