#include "bilens/model/foreign.h"

#include <dirent.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/model/file.h"

enum kind { KIND_NONE, KIND_PICKLE, KIND_GGUF };

static const struct {
    const char *ending;
    enum kind kind;
} endings[] = {
    {".bin", KIND_PICKLE},  {".pt", KIND_PICKLE},  {".pth", KIND_PICKLE},
    {".ckpt", KIND_PICKLE}, {".pkl", KIND_PICKLE}, {".gguf", KIND_GGUF},
};

static enum kind kind_of_name(const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t part = strlen(endings[i].ending);
        if (length > part && strcmp(name + length - part, endings[i].ending) == 0)
            return endings[i].kind;
    }
    return KIND_NONE;
}

/* torch.save writes a zip; before 2020 it wrote a pickle of protocol 2. */
static enum kind kind_of_bytes(const unsigned char start[4])
{
    if (memcmp(start, "GGUF", 4) == 0)
        return KIND_GGUF;
    if (memcmp(start, "PK\3\4", 4) == 0 || (start[0] == 0x80 && start[1] >= 2 && start[1] <= 5))
        return KIND_PICKLE;
    return KIND_NONE;
}

static bool refuse(enum kind kind, const char *path, struct err *e)
{
    if (kind == KIND_PICKLE)
        err_set(e, ERR_UNSUPPORTED,
                "%s: is a pickled PyTorch file, which may run code when it is read; bilens reads "
                "safetensors only. Python's transformers converts it: "
                "AutoModelForCausalLM.from_pretrained(\"FOLDER\").save_pretrained(\"NEW\")",
                path);
    else if (kind == KIND_GGUF)
        err_set(
            e, ERR_UNSUPPORTED,
            "%s: is a GGUF file; bilens reads safetensors only. Load the checkpoint that it was "
            "made from, or convert it by Python's transformers: "
            "AutoModelForCausalLM.from_pretrained(\"FOLDER\", gguf_file=\"NAME\")"
            ".save_pretrained(\"NEW\")",
            path);
    return kind != KIND_NONE;
}

bool foreign_name(const char *name)
{
    return kind_of_name(name) != KIND_NONE;
}

bool foreign_refuse_file(const char *path, struct err *e)
{
    unsigned char start[4];
    struct err ignored;
    size_t size;
    int fd = file_open(path, &size, &ignored);
    bool known = fd >= 0 && size >= 4 && file_read_at(fd, path, 0, start, 4, &ignored) &&
                 refuse(kind_of_bytes(start), path, e);

    if (fd >= 0)
        close(fd);
    return known;
}

bool foreign_refuse_folder(const char *path, struct err *e)
{
    DIR *directory = opendir(path);
    const struct dirent *entry;
    bool known = false;

    while (directory != NULL && !known && (entry = readdir(directory)) != NULL) {
        enum kind kind = kind_of_name(entry->d_name);
        char *file = kind == KIND_NONE ? NULL : file_join(path, entry->d_name, e);
        if (file != NULL)
            known = refuse(kind, file, e);
        mem_free(file);
    }
    if (directory != NULL)
        closedir(directory);
    return known;
}
