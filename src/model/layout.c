#include "bilens/model/layout.h"

#include <ctype.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/model/config.h"
#include "bilens/model/safetensors.h"

/* --- The bilinear transformers of 2024 --- */

#define QKV "transformer.h.*.attn.qkv.weight"
#define MLP_OUT_O "transformer.h.*.mlp.o.weight"
#define MLP_OUT_P "transformer.h.*.mlp.p.weight"
#define WPE "transformer.wpe.weight"

static const struct layout_keys bilinear_keys = {"n_layer", "n_head",   "n_ctx",
                                                 "d_model", "d_hidden", "n_vocab"};

#define NORM_1 "transformer.h.*.n1.weight"
#define NORM_2 "transformer.h.*.n2.weight"
#define NORM_F "transformer.n_f.weight"

/* qkv has rows [q; k; v], each head by head; mlp.w has rows [w_l; w_r]. */
#define BILINEAR_SOURCES(POSITIONS, MLP_OUT)                                                       \
    {                                                                                              \
        [W_E] = {"transformer.wte.weight", 0, 1, true, NULL},                                      \
        [W_POS] = {POSITIONS, 0, 1, true, NULL},                                                   \
        [W_U] = {"lm_head.weight", 0, 1, false, NORM_F},                                           \
        [W_Q] = {QKV, 0, 3, false, NORM_1},                                                        \
        [W_K] = {QKV, 1, 3, false, NORM_1},                                                        \
        [W_V] = {QKV, 2, 3, false, NORM_1},                                                        \
        [W_O] = {"transformer.h.*.attn.o.weight", 0, 1, false, NULL},                              \
        [W_L] = {"transformer.h.*.mlp.w.weight", 0, 2, false, NORM_2},                             \
        [W_R] = {"transformer.h.*.mlp.w.weight", 1, 2, false, NORM_2},                             \
        [W_P] = {MLP_OUT, 0, 1, false, NULL},                                                      \
    }

static const struct layout_source bilinear_learned[WEIGHT_COUNT] = BILINEAR_SOURCES(WPE, MLP_OUT_O);
static const struct layout_source bilinear_rotary[WEIGHT_COUNT] = BILINEAR_SOURCES(NULL, MLP_OUT_O);
static const struct layout_source bilinear_rotary_p[WEIGHT_COUNT] =
    BILINEAR_SOURCES(NULL, MLP_OUT_P);

static const char *const bilinear_norms[] = {NORM_1, NORM_2, NORM_F, NULL};
static const char *const bilinear_buffers[] = {"transformer.h.*.attn.rotary.inv_freq", NULL};

/* Rows are tried from the top: what is peculiar stands before what is general. */
static const struct layout layouts[] = {
    {
        .name = "bilinear, 29 October",
        .marks = {{MARK_FIVE_TO_ONE, QKV}},
        .refusal = "its attention2 has two queries and two keys (qkv holds q1, k1, q2, k2, v) and "
                   "no softmax, which is not supported",
    },
    {
        .name = "bilinear, October",
        .marks = {{MARK_TENSOR, QKV},
                  {MARK_TENSOR, MLP_OUT_P},
                  {MARK_NO_TENSOR, WPE},
                  {MARK_KEY, "tokenizer"}},
        .keys = &bilinear_keys,
        .sources = bilinear_rotary_p,
        .unread = bilinear_norms,
        .buffers = bilinear_buffers,
        .positions = POSITIONS_ROTARY,
        .rotary_base = 10000,
        .scaled_attention = true,
    },
    {
        .name = "bilinear, August",
        .marks = {{MARK_TENSOR, QKV},
                  {MARK_TENSOR, MLP_OUT_P},
                  {MARK_NO_TENSOR, WPE},
                  {MARK_NO_TENSOR, "transformer.h.*.n1.weight"}},
        .keys = &bilinear_keys,
        .sources = bilinear_rotary_p,
        .unread = bilinear_norms,
        .buffers = bilinear_buffers,
        .positions = POSITIONS_ROTARY,
        .rotary_base = 10000,
    },
    {
        .name = "bilinear, 10 April",
        .marks = {{MARK_TENSOR, QKV},
                  {MARK_TENSOR, MLP_OUT_O},
                  {MARK_TENSOR, "transformer.h.*.n1.weight"},
                  {MARK_TENSOR, WPE}},
        .keys = &bilinear_keys,
        .sources = bilinear_learned,
        .unread = bilinear_norms,
        .buffers = bilinear_buffers,
        .positions = POSITIONS_LEARNED,
    },
    {
        .name = "bilinear, 17 April",
        .marks = {{MARK_TENSOR, QKV},
                  {MARK_TENSOR, MLP_OUT_O},
                  {MARK_TENSOR, "transformer.h.*.n1.weight"},
                  {MARK_NO_TENSOR, WPE}},
        .keys = &bilinear_keys,
        .sources = bilinear_rotary,
        .unread = bilinear_norms,
        .buffers = bilinear_buffers,
        .positions = POSITIONS_ROTARY,
        .rotary_base = 10000,
    },
};

enum { LAYOUT_COUNT = sizeof layouts / sizeof layouts[0] };

