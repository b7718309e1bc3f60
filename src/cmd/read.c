/* read: values from .npy, .npz, .safetensors, .csv and .tsv. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/near.h"
#include "bilens/base/text.h"
#include "bilens/cmd/common.h"
#include "bilens/formats/csv.h"
#include "bilens/formats/file.h"
#include "bilens/formats/other_formats.h"
#include "bilens/num/labels.h"
#include "axes.h"
#include "description.h"
#include "files.h"
#include "handlers.h"
#include "names.h"
#include "provenance.h"
#include "source.h"

enum { ARRAYS_MOST = 16384, NOTES_MOST = 8 };

/* A file at work. */
struct reading {
    struct call *call;
    struct report *report;
    const char *path, *as; /* as: NULL where no name was given */
    const char *wanted;    /* --tensor, or NULL */
    struct axes_asked asked;
    struct source source;
    struct description description;
    size_t values; /* that are to be bound, so far as is known */
    size_t skipped, notes;
    char separator; /* that a table's name says */
    struct err *e;
};

/* ---- names ---- */

static bool refuse_name(struct reading *r, const char *name)
{
    return err_set(r->e, ERR_ARGUMENT,
                   "'%s' cannot be the name of a value: it takes letters, digits and _, and is no "
                   "command, function or open model; read %s as NAME",
                   name, r->path);
}

/* A file that is not there, or is none, is told of first. */
static bool ask_name(struct reading *r, const char *why)
{
    size_t size;
    int fd = file_open(r->path, &size, r->e);
    if (fd < 0)
        return false;
    close(fd);
    return err_set(r->e, ERR_ARGUMENT, "%s: read %s as NAME", why, r->path);
}

/* No model's names ("a.w_u" of the one opened as a) may be touched. */
static bool belongs_to_model(const struct call *c, const char *name)
{
    const char *dot = strchr(name, '.');
    if (dot == NULL)
        return false;
    char *alias = mem_strndup(name, (size_t)(dot - name));
    bool belongs = call_find_model(c, alias) != NULL;
    mem_free(alias);
    return belongs;
}

static bool check_name(struct reading *r, const char *name)
{
    const struct call *c = r->call;
    if (!name_is_free(c, name) || belongs_to_model(c, name))
        return refuse_name(r, name);
    for (size_t i = 0; i < c->changes; i++)
        if (strcmp(c->change[i].name, name) == 0)
            return err_set(r->e, ERR_ARGUMENT,
                           "%s: two arrays would both be called %s; read one with --tensor",
                           r->path, name);
    return true;
}

/* NAME where there is one value only, NAME.KEY where there are several, KEY without a name. */
static char *target_name(const struct reading *r, const char *key, bool own)
{
    struct text name = TEXT_EMPTY;
    if (r->as != NULL && r->values == 1)
        text_add(&name, r->as);
    else if (r->as == NULL && own)
        text_add(&name, key); /* a name that bilens wrote: it may have a dot */
    else {
        char *plain = name_from(key);
        if (r->as != NULL)
            text_printf(&name, "%s.", r->as);
        text_add(&name, plain);
        mem_free(plain);
    }
    return text_take(&name);
}

/* ---- what is told ---- */

