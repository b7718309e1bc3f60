/* The latest answer in the formats of files, for export. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/present/sheet.h"
#include "session.h"

/* What the tables that begin with that block are about. */
static char *describe_part(const struct report *r, size_t block)
{
    const struct block *b = &r->blocks[block];
    struct text t = TEXT_EMPTY;
    switch (b->kind) {
    case BLOCK_SERIES:
        text_add(&t, b->series.name);
        break;
    case BLOCK_TABLE:
        for (size_t i = 0; i < b->table.columns; i++)
            text_printf(&t, "%s%s", i > 0 ? ", " : "", b->table.column[i].name);
        break;
    case BLOCK_SCALARS:
        for (size_t i = 0; i < b->scalars.count; i++)
            text_printf(&t, "%s%s", i > 0 ? ", " : "", b->scalars.names[i]);
        break;
    case BLOCK_GRID:
        text_add(&t, b->grid.title != NULL ? b->grid.title : "matrix");
        break;
    case BLOCK_TEXT:
        text_add(&t, "text");
        break;
    }
    return text_take(&t);
}

static bool add_rendered(struct rendered *to, char *what, size_t rows, const char *bytes,
                         size_t length)
{
    *to = (struct rendered){.what = what, .rows = rows};
    text_add_bytes(&to->text, bytes, length);
    return (what != NULL && !to->text.failed) || out_of_memory();
}

/* A file for each table; what is only said in words has a place in none. */
static bool render_tables(const struct report *r, char separator, struct rendered **list,
                          size_t *count, struct err *e)
{
    struct text all = TEXT_EMPTY;
    struct sheet_parts *parts = mem_new(1, sizeof *parts);
    bool ok = parts != NULL ? present_separated_parts(r, separator, &all, parts) : err_memory(e);
    if (ok)
        ok = (*list = mem_new(parts->count, sizeof **list)) != NULL || err_memory(e);
    for (size_t i = 0, start = 0; ok && i < parts->count; start = parts->end[i++] + 1) {
        if (r->blocks[parts->block[i]].kind == BLOCK_TEXT)
            continue;
        char *what = describe_part(r, parts->block[i]);
        ok = add_rendered(&(*list)[(*count)++], what, parts->rows[i], text_get(&all) + start,
                          parts->end[i] - start);
    }
    text_done(&all);
    mem_free(parts);
    return ok && (*count > 0 || err_set(e, ERR_ARGUMENT, "the latest answer has no tables"));
}

/* JSON and Markdown hold all of an answer. */
static bool render_whole(const struct session *s, enum output_format format, struct rendered **list,
                         size_t *count, struct err *e)
{
    const struct latest *latest = &s->latest;
    struct answer answer = {.statement = latest->script->text + latest->start,
                            .length = latest->end - latest->start,
                            .line = 1,
                            .report = latest->report,
                            .bound = ""};
    struct look look = session_look_at(s, -1);
    struct text out = TEXT_EMPTY;
    look.format = format;
    bool ok = ((*list = mem_new(1, sizeof **list)) != NULL || err_memory(e)) &&
              present(&answer, &look, &out, e);
    if (ok)
        ok = add_rendered(&(*list)[(*count)++], mem_strdup("the whole answer"), 0, text_get(&out),
                          out.length);
    text_done(&out);
    return ok;
}

static bool render(const struct session *s, const char *path, struct rendered **list, size_t *count,
                   struct err *e)
{
    enum output_format format;
    if (present_is_figure(path))
        return err_set(e, ERR_ARGUMENT, "a figure is drawn anew: end the statement with > %s",
                       path);
    if (!present_format_of(path, &format))
        return err_set(e, ERR_ARGUMENT,
                       "%s: export knows a file by its ending: .csv, .tsv, .md or .json", path);
    if (s->latest.report == NULL)
        return err_set(e, ERR_ARGUMENT,
                       "nothing has been computed that could be exported; "
                       "export FILE writes the tables of the latest answer");
    if (format == FORMAT_CSV || format == FORMAT_TSV)
        return render_tables(s->latest.report, format == FORMAT_CSV ? ',' : '\t', list, count, e);
    return render_whole(s, format, list, count, e);
}

bool host_render(struct host *h, const char *path, struct rendered **list, size_t *count,
                 struct err *e)
{
    struct session *s = h->session;
    if (!jobs_enter(&s->jobs, e))
        return false;
    bool ok = render(s, path, list, count, e);
    jobs_leave(&s->jobs);
    return ok;
}
