/* How a model computes, as config.json and the tensors of each family say it; from the tiny
 * checkpoints of tests/fixtures. */
#include "check_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bilens/base/mem.h"
#include "bilens/model/model.h"

static const char *fixture(const char *name, const char *file)
{
    static char paths[4][1024];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/../../tests/fixtures/checkpoints/%s%s%s", demo_models(),
             name, *file == '\0' ? "" : "/", file);
    return path;
}

static struct model *load_with(const char *name, struct model_options options)
{
    struct err e;
    struct model *m;

    err_clear(&e);
    m = model_load_with(fixture(name, ""), options, &e);
    ck_assert_msg(m != NULL, "%s: %s", name, e.message);
    return m;
}

static struct model *load(const char *name)
{
    return load_with(name, (struct model_options){.fold = false});
}

/* Element (i, j) of a head. */
static float element(const struct stored_weight *w, size_t head, size_t i, size_t j)
{
    struct err e;
    const float *data = storage_data(w->storage, &e);

    ck_assert_ptr_nonnull(data);
    return data[w->offset + head * (size_t)w->head_stride + i * (size_t)w->row_stride +
                j * (size_t)w->col_stride];
}

static void expect_norm(const struct norm *n, enum norm_kind kind, double eps, bool gain, bool bias)
{
    ck_assert_int_eq(n->kind, kind);
    ck_assert_double_eq(n->eps, eps);
    ck_assert(!n->one_plus);
    ck_assert((n->gain.storage != NULL) == gain);
    ck_assert((n->bias.storage != NULL) == bias);
}

static void expect_windows(const struct architecture *a, size_t first, size_t second)
{
    ck_assert_uint_eq(a->layers[0].window, first);
    ck_assert_uint_eq(a->layers[1].window, second);
}

START_TEST(test_gpt2)
{
    struct model *m = load("gpt2");
    const struct architecture *a = &m->architecture;
    const struct architecture_layer *layer = &a->layers[1];

    expect_norm(&layer->attention_in, NORM_LAYER, 1e-5, true, true);
    expect_norm(&a->final, NORM_LAYER, 1e-5, true, true);
    ck_assert_int_eq(layer->attention_out.kind, NORM_NONE);
    ck_assert_int_eq(a->mlp, MLP_PLAIN);
    ck_assert_int_eq(a->activation, ACTIVATION_GELU_TANH);
    ck_assert_str_eq(a->activation_name, "gelu_new");
    ck_assert(a->tied && a->w_e.storage == a->w_u.storage);
    ck_assert_ptr_nonnull(a->w_pos.storage);
    ck_assert_uint_eq(a->rotary.dims, 0);
    ck_assert_uint_eq(a->d_hidden, 64); /* 4 d_model, for n_inner is null */
    ck_assert_double_eq_tol(layer->attention_scale, 1 / sqrt(8), 1e-15);
    ck_assert_double_eq(a->embedding_scale, 1);
    ck_assert_double_eq(a->attention_out_scale, 1);
    ck_assert_ptr_null(layer->w_l.storage);
    ck_assert_uint_eq(layer->w_in.rows, 64);
    ck_assert_uint_eq(layer->b_in.rows, 64);
    ck_assert(layer->b_q.storage == layer->b_v.storage); /* one fused tensor */
    ck_assert_uint_eq(layer->b_v.offset, 32);
    ck_assert_uint_eq((size_t)layer->b_v.head_stride, 8);
    ck_assert_uint_eq(layer->b_o.heads, 1);
    ck_assert(!a->parallel && a->unsupported == NULL);
    model_unref(m);
    m = load("gpt2-untied");
    a = &m->architecture;
    ck_assert(!a->tied && a->w_e.storage != a->w_u.storage);
    ck_assert_int_eq(a->activation, ACTIVATION_RELU);
    ck_assert_double_eq_tol(a->layers[1].attention_scale, 0.5 / sqrt(8), 1e-15);
    model_unref(m);
}
END_TEST

