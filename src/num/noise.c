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

/* The first factor whose numbers those of factor i are, as they are or flipped. */
static size_t drawn_as(const struct term *t, size_t i, bool *flipped)
{
    for (size_t j = 0; j < i; j++) {
        const struct dense *a = t->factors[j].dense, *b = t->factors[i].dense;
        *flipped = !dense_same_view(a, b);
        if (!*flipped || dense_is_transpose(a, b))
            return j;
    }
    *flipped = false;
    return i;
}

static bool is_drawn_alike(const struct term *s, const struct term *t, size_t i)
{
    bool one, other;
    return drawn_as(s, i, &one) == drawn_as(t, i, &other) && one == other;
}

/* Are some of the factors the same? */
static bool has_ties(const struct term *t)
{
    bool ties = false, flipped;
    for (size_t i = 0; i < t->count; i++)
        ties = ties || drawn_as(t, i, &flipped) != i;
    return ties;
}

bool noise_same(const struct matrix *a, const struct matrix *b)
{
    const struct term *s = a->terms, *t = b->terms;
    if (noise_kind(a) != NOISE_PRODUCT || noise_kind(b) != NOISE_PRODUCT || s->count != t->count ||
        s->factors[0].dense->rows != t->factors[0].dense->rows)
        return false;
    bool same = true;
    for (size_t i = 0; i < s->count; i++)
        same = same && s->factors[i].dense->cols == t->factors[i].dense->cols &&
               is_drawn_alike(s, t, i);
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

/* The product of one draw, but for what turns it on its outer sides. */
static struct panel draw_apart(struct random *r, const struct term *t, struct err *e)
{
    size_t rows = t->factors[0].dense->rows, cols = t->factors[0].dense->cols;
    struct panel c = random_factor(r, smaller(rows, cols), larger(rows, cols), e);
    for (size_t i = 1; c.data != NULL && i < t->count; i++)
        if (!task_go_on(e) || !multiply_random(r, &c, t->factors[i].dense->cols, e))
            panel_free(&c);
    return c;
}

/* Does factor i, L Q, meet on its long side nothing, or its own Q', so that Q is gone? */
static bool meets_itself(const struct term *t, size_t i)
{
    const struct dense *a = t->factors[i].dense;
    bool tall = a->rows > a->cols;
    if (tall ? i == 0 : i + 1 == t->count)
        return true;
    return dense_is_transpose(a, t->factors[tall ? i - 1 : i + 1].dense);
}

/* Of which the same holds for all that are drawn with it. */
static bool is_triangle(const struct term *t, size_t of)
{
    bool triangle = true, flipped;
    for (size_t i = of; i < t->count; i++)
        triangle = triangle && (drawn_as(t, i, &flipped) != of || meets_itself(t, i));
    return triangle;
}

/* Factor i, or its triangle as that of a wide one. */
static struct panel draw_factor(struct random *r, const struct term *t, size_t i, struct err *e)
{
    const struct dense *a = t->factors[i].dense;
    if (is_triangle(t, i))
        return random_factor(r, smaller(a->rows, a->cols), larger(a->rows, a->cols), e);
    struct panel g = panel_room(a->rows, a->cols, e);
    for (size_t k = 0; g.data != NULL && k < g.rows * g.cols; k++)
        g.data[k] = normal(r);
    return g;
}

/* c := c times the drawn factor i; without any c yet that factor. */
static bool multiply_drawn(const struct term *t, size_t i, const struct panel *drawn,
                           struct panel *c, struct err *e)
{
    const struct dense *a = t->factors[i].dense;
    bool flipped;
    size_t of = drawn_as(t, i, &flipped);
    const struct panel *g = &drawn[of];
    if (is_triangle(t, of))
        flipped = a->rows > a->cols || (a->rows == a->cols && flipped);
    if (c->data == NULL)
        *c = panel_identity(flipped ? g->cols : g->rows, e);
    struct panel out =
        c->data ? panel_room(c->rows, flipped ? g->rows : g->cols, e) : (struct panel){0};
    if (out.data != NULL)
        panel_multiply(1, c, false, g, flipped, 0, &out);
    panel_free(c);
    *c = out;
    return c->data != NULL;
}

/* The same where factors are tied: what is equal is drawn once. */
static struct panel draw_tied(struct random *r, const struct term *t, struct err *e)
{
    struct panel c = {0}, *drawn = mem_new(t->count, sizeof *drawn);
    bool ok = true, flipped;
    for (size_t i = 0; ok && i < t->count; i++) {
        if (drawn_as(t, i, &flipped) == i)
            drawn[i] = draw_factor(r, t, i, e);
        ok = task_go_on(e) && drawn[drawn_as(t, i, &flipped)].data != NULL &&
             multiply_drawn(t, i, drawn, &c, e);
    }
    for (size_t i = 0; i < t->count; i++)
        panel_free(&drawn[i]);
    mem_free(drawn);
    if (!ok)
        panel_free(&c);
    return c;
}

/* Adds the singular values of one draw to out. */
static bool add_draw(struct random *r, const struct term *t, size_t n, double *out, struct err *e)
{
    struct panel c = has_ties(t) ? draw_tied(r, t, e) : draw_apart(r, t, e);
    size_t count = smaller(c.rows, c.cols);
    double *s = mem_new(count, sizeof *s);
    bool ok = c.data != NULL && core_values(&c, s, NULL, e);
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
