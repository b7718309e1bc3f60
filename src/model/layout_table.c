/* The published layouts that bilens reads. To add one, write its sources and norms (or reuse a
 * family's) and add a row to the table. What holds where config.json is silent is what the
 * reference library's configuration class says: tests/fixtures/make/defaults.py prints it. */
#include "layout_rows.h"

/* What says how positions turn, new and old: the older one counts where a file has both. */
#define ROTARY_OBJECTS "rope_scaling|rope_parameters"

/* --- GPT-2 --- */

static const struct layout_keys gpt2_keys = {
    .layers = "n_layer|num_hidden_layers",
    .heads = "n_head|num_attention_heads",
    .context = "n_positions|max_position_embeddings|n_ctx",
    .d_model = "n_embd|hidden_size",
    .d_hidden = "n_inner",
    .vocab = "vocab_size",
    .activation = "activation_function",
    .tied = "tie_word_embeddings",
    .scaled = "scale_attn_weights",
    .scaled_by_layer = "scale_attn_by_inverse_layer_idx",
};

/* Its Conv1D stores [in, out], so c_attn has columns [q, k, v]. */
#define GPT2_QKV(PART)                                                                             \
    {                                                                                              \
        .pattern = "~h.*.attn.c_attn.weight", .part = PART, .transposed = true,                    \
        .bias = "~h.*.attn.c_attn.bias"                                                            \
    }
static const struct layout_source gpt2_sources[WEIGHT_COUNT] = {
    [W_E] = {.pattern = "~wte.weight", .otherwise = "lm_head.weight", .transposed = true},
    [W_POS] = {.pattern = "~wpe.weight", .transposed = true},
    [W_U] = {.pattern = "lm_head.weight", .otherwise = "~wte.weight"},
    [W_Q] = GPT2_QKV(0),
    [W_K] = GPT2_QKV(1),
    [W_V] = GPT2_QKV(2),
    [W_O] = {.pattern = "~h.*.attn.c_proj.weight",
             .transposed = true,
             .bias = "~h.*.attn.c_proj.bias"},
    [W_IN] = {.pattern = "~h.*.mlp.c_fc.weight", .transposed = true, .bias = "~h.*.mlp.c_fc.bias"},
    [W_P] = {.pattern = "~h.*.mlp.c_proj.weight",
             .transposed = true,
             .bias = "~h.*.mlp.c_proj.bias"},
};

static const struct layout_norms gpt2_norms = {
    .kind = NORM_LAYER,
    .eps = 1e-5,
    .eps_key = "layer_norm_epsilon",
    .at =
        {
            [NORM_ATTENTION_IN] = {true, "~h.*.ln_1.weight", "~h.*.ln_1.bias", false},
            [NORM_MLP_IN] = {true, "~h.*.ln_2.weight", "~h.*.ln_2.bias", false},
            [NORM_FINAL] = {true, "~ln_f.weight", "~ln_f.bias", false},
        },
};

static const char *const gpt2_buffers[] = {"~h.*.attn.bias", "~h.*.attn.masked_bias", NULL};

/* --- GPT-NeoX, Pythia --- */

static const struct layout_keys neox_keys = {
    .layers = "num_hidden_layers",
    .heads = "num_attention_heads",
    .context = "max_position_embeddings",
    .d_model = "hidden_size",
    .d_hidden = "intermediate_size",
    .vocab = "vocab_size",
    .activation = "hidden_act",
    .tied = "tie_word_embeddings",
    .attention_bias = "attention_bias",
    .rotary = ROTARY_OBJECTS,
    .rotary_base = "rotary_emb_base",
    .rotary_share = "rotary_pct",
    .parallel = "use_parallel_residual",
};

/* Rows (head, then q, k, v). */
#define NEOX_QKV(PART)                                                                             \
    {                                                                                              \
        .pattern = "~layers.*.attention.query_key_value.weight", .part = PART,                     \
        .interleaved = true, .bias = "~layers.*.attention.query_key_value.bias"                    \
    }
static const struct layout_source neox_sources[WEIGHT_COUNT] = {
    [W_E] = {.pattern = "~embed_in.weight", .otherwise = "embed_out.weight", .transposed = true},
    [W_U] = {.pattern = "embed_out.weight", .otherwise = "~embed_in.weight"},
    [W_Q] = NEOX_QKV(0),
    [W_K] = NEOX_QKV(1),
    [W_V] = NEOX_QKV(2),
    [W_O] = {.pattern = "~layers.*.attention.dense.weight",
             .bias = "~layers.*.attention.dense.bias"},
    [W_IN] = {.pattern = "~layers.*.mlp.dense_h_to_4h.weight",
              .bias = "~layers.*.mlp.dense_h_to_4h.bias"},
    [W_P] = {.pattern = "~layers.*.mlp.dense_4h_to_h.weight",
             .bias = "~layers.*.mlp.dense_4h_to_h.bias"},
};

