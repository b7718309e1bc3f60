#include "bilens/formats/other_formats.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/formats/file.h"

enum kind {
    KIND_NONE,
    KIND_EMPTY,
    KIND_POINTER,
    KIND_LINK,
    KIND_PAGE,
    KIND_STUBS, /* the ones above only stand for a file */
    KIND_PICKLE,
    KIND_GGUF,
    KIND_GGML,
    KIND_HDF5,
    KIND_FLAX,
    KIND_ONNX,
    KIND_TFLITE,
    KIND_NPY,
    KIND_NPZ,
    KIND_ZIP,
    KIND_PACKED
};

#define CONVERT "Python's transformers converts it: AutoModelForCausalLM.from_pretrained(\"FOLDER\""
#define CONVERT_4                                                                                  \
    "transformers 4 (not 5) for Python converts it: "                                              \
    "AutoModelForCausalLM.from_pretrained(\"FOLDER\""
#define SAVE ".save_pretrained(\"NEW\")"
#define READS "bilens reads safetensors only. "

static const char *const told[] = {
    [KIND_EMPTY] = "is empty: a download or a copy that did not end? Fetch it again",
    [KIND_POINTER] = "is a Git-LFS pointer, not the file it stands for; `git lfs pull` in its "
                     "folder fetches that",
    [KIND_LINK] = "holds the path of another file as text: a link that was copied where there are "
                  "no links. Put that file in its place",
    [KIND_PAGE] = "is a web page: what a server answered in its place. Fetch it again",
    [KIND_PICKLE] =
        "is a pickled PyTorch file, which may run code when it is read; " READS CONVERT ")" SAVE,
    [KIND_GGUF] = "is a GGUF file; " READS "Load the checkpoint that it was made from, or convert "
                  "it by Python's transformers: AutoModelForCausalLM.from_pretrained(\"FOLDER\", "
                  "gguf_file=\"NAME\")" SAVE,
    [KIND_GGML] = "is a GGML file, of llama.cpp before GGUF; " READS
                  "Load the checkpoint that it was made from",
    [KIND_HDF5] = "is an HDF5 file (Keras, TensorFlow); " READS CONVERT_4 ", from_tf=True)" SAVE,
    [KIND_FLAX] = "is a msgpack file (Flax, JAX); " READS CONVERT_4 ", from_flax=True)" SAVE,
    [KIND_ONNX] = "is an ONNX graph; " READS "Load the checkpoint that it was exported from",
    [KIND_TFLITE] =
        "is a TensorFlow Lite graph; " READS "Load the checkpoint that it was exported from",
    [KIND_NPY] = "is a NumPy array: read FILE as NAME reads it",
    [KIND_NPZ] = "is an archive of NumPy arrays: read FILE reads it, where its name ends in .npz",
    [KIND_ZIP] = "is a zip archive: unpack it",
    [KIND_PACKED] = "is a compressed archive: unpack it",
};

/* --- By name --- */

/* In the order in which a folder's files are told of. */
static const struct {
    const char *ending;
    enum kind kind;
} endings[] = {
    {".bin", KIND_PICKLE}, {".pt", KIND_PICKLE},    {".pth", KIND_PICKLE}, {".ckpt", KIND_PICKLE},
    {".pkl", KIND_PICKLE}, {".gguf", KIND_GGUF},    {".h5", KIND_HDF5},    {".hdf5", KIND_HDF5},
    {".keras", KIND_HDF5}, {".msgpack", KIND_FLAX}, {".onnx", KIND_ONNX},  {".tflite", KIND_TFLITE},
};

enum { ENDINGS = sizeof endings / sizeof endings[0] };

/* The place in that table; ENDINGS: none. */
static size_t ending_of(const char *name)
{
    size_t length = strlen(name), i = 0;

    for (; i < ENDINGS; i++) {
        size_t part = strlen(endings[i].ending);
        if (length > part && strcasecmp(name + length - part, endings[i].ending) == 0)
            break;
    }
    return i;
}

bool foreign_name(const char *name)
{
    return ending_of(name) < ENDINGS;
}

/* --- By the first bytes --- */

enum { LOOKED_AT = 256 };

struct start {
    unsigned char bytes[LOOKED_AT + 1]; /* a NUL follows */
    size_t length, size;                /* of bytes; of the whole file */
};

static bool begins(const struct start *s, size_t at, const char *with, size_t length)
{
    return s->length >= at + length && memcmp(s->bytes + at, with, length) == 0;
}

#define BEGINS(S, AT, WITH) begins(S, AT, WITH, sizeof(WITH) - 1)

/* "../../blobs/0123abcd": one line that climbs, of characters that paths have. */
static bool is_stored_link(const struct start *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "._-+/\\ ";
    size_t length = strspn((const char *)s->bytes, plain);

    return s->size <= LOOKED_AT && (BEGINS(s, 0, "../") || BEGINS(s, 0, "..\\")) &&
           strspn((const char *)s->bytes + length, "\r\n") == s->size - length;
}

/* Which archive: torch.save writes a zip with a data.pkl in it, numpy.savez one of .npy. */
static enum kind kind_of_zip(const struct start *s)
{
    char name[LOOKED_AT + 1];
    size_t length = s->length > 27 ? s->bytes[26] | (size_t)s->bytes[27] << 8 : 0;

    if (length > s->length || s->length - length < 30)
        return KIND_PICKLE; /* too short to say: it is what most are */
    memcpy(name, s->bytes + 30, length);
    name[length] = '\0';
    if (length > 4 && strcmp(name + length - 4, ".npy") == 0)
        return KIND_NPZ;
    return strchr(name, '/') != NULL || strcmp(name, "data.pkl") == 0 ? KIND_PICKLE : KIND_ZIP;
}