/* Tells it, unless too many have been told. */
__attribute__((format(printf, 2, 3))) static void add_note(struct reading *r, const char *format,
                                                           ...)
{
    char line[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (r->notes++ < NOTES_MOST)
        report_text(r->report, (struct member){0}, "%s", line);
}

static void narrowed_part(struct text *line, size_t count, const char *kind, const char *what)
{
    if (count > 0)
        text_printf(line, "%s%zu %snumber%s %s", line->length > 0 ? "; " : "", count, kind,
                    count == 1 ? "" : "s", what);
}

static void note_tally(struct reading *r, const char *name, const struct tally *t)
{
    struct text line = TEXT_EMPTY;
    if (t->nan > 0)
        text_printf(&line, "%zu NaN%s", t->nan, t->inf > 0 ? " and " : "");
    if (t->inf > 0)
        text_printf(&line, "%zu %s", t->inf, t->inf == 1 ? "infinity" : "infinities");
    narrowed_part(&line, t->narrowed.beyond, "", "beyond float32 became infinite");
    narrowed_part(&line, t->narrowed.vanished, "", "too small for float32 became 0");
    narrowed_part(&line, t->narrowed.rounded, "whole ",
                  "with more digits than float32 holds became others");
    if (line.length > 0)
        add_note(r, "%s: %s", name, text_get(&line));
    text_done(&line);
}

static void tell(struct reading *r)
{
    static const struct column_spec columns[] = {
        {"name", COLUMN_TEXT}, {"value", COLUMN_TEXT}, {0}};
    const struct call *c = r->call;
    if (r->notes > NOTES_MOST)
        report_text(r->report, (struct member){0}, "and %zu more of these", r->notes - NOTES_MOST);
    struct report_table *t = add_table(r->report, (struct member){0}, NULL, c->changes, columns);
    for (size_t i = 0; i < c->changes; i++) {
        struct text what = TEXT_EMPTY;
        value_describe(c->change[i].value, &what);
        table_text(t, i, 0, c->change[i].name);
        cell_text(t, i, 1, &what);
    }
    report_title(r->report, "read %s", r->path);
    ledger_origin(r->call, r->report);
}

/* Binds the value under the name (both taken). */
static bool bind(struct reading *r, char *name, struct value *v, unsigned traits)
{
    bool ok = check_name(r, name);
    if (ok) {
        bool latest = r->as == NULL && strlen(name) == 1 && strchr("usve", name[0]) != NULL;
        v->traits = latest ? traits : traits & ~(unsigned)TRAIT_LATEST;
        r->call->traits |= traits & ~(unsigned)TRAIT_LATEST;
        call_bind(r->call, name, v, false);
    }
    mem_free(name);
    value_unref(v);
    return ok;
}

/* ---- arrays that the file says nothing more of ---- */

static bool read_plain(struct reading *r, size_t i)
{
    struct array a;
    struct plan plan;
    struct tally tally;
    const char *key = source_key(&r->source, i);
    struct text what = TEXT_EMPTY;
    text_printf(&what, key[0] != '\0' ? "%s: \"%s\"" : "%s", r->path, key);
    bool ok = source_describe(&r->source, i, &a, r->e) &&
              plan_plain(r->call, &r->asked, &a, text_get(&what), &plan, r->e);
    text_done(&what);
    struct value *v = ok ? source_value(&r->source, i, &a, &plan, &tally, r->e) : NULL;
    if (v == NULL)
        return false;
    note_tally(r, key[0] != '\0' ? key : r->as, &tally);
    return bind(r, target_name(r, key, false), v, 0);
}

/* What is no array of numbers is left out where others are read with it, and told. */
static bool read_or_skip(struct reading *r, size_t i)
{
    struct err *e = r->e;
    if (read_plain(r, i))
        return true;
    if (r->values == 1 || e->code != ERR_UNSUPPORTED)
        return false;
    add_note(r, "left out: %s", e->message);
    err_clear(e);
    r->skipped++;
    return true;
}

/* ---- values that bilens saved ---- */

static bool find_array(struct reading *r, const char *name, const char *suffix, size_t *out)
{
    struct text key = TEXT_EMPTY;
    text_printf(&key, "%s%s", name, suffix);
    size_t count = source_count(&r->source), i = 0;
    while (i < count && strcmp(source_key(&r->source, i), text_get(&key)) != 0)
        i++;
    if (i == count)
        err_set(r->e, ERR_FORMAT, "%s: array \"%s\", which it was saved with, is missing", r->path,
                text_get(&key));
    text_done(&key);
    *out = i;
    return i < count;
}

static struct value *read_array(struct reading *r, size_t i, const struct described *d)
{
    struct array a;
    struct plan plan;
    struct tally tally;
    if (!source_describe(&r->source, i, &a, r->e) ||
        !plan_described(r->call, &r->asked, d, &a, r->path, &plan, r->e))
        return NULL;
    return source_value(&r->source, i, &a, &plan, &tally, r->e);
}

static struct value *multiply(const struct value *left, const struct value *right, struct err *e)
{
    if (!value_same_stack(left, right)) {
        err_set(e, ERR_FORMAT, "two factors are stacks of different sizes");
        return NULL;
    }
    struct value *v = value_new(VALUE_MATRIX, left->stack, left->axes);
    for (size_t n = 0; n < v->count; n++) {
        v->items[n].matrix = matrix_product(left->items[n].matrix, right->items[n].matrix, e);
        if (v->items[n].matrix == NULL) {
            v->count = n;
            value_unref(v);
            return NULL;
        }
    }
    return v;
}

static struct value *read_factors(struct reading *r, const struct described *d)
{
    struct described left = *d, right = *d;
    size_t l, at;
    left.axes[1] = right.axes[0] = (struct described_axis){.kind = AXIS_INDEX, .step = 1};
    if (!find_array(r, d->name, ".left", &l) || !find_array(r, d->name, ".right", &at))
        return NULL;
    struct value *a = read_array(r, l, &left), *b = a != NULL ? read_array(r, at, &right) : NULL;
    struct value *v = b != NULL ? multiply(a, b, r->e) : NULL;
    value_unref(a);
    value_unref(b);
    return v;
}

static bool read_described(struct reading *r, const struct described *d)
{
    size_t i;
    struct value *v = NULL;
    if (d->factored)
        v = read_factors(r, d);
    else if (find_array(r, d->name, "", &i))
        v = read_array(r, i, d);
    return v != NULL && bind(r, target_name(r, d->name, true), v, d->traits);
}

/* Does the key belong to a value that the description tells of? */
static bool is_described(const struct reading *r, const char *key)
{
    const struct described *whole = description_find(&r->description, key);
    if (whole != NULL && !whole->factored)
        return true;
    const char *dot = strrchr(key, '.');
    if (dot == NULL || (strcmp(dot, ".left") != 0 && strcmp(dot, ".right") != 0))
        return false;
    char *name = mem_strndup(key, (size_t)(dot - key));
    const struct described *d = description_find(&r->description, name);
    mem_free(name);
    return d != NULL && d->factored;
}

/* ---- a file of arrays ---- */

static bool unknown_array(struct reading *r)
{
    struct near near = {0};
    size_t count = source_count(&r->source);
    err_set(r->e, ERR_UNKNOWN_NAME, "%s has no array \"%s\"", r->path, r->wanted);
    for (size_t i = 0; i < count; i++)
        near_offer(&near, r->wanted, source_key(&r->source, i));
    near_append(&near, r->e);
    for (size_t i = 0; near.count == 0 && i < count && i < NOTES_MOST; i++)
        err_append(r->e, "%s%s", i == 0 ? "; it has " : ", ", source_key(&r->source, i));
    if (near.count == 0 && count > NOTES_MOST)
        err_append(r->e, ", ... (%zu in all)", count);
    return call_option_fail(r->call, "tensor", r->e);
}

static bool read_wanted(struct reading *r)
{
    const struct described *d = description_find(&r->description, r->wanted);
    r->values = 1;
    if (d != NULL)
        return read_described(r, d);
    for (size_t i = 0; i < source_count(&r->source); i++)
        if (strcmp(source_key(&r->source, i), r->wanted) == 0)
            return read_plain(r, i);
    return unknown_array(r);
}

static bool read_every(struct reading *r)
{
    size_t count = source_count(&r->source), plain = 0;
    bool ok = true;
    for (size_t i = 0; i < count; i++)
        plain += !is_described(r, source_key(&r->source, i));
    r->values = r->description.count + plain;
    if (r->values == 0)
        return err_set(r->e, ERR_ARGUMENT, "%s holds no arrays", r->path);
    if (r->values > ARRAYS_MOST)
        return err_set(r->e, ERR_ARGUMENT, "%s holds %zu arrays; read one of them with --tensor",
                       r->path, r->values);
    for (size_t i = 0; ok && i < r->description.count; i++)
        ok = read_described(r, &r->description.list[i]);
    for (size_t i = 0; ok && i < count; i++)
        if (!is_described(r, source_key(&r->source, i)))
            ok = read_or_skip(r, i);
    if (ok && r->skipped == r->values)
        ok = err_set(r->e, ERR_UNSUPPORTED, "%s holds no arrays of numbers that bilens reads: %s",
                     r->path, r->report->blocks[0].text);
    return ok;
}

static bool read_description(struct reading *r)
{
    size_t length;
    const char *own =
        r->source.kind == FILE_SAFETENSORS ? safetensors_own(r->source.tensors, &length) : NULL;
    return own == NULL || description_read(r->call, own, length, r->path, &r->description, r->e);
}

static bool read_arrays(struct reading *r, enum file_kind kind)
{
    if (kind == FILE_NPY && r->as == NULL)
        return ask_name(r, "a .npy file gives its array no name");
    if (kind == FILE_NPY && r->wanted != NULL) {
        err_set(r->e, ERR_ARGUMENT, "a .npy file holds one array: there is no --tensor to choose");
        return call_option_fail(r->call, "tensor", r->e);
    }
    bool ok = source_open(&r->source, r->path, kind, r->call->host->memory, r->e) &&
              read_description(r) && (r->wanted != NULL ? read_wanted(r) : read_every(r));
    description_free(&r->description);
    source_close(&r->source);
    return ok;
}

/* ---- a table ---- */

static struct value *value_of_table(struct csv *t, const struct plan *plan, struct tally *tally,
                                    struct err *e)
{
    size_t count = t->rows * t->cols;
    if (plan->kind != VALUE_MATRIX)
        return value_of_doubles(t->values, plan);
    float *data = mem_try_alloc(count * sizeof *data);
    if (data == NULL) {
        err_memory(e);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        data[i] = narrow(t->values[i], &tally->narrowed);
    return value_of_floats(data, count, plan);
}

static void plan_table(struct reading *r, struct csv *t, struct plan *plan)
{
    int corner = t->corner != NULL ? axis_kind_named(t->corner) : -1;
    int rows = r->asked.rows >= 0 ? r->asked.rows : corner;
    bool one = t->cols == 1;
    *plan = (struct plan){.kind = VALUE_MATRIX};
    if (one)
        plan->kind = t->rows == 1 && t->row_labels == NULL ? VALUE_NUMBER : VALUE_VECTOR;
    plan->axes[0] = axis_of_labels(r->call, rows >= 0 ? (enum axis_kind)rows : AXIS_INDEX,
                                   t->row_labels, t->rows);
    plan->axes[1] =
        axis_of_labels(r->call, r->asked.cols >= 0 ? (enum axis_kind)r->asked.cols : AXIS_INDEX,
                       one ? NULL : t->col_labels, t->cols);
}

/* What was found out about a table, not said by its name or by an option. */
static void note_form(struct reading *r, const struct csv *t)
{
    const char *separator = t->separator == ';'    ? "semicolons"
                            : t->separator == '\t' ? "tabs"
                                                   : "commas";
    if (t->separator != r->separator)
        add_note(r, "cells are separated by %s", separator);
    if (t->commas > 0)
        add_note(r, "numbers with a decimal comma: %zu", t->commas);
    if (!call_has(r->call, "labels") && (t->head || t->side))
        add_note(r, "%s as labels (--labels none reads numbers only)",
                 t->head && t->side ? "the first row and the first column are read"
                 : t->head          ? "the first row is read"
                                    : "the first column is read");
}

static void note_table(struct reading *r, const struct csv *t, const struct tally *tally)
{
    struct tally all = *tally;
    for (size_t i = 0; i < t->rows * t->cols; i++) {
        all.nan += isnan(t->values[i]) != 0;
        all.inf += isinf(t->values[i]) != 0;
    }
    note_form(r, t);
    note_tally(r, r->as, &all);
    if (t->empty > 0)
        add_note(r, "empty cells, read as NaN: %zu", t->empty);
    if (t->missing > 0)
        add_note(r, "cells that say NA or the like, read as NaN: %zu", t->missing);
}

static bool bind_table(struct reading *r, struct csv *t)
{
    struct plan plan;
    struct tally tally = {0};
    plan_table(r, t, &plan);
    struct value *v = value_of_table(t, &plan, &tally, r->e);
    axis_unref(plan.axes[0]);
    axis_unref(plan.axes[1]);
    if (v == NULL)
        return false;
    note_table(r, t, &tally);
    r->values = 1;
    return bind(r, target_name(r, "", false), v, 0);
}

static bool read_table(struct reading *r, char separator)
{
    static const char *const names[] = {"auto", "none", "rows", "cols", "both"};
    const char *said = call_choice(r->call, "labels", "auto");
    enum csv_labels labels = CSV_LABELS_AUTO;
    struct csv t;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], said) == 0)
            labels = (enum csv_labels)i;
    if (r->as == NULL)
        return ask_name(r, "a table needs a name here");
    if (r->wanted != NULL || r->asked.stack >= 0)
        return err_set(r->e, ERR_ARGUMENT, "a table has neither --tensor nor --stack");
    r->separator = separator;
    if (!csv_read(r->path, separator, labels, r->call->host->memory, &t, r->e))
        return false;
    bool ok = bind_table(r, &t);
    csv_free(&t);
    return ok;
}