static const struct layout_norms neox_norms = {
    .kind = NORM_LAYER,
    .eps = 1e-5,
    .eps_key = "layer_norm_eps",
    .at =
        {
            [NORM_ATTENTION_IN] = {true, "~layers.*.input_layernorm.weight",
                                   "~layers.*.input_layernorm.bias", false},
            [NORM_MLP_IN] = {true, "~layers.*.post_attention_layernorm.weight",
                             "~layers.*.post_attention_layernorm.bias", false},
            [NORM_FINAL] = {true, "~final_layer_norm.weight", "~final_layer_norm.bias", false},
        },
};

static const char *const neox_buffers[] = {"~layers.*.attention.bias",
                                           "~layers.*.attention.masked_bias",
                                           "~layers.*.attention.rotary_emb.inv_freq", NULL};

/* --- Llama and those built like it --- */

#define LLAMA_KEYS                                                                                 \
    .layers = "num_hidden_layers", .heads = "num_attention_heads",                                 \
    .kv_heads = "num_key_value_heads", .d_head = "head_dim", .context = "max_position_embeddings", \
    .d_model = "hidden_size", .d_hidden = "intermediate_size", .vocab = "vocab_size",              \
    .tied = "tie_word_embeddings", .rotary = ROTARY_OBJECTS, .rotary_base = "rope_theta"

static const struct layout_keys llama_keys = {
    LLAMA_KEYS,
    .activation = "hidden_act",
    .attention_bias = "attention_bias",
    .mlp_bias = "mlp_bias",
};
static const struct layout_keys mistral_keys = {
    LLAMA_KEYS,
    .activation = "hidden_act",
    .window = "sliding_window",
};
static const struct layout_keys phi3_keys = {
    LLAMA_KEYS,
    .rotary_share = "partial_rotary_factor",
    .activation = "hidden_act",
    .window = "sliding_window",
};
#define QWEN_KEYS                                                                                  \
    LLAMA_KEYS, .activation = "hidden_act", .window = "sliding_window",                            \
                .window_switch = "use_sliding_window", .window_from = "max_window_layers"
static const struct layout_keys qwen2_keys = {QWEN_KEYS};
static const struct layout_keys qwen3_keys = {QWEN_KEYS, .attention_bias = "attention_bias"};
static const struct layout_keys gemma_keys = {
    LLAMA_KEYS,
    .activation = "hidden_activation",
    .attention_bias = "attention_bias",
    .attention_scalar = "query_pre_attn_scalar",
    .attention_cap = "attn_logit_softcapping",
    .logit_cap = "final_logit_softcapping",
    .window = "sliding_window",
};

#define ATTENTION "~layers.*.self_attn."
#define MLP "~layers.*.mlp."
#define NO_BIAS(NAME) NULL
#define BIAS(NAME) NAME ".bias"
#define LINEAR(NAME, BIAS_OF)                                                                      \
    {                                                                                              \
        .pattern = NAME ".weight", .bias = BIAS_OF(NAME)                                           \
    }
/* Which weights may have biases is the family's. */
#define LLAMA_SOURCES(QKV_BIAS, O_BIAS, MLP_BIAS)                                                  \
    {                                                                                              \
        [W_E] = {.pattern = "~embed_tokens.weight",                                                \
                 .otherwise = "lm_head.weight",                                                    \
                 .transposed = true},                                                              \
        [W_U] = {.pattern = "lm_head.weight", .otherwise = "~embed_tokens.weight"},                \
        [W_Q] = LINEAR(ATTENTION "q_proj", QKV_BIAS),                                              \
        [W_K] = LINEAR(ATTENTION "k_proj", QKV_BIAS),                                              \
        [W_V] = LINEAR(ATTENTION "v_proj", QKV_BIAS), [W_O] = LINEAR(ATTENTION "o_proj", O_BIAS),  \
        [W_L] = LINEAR(MLP "gate_proj", MLP_BIAS), [W_R] = LINEAR(MLP "up_proj", MLP_BIAS),        \
        [W_P] = LINEAR(MLP "down_proj", MLP_BIAS),                                                 \
    }
