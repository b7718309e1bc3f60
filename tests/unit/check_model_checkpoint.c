#include "check_model_checkpoint.h"

#include <stdio.h>
#include <string.h>

#define TOKENS                                                                                     \
    "{\"model\":{\"type\":\"WordLevel\",\"unk_token\":\"a\",\"vocab\":{\"a\":0,\"b\":1,\"c\":2,"   \
    "\"d\":3,\"e\":4}}}"

size_t checkpoint_add(struct checkpoint *c, const char *name, size_t rows, size_t cols)
{
    size_t first = c->count;
    char shape[64];

    c->count += rows * (cols > 0 ? cols : 1);
    if (cols > 0)
        snprintf(shape, sizeof shape, "%zu,%zu", rows, cols);
    else
        snprintf(shape, sizeof shape, "%zu", rows);
    c->length +=
        (size_t)snprintf(c->header + c->length, sizeof c->header - c->length,
                         "%c\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}",
                         c->length == 0 ? '{' : ',', name, shape, 4 * first, 4 * c->count);
    return first;
}

size_t checkpoint_add_layer(struct checkpoint *c, int layer, const char *name, size_t rows,
                            size_t cols)
{
    char full[100];

    snprintf(full, sizeof full, "transformer.h.%d.%s", layer, name);
    return checkpoint_add(c, full, rows, cols);
}

void checkpoint_save(struct checkpoint *c, const char *path)
{
    static float data[4096];

    for (size_t i = 0; i < c->count; i++)
        data[i] = (float)i;
    c->header[c->length++] = '}';
    write_safetensors(path, c->header, c->length, data, 4 * c->count);
}

static struct places write_checkpoint(const char *path, struct variant v)
{
    struct checkpoint c = {.length = 0};
    struct places at = {.wpe = 0};

    checkpoint_add(&c, "transformer.n_f.weight", D, 0); /* so that nothing begins at 0 */
    at.wte = checkpoint_add(&c, "transformer.wte.weight", V, D);
    if (v.learned)
        at.wpe = checkpoint_add(&c, "transformer.wpe.weight", CONTEXT, D);
    for (int i = 0; i < LAYERS; i++) {
        at.qkv[i] = checkpoint_add_layer(&c, i, "attn.qkv.weight",
                                         (v.qkv_rows > 0 ? v.qkv_rows : 3) * D, D);
        at.o[i] = checkpoint_add_layer(&c, i, "attn.o.weight", D, D);
        at.w[i] = checkpoint_add_layer(&c, i, "mlp.w.weight", 2 * H, D);
        at.p[i] = checkpoint_add_layer(&c, i, v.project_p ? "mlp.p.weight" : "mlp.o.weight", D, H);
        if (v.norms)
            checkpoint_add_layer(&c, i, "n1.weight", D, 0);
        if (v.norms)
            checkpoint_add_layer(&c, i, "n2.weight", D, 0);
        if (v.rotary_buffer)
            checkpoint_add_layer(&c, i, "attn.rotary.inv_freq", K / 2, 0);
        if (v.bias)
            at.qkv_bias[i] = checkpoint_add_layer(&c, i, "attn.qkv.bias", 3 * D, 0);
    }
    at.head = checkpoint_add(&c, "lm_head.weight", V, D);
    checkpoint_save(&c, path);
    return at;
}

struct places checkpoint_write(struct variant v, const char *config)
{
    write_string(scratch("tiny/config.json"), config);
    write_string(scratch("tiny/tokenizer.json"), TOKENS);
    return write_checkpoint(scratch("tiny/model.safetensors"), v);
}
