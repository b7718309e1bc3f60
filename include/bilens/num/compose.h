/* How circuits copy, feed each other, and share the subspaces they use. */
#ifndef BILENS_NUM_COMPOSE_H
#define BILENS_NUM_COMPOSE_H

#include "bilens/num/matrix.h"

/* Eigenvalues of an OV circuit on tokens, U W_o W_v E: those that can differ from zero. */
struct copying {
    size_t count;    /* d_head */
    double *re, *im; /* by magnitude, largest first; pairs with positive im first; owned */
    double score_re, score_im; /* sum lambda / sum |lambda|: 1 where all copy, -1 where all
                                  suppress; 0 of the zero matrix */
};

/* From the d_head x d_head matrix W_v (E U) W_o, in double precision; E U is remembered where
 * E and U are stored matrices, so that it costs tokens d_model^2 once and d_head d_model^2 a
 * head. E is resid x token, U token x resid, W_v head x resid, W_o resid x head. ERR_AXES,
 * ERR_NONFINITE. (Elhage et al., A Mathematical Framework for Transformer Circuits, 2021.) */
bool copying_make(const struct matrix *unembed, const struct matrix *w_o, const struct matrix *w_v,
                  const struct matrix *embed, struct copying *out, struct err *e);
void copying_free(struct copying *c);

/* The share (0 to 1) of columns of a whose largest entry, or one of them, is on the diagonal:
 * of U OV E, the tokens that rank themselves first. Rows and columns are the same axis. By
 * tiles: never all entries at once; 2 rows cols rank operations. */
bool matrix_first_share(const struct matrix *a, double *share, struct err *e);

/* How much of the later circuit's input the earlier one's output makes up. */
struct composition {
    double score;  /* |AB| / (|A| |B|), Frobenius norms, 0 to 1 */
    double chance; /* what random orientations give: sqrt(1 / d), d the inner dimension */
};
/* later @ earlier. ERR_AXES; ERR_ARGUMENT where one is zero. (Elhage et al., 2021.) */
bool composition_make(const struct matrix *later, const struct matrix *earlier,
                      struct composition *out, struct err *e);

/* Two column spaces. */
struct subspaces {
    size_t first_rank, second_rank;
    size_t count;    /* the smaller rank */
    double *cosines; /* of the principal angles, largest first, 0 to 1; owned */
    double kernel;   /* projection kernel, sum cos^2 */
    double chance;   /* what random subspaces give: first_rank second_rank / rows */
};
/* Of a and b, which have the same row axis. Singular values below float32's noise (see
 * decomp_rank) do not count to a rank. Cosines are right to about 1e-7; of angles below 3e-4
 * radians that leaves little. (Bjorck and Golub, 1973.) */
bool subspaces_make(const struct matrix *a, const struct matrix *b, struct subspaces *out,
                    struct err *e);
void subspaces_free(struct subspaces *s);

#endif
