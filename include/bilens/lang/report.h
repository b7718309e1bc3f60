/* What a statement answers with: blocks of numbers and strings, and the ledger of
 * conventions they were computed by. A command fills one; the session draws it or
 * writes it as JSON, CSV, TSV or Markdown. Strings are raw (from files, perhaps):
 * who shows them escapes them. */
#ifndef BILENS_LANG_REPORT_H
#define BILENS_LANG_REPORT_H

#include <stdbool.h>
#include <stddef.h>

struct err;

enum { STACK_MOST = 2 };

/* Which member of a stack a block is about. */
struct member {
    size_t count; /* 0: not a stack */
    size_t index[STACK_MOST];
    char axis[STACK_MOST]; /* 'l' layer, 'h' head */
};

enum block_kind { BLOCK_SCALARS, BLOCK_SERIES, BLOCK_TABLE, BLOCK_GRID, BLOCK_TEXT };

enum column_type { COLUMN_TOKEN, COLUMN_NUMBER, COLUMN_TEXT };

struct report_cell {
    char *text;    /* tokens and texts; owned; NULL is blank */
    double number; /* numbers */
};

struct report_column {
    char *name;
    enum column_type type;
};

struct scalars {
    size_t count;
    char **names;
    double *values;
};

enum series_style { SERIES_SPECTRUM, SERIES_LINE };

struct series {
    char *name; /* "singular values" */
    char *axis; /* what x counts: "component", "token", "lag", ... */
    double x0;
    double step; /* of x from value to value; 1 unless the axis is a slice with a step */
    size_t count;
    double *values;
    enum series_style style;
    bool log_x, log_y; /* the axes asked for; for drawings only */
    bool drawn;        /* asked for as a plot, however few values it has */
};

struct report_table {
    char *title;
    size_t columns, rows;
    struct report_column *column;
    struct report_cell *cells; /* row-major */
    const char *reading;       /* "token", "in", "out", "index"; NULL: none; static */
    const char *pole;          /* "high", "low"; NULL: none; static */
    bool has_component;
    size_t component;
    double value; /* of the component */
};

struct grid {
    char *title;
    size_t rows, cols;
    size_t row_range[2], col_range[2]; /* [start, stop) of the matrix shown */
    const char *row_axis, *col_axis;   /* axis kind names; static */
    const char *aggregate;             /* "none", "absmax", "mean", "rms"; static */
    size_t block[2];                   /* rows x cols of entries in one value */
    double vmax;
    size_t nan_count, inf_count;
    double *values;                  /* rows x cols */
    char **row_labels, **col_labels; /* or NULL */
    bool tall;                       /* a numeric grid is shown with all its rows */
    bool numeric;                    /* text shows numbers, not colours */
    bool fixed; /* vmax was asked for: values beyond it are clipped, and counted */
    bool free;  /* in a stack: coloured on a scale of its own */
};

struct block {
    enum block_kind kind;
    struct member member;
    bool precise; /* scalars that are double from the start: shown with more digits */
    union {
        struct scalars scalars;
        struct series series;
        struct report_table table;
        struct grid grid;
        char *text;
    };
};

/* The conventions of ANALYSES.md section 5, in the order they are shown. */
struct ledger_entry {
    const char *key; /* static */
    char *value;     /* owned */
};

struct report {
    char *title; /* what was understood: "direction w_u[\"game\"] (token 804)"; NULL: none */
    size_t count, capacity;
    struct block *blocks;
    size_t ledger_count;
    struct ledger_entry *ledger;
};

struct report *report_new(void);
void report_free(struct report *r);

/* Appends an empty block of that kind and returns it to be filled (valid until the
 * next is added); NULL when memory is short. */
struct block *report_add(struct report *r, enum block_kind kind);
/* Sets (or replaces) a line of the ledger. */
__attribute__((format(printf, 3, 4))) bool report_ledger(struct report *r, const char *key,
                                                         const char *format, ...);
/* Was anything computed for it, so that the ledger says in which precision? */
bool report_computed(const struct report *r);
__attribute__((format(printf, 2, 3))) bool report_title(struct report *r, const char *format, ...);

/* Appends a line of text, or several, about a member of a stack ({0}: about the whole answer). */
__attribute__((format(printf, 3, 4))) void report_text(struct report *r, struct member member,
                                                       const char *format, ...);

/* Fillers: they copy what they are given. */
bool block_scalar(struct block *b, const char *name, double value);
bool block_series(struct block *b, const char *name, const char *axis, double x0,
                  const double *values, size_t count, enum series_style style);
/* A table of rows x columns blank cells. */
bool block_table(struct block *b, const char *title, size_t columns, size_t rows);
bool table_column(struct report_table *t, size_t column, const char *name, enum column_type type);
bool table_text(struct report_table *t, size_t row, size_t column, const char *text);
void table_number(struct report_table *t, size_t row, size_t column, double number);

#endif
