#include "records.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/base/text.h"
#include "bilens/lang/eval.h"

/* ---- shapes ---- */

/* Rows and columns of every member of a matrix value; false (no error set) where they differ. */
static bool member_shape(const struct value *v, size_t *rows, size_t *cols)
{
    for (size_t n = 0; n < v->count; n++) {
        size_t r, c;
        if (v->kind == VALUE_MATRIX) {
            r = v->items[n].matrix->row.size;
            c = v->items[n].matrix->col.size;
        } else {
            enum decomp_side side = v->kind == VALUE_U ? SIDE_U : SIDE_V;
            r = decomp_axis(v->items[n].decomp, side).size;
            c = decomp_count(v->items[n].decomp);
        }
        if (n > 0 && (r != *rows || c != *cols))
            return false;
        *rows = r;
        *cols = c;
    }
    return true;
}

static bool vectors_alike(const struct value *v)
{
    for (size_t n = 1; n < v->count; n++)
        if (v->items[n].vector->axis.size != v->items[0].vector->axis.size)
            return false;
    return true;
}

/* The array that a part of the record is. */
static bool shape_of(const struct record *r, enum part part, struct array *out, struct err *e)
{
    const struct value *v = r->value;
    bool numbers = v->kind == VALUE_NUMBER, vectors = v->kind == VALUE_VECTOR, alike = true;
    size_t rows = 0, cols = 0;
    *out = (struct array){.type = numbers || vectors ? DTYPE_F64 : DTYPE_F32};
    for (; out->rank < v->stack; out->rank++)
        out->shape[out->rank] = v->axes[out->rank].size;
    if (vectors)
        alike = vectors_alike(v);
    else if (!numbers)
        alike = member_shape(v, &rows, &cols);
    if (!alike)
        return err_set(e, ERR_UNSUPPORTED,
                       "%s: its members are of different shapes; save them "
                       "one by one",
                       r->name);
    if (vectors)
        out->shape[out->rank++] = v->items[0].vector->axis.size;
    if (!numbers && !vectors) {
        out->shape[out->rank++] = part == PART_RIGHT ? r->width : rows;
        out->shape[out->rank++] = part == PART_LEFT ? r->width : cols;
    }
    return array_count(out) || err_set(e, ERR_BUDGET, "%s: too large for a file", r->name);
}

/* The inner dimension of all members' factors; 0 where they are no products, or larger so. */
static size_t factor_width(const struct value *v)
{
    size_t width = 0, rows = 0, cols = 0;
    if (v->kind != VALUE_MATRIX || !member_shape(v, &rows, &cols))
        return 0;
    for (size_t n = 0; n < v->count; n++) {
        size_t own = matrix_split_width(v->items[n].matrix);
        if (own == 0)
            return 0;
        width = own > width ? own : width;
    }
    return (double)width * ((double)rows + (double)cols) < (double)rows * (double)cols ? width : 0;
}

/* ---- records ---- */

static double part_bytes(const struct record *r, enum part part, struct err *e)
{
    struct array a;
    return shape_of(r, part, &a, e) ? (double)a.count * (dtype_bits(a.type) / 8) : -1;
}

static bool within_budget(const struct record *r, size_t memory, struct err *e)
{
    double bytes = r->width > 0 ? part_bytes(r, PART_LEFT, e) + part_bytes(r, PART_RIGHT, e)
                                : part_bytes(r, PART_WHOLE, e);
    if (bytes < 0)
        return false;
    if (bytes <= (double)memory)
        return true;
    err_set(e, ERR_BUDGET, "%s takes %.3g GB, over the memory budget of %.3g GB", r->name,
            bytes / 1e9, (double)memory / 1e9);
    size_t width = factor_width(r->value);
    if (r->width == 0 && width > 0) {
        struct record factors = *r;
        factors.width = width;
        err_append(e, "; --factored keeps it as two factors, %.3g GB",
                   (part_bytes(&factors, PART_LEFT, e) + part_bytes(&factors, PART_RIGHT, e)) /
                       1e9);
    }
    err_append(e, "; save a part of it ([..., :256, :256]), or raise it with: set memory");
    return false;
}

