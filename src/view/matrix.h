/* The matrix view: what it holds, for the files that share it. */
#ifndef BILENS_VIEW_MATRIX_H
#define BILENS_VIEW_MATRIX_H

#include "views.h"
#include "window.h"

/* Places of an axis that a word was found at. */
struct found {
    char *word; /* owned; NULL: nothing was searched for */
    bool columns;
    size_t *places; /* owned */
    size_t count, at;
};

struct matrix_view {
    struct view view;
    struct origin origin;
    struct value *value;
    unsigned traits;
    size_t member;
    struct matrix *m; /* of that member */
    struct window window;
    bool fitted;
    enum aggregate how;
    struct aggregated seen; /* the values in sight */
    struct window seen_of;  /* what they were computed for */
    enum aggregate seen_how;
    bool has_seen;
    double whole;    /* the largest magnitude of all entries, from the first look; 0: not known */
    bool own_range;  /* colours by the values in sight */
    double range;    /* the scale's end is that of the range, times this */
    double value_at; /* the entry under the cursor */
    size_t value_row, value_col; /* whose it is */
    bool has_value;
    struct found found;
    struct entry *largest; /* by magnitude; NULL: not looked for yet */
    size_t largest_count, largest_at;
};

/* Are the values those of what is in sight, and the one under the cursor known? Not where a
 * computation failed, or was left. */
bool matrix_view_current(const struct matrix_view *k);
bool matrix_view_knows_value(const struct matrix_view *k);
/* The end of the colour scale. */
double matrix_view_scale(const struct matrix_view *k);
/* Where the values stand in the body. */
struct matrix_view_place {
    size_t row, col; /* of the first value */
};
struct matrix_view_place matrix_view_place(const struct matrix_view *k);
/* Rows and columns of cells that the values may take. */
void matrix_view_room(const struct matrix_view *k, size_t *rows, size_t *cols);

void matrix_view_draw(const struct view *v, const struct explorer *x, struct canvas *body);
void matrix_view_status(const struct view *v, struct text *out);

bool matrix_view_search(struct view *v, struct explorer *x, const char *word, bool columns,
                        struct err *e);
/* To the next place found, or the one before. */
void matrix_find_next(struct matrix_view *k, struct explorer *x, bool back);
/* To the next entry of the largest magnitudes, or the one before. */
void matrix_next_largest(struct matrix_view *k, struct explorer *x, bool back);
void found_done(struct found *f);

#endif