/* Heads as one matrix, where they follow one another, and as views. */
START_TEST(test_views)
{
    static const char *const names[] = {"gpt2", "llama", "pythia"};
    struct err e;

    for (size_t n = 0; n < 3; n++) {
        struct model *m = load(names[n]);
        const struct architecture_layer *layer = &m->architecture.layers[0];
        const struct stored_weight *weights[] = {&layer->w_q, &layer->w_o};
        for (size_t k = 0; k < 2; k++) {
            const struct stored_weight *w = weights[k];
            struct dense *all, *head = stored_weight_view(w, 1);
            bool by_rows = k == 0;
            ck_assert_float_eq(*dense_data(head, &e), element(w, 1, 0, 0));
            ck_assert(stored_weight_joined(w) == !(n == 2 && by_rows)); /* q, k, v of a head */
            if (stored_weight_joined(w)) {
                all = stored_weight_all(w);
                ck_assert_uint_eq(all->rows, w->rows * (by_rows ? w->heads : 1));
                ck_assert_uint_eq(all->cols, w->cols * (by_rows ? 1 : w->heads));
                ck_assert_float_eq(
                    dense_data(all, &e)[by_rows ? (ptrdiff_t)w->rows * all->row_stride
                                                : (ptrdiff_t)w->cols * all->col_stride],
                    element(w, 1, 0, 0));
                dense_unref(all);
            }
            dense_unref(head);
        }
        model_unref(m);
    }
}
END_TEST

START_TEST(test_neox)
{
    struct model *m = load("pythia");
    const struct architecture *a = &m->architecture;

    ck_assert(a->parallel && !a->tied);
    ck_assert_uint_eq(a->rotary.dims, 4);
    ck_assert_double_eq(a->rotary.base, 500);
    ck_assert_double_eq_tol(a->rotary.frequencies[1], 1 / sqrt(500), 1e-15);
    ck_assert_ptr_null(a->rotary.scaling);
    ck_assert_int_eq(a->activation, ACTIVATION_GELU);
    ck_assert_uint_eq(a->layers[0].b_k.offset, 8);
    ck_assert_uint_eq((size_t)a->layers[0].b_k.head_stride, 24);
    expect_norm(&a->layers[0].mlp_in, NORM_LAYER, 1e-5, true, true);
    ck_assert_uint_eq(m->note_count, 0); /* masked_bias and inv_freq are no weights */
    model_unref(m);
    m = load("pythia-serial");
    a = &m->architecture;
    ck_assert(!a->parallel && a->tied);
    ck_assert_uint_eq(a->rotary.dims, 2);
    model_unref(m);
}
END_TEST

START_TEST(test_llama)
{
    struct model *m = load("llama");
    const struct architecture *a = &m->architecture;

    ck_assert_uint_eq(a->heads, 4);
    ck_assert_uint_eq(a->kv_heads, 2);
    ck_assert_uint_eq(a->d_head, 6);
    ck_assert_uint_eq(a->layers[0].w_k.heads, 2);
    ck_assert_uint_eq(a->layers[0].w_q.heads, 4);
    ck_assert_int_eq(a->mlp, MLP_GATED);
    ck_assert_int_eq(a->activation, ACTIVATION_SILU);
    ck_assert_int_eq(m->architecture.mlp, MLP_GATED);
    ck_assert_str_eq(m->architecture.activation_name, "silu");
    expect_norm(&a->layers[0].mlp_in, NORM_RMS, 1e-6, true, false);
    expect_windows(a, 0, 0);
    ck_assert_uint_eq(m->vector_count, 0);
    model_unref(m);
    m = load("llama-tied");
    a = &m->architecture;
    ck_assert(a->tied); /* the file has lm_head, the config says tied */
    ck_assert_str_eq(a->rotary.scaling, "llama3");
    ck_assert_uint_eq(a->layers[0].b_k.heads, 2);
    ck_assert_uint_eq(a->layers[0].b_o.rows, 16);
    ck_assert_uint_eq(a->layers[1].b_r.rows, 24);
    ck_assert_uint_eq(a->layers[1].b_p.rows, 16);
    ck_assert_uint_eq(m->vector_count, 7);
    model_unref(m);
}
END_TEST

START_TEST(test_windows)
{
    static const struct {
        const char *name;
        size_t first, second;
    } cases[] = {{"mistral", 5, 5}, {"qwen2", 0, 0}, {"qwen2-window", 0, 5}, {"gemma2", 5, 0}};

    for (size_t i = 0; i < 4; i++) {
        struct model *m = load(cases[i].name);
        expect_windows(&m->architecture, cases[i].first, cases[i].second);
        model_unref(m);
    }
}
END_TEST