static bool add_plain(struct records *r, const char *name, struct value *v, bool factored,
                      size_t memory, struct err *e)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->list[i].name, name) == 0)
            return err_set(e, ERR_ARGUMENT,
                           "two arrays would be called %s; bind one of them to "
                           "another name first",
                           name);
    r->list = mem_resize(r->list, r->count + 1, sizeof *r->list);
    struct record *new = &r->list[r->count++];
    *new = (struct record){
        .name = mem_strdup(name), .value = value_ref(v), .width = factored ? factor_width(v) : 0};
    if (v->count == 0)
        return err_set(e, ERR_ARGUMENT, "%s is an empty stack: there is nothing to save", name);
    return within_budget(new, memory, e);
}

/* NAME.u of a decomposition. */
static bool add_field(struct records *r, const char *name, struct value *v, const char *field,
                      size_t memory, struct err *e)
{
    struct text full = TEXT_EMPTY;
    struct value *part = value_field(v, field, e);
    text_printf(&full, "%s.%s", name, field);
    part->traits = v->traits;
    bool ok = add_plain(r, text_get(&full), part, false, memory, e);
    value_unref(part);
    text_done(&full);
    return ok;
}

bool records_add(struct records *r, const char *name, struct value *v, bool factored, size_t memory,
                 struct err *e)
{
    if (v->kind != VALUE_DECOMP)
        return add_plain(r, name, v, factored, memory, e);
    if (v->count > 0 && decomp_kind_of(v->items[0].decomp) == DECOMP_EIGEN)
        return add_field(r, name, v, "e", memory, e) && add_field(r, name, v, "v", memory, e);
    return add_field(r, name, v, "u", memory, e) && add_field(r, name, v, "s", memory, e) &&
           add_field(r, name, v, "v", memory, e);
}

void records_free(struct records *r)
{
    for (size_t i = 0; i < r->count; i++) {
        mem_free(r->list[i].name);
        value_unref(r->list[i].value);
    }
    mem_free(r->list);
    *r = (struct records){0};
}

/* ---- pieces ---- */

static bool piece_start(struct piece *p, const struct record *r, enum part part, struct err *e)
{
    static const char *const suffixes[] = {"", ".left", ".right"};
    struct text name = TEXT_EMPTY;
    text_printf(&name, "%s%s", r->name, suffixes[part]);
    *p = (struct piece){.name = text_take(&name), .record = r, .part = part};
    return shape_of(r, part, &p->array, e);
}

static bool is_wide(const struct record *r)
{
    return r->value->kind == VALUE_NUMBER || r->value->kind == VALUE_VECTOR;
}

/* Records of one width of element. */
static bool add_pieces(const struct records *r, bool wide, struct pieces *out, struct err *e)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct record *record = &r->list[i];
        bool factored = record->width > 0;
        if (is_wide(record) != wide)
            continue;
        for (enum part part = factored ? PART_LEFT : PART_WHOLE;
             part <= (factored ? PART_RIGHT : PART_WHOLE); part++)
            if (!piece_start(&out->list[out->count++], record, part, e))
                return false;
    }
    return true;
}

bool pieces_make(const struct records *r, struct pieces *out, struct err *e)
{
    *out = (struct pieces){.list = mem_new(2 * r->count, sizeof *out->list)};
    if (add_pieces(r, true, out, e) && add_pieces(r, false, out, e))
        return true;
    pieces_free(out);
    return false;
}

static void close_member(struct piece *p)
{
    if (p->matrix != NULL)
        split_free(&p->split);
    matrix_unref(p->matrix);
    mem_free(p->band);
    p->matrix = NULL;
    p->band = NULL;
}

void pieces_free(struct pieces *p)
{
    for (size_t i = 0; i < p->count; i++) {
        close_member(&p->list[i]);
        mem_free(p->list[i].name);
    }
    mem_free(p->list);
    *p = (struct pieces){0};
}

size_t piece_bytes(const struct piece *p)
{
    return p->array.count * (dtype_bits(p->array.type) / 8);
}

/* ---- bytes ---- */

static size_t piece_rows(const struct piece *p)
{
    return p->array.shape[p->array.rank - 2];
}

static size_t piece_cols(const struct piece *p)
{
    return p->array.shape[p->array.rank - 1];
}

/* A few megabytes of rows at a time. */
static size_t band_rows(const struct piece *p)
{
    const size_t numbers = (size_t)1 << 20;
    size_t cols = piece_cols(p), rows = cols < numbers ? numbers / (cols > 0 ? cols : 1) : 1;
    return rows < piece_rows(p) ? rows : piece_rows(p);
}

