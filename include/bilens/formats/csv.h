/* Numbers in a CSV file (RFC 4180), with labels in the first row or column, or without. */
#ifndef BILENS_FORMATS_CSV_H
#define BILENS_FORMATS_CSV_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct text;

/* Whether the first row, or column, holds labels: if it says so, or where it is no number. */
enum csv_labels {
    CSV_LABELS_AUTO,
    CSV_LABELS_NONE,
    CSV_LABELS_ROWS,
    CSV_LABELS_COLS,
    CSV_LABELS_BOTH
};

struct csv {
    size_t rows, cols;               /* of numbers */
    double *values;                  /* row-major */
    char **row_labels, **col_labels; /* NULL: none */
    char *corner;                    /* the cell above the row labels; NULL: there is none */
    char separator;                  /* that parts the cells */
    bool head, side;                 /* is the first row, column taken for labels? */
    size_t empty, missing;           /* cells that were, or said NA and the like: NaN now */
    size_t commas;                   /* numbers with a decimal comma */
};

/* A byte order mark, CR LF and quotes are understood. Cells are parted by separator (',' or '\t'),
 * unless ',', ';' or '\t' makes more numbers of the file; where it is no comma, numbers may have a
 * decimal comma. NaN and infinities are nan, inf, infinity in any case. Refused, with line and
 * column: rows of different lengths, what is no number, a number beyond double precision, both
 * decimal marks in one file. ERR_BUDGET where the file or its numbers take more than limit
 * bytes. */
bool csv_read(const char *path, char separator, enum csv_labels labels, size_t limit,
              struct csv *out, struct err *e);
void csv_free(struct csv *c);

/* Appends a cell, in quotes where a reader needs them. Control characters other than tab and line
 * ends are escaped, quoted or not: whoever looks at the file on a terminal must not have it obey
 * a token. */
void csv_add_field(struct text *out, const char *bytes, size_t length);

#endif
