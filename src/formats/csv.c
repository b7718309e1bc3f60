#include "bilens/formats/csv.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "bilens/formats/file.h"
#include "csv_number.h"

/* ---- cells ---- */

/* Goes through the cells of a file, one after the other. */
struct scan {
    const char *path, *at, *end;
    char separator;
    const char *marks;        /* decimal marks that a number may have: ".", "," or, while it is
                               * not known which, ".," */
    size_t line, row, column; /* of the cell; the line from 1, the others from 0 */
    struct text cell;         /* what it means: without quotes and outer blanks */
    bool row_ends;            /* is it the last one of its row? */
    size_t gap;               /* the last empty line between rows, or 0 */
    struct err *e;
};

static bool refuse(const struct scan *s, const char *why)
{
    return err_set(s->e, ERR_FORMAT, "%s:%zu: column %zu: %s", s->path, s->line, s->column + 1,
                   why);
}

/* To an error about a row below an empty line: that the file may hold several tables. False. */
static bool blame_gap(const struct scan *s)
{
    if (s->gap > 0)
        err_append(s->e,
                   "; the empty line %zu seems to begin another table: read takes files of one, "
                   "as export writes them",
                   s->gap);
    return false;
}

static size_t line_end(const struct scan *s)
{
    if (s->at == s->end)
        return 0;
    if (*s->at == '\r')
        return s->end - s->at > 1 && s->at[1] == '\n' ? 2 : 1;
    return *s->at == '\n';
}

static bool is_blank(char c, char separator)
{
    return (c == ' ' || c == '\t') && c != separator;
}

static bool read_quoted(struct scan *s)
{
    size_t line = s->line; /* an error names the one where the quote opens */
    for (s->at++;; s->at++) {
        if (s->at == s->end)
            return refuse(s, "a quote is not closed");
        if (*s->at == '"' && s->end - s->at > 1 && s->at[1] == '"')
            s->at++;
        else if (*s->at == '"')
            break;
        line += *s->at == '\n';
        text_add_char(&s->cell, *s->at);
    }
    s->at++;
    while (s->at < s->end && is_blank(*s->at, s->separator))
        s->at++;
    if (s->at < s->end && *s->at != s->separator && line_end(s) == 0)
        return refuse(s, "something follows a closing quote");
    s->line = line;
    return true;
}

static void read_plain(struct scan *s)
{
    const char *start = s->at;
    while (s->at < s->end && *s->at != s->separator && line_end(s) == 0)
        s->at++;
    const char *stop = s->at;
    while (stop > start && is_blank(stop[-1], s->separator))
        stop--;
    text_add_bytes(&s->cell, start, (size_t)(stop - start));
}

/* Reads the cell at s->at and moves behind it and what ends it. */
static bool read_cell(struct scan *s)
{
    text_clear(&s->cell);
    while (s->at < s->end && is_blank(*s->at, s->separator))
        s->at++;
    if (s->at < s->end && *s->at == '"') {
        if (!read_quoted(s))
            return false;
    } else {
        read_plain(s);
    }
    s->row_ends = s->at == s->end || *s->at != s->separator;
    return true;
}

static struct scan scan_start(const char *path, const char *bytes, size_t length, char separator,
                              struct err *e)
{
    size_t mark = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    return (struct scan){.path = path,
                         .at = bytes + mark,
                         .end = bytes + length,
                         .separator = separator,
                         .marks = ".",
                         .line = 1,
                         .e = e};
}

static void end_line(struct scan *s)
{
    s->at += line_end(s);
    s->line++;
}

/* Calls visit with every cell; lines with nothing in them are passed over. */
static bool scan_cells(struct scan *s, bool (*visit)(struct scan *s, void *context), void *context)
{
    for (s->row = 0;; s->row++) {
        for (; s->at < s->end && line_end(s) > 0; end_line(s))
            s->gap = s->row > 0 ? s->line : 0;
        if (s->at == s->end)
            return true;
        if (s->row % 256 == 0 && !task_go_on(s->e))
            return false;
        for (s->column = 0;; s->column++) {
            if (!read_cell(s) || !visit(s, context))
                return false;
            if (s->row_ends)
                break;
            s->at++;
        }
        end_line(s);
    }
}

/* ---- numbers ---- */

enum cell { CELL_TEXT, CELL_EMPTY, CELL_MISSING, CELL_NUMBER };

