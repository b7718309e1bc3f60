#include "bilens/model/model.h"

#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"
#include "bilens/formats/checkpoint.h"
#include "bilens/formats/file.h"
#include "bilens/formats/other_formats.h"
#include "bilens/formats/shard_index.h"
#include "bilens/model/lookup.h"
#include "bilens/tokenizer/tokenizer.h"
#include "circuits.h"
#include "config.h"
#include "folder.h"
#include "model_parts.h"

/* What is alive only while a model is loaded. */
struct loader {
    struct model *model;
    size_t memory;
    char *weights_path, *config_path, *tokenizer_path;
    bool lone; /* a file was named, not a directory */
    struct checkpoint *file;
    struct config *config;
    struct layout_found found;
    struct err *e;
};

/* --- Which files --- */

static char *directory_of(const char *file)
{
    const char *slash = strrchr(file, '/');

    return slash == NULL ? mem_strdup(".") : mem_strndup(file, (size_t)(slash - file) + 1);
}

static bool find_files(struct loader *l)
{
    const char *path = l->model->path;
    char *directory;
    bool good;

    l->lone = !file_is_directory(path);
    directory = l->lone ? directory_of(path) : mem_strdup(path);
    l->weights_path = l->lone ? mem_strdup(path) : folder_weights(directory, l->e);
    l->config_path = file_join(directory, "config.json");
    l->tokenizer_path = file_join(directory, "tokenizer.json");
    good = l->weights_path != NULL;
    /* The file itself is opened first, so that its own trouble is reported. */
    if (good && !l->lone && !file_exists(l->config_path))
        good = folder_refuse_missing(directory, "config.json", l->e);
    mem_free(directory);
    return good;
}

/* Without a tokenizer a model can be looked into all the same. */
static bool open_tokenizer(struct loader *l)
{
    struct err why = {0};

    if (!file_exists(l->tokenizer_path)) {
        model_note(l->model, "no tokenizer.json beside it: tokens are shown as [id]");
        return true;
    }
    if (!foreign_refuse_stub(l->tokenizer_path, &why))
        l->model->tokenizer = tokenizer_read(l->tokenizer_path, &why);
    if (l->model->tokenizer != NULL)
        return true;
    if (why.code == ERR_MEMORY || why.code == ERR_INTERRUPTED)
        return err_set(l->e, why.code, "%s", why.message);
    l->model->tokenizer_fault = mem_strdup(why.message);
    model_note(l->model, "tokens are shown as [id]: %s", why.message);
    return true;
}

static bool is_named(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash == NULL ? path : slash + 1, name) == 0;
}

/* Is the lone file one of an adapter? Then the error says so. */
static bool refuse_adapter(struct loader *l)
{
    char *directory = directory_of(l->weights_path);
    bool adapter = folder_refuse_adapter(directory, l->e);

    mem_free(directory);
    return adapter;
}

/* The error of a lone file's missing config.json. */
static bool refuse_lone(struct loader *l)
{
    return !refuse_adapter(l) &&
           err_set(l->e, ERR_FILE,
                   "%s: %s is missing; the sizes of a model stand in a config.json beside its "
                   "weights",
                   l->weights_path, l->config_path);
}

static bool open_config(struct loader *l)
{
    l->config = config_read(l->config_path, l->e);
    if (l->config == NULL)
        foreign_refuse_stub(l->config_path, l->e);
    return l->config != NULL;
}

static bool open_files(struct loader *l)
{
    l->file = checkpoint_open(l->weights_path, l->e);
    if (l->file == NULL && is_named(l->weights_path, "adapter_config.json"))
        refuse_adapter(l);
    if (l->file == NULL)
        return false;
    if (l->lone && !file_exists(l->config_path))
        return refuse_lone(l);
    if (!l->lone && shard_name_read(l->weights_path, NULL))
        model_note(l->model, "there is no index: its %zu files were found by their names",
                   checkpoint_shards(l->file));
    return open_config(l) && open_tokenizer(l);
}

/* --- Where texts end --- */

/* What is no token's id is passed over: only `generate` asks, and can do without. */
static void read_end(struct loader *l, const char *key)
{
    struct model *m = l->model;
    struct err ignored;
    size_t id = 0;

    err_clear(&ignored);
    if (!config_is_zero(l->config, key) &&
        (!config_find_size(l->config, key, &id, &ignored) || id == 0))
        return;
    if (m->end_count < MODEL_MOST_ENDS)
        m->ends[m->end_count++] = id;
}

/* eos_token_id is one id, or a list of them. */
static void read_ends(struct loader *l)
{
    char key[32];

    if (!config_has(l->config, "eos_token_id.0")) {
        read_end(l, "eos_token_id");
        return;
    }
    for (size_t i = 0; i < MODEL_MOST_ENDS; i++) {
        snprintf(key, sizeof key, "eos_token_id.%zu", i);
        if (!config_has(l->config, key))
            break;
        read_end(l, key);
    }
}

