/* The orthonormal basis of tall matrices side by side, known through their thin QR. */
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "internal.h"
#include "memo.h"

/* Single-precision coefficients lose what is cancelled: two digits are left to lose. */
static const double CANCELLATION_MOST = 100;

void basis_add(struct basis *b, struct dense *part)
{
    for (size_t i = 0; i < b->count; i++)
        if (dense_same_view(b->parts[i], part))
            return;
    b->parts = mem_resize(b->parts, b->count + 1, sizeof(struct dense *));
    b->parts[b->count++] = dense_ref(part);
    b->dims += part->cols;
}

static void basis_drop_parts(struct basis *b)
{
    for (size_t i = 0; i < b->count; i++)
        dense_unref(b->parts[i]);
    mem_free(b->parts);
    b->parts = NULL;
    b->count = b->dims = 0;
}

void basis_free(struct basis *b)
{
    if (b->thin_owned)
        thin_free(b->thin);
    basis_drop_parts(b);
    *b = (struct basis){0};
}

bool basis_finish(struct basis *b, size_t rows, bool tall, struct err *e)
{
    b->rows = b->rank = rows;
    if (!tall || b->count == 0 || b->dims >= rows) {
        basis_drop_parts(b);
        return true;
    }
    b->thin = thin_get(b->parts, b->count, &b->thin_owned, e);
    if (b->thin == NULL)
        return false;
    b->rank = b->thin->r.rows;
    return true;
}

void basis_share(struct basis *b, const struct basis *from)
{
    for (size_t i = 0; i < from->count; i++)
        basis_add(b, from->parts[i]);
    b->rows = from->rows;
    b->rank = from->rank;
    b->thin = from->thin;
}

static void transpose_to(const struct panel *from, struct panel *to)
{
    for (size_t j = 0; j < from->cols; j++)
        for (size_t i = 0; i < from->rows; i++)
            to->data[j + i * to->rows] = from->data[i + j * from->rows];
}

/* Rows [first, first + rows) of a; new. */
static struct panel panel_rows(const struct panel *a, size_t first, size_t rows, struct err *e)
{
    struct panel p = panel_room(rows, a->cols, e);
    for (size_t j = 0; p.data != NULL && j < a->cols; j++)
        memcpy(p.data + j * rows, a->data + first + j * a->rows, rows * sizeof *p.data);
    return p;
}

/* y += (part C)', by way of room of y's size. */
static bool add_part(struct dense *part, const struct panel *coefs, size_t at, struct panel *room,
                     struct panel *y, struct err *e)
{
    struct panel own = panel_rows(coefs, at, part->cols, e);
    bool ok = own.data != NULL && dense_apply_panel(part, &own, room, e);
    for (size_t i = 0; ok && i < y->rows * y->cols; i++)
        y->data[i] += room->data[i];
    panel_free(&own);
    return ok;
}

/* y := ([parts...] coefs)' of several parts. */
static bool add_parts(const struct basis *b, const struct panel *coefs, struct panel *y,
                      struct err *e)
{
    struct panel room = panel_room(y->rows, y->cols, e);
    bool ok = room.data != NULL;
    memset(y->data, 0, y->rows * y->cols * sizeof *y->data);
    for (size_t p = 0, at = 0; ok && p < b->count; at += b->parts[p++]->cols)
        ok = add_part(b->parts[p], coefs, at, &room, y, e);
    panel_free(&room);
    return ok;
}

bool basis_expand(const struct basis *b, const struct panel *c, struct panel *y, struct err *e)
{
    if (b->count == 0) {
        transpose_to(c, y);
        return true;
    }
    struct panel coefs = panel_room(b->dims, c->cols, e);
    if (coefs.data == NULL)
        return false;
    panel_multiply(1, &b->thin->x, false, c, false, 0, &coefs);
    bool ok =
        b->count == 1 ? dense_apply_panel(b->parts[0], &coefs, y, e) : add_parts(b, &coefs, y, e);
    panel_free(&coefs);
    return ok;
}

