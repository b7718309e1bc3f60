/* save: values to .npy, .npz, .safetensors, .csv and .tsv. */
#include <stdio.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/outfile.h"
#include "bilens/base/text.h"
#include "bilens/base/utf8.h"
#include "bilens/cmd/common.h"
#include "bilens/formats/csv.h"
#include "bilens/formats/npy.h"
#include "bilens/formats/safetensors.h"
#include "description.h"
#include "files.h"
#include "handlers.h"
#include "names.h"
#include "provenance.h"
#include "records.h"

/* A file at work. */
struct saving {
    struct call *call;
    const char *path;
    struct records records;
    struct pieces pieces;
    struct outfile *file;
    struct err *e;
};

/* ---- what is saved ---- */

static size_t last_argument(const struct call *c)
{
    return call_count(c) - 1;
}

/* After the file, unless that is a command's or function's name, which no value may have. */
static char *stem_name(const struct call *c, const char *path)
{
    char *stem = file_stem(path);
    if (name_is_free(c, stem))
        return stem;
    mem_free(stem);
    return mem_strdup("value");
}

/* "w_u" of a value that is one, "a.w_u" of another model's; else after the file. */
static char *record_name(const struct call *c, size_t argument, const char *path)
{
    const struct node *n = c->statement->argument[argument].node;
    bool dotted = n->kind == NODE_FIELD && n->parts[0]->kind == NODE_NAME;
    if (n->kind != NODE_NAME && !dotted)
        return stem_name(c, path);
    struct text name = TEXT_EMPTY;
    if (dotted)
        text_printf(&name, "%s.", n->parts[0]->text);
    text_add(&name, n->text);
    return text_take(&name);
}

static bool record_arguments(struct saving *s)
{
    struct call *c = s->call;
    for (size_t i = 0; i < last_argument(c); i++) {
        struct value *v = call_value(c, i, s->e);
        if (v == NULL)
            return call_fail(c, i, s->e);
        char *name = record_name(c, i, s->path);
        bool ok = records_add(&s->records, name, v, call_has(c, "factored"), c->host->memory, s->e);
        mem_free(name);
        value_unref(v);
        if (!ok)
            return call_fail(c, i, s->e);
    }
    return true;
}

static bool record_name_of_workspace(const char *name, const struct value *value, bool from_model,
                                     void *context)
{
    struct saving *s = context;
    struct call *c = s->call;
    struct value *v = (struct value *)value; /* shared, and not changed */
    if (from_model && !call_has(c, "all"))
        return true;
    c->traits |= v->traits & ~(unsigned)TRAIT_LATEST;
    return call_models_unchanged(c, v->traits, s->e) &&
           records_add(&s->records, name, v, call_has(c, "factored"), c->host->memory, s->e);
}

static bool record_all(struct saving *s)
{
    struct call *c = s->call;
    if (last_argument(c) > 0)
        return record_arguments(s);
    if (!workspace_each(c->evaluator.names, record_name_of_workspace, s))
        return false;
    return s->records.count > 0 ||
           err_set(s->e, ERR_ARGUMENT,
                   "there are no names of your own to save; --all saves the model's too, and "
                   "save VALUE to FILE one value");
}

/* ---- .npy, .npz, .safetensors ---- */

static bool write_text(struct saving *s, struct text *t)
{
    bool ok = outfile_write(s->file, text_get(t), t->length, s->e);
    text_done(t);
    return ok;
}

static bool write_piece(struct saving *s, struct piece *p)
{
    struct chunk_source from = piece_source(p);
    const void *bytes;
    size_t length;
    do
        if (!from.next(from.context, &bytes, &length, s->e) ||
            (length > 0 && !outfile_write(s->file, bytes, length, s->e)))
            return false;
    while (length > 0);
    return true;
}

static bool one_only(struct saving *s, const char *kind)
{
    const struct record *r = s->records.list;
    if (s->pieces.count == 1)
        return true;
    if (s->records.count == 1)
        return err_set(s->e, ERR_ARGUMENT,
                       "%s holds one array, not the two factors of %s; use "
                       ".npz or .safetensors",
                       kind, r->name);
    return err_set(s->e, ERR_ARGUMENT,
                   "%s holds one array, and these are %zu (%s, %s%s); use .npz or .safetensors",
                   kind, s->pieces.count, r[0].name, r[1].name,
                   s->records.count > 2 ? ", ..." : "");
}

static bool save_npy(struct saving *s)
{
    struct text header = TEXT_EMPTY;
    if (!one_only(s, "a .npy file"))
        return false;
    npy_write_header(&s->pieces.list[0].array, &header);
    return write_text(s, &header) && write_piece(s, &s->pieces.list[0]);
}

/* An array with the header that makes a .npy file of it. */
struct archived {
    struct text header;
    struct piece *piece;
    bool begun;
};

