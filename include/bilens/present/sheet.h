/* Reports as tables with a row of heads: what CSV, TSV and Markdown have in common. */
#ifndef BILENS_PRESENT_SHEET_H
#define BILENS_PRESENT_SHEET_H

#include <stdbool.h>
#include <stddef.h>

struct report;
struct text;

struct sheet_style {
    const char *open, *between, *close; /* around the cells of a row */
    /* Appends a cell's bytes, quoted or escaped as the format wants them. */
    void (*write)(struct text *out, const char *bytes, size_t length);
    /* For a reader, not a program: titles above tables, a rule under their heads, and
     * tables of one shape kept apart, not merged into one. */
    bool document;
};

/* Appends every block, a blank line between them. */
void sheet_write(const struct report *r, const struct sheet_style *style, struct text *out);

enum { SHEET_PARTS_MOST = 256 };

/* Where the tables of a sheet end (before the blank line), how many rows of data they have,
 * and which block they begin with. */
struct sheet_parts {
    size_t count;
    size_t end[SHEET_PARTS_MOST], rows[SHEET_PARTS_MOST], block[SHEET_PARTS_MOST];
};
/* The same, and parts (which may be NULL) tells of its tables. */
void sheet_write_parts(const struct report *r, const struct sheet_style *style, struct text *out,
                       struct sheet_parts *parts);

#endif
