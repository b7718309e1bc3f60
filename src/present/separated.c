/* CSV (RFC 4180, lines ended by \n) and TSV. */
#include <string.h>

#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/formats/csv.h"
#include "bilens/present/present.h"
#include "bilens/present/sheet.h"
#include "parts.h"

static void write_tsv(struct text *out, const char *bytes, size_t length)
{
    struct text part = TEXT_EMPTY;
    for (size_t i = 0; i < length; i++) {
        const char *at = strchr("\\\t\n\r", bytes[i]);
        if (at == NULL || *at == '\0') {
            text_add_char(&part, bytes[i]);
            continue;
        }
        utf8_clean(out, text_get(&part), part.length, true);
        text_clear(&part);
        text_add_char(out, '\\');
        text_add_char(out, *at == '\t' ? 't' : *at == '\n' ? 'n' : *at == '\r' ? 'r' : '\\');
    }
    utf8_clean(out, text_get(&part), part.length, true);
    text_done(&part);
}

static const struct sheet_style *style_of(char separator)
{
    static const struct sheet_style csv = {"", ",", "", csv_add_field, false};
    static const struct sheet_style tsv = {"", "\t", "", write_tsv, false};
    return separator == ',' ? &csv : &tsv;
}

void present_separated(const struct answer *answer, char separator, struct text *out)
{
    if (answer->error != NULL || answer->report == NULL || answer->report->count == 0)
        return;
    if (answer->follows)
        text_add_char(out, '\n');
    sheet_write(answer->report, style_of(separator), out);
}

bool present_separated_parts(const struct report *report, char separator, struct text *out,
                             struct sheet_parts *parts)
{
    sheet_write_parts(report, style_of(separator), out, parts);
    return true;
}
