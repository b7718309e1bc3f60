/* Projections that share a tensor, each with as many rows as it has: a made Phi-3, against the
 * Llama of the same numbers whose projections have tensors of their own. */
#include "check_model_checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bilens/model/model.h"

enum {
    MODEL = 8,
    QUERY_HEADS = 4,
    KV_HEADS = 2,
    HEAD = 2,
    HIDDEN = 6,
    TOKENS = 5,
    LAYER_COUNT = 2
};

static size_t add(struct checkpoint *c, size_t layer, const char *name, size_t rows, size_t cols)
{
    char full[100];

    snprintf(full, sizeof full, "model.layers.%zu.%s.weight", layer, name);
    return checkpoint_add(c, full, rows, cols);
}

/* The tensors come in one order, so that the numbers are the same, fused or not. Returns where the
 * first layer's values begin. */
static size_t add_layer(struct checkpoint *c, size_t layer, bool fused)
{
    size_t q = QUERY_HEADS * HEAD, kv = KV_HEADS * HEAD, values;

    if (fused) {
        values = add(c, layer, "self_attn.qkv_proj", q + 2 * kv, MODEL) + (q + kv) * MODEL;
        add(c, layer, "mlp.gate_up_proj", 2 * HIDDEN, MODEL);
    } else {
        add(c, layer, "self_attn.q_proj", q, MODEL);
        add(c, layer, "self_attn.k_proj", kv, MODEL);
        values = add(c, layer, "self_attn.v_proj", kv, MODEL);
        add(c, layer, "mlp.gate_proj", HIDDEN, MODEL);
        add(c, layer, "mlp.up_proj", HIDDEN, MODEL);
    }
    add(c, layer, "self_attn.o_proj", MODEL, q);
    add(c, layer, "mlp.down_proj", MODEL, HIDDEN);
    add(c, layer, "input_layernorm", MODEL, 0);
    add(c, layer, "post_attention_layernorm", MODEL, 0);
    return values;
}

/* One number, counted from the end, where both files are alike. */
static void put_nan(const char *path, size_t behind)
{
    FILE *file = fopen(path, "r+b");
    float nan_value = NAN;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, -4 * (long)behind, SEEK_END), 0);
    ck_assert_uint_eq(fwrite(&nan_value, 4, 1, file), 1);
    fclose(file);
}

static struct model *make(const char *type, bool fused, bool with_nan)
{
    struct checkpoint c = {.length = 0};
    char config[400], file[600];
    const char *folder = scratch(type);
    struct err e = {0};
    size_t values;

    snprintf(config, sizeof config,
             "{\"model_type\":\"%s\",\"num_hidden_layers\":%d,\"num_attention_heads\":%d,"
             "\"num_key_value_heads\":%d,\"hidden_size\":%d,\"intermediate_size\":%d,"
             "\"vocab_size\":%d}",
             type, LAYER_COUNT, QUERY_HEADS, KV_HEADS, MODEL, HIDDEN, TOKENS);
    mkdir(folder, 0777);
    snprintf(file, sizeof file, "%s/config.json", folder);
    write_string(file, config);
    checkpoint_add(&c, "model.embed_tokens.weight", TOKENS, MODEL);
    values = add_layer(&c, 0, fused);
    add_layer(&c, 1, fused);
    checkpoint_add(&c, "model.norm.weight", MODEL, 0);
    checkpoint_add(&c, "lm_head.weight", TOKENS, MODEL);
    snprintf(file, sizeof file, "%s/model.safetensors", folder);
    checkpoint_save(&c, file);
    if (with_nan)
        put_nan(file, c.count - values);
    struct model *m = model_load(folder, &e);
    ck_assert_msg(m != NULL, "%s", e.message);
    return m;
}

static void expect_same(const struct stored_weight *a, const struct stored_weight *b)
{
    struct err e;
    const float *left = storage_data(a->storage, &e), *right = storage_data(b->storage, &e);

    ck_assert(a->heads == b->heads && a->rows == b->rows && a->cols == b->cols);
    for (size_t h = 0; h < a->heads; h++)
        for (size_t i = 0; i < a->rows; i++)
            for (size_t j = 0; j < a->cols; j++)
                ck_assert_float_eq(left[a->offset + h * (size_t)a->head_stride +
                                        i * (size_t)a->row_stride + j * (size_t)a->col_stride],
                                   right[b->offset + h * (size_t)b->head_stride +
                                         i * (size_t)b->row_stride + j * (size_t)b->col_stride]);
}

START_TEST(fused_rows_are_the_split_ones)
{
    struct model *split = make("llama", false, false);
    ck_assert_str_eq(split->layout, "Llama");
    ck_assert_uint_eq(split->architecture.layers[0].w_k.heads, KV_HEADS);
    struct model *fused = make("phi3", true, false);
    ck_assert_str_eq(fused->layout, "Phi-3");
    for (size_t l = 0; l < LAYER_COUNT; l++) {
        const struct architecture_layer *a = &split->architecture.layers[l];
        const struct architecture_layer *b = &fused->architecture.layers[l];
        expect_same(&a->w_q, &b->w_q);
        expect_same(&a->w_k, &b->w_k);
        expect_same(&a->w_v, &b->w_v);
        expect_same(&a->w_o, &b->w_o);
        expect_same(&a->w_l, &b->w_l);
        expect_same(&a->w_r, &b->w_r);
        expect_same(&a->w_p, &b->w_p);
    }
    model_unref(split);
    model_unref(fused);
}
END_TEST

/* What is not finite is counted in the matrix whose rows it lies in. */
START_TEST(nan_is_counted_in_its_own_rows)
{
    struct model *m = make("phi3", true, true);
    for (size_t i = 0; i < m->count; i++) {
        bool has =
            strcmp(m->matrices[i].name, "w_v") == 0 || strcmp(m->matrices[i].name, "ov") == 0;
        ck_assert_uint_eq(m->matrices[i].nan_count, has ? 1 : 0);
    }
    model_unref(m);
}
END_TEST

TCase *fused_case(void)
{
    TCase *c = tcase_create("fused");
    tcase_add_test(c, fused_rows_are_the_split_ones);
    tcase_add_test(c, nan_is_counted_in_its_own_rows);
    return c;
}
