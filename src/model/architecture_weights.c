/* Where each weight, bias and gain lies in its tensor. */
#include <stddef.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/checkpoint.h"
#include "bilens/model/weights.h"
#include "bilens/num/dense.h"
#include "circuits.h"
#include "config.h"
#include "model_parts.h"

/* --- The architecture's slots --- */

/* Of a layer, or (global) of the model. */
static const struct {
    size_t weight, bias;
    bool global;
} slots[WEIGHT_COUNT] = {
    [W_E] = {offsetof(struct architecture, w_e), 0, true},
    [W_POS] = {offsetof(struct architecture, w_pos), 0, true},
    [W_U] = {offsetof(struct architecture, w_u), offsetof(struct architecture, b_u), true},
#define SLOT(NAME)                                                                                 \
    {                                                                                              \
        offsetof(struct architecture_layer, w_##NAME),                                             \
            offsetof(struct architecture_layer, b_##NAME), false                                   \
    }
    [W_Q] = SLOT(q),
    [W_K] = SLOT(k),
    [W_V] = SLOT(v),
    [W_O] = SLOT(o),
    [W_L] = SLOT(l),
    [W_R] = SLOT(r),
    [W_IN] = SLOT(in),
    [W_P] = SLOT(p),
#undef SLOT
};

static void *slot_at(struct architecture *a, bool global, size_t layer, size_t offset)
{
    char *base = global ? (char *)a : (char *)&a->layers[layer];
    return base + offset;
}

struct stored_weight *architecture_weight(struct architecture *a, enum weight weight, size_t layer)
{
    return slot_at(a, slots[weight].global, layer, slots[weight].weight);
}

struct stored_weight *architecture_bias(struct architecture *a, enum weight weight, size_t layer)
{
    if (slots[weight].bias == 0)
        return NULL;
    return slot_at(a, slots[weight].global, layer, slots[weight].bias);
}

struct norm *architecture_norm(struct architecture *a, enum norm_place place, size_t layer)
{
    switch (place) {
    case NORM_ATTENTION_IN:
        return &a->layers[layer].attention_in;
    case NORM_MLP_IN:
        return &a->layers[layer].mlp_in;
    case NORM_ATTENTION_OUT:
        return &a->layers[layer].attention_out;
    case NORM_MLP_OUT:
        return &a->layers[layer].mlp_out;
    case NORM_QUERY:
        return &a->layers[layer].query;
    case NORM_KEY:
        return &a->layers[layer].key;
    case NORM_FINAL:
        return &a->final;
    case NORM_NOWHERE:
    case NORM_PLACE_COUNT:
        break;
    }
    return NULL;
}

/* --- Tensors --- */

bool circuits_has(const struct circuits_input *in, const struct model *m, enum weight weight)
{
    bool plain = m->architecture.mlp == MLP_PLAIN;

    if (in->found->layout->sources[weight].pattern == NULL)
        return false;
    if (weight == W_L || weight == W_R)
        return !plain;
    return weight != W_IN || plain;
}

struct weight_rows circuits_rows(const struct circuits_input *in, const struct model *m,
                                 enum weight weight)
{
    const struct layout_source *sources = in->found->layout->sources;
    struct weight_rows rows = {0};

    for (int i = 0; i < WEIGHT_COUNT; i++) {
        enum axis_kind kind = circuits_weight((enum weight)i)->row;
        size_t heads = kind == AXIS_HEAD ? circuits_heads(&m->sizes, (enum weight)i) : 1;
        size_t count = circuits_axis_size(&m->sizes, kind) * heads;
        if (!circuits_has(in, m, (enum weight)i) ||
            strcmp(sources[i].pattern, sources[weight].pattern) != 0)
            continue;
        rows.all += count;
        if (sources[i].part < sources[weight].part)
            rows.before += count;
        if (i == (int)weight)
            rows.own = count;
    }
    return rows;
}

const struct checkpoint_tensor *circuits_find(const struct circuits_input *in, const char *pattern,
                                              size_t layer)
{
    if (pattern == NULL)
        return NULL;
    char *name = layout_tensor_name(in->found, pattern, layer);
    const struct checkpoint_tensor *t = checkpoint_find(in->file, name);
    mem_free(name);
    return t;
}

static void refuse_missing(const struct circuits_input *in, const char *pattern, size_t layer,
                           struct err *e)
{
    char *name = layout_tensor_name(in->found, pattern, layer);
    const struct layout *layout = in->found->layout;
    size_t layers = layout->sizes.layers;
    struct text size = TEXT_EMPTY;

    err_set(e, ERR_FORMAT, "%s: tensor \"%s\" is missing", checkpoint_path(in->file), name);
    mem_free(name);
    if (strchr(pattern, '*') == NULL ||
        !config_find_size(in->config, layout->keys->layers, &layers, NULL))
        return;
    sizes_describe(in->config, layout->keys->layers, layers, &size);
    err_append(e, " (%s)", text_get(&size));
    text_done(&size);
}

const char *circuits_bias(const struct circuits_input *in, enum weight weight)
{
    const struct layout *layout = in->found->layout;
    bool attention = weight == W_Q || weight == W_K || weight == W_V || weight == W_O;
    const char *key = attention ? layout->keys->attention_bias : layout->keys->mlp_bias;
    bool biased = key == NULL || (layout->biased && !config_is(in->config, key, false)) ||
                  config_is(in->config, key, true);

    return biased ? layout->sources[weight].bias : NULL;
}

const struct checkpoint_tensor *circuits_tensor(const struct circuits_input *in, enum weight weight,
                                                size_t layer, struct err *e)
{
    const struct layout *layout = in->found->layout;
    const struct layout_source *source = &layout->sources[weight];
    const struct checkpoint_tensor *t;
    const char *first = source->pattern, *second = source->otherwise;

    if (in->tied && weight == W_U && second != NULL) { /* one storage serves both */
        first = source->otherwise;
        second = source->pattern;
    }
    t = circuits_find(in, first, layer);
    if (t == NULL)
        t = circuits_find(in, second, layer);
    if (t == NULL)
        refuse_missing(in, source->pattern, layer, e);
    return t;
}

/* --- Placing --- */

struct placer {
    const struct circuits_input *in;
    struct model *model;
    struct storage **storages; /* one for each tensor of the file, NULL until asked for */
    struct err *e;
};

/* Borrowed. */
static struct storage *get_storage(struct placer *p, const struct checkpoint_tensor *t)
{
    struct storage **slot = &p->storages[checkpoint_index(p->in->file, t)];

    if (*slot == NULL)
        *slot = weights_storage(t->file, t->tensor, p->in->memory);
    return *slot;
}

/* In which rows (of the orientation of the language) the first head of the part starts, and how
 * many rows on the next one. */
struct span_of_heads {
    size_t first, step;
};

static struct span_of_heads find_rows(const struct placer *p, enum weight weight, size_t heads)
{
    struct weight_rows rows = circuits_rows(p->in, p->model, weight);

    if (p->in->found->layout->sources[weight].interleaved)
        return (struct span_of_heads){rows.before / heads, rows.all / heads};
    return (struct span_of_heads){rows.before, rows.own / heads};
}

static bool place_weight(struct placer *p, enum weight weight, size_t layer)
{
    const struct weight_info *info = circuits_weight(weight);
    const struct layout_source *source = &p->in->found->layout->sources[weight];
    const struct model_sizes *sizes = &p->model->sizes;
    const struct checkpoint_tensor *t = circuits_tensor(p->in, weight, layer, p->e);
    struct stored_weight *w = architecture_weight(&p->model->architecture, weight, layer);
    struct span_of_heads rows;
    size_t width, row_step, col_step;

    if (t == NULL)
        return false;
    w->storage = storage_ref(get_storage(p, t));
    width = (size_t)t->tensor->shape[1]; /* of the stored rows */
    w->heads = circuits_heads(sizes, weight);
    w->rows = circuits_axis_size(sizes, info->row);
    w->cols = circuits_axis_size(sizes, info->col);
    rows = find_rows(p, weight, info->row == AXIS_HEAD ? w->heads : 1);
    row_step = info->row == AXIS_HEAD ? rows.step : 0;
    col_step = info->col == AXIS_HEAD ? w->cols : 0;
    w->row_stride = source->transposed ? 1 : (ptrdiff_t)width;
    w->col_stride = source->transposed ? (ptrdiff_t)width : 1;
    w->offset = rows.first * (size_t)w->row_stride;
    w->head_stride = (ptrdiff_t)row_step * w->row_stride + (ptrdiff_t)col_step * w->col_stride;
    return true;
}

static void place_bias(struct placer *p, enum weight weight, size_t layer)
{
    const struct weight_info *info = circuits_weight(weight);
    struct stored_weight *b = architecture_bias(&p->model->architecture, weight, layer);
    const struct checkpoint_tensor *t = circuits_find(p->in, circuits_bias(p->in, weight), layer);
    struct span_of_heads rows;

    if (t == NULL || b == NULL)
        return;
    b->storage = storage_ref(get_storage(p, t));
    b->heads = info->row == AXIS_HEAD ? circuits_heads(&p->model->sizes, weight) : 1;
    b->rows = circuits_axis_size(&p->model->sizes, info->row);
    b->cols = 1;
    b->row_stride = b->col_stride = 1;
    rows = find_rows(p, weight, b->heads);
    b->offset = rows.first;
    b->head_stride = (ptrdiff_t)rows.step;
}

static bool place_all(struct placer *p, enum weight weight)
{
    size_t layers = slots[weight].global ? 1 : p->model->sizes.layers;

    if (!circuits_has(p->in, p->model, weight))
        return true;
    for (size_t layer = 0; layer < layers; layer++) {
        if (!place_weight(p, weight, layer))
            return false;
        place_bias(p, weight, layer);
    }
    return true;
}

/* --- Norms --- */

static const double layernorm_eps = 1e-5; /* PyTorch's own */

/* "normalization" of the bilinear transformers is "rms", "ln" or null; later true or false. */
static bool read_normalization(const struct config *c, bool *none, const char **name, struct err *e)
{
    *name = NULL;
    *none = config_is(c, "normalization", false);
    if (*none || config_is(c, "normalization", true) || !config_has(c, "normalization"))
        return true;
    if (!config_get_string(c, "normalization", name, e))
        return false;
    *none = *name == NULL;
    if (*none || strcmp(*name, "rms") == 0 || strcmp(*name, "ln") == 0)
        return true;
    return err_set(e, ERR_UNSUPPORTED,
                   "%s: normalization \"%.100s\" is unknown; bilens knows null, rms and ln",
                   config_path(c), *name);
}

/* The kind of all norms, and their eps. */
static bool read_kind(const struct circuits_input *in, enum norm_kind *kind, double *eps,
                      struct err *e)
{
    const struct layout_norms *norms = in->found->layout->norms;
    const char *name;
    bool none;

    *kind = norms->kind;
    *eps = norms->eps;
    if (!norms->by_config)
        return config_find_positive(in->config, norms->eps_key, eps, e);
    if (!read_normalization(in->config, &none, &name, e))
        return false;
    if (none) {
        *kind = NORM_NONE;
    } else if ((name != NULL && strcmp(name, "ln") == 0) || config_is(in->config, "rms", false)) {
        *kind = NORM_LAYER;
        *eps = layernorm_eps;
    }
    return true;
}

static void place_vector(struct placer *p, const char *pattern, size_t layer,
                         struct stored_weight *w)
{
    const struct checkpoint_tensor *t = circuits_find(p->in, pattern, layer);

    if (t == NULL)
        return;
    w->storage = storage_ref(get_storage(p, t));
    w->heads = w->cols = 1;
    w->rows = t->tensor->count;
    w->row_stride = w->col_stride = 1;
}

static bool place_norms(struct placer *p)
{
    const struct layout_norms *norms = p->in->found->layout->norms;
    enum norm_kind kind;
    double eps;

    if (!read_kind(p->in, &kind, &eps, p->e))
        return false;
    for (int place = NORM_NOWHERE + 1; kind != NORM_NONE && place < NORM_PLACE_COUNT; place++) {
        const struct layout_norm *source = &norms->at[place];
        size_t layers = place == NORM_FINAL ? 1 : p->model->sizes.layers;
        for (size_t layer = 0; source->present && layer < layers; layer++) {
            struct norm *n =
                architecture_norm(&p->model->architecture, (enum norm_place)place, layer);
            n->kind = kind;
            n->eps = eps;
            n->one_plus = norms->one_plus;
            place_vector(p, source->gain, layer, &n->gain);
            place_vector(p, source->bias, layer, &n->bias);
        }
    }
    return true;
}

/* --- All of it --- */

bool architecture_place_weights(const struct circuits_input *in, struct model *m, struct err *e)
{
    struct placer p = {.in = in, .model = m, .e = e};
    struct architecture *a = &m->architecture;
    size_t tensors = checkpoint_count(in->file);
    bool good = true;

    p.storages = mem_new(tensors, sizeof(struct storage *));
    for (int weight = 0; good && weight < WEIGHT_COUNT; weight++)
        good = place_all(&p, (enum weight)weight);
    good = good && place_norms(&p);
    a->tied = good && a->w_e.storage == a->w_u.storage;
    for (size_t i = 0; i < tensors; i++)
        storage_unref(p.storages[i]);
    mem_free(p.storages);
    return good;
}

bool architecture_build(const struct circuits_input *in, struct model *m, struct err *e)
{
    m->architecture.layers = mem_new(m->sizes.layers, sizeof *m->architecture.layers);
    return architecture_read_config(in, m, e) && architecture_place_weights(in, m, e);
}