static const struct layout_source llama_sources[WEIGHT_COUNT] = LLAMA_SOURCES(BIAS, BIAS, BIAS);
static const struct layout_source mistral_sources[WEIGHT_COUNT] =
    LLAMA_SOURCES(NO_BIAS, NO_BIAS, NO_BIAS);
static const struct layout_source qwen2_sources[WEIGHT_COUNT] =
    LLAMA_SOURCES(BIAS, NO_BIAS, NO_BIAS);
static const struct layout_source qwen3_sources[WEIGHT_COUNT] = LLAMA_SOURCES(BIAS, BIAS, NO_BIAS);

/* Phi-3 has its queries, keys and values in one tensor, the MLP's two factors in another. */
#define FUSED(NAME, PART)                                                                          \
    {                                                                                              \
        .pattern = NAME ".weight", .part = PART                                                    \
    }
static const struct layout_source phi3_sources[WEIGHT_COUNT] = {
    [W_E] = {.pattern = "~embed_tokens.weight", .otherwise = "lm_head.weight", .transposed = true},
    [W_U] = {.pattern = "lm_head.weight", .otherwise = "~embed_tokens.weight"},
    [W_Q] = FUSED(ATTENTION "qkv_proj", 0),
    [W_K] = FUSED(ATTENTION "qkv_proj", 1),
    [W_V] = FUSED(ATTENTION "qkv_proj", 2),
    [W_O] = LINEAR(ATTENTION "o_proj", NO_BIAS),
    [W_L] = FUSED(MLP "gate_up_proj", 0),
    [W_R] = FUSED(MLP "gate_up_proj", 1),
    [W_P] = LINEAR(MLP "down_proj", NO_BIAS),
};

#define RMS_NORM(NAME)                                                                             \
    {                                                                                              \
        true, NAME ".weight", NULL, false                                                          \
    }
#define LLAMA_PLACES                                                                               \
    {                                                                                              \
        [NORM_ATTENTION_IN] = RMS_NORM("~layers.*.input_layernorm"),                               \
        [NORM_MLP_IN] = RMS_NORM("~layers.*.post_attention_layernorm"),                            \
        [NORM_FINAL] = RMS_NORM("~norm"),                                                          \
    }
static const struct layout_norms llama_norms = {
    .kind = NORM_RMS,
    .eps = 1e-6,
    .eps_key = "rms_norm_eps",
    .at = LLAMA_PLACES,
};
static const struct layout_norms phi3_norms = {
    .kind = NORM_RMS,
    .eps = 1e-5,
    .eps_key = "rms_norm_eps",
    .at = LLAMA_PLACES,
};
static const struct layout_norms qwen3_norms = {
    .kind = NORM_RMS,
    .eps = 1e-6,
    .eps_key = "rms_norm_eps",
    .at =
        {
            [NORM_ATTENTION_IN] = RMS_NORM("~layers.*.input_layernorm"),
            [NORM_MLP_IN] = RMS_NORM("~layers.*.post_attention_layernorm"),
            [NORM_QUERY] = RMS_NORM(ATTENTION "q_norm"),
            [NORM_KEY] = RMS_NORM(ATTENTION "k_norm"),
            [NORM_FINAL] = RMS_NORM("~norm"),
        },
};
static const struct layout_norms gemma2_norms = {
    .kind = NORM_RMS,
    .one_plus = true,
    .eps = 1e-6,
    .eps_key = "rms_norm_eps",
    .at =
        {
            [NORM_ATTENTION_IN] = RMS_NORM("~layers.*.input_layernorm"),
            [NORM_ATTENTION_OUT] = RMS_NORM("~layers.*.post_attention_layernorm"),
            [NORM_MLP_IN] = RMS_NORM("~layers.*.pre_feedforward_layernorm"),
            [NORM_MLP_OUT] = RMS_NORM("~layers.*.post_feedforward_layernorm"),
            [NORM_FINAL] = RMS_NORM("~norm"),
        },
};

static const char *const llama_buffers[] = {ATTENTION "rotary_emb.inv_freq", NULL};

#define LLAMA(TYPE) LLAMA_OF(TYPE, "q_proj.weight", "gate_proj.weight")
#define LLAMA_OF(TYPE, QUERIES, GATE)                                                              \
    .marks = {{MARK_TYPE, TYPE}, {MARK_TENSOR, ATTENTION QUERIES}, {MARK_TENSOR, MLP GATE}},       \
    .prefix = "model.", .buffers = llama_buffers, .mlp = LAYOUT_MLP_GATED,                         \
    .positions = POSITIONS_ROTARY, .rotary_base = 10000

/* --- The table --- */

