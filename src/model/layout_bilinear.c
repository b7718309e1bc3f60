/* The layouts of the bilinear transformers of 2024. */
#include "layout_rows.h"

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
        [W_Q] = {.pattern = LAYER "attn.qkv.weight", .part = 0, .bias = LAYER "attn.qkv.bias"},    \
        [W_K] = {.pattern = LAYER "attn.qkv.weight", .part = 1, .bias = LAYER "attn.qkv.bias"},    \
        [W_V] = {.pattern = LAYER "attn.qkv.weight", .part = 2, .bias = LAYER "attn.qkv.bias"},    \
        [W_O] = {.pattern = LAYER "attn.o.weight", .bias = LAYER "attn.o.bias"},                   \
        [W_L] = {.pattern = LAYER "mlp.w.weight", .part = 0, .bias = LAYER "mlp.w.bias"},          \
        [W_R] = {.pattern = LAYER "mlp.w.weight", .part = 1, .bias = LAYER "mlp.w.bias"},          \
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

const struct layout layout_bilinear[] = {
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
};

const size_t layout_bilinear_count = sizeof layout_bilinear / sizeof layout_bilinear[0];
