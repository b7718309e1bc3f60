#include "bilens/model/model.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/model/circuits.h"
#include "bilens/model/config.h"
#include "bilens/model/file.h"
#include "bilens/model/lookup.h"
#include "bilens/model/mapping.h"
#include "bilens/model/safetensors.h"
#include "bilens/model/tokenizer.h"
#include "bilens/model/weights.h"

/* Above this many bytes of weights, looking at every one would take noticeable time. */
static const size_t scan_limit = (size_t)256 << 20;

enum { HASH_SHOWN = 12 };

/* What is alive only while a model is loaded. */
struct loader {
    struct model *model;
    char *weights_path, *config_path, *tokenizer_path;
    bool lone; /* a file was named, not a directory */
    struct safetensors *file;
    struct config *config;
    const struct layout *layout;
    struct err *e;
};

__attribute__((format(printf, 3, 4))) static bool add_note(struct model *m, struct err *e,
                                                           const char *format, ...)
{
    char **notes = mem_resize(m->notes, m->note_count + 1, sizeof *notes);
    char line[512];
    va_list arguments;

    if (notes == NULL)
        return err_memory(e);
    m->notes = notes;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    notes[m->note_count] = mem_strdup(line);
    if (notes[m->note_count] == NULL)
        return err_memory(e);
    m->note_count++;
    return true;
}

/* --- Which files --- */

static char *directory_of(const char *file, struct err *e)
{
    const char *slash = strrchr(file, '/');
    char *directory =
        slash == NULL ? mem_strdup(".") : mem_strndup(file, (size_t)(slash - file) + 1);

    if (directory == NULL)
        err_memory(e);
    return directory;
}

static bool refuse_missing(const struct loader *l, const char *directory, const char *name,
                           const char *hint)
{
    return err_set(l->e, ERR_FILE, "%s: %s is missing%s", directory, name, hint);
}

static bool check_files(const struct loader *l, const char *directory)
{
    if (!l->lone && !file_exists(l->weights_path)) {
        char *index = file_join(directory, "model.safetensors.index.json", l->e);
        bool sharded = index != NULL && file_exists(index);
        bool failed = index == NULL;
        mem_free(index);
        if (failed)
            return false;
        if (sharded)
            return err_set(l->e, ERR_UNSUPPORTED,
                           "%s: a checkpoint in several files (model.safetensors.index.json) is "
                           "not supported yet",
                           directory);
        return refuse_missing(l, directory, "model.safetensors", "");
    }
    /* The file itself is opened first, so that its own trouble is reported. */
    if (!l->lone && !file_exists(l->config_path))
        return refuse_missing(l, directory, "config.json", "");
    if (!l->lone && !file_exists(l->tokenizer_path))
        return refuse_missing(l, directory, "tokenizer.json",
                              "; to do without token names, load its model.safetensors by name");
    return true;
}

static bool find_files(struct loader *l)
{
    const char *path = l->model->path;
    char *directory;
    bool good;

    l->lone = !file_is_directory(path);
    directory = l->lone ? directory_of(path, l->e) : mem_strdup(path);
    if (directory == NULL)
        return err_memory(l->e);
    l->weights_path = l->lone ? mem_strdup(path) : file_join(path, "model.safetensors", l->e);
    l->config_path = file_join(directory, "config.json", l->e);
    l->tokenizer_path = file_join(directory, "tokenizer.json", l->e);
    if (l->weights_path == NULL || l->config_path == NULL || l->tokenizer_path == NULL)
        good = err_memory(l->e);
    else
        good = check_files(l, directory);
    mem_free(directory);
    return good;
}

static bool open_files(struct loader *l)
{
    l->file = safetensors_open(l->weights_path, l->e);
    if (l->file == NULL)
        return false;
    if (l->lone && !file_exists(l->config_path))
        return err_set(l->e, ERR_FILE,
                       "%s: %s is missing; the sizes of a model stand in a config.json beside its "
                       "weights",
                       l->weights_path, l->config_path);
    l->config = config_read(l->config_path, l->e);
    if (l->config == NULL)
        return false;
    if (l->lone && !file_exists(l->tokenizer_path))
        return add_note(l->model, l->e, "no tokenizer.json beside it: tokens are shown as [id]");
    l->model->tokenizer = tokenizer_read(l->tokenizer_path, l->e);
    return l->model->tokenizer != NULL;
}

