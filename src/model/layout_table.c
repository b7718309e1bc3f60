/* The layouts that bilens reads. To add one, write its sources and norms (or reuse a family's)
 * and add a row to layout_table. */
#include "bilens/model/layout.h"

/* --- The bilinear transformers of 2024 --- */

static const struct layout_keys bilinear_keys = {
    .layers = "n_layer",
    .heads = "n_head",
    .context = "n_ctx",
    .d_model = "d_model",
    .d_hidden = "d_hidden",
    .vocab = "n_vocab",
};

/* qkv has rows [q; k; v], each head by head; mlp.w has rows [w_l; w_r], or is W_IN alone. */
#define BILINEAR_SOURCES(EMBED, POSITIONS, LAYER, MLP_OUT)                                         \
    {                                                                                              \
        [W_E] = {.pattern = EMBED, .transposed = true},                                            \
        [W_POS] = {.pattern = POSITIONS, .transposed = true},                                      \
        [W_U] = {.pattern = "lm_head.weight"},                                                     \
        [W_Q] = {.pattern = LAYER "attn.qkv.weight",                                               \
                 .part = 0,                                                                        \
                 .parts = 3,                                                                       \
                 .bias = LAYER "attn.qkv.bias"},                                                   \
        [W_K] = {.pattern = LAYER "attn.qkv.weight",                                               \
                 .part = 1,                                                                        \
                 .parts = 3,                                                                       \
                 .bias = LAYER "attn.qkv.bias"},                                                   \
        [W_V] = {.pattern = LAYER "attn.qkv.weight",                                               \
                 .part = 2,                                                                        \
                 .parts = 3,                                                                       \
                 .bias = LAYER "attn.qkv.bias"},                                                   \
        [W_O] = {.pattern = LAYER "attn.o.weight", .bias = LAYER "attn.o.bias"},                   \
        [W_L] = {.pattern = LAYER "mlp.w.weight",                                                  \
                 .part = 0,                                                                        \
                 .parts = 2,                                                                       \
                 .bias = LAYER "mlp.w.bias"},                                                      \
        [W_R] = {.pattern = LAYER "mlp.w.weight",                                                  \
                 .part = 1,                                                                        \
                 .parts = 2,                                                                       \
                 .bias = LAYER "mlp.w.bias"},                                                      \
        [W_IN] = {.pattern = LAYER "mlp.w.weight", .bias = LAYER "mlp.w.bias"},                    \
        [W_P] = {.pattern = LAYER "mlp." MLP_OUT ".weight", .bias = LAYER "mlp." MLP_OUT ".bias"}, \
    }

#define H "transformer.h.*."
#define WTE "transformer.wte.weight"
#define WPE "transformer.wpe.weight"
#define QKV H "attn.qkv.weight"

static const struct layout_source bilinear_early[WEIGHT_COUNT] =
    BILINEAR_SOURCES("token_embed.weight", "pos_embed.weight", "layers.*.", "o");
static const struct layout_source bilinear_learned[WEIGHT_COUNT] =
    BILINEAR_SOURCES(WTE, WPE, H, "o");
static const struct layout_source bilinear_rotary[WEIGHT_COUNT] =
    BILINEAR_SOURCES(WTE, NULL, H, "o");
static const struct layout_source bilinear_rotary_p[WEIGHT_COUNT] =
    BILINEAR_SOURCES(WTE, NULL, H, "p");

static const struct layout_norms bilinear_layernorms = {
    .kind = NORM_LAYER,
    .eps = 1e-5,
    .at =
        {
            [NORM_ATTENTION_IN] = {true, "layers.*.n1.weight", "layers.*.n1.bias", false},
            [NORM_MLP_IN] = {true, "layers.*.n2.weight", "layers.*.n2.bias", false},
        },
};

