/* The sizes that config.json states, against the shapes of the tensors. */
#include "bilens/model/circuits.h"

#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/model/config.h"
#include "bilens/model/safetensors.h"

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

/* The vocabulary may be left to the shape of the embedding. */
static bool read_vocab(const struct circuits_input *in, struct model_sizes *sizes, struct err *e)
{
    const char *name = in->layout->sources[W_E].pattern;
    const struct tensor *t = safetensors_find(in->file, name);

    if (config_has(in->config, in->layout->keys->vocab))
        return config_get_size(in->config, in->layout->keys->vocab, &sizes->vocab, e);
    if (t == NULL)
        return err_set(e, ERR_FORMAT, "%s: tensor \"%s\" is missing", safetensors_path(in->file),
                       name);
    if (t->rank != 2 || t->shape[0] == 0)
        return err_set(e, ERR_FORMAT, "%s: tensor \"%s\" is no matrix of tokens x d_model",
                       safetensors_path(in->file), name);
    sizes->vocab = (size_t)(in->layout->sources[W_E].transposed ? t->shape[0] : t->shape[1]);
    return true;
}

static bool read_sizes(const struct circuits_input *in, struct model_sizes *sizes, struct err *e)
{
    const struct layout_keys *keys = in->layout->keys;

    if (!config_get_size(in->config, keys->layers, &sizes->layers, e) ||
        !config_get_size(in->config, keys->heads, &sizes->heads, e) ||
        !config_get_size(in->config, keys->context, &sizes->context, e) ||
        !config_get_size(in->config, keys->d_model, &sizes->d_model, e) ||
        !config_get_size(in->config, keys->d_hidden, &sizes->d_hidden, e) ||
        !read_vocab(in, sizes, e))
        return false;
    if (sizes->d_model % sizes->heads != 0)
        return err_set(e, ERR_FORMAT, "%s: %s = %zu is not a multiple of %s = %zu",
                       config_path(in->config), keys->d_model, sizes->d_model, keys->heads,
                       sizes->heads);
    sizes->kv_heads = sizes->heads;
    sizes->d_head = sizes->d_model / sizes->heads;
    return true;
}

/* --- Shapes --- */

static void describe_shape(const struct tensor *t, struct text *out)
{
    text_add_char(out, '[');
    for (size_t i = 0; i < t->rank && i < 8; i++)
        text_printf(out, "%s%llu", i == 0 ? "" : ", ", (unsigned long long)t->shape[i]);
    text_add(out, t->rank > 8 ? ", ...]" : "]");
}

/* "d_model = 256": where the size of an axis came from. */
static void describe_key(const struct circuits_input *in, const struct model_sizes *sizes,
                         enum axis_kind kind, struct text *out)
{
    const struct layout_keys *keys = in->layout->keys;

    switch (kind) {
    case AXIS_TOKEN:
        if (config_has(in->config, keys->vocab))
            text_printf(out, "%s = %zu", keys->vocab, sizes->vocab);
        else
            text_printf(out, "%zu tokens in %s", sizes->vocab, in->layout->sources[W_E].pattern);
        break;
    case AXIS_HIDDEN:
        text_printf(out, "%s = %zu", keys->d_hidden, sizes->d_hidden);
        break;
    case AXIS_POS:
        text_printf(out, "%s = %zu", keys->context, sizes->context);
        break;
    default: /* the heads of a layer make up d_model */
        text_printf(out, "%s = %zu", keys->d_model, sizes->d_model);
        break;
    }
}

static size_t whole_size(const struct model_sizes *sizes, enum axis_kind kind)
{
    return circuits_axis_size(sizes, kind) * (kind == AXIS_HEAD ? sizes->heads : 1);
}

static bool refuse_shape(const struct circuits_input *in, const struct model_sizes *sizes,
                         enum weight weight, const struct tensor *t, const size_t expected[2],
                         struct err *e)
{
    const struct weight_info *info = circuits_weight(weight);
    struct text message = TEXT_EMPTY;
    struct text row = TEXT_EMPTY, col = TEXT_EMPTY;

