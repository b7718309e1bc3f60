/* How much of a circuit's input another one's output makes up, for many pairs at once. */
#include <math.h>
#include <string.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/num/compose.h"
#include "bilens/num/finite.h"
#include "bilens/num/reduced.h"
#include "internal.h"

bool composing_make(struct composing *c, size_t count)
{
    *c = (struct composing){.halves = mem_new(count, sizeof *c->halves)};
    return true;
}

void composing_free(struct composing *c)
{
    for (size_t i = 0; i < c->count; i++)
        panel_free(&c->halves[i]);
    mem_free(c->halves);
    *c = (struct composing){0};
}

/* a = Ql C Qr' has a'a = Qr C'C Qr', so that C Qr' stands for its columns, and C' Ql' for its rows.
 */
static bool half_of(const struct reduced *r, enum composing_side side, size_t size,
                    struct panel *out, struct err *e)
{
    const struct panel *core = &r->core;
    if (side == COMPOSING_WRITES) {
        *out = panel_room(core->cols, size, e);
        return out->data != NULL && basis_expand(&r->left, core, out, e);
    }
    struct panel flipped = panel_room(core->cols, core->rows, e);
    *out = flipped.data != NULL ? panel_room(core->rows, size, e) : (struct panel){0};
    for (size_t j = 0; out->data != NULL && j < core->cols; j++)
        for (size_t i = 0; i < core->rows; i++)
            flipped.data[j + i * core->cols] = core->data[i + j * core->rows];
    bool ok = out->data != NULL && basis_expand(&r->right, &flipped, out, e);
    panel_free(&flipped);
    return ok;
}

static bool to_unit(struct panel *p, const char *what, struct err *e)
{
    double norm = panel_norm(p);
    if (norm == 0)
        return err_set(e, ERR_ARGUMENT, "the %s circuit is zero: it composes with nothing", what);
    for (size_t i = 0; i < p->rows * p->cols; i++)
        p->data[i] /= norm;
    return true;
}

static bool take_axis(struct composing *c, struct axis axis, struct err *e)
{
    if (c->count == 0)
        c->axis = axis;
    return axis_match(c->axis, axis) ||
           err_set(e, ERR_AXES, "the circuits do not share one residual stream");
}

bool composing_add(struct composing *c, const struct matrix *a, enum composing_side side,
                   const char *what, struct err *e)
{
    struct reduced r;
    if (!take_axis(c, side == COMPOSING_WRITES ? a->row : a->col, e) ||
        !reduced_make(a, false, &r, e))
        return false;
    size_t size = c->axis.size;
    struct panel *half = &c->halves[c->count];
    bool ok = reduced_core(&r, e) && half_of(&r, side, size, half, e) && to_unit(half, what, e);
    reduced_free(&r);
    if (!ok) {
        panel_free(half);
        return false;
    }
    c->count++;
    return true;
}

bool composing_skip(struct composing *c, const struct matrix *a, enum composing_side side,
                    struct err *e)
{
    if (!take_axis(c, side == COMPOSING_WRITES ? a->row : a->col, e))
        return false;
    c->halves[c->count] = panel_room(0, c->axis.size, e);
    if (c->halves[c->count].data == NULL)
        return false;
    c->count++;
    return true;
}

double composition_chance(size_t inner)
{
    return sqrt(1 / (double)inner);
}

enum { GRAM_ROWS = 64 };

/* Rows [first, first + rows) of each circuit's Gram matrix, from its diagonal on, as columns of
 * `out`. What stands right of the square block stands below it as well, and counts twice on one of
 * two sides. */
static void gram_rows(const struct composing *c, size_t first, size_t rows, bool twice,
                      struct panel *out)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct panel *p = &c->halves[i];
        struct panel some = {p->rows, rows, p->data + first * p->rows};
        struct panel rest = {p->rows, p->cols - first, some.data};
        struct panel to = {rows, p->cols - first, out->data + i * out->rows};
        panel_multiply(1, &some, true, &rest, false, 0, &to);
        for (size_t k = rows * rows; twice && k < out->rows; k++)
            to.data[k] *= 2;
    }
}

/* sums (b.count x a.count, column-major) += the inner products of these rows; x and y are room. */
static void add_rows(const struct composing *a, const struct composing *b, size_t first, double *x,
                     double *y, struct panel *sums)
{
    size_t size = a->axis.size, rows = smaller(GRAM_ROWS, size - first);
    struct panel left = {rows * (size - first), a->count, x};
    struct panel right = {rows * (size - first), b->count, y};
    gram_rows(a, first, rows, true, &left);
    gram_rows(b, first, rows, false, &right);
    panel_multiply(1, &right, true, &left, false, 1, sums);
}

bool composing_scores(const struct composing *a, const struct composing *b, double *scores,
                      struct err *e)
{
    if (a->count == 0 || b->count == 0)
        return true;
    if (!axis_require(a->axis, b->axis, "what the later circuits read",
                      "what the earlier ones write", e))
        return false;
    size_t size = a->axis.size, length = smaller(GRAM_ROWS, size) * size;
    double *x = mem_new(a->count, length * sizeof *x), *y = mem_new(b->count, length * sizeof *y);
    struct panel sums = {b->count, a->count, scores};
    bool ok = (x != NULL && y != NULL) || err_memory(e);
    memset(scores, 0, a->count * b->count * sizeof *scores);
    for (size_t first = 0; ok && first < size; first += GRAM_ROWS) {
        task_step("composing", first, size);
        ok = task_go_on(e);
        if (ok)
            add_rows(a, b, first, x, y, &sums);
    }
    for (size_t i = 0; i < a->count * b->count; i++)
        scores[i] = scores[i] > 0 ? sqrt(scores[i]) : 0;
    mem_free(x);
    mem_free(y);
    return ok;
}