/* --- What config.json says beside the sizes --- */

static bool read_gate(struct loader *l)
{
    static const char *const known[] = {"relu", "silu", "gelu"};
    const char *gate;

    if (!config_get_string(l->config, "gate", &gate, l->e))
        return false;
    if (gate == NULL)
        return true;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(gate, known[i]) == 0) {
            l->model->gate = known[i];
            return true;
        }
    }
    return err_set(l->e, ERR_UNSUPPORTED,
                   "%s: gate \"%.100s\" is unknown; bilens knows null, relu, silu and gelu",
                   l->config_path, gate);
}

static bool read_scale(struct loader *l)
{
    bool scaled = true;

    l->model->residual_scale = 1;
    if (!config_get_bool(l->config, "scale_attn", &scaled, l->e))
        return false;
    if (scaled && l->layout->scaled_attention)
        l->model->residual_scale = 1 / sqrt(2 * (double)l->model->sizes.layers);
    return true;
}

/* --- The tensors as a whole --- */

static bool is_buffer(const struct loader *l, const struct tensor *t)
{
    return layout_names(l->layout->buffers, t->name);
}

/* "BF16", or "BF16, F32". */
static bool name_dtypes(struct loader *l)
{
    bool seen[DTYPE_COUNT] = {false};
    struct text names = TEXT_EMPTY;

    for (size_t i = 0; i < safetensors_count(l->file); i++) {
        const struct tensor *t = safetensors_get(l->file, i);
        if (is_buffer(l, t) || seen[t->dtype])
            continue;
        seen[t->dtype] = true;
        text_printf(&names, "%s%s", names.length > 0 ? ", " : "", dtype_name(t->dtype));
    }
    l->model->dtype = text_take(&names);
    return l->model->dtype != NULL || err_memory(l->e);
}

static size_t count_bytes(const struct loader *l)
{
    size_t bytes = 0;

    for (size_t i = 0; i < safetensors_count(l->file); i++)
        bytes += safetensors_get(l->file, i)->end - safetensors_get(l->file, i)->begin;
    return bytes;
}

static bool scan_tensors(struct loader *l)
{
    struct model *m = l->model;
    bool scan = count_bytes(l) <= scan_limit;

    for (size_t i = 0; i < safetensors_count(l->file); i++) {
        const struct tensor *t = safetensors_get(l->file, i);
        if (is_buffer(l, t))
            continue;
        m->parameters += t->count;
        if (!dtype_widens(t->dtype) &&
            !add_note(m, l->e, "%.100s is stored as %s, which cannot be used", t->name,
                      dtype_name(t->dtype)))
            return false;
        if (scan &&
            !weights_count_nonfinite(l->file, t, 0, t->count, &m->nan_count, &m->inf_count, l->e))
            return false;
    }
    if (!scan)
        return add_note(m, l->e, "the weights take more than %zu MiB: not searched for NaN",
                        scan_limit >> 20);
    if (m->nan_count + m->inf_count > 0)
        return add_note(m, l->e, "weights that are NaN: %zu, infinite: %zu", m->nan_count,
                        m->inf_count);
    return true;
}

static bool is_shown(const struct loader *l, const struct tensor *t)
{
    for (int weight = 0; weight < WEIGHT_COUNT; weight++) {
        const char *const pattern[] = {l->layout->sources[weight].pattern, NULL};
        if (layout_names(pattern, t->name))
            return true;
    }
    return layout_names(l->layout->unread, t->name) || is_buffer(l, t);
}

/* Biases, for one: what is left out must be said. */
static bool note_unshown(struct loader *l)
{
    struct text names = TEXT_EMPTY;
    size_t count = 0;
    bool good = true;

    for (size_t i = 0; i < safetensors_count(l->file); i++) {
        const struct tensor *t = safetensors_get(l->file, i);
        if (is_shown(l, t))
            continue;
        if (count++ < 4)
            text_printf(&names, "%s%.80s", count > 1 ? ", " : "", t->name);
    }
    if (names.failed)
        good = err_memory(l->e);
    else if (count > 0)
        good = add_note(l->model, l->e, "%zu tensor%s no matrix shows: %s%s", count,
                        count == 1 ? "" : "s", text_get(&names), count > 4 ? ", ..." : "");
    text_done(&names);
    return good;
}

