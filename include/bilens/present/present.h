/* From reports to what is written: drawings, or JSON Lines, CSV, TSV, Markdown. */
#ifndef BILENS_PRESENT_PRESENT_H
#define BILENS_PRESENT_PRESENT_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/draw/theme.h"
#include "bilens/lang/report.h"

struct canvas;
struct err;
struct text;

enum output_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV, FORMAT_TSV, FORMAT_MARKDOWN };

/* What a statement came to. */
struct answer {
    const char *statement; /* its source text, not NUL-terminated */
    size_t length;
    size_t line;                 /* of the script or session, from 1 */
    const struct report *report; /* NULL where it failed or has nothing to show */
    const char *bound;           /* names bound, separated by blanks; "" if none */
    const struct err *error;     /* NULL where it succeeded */
    size_t column;               /* of the error, from 1, in characters */
    bool follows;                /* another answer stands above it in the same place: CSV and
                                  * TSV then start with a blank line */
};

struct look {
    enum output_format format;
    struct theme theme;
    size_t width;  /* cells of a line */
    size_t height; /* rows of the terminal; 0: there is none */
    bool ledger;   /* text ends with the line of conventions */
};

/* Appends the answer in that format. Errors are written only by JSON here; in the other
 * formats they go to stderr (see error.h). False when memory is short. */
bool present(const struct answer *answer, const struct look *look, struct text *out, struct err *e);

/* The pieces, each in a file of its own. */
bool present_text(const struct answer *answer, const struct look *look, struct text *out,
                  struct err *e);
void present_json(const struct answer *answer, struct text *out);
/* What a file's name asks for by its ending: .csv, .tsv, .md, .markdown, .json, .jsonl. False
 * where it asks for none of these. */
bool present_format_of(const char *path, enum output_format *out);
/* False, with what works instead, where the ending promises a kind of file that is not text: arrays
 * (.npy ...), other drawings than SVG (.png ...), archives. */
bool present_can_name(const char *path, struct err *e);
/* Does it end in .svg? */
bool present_is_figure(const char *path);

struct sheet_parts;
/* Appends a report's tables, and says where they end (see present_sheet.h). */
bool present_separated_parts(const struct report *report, char separator, struct text *out,
                             struct sheet_parts *parts);
/* Every block as a table of its own, a blank line between them; `separator` ',' or '\t'. */
void present_separated(const struct answer *answer, char separator, struct text *out);
/* A document of its own; of the look only the width and the ledger count. */
bool present_svg(const struct answer *answer, const struct look *look, struct text *out,
                 struct err *e);
/* The text as one canvas; the caller owns it. */
struct canvas *present_canvas(const struct answer *answer, const struct look *look, struct err *e);
void present_markdown(const struct answer *answer, struct text *out);

#endif
