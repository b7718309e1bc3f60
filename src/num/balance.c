#include "balance.h"

#include <math.h>

#include "bilens/base/err.h"
#include "bilens/base/mem.h"
#include "bilens/num/panel.h"

enum { BLOCK = 512 };
#define RIDGE 1e-4 /* of the mean eigenvalue of a Gram matrix */

void tall_norms(struct tall a, double *norms)
{
    for (size_t i = 0; i < a.rows; i++) {
        double sum = 0;
        for (size_t j = 0; j < a.width; j++)
            sum += (double)a.data[i * a.width + j] * a.data[i * a.width + j];
        norms[i] = sqrt(sum);
    }
}

/* Rows [first, first + count) in double precision: row-major is the transpose, column-major. */
static struct panel widen(struct tall a, size_t first, double *room)
{
    size_t count = a.rows - first < BLOCK ? a.rows - first : BLOCK;
    for (size_t i = 0; i < count * a.width; i++)
        room[i] = a.data[first * a.width + i];
    return (struct panel){a.width, count, room};
}

/* R with R'R = A'A + ridge; false in *fits for a zero matrix. */
static bool ridge_root(struct tall a, double *room, struct panel *r, bool *fits, struct err *e)
{
    size_t k = a.width;
    double trace = 0;
    *r = panel_new(k, k, e);
    if (r->data == NULL)
        return false;
    for (size_t first = 0; first < a.rows; first += BLOCK) {
        struct panel block = widen(a, first, room);
        blas_gram_add(block.data, block.cols, k, r->data);
    }
    for (size_t i = 0; i < k; i++)
        trace += r->data[i * (k + 1)];
    for (size_t i = 0; i < k; i++)
        r->data[i * (k + 1)] += RIDGE * trace / (double)k;
    *fits = trace > 0 && lapack_cholesky(r);
    return true;
}

/* T and T^-T from Ra Rb' = U S V': T = Ra^-1 U S^1/2, T^-T = Ra' U S^-1/2. Destroys ra. */
static bool transforms(struct panel *ra, const struct panel *rb, struct panel *t,
                       struct panel *inverse, struct err *e)
{
    size_t k = ra->rows;
    struct panel product = panel_new(k, k, e), u = panel_new(k, k, e), vt = panel_new(k, k, e);
    double *s = mem_new(k, sizeof *s);
    *t = panel_new(k, k, e);
    *inverse = panel_new(k, k, e);
    bool ok = product.data && u.data && vt.data && s && t->data && inverse->data;
    ok = ok || err_memory(e);
    if (ok)
        panel_multiply(1, ra, false, rb, true, 0, &product);
    ok = ok && lapack_svd(&product, s, &u, &vt, e);
    if (ok)
        panel_multiply(1, ra, true, &u, false, 0, inverse);
    ok = ok && lapack_invert_upper(ra, e);
    if (ok)
        panel_multiply(1, ra, false, &u, false, 0, t);
    for (size_t j = 0; ok && j < k; j++)
        for (size_t i = 0; i < k; i++) {
            t->data[i + j * k] *= sqrt(s[j]);
            inverse->data[i + j * k] /= sqrt(s[j]);
        }
    panel_free(&product);
    panel_free(&u);
    panel_free(&vt);
    mem_free(s);
    return ok;
}

/* |A_i T| for each row. */
static bool turned_norms(struct tall a, const struct panel *t, double *room, double *norms,
                         struct err *e)
{
    struct panel out = panel_new(a.width, BLOCK, e);
    for (size_t first = 0; out.data != NULL && first < a.rows; first += BLOCK) {
        struct panel block = widen(a, first, room);
        struct panel turned = {a.width, block.cols, out.data};
        panel_multiply(1, t, true, &block, false, 0, &turned);
        for (size_t j = 0; j < turned.cols; j++) {
            double sum = 0;
            for (size_t i = 0; i < a.width; i++)
                sum += turned.data[i + j * a.width] * turned.data[i + j * a.width];
            norms[first + j] = sqrt(sum);
        }
    }
    bool ok = out.data != NULL;
    panel_free(&out);
    return ok;
}

bool balance_norms(struct tall a, struct tall b, double *a_norms, double *b_norms, struct err *e)
{
    struct panel ra = {0}, rb = {0}, t = {0}, inverse = {0};
    bool fits_a = false, fits_b = false;
    double *room = mem_try_new(BLOCK * a.width, sizeof *room);
    bool ok = room != NULL || err_memory(e);
    ok = ok && ridge_root(a, room, &ra, &fits_a, e) && ridge_root(b, room, &rb, &fits_b, e);
    if (ok && fits_a && fits_b) {
        ok = transforms(&ra, &rb, &t, &inverse, e) && turned_norms(a, &t, room, a_norms, e) &&
             turned_norms(b, &inverse, room, b_norms, e);
    } else if (ok) { /* one of the two is zero */
        tall_norms(a, a_norms);
        tall_norms(b, b_norms);
    }
    mem_free(room);
    panel_free(&ra);
    panel_free(&rb);
    panel_free(&t);
    panel_free(&inverse);
    return ok;
}
