/* Reports as tables with a row of heads: what CSV, TSV and Markdown have in common. */
#ifndef BILENS_SESSION_PRESENT_SHEET_H
#define BILENS_SESSION_PRESENT_SHEET_H

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

/* Appends every block, a blank line between them. A failure is kept in out. */
void sheet_write(const struct report *r, const struct sheet_style *style, struct text *out);

#endif