/* A comma within a number is looked for where it parts no cells. */
static const char *marks_beside(char separator)
{
    return separator == ',' ? "." : ".,";
}

static bool is_number(const struct scan *s, const char *string)
{
    for (const char *mark = s->marks; *mark != '\0'; mark++)
        if (csv_is_number(string, *mark))
            return true;
    return false;
}

static enum cell cell_kind(const struct scan *s)
{
    const char *string = text_get(&s->cell);

    if (s->cell.length == 0)
        return CELL_EMPTY;
    if (strlen(string) != s->cell.length)
        return CELL_TEXT;
    return csv_is_missing(string) ? CELL_MISSING : is_number(s, string) ? CELL_NUMBER : CELL_TEXT;
}

static bool read_number(struct scan *s, double *out)
{
    const char *string = text_get(&s->cell);
    if (cell_kind(s) != CELL_NUMBER) {
        struct text why = TEXT_EMPTY;
        text_printf(&why, "\"%.40s\" is not a number", string);
        refuse(s, text_get(&why));
        text_done(&why);
        return blame_gap(s);
    }
    *out = csv_number(string);
    if (isinf(*out) && strpbrk(string, "0123456789") != NULL)
        return refuse(s, "a number beyond double precision");
    return true;
}

/* ---- first pass: how the file is made up ---- */

/* The lines of the first numbers with a decimal point, and with a decimal comma; 0: none. */
struct marked {
    size_t point, comma;
};

struct survey {
    size_t rows, cols; /* cells */
    /* Of [the other rows, the first][the other columns, the first]: those may be labels. */
    struct marked marked[2][2];
    bool corner_open; /* the first cell of all is no number, or empty */
    bool corner_empty;
    bool head_text;      /* some other cell of the first row is no number, */
    bool head_fraction;  /* and some is one that no place or name is: 1.5 */
    bool head_counts;    /* the others are whole numbers, each one more than the one before, */
    bool head_from_zero; /* and the first one is 0 */
    double head_last;
    bool side_text; /* some first cell of another row is no number */
};

static void survey_head(struct survey *v, const struct scan *s, bool text)
{
    const char *string = text_get(&s->cell);
    double value = cell_kind(s) == CELL_NUMBER ? csv_number(string) : NAN;
    v->head_fraction = v->head_fraction || (isfinite(value) && value != floor(value));
    if (s->column == 0) {
        v->corner_empty = *string == '\0';
        v->corner_open = text || v->corner_empty;
        v->head_counts = true;
        return;
    }
    v->head_text = v->head_text || text;
    v->head_counts =
        v->head_counts && value == floor(value) && (s->column == 1 || value == v->head_last + 1);
    v->head_from_zero = v->head_from_zero || (s->column == 1 && value == 0);
    v->head_last = value;
}

static bool refuse_cells(const struct scan *s, bool more, size_t cols)
{
    err_set(s->e, ERR_FORMAT, "%s:%zu: %s cells than in the first row, which has %zu", s->path,
            s->line, more ? "more" : "fewer", cols);
    return blame_gap(s);
}

static void note_mark(struct survey *v, const struct scan *s)
{
    struct marked *m = &v->marked[s->row == 0][s->column == 0];
    if (m->comma == 0 && memchr(s->cell.data, ',', s->cell.length) != NULL)
        m->comma = s->line;
    else if (m->point == 0 && memchr(s->cell.data, '.', s->cell.length) != NULL)
        m->point = s->line;
}

static bool survey_cell(struct scan *s, void *context)
{
    struct survey *v = context;
    enum cell kind = cell_kind(s);
    bool text = kind == CELL_TEXT;
    if (kind == CELL_NUMBER)
        note_mark(v, s);
    if (s->row == 0)
        survey_head(v, s, text);
    else if (s->column == 0)
        v->side_text = v->side_text || text;
    if (s->row == 0)
        v->cols = s->column + 1;
    else if (s->column >= v->cols || (s->row_ends && s->column + 1 != v->cols))
        return refuse_cells(s, s->column >= v->cols, v->cols);
    v->rows = s->row + 1;
    return true;
}

/* Which labels there are. Of a first row like "token,0,1,2" and of one like ",a,b" the first
 * cell belongs to the column under it, which then holds labels even where they are numbers. */