/* The bias of its RMSNorm is called alpha. */
#define ALPHA_NORMS(BIAS)                                                                          \
    {                                                                                              \
        .kind = NORM_RMS, .by_config = true, .eps = 1e-8,                                          \
        .at = {                                                                                    \
            [NORM_ATTENTION_IN] = {true, H "n1.weight", H "n1." BIAS, false},                      \
            [NORM_MLP_IN] = {true, H "n2.weight", H "n2." BIAS, false},                            \
            [NORM_FINAL] = {true, "transformer.ln_f.weight", "transformer.ln_f." BIAS, false},     \
        },                                                                                         \
    }
static const struct layout_norms bilinear_alpha = ALPHA_NORMS("alpha");
static const struct layout_norms bilinear_ln_f = ALPHA_NORMS("bias");

/* WEIGHT is what a norm's weights are called after its own name. */
#define BILINEAR_NORMS(WEIGHT, OPTIONAL)                                                           \
    {                                                                                              \
        .kind = NORM_RMS, .by_config = true, .eps = 1e-8,                                          \
        .at = {                                                                                    \
            [NORM_ATTENTION_IN] = {true, H "n1." WEIGHT "weight", H "n1." WEIGHT "bias",           \
                                   OPTIONAL},                                                      \
            [NORM_MLP_IN] = {true, H "n2." WEIGHT "weight", H "n2." WEIGHT "bias", OPTIONAL},      \
            [NORM_FINAL] = {true, "transformer.n_f." WEIGHT "weight",                              \
                            "transformer.n_f." WEIGHT "bias", OPTIONAL},                           \
        },                                                                                         \
    }
static const struct layout_norms bilinear_norms = BILINEAR_NORMS("", false);
static const struct layout_norms bilinear_inner_norms = BILINEAR_NORMS("norm.", true);

static const char *const bilinear_buffers[] = {H "attn.rotary.inv_freq", "pos", NULL};

#define BILINEAR                                                                                   \
    .keys = &bilinear_keys, .buffers = bilinear_buffers, .mlp = LAYOUT_MLP_BILINEAR,               \
    .rotary_base = 10000

/* --- GPT-2 --- */

static const struct layout_keys gpt2_keys = {
    .layers = "n_layer",
    .heads = "n_head",
    .context = "n_positions|n_ctx",
    .d_model = "n_embd",
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
        .pattern = "~h.*.attn.c_attn.weight", .part = PART, .parts = 3, .transposed = true,        \
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
    .rotary_base = "rope_parameters.rope_theta|rotary_emb_base|rope_theta",
    .rotary_share = "rope_parameters.partial_rotary_factor|partial_rotary_factor|rotary_pct",
    .rotary_scaling = "rope_parameters|rope_scaling",
    .parallel = "use_parallel_residual",
};

