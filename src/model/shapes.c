/* The sizes that config.json states, against the shapes of the tensors. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/checkpoint.h"
#include "circuits.h"
#include "config.h"
#include "model_parts.h"

/* What is being checked, for messages. */
struct check {
    const struct circuits_input *in;
    const struct model *model;
    struct err *e;
};

/* --- Messages --- */

static void describe_shape(const struct tensor *t, struct text *out)
{
    text_add_char(out, '[');
    for (size_t i = 0; i < t->rank && i < 8; i++)
        text_printf(out, "%s%llu", i == 0 ? "" : ", ", (unsigned long long)t->shape[i]);
    text_add(out, t->rank > 8 ? ", ...]" : "]");
}

static void add_key(const struct check *k, const char *key, size_t size, struct text *out)
{
    size_t length;
    const char *name = config_name(k->in->config, key, &length);

    text_printf(out, "%.*s = %zu%s", (int)length, name, size,
                config_has(k->in->config, key) ? "" : " by default");
}

/* "num_attention_heads x head_dim = 4 x 8" */
static void describe_heads(const struct check *k, enum weight weight, struct text *out)
{
    const struct layout_keys *keys = k->in->found->layout->keys;
    const struct model_sizes *sizes = &k->model->sizes;
    size_t heads = circuits_heads(sizes, weight);
    bool own = (weight == W_K || weight == W_V) && keys->kv_heads != NULL;
    size_t length;
    const char *name = config_name(k->in->config, own ? keys->kv_heads : keys->heads, &length);

    text_printf(out, "%.*s x %s = %zu x %zu", (int)length, name,
                keys->d_head != NULL ? keys->d_head : "d_head", heads, sizes->d_head);
    if (own && !config_has(k->in->config, keys->kv_heads))
        text_printf(out, ", %s by default", keys->kv_heads);
    if (keys->d_head != NULL && !config_has(k->in->config, keys->d_head) &&
        k->in->found->layout->sizes.d_head > 0)
        text_printf(out, ", %s by default", keys->d_head);
}

/* "d_model = 256": where the size of an axis came from. */
static void describe_axis(const struct check *k, enum weight weight, enum axis_kind kind,
                          struct text *out)
{
    const struct layout_keys *keys = k->in->found->layout->keys;
    const struct model_sizes *sizes = &k->model->sizes;

    switch (kind) {
    case AXIS_TOKEN:
        if (config_has(k->in->config, keys->vocab))
            add_key(k, keys->vocab, sizes->vocab, out);
        else
            text_printf(out, "%zu tokens in %s", sizes->vocab,
                        k->in->found->layout->sources[W_E].pattern);
        break;
    case AXIS_HIDDEN:
        add_key(k, keys->d_hidden, sizes->d_hidden, out);
        break;
    case AXIS_POS:
        add_key(k, keys->context, sizes->context, out);
        break;
    case AXIS_HEAD: /* where the heads share d_model, that says it all */
        if (circuits_heads(sizes, weight) * sizes->d_head != sizes->d_model) {
            describe_heads(k, weight, out);
            break;
        }
        /* fall through */
    default:
        add_key(k, keys->d_model, sizes->d_model, out);
        break;
    }
}

/* The rows or columns that a weight's tensor must have, and where they come from. */
static bool refuse_shape(const struct check *k, const struct checkpoint_tensor *t,
                         const char *expected, const char *why)
{
    struct text shape = TEXT_EMPTY;

    describe_shape(t->tensor, &shape);
    err_set(k->e, ERR_FORMAT,
            "%s: tensor \"%s\" has the shape %s, but config.json asks for %s (%s)",
            safetensors_path(t->file), t->tensor->name, text_get(&shape), expected, why);
    text_done(&shape);
    return false;
}

static bool refuse_matrix(const struct check *k, enum weight weight,
                          const struct checkpoint_tensor *t, const size_t expected[2])
{
    const struct weight_info *info = circuits_weight(weight);
    struct text shape = TEXT_EMPTY, row = TEXT_EMPTY, col = TEXT_EMPTY;

    text_printf(&shape, "[%zu, %zu]", expected[0], expected[1]);
    describe_axis(k, weight, info->row, &row);
    describe_axis(k, weight, info->col, &col);
    if (strcmp(text_get(&row), text_get(&col)) != 0)
        text_printf(&row, ", %s", text_get(&col));
    refuse_shape(k, t, text_get(&shape), text_get(&row));
    text_done(&shape);
    text_done(&row);
    text_done(&col);
    return false;
}

/* --- Weights --- */

static size_t whole_size(const struct check *k, enum weight weight, enum axis_kind kind)
{
    const struct model_sizes *sizes = &k->model->sizes;
    return circuits_axis_size(sizes, kind) *
           (kind == AXIS_HEAD ? circuits_heads(sizes, weight) : 1);
}

