/* The part of a matrix that a heatmap shows, and what is computed of it: nothing is built that
 * is not shown. */
#ifndef BILENS_VIEW_WINDOW_H
#define BILENS_VIEW_WINDOW_H

#include "bilens/num/aggregate.h"
#include "bilens/num/extremes.h"
#include "explorer.h"

/* Along one axis: which entries are in sight, and how large they are drawn. */
struct window_axis {
    size_t size;  /* entries there are */
    size_t first; /* entry in sight; a multiple of block */
    size_t block; /* entries in one value */
    size_t at;    /* entry under the cursor */
};

/* How a value is drawn: cells in width, half cells in height. */
struct window {
    struct window_axis row, col;
    size_t zoom;   /* 0: one cell in width; 3: numbers have room */
    bool halves;   /* can a cell show two values? */
    size_t height; /* cells that there are for values */
    size_t width;
};

enum { ZOOM_NUMBERS = 3, NUMBER_WIDE = 8 };

/* Cells that a value is wide, half cells that it is high. */
size_t window_wide(const struct window *w);
size_t window_tall(const struct window *w);
/* How many values there is room for; how many are in sight. */
size_t window_rows(const struct window *w);
size_t window_cols(const struct window *w);
size_t window_seen(const struct window_axis *a, size_t room);

/* Shows all entries, as large as they can be drawn. */
void window_fit(struct window *w);
/* One step in or out, the cursor staying where it is on the screen. */
void window_zoom(struct window *w, bool in);
/* Brings the cursor into sight, and what is in sight into the matrix. */
void window_follow(struct window *w);

/* ---- computing: each by the host's means ---- */

/* A matrix made of a member of a value; new reference. */
typedef struct matrix *member_maker(const struct value *v, size_t member, struct err *e);
struct matrix *member_made(struct explorer *x, struct value *v, size_t member, member_maker *make,
                           struct err *e);
/* The matrix that the member is; new reference. */
struct matrix *member_matrix(struct explorer *x, struct value *v, size_t member, struct err *e);
/* The values in sight. */
bool window_values(struct explorer *x, const struct matrix *m, const struct window *w,
                   enum aggregate how, struct aggregated *out, struct err *e);
/* The entry of largest magnitude (or the only one) in a block, whose first entry is given. */
bool window_peak(struct explorer *x, const struct matrix *m, size_t row, size_t col, size_t rows,
                 size_t cols, struct entry *out, struct err *e);
/* The entries of largest magnitude of the whole matrix, largest first. *entries is the
 * caller's. */
bool window_largest(struct explorer *x, const struct matrix *m, size_t most, struct entry **entries,
                    size_t *count, struct err *e);

#endif
