/* A factored matrix, brought down to its core: A = Ql C Qr', where Ql and Qr have
 * orthonormal columns and are known only through the tall outer factors and small
 * panels, and C is small. Norm, singular values and eigenvalues are those of C. */
#ifndef BILENS_NUM_REDUCED_H
#define BILENS_NUM_REDUCED_H

#include "bilens/num/matrix.h"
#include "bilens/num/panel.h"
#include "bilens/num/thin.h"

/* Orthonormal columns Q = [parts...] X; no parts: the identity of size rank. */
struct basis {
    size_t count;
    struct dense **parts;    /* references, held */
    size_t rows, dims, rank; /* dims: columns of all parts */
    const struct thin *thin; /* NULL for the identity */
    bool thin_owned;
};

struct reduced {
    struct basis left, right;
    /* Either the core itself (left.rank x right.rank), or, where its rank is lower,
     * core = x y' with x left.rank x k and y right.rank x k. */
    bool factored;
    struct panel core, x, y;
    double terms_norm; /* of a sum: the norm of all its terms, one beside the other; else 0 */
};

/* With joint, one basis (that of all outer factors) serves both sides, as an
 * eigen-decomposition needs; A must then have matching axes. NaN or infinities in
 * the weights: ERR_NONFINITE, with the name of what holds them. */
bool reduced_make(const struct matrix *a, bool joint, struct reduced *out, struct err *e);
void reduced_free(struct reduced *r);
/* Multiplies x y' out, if that was not done. */
bool reduced_core(struct reduced *r, struct err *e);

/* Enough columns at once for the costs of one to be shared, and few enough for their doubles. */
enum { BASIS_COLUMNS = 32 };
/* y := (Q C)' for C of b->rank x k, y of k x b->rows: what becomes of C's k-th column is y's k-th
 * row. Several at once cost little more than one. */
bool basis_expand(const struct basis *b, const struct panel *c, struct panel *y, struct err *e);
/* Q C as a factored matrix's terms would be: [parts] (X C); rows x cols of C. The
 * row axis is given, the column axis counts components. */
struct matrix *basis_matrix(const struct basis *b, const struct panel *c, struct axis row,
                            struct err *e);

/* Frobenius norm, and trace by cyclic rotation: nothing of the outer size is built. */
bool matrix_norm(const struct matrix *a, double *norm, struct err *e);
bool matrix_trace(const struct matrix *a, double *trace, struct err *e);
/* Mean of all entries. */
bool matrix_mean(const struct matrix *a, double *mean, struct err *e);

#endif
