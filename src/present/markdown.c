/* Markdown as GitHub reads it. An answer ends with a blank line, so that the next one
 * does not run into its last table. */
#include <ctype.h>
#include <string.h>

#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/present/present.h"
#include "bilens/present/sheet.h"
#include "parts.h"

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* May the character at that place mean something to Markdown or HTML? An underscore
 * inside a word does not. */
static bool is_active(const char *string, size_t at)
{
    if (string[at] == '_')
        return at == 0 || !is_word(string[at - 1]) || !is_word(string[at + 1]);
    return strchr("\\|*`<>[]&~$", string[at]) != NULL;
}

static void write_cell(struct text *out, const char *bytes, size_t length)
{
    struct text safe = TEXT_EMPTY;
    utf8_escape(&safe, bytes, length, false);
    const char *string = text_get(&safe);
    for (size_t i = 0; i < safe.length; i++) {
        if (is_active(string, i))
            text_add_char(out, '\\');
        text_add_char(out, string[i]);
    }
    text_done(&safe);
}

static void write_ledger(const struct report *r, struct text *out)
{
    bool any = false;
    for (size_t i = 0; i < r->ledger_count; i++) {
        const struct ledger_entry *entry = &r->ledger[i];
        if (!ledger_speaks(entry))
            continue;
        text_add(out, any ? "; " : "\n*");
        write_cell(out, entry->key, strlen(entry->key));
        text_add_char(out, ' ');
        write_cell(out, entry->value, strlen(entry->value));
        any = true;
    }
    text_add(out, any ? "*\n" : "");
}

void present_markdown(const struct answer *answer, struct text *out)
{
    static const struct sheet_style style = {"| ", " | ", " |", write_cell, true};
    const struct report *r = answer->report;
    if (answer->error != NULL || r == NULL || (r->count == 0 && r->title == NULL))
        return;
    if (r->title != NULL) {
        text_add(out, "**");
        write_cell(out, r->title, strlen(r->title));
        text_add(out, r->count > 0 ? "**\n\n" : "**\n");
    }
    sheet_write(r, &style, out);
    write_ledger(r, out);
    text_add_char(out, '\n');
}
