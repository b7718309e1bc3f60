#include "folder.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/formats/file.h"
#include "bilens/formats/other_formats.h"
#include "bilens/formats/shard_index.h"
#include "config.h"

bool folder_refuse_missing(const char *directory, const char *name, struct err *e)
{
    char *path = file_join(directory, name);
    const char *barrier = file_barrier(path);
    char target[512];
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (barrier != NULL)
        err_set(e, ERR_FILE, "%s: %s", path, barrier);
    else if (length >= 0)
        err_set(e, ERR_FILE, "%s: is a link to %.*s, which is not there", path, (int)length,
                target);
    else
        err_set(e, ERR_FILE, "%s: %s is missing", directory, name);
    mem_free(path);
    return false;
}

bool folder_refuse_adapter(const char *directory, struct err *e)
{
    char *path = file_join(directory, "adapter_config.json");
    struct config *config = file_exists(path) ? config_read(path, NULL) : NULL;
    const char *base = NULL;
    bool adapter = config != NULL;

    if (adapter) {
        config_get_string(config, "base_model_name_or_path", &base, NULL);
        err_set(
            e, ERR_UNSUPPORTED,
            "%s: holds an adapter (LoRA; adapter_config.json), not a whole model. Load the model "
            "that it was trained on%s%.200s%s, or merge the two by Python's peft: "
            "AutoPeftModelForCausalLM.from_pretrained(\"FOLDER\").merge_and_unload()"
            ".save_pretrained(\"NEW\")",
            directory, base != NULL ? " (" : "", base != NULL ? base : "", base != NULL ? ")" : "");
    }
    config_free(config);
    mem_free(path);
    return adapter;
}

/* The names in a folder that end in .safetensors: the first shard of several, the first of all. */
struct found {
    char shard[256], any[256];
    size_t count;
};

static void offer(char *first, size_t room, const char *name)
{
    if (*first == '\0')
        snprintf(first, room, "%s", name);
}

static struct found look(const char *path)
{
    static const char ending[] = ".safetensors";
    struct found f = {.count = 0};
    struct file_names n = file_names(path);

    for (size_t i = 0; i < n.count; i++) {
        const char *name = n.names[i];
        size_t length = strlen(name);
        if (length < sizeof ending || strcmp(name, "model.safetensors") == 0 ||
            strcmp(name + length + 1 - sizeof ending, ending) != 0)
            continue;
        f.count++;
        offer(f.any, sizeof f.any, name);
        if (strncmp(name, "model-", 6) == 0 && shard_name_read(name, NULL))
            offer(f.shard, sizeof f.shard, name);
    }
    file_names_done(&n);
    return f;
}

static char *refuse_folder(const char *directory, const struct found *f, struct err *e)
{
    if (folder_refuse_adapter(directory, e) ||
        (f->count == 0 && foreign_refuse_folder(directory, e)))
        return NULL;
    folder_refuse_missing(directory, "model.safetensors", e);
    if (f->count > 0)
        err_append(e, "; there is %s%s: load that file by its path", f->any,
                   f->count > 1 ? ", and more" : "");
    return NULL;
}

char *folder_weights(const char *directory, struct err *e)
{
    static const char *const names[] = {"model.safetensors", "model.safetensors.index.json"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *path = file_join(directory, names[i]);
        if (file_exists(path))
            return path;
        mem_free(path);
    }
    struct found f = look(directory);
    if (f.shard[0] != '\0')
        return file_join(directory, f.shard);
    return refuse_folder(directory, &f, e);
}