static bool open_member(struct piece *p, struct err *e)
{
    struct matrix *m = value_matrix(p->record->value, p->member, e);
    if (m == NULL)
        return false;
    if (!matrix_split(m, &p->split, e)) {
        matrix_unref(m);
        return false;
    }
    p->matrix = m;
    p->row = 0;
    p->band = mem_try_new(band_rows(p) * piece_cols(p), sizeof *p->band);
    return p->band != NULL || err_memory(e);
}

/* Where entry (i, j) stands in the matrix's data. */
static const float *entry_of(const struct dense *d, const float *data, size_t i, size_t j)
{
    return data + (ptrdiff_t)i * d->row_stride + (ptrdiff_t)j * d->col_stride;
}

/* Rows of [scale_1 L_1, scale_2 L_2, ...], with zeros up to the piece's width. */
static bool fill_left(struct piece *p, size_t rows, struct err *e)
{
    size_t cols = piece_cols(p), at = 0;
    memset(p->band, 0, rows * cols * sizeof *p->band);
    for (size_t t = 0; t < p->split.count; t++) {
        const struct split_term *term = &p->split.terms[t];
        const struct dense *d = term->left;
        const float *data = dense_data(d, e);
        if (data == NULL)
            return false;
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < d->cols; j++)
                p->band[i * cols + at + j] =
                    (float)(term->scale * *entry_of(d, data, p->row + i, j));
        at += d->cols;
    }
    return true;
}

/* Rows of [R_1; R_2; ...], then zeros. */
static bool fill_right(struct piece *p, size_t rows, struct err *e)
{
    size_t cols = piece_cols(p), at = 0;
    memset(p->band, 0, rows * cols * sizeof *p->band);
    for (size_t t = 0; t < p->split.count; t++) {
        const struct dense *d = p->split.terms[t].right;
        const float *data = dense_data(d, e);
        if (data == NULL)
            return false;
        for (size_t i = 0; i < d->rows; i++) {
            if (at + i < p->row || at + i >= p->row + rows)
                continue;
            float *to = p->band + (at + i - p->row) * cols;
            for (size_t j = 0; j < cols; j++)
                to[j] = *entry_of(d, data, i, j);
        }
        at += d->rows;
    }
    return true;
}

static bool fill_band(struct piece *p, size_t rows, struct err *e)
{
    if (p->part == PART_LEFT)
        return fill_left(p, rows, e);
    if (p->part == PART_RIGHT)
        return fill_right(p, rows, e);
    return split_tile(&p->split, p->row, rows, 0, piece_cols(p), p->band, piece_cols(p), e);
}

/* Counts the band's infinities where they come from no infinity, nor NaN. */
static bool count_beyond(struct piece *p, size_t rows, struct err *e)
{
    size_t found = 0, of_factors;
    const char *name;
    for (size_t i = 0; i < rows * piece_cols(p); i++)
        found += !isfinite(p->band[i]);
    if (found == 0)
        return true;
    if (!matrix_nonfinite(p->matrix, &name, &of_factors, e))
        return false;
    p->beyond += name == NULL ? found : 0;
    return true;
}

static bool next_band(struct piece *p, const void **bytes, size_t *length, struct err *e)
{
    if (p->matrix == NULL && !open_member(p, e))
        return false;
    size_t left = piece_rows(p) - p->row, rows = band_rows(p) < left ? band_rows(p) : left;
    if (!fill_band(p, rows, e) || !count_beyond(p, rows, e))
        return false;
    *bytes = p->band;
    *length = rows * piece_cols(p) * sizeof *p->band;
    p->row += rows;
    return true;
}

static bool next_chunk(void *context, const void **bytes, size_t *length, struct err *e)
{
    struct piece *p = context;
    const struct value *v = p->record->value;
    *length = 0;
    if (!task_go_on(e))
        return false;
    if (p->matrix != NULL && p->row == piece_rows(p)) {
        close_member(p);
        p->member++;
    }
    if (p->member == v->count || p->array.count == 0)
        return true;
    if (!is_wide(p->record))
        return next_band(p, bytes, length, e);
    const union item *item = &v->items[p->member++];
    bool number = v->kind == VALUE_NUMBER;
    *bytes = number ? &item->number : item->vector->data;
    *length = (number ? 1 : item->vector->axis.size) * sizeof(double);
    return true;
}

struct chunk_source piece_source(struct piece *p)
{
    return (struct chunk_source){.next = next_chunk, .context = p};
}
