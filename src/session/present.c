#include "bilens/session/present.h"

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