static bool next_of_member(void *context, const void **bytes, size_t *length, struct err *e)
{
    struct archived *m = context;
    struct chunk_source from = piece_source(m->piece);
    if (m->begun)
        return from.next(from.context, bytes, length, e);
    m->begun = true;
    *bytes = text_get(&m->header);
    *length = m->header.length;
    return true;
}

static bool save_npz(struct saving *s)
{
    size_t count = s->pieces.count;
    const char *temporary = outfile_temporary(s->file);
    if (temporary == NULL)
        return err_set(s->e, ERR_FILE, "cannot write %s: an archive needs a plain file of one name",
                       s->path);
    struct archived *members = mem_new(count, sizeof *members);
    struct npz_entry *entries = mem_new(count, sizeof *entries);
    for (size_t i = 0; i < count; i++) {
        members[i].piece = &s->pieces.list[i];
        npy_write_header(&members[i].piece->array, &members[i].header);
        entries[i] = (struct npz_entry){s->pieces.list[i].name, {next_of_member, &members[i]}};
    }
    bool ok = npz_write(temporary, s->path, entries, count, s->e);
    for (size_t i = 0; i < count; i++)
        text_done(&members[i].header);
    mem_free(members);
    mem_free(entries);
    return ok;
}

static bool save_safetensors(struct saving *s)
{
    size_t count = s->pieces.count;
    struct text own = TEXT_EMPTY, header = TEXT_EMPTY;
    struct safetensors_entry *entries = mem_new(count, sizeof *entries);
    for (size_t i = 0; i < count; i++) {
        const struct piece *p = &s->pieces.list[i];
        entries[i] =
            (struct safetensors_entry){p->name, p->array.type, p->array.rank, p->array.shape};
    }
    description_write(s->call, &s->records, &own);
    safetensors_header(entries, count, text_get(&own), &header);
    bool ok = write_text(s, &header);
    for (size_t i = 0; ok && i < count; i++)
        ok = write_piece(s, &s->pieces.list[i]);
    text_done(&own);
    mem_free(entries);
    return ok;
}

/* ---- .csv, .tsv ---- */

struct table {
    struct axis rows, cols;
    bool labelled, wide; /* labels in first row and column; numbers in double precision */
    char separator;
    struct text line;
};

static void add_label(struct table *t, struct axis axis, size_t i)
{
    struct text label = TEXT_EMPTY;
    bool named = axis.labels != NULL &&
                 axis.labels->class->name(axis.labels, axis_original(axis, i), &label);
    if (!named) /* no number: a reader must not take it for one of the table's */
        text_printf(&label, "%s %zu", axis_kind_name(axis.kind), axis_original(axis, i));
    csv_add_field(&t->line, text_get(&label), label.length);
    text_done(&label);
}

static void add_head(struct table *t, bool vector)
{
    if (!t->labelled)
        return;
    text_add(&t->line, axis_kind_name(t->rows.kind));
    for (size_t j = 0; j < t->cols.size; j++) {
        text_add_char(&t->line, t->separator);
        if (vector)
            text_add(&t->line, "value");
        else
            add_label(t, t->cols, j);
    }
    text_add_char(&t->line, '\n');
}

/* Rows first, first + 1, ...; digits enough to give the same number back. */
static void add_rows(struct table *t, size_t first, size_t rows, const void *numbers)
{
    const float *narrow = numbers;
    const double *wide = numbers;
    for (size_t i = 0; i < rows; i++) {
        if (t->labelled)
            add_label(t, t->rows, first + i);
        for (size_t j = 0; j < t->cols.size; j++) {
            size_t at = i * t->cols.size + j;
            if (t->labelled || j > 0)
                text_add_char(&t->line, t->separator);
            if (t->wide)
                text_printf(&t->line, "%.17g", wide[at]);
            else
                text_printf(&t->line, "%.9g", (double)narrow[at]);
        }
        text_add_char(&t->line, '\n');
    }
}

static bool write_table(struct saving *s, struct table *t, bool vector)
{
    struct chunk_source from = piece_source(&s->pieces.list[0]);
    size_t row = 0, length, row_bytes = t->cols.size * (t->wide ? sizeof(double) : sizeof(float));
    const void *bytes;
    add_head(t, vector);
    for (;;) {
        if (!from.next(from.context, &bytes, &length, s->e))
            return false;
        size_t rows = length > 0 ? length / row_bytes : 0;
        add_rows(t, row, rows, bytes);
        row += rows;
        if (!outfile_write(s->file, text_get(&t->line), t->line.length, s->e))
            return false;
        text_clear(&t->line);
        if (length == 0)
            return true;
    }
}