static bool check_matrix(const struct check *k, enum weight weight, size_t layer)
{
    const struct weight_info *info = circuits_weight(weight);
    const struct layout_source *source = &k->in->found->layout->sources[weight];
    const struct checkpoint_tensor *t = circuits_tensor(k->in, weight, layer, k->e);
    size_t expected[2];

    if (t == NULL)
        return false;
    /* A weight's rows are below 2^32, as every size is, and the weights in a tensor are few. */
    expected[source->transposed ? 1 : 0] = circuits_rows(k->in, k->model, weight).all;
    expected[source->transposed ? 0 : 1] = whole_size(k, weight, info->col);
    if (t->tensor->rank != 2 || t->tensor->shape[0] != expected[0] ||
        t->tensor->shape[1] != expected[1])
        return refuse_matrix(k, weight, t, expected);
    return true;
}

/* A vector, if it is there. */
static bool check_vector(const struct check *k, const char *pattern, size_t layer, size_t size,
                         enum weight weight, enum axis_kind kind, bool optional)
{
    const struct checkpoint_tensor *t = circuits_find(k->in, pattern, layer);
    struct text expected = TEXT_EMPTY, why = TEXT_EMPTY;

    if (t == NULL && (optional || pattern == NULL))
        return true;
    if (t == NULL) {
        char *name = layout_tensor_name(k->in->found, pattern, layer);
        err_set(k->e, ERR_FORMAT, "%s: tensor \"%s\" is missing", checkpoint_path(k->in->file),
                name);
        mem_free(name);
        return false;
    }
    if (t->tensor->rank == 1 && t->tensor->shape[0] == size)
        return true;
    text_printf(&expected, "[%zu]", size);
    describe_axis(k, weight, kind, &why);
    refuse_shape(k, t, text_get(&expected), text_get(&why));
    text_done(&expected);
    text_done(&why);
    return false;
}

static bool check_bias(const struct check *k, enum weight weight, size_t layer)
{
    enum axis_kind kind = circuits_weight(weight)->row;

    return check_vector(k, circuits_bias(k->in, weight), layer,
                        circuits_rows(k->in, k->model, weight).all, weight, kind, true);
}

/* A layer more than the config says is a config that belongs to another file. */
static bool check_no_more_layers(const struct check *k, enum weight weight)
{
    const struct layout *layout = k->in->found->layout;
    size_t layers = k->model->sizes.layers;
    const struct checkpoint_tensor *t =
        circuits_find(k->in, layout->sources[weight].pattern, layers);

    if (t == NULL)
        return true;
    struct text size = TEXT_EMPTY;
    sizes_describe(k->in->config, layout->keys->layers, layers, &size);
    err_set(k->e, ERR_FORMAT, "%s: there is a tensor \"%s\", but %s", safetensors_path(t->file),
            t->tensor->name, text_get(&size));
    text_done(&size);
    return false;
}

static bool check_weight(const struct check *k, enum weight weight)
{
    bool stacked = circuits_weight(weight)->stack > 0;
    size_t layers = stacked ? k->model->sizes.layers : 1;

    for (size_t layer = 0; layer < layers; layer++) {
        if (!check_matrix(k, weight, layer) || !check_bias(k, weight, layer))
            return false;
    }
    return !stacked || check_no_more_layers(k, weight);
}

static bool check_norm(const struct check *k, enum norm_place place)
{
    const struct layout_norm *norm = &k->in->found->layout->norms->at[place];
    bool head = place == NORM_QUERY || place == NORM_KEY;
    enum axis_kind kind = head ? AXIS_HEAD : AXIS_RESID;
    size_t size = circuits_axis_size(&k->model->sizes, kind);
    size_t layers = place == NORM_FINAL ? 1 : k->model->sizes.layers;

    for (size_t layer = 0; norm->present && layer < layers; layer++) {
        if (!check_vector(k, norm->gain, layer, size, W_K, kind, norm->optional) ||
            !check_vector(k, norm->bias, layer, size, W_K, kind, true))
            return false;
    }
    return true;
}

bool circuits_check(const struct circuits_input *in, struct model *m, struct err *e)
{
    struct check k = {.in = in, .model = m, .e = e};

    if (!sizes_read(in, &m->sizes, e) || !mlp_read(in, m, e))
        return false;
    for (int weight = 0; weight < WEIGHT_COUNT; weight++) {
        if (circuits_has(in, m, (enum weight)weight) && !check_weight(&k, (enum weight)weight))
            return false;
    }
    for (int place = NORM_NOWHERE + 1; place < NORM_PLACE_COUNT; place++) {
        if (!check_norm(&k, (enum norm_place)place))
            return false;
    }
    return true;
}
