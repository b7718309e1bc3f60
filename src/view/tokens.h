/* The tokens at the poles of a component: tables beside a spectrum. */
#ifndef BILENS_VIEW_TOKENS_H
#define BILENS_VIEW_TOKENS_H

#include "bilens/draw/canvas.h"
#include "bilens/num/decomp.h"

/* One pole of one reading of a vector. */
struct token_table {
    char heading[48]; /* "u3 out ": which vector, how it is read */
    bool high;
    size_t count;
    size_t *index;    /* places of the axis; owned */
    double *value;    /* owned */
    struct axis axis; /* a reference */
};

enum { TOKEN_TABLES_MOST = 4 };

/* Both poles of up to two readings, the high one before the low one. */
struct token_tables {
    size_t count;
    struct token_table table[TOKEN_TABLES_MOST];
};

void token_tables_done(struct token_tables *t);

/* How a vector is read: its own axis, through w_e (in), through w_u (out). */
enum reading { READING_OWN, READING_IN, READING_OUT };

/* A vector to be read, in one way. Without the matrix that a way needs, on its own axis. */
struct reader {
    const struct vector *vector;
    enum reading reading;
    const struct matrix *side; /* w_e (resid x token) or w_u (token x resid); or NULL */
    const char *name;          /* "u3" */
};

/* The vector as it is read; new reference. */
struct vector *reader_read(const struct reader *r, struct err *e);

/* Appends both poles of what is read, the `top` most of each. */
bool token_tables_add(struct token_tables *t, const struct reader *r, size_t top, struct err *e);

/* Which entry is under the cursor. */
struct token_cursor {
    size_t table, row;
    size_t top;  /* rows scrolled away */
    bool active; /* is it shown at all? */
};

/* Draws the tables side by side, in two rows of two where there is more height than width; the
 * cursor's row is kept in sight by tokens_follow. */
struct tokens_place {
    size_t row, col, rows, cols;
    bool square; /* two by two */
};
void tokens_draw(const struct token_tables *t, const struct token_cursor *k, struct canvas *c,
                 const struct tokens_place *place, const struct theme *theme);
void tokens_follow(const struct token_tables *t, struct token_cursor *k,
                   const struct tokens_place *place);
/* The entry at a cell; false where there is none. */
bool tokens_hit(const struct token_tables *t, const struct token_cursor *k,
                const struct tokens_place *place, size_t row, size_t col, size_t *table,
                size_t *entry);

#endif
