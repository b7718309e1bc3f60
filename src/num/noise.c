#include "bilens/num/noise.h"

#include <math.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/base/task.h"
#include "bilens/num/measures.h"
#include "bilens/num/random.h"
#include "core.h"
#include "internal.h"
#include "memo.h"

enum noise noise_kind(const struct matrix *a)
{
    if (a->count != 1)
        return NOISE_NONE;
    const struct term *t = &a->terms[0];
    for (size_t i = 0; i < t->count; i++)
        if (t->factors[i].diagonal)
            return NOISE_NONE;
    return t->count == 1 ? NOISE_DENSE : NOISE_PRODUCT;
}

/* F F': its values are the squares of F's. */
static bool is_square_of(const struct term *t)
{
    return t->count == 2 && dense_is_transpose(t->factors[0].dense, t->factors[1].dense);
}

bool noise_same(const struct matrix *a, const struct matrix *b)
{
    const struct term *s = a->terms, *t = b->terms;
    if (noise_kind(a) != NOISE_PRODUCT || noise_kind(b) != NOISE_PRODUCT || s->count != t->count ||
        s->factors[0].dense->rows != t->factors[0].dense->rows ||
        is_square_of(s) != is_square_of(t))
        return false;
    bool same = true;
    for (size_t i = 0; i < s->count; i++)
        same = same && s->factors[i].dense->cols == t->factors[i].dense->cols;
    return same;
}

static double normal(struct random *r)
{
    double radius = sqrt(-2 * log(1 - random_uniform(r)));
    return radius * cos(2 * acos(-1) * random_uniform(r));
}

/* The length of n normal numbers: of more than a few by Wilson and Hilferty's formula (1931),
 * which is right to 1e-3. */
static double normal_length(struct random *r, size_t n)
{
    enum { FEW = 16 };
    double sum = 0;
    if (n > FEW) {
        double part = 2 / (9 * (double)n);
        return sqrt((double)n * pow(1 - part + sqrt(part) * normal(r), 3));
    }
    for (size_t i = 0; i < n; i++) {
        double x = normal(r);
        sum += x * x;
    }
    return sqrt(sum);
}

/* rows x cols normal numbers; where cols is more, only L of their L Q: with rows of them Q is
 * gone, for what is random is so in every basis. (Bartlett, 1933.) */
static struct panel random_factor(struct random *r, size_t rows, size_t cols, struct err *e)
{
    bool triangle = cols >= rows;
    struct panel g = panel_new(rows, smaller(rows, cols), e);
    for (size_t j = 0; g.data != NULL && j < g.cols; j++)
        for (size_t i = triangle ? j : 0; i < rows; i++)
            g.data[i + j * rows] = triangle && i == j ? normal_length(r, cols - j) : normal(r);
    return g;
}

/* c := c times a factor with so many columns. */
static bool multiply_random(struct random *r, struct panel *c, size_t cols, struct err *e)
{
    struct panel g = random_factor(r, c->cols, cols, e);
    struct panel out = g.data ? panel_room(c->rows, g.cols, e) : (struct panel){0};
    if (out.data != NULL)
        panel_multiply(1, c, false, &g, false, 0, &out);
    panel_free(&g);
    panel_free(c);
    *c = out;
    return c->data != NULL;
}

/* Adds the singular values of one draw to out. */
static bool add_draw(struct random *r, const struct term *t, size_t n, double *out, struct err *e)
{
    size_t rows = t->factors[0].dense->rows, cols = t->factors[0].dense->cols;
    struct panel c = random_factor(r, smaller(rows, cols), larger(rows, cols), e);
    bool ok = c.data != NULL;
    for (size_t i = 1; ok && i < t->count; i++)
        ok = task_go_on(e) && multiply_random(r, &c, t->factors[i].dense->cols, e);
    size_t count = smaller(c.rows, c.cols);
    double *s = ok ? mem_new(count, sizeof *s) : NULL;
    ok = ok && (s != NULL || err_memory(e)) && core_values(&c, s, NULL, e);
    for (size_t i = 0; ok && i < smaller(n, count); i++)
        out[i] += s[i];
    mem_free(s);
    panel_free(&c);
    return ok;
}

/* The larger the core, the less two draws differ. */
static size_t draws_of(const struct term *t)
{
    enum { MOST = 16, WORK = 1024 };
    size_t width = t->factors[0].dense->rows;
    for (size_t i = 0; i < t->count; i++)
        width = smaller(width, t->factors[i].dense->cols);
    return 1 + smaller(MOST, WORK / (width + 1));
}

static bool product_values(const struct term *t, size_t n, double *out, struct err *e)
{
    struct random r = random_seeded(1);
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        out[i] = 0;
    if (is_square_of(t)) {
        measures_bulk_values(1, t->factors[0].dense->rows, t->factors[0].dense->cols, n, out);
        for (size_t i = 0; i < n; i++)
            out[i] *= out[i];
        return true;
    }
    for (size_t draw = 0; ok && draw < draws_of(t); draw++)
        ok = add_draw(&r, t, n, out, e);
    return ok;
}

bool noise_values(const struct matrix *a, double norm, size_t n, double *out, struct err *e)
{
    if (noise_kind(a) == NOISE_DENSE) {
        measures_bulk_values(norm, a->row.size, a->col.size, n, out);
        return true;
    }
    if (!product_values(&a->terms[0], n, out, e))
        return false;
    struct panel p = {n, 1, out};
    double own = panel_norm(&p);
    for (size_t i = 0; own > 0 && i < n; i++)
        out[i] *= norm / own;
    return true;
}