static const struct layout published[] = {
    {
        .name = "GPT-2",
        .marks = {{MARK_TYPE, "gpt2"},
                  {MARK_TENSOR, "~h.*.attn.c_attn.weight"},
                  {MARK_TENSOR, "~wpe.weight"}},
        .prefix = "transformer.",
        .keys = &gpt2_keys,
        .sources = gpt2_sources,
        .norms = &gpt2_norms,
        .buffers = gpt2_buffers,
        .mlp = LAYOUT_MLP_PLAIN,
        .positions = POSITIONS_LEARNED,
        .activation = "gelu_new",
        .sizes = {.layers = 12, .heads = 12, .d_model = 768, .context = 1024},
        .hidden_ratio = 4,
        .tied = true,
    },
    {
        .name = "GPT-NeoX",
        .marks = {{MARK_TYPE, "gpt_neox"},
                  {MARK_TENSOR, "~layers.*.attention.query_key_value.weight"}},
        .prefix = "gpt_neox.",
        .keys = &neox_keys,
        .sources = neox_sources,
        .norms = &neox_norms,
        .buffers = neox_buffers,
        .mlp = LAYOUT_MLP_PLAIN,
        .positions = POSITIONS_ROTARY,
        .rotary_base = 10000,
        .rotary_share = 0.25,
        .activation = "gelu",
        .biased = true,
        .sizes = {.layers = 44, .heads = 64, .d_model = 6144, .d_hidden = 24576, .context = 2048},
        .parallel = true,
    },
    {
        .name = "Llama",
        .keys = &llama_keys,
        .sources = llama_sources,
        .sizes = {.layers = 32, .heads = 32, .d_model = 4096, .d_hidden = 11008, .context = 2048},
        .norms = &llama_norms,
        .activation = "silu",
        LLAMA("llama"),
    },
    {
        .name = "Mistral",
        .keys = &mistral_keys,
        .sources = mistral_sources,
        .sizes = {.layers = 32,
                  .heads = 32,
                  .kv_heads = 8,
                  .d_model = 4096,
                  .d_hidden = 14336,
                  .context = 131072},
        .norms = &llama_norms,
        .activation = "silu",
        .windows = WINDOWS_ALL,
        .window = 4096,
        LLAMA("mistral"),
    },
    {
        .name = "Qwen2",
        .keys = &qwen2_keys,
        .sources = qwen2_sources,
        .sizes = {.layers = 32,
                  .heads = 32,
                  .kv_heads = 32,
                  .d_model = 4096,
                  .d_hidden = 22016,
                  .context = 32768},
        .window_from = 28,
        .norms = &llama_norms,
        .activation = "silu",
        .windows = WINDOWS_LATE,
        .window = 4096,
        LLAMA("qwen2"),
    },
    {
        .name = "Qwen3",
        .keys = &qwen3_keys,
        .sources = qwen3_sources,
        .sizes = {.layers = 32,
                  .heads = 32,
                  .kv_heads = 32,
                  .d_model = 4096,
                  .d_head = 128,
                  .d_hidden = 22016,
                  .context = 32768},
        .window_from = 28,
        .norms = &qwen3_norms,
        .activation = "silu",
        .windows = WINDOWS_LATE,
        .window = 4096,
        LLAMA("qwen3"),
    },
    {
        .name = "Phi-3",
        .keys = &phi3_keys,
        .sources = phi3_sources,
        .sizes = {.layers = 32, .heads = 32, .d_model = 3072, .d_hidden = 8192, .context = 4096},
        .norms = &phi3_norms,
        .activation = "silu",
        .windows = WINDOWS_ALL,
        LLAMA_OF("phi3", "qkv_proj.weight", "gate_up_proj.weight"),
    },
    {
        .name = "Gemma-2",
        .keys = &gemma_keys,
        .sources = qwen3_sources,
        .sizes = {.layers = 26,
                  .heads = 8,
                  .kv_heads = 4,
                  .d_model = 2304,
                  .d_head = 256,
                  .d_hidden = 9216,
                  .context = 8192},
        .attention_scalar = 256,
        .attention_cap = 50,
        .logit_cap = 30,
        .norms = &gemma2_norms,
        .activation = "gelu_pytorch_tanh",
        .windows = WINDOWS_EVEN,
        .window = 4096,
        .tied = true,
        .scaled_embedding = true,
        LLAMA("gemma2"),
    },
};

const struct layout *layout_row(size_t i)
{
    if (i < layout_bilinear_count)
        return &layout_bilinear[i];
    i -= layout_bilinear_count;
    return i < sizeof published / sizeof published[0] ? &published[i] : NULL;
}