    describe_shape(t, &message);
    describe_key(in, sizes, info->row, &row);
    describe_key(in, sizes, info->col, &col);
    text_printf(&message, ", but config.json asks for [%zu, %zu] (%s", expected[0], expected[1],
                text_get(&row));
    if (strcmp(text_get(&row), text_get(&col)) != 0)
        text_printf(&message, ", %s", text_get(&col));
    text_add_char(&message, ')');
    if (message.failed || row.failed || col.failed)
        err_memory(e);
    else
        err_set(e, ERR_FORMAT, "%s: tensor \"%s\" has the shape %s", safetensors_path(in->file),
                t->name, text_get(&message));
    text_done(&message);
    text_done(&row);
    text_done(&col);
    return false;
}

static bool check_tensor(const struct circuits_input *in, const struct model_sizes *sizes,
                         enum weight weight, const char *name, struct err *e)
{
    const struct weight_info *info = circuits_weight(weight);
    const struct layout_source *source = &in->layout->sources[weight];
    const struct tensor *t = safetensors_find(in->file, name);
    size_t expected[2];

    if (t == NULL)
        return err_set(e, ERR_FORMAT, "%s: tensor \"%s\" is missing (%s = %zu in config.json)",
                       safetensors_path(in->file), name, in->layout->keys->layers, sizes->layers);
    /* Sizes are below 2^32 and parts are few, so nothing overflows. */
    expected[source->transposed ? 1 : 0] = source->parts * whole_size(sizes, info->row);
    expected[source->transposed ? 0 : 1] = whole_size(sizes, info->col);
    if (t->rank != 2 || t->shape[0] != expected[0] || t->shape[1] != expected[1])
        return refuse_shape(in, sizes, weight, t, expected, e);
    return true;
}

/* A layer more than the config says is a config that belongs to another file. */
static bool check_no_more_layers(const struct circuits_input *in, const struct model_sizes *sizes,
                                 const char *pattern, struct err *e)
{
    char *name = layout_tensor_name(pattern, sizes->layers, e);
    bool good = name != NULL;

    if (good && safetensors_find(in->file, name) != NULL)
        good = err_set(e, ERR_FORMAT, "%s: there is a tensor \"%s\", but %s = %zu in config.json",
                       safetensors_path(in->file), name, in->layout->keys->layers, sizes->layers);
    mem_free(name);
    return good;
}

static bool check_weight(const struct circuits_input *in, const struct model_sizes *sizes,
                         enum weight weight, struct err *e)
{
    const char *pattern = in->layout->sources[weight].pattern;
    size_t layers = circuits_weight(weight)->stack > 0 ? sizes->layers : 1;

    for (size_t layer = 0; layer < layers; layer++) {
        char *name = layout_tensor_name(pattern, layer, e);
        bool good = name != NULL && check_tensor(in, sizes, weight, name, e);
        mem_free(name);
        if (!good)
            return false;
    }
    return circuits_weight(weight)->stack == 0 || check_no_more_layers(in, sizes, pattern, e);
}

bool circuits_check(const struct circuits_input *in, struct model *m, struct err *e)
{
    bool bilinear = true;

    if (!config_get_bool(in->config, "bilinear", &bilinear, e))
        return false;
    if (!bilinear)
        return err_set(e, ERR_UNSUPPORTED,
                       "%s: \"bilinear\" is false: an MLP without a second factor is not supported",
                       config_path(in->config));
    if (!read_sizes(in, &m->sizes, e))
        return false;
    for (int weight = 0; weight < WEIGHT_COUNT; weight++) {
        if (in->layout->sources[weight].pattern != NULL &&
            !check_weight(in, &m->sizes, (enum weight)weight, e))
            return false;
    }
    return true;
}
