#include "bilens/present/present.h"

#include <string.h>
#include <strings.h>

#include "bilens/base/err.h"

static bool ends_in(const char *path, const char *ending)
{
    size_t length = strlen(path), n = strlen(ending);
    return length > n && strcasecmp(path + length - n, ending) == 0;
}

bool present_format_of(const char *path, enum output_format *out)
{
    static const struct {
        const char *ending;
        enum output_format format;
    } endings[] = {{".csv", FORMAT_CSV},           {".tsv", FORMAT_TSV},   {".md", FORMAT_MARKDOWN},
                   {".markdown", FORMAT_MARKDOWN}, {".json", FORMAT_JSON}, {".jsonl", FORMAT_JSON}};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends_in(path, endings[i].ending)) {
            *out = endings[i].format;
            return true;
        }
    return false;
}

bool present_is_figure(const char *path)
{
    return ends_in(path, ".svg");
}

bool present_can_name(const char *path, struct err *e)
{
    static const char *const arrays[] = {".npy", ".npz", ".safetensors"};
    static const char *const drawings[] = {".png", ".pdf", ".jpg",  ".jpeg", ".gif",
                                           ".eps", ".ps",  ".webp", ".tif",  ".tiff"};
    static const char *const others[] = {".xlsx", ".parquet", ".bin", ".pt",
                                         ".pth",  ".pkl",     ".gz",  ".zip"};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        if (ends_in(path, arrays[i]))
            return err_set(e, ERR_ARGUMENT,
                           "an answer is text, not %s: save VALUE to %s writes arrays", arrays[i],
                           path);
    for (size_t i = 0; i < sizeof drawings / sizeof *drawings; i++)
        if (ends_in(path, drawings[i])) {
            int stem = (int)(strlen(path) - strlen(drawings[i]));
            return err_set(e, ERR_ARGUMENT, "a drawing is written as SVG, not %s: > %.*s.svg",
                           drawings[i], stem, path);
        }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (ends_in(path, others[i]))
            return err_set(e, ERR_ARGUMENT,
                           "an answer is text, not %s: > FILE writes .csv, .tsv, .md, .json and "
                           ".svg, and save .npy, .npz and .safetensors",
                           others[i]);
    return true;
}

bool present(const struct answer *answer, const struct look *look, struct text *out, struct err *e)
{
    switch (look->format) {
    case FORMAT_JSON:
        present_json(answer, out);
        return true;
    case FORMAT_CSV:
        present_separated(answer, ',', out);
        return true;
    case FORMAT_TSV:
        present_separated(answer, '\t', out);
        return true;
    case FORMAT_MARKDOWN:
        present_markdown(answer, out);
        return true;
    case FORMAT_TEXT:
        break;
    }
    return present_text(answer, look, out, e);
}
