/* What is to be told of a model beside its matrices: what no matrix shows, what is not finite,
 * what folding leaves out. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/checkpoint.h"
#include "bilens/model/weights.h"
#include "bilens/tokenizer/tokenizer.h"
#include "config.h"
#include "model_parts.h"

/* Above this many bytes of weights, looking at every one would take noticeable time. */
static const size_t scan_limit = (size_t)256 << 20;

void model_note(struct model *m, const char *format, ...)
{
    char line[2048]; /* more than an error takes, which may be quoted */
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    m->notes = mem_resize(m->notes, m->note_count + 1, sizeof *m->notes);
    m->notes[m->note_count++] = mem_strdup(line);
}

/* "BF16", or "BF16, F32". */
static void name_dtypes(const struct circuits_input *in, struct model *m)
{
    bool seen[DTYPE_COUNT] = {false};
    struct text names = TEXT_EMPTY;

    for (size_t i = 0; i < checkpoint_count(in->file); i++) {
        const struct tensor *t = checkpoint_get(in->file, i)->tensor;
        if (layout_is_buffer(in->found, t->name) || seen[t->dtype])
            continue;
        seen[t->dtype] = true;
        text_printf(&names, "%s%s", names.length > 0 ? ", " : "", dtype_name(t->dtype));
    }
    m->dtype = text_take(&names);
}

static size_t count_bytes(const struct circuits_input *in)
{
    size_t bytes = 0;

    for (size_t i = 0; i < checkpoint_count(in->file); i++) {
        const struct tensor *t = checkpoint_get(in->file, i)->tensor;
        bytes += t->end - t->begin;
    }
    return bytes;
}

/* Adds up what is not finite in a tensor, and what of it is so only as float32. */
static bool scan_tensor(const struct checkpoint_tensor *t, struct model *m, size_t *beyond,
                        struct err *e)
{
    size_t before = m->inf_count;

    return weights_count_nonfinite(t->file, t->tensor, 0, t->tensor->count, &m->nan_count,
                                   &m->inf_count, e) &&
           (m->inf_count == before || weights_count_beyond(t->file, t->tensor, beyond, e));
}

static void note_nonfinite(struct model *m, size_t beyond)
{
    if (m->nan_count + m->inf_count > beyond)
        model_note(m, "weights that are NaN: %zu, infinite: %zu", m->nan_count,
                   m->inf_count - beyond);
    if (beyond > 0)
        model_note(m,
                   "F64 weights beyond float32, which ends at 3.4e38: %zu; bilens "
                   "computes with float32, and takes them for infinite",
                   beyond);
}

static bool scan_tensors(const struct circuits_input *in, struct model *m, struct err *e)
{
    bool scan = count_bytes(in) <= scan_limit;
    size_t beyond = 0;

    for (size_t i = 0; i < checkpoint_count(in->file); i++) {
        const struct checkpoint_tensor *t = checkpoint_get(in->file, i);
        if (layout_is_buffer(in->found, t->tensor->name))
            continue;
        m->parameters += t->tensor->count;
        if (scan && !scan_tensor(t, m, &beyond, e))
            return false;
    }
    if (!scan)
        model_note(m, "the weights take more than %zu MiB: not searched for NaN", scan_limit >> 20);
    note_nonfinite(m, beyond);
    return true;
}

/* --- Tensors by name --- */

/* The first few names, and how many there are. */
struct names {
    struct text text;
    size_t count;
};

static void add_name(struct names *n, const struct tensor *t, bool with_type)
{
    if (n->count++ >= 4)
        return;
    text_printf(&n->text, "%s%.80s", n->count > 1 ? ", " : "", t->name);
    if (with_type)
        text_printf(&n->text, " (%s)", dtype_name(t->dtype));
}

static void note_names(struct model *m, struct names *n, const char *what)
{
    if (n->count > 0)
        model_note(m, "%zu tensor%s %s: %s%s", n->count, n->count == 1 ? "" : "s", what,
                   text_get(&n->text), n->count > 4 ? ", ..." : "");
    text_done(&n->text);
}

static bool is_shown(const struct circuits_input *in, const char *name)
{
    const struct layout *layout = in->found->layout;

    for (int weight = 0; weight < WEIGHT_COUNT; weight++) {
        const struct layout_source *source = &layout->sources[weight];
        if (layout_matches(in->found, source->pattern, name) ||
            layout_matches(in->found, source->otherwise, name) ||
            layout_matches(in->found, circuits_bias(in, (enum weight)weight), name))
            return true;
    }
    for (int place = 0; place < NORM_PLACE_COUNT; place++) {
        const struct layout_norm *norm = &layout->norms->at[place];
        if (layout_matches(in->found, norm->gain, name) ||
            layout_matches(in->found, norm->bias, name))
            return true;
    }
    return layout_is_buffer(in->found, name);
}