static void decide(const struct survey *v, enum csv_labels labels, bool *head, bool *side)
{
    bool several = v->cols > 1;
    *head = labels == CSV_LABELS_COLS || labels == CSV_LABELS_BOTH;
    *side = labels == CSV_LABELS_ROWS || labels == CSV_LABELS_BOTH;
    if (labels != CSV_LABELS_AUTO)
        return;
    bool few = v->cols < 3 || (v->cols < 4 && !v->head_from_zero); /* perhaps no heads, but data */
    bool counts = v->corner_open && v->head_counts && (!v->side_text || !few);
    *head = v->head_text || (several ? counts : v->corner_open && !v->corner_empty);
    *side = several && (v->side_text || (!*head && v->corner_open && !v->corner_empty) ||
                        (*head && v->corner_open && (v->corner_empty || !v->head_text)));
}

static size_t earlier(size_t a, size_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Sets the one decimal mark of all numbers that are no labels. */
static bool choose_mark(struct scan *s, const struct survey *v, bool head, bool side)
{
    struct marked all = {0};
    for (size_t row = 0; row < (head ? 1 : 2); row++)
        for (size_t col = 0; col < (side ? 1 : 2); col++) {
            all.point = earlier(all.point, v->marked[row][col].point);
            all.comma = earlier(all.comma, v->marked[row][col].comma);
        }
    s->marks = all.comma > 0 ? "," : ".";
    return all.comma == 0 || all.point == 0 ||
           err_set(s->e, ERR_FORMAT,
                   "%s: some numbers have a decimal comma (line %zu) and some a point (line %zu): "
                   "write all with the same decimal mark, and none between thousands",
                   s->path, all.comma, all.point);
}

/* ---- second pass: numbers and labels ---- */

struct filling {
    struct csv *csv;
    size_t head, side; /* rows, columns of labels: 0 or 1 */
};

static bool fill_cell(struct scan *s, void *context)
{
    struct filling *f = context;
    struct csv *c = f->csv;
    bool in_head = s->row < f->head, in_side = s->column < f->side;
    char **label = in_head && in_side ? &c->corner
                   : in_head          ? &c->col_labels[s->column - f->side]
                   : in_side          ? &c->row_labels[s->row - f->head]
                                      : NULL;
    if (label != NULL) {
        *label = mem_strdup(text_get(&s->cell));
        return true;
    }
    double *value = &c->values[(s->row - f->head) * c->cols + s->column - f->side];
    enum cell kind = cell_kind(s);
    if (kind == CELL_NUMBER || kind == CELL_TEXT) {
        c->commas += *s->marks == ',' && memchr(s->cell.data, ',', s->cell.length) != NULL;
        return read_number(s, value);
    }
    *value = NAN;
    c->empty += kind == CELL_EMPTY;
    c->missing += kind == CELL_MISSING;
    return true;
}

static void free_labels(char ***labels, size_t count)
{
    for (size_t i = 0; *labels != NULL && i < count; i++)
        mem_free((*labels)[i]);
    mem_free(*labels);
    *labels = NULL;
}

/* Labels 0, 1, 2, ... say no more than the places do. */
static void drop_counts(char ***labels, size_t count)
{
    bool counts = *labels != NULL;
    for (size_t i = 0; counts && i < count; i++)
        counts = csv_is_number((*labels)[i], '.') && csv_number((*labels)[i]) == (double)i;
    if (counts)
        free_labels(labels, count);
}

static bool reserve(struct csv *c, const struct filling *f, size_t limit, struct scan *s)
{
    if (c->cols > 0 && c->rows > limit / sizeof *c->values / c->cols)
        return err_set(s->e, ERR_BUDGET, "%s: %zu x %zu numbers are over the memory budget",
                       s->path, c->rows, c->cols);
    c->values = mem_try_new(c->rows * c->cols, sizeof *c->values);
    c->row_labels = f->side > 0 ? mem_new(c->rows, sizeof *c->row_labels) : NULL;
    c->col_labels = f->head > 0 ? mem_new(c->cols, sizeof *c->col_labels) : NULL;
    return c->values != NULL || err_memory(s->e);
}

/* ---- what parts the cells ---- */

enum { TRIED_ROWS = 256 };

/* How a file looks where one character is taken for the separator. */
struct trial {
    size_t cols;
    double cells, score; /* numbers, less texts that hold another separator */
    bool ragged;
};

static const char separators[] = ",;\t";

static bool try_cell(struct scan *s, void *context)
{
    struct trial *t = context;
    const char *string = text_get(&s->cell);
    enum cell kind = cell_kind(s);

    t->cells++;
    t->score += kind != CELL_TEXT;
    for (const char *c = separators; kind == CELL_TEXT && *c != '\0'; c++)
        t->score -= *c != s->separator && memchr(string, *c, s->cell.length) != NULL;
    if (s->row_ends) {
        t->ragged = t->ragged || (s->row > 0 && s->column + 1 != t->cols);
        t->cols = s->column + 1;
    }
    return s->row < TRIED_ROWS && !t->ragged;
}

static struct trial try_separator(struct scan s, char separator)
{
    struct trial t = {0};
    struct err ignored;

    err_clear(&ignored);
    s.e = &ignored;
    s.separator = separator;
    s.marks = marks_beside(separator);
    if (!scan_cells(&s, try_cell, &t) && ignored.code != ERR_NONE)
        t.ragged = true;
    text_done(&s.cell);
    return t;
}

/* Is more of a file numbers by a than by b? */
static bool is_better(const struct trial *a, const struct trial *b)
{
    return !a->ragged && a->cols > 1 &&
           (b->ragged || b->cols < 2 || a->score * b->cells > b->score * a->cells);
}

/* What the file's name says, unless another makes more of it. */
static void find_separator(struct scan *s)
{
    struct trial best = try_separator(*s, s->separator);

    for (const char *c = separators; *c != '\0'; c++) {
        struct trial t = try_separator(*s, *c);
        if (!is_better(&t, &best))
            continue;
        best = t;
        s->separator = *c;
    }
}

/* ---- all of it ---- */

/* The first row is text where its other cells are numbers that no column is called by. */
static bool refuse_head(const struct scan *s)
{
    return err_set(s->e, ERR_FORMAT,
                   "%s:1: some of its cells are numbers, and some are not: --labels cols reads the "
                   "first row as labels; a number that is missing is written as nan, NA or nothing",
                   s->path);
}

static bool fill(struct scan s, const struct survey *v, enum csv_labels labels, size_t limit,
                 struct csv *out)
{
    bool head, side;

    decide(v, labels, &head, &side);
    struct filling f = {.csv = out, .head = head, .side = side};
    if (v->rows <= f.head || v->cols <= f.side)
        return err_set(s.e, ERR_FORMAT,
                       "%s: holds no numbers (cells are separated by commas, semicolons or tabs)",
                       s.path);
    if (labels == CSV_LABELS_AUTO && v->head_text && v->head_fraction)
        return refuse_head(&s);
    if (!choose_mark(&s, v, head, side))
        return false;
    out->rows = v->rows - f.head;
    out->cols = v->cols - f.side;
    out->head = head;
    out->side = side;
    out->separator = s.separator;
    bool ok = reserve(out, &f, limit, &s) && scan_cells(&s, fill_cell, &f);
    text_done(&s.cell);
    if (ok) {
        drop_counts(&out->row_labels, out->rows);
        drop_counts(&out->col_labels, out->cols);
    }
    return ok;
}

static bool read_table(struct scan start, enum csv_labels labels, size_t limit, struct csv *out)
{
    struct survey v = {0};

    find_separator(&start);
    start.marks = marks_beside(start.separator);
    struct scan s = start;
    bool ok = scan_cells(&s, survey_cell, &v);
    text_done(&s.cell);
    return ok && fill(start, &v, labels, limit, out);
}

bool csv_read(const char *path, char separator, enum csv_labels labels, size_t limit,
              struct csv *out, struct err *e)
{
    size_t length;
    *out = (struct csv){0};
    char *bytes = file_read(path, limit, &length, e);
    if (bytes == NULL)
        return false;
    bool ok = memchr(bytes, '\0', length) == NULL;
    if (!ok)
        err_set(e, ERR_FORMAT, "%s: holds a NUL byte: this is not text in UTF-8", path);
    ok = ok && read_table(scan_start(path, bytes, length, separator, e), labels, limit, out);
    mem_free(bytes);
    if (!ok)
        csv_free(out);
    return ok;
}

void csv_free(struct csv *c)
{
    free_labels(&c->row_labels, c->rows);
    free_labels(&c->col_labels, c->cols);
    mem_free(c->values);
    mem_free(c->corner);
    *c = (struct csv){0};
}