/* One part's term of basis_matrix: part (X C)[its rows]. */
static struct matrix *part_matrix(struct dense *part, const struct panel *coefs, size_t at,
                                  struct axis row, struct axis comp, struct err *e)
{
    struct axis inner = axis_make(AXIS_INDEX, part->cols, NULL);
    float *data;
    struct dense *small = dense_new(part->cols, coefs->cols, &data, e);
    for (size_t i = 0; small != NULL && i < part->cols; i++)
        for (size_t j = 0; j < coefs->cols; j++)
            data[i * coefs->cols + j] = (float)coefs->data[at + i + j * coefs->rows];
    struct matrix *left = small ? matrix_from_dense(part, row, inner) : NULL;
    struct matrix *right = left ? matrix_from_dense(small, inner, comp) : NULL;
    struct matrix *out = right ? matrix_product(left, right, e) : NULL;
    dense_unref(small);
    matrix_unref(left);
    matrix_unref(right);
    return out;
}

/* Written in the parts, a column adds up numbers that may be much larger than itself: how
 * many times, at most. */
static double cancellation(const struct basis *b, const struct panel *coefs)
{
    const struct panel *r = &b->thin->r;
    double largest = 0;
    for (size_t j = 0; j < coefs->cols; j++) {
        double sum = 0;
        for (size_t i = 0; i < b->dims; i++) {
            const double *column = r->data + i * r->rows;
            sum += fabs(coefs->data[i + j * b->dims]) * sqrt(vector_dot(column, column, r->rows));
        }
        largest = fmax(largest, sum);
    }
    return largest;
}

/* Columns [first, first + columns->cols) of Q C to their places in row-major data, ld wide. */
static bool expand_some(const struct basis *b, const struct panel *columns, size_t first,
                        float *data, size_t ld, struct err *e)
{
    struct panel y = panel_room(columns->cols, b->rows, e);
    bool ok = y.data != NULL && basis_expand(b, columns, &y, e);
    for (size_t i = 0; ok && i < b->rows; i++)
        for (size_t k = 0; k < y.rows; k++)
            data[i * ld + first + k] = (float)y.data[k + i * y.rows];
    panel_free(&y);
    return ok;
}

/* All columns, added up in double precision: as large as the parts are. */
static struct matrix *expanded_matrix(const struct basis *b, const struct panel *c, struct axis row,
                                      struct axis comp, struct err *e)
{
    float *data;
    struct dense *d = dense_new(b->rows, c->cols, &data, e);
    bool ok = d != NULL;
    for (size_t j = 0; ok && j < c->cols; j += BASIS_COLUMNS) {
        struct panel some = {c->rows, smaller(BASIS_COLUMNS, c->cols - j), c->data + j * c->rows};
        ok = expand_some(b, &some, j, data, c->cols, e);
    }
    struct matrix *out = ok ? matrix_from_dense(d, row, comp) : NULL;
    dense_unref(d);
    return out;
}

struct matrix *basis_matrix(const struct basis *b, const struct panel *c, struct axis row,
                            struct err *e)
{
    struct axis comp = axis_make(AXIS_COMP, c->cols, NULL);
    if (b->count == 0) {
        struct dense *d = dense_from_panel(c, e);
        struct matrix *out = d ? matrix_from_dense(d, row, comp) : NULL;
        dense_unref(d);
        return out;
    }
    struct panel coefs = panel_new(b->dims, c->cols, e);
    if (coefs.data == NULL)
        return NULL;
    panel_multiply(1, &b->thin->x, false, c, false, 0, &coefs);
    if (cancellation(b, &coefs) > CANCELLATION_MOST) {
        panel_free(&coefs);
        return expanded_matrix(b, c, row, comp, e);
    }
    struct matrix *sum = NULL;
    bool ok = true;
    for (size_t p = 0, at = 0; ok && p < b->count; at += b->parts[p++]->cols) {
        struct matrix *one = part_matrix(b->parts[p], &coefs, at, row, comp, e);
        struct matrix *both = sum && one ? matrix_sum(sum, 1, one, e) : NULL;
        ok = one != NULL && (sum == NULL || both != NULL);
        if (sum != NULL || !ok) {
            matrix_unref(sum);
            matrix_unref(one);
            sum = both;
        } else {
            sum = one;
        }
    }
    panel_free(&coefs);
    return sum;
}
