#include "bilens/session/present.h"

#include <string.h>

static bool ends_in(const char *path, const char *ending)
{
    size_t length = strlen(path), n = strlen(ending);
    return length > n && strcmp(path + length - n, ending) == 0;
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

bool present(const struct answer *answer, const struct look *look, struct text *out, struct err *e)
{
    switch (look->format) {
    case FORMAT_JSON:
        return present_json(answer, out, e);
    case FORMAT_CSV:
        return present_separated(answer, ',', out, e);
    case FORMAT_TSV:
        return present_separated(answer, '\t', out, e);
    case FORMAT_MARKDOWN:
        return present_markdown(answer, out, e);
    case FORMAT_TEXT:
        break;
    }
    return present_text(answer, look, out, e);
}