/* What is left out, or cannot be used, must be said. */
static void note_tensors(const struct circuits_input *in, struct model *m)
{
    struct names unshown = {.count = 0}, unusable = {.count = 0};

    for (size_t i = 0; i < checkpoint_count(in->file); i++) {
        const struct tensor *t = checkpoint_get(in->file, i)->tensor;
        if (!is_shown(in, t->name))
            add_name(&unshown, t, false);
        else if (!dtype_widens(t->dtype) && !layout_is_buffer(in->found, t->name))
            add_name(&unusable, t, true);
    }
    note_names(m, &unshown, "no matrix shows");
    note_names(m, &unusable, "of types that cannot be used");
}

static void note_vocabulary(struct model *m)
{
    size_t rows = m->sizes.vocab, tokens;

    if (m->tokenizer == NULL)
        return;
    tokens = tokenizer_size(m->tokenizer);
    if (tokens < rows)
        model_note(m,
                   "the embedding has %zu rows, the tokenizer %zu tokens: the rest are shown "
                   "as [id]",
                   rows, tokens);
    if (tokens > rows)
        model_note(m,
                   "the tokenizer has %zu tokens, the embedding %zu rows: tokens from id %zu "
                   "on cannot be looked up",
                   tokens, rows, rows);
}

bool notes_before_building(const struct circuits_input *in, struct model *m, struct err *e)
{
    name_dtypes(in, m);
    if (!scan_tensors(in, m, e))
        return false;
    note_tensors(in, m);
    note_vocabulary(m);
    return true;
}

/* --- What config.json says in vain --- */

/* Biases in the file that config.json says are none: the reference library leaves them out. */
static void note_biases(const struct circuits_input *in, struct model *m, enum weight weight,
                        const char *key)
{
    const struct checkpoint_tensor *t =
        circuits_find(in, in->found->layout->sources[weight].bias, 0);

    if (t != NULL && circuits_bias(in, weight) == NULL)
        model_note(m,
                   "%s in config.json is not true: %s and its like are left out, as "
                   "transformers leaves them out",
                   key, t->tensor->name);
}

static void note_partial_rotary(const struct circuits_input *in, struct model *m)
{
    static const char key[] = "partial_rotary_factor|rope_parameters.partial_rotary_factor|"
                              "rope_scaling.partial_rotary_factor";
    double share = 1;

    if (m->positions != POSITIONS_ROTARY || in->found->layout->keys->rotary_share != NULL ||
        !config_find_positive(in->config, key, &share, NULL) || share == 1)
        return;
    model_note(m,
               "partial_rotary_factor = %g in config.json is passed over: in this family all "
               "of a head turns, in transformers too",
               share);
}

/* Weights of a quantised model that are there, but cannot be used. */
static void note_quantised(const struct circuits_input *in, struct model *m)
{
    struct text why = TEXT_EMPTY;
    bool usable = true;

    for (size_t i = 0; usable && i < checkpoint_count(in->file); i++) {
        const struct tensor *t = checkpoint_get(in->file, i)->tensor;
        usable = dtype_widens(t->dtype) || layout_is_buffer(in->found, t->name);
    }
    if (!usable && quantised_describe(in->config, &why))
        model_note(m, "%s", text_get(&why));
    text_done(&why);
}

void notes_on_config(const struct circuits_input *in, struct model *m)
{
    const struct layout_keys *keys = in->found->layout->keys;

    note_biases(in, m, W_Q, keys->attention_bias);
    note_biases(in, m, W_P, keys->mlp_bias);
    note_partial_rotary(in, m);
    note_quantised(in, m);
}

/* --- Folding --- */

void notes_on_folding(struct model *m)
{
    const struct architecture_layer *layer = m->architecture.layers;

    if (!m->folded)
        return;
    if (layer->attention_out.kind != NORM_NONE || layer->mlp_out.kind != NORM_NONE)
        model_note(m, "norms follow the attention and the MLP: their gains are folded into w_o "
                      "and w_p, what they divide by stays out");
    if (layer->query.kind != NORM_NONE || layer->key.kind != NORM_NONE)
        model_note(m, "queries and keys are normalised head by head: the gains are folded into "
                      "w_q and w_k, what they divide by stays out");
}
