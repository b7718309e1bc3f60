#include <string.h>

#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/formats/csv.h"

/* Would a reader take the bare field for something else? */
static bool wants_quotes(const char *field, size_t length)
{
    if (length == 0) /* an empty string; a blank cell has no quotes */
        return true;
    for (size_t i = 0; i < length; i++)
        if (strchr("\",\r\n\t", field[i]) != NULL)
            return true;
    return field[0] == ' ' || field[length - 1] == ' ';
}

void csv_add_field(struct text *out, const char *bytes, size_t length)
{
    struct text clean = TEXT_EMPTY;
    utf8_clean(&clean, bytes, length, true);
    const char *field = text_get(&clean);
    bool quotes = wants_quotes(field, clean.length);
    text_add(out, quotes ? "\"" : "");
    for (size_t i = 0; i < clean.length; i++) {
        if (field[i] == '"')
            text_add_char(out, '"');
        text_add_char(out, field[i]);
    }
    text_add(out, quotes ? "\"" : "");
    text_done(&clean);
}