static bool save_table(struct saving *s, char separator)
{
    const struct value *v = s->records.list[0].value;
    struct table t = {.rows = axis_make(AXIS_INDEX, 1, NULL),
                      .cols = axis_make(AXIS_INDEX, 1, NULL),
                      .separator = separator};
    if (!one_only(s, "a table of numbers"))
        return false;
    if (v->stack > 0)
        return err_set(s->e, ERR_UNSUPPORTED,
                       "%s is a stack, which has no place in a table of rows and columns; save one "
                       "member (%s[0]), or use .npy, .npz or .safetensors",
                       s->records.list[0].name, s->records.list[0].name);
    t.wide = v->kind == VALUE_NUMBER || v->kind == VALUE_VECTOR;
    if (v->kind == VALUE_VECTOR) {
        t.rows = v->items[0].vector->axis;
    } else if (!t.wide) {
        struct matrix *m = value_matrix(v, 0, s->e);
        if (m == NULL)
            return false;
        t.rows = m->row; /* the value holds what these refer to */
        t.cols = m->col;
        matrix_unref(m);
    }
    t.labelled = t.rows.labels != NULL || t.cols.labels != NULL;
    bool ok = write_table(s, &t, v->kind == VALUE_VECTOR);
    text_done(&t.line);
    return ok;
}

/* ---- the command ---- */

static bool write_kind(struct saving *s, enum file_kind kind)
{
    switch (kind) {
    case FILE_NPY:
        return save_npy(s);
    case FILE_NPZ:
        return save_npz(s);
    case FILE_SAFETENSORS:
        return save_safetensors(s);
    case FILE_CSV:
        return save_table(s, ',');
    case FILE_TSV:
        break;
    }
    return save_table(s, '\t');
}

/* Type and bytes of what stands in the file as it is in memory; a table is text. */
static void report_piece(struct report_table *t, size_t row, const struct piece *p)
{
    struct text shape = TEXT_EMPTY;
    for (size_t i = 0; i < p->array.rank; i++)
        text_printf(&shape, "%s%zu", i > 0 ? " x " : "", p->array.shape[i]);
    table_text(t, row, 0, p->name);
    cell_text(t, row, 1, &shape);
    if (t->columns == 2)
        return;
    table_text(t, row, 2, dtype_name(p->array.type));
    table_number(t, row, 3, (double)piece_bytes(p));
}

static void report_saved(struct saving *s, enum file_kind kind, struct report *r)
{
    static const struct column_spec text[] = {{"array", COLUMN_TEXT}, {"shape", COLUMN_TEXT}, {0}},
                                    binary[] = {{"array", COLUMN_TEXT},
                                                {"shape", COLUMN_TEXT},
                                                {"type", COLUMN_TEXT},
                                                {"bytes", COLUMN_NUMBER},
                                                {0}};
    bool table = kind == FILE_CSV || kind == FILE_TSV;
    struct report_table *t =
        add_table(r, (struct member){0}, NULL, s->pieces.count, table ? text : binary);
    for (size_t i = 0; i < s->pieces.count; i++)
        report_piece(t, i, &s->pieces.list[i]);
    for (size_t i = 0; i < s->pieces.count; i++) {
        const struct piece *p = &s->pieces.list[i];
        if (p->beyond > 0)
            report_text(r, (struct member){0},
                        "%s: %zu entr%s beyond float32 (3.4e38), and infinite in the file; save a "
                        "multiple of it, 1e-30 * %s",
                        p->name, p->beyond, p->beyond == 1 ? "y is" : "ies are", p->record->name);
    }
    report_title(r, "saved to %s", s->path);
    ledger_origin(s->call, r);
}

static bool save_all(struct saving *s, enum file_kind kind, struct report *r)
{
    if (!record_all(s) || !pieces_make(&s->records, &s->pieces, s->e))
        return false;
    s->file = outfile_open(s->path, s->e);
    if (s->file == NULL)
        return call_fail(s->call, last_argument(s->call), s->e);
    if (!write_kind(s, kind) || !outfile_finish(s->file, s->e))
        return false;
    report_saved(s, kind, r);
    struct outfile *file = s->file;
    s->file = NULL;
    return call_output(s->call, file);
}

bool run_save(struct call *c, struct report *r, struct err *e)
{
    struct saving s = {.call = c, .path = call_raw(c, last_argument(c)), .e = e};
    enum file_kind kind;
    if (!host_may_write(c->host, "", e) || !file_kind_of(s.path, "save", &kind, e))
        return call_fail(c, last_argument(c), e);
    if (last_argument(c) > 0 && call_has(c, "all")) {
        err_set(e, ERR_ARGUMENT, "--all is for the whole workspace: save to FILE --all");
        return call_option_fail(c, "all", e);
    }
    bool ok = save_all(&s, kind, r);
    outfile_free(s.file);
    pieces_free(&s.pieces);
    records_free(&s.records);
    return ok;
}
