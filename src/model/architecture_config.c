/* What config.json says of how a model computes, beside its sizes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "circuits.h"
#include "config.h"

/* --- Rotary positions --- */

/* How the frequencies of a model that was trained on short texts were stretched. */
struct scaling {
    double factor, low, high, original;
};

/* Llama 3.1: long waves are slowed by factor, short ones stay, those between are mixed. */
static double stretch(const struct scaling *s, double frequency)
{
    double wave = 2 * acos(-1.0) / frequency, share;

    if (wave < s->original / s->high)
        return frequency;
    if (wave > s->original / s->low)
        return frequency / s->factor;
    share = (s->original / wave - s->low) / (s->high - s->low);
    return (1 - share) * frequency / s->factor + share * frequency;
}

/* A number within the object that the key names; *out is 0, or what holds where it is missing. */
static bool read_scaling(const struct config *c, const char *object, const char *name, double *out,
                         struct err *e)
{
    char key[128];
    bool good;

    snprintf(key, sizeof key, "%.60s.%s", object, name);
    good = config_find_positive(c, key, out, e);
    if (good && *out == 0)
        return err_set(e, ERR_FORMAT, "%s: key \"%s\" is missing", config_path(c), key);
    return good;
}

static bool apply_linear(const struct config *c, const char *object, struct rotary_plan *r,
                         struct err *e)
{
    double factor = 0;

    if (!read_scaling(c, object, "factor", &factor, e))
        return false;
    for (size_t f = 0; f < r->dims / 2; f++)
        r->frequencies[f] /= factor;
    r->scaling = "linear";
    return true;
}

static bool apply_llama3(const struct config *c, const char *object, struct architecture *a,
                         struct err *e)
{
    struct scaling s = {.original = (double)a->context};
    struct rotary_plan *r = &a->rotary;

    if (!read_scaling(c, object, "factor", &s.factor, e) ||
        !read_scaling(c, object, "low_freq_factor", &s.low, e) ||
        !read_scaling(c, object, "high_freq_factor", &s.high, e) ||
        !read_scaling(c, object, "original_max_position_embeddings", &s.original, e))
        return false;
    if (s.high <= s.low)
        return err_set(e, ERR_FORMAT, "%s: %s: high_freq_factor is not above low_freq_factor",
                       config_path(c), object);
    for (size_t f = 0; f < r->dims / 2; f++)
        r->frequencies[f] = stretch(&s, r->frequencies[f]);
    r->scaling = "llama3";
    return true;
}

static void set_unsupported(struct architecture *a, const char *object, const char *type)
{
    struct text why = TEXT_EMPTY;

    text_add(&why, "its rotary positions are scaled by ");
    if (type != NULL)
        text_printf(&why, "\"%.60s\" (%s in config.json)", type, object);
    else
        text_printf(&why, "a rule that %s in config.json does not name", object);
    text_add(&why, ", which is not supported; default, linear and llama3 are");
    a->unsupported = text_take(&why);
}

/* By what the object of that name says, if there is one (else NULL). */
static bool apply_scaling(const struct config *c, const char *object, struct architecture *a,
                          struct err *e)
{
    const char *type = NULL;
    char key[160];

    if (object == NULL)
        return true;
    snprintf(key, sizeof key, "%.60s.rope_type|%.60s.type", object, object);
    if (!config_get_string(c, key, &type, e))
        return false;
    snprintf(key, sizeof key, "%.60s.factor", object);
    if (type != NULL && strcmp(type, "linear") == 0)
        return apply_linear(c, object, &a->rotary, e);
    if (type != NULL && strcmp(type, "llama3") == 0)
        return apply_llama3(c, object, a, e);
    if (type == NULL ? config_has(c, key) : strcmp(type, "default") != 0)
        set_unsupported(a, object, type);
    return true;
}

/* A number of the object or, where it has none, of the key outside of it; *out is what holds where
 * config.json is silent. */
static bool read_turning(const struct config *c, const char *object, const char *within,
                         const char *outside, double *out, struct err *e)
{
    char key[160];

    if (object == NULL)
        return config_find_positive(c, outside, out, e);
    snprintf(key, sizeof key, "%.60s.%s|%s", object, within, outside);
    return config_find_positive(c, key, out, e);
}

/* The base and the part of a head that turns. */
static bool read_plan(const struct circuits_input *in, const char *object, struct architecture *a,
                      struct err *e)
{
    const struct layout *layout = in->found->layout;
    struct rotary_plan *r = &a->rotary;
    double share = layout->rotary_share == 0 ? 1 : layout->rotary_share;

    r->base = layout->rotary_base;
    if (!read_turning(in->config, object, "rope_theta", layout->keys->rotary_base, &r->base, e))
        return false;
    if (layout->keys->rotary_share != NULL &&
        !read_turning(in->config, object, "partial_rotary_factor", layout->keys->rotary_share,
                      &share, e))
        return false;
    r->dims = (size_t)((double)a->d_head * share);
    if (share > 1 || r->dims % 2 != 0 || r->dims == 0)
        return err_set(e, ERR_FORMAT,
                       "%s: rotary positions turn pairs, but %g of the %zu dimensions of a head "
                       "would turn",
                       config_path(in->config), (double)a->d_head * share, a->d_head);
    return true;
}