/* Rows (head, then q, k, v). */
#define NEOX_QKV(PART)                                                                             \
    {                                                                                              \
        .pattern = "~layers.*.attention.query_key_value.weight", .part = PART, .parts = 3,         \
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
    .tied = "tie_word_embeddings", .rotary_base = "rope_parameters.rope_theta|rope_theta",         \
    .rotary_share = "rope_parameters.partial_rotary_factor|partial_rotary_factor",                 \
    .rotary_scaling = "rope_parameters|rope_scaling"

static const struct layout_keys llama_keys = {LLAMA_KEYS, .activation = "hidden_act"};
static const struct layout_keys mistral_keys = {
    LLAMA_KEYS,
    .activation = "hidden_act",
    .window = "sliding_window",
};
static const struct layout_keys qwen_keys = {
    LLAMA_KEYS,
    .activation = "hidden_act",
    .window = "sliding_window",
    .window_switch = "use_sliding_window",
    .window_from = "max_window_layers",
};
static const struct layout_keys gemma_keys = {
    LLAMA_KEYS,
    .activation = "hidden_activation|hidden_act",
    .attention_scalar = "query_pre_attn_scalar",
    .attention_cap = "attn_logit_softcapping",
    .logit_cap = "final_logit_softcapping",
    .window = "sliding_window",
};

#define ATTENTION "~layers.*.self_attn."
#define MLP "~layers.*.mlp."
static const struct layout_source llama_sources[WEIGHT_COUNT] = {
    [W_E] = {.pattern = "~embed_tokens.weight", .otherwise = "lm_head.weight", .transposed = true},
    [W_U] = {.pattern = "lm_head.weight", .otherwise = "~embed_tokens.weight"},
    [W_Q] = {.pattern = ATTENTION "q_proj.weight", .bias = ATTENTION "q_proj.bias"},
    [W_K] = {.pattern = ATTENTION "k_proj.weight", .bias = ATTENTION "k_proj.bias"},
    [W_V] = {.pattern = ATTENTION "v_proj.weight", .bias = ATTENTION "v_proj.bias"},
    [W_O] = {.pattern = ATTENTION "o_proj.weight", .bias = ATTENTION "o_proj.bias"},
    [W_L] = {.pattern = MLP "gate_proj.weight", .bias = MLP "gate_proj.bias"},
    [W_R] = {.pattern = MLP "up_proj.weight", .bias = MLP "up_proj.bias"},
    [W_P] = {.pattern = MLP "down_proj.weight", .bias = MLP "down_proj.bias"},
};

#define RMS_NORM(NAME)                                                                             \
    {                                                                                              \
        true, NAME ".weight", NULL, false                                                          \
    }
static const struct layout_norms llama_norms = {
    .kind = NORM_RMS,
    .eps = 1e-6,
    .eps_key = "rms_norm_eps",
    .at =
        {
            [NORM_ATTENTION_IN] = RMS_NORM("~layers.*.input_layernorm"),
            [NORM_MLP_IN] = RMS_NORM("~layers.*.post_attention_layernorm"),
            [NORM_FINAL] = RMS_NORM("~norm"),
        },
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

#define LLAMA(TYPE)                                                                                \
    .marks = {{MARK_TYPE, TYPE},                                                                   \
              {MARK_TENSOR, ATTENTION "q_proj.weight"},                                            \
              {MARK_TENSOR, MLP "gate_proj.weight"}},                                              \
    .prefix = "model.", .sources = llama_sources, .buffers = llama_buffers,                        \
    .mlp = LAYOUT_MLP_GATED, .positions = POSITIONS_ROTARY, .rotary_base = 10000

/* --- The table --- */

/* Rows are tried from the top: what is peculiar stands before what is general. */
const struct layout layout_table[] = {
    {
        .name = "bilinear, 29 October",
        .marks = {{MARK_FIVE_TO_ONE, QKV}},
        .refusal = "its attention2 has two queries and two keys (qkv holds q1, k1, q2, k2, v) and "
                   "no softmax, which is not supported",
    },
    {
        .name = "bilinear, October",
        .marks = {{MARK_TENSOR, QKV},
                  {MARK_TENSOR, H "mlp.p.weight"},
                  {MARK_NO_TENSOR, WPE},
                  {MARK_NO_TENSOR, H "n1.weight"},
                  {MARK_KEY, "tokenizer"}},
        .sources = bilinear_rotary_p,
        .norms = &bilinear_inner_norms,
        .positions = POSITIONS_ROTARY,
        .scaled_attention = true,
        BILINEAR,
    },
    {
        .name = "bilinear, August",
        .marks = {{MARK_TENSOR, QKV},
                  {MARK_TENSOR, H "mlp.p.weight"},
                  {MARK_NO_TENSOR, WPE},
                  {MARK_NO_TENSOR, H "n1.weight"}},
        .sources = bilinear_rotary_p,
        .norms = &bilinear_inner_norms,
        .positions = POSITIONS_ROTARY,
        BILINEAR,
    },
    {
        .name = "bilinear, May-June",
        .marks = {{MARK_TENSOR, QKV},
                  {MARK_TENSOR, H "mlp.o.weight"},
                  {MARK_KEY, "normalization"},
                  {MARK_NO_TENSOR, H "n1.weight"},
                  {MARK_NO_TENSOR, WPE}},
        .sources = bilinear_rotary,
        .norms = &bilinear_inner_norms,
        .positions = POSITIONS_ROTARY,
        BILINEAR,
    },
    {
        .name = "bilinear, April with alpha",
        .marks = {{MARK_TENSOR, QKV},
                  {MARK_TENSOR, "transformer.ln_f.weight"},
                  {MARK_TENSOR, H "n1.alpha"},
                  {MARK_TENSOR, WPE}},
        .sources = bilinear_learned,
        .norms = &bilinear_alpha,
        .positions = POSITIONS_LEARNED,
        BILINEAR,
    },
    {
        .name = "bilinear, April with ln_f",
        .marks = {{MARK_TENSOR, QKV},
                  {MARK_TENSOR, "transformer.ln_f.weight"},
                  {MARK_NO_TENSOR, H "n1.alpha"},
                  {MARK_TENSOR, WPE}},
        .sources = bilinear_learned,
        .norms = &bilinear_ln_f,
        .positions = POSITIONS_LEARNED,
        BILINEAR,
    },
    {
        .name = "bilinear, 10 April",
        .marks = {{MARK_TENSOR, QKV},
                  {MARK_TENSOR, H "mlp.o.weight"},
                  {MARK_TENSOR, H "n1.weight"},
                  {MARK_TENSOR, WPE}},
        .sources = bilinear_learned,
        .norms = &bilinear_norms,
        .positions = POSITIONS_LEARNED,
        BILINEAR,
    },
    {
        .name = "bilinear, 17 April",
        .marks = {{MARK_TENSOR, QKV},
                  {MARK_TENSOR, H "mlp.o.weight"},
                  {MARK_TENSOR, H "n1.weight"},
                  {MARK_NO_TENSOR, WPE}},
        .sources = bilinear_rotary,
        .norms = &bilinear_norms,
        .positions = POSITIONS_ROTARY,
        BILINEAR,
    },
    {
        .name = "bilinear, early April",
        .marks = {{MARK_TENSOR, "token_embed.weight"},
                  {MARK_TENSOR, "pos_embed.weight"},
                  {MARK_TENSOR, "layers.*.attn.qkv.weight"}},
        .sources = bilinear_early,
        .norms = &bilinear_layernorms,
        .positions = POSITIONS_LEARNED,
        BILINEAR,
    },
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
        .parallel = true,
    },
    {
        .name = "Llama",
        .keys = &llama_keys,
        .norms = &llama_norms,
        .activation = "silu",
        LLAMA("llama"),
    },
    {
        .name = "Mistral",
        .keys = &mistral_keys,
        .norms = &llama_norms,
        .activation = "silu",
        .windows = WINDOWS_ALL,
        .window = 4096,
        LLAMA("mistral"),
    },
    {
        .name = "Qwen2",
        .keys = &qwen_keys,
        .norms = &llama_norms,
        .activation = "silu",
        .windows = WINDOWS_LATE,
        .window = 4096,
        LLAMA("qwen2"),
    },
    {
        .name = "Qwen3",
        .keys = &qwen_keys,
        .norms = &qwen3_norms,
        .activation = "silu",
        .windows = WINDOWS_LATE,
        .window = 4096,
        LLAMA("qwen3"),
    },
    {
        .name = "Gemma-2",
        .keys = &gemma_keys,
        .norms = &gemma2_norms,
        .activation = "gelu_pytorch_tanh",
        .windows = WINDOWS_EVEN,
        .window = 4096,
        .tied = true,
        .scaled_embedding = true,
        LLAMA("gemma2"),
    },
};

const size_t layout_table_count = sizeof layout_table / sizeof layout_table[0];
