/* How circuits copy, feed each other, and share the subspaces they use. */
#ifndef BILENS_NUM_COMPOSE_H
#define BILENS_NUM_COMPOSE_H

#include "bilens/num/matrix.h"
#include "bilens/num/panel.h"
#include "bilens/num/thin.h"

/* Eigenvalues of an OV circuit on tokens, U W_o W_v E: those that can differ from zero. */
struct copying {
    size_t count;    /* d_head */
    double *re, *im; /* by magnitude, largest first; pairs with positive im first; owned */
    double score_re, score_im; /* sum lambda / sum |lambda|: 1 where all copy, -1 where all
                                  suppress; 0 of the zero matrix */
};

/* What all heads share: E U, which costs tokens d_model^2, and is remembered where E and U are
 * stored matrices. E is resid x token, U token x resid; both are borrowed. ERR_AXES. */
struct copying_tokens {
    const struct matrix *unembed, *embed;
    struct cross cross;
};
bool copying_begin(struct copying_tokens *t, const struct matrix *unembed,
                   const struct matrix *embed, struct err *e);
void copying_end(struct copying_tokens *t);

/* From the d_head x d_head matrix W_v (E U) W_o, in double precision: d_head d_model^2. W_v is head
 * x resid, W_o resid x head. ERR_AXES, ERR_NONFINITE. (Elhage et al., A Mathematical Framework for
 * Transformer Circuits, 2021.) */
bool copying_make(const struct copying_tokens *t, const struct matrix *w_o,
                  const struct matrix *w_v, struct copying *out, struct err *e);
void copying_free(struct copying *c);

/* The share (0 to 1) of columns of left @ right whose largest entry, or one of them, is on the
 * diagonal: of (U W_o) (W_v E), the tokens that rank themselves first. Exact: entries in doubt are
 * compared in double precision. The product's rows and columns are the same axis. At most 2 rows
 * cols rank operations, but a column is done with as soon as a row beats its own entry, or no row
 * that is left is long enough to. ERR_AXES, ERR_NONFINITE. */
bool matrix_first_share(const struct matrix *left, const struct matrix *right, double *share,
                        struct err *e);

/* Circuits of one kind that read the residual stream, or write to it, each kept as what is left of
 * it on that side: P with P' P = A' A (or A A'), of the circuit's rank, brought to norm 1. */
enum composing_side { COMPOSING_READS, COMPOSING_WRITES }; /* its columns; its rows */
struct composing {
    size_t count;
    struct axis axis;     /* the residual stream, of all of them; borrowed */
    struct panel *halves; /* rank x d_model */
};
/* Room for that many, none of them there yet. */
void composing_make(struct composing *c, size_t count);
/* The next one. *zero: there is nothing in it that could compose, and its scores will be 0.
 * ERR_AXES. */
bool composing_add(struct composing *c, const struct matrix *a, enum composing_side side,
                   bool *zero, struct err *e);
/* The same where nobody asks for its scores, which will be 0: nothing of it is read. */
bool composing_skip(struct composing *c, const struct matrix *a, enum composing_side side,
                    struct err *e);
void composing_free(struct composing *c);
/* What one circuit takes while it is scored, its rows of the Gram matrix included. */
double composing_bytes(const struct matrix *a);

/* How much of each later circuit's input each earlier one's output makes up: |AB| / (|A| |B|),
 * Frobenius norms, 0 to 1, to scores (a.count x b.count, row-major). From the inner products of the
 * Gram matrices A'A and B B', which are made once for each circuit and a few rows at a time:
 * d_model^2 operations a pair, and rank d_model^2 a circuit. A score below 1e-8 is rounding.
 * ERR_AXES. (Elhage et al., 2021.) */
bool composing_scores(const struct composing *a, const struct composing *b, double *scores,
                      struct err *e);
/* What random orientations give: sqrt(1 / d), d the inner dimension. */
double composition_chance(size_t inner);

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
