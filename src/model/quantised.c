/* Checkpoints whose weights are packed into few bits: named by what config.json says of it. */
#include <stdio.h>
#include <string.h>

#include "bilens/base/text.h"
#include "config.h"
#include "model_parts.h"

/* Who wrote it: the value of quant_method, or the name of a program that writes none. */
static bool find_method(const struct config *c, const char **method, const char **object)
{
    static const char *const objects[] = {"quantization_config", "compression_config",
                                          "quantization"};
    char key[64];

    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
        if (!config_find_object(c, objects[i], object, NULL) || *object == NULL)
            continue;
        snprintf(key, sizeof key, "%s.quant_method", objects[i]);
        if (!config_get_string(c, key, method, NULL) || *method == NULL)
            *method = i == 2 ? "mlx" : "a method that is not named";
        return true;
    }
    return false;
}

/* In how many bits its weights are kept; 0 where that is not said. */
static size_t find_bits(const struct config *c, const char *object)
{
    char key[256];
    size_t bits = 0;

    if (strlen(object) > 64)
        return 0;
    snprintf(key, sizeof key, "%s.bits|%s.w_bit", object, object);
    config_find_size(c, key, &bits, NULL);
    snprintf(key, sizeof key, "%s.load_in_4bit", object);
    if (config_is(c, key, true))
        bits = 4;
    snprintf(key, sizeof key, "%s.load_in_8bit", object);
    return config_is(c, key, true) ? 8 : bits;
}

bool quantised_describe(const struct config *c, struct text *out)
{
    const char *method, *object;

    if (!find_method(c, &method, &object))
        return false;
    bool mlx = strcmp(method, "mlx") == 0;
    size_t bits = find_bits(c, object);
    text_printf(out, "its weights are quantised by %.60s (", mlx ? "MLX" : method);
    if (bits > 0)
        text_printf(out, "%zu bits, ", bits);
    text_printf(out,
                "%s in config.json), which bilens does not read: load the model that it was made "
                "from, or make one of it: %s",
                object,
                mlx ? "mlx_lm.convert --hf-path FOLDER --mlx-path NEW --dequantize"
                    : "Python's transformers has model.dequantize() and "
                      "model.save_pretrained(\"NEW\")");
    return true;
}
