/* What a person reads: the parts of the text format, and what they are made of. */
#ifndef BILENS_PRESENT_PAGE_H
#define BILENS_PRESENT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/base/number.h"
#include "bilens/draw/chart.h"
#include "bilens/lang/report.h"
#include "parts.h"

struct answer;
struct err;
struct svg;
struct text;

/* Canvases that were drawn, one below the other; owned. NULL is a line left free. */
struct pile {
    struct canvas **parts;
    size_t count;
};
/* Takes the canvas. */
void pile_add(struct pile *p, struct canvas *c);
void pile_done(struct pile *p);

/* Where it is written, and what that place can show. */
struct page {
    const struct theme *theme;
    size_t width;
    size_t height; /* rows of the screen; 0: it is none */
    bool ascii;
    bool ledger;       /* does an answer end with its line of conventions? */
    const char *title; /* of the report, or NULL */
    bool stack;        /* are there blocks of several members, to be told apart? */
    struct text *out;
    struct svg *svg;   /* a figure that collects what is drawn, instead of out; or NULL */
    struct pile *pile; /* the same, as canvases */
    struct err *e;
};

/* Writes all of an answer: title, blocks, ledger. Nothing where it failed or has nothing
 * to show. */
bool page_answer(struct page *p, const struct answer *answer);

/* Writes a canvas and frees it; false where it is NULL. */
bool page_put(struct page *p, struct canvas *c);
/* Leaves a line free. */
void page_gap(struct page *p);
/* Writes canvases side by side as they fit, and frees them and the array; false where
 * one of them is NULL. */
bool page_put_facets(struct page *p, struct canvas **parts, size_t count, size_t gap);
/* Writes raw text, escaped; its lines are folded at blanks, and keep their indent. */
bool page_write(struct page *p, enum role role, const char *raw);

/* A table under construction: strings by column and row, owned. */
struct frame {
    size_t columns, rows;
    struct column *column;
    char **cells; /* column-major */
};
void frame_new(struct frame *f, size_t columns, size_t rows);
void frame_free(struct frame *f);
/* The name is borrowed. */
void frame_head(struct frame *f, size_t column, const char *name, enum align align, enum role role);
void frame_text(struct frame *f, size_t column, size_t row, const char *string);
void frame_member(struct frame *f, size_t column, size_t row, const struct member *member);
struct canvas *frame_draw(const struct frame *f, const char *title, const struct page *p,
                          size_t width);

/* Series that are drawn in one plot, from the first on. */
size_t run_plots(const struct block *first, size_t count);

/* "head 0.1" where the report has several members, else nothing. Appends. */
void page_member(const struct page *p, const struct member *member, struct text *out);

/* The blocks: each writes a run of them that belong together. */
bool page_series(struct page *p, const struct block *run, size_t count);
bool page_scalars(struct page *p, const struct block *run, size_t count);
bool page_table(struct page *p, const struct block *block);
bool page_poles(struct page *p, const struct block *run, size_t count);
bool page_numbers(struct page *p, const struct block *run, size_t count);
bool page_heat(struct page *p, const struct block *run, size_t count);

#endif