START_TEST(test_qwen3)
{
    struct model *m = load("qwen3");
    const struct architecture *a = &m->architecture;

    expect_norm(&a->layers[1].query, NORM_RMS, 1e-6, true, false);
    expect_norm(&a->layers[1].key, NORM_RMS, 1e-6, true, false);
    ck_assert_uint_eq(a->layers[1].query.gain.rows, 8);
    model_unref(m);
    m = load_with("qwen3", (struct model_options){.fold = true});
    ck_assert_uint_eq(m->note_count, 1);
    ck_assert_str_eq(m->notes[0], "queries and keys are normalised head by head: the gains are "
                                  "folded into w_q and w_k, what they divide by stays out");
    model_unref(m);
}
END_TEST

START_TEST(test_gemma2)
{
    struct model *m = load("gemma2");
    const struct architecture *a = &m->architecture;

    ck_assert_int_eq(a->layers[0].attention_out.kind, NORM_RMS);
    ck_assert_int_eq(a->layers[0].mlp_out.kind, NORM_RMS);
    ck_assert(a->final.one_plus && a->layers[1].mlp_out.one_plus);
    ck_assert_double_eq(a->embedding_scale, 4);
    ck_assert_double_eq_tol(a->layers[0].attention_scale, 1 / sqrt(6), 1e-15);
    ck_assert_double_eq(a->attention_cap, 2);
    ck_assert_double_eq(a->logit_cap, 3);
    ck_assert(a->tied);
    ck_assert_int_eq(a->activation, ACTIVATION_GELU_TANH);
    model_unref(m);
}
END_TEST

static const struct {
    const char *name, *layout;
    enum norm_kind kind;
    double eps;
    bool gain, bias, final;
    enum mlp_kind mlp;
    enum activation activation;
    double out_scale;
} bilinear[] = {
    {"early-april", "bilinear, early April", NORM_LAYER, 1e-5, true, true, false, MLP_BILINEAR,
     ACTIVATION_NONE, 1},
    {"april-alpha", "bilinear, April with alpha", NORM_RMS, 1e-8, true, true, true, MLP_BILINEAR,
     ACTIVATION_NONE, 1},
    {"april-layernorm", "bilinear, April with ln_f", NORM_LAYER, 1e-5, true, true, true,
     MLP_BILINEAR, ACTIVATION_NONE, 1},
    {"10-april", "bilinear, 10 April", NORM_RMS, 1e-8, true, false, true, MLP_BILINEAR,
     ACTIVATION_NONE, 1},
    {"17-april", "bilinear, 17 April", NORM_RMS, 1e-8, true, false, true, MLP_BILINEAR,
     ACTIVATION_NONE, 1},
    {"may", "bilinear, May-June", NORM_RMS, 1e-8, true, true, true, MLP_BILINEAR, ACTIVATION_NONE,
     1},
    {"june-gated", "bilinear, May-June", NORM_RMS, 1e-8, true, false, true, MLP_GATED,
     ACTIVATION_GELU, 1},
    {"june-unnormed", "bilinear, May-June", NORM_NONE, 0, false, false, false, MLP_BILINEAR,
     ACTIVATION_NONE, 1},
    {"august", "bilinear, August", NORM_RMS, 1e-8, false, false, true, MLP_BILINEAR,
     ACTIVATION_NONE, 1},
    {"september", "bilinear, August", NORM_RMS, 1e-8, false, false, true, MLP_GATED,
     ACTIVATION_SILU, 1},
    {"october", "bilinear, October", NORM_RMS, 1e-8, false, false, true, MLP_BILINEAR,
     ACTIVATION_NONE, 0.5},
    {"october-plain", "bilinear, October", NORM_RMS, 1e-8, false, false, true, MLP_PLAIN,
     ACTIVATION_RELU, 0.5},
    {"november", "bilinear, October", NORM_RMS, 1e-8, false, false, true, MLP_BILINEAR,
     ACTIVATION_NONE, 1},
};