/* --- Names --- */

char *layout_tensor_name(const char *pattern, size_t layer, struct err *e)
{
    struct text name = TEXT_EMPTY;
    char *result;

    for (const char *p = pattern; *p != '\0'; p++) {
        if (*p == '*')
            text_printf(&name, "%zu", layer);
        else
            text_add_char(&name, *p);
    }
    result = text_take(&name);
    if (result == NULL)
        err_memory(e);
    return result;
}

/* `*` stands for one or more digits. */
static bool match(const char *pattern, const char *name)
{
    for (; *pattern != '\0'; pattern++) {
        if (*pattern != '*') {
            if (*name++ != *pattern)
                return false;
            continue;
        }
        if (!isdigit((unsigned char)*name))
            return false;
        while (isdigit((unsigned char)*name))
            name++;
    }
    return *name == '\0';
}

bool layout_names(const char *const *patterns, const char *name)
{
    for (; *patterns != NULL; patterns++) {
        if (match(*patterns, name))
            return true;
    }
    return false;
}

/* --- Recognition --- */

struct evidence {
    const struct safetensors *file;
    const struct config *config;
    struct text *reason; /* the marks that held; of use only if all did */
    struct err *e;
};

/* Does it hold? Adds it to the reason. False with the error set if memory is short. */
static bool check_mark(struct evidence *v, struct layout_mark mark, bool *holds)
{
    char *name = layout_tensor_name(mark.what, 0, v->e);
    const struct tensor *t;

    if (name == NULL)
        return false;
    t = safetensors_find(v->file, name);
    switch (mark.kind) {
    case MARK_TENSOR:
        *holds = t != NULL;
        text_printf(v->reason, "; has %s", name);
        break;
    case MARK_NO_TENSOR:
        *holds = t == NULL;
        text_printf(v->reason, "; has no %s", name);
        break;
    case MARK_KEY:
        *holds = config_has(v->config, mark.what);
        text_printf(v->reason, "; config.json has the key \"%s\"", mark.what);
        break;
    case MARK_FIVE_TO_ONE:
        *holds = t != NULL && t->rank == 2 && t->shape[1] != 0 && t->shape[0] / 5 == t->shape[1] &&
                 t->shape[0] % 5 == 0;
        text_printf(v->reason, "; %s has five times as many rows as columns", name);
        break;
    case MARK_END:
        break;
    }
    mem_free(name);
    return true;
}

static bool check_layout(struct evidence *v, const struct layout *layout, bool *holds)
{
    *holds = true;
    text_clear(v->reason);
    for (size_t i = 0; i < LAYOUT_MOST_MARKS && layout->marks[i].kind != MARK_END; i++) {
        if (!check_mark(v, layout->marks[i], holds))
            return false;
        if (!*holds)
            break;
    }
    return true;
}

/* What was found, so that the reader can tell what it is that bilens does not know. */
static void refuse_unknown(const struct evidence *v)
{
    size_t count = safetensors_count(v->file), shown = count < 6 ? count : 6;
    const char *type = NULL, *separator = "";
    struct err ignored;

    err_set(v->e, ERR_UNSUPPORTED, "%s: not a layout that bilens knows; found ",
            safetensors_path(v->file));
    if (config_get_string(v->config, "model_type", &type, &ignored) && type != NULL)
        err_append(v->e, "model_type \"%.100s\" and ", type);
    err_append(v->e, "%zu tensors", count);
    for (size_t i = 0; i < shown; i++)
        err_append(v->e, "%s%.100s", i == 0 ? ": " : ", ",
                   safetensors_get(v->file, i * (count - 1) / (shown > 1 ? shown - 1 : 1))->name);
    err_append(v->e, "%s; known layouts: ", shown < count ? ", ..." : "");
    for (size_t i = 0; i < LAYOUT_COUNT; i++) {
        if (layouts[i].refusal != NULL)
            continue;
        err_append(v->e, "%s%s", separator, layouts[i].name);
        separator = "; ";
    }
}

static const struct layout *find_layout(struct evidence *v)
{
    for (size_t i = 0; i < LAYOUT_COUNT; i++) {
        bool holds;
        if (!check_layout(v, &layouts[i], &holds))
            return NULL;
        if (!holds)
            continue;
        if (layouts[i].refusal == NULL)
            return &layouts[i];
        err_set(v->e, ERR_UNSUPPORTED, "%s: this is the layout \"%s\": %s",
                safetensors_path(v->file), layouts[i].name, layouts[i].refusal);
        return NULL;
    }
    refuse_unknown(v);
    return NULL;
}

const struct layout *layout_recognise(const struct safetensors *file, const struct config *config,
                                      char **reason, struct err *e)
{
    struct text found = TEXT_EMPTY;
    struct evidence v = {.file = file, .config = config, .reason = &found, .e = e};
    const struct layout *layout = find_layout(&v);

    if (layout != NULL) {
        *reason = found.failed ? NULL : mem_strdup(text_get(&found) + strlen("; "));
        if (*reason == NULL) {
            err_memory(e);
            layout = NULL;
        }
    }
    text_done(&found);
    return layout;
}