static bool read_rotary(const struct circuits_input *in, struct architecture *a, struct err *e)
{
    struct rotary_plan *r = &a->rotary;
    const char *object;

    if (in->found->layout->positions != POSITIONS_ROTARY)
        return true;
    if (!config_find_object(in->config, in->found->layout->keys->rotary, &object, e) ||
        !read_plan(in, object, a, e))
        return false;
    r->frequencies = mem_new(r->dims / 2, sizeof *r->frequencies);
    for (size_t f = 0; f < r->dims / 2; f++)
        r->frequencies[f] = pow(r->base, -2.0 * (double)f / (double)r->dims);
    return apply_scaling(in->config, object, a, e);
}

/* --- Attention --- */

/* Does the layer see only a window? By the newer list of all layers' types, if there is one. */
static bool layer_slides(const struct circuits_input *in, size_t layer, size_t from, bool *slides,
                         struct err *e)
{
    enum layout_windows windows = in->found->layout->windows;
    const char *type;
    char key[48];

    snprintf(key, sizeof key, "layer_types.%zu", layer);
    if (!config_get_string(in->config, key, &type, e))
        return false;
    if (type != NULL && windows != WINDOWS_ALL)
        *slides = strcmp(type, "sliding_attention") == 0;
    else
        *slides = windows == WINDOWS_ALL || (windows == WINDOWS_EVEN && layer % 2 == 0) ||
                  (windows == WINDOWS_LATE && layer >= from);
    return true;
}

/* The first layer with a window; 0 is a layer, though it is no size. */
static bool read_window_from(const struct circuits_input *in, size_t *from, struct err *e)
{
    const char *key = in->found->layout->keys->window_from;

    if (!config_is_zero(in->config, key))
        return config_find_size(in->config, key, from, e);
    *from = 0;
    return true;
}

static bool read_windows(const struct circuits_input *in, struct architecture *a, struct err *e)
{
    const struct layout *layout = in->found->layout;
    const struct layout_keys *keys = layout->keys;
    size_t from = layout->window_from,
           size = config_has(in->config, keys->window) ? 0 : layout->window;
    bool on = keys->window_switch == NULL, slides;

    if (layout->windows == WINDOWS_NONE)
        return true;
    if (!config_get_bool(in->config, keys->window_switch, &on, e) ||
        !config_find_size(in->config, keys->window, &size, e) || !read_window_from(in, &from, e))
        return false;
    for (size_t i = 0; on && i < a->layer_count; i++) {
        if (!layer_slides(in, i, from, &slides, e))
            return false;
        a->layers[i].window = slides ? size : 0;
    }
    return true;
}

static bool read_scales(const struct circuits_input *in, struct architecture *a, struct err *e)
{
    const struct layout *layout = in->found->layout;
    const struct layout_keys *keys = layout->keys;
    double scalar = layout->attention_scalar > 0 ? layout->attention_scalar : (double)a->d_head;
    bool scaled = true, by_layer = false;

    /* A cap that is null is none. */
    a->attention_cap = config_has(in->config, keys->attention_cap) ? 0 : layout->attention_cap;
    a->logit_cap = config_has(in->config, keys->logit_cap) ? 0 : layout->logit_cap;
    if (!config_find_positive(in->config, keys->attention_scalar, &scalar, e) ||
        !config_get_bool(in->config, keys->scaled, &scaled, e) ||
        !config_get_bool(in->config, keys->scaled_by_layer, &by_layer, e) ||
        !config_find_positive(in->config, keys->attention_cap, &a->attention_cap, e) ||
        !config_find_positive(in->config, keys->logit_cap, &a->logit_cap, e))
        return false;
    for (size_t i = 0; i < a->layer_count; i++)
        a->layers[i].attention_scale =
            (scaled ? 1 / sqrt(scalar) : 1) / (by_layer ? (double)(i + 1) : 1);
    return true;
}

/* Of the bilinear transformers: the attention's output is scaled where the config is of the
 * kind that names a tokenizer, unless it says no. */
static bool read_out_scale(const struct circuits_input *in, struct architecture *a, struct err *e)
{
    bool scaled = true;

    a->attention_out_scale = 1;
    if (!in->found->layout->scaled_attention)
        return true;
    if (!config_get_bool(in->config, "scale_attn", &scaled, e))
        return false;
    if (scaled)
        a->attention_out_scale = 1 / sqrt(2 * (double)a->layer_count);
    return true;
}

/* --- All of it --- */

static void copy_sizes(struct architecture *a, const struct model_sizes *sizes)
{
    a->layer_count = sizes->layers;
    a->heads = sizes->heads;
    a->kv_heads = sizes->kv_heads;
    a->d_head = sizes->d_head;
    a->d_model = sizes->d_model;
    a->d_hidden = sizes->d_hidden;
    a->context = sizes->context;
    a->vocab = sizes->vocab;
}

bool architecture_read_config(const struct circuits_input *in, struct model *m, struct err *e)
{
    const struct layout *layout = in->found->layout;
    struct architecture *a = &m->architecture;

    copy_sizes(a, &m->sizes);
    a->embedding_scale = layout->scaled_embedding ? sqrt((double)a->d_model) : 1;
    a->parallel = layout->parallel;
    if (!config_get_bool(in->config, layout->keys->parallel, &a->parallel, e))
        return false;
    return read_rotary(in, a, e) && read_scales(in, a, e) && read_windows(in, a, e) &&
           read_out_scale(in, a, e);
}