START_TEST(test_bilinear)
{
    for (size_t i = 0; i < sizeof bilinear / sizeof bilinear[0]; i++) {
        char name[64];
        struct model *m;
        const struct architecture *a;
        snprintf(name, sizeof name, "bilinear-%s", bilinear[i].name);
        m = load(name);
        a = &m->architecture;
        ck_assert_str_eq(m->layout, bilinear[i].layout);
        expect_norm(&a->layers[1].mlp_in, bilinear[i].kind, bilinear[i].eps, bilinear[i].gain,
                    bilinear[i].bias);
        ck_assert((a->final.kind != NORM_NONE) == bilinear[i].final);
        ck_assert_int_eq(a->mlp, bilinear[i].mlp);
        ck_assert_int_eq(a->activation, bilinear[i].activation);
        ck_assert_double_eq_tol(a->attention_out_scale, bilinear[i].out_scale, 1e-15);
        ck_assert((a->rotary.dims == 4) == (m->positions == POSITIONS_ROTARY));
        ck_assert_uint_eq(m->note_count, 0);
        model_unref(m);
    }
}
END_TEST

/* --- Older and odder configs --- */

#define LLAMA                                                                                      \
    "{\"model_type\":\"llama\",\"num_hidden_layers\":2,\"num_attention_heads\":4,"                 \
    "\"num_key_value_heads\":%s,\"head_dim\":%s,\"hidden_size\":16,\"intermediate_size\":24,"      \
    "\"max_position_embeddings\":32,\"vocab_size\":64,\"rope_theta\":500.0%s}"

/* llama's weights with another config. */
static struct model *load_config(const char *kv_heads, const char *more, struct err *e)
{
    const char *d_head = strstr(more, "huge") != NULL ? "2147483648" : "6";
    char config[1024];

    snprintf(config, sizeof config, LLAMA, kv_heads, d_head, more);
    write_string(scratch("odd/config.json"), config);
    if (access(scratch("odd/model.safetensors"), F_OK) != 0)
        ck_assert_int_eq(
            symlink(fixture("llama", "model.safetensors"), scratch("odd/model.safetensors")), 0);
    err_clear(e);
    return model_load(scratch("odd"), e);
}

static void setup(void)
{
    make_directory(scratch("odd"));
}

static void teardown(void)
{
    remove(scratch("odd/config.json"));
    remove(scratch("odd/model.safetensors"));
    remove(scratch("odd"));
}

START_TEST(test_older_keys)
{
    struct err e;
    struct model *m = load_config("2", ",\"rope_scaling\":null", &e);

    ck_assert_msg(m != NULL, "%s", e.message);
    ck_assert_double_eq(m->architecture.rotary.base, 500);
    ck_assert_ptr_null(m->architecture.rotary.scaling);
    ck_assert_str_eq(m->notes[0], "no tokenizer.json beside it: tokens are shown as [id]");
    model_unref(m);
    m = load_config("2", ",\"rope_scaling\":{\"type\":\"linear\",\"factor\":4.0}", &e);
    ck_assert_msg(m != NULL, "%s", e.message);
    ck_assert_str_eq(m->architecture.rotary.scaling, "linear");
    ck_assert_double_eq(m->architecture.rotary.frequencies[0], 0.25);
    model_unref(m);
    m = load_config("2", ",\"rope_scaling\":{\"rope_type\":\"yarn\",\"factor\":4.0}", &e);
    ck_assert_msg(m != NULL, "%s", e.message); /* its weights can be read */
    ck_assert_str_eq(m->architecture.unsupported,
                     "its rotary positions are scaled by \"yarn\" (rope_scaling in config.json), "
                     "which is not supported; default, linear and llama3 are");
    model_unref(m);
}
END_TEST

/* What stretches the positions in a way that is not told must not be computed as if nothing did. */
START_TEST(test_scaling_untold)
{
    struct err e;
    struct model *m = load_config("2", ",\"rope_scaling\":{\"factor\":4.0}", &e);

    ck_assert_msg(m != NULL, "%s", e.message);
    ck_assert_str_eq(m->architecture.unsupported,
                     "its rotary positions are scaled by a rule that rope_scaling in config.json "
                     "does not name, which is not supported; default, linear and llama3 are");
    model_unref(m);
    m = load_config("2",
                    ",\"rope_parameters\":{\"rope_theta\":500.0},"
                    "\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4.0}",
                    &e);
    ck_assert_msg(m != NULL, "%s", e.message);
    ck_assert_ptr_nonnull(strstr(m->architecture.unsupported, "\"yarn\" (rope_scaling in"));
    model_unref(m);
    m = load_config("2", ",\"rope_scaling\":\"linear\"", &e);
    ck_assert_ptr_null(m);
    ck_assert_ptr_nonnull(strstr(e.message, "key \"rope_scaling\" must be an object or null, found "
                                            "the string \"linear\""));
}
END_TEST

