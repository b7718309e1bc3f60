/* export: the tables of the latest answer, as files. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/outfile.h"
#include "bilens/present/sheet.h"
#include "commands.h"
#include "session.h"

/* What one file is to hold. */
struct rendered {
    char *what;  /* "singular values"; owned */
    size_t rows; /* of data; 0 where the file holds several tables */
    struct text text;
};

static void rendered_free(struct rendered *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mem_free(list[i].what);
        text_done(&list[i].text);
    }
    mem_free(list);
}

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

static void add_rendered(struct rendered *to, char *what, size_t rows, const char *bytes,
                         size_t length)
{
    *to = (struct rendered){.what = what, .rows = rows};
    text_add_bytes(&to->text, bytes, length);
}

/* A file for each table; what is only said in words has a place in none. */
static bool render_tables(const struct report *r, char separator, struct rendered **list,
                          size_t *count, struct err *e)
{
    struct text all = TEXT_EMPTY;
    struct sheet_parts *parts = mem_new(1, sizeof *parts);
    bool ok = present_separated_parts(r, separator, &all, parts);
    *list = mem_new(parts->count, sizeof **list);
    for (size_t i = 0, start = 0; ok && i < parts->count; start = parts->end[i++] + 1)
        if (r->blocks[parts->block[i]].kind != BLOCK_TEXT)
            add_rendered(&(*list)[(*count)++], describe_part(r, parts->block[i]), parts->rows[i],
                         text_get(&all) + start, parts->end[i] - start);
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
    *list = mem_new(1, sizeof **list);
    bool ok = present(&answer, &look, &out, e);
    if (ok)
        add_rendered(&(*list)[(*count)++], mem_strdup("the whole answer"), 0, text_get(&out),
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

/* Under the lock: the latest answer is the session's. */
static bool render_latest(struct session *s, const char *path, struct rendered **list,
                          size_t *count, struct err *e)
{
    if (!jobs_enter(&s->jobs, e))
        return false;
    bool ok = render(s, path, list, count, e);
    jobs_leave(&s->jobs);
    return ok;
}

/* "spectrum-2.csv": the second of several; the path itself where there is one. */
static char *numbered(const char *path, size_t number, size_t count)
{
    struct text name = TEXT_EMPTY;
    const char *dot = strrchr(path, '.'); /* it has an ending, or no format */
    if (count == 1)
        return mem_strdup(path);
    text_add_bytes(&name, path, (size_t)(dot - path));
    text_printf(&name, "-%zu%s", number, dot);
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
    struct block *b = report_add(r, BLOCK_TABLE);
    bool ok = true;
    block_table(b, NULL, 3, count);
    table_column(&b->table, 0, "file", COLUMN_TEXT);
    table_column(&b->table, 1, "holds", COLUMN_TEXT);
    table_column(&b->table, 2, "rows", COLUMN_NUMBER);
    for (size_t i = 0; ok && i < count; i++) {
        char *path = numbered(call_raw(c, 0), i + 1, count);
        ok = write_one(c, path, &list[i].text, e);
        table_text(&b->table, i, 0, path);
        table_text(&b->table, i, 1, list[i].what);
        table_number(&b->table, i, 2, (double)list[i].rows);
        mem_free(path);
    }
    return ok;
}

bool run_export(struct call *c, struct report *r, struct err *e)
{
    struct rendered *list = NULL;
    size_t count = 0;
    struct session *s = session_of(c, e);
    if (s == NULL || !host_may_write(c->host, "", e))
        return false;
    bool ok = render_latest(s, call_raw(c, 0), &list, &count, e) && write_all(c, r, list, count, e);
    rendered_free(list, count);
    return ok || call_fail(c, 0, e);
}