static enum kind kind_of_stub(const struct start *s)
{
    const char *text = (const char *)s->bytes + strspn((const char *)s->bytes, " \t\r\n");

    if (s->size == 0)
        return KIND_EMPTY;
    if (BEGINS(s, 0, "version https://"))
        return KIND_POINTER;
    if (strncasecmp(text, "<!doctype html", 14) == 0 || strncasecmp(text, "<html", 5) == 0)
        return KIND_PAGE;
    return is_stored_link(s) ? KIND_LINK : KIND_NONE;
}

/* A map of strings to more, as msgpack and protocol buffers begin. */
static enum kind kind_of_map(const struct start *s)
{
    unsigned first = s->bytes[0], second = s->bytes[1];
    bool map = (first > 0x80 && first < 0x90) || first == 0xDE || first == 0xDF;
    bool string = first >= 0xDE || (second > 0xA0 && second < 0xC0) || second == 0xD9;

    if (s->length < 4)
        return KIND_NONE;
    if (map && string)
        return KIND_FLAX;
    return first == 8 && second > 0 && second < 32 && s->bytes[2] == 0x12 ? KIND_ONNX : KIND_NONE;
}

static enum kind kind_of_bytes(const struct start *s)
{
    static const struct {
        const char *magic;
        size_t at, length;
        enum kind kind;
    } magics[] = {
        {"GGUF", 0, 4, KIND_GGUF},
        {"tjgg", 0, 4, KIND_GGML},
        {"lmgg", 0, 4, KIND_GGML},
        {"fmgg", 0, 4, KIND_GGML},
        {"\x89HDF\r\n\x1A\n", 0, 8, KIND_HDF5},
        {"TFL3", 4, 4, KIND_TFLITE},
        {"\x93NUMPY", 0, 6, KIND_NPY},
        {"\x1F\x8B", 0, 2, KIND_PACKED},
        {"BZh", 0, 3, KIND_PACKED},
        {"\xFD"
         "7zXZ",
         0, 5, KIND_PACKED},
        {"\x28\xB5\x2F\xFD", 0, 4, KIND_PACKED},
        {"7z\xBC\xAF", 0, 4, KIND_PACKED},
    };
    enum kind stub = kind_of_stub(s);

    if (stub != KIND_NONE)
        return stub;
    if (BEGINS(s, 0, "PK\3\4"))
        return kind_of_zip(s);
    /* Before 2020 torch.save wrote a pickle of protocol 2. */
    if (s->length >= 4 && s->bytes[0] == 0x80 && s->bytes[1] >= 2 && s->bytes[1] <= 5)
        return KIND_PICKLE;
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        if (begins(s, magics[i].at, magics[i].magic, magics[i].length))
            return magics[i].kind;
    }
    return kind_of_map(s);
}

/* What a header's length of up to 100 MB leaves zero: such a file is no other. */
static bool may_be_safetensors(const struct start *s)
{
    return s->length > 8 && memcmp(s->bytes + 4, "\0\0\0\0", 4) == 0 && s->bytes[8] == '{';
}

static bool read_start(const char *path, struct start *s)
{
    struct err ignored;
    int fd = file_open(path, &s->size, &ignored);
    bool good;

    if (fd < 0)
        return false;
    s->length = s->size < LOOKED_AT ? s->size : LOOKED_AT;
    good = file_read_at(fd, path, 0, s->bytes, s->length, &ignored);
    s->bytes[s->length] = '\0';
    close(fd);
    return good;
}

/* --- Refusing --- */

static bool refuse(enum kind kind, const char *path, struct err *e)
{
    if (kind != KIND_NONE)
        err_set(e, kind < KIND_STUBS ? ERR_FORMAT : ERR_UNSUPPORTED, "%s: %s", path, told[kind]);
    return kind != KIND_NONE;
}

bool foreign_refuse_file(const char *path, struct err *e)
{
    struct start s;

    return read_start(path, &s) && !may_be_safetensors(&s) && refuse(kind_of_bytes(&s), path, e);
}

bool foreign_refuse_stub(const char *path, struct err *e)
{
    struct start s;

    return read_start(path, &s) && refuse(kind_of_stub(&s), path, e);
}

/* What trainers and tokenizers leave beside weights. */
static bool is_beside(const char *name)
{
    static const char *const others[] = {"training_args", "optimizer", "scheduler",
                                         "scaler",        "rng_state", "random_states"};

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strncmp(name, others[i], strlen(others[i])) == 0)
            return true;
    }
    return false;
}

/* The first file of the first kind, so that a folder is always told of by the same. */
static bool find_weights(const char *path, char *name, size_t room)
{
    struct file_names n = file_names(path);
    size_t best = ENDINGS;

    for (size_t i = 0; i < n.count; i++) {
        size_t ending = is_beside(n.names[i]) ? ENDINGS : ending_of(n.names[i]);
        if (ending >= best)
            continue;
        best = ending;
        snprintf(name, room, "%s", n.names[i]);
    }
    file_names_done(&n);
    return best < ENDINGS;
}

bool foreign_refuse_folder(const char *path, struct err *e)
{
    char name[256] = "";

    if (!find_weights(path, name, sizeof name))
        return false;
    char *file = file_join(path, name);
    bool known = foreign_refuse_file(file, e) || refuse(endings[ending_of(name)].kind, file, e);
    mem_free(file);
    return known;
}