START_TEST(test_config_refused)
{
    static const struct {
        const char *kv_heads, *more, *message;
    } cases[] = {
        {"3", "",
         "/config.json: num_attention_heads = 4 is not a multiple of "
         "num_key_value_heads = 3"},
        {"4", "",
         "/model.safetensors: tensor \"model.layers.0.self_attn.k_proj.weight\" has the "
         "shape [12, 16], but config.json asks for [24, 16] (num_key_value_heads x head_dim "
         "= 4 x 6, hidden_size = 16)"},
        {"2", ",\"num_attention_heads\":4",
         "/config.json: key \"num_attention_heads\" is given twice"},
        {"2", ",\"hidden_act\":\"mish\"",
         "/config.json: the activation \"mish\" is unknown; bilens knows relu, silu, gelu, swish, "
         "gelu_new, gelu_fast, gelu_pytorch_tanh, quick_gelu, relu2"},
        {"2", ",\"rope_scaling\":{\"type\":\"linear\"}",
         "/config.json: key \"rope_scaling.factor\" is missing"},
        {"2", ",\"d_head\":\"huge\"",
         "/config.json: num_attention_heads x head_dim = 4 x 2147483648 is more than any tensor "
         "has"},
        {"2", ",\"rms_norm_eps\":0",
         "/config.json: key \"rms_norm_eps\" must be a positive number, found 0"},
        {"2", ",\"rms_norm_eps\":1e999",
         "/config.json: key \"rms_norm_eps\" must be a positive number, found 1e999"},
        {"2", ",\"tie_word_embeddings\":1",
         "/config.json: key \"tie_word_embeddings\" must be true or false, found 1"},
    };
    struct err e;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char message[1024];
        ck_assert_ptr_null(load_config(cases[i].kv_heads, cases[i].more, &e));
        snprintf(message, sizeof message, "%s%s", scratch("odd"), cases[i].message);
        ck_assert_str_eq(e.message, message);
    }
}
END_TEST

/* --- Memory --- */

static void expect_errors(const char *name, struct model_options options)
{
    struct model *m = NULL;
    struct err e;

    for (size_t n = 1; m == NULL; n += 1 + n / 16) {
        ck_assert_uint_lt(n, 100000);
        err_clear(&e);
        mem_fail_at(n);
        m = model_load_with(fixture(name, ""), options, &e);
        mem_fail_at(0);
        ck_assert_msg(e.code == (m == NULL ? ERR_MEMORY : ERR_NONE), "%s %zu: %s", name, n,
                      e.message);
    }
    model_unref(m);
}

START_TEST(test_short_of_memory)
{
    expect_errors("gpt2", (struct model_options){.fold = true});
    expect_errors("qwen3", (struct model_options){.fold = true, .center = true});
    expect_errors("llama-bf16-three", (struct model_options){.fold = false});
    expect_errors("gemma2", (struct model_options){.fold = false});
}
END_TEST

START_TEST(test_budget)
{
    struct model *m = load_with("llama", (struct model_options){.memory = 1024});
    struct err e;

    err_clear(&e);
    ck_assert_ptr_null(storage_data(m->architecture.w_e.storage, &e));
    ck_assert_int_eq(e.code, ERR_BUDGET);
    ck_assert_str_eq(
        e.message, "model.embed_tokens.weight takes 0.003906 MiB as float32, more than the memory "
                   "budget of 0.0009766 MiB; set memory to more and load the model again");
    err_clear(&e);
    ck_assert_ptr_nonnull(storage_data(m->architecture.layers[0].w_k.storage, &e)); /* 768 bytes */
    model_unref(m);
}
END_TEST

TCase *architecture_case(void)
{
    TCase *tcase = tcase_create("architecture");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, test_gpt2);
    tcase_add_test(tcase, test_views);
    tcase_add_test(tcase, test_neox);
    tcase_add_test(tcase, test_llama);
    tcase_add_test(tcase, test_windows);
    tcase_add_test(tcase, test_qwen3);
    tcase_add_test(tcase, test_gemma2);
    tcase_add_test(tcase, test_bilinear);
    tcase_add_test(tcase, test_older_keys);
    tcase_add_test(tcase, test_scaling_untold);
    tcase_add_test(tcase, test_config_refused);
    tcase_add_test(tcase, test_short_of_memory);
    tcase_add_test(tcase, test_budget);
    return tcase;
}