/* ---- the command ---- */

bool run_read(struct call *c, struct report *report, struct err *e)
{
    struct reading r = {.call = c,
                        .report = report,
                        .path = call_raw(c, 0),
                        .as = call_raw(c, 1),
                        .wanted = call_choice(c, "tensor", NULL),
                        .e = e};
    enum file_kind kind;
    if (!axes_asked_for(c, &r.asked, e))
        return false;
    if (!file_kind_of(r.path, "read", &kind, e)) {
        if (e->code == ERR_ARGUMENT)
            foreign_refuse_file(r.path, e);
        return call_fail(c, 0, e);
    }
    bool dotted = r.as != NULL && strchr(r.as, '.') != NULL;
    if (r.as != NULL && (dotted || !name_is_free(c, r.as) || call_find_model(c, r.as) != NULL)) {
        refuse_name(&r, r.as);
        return call_fail(c, 1, e);
    }
    bool table = kind == FILE_CSV || kind == FILE_TSV;
    bool ok = table ? read_table(&r, kind == FILE_CSV ? ',' : '\t') : read_arrays(&r, kind);
    if (!ok && e->code == ERR_FORMAT)
        foreign_refuse_stub(r.path, e);
    if (!ok)
        return call_fail(c, 0, e);
    tell(&r);
    return true;
}
