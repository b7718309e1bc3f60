/* export: the latest answer's tables, as files. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/outfile.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "handlers.h"

/* "spectrum-2.csv": the second of several; the path itself where there is one. */
static char *numbered(const char *path, size_t number, size_t count)
{
    struct text name = TEXT_EMPTY;
    const char *dot = strrchr(path, '.'); /* it has an ending, or no format */
    if (count == 1) {
        text_add(&name, path);
    } else {
        text_add_bytes(&name, path, (size_t)(dot - path));
        text_printf(&name, "-%zu%s", number, dot);
    }
    return text_take(&name);
}

static bool write_one(struct call *c, const char *path, const struct text *text, struct err *e)
{
    struct outfile *file = outfile_open(path, e);
    if (file != NULL &&
        (!outfile_write(file, text_get(text), text->length, e) || !outfile_finish(file, e))) {
        outfile_free(file);
        file = NULL;
    }
    return call_output(c, file);
}

static bool write_all(struct call *c, struct report *r, const struct rendered *list, size_t count,
                      struct err *e)
{
    static const struct column_spec columns[] = {
        {"file", COLUMN_TEXT}, {"holds", COLUMN_TEXT}, {"rows", COLUMN_NUMBER}, {0}};
    struct report_table *t = add_table(r, (struct member){0}, NULL, count, columns);
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        char *path = numbered(call_raw(c, 0), i + 1, count);
        ok = write_one(c, path, &list[i].text, e);
        table_text(t, i, 0, path);
        table_text(t, i, 1, list[i].what);
        table_number(t, i, 2, (double)list[i].rows);
        mem_free(path);
    }
    return ok;
}

bool run_export(struct call *c, struct report *r, struct err *e)
{
    struct rendered *list = NULL;
    size_t count = 0;
    if (!host_may_write(c->host, "", e))
        return false;
    if (c->host->render == NULL)
        return err_set(e, ERR_UNSUPPORTED, "there is no session here to export from");
    bool ok = c->host->render(c->host, call_raw(c, 0), &list, &count, e) &&
              write_all(c, r, list, count, e);
    rendered_free(list, count);
    return ok || call_fail(c, 0, e);
}