/* --- Loading --- */

static bool build(struct loader *l)
{
    struct model *m = l->model;
    struct circuits_input in = {
        .file = l->file,
        .config = l->config,
        .found = &l->found,
        .labels = m->tokenizer == NULL ? NULL : tokenizer_labels(m->tokenizer),
        .memory = l->memory,
    };

    m->layout = l->found.layout->name;
    m->positions = l->found.layout->positions;
    m->reason = l->found.reason;
    l->found.reason = NULL;
    m->shards = checkpoint_shards(l->file);
    read_ends(l);
    if (!circuits_tie(&in, m, l->e) || !circuits_check(&in, m, l->e) ||
        !architecture_build(&in, m, l->e) || !notes_before_building(&in, m, l->e))
        return false;
    notes_on_config(&in, m);
    notes_on_folding(m);
    return circuits_build(&in, m, l->e);
}

/* The last part of the path; of .../NAME/model.safetensors, or of its index, it is NAME. */
static char *name_of(const char *path)
{
    char *last = file_last_part(path), *directory, *name;

    if (strchr(path, '/') == NULL || (strcmp(last, "model.safetensors") != 0 &&
                                      strcmp(last, "model.safetensors.index.json") != 0))
        return last;
    directory = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
    name = file_last_part(directory);
    mem_free(directory);
    if (name[0] == '\0') {
        mem_free(name);
        return last;
    }
    mem_free(last);
    return name;
}

/* Weights that are quantised have other names and shapes: that is told, not these. */
static bool explain(const struct loader *l)
{
    struct text why = TEXT_EMPTY;

    if ((l->e->code == ERR_FORMAT || l->e->code == ERR_UNSUPPORTED) &&
        quantised_describe(l->config, &why))
        err_set(l->e, ERR_UNSUPPORTED, "%s: %s", l->model->path, text_get(&why));
    text_done(&why);
    return false;
}

static bool load(struct loader *l, const char *where, const char *name)
{
    struct model *m = l->model;

    m->path = lookup_find(where, l->e);
    if (m->path == NULL)
        return false;
    m->name = name != NULL ? mem_strdup(name) : name_of(m->path);
    if (!find_files(l) || !open_files(l))
        return false;
    if (!layout_recognise(l->file, l->config, &l->found, l->e))
        return explain(l);
    if (!checkpoint_hash(l->file, m->hash, l->e)) /* which names axes */
        return false;
    if (!build(l))
        return explain(l);
    m->file = l->file;
    l->file = NULL;
    return checkpoint_check(m->file, l->e); /* nor did it change meanwhile */
}

static void loader_done(struct loader *l)
{
    mem_free(l->weights_path);
    mem_free(l->config_path);
    mem_free(l->tokenizer_path);
    config_free(l->config);
    checkpoint_free(l->file);
    mem_free(l->found.reason);
}

const char *model_recognise(const char *directory, struct err *e)
{
    struct loader l = {.model = mem_new(1, sizeof *l.model), .e = e};
    const char *name = NULL;

    l.model->path = mem_strdup(directory);
    if (find_files(&l) && (l.file = checkpoint_open(l.weights_path, e)) != NULL &&
        open_config(&l) && layout_recognise(l.file, l.config, &l.found, e))
        name = l.found.layout->name;
    loader_done(&l);
    mem_free(l.model->path);
    mem_free(l.model);
    return name;
}

struct model *model_load(const char *where, struct err *e)
{
    return model_load_with(where, (struct model_options){0}, e);
}

struct model *model_load_with(const char *where, struct model_options options, struct err *e)
{
    struct loader l = {.model = mem_new(1, sizeof *l.model), .memory = options.memory, .e = e};
    bool good;

    atomic_init(&l.model->refs, 1);
    l.model->folded = options.fold;
    l.model->centered = options.center;
    good = load(&l, where, options.name);
    loader_done(&l);
    if (!good) {
        model_unref(l.model);
        return NULL;
    }
    return l.model;
}

bool model_check(const struct model *m, struct err *e)
{
    return m->file == NULL || checkpoint_check(m->file, e);
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
    checkpoint_free(m->file);
    architecture_done(&m->architecture);
    if (m->tokenizer != NULL)
        labels_unref(tokenizer_labels(m->tokenizer));
    for (size_t i = 0; i < m->note_count; i++)
        mem_free(m->notes[i]);
    mem_free(m->notes);
    mem_free(m->tokenizer_fault);
    mem_free(m->name);
    mem_free(m->path);
    mem_free(m->reason);
    mem_free(m->dtype);
    mem_free(m);
}
