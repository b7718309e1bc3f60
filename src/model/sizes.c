/* The sizes that config.json states. */
#include <stdint.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/text.h"
#include "bilens/formats/checkpoint.h"
#include "circuits.h"
#include "config.h"
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

static void describe(const struct config *c, const char *key, size_t size, const char *stated,
                     struct text *out)
{
    size_t length;
    const char *name = config_name(c, key, &length);

    text_printf(out, "%.*s = %zu%s", (int)length, name, size,
                config_has(c, key) ? stated : " by default");
}

void sizes_describe(const struct config *c, const char *key, size_t size, struct text *out)
{
    describe(c, key, size, " in config.json", out);
}

static bool refuse_ratio(const struct circuits_input *in, const char *a, size_t a_size,
                         const char *b, size_t b_size, struct err *e)
{
    struct text first = TEXT_EMPTY, second = TEXT_EMPTY;

    describe(in->config, a, a_size, "", &first);
    describe(in->config, b, b_size, "", &second);
    err_set(e, ERR_FORMAT, "%s: %s is not a multiple of %s", config_path(in->config),
            text_get(&first), text_get(&second));
    text_done(&first);
    text_done(&second);
    return false;
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
        return err_set(e, ERR_FORMAT, "%s: tensor \"%s\" is not a matrix of tokens x d_model",
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
    return err_set(e, ERR_FORMAT, "%s: %.*s x %s = %zu x %zu is more than any tensor has",
                   config_path(in->config), (int)strcspn(keys->heads, "|"), keys->heads,
                   keys->d_head, sizes->heads, sizes->d_head);
}

/* d_head, unless it is stated, is the heads' equal share of d_model. */
static bool read_heads(const struct circuits_input *in, struct model_sizes *sizes, struct err *e)
{
    const struct layout_keys *keys = in->found->layout->keys;

    if (config_has(in->config, keys->kv_heads) || sizes->kv_heads == 0)
        sizes->kv_heads = sizes->heads;
    if (config_has(in->config, keys->d_head))
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

/* A size that must be there, unless the layout has a default, which sizes holds. */
static bool read_size(const struct circuits_input *in, const char *key, size_t *out, struct err *e)
{
    if (*out == 0)
        return config_get_size(in->config, key, out, e);
    return config_find_size(in->config, key, out, e);
}

static bool read_hidden(const struct circuits_input *in, struct model_sizes *sizes, struct err *e)
{
    const struct layout *layout = in->found->layout;

    if (layout->hidden_ratio > 0)
        sizes->d_hidden = layout->hidden_ratio * sizes->d_model;
    return read_size(in, layout->keys->d_hidden, &sizes->d_hidden, e);
}

bool sizes_read(const struct circuits_input *in, struct model_sizes *sizes, struct err *e)
{
    const struct layout_keys *keys = in->found->layout->keys;

    *sizes = in->found->layout->sizes;
    return read_size(in, keys->layers, &sizes->layers, e) &&
           read_size(in, keys->heads, &sizes->heads, e) &&
           read_size(in, keys->context, &sizes->context, e) &&
           read_size(in, keys->d_model, &sizes->d_model, e) && read_hidden(in, sizes, e) &&
           read_vocab(in, sizes, e) && read_heads(in, sizes, e);
}
