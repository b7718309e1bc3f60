#include "files.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/text.h"

static bool ends_in(const char *path, const char *ending)
{
    size_t length = strlen(path), n = strlen(ending);
    return length > n && strcasecmp(path + length - n, ending) == 0;
}

bool file_kind_of(const char *path, const char *verb, enum file_kind *out, struct err *e)
{
    static const char *const endings[] = {".npy", ".npz", ".safetensors", ".csv", ".tsv"};
    static const char *const pickles[] = {".pt", ".pth", ".bin", ".pkl", ".ckpt"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends_in(path, endings[i])) {
            *out = (enum file_kind)i;
            return true;
        }
    for (size_t i = 0; i < sizeof pickles / sizeof *pickles; i++)
        if (ends_in(path, pickles[i]))
            return err_set(e, ERR_UNSUPPORTED,
                           "%s: a pickle runs code when it is loaded, and is neither read nor "
                           "written; use .safetensors or .npy",
                           path);
    return err_set(e, ERR_ARGUMENT,
                   "%s: %s knows a file by its ending: .npy, .npz, .safetensors, .csv or .tsv",
                   path, verb);
}

char *name_from(const char *string)
{
    enum { MOST = 100 };
    struct text name = TEXT_EMPTY;
    if (!isalpha((unsigned char)string[0]) && string[0] != '_')
        text_add_char(&name, '_');
    for (const char *c = string; *c != '\0' && name.length < MOST; c++)
        text_add_char(&name, isalnum((unsigned char)*c) ? *c : '_');
    return text_take(&name);
}

char *file_stem(const char *path)
{
    const char *slash = strrchr(path, '/'), *last = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(last, '.');
    char *stem = mem_strndup(last, dot != NULL ? (size_t)(dot - last) : strlen(last));
    char *name = name_from(stem);
    mem_free(stem);
    return name;
}
