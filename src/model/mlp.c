/* What a model's MLP is, and its activation. */
#include <string.h>

#include "bilens/base/err.h"
#include "circuits.h"
#include "config.h"
#include "model_parts.h"

static const struct {
    const char *name;
    enum activation activation;
} activations[] = {
    {"relu", ACTIVATION_RELU},
    {"silu", ACTIVATION_SILU},
    {"gelu", ACTIVATION_GELU},
    {"swish", ACTIVATION_SILU},
    {"gelu_new", ACTIVATION_GELU_TANH},
    {"gelu_fast", ACTIVATION_GELU_TANH},
    {"gelu_pytorch_tanh", ACTIVATION_GELU_TANH},
    {"quick_gelu", ACTIVATION_GELU_QUICK},
    {"relu2", ACTIVATION_RELU_SQUARED},
};

enum { ACTIVATION_NAMES = sizeof activations / sizeof activations[0], BILINEAR_NAMES = 3 };

/* One of the first count names. */
static bool find_activation(struct architecture *a, const char *name, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(activations[i].name, name) == 0) {
            a->activation = activations[i].activation;
            a->activation_name = activations[i].name;
            return true;
        }
    }
    return false;
}

/* "gate" of a bilinear transformer: null, a name, or (in the summer of 2024) true for relu. */
static bool read_gate(const struct circuits_input *in, struct architecture *a, struct err *e)
{
    const char *gate = NULL;

    if (config_is(in->config, "gate", true))
        gate = "relu";
    else if (!config_is(in->config, "gate", false) &&
             !config_get_string(in->config, "gate", &gate, e))
        return false;
    if (gate == NULL || find_activation(a, gate, BILINEAR_NAMES))
        return true;
    return err_set(e, ERR_UNSUPPORTED,
                   "%s: gate \"%.100s\" is unknown; bilens knows null, relu, silu and gelu",
                   config_path(in->config), gate);
}

/* "mlp" of May and June: blp, glp (gelu) or mlp (gelu, without a second factor). */
static bool read_kind(const struct circuits_input *in, struct architecture *a, struct err *e)
{
    const char *kind;
    bool bilinear = true;

    if (!config_get_string(in->config, "mlp", &kind, e))
        return false;
    if (kind != NULL && strcmp(kind, "blp") != 0 && strcmp(kind, "glp") != 0 &&
        strcmp(kind, "mlp") != 0)
        return err_set(e, ERR_UNSUPPORTED,
                       "%s: mlp \"%.100s\" is unknown; bilens knows blp, glp and mlp",
                       config_path(in->config), kind);
    if (kind != NULL) {
        bilinear = strcmp(kind, "mlp") != 0;
        if (strcmp(kind, "blp") != 0)
            find_activation(a, "gelu", BILINEAR_NAMES);
    } else if (!config_get_bool(in->config, "bilinear", &bilinear, e) || !read_gate(in, a, e)) {
        return false;
    }
    /* Before there was a key for it, the plain MLP had a gelu. */
    if (!bilinear && kind == NULL && !config_has(in->config, "gate"))
        find_activation(a, "gelu", BILINEAR_NAMES);
    a->mlp = !bilinear ? MLP_PLAIN : a->activation == ACTIVATION_NONE ? MLP_BILINEAR : MLP_GATED;
    return true;
}

/* The activation of a published family. */
static bool read_activation(const struct circuits_input *in, struct architecture *a, struct err *e)
{
    const struct layout *layout = in->found->layout;
    const char *name;

    if (!config_get_string(in->config, layout->keys->activation, &name, e))
        return false;
    if (name == NULL)
        name = layout->activation;
    if (find_activation(a, name, ACTIVATION_NAMES))
        return true;
    err_set(e, ERR_UNSUPPORTED, "%s: the activation \"%.100s\" is unknown; bilens knows ",
            config_path(in->config), name);
    for (size_t i = 0; i < ACTIVATION_NAMES; i++)
        err_append(e, "%s%s", i == 0 ? "" : ", ", activations[i].name);
    return false;
}

bool mlp_read(const struct circuits_input *in, struct model *m, struct err *e)
{
    struct architecture *a = &m->architecture;
    enum layout_mlp mlp = in->found->layout->mlp;

    if (mlp == LAYOUT_MLP_BILINEAR) {
        if (!read_kind(in, a, e))
            return false;
    } else {
        a->mlp = mlp == LAYOUT_MLP_GATED ? MLP_GATED : MLP_PLAIN;
        if (!read_activation(in, a, e))
            return false;
    }
    return true;
}
