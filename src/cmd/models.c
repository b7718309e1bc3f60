/* models: what load finds by name. */
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/formats/file.h"
#include "bilens/hub/hub.h"
#include "handlers.h"

enum { COMMIT_SHOWN = 7 };

/* One row, all owned. */
struct row {
    char *name, *revision, *opens;
    double megabytes;
};

struct rows {
    struct row *rows;
    size_t count;
};

static void rows_done(struct rows *r)
{
    for (size_t i = 0; i < r->count; i++) {
        mem_free(r->rows[i].name);
        mem_free(r->rows[i].revision);
        mem_free(r->rows[i].opens);
    }
    mem_free(r->rows);
}

/* The layout, or in brackets what is missing or wrong, less the path it begins with. */
static char *describe(const char *path, const char *missing)
{
    struct text t = TEXT_EMPTY;
    struct err e = {0};
    const char *layout = missing == NULL ? model_recognise(path, &e) : NULL;
    if (layout != NULL) {
        text_add(&t, layout);
    } else if (missing != NULL) {
        text_printf(&t, "(%s is missing)", missing);
    } else {
        size_t length = strlen(path);
        const char *fault = e.message;
        if (strncmp(fault, path, length) == 0)
            fault += length + strspn(fault + length, "/: ");
        text_printf(&t, "(%s)", fault);
    }
    return text_take(&t);
}

static void add_row(struct rows *r, const char *name, const char *revision, uint64_t bytes,
                    char *opens)
{
    r->rows = mem_resize(r->rows, r->count + 1, sizeof *r->rows);
    r->rows[r->count++] =
        (struct row){mem_strdup(name), mem_strdup(revision), opens, (double)bytes / 1e6};
}

static void add_installed(const char *name, const char *path, void *context)
{
    if (!task_abandoned())
        add_row(context, name, "", file_sizes(path), describe(path, NULL));
}

static void add_cached(const struct hub_entry *entry, void *context)
{
    struct text revision = TEXT_EMPTY;
    if (task_abandoned())
        return;
    if (entry->revision[0] != '\0')
        text_printf(&revision, "%s ", entry->revision);
    text_add_bytes(&revision, entry->commit, COMMIT_SHOWN);
    add_row(context, entry->name, text_get(&revision), entry->bytes,
            describe(entry->path, entry->missing));
    text_done(&revision);
}

static void fill_table(const struct rows *rows, struct report *r)
{
    static const struct column_spec columns[] = {{"name", COLUMN_TEXT},
                                                 {"revision", COLUMN_TEXT},
                                                 {"MB", COLUMN_NUMBER},
                                                 {"layout", COLUMN_TEXT},
                                                 {0}};
    struct report_table *t = add_table(r, (struct member){0}, NULL, rows->count, columns);
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->rows[i];
        table_text(t, i, 0, row->name);
        table_text(t, i, 1, row->revision);
        table_number(t, i, 2, row->megabytes);
        table_text(t, i, 3, row->opens);
    }
}

bool run_models(struct call *c, struct report *r, struct err *e)
{
    struct rows rows = {0};
    (void)c;
    model_list(add_installed, &rows);
    hub_each(add_cached, &rows);
    bool ok = task_go_on(e);
    if (rows.count > 0)
        fill_table(&rows, r);
    else
        report_text(r, (struct member){0}, "no model is installed, and none is in the cache");
    rows_done(&rows);
    return ok;
}