static bool note_vocabulary(struct loader *l)
{
    size_t rows = l->model->sizes.vocab, tokens;

    if (l->model->tokenizer == NULL)
        return true;
    tokens = tokenizer_size(l->model->tokenizer);
    if (tokens < rows)
        return add_note(l->model, l->e,
                        "the embedding has %zu rows, the tokenizer %zu tokens: the rest are shown "
                        "as [id]",
                        rows, tokens);
    if (tokens > rows)
        return add_note(l->model, l->e,
                        "the tokenizer has %zu tokens, the embedding %zu rows: tokens from id %zu "
                        "on cannot be looked up",
                        tokens, rows, rows);
    return true;
}

/* --- Loading --- */

static bool build(struct loader *l)
{
    struct model *m = l->model;
    struct circuits_input in = {
        .file = l->file,
        .config = l->config,
        .layout = l->layout,
        .labels = m->tokenizer == NULL ? NULL : tokenizer_labels(m->tokenizer),
    };

    m->layout = l->layout->name;
    m->positions = l->layout->positions;
    m->rotary_base = l->layout->rotary_base;
    if (!circuits_check(&in, m, l->e) || !read_gate(l) || !read_scale(l))
        return false;
    if (!name_dtypes(l) || !scan_tensors(l) || !note_unshown(l) || !note_vocabulary(l))
        return false;
    return circuits_build(&in, m, l->e);
}

/* The last part of the path; of .../NAME/model.safetensors it is NAME. */
static char *name_of(const char *path, struct err *e)
{
    char *last = file_last_part(path, e), *directory, *name;

    if (last == NULL || strcmp(last, "model.safetensors") != 0 || strchr(path, '/') == NULL)
        return last;
    directory = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
    name = directory == NULL ? NULL : file_last_part(directory, e);
    mem_free(directory);
    if (name == NULL || name[0] == '\0') {
        mem_free(name);
        return last;
    }
    mem_free(last);
    return name;
}

static bool load(struct loader *l, const char *where)
{
    struct model *m = l->model;

    m->path = lookup_find(where, l->e);
    if (m->path == NULL)
        return false;
    m->name = name_of(m->path, l->e);
    if (m->name == NULL || !find_files(l) || !open_files(l))
        return false;
    l->layout = layout_recognise(l->file, l->config, &m->reason, l->e);
    if (l->layout == NULL || !build(l))
        return false;
    if (!safetensors_hash(l->file, m->hash, l->e))
        return false;
    m->hash[HASH_SHOWN] = '\0';
    return true;
}

struct model *model_load(const char *where, struct err *e)
{
    return model_load_with(where, (struct model_options){0}, e);
}

struct model *model_load_with(const char *where, struct model_options options, struct err *e)
{
    struct loader l = {.model = mem_new(1, sizeof *l.model), .e = e};
    bool good;

    if (l.model == NULL) {
        err_memory(e);
        return NULL;
    }
    atomic_init(&l.model->refs, 1);
    l.model->folded = options.fold;
    l.model->centered = options.center;
    good = load(&l, where);
    mem_free(l.weights_path);
    mem_free(l.config_path);
    mem_free(l.tokenizer_path);
    config_free(l.config);
    safetensors_unref(l.file);
    if (!good) {
        model_unref(l.model);
        return NULL;
    }
    return l.model;
}

struct model *model_ref(struct model *m)
{
    atomic_fetch_add(&m->refs, 1);
    return m;
}

void model_unref(struct model *m)
{
    if (m == NULL || atomic_fetch_sub(&m->refs, 1) != 1)
        return;
    circuits_free(m);
    architecture_done(&m->architecture);
    if (m->tokenizer != NULL)
        labels_unref(tokenizer_labels(m->tokenizer));
    for (size_t i = 0; i < m->note_count; i++)
        mem_free(m->notes[i]);
    mem_free(m->notes);
    mem_free(m->name);
    mem_free(m->path);
    mem_free(m->reason);
    mem_free(m->dtype);
    mem_free(m);
}
