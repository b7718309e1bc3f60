/* CSV (RFC 4180, lines ended by \n) and TSV. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/text.h"
#include "bilens/session/present.h"
#include "present_parts.h"
#include "present_sheet.h"

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

/* Control characters other than tab and line ends are escaped, quoted or not: whoever
 * looks at the file on a terminal must not have it obey a token. */
static void write_csv(struct text *out, const char *bytes, size_t length)
{
    struct text clean = TEXT_EMPTY;
    text_add_clean(&clean, bytes, length, true);
    const char *field = text_get(&clean);
    bool quotes = wants_quotes(field, clean.length);
    text_add(out, quotes ? "\"" : "");
    for (size_t i = 0; i < clean.length; i++) {
        if (field[i] == '"')
            text_add_char(out, '"');
        text_add_char(out, field[i]);
    }
    text_add(out, quotes ? "\"" : "");
    out->failed = out->failed || clean.failed;
    text_done(&clean);
}

static void write_tsv(struct text *out, const char *bytes, size_t length)
{
    struct text part = TEXT_EMPTY;
    for (size_t i = 0; i < length; i++) {
        const char *at = strchr("\\\t\n\r", bytes[i]);
        if (at == NULL || *at == '\0') {
            text_add_char(&part, bytes[i]);
            continue;
        }
        text_add_clean(out, text_get(&part), part.length, true);
        out->failed = out->failed || part.failed; /* text_clear forgets it */
        text_clear(&part);
        text_add_char(out, '\\');
        text_add_char(out, *at == '\t' ? 't' : *at == '\n' ? 'n' : *at == '\r' ? 'r' : '\\');
    }
    text_add_clean(out, text_get(&part), part.length, true);
    out->failed = out->failed || part.failed;
    text_done(&part);
}

bool present_separated(const struct answer *answer, char separator, struct text *out, struct err *e)
{
    static const struct sheet_style csv = {"", ",", "", write_csv, false};
    static const struct sheet_style tsv = {"", "\t", "", write_tsv, false};
    if (answer->error != NULL || answer->report == NULL || answer->report->count == 0)
        return true;
    if (answer->follows)
        text_add_char(out, '\n');
    sheet_write(answer->report, separator == ',' ? &csv : &tsv, out);
    return !out->failed || err_memory(e);
}
