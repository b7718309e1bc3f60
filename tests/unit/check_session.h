/* What the test files of the session layer share: reports built by hand. */
#ifndef CHECK_SESSION_H
#define CHECK_SESSION_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

#include "bilens/lang/report.h"
#include "bilens/present/present.h"

struct err;

/* Tokens that would do harm if a terminal or a parser saw them as they are. */
extern const char *const hostile_tokens[];
extern const size_t hostile_token_count;

/* The adders fail the test where memory is short. */
struct report *new_report(void);
struct block *add_block(struct report *r, enum block_kind kind);
struct member head_member(size_t layer, size_t head);
struct member layer_member(size_t layer);
struct block *add_series(struct report *r, const char *name, const double *values, size_t count,
                         enum series_style style);
/* Columns id, token, value; ids count from 10, values are 1.5, 2.5, ... */
struct block *add_tokens(struct report *r, const char *title, const char *const *tokens,
                         size_t rows);
struct block *add_grid(struct report *r, size_t rows, size_t cols, const double *values);
void add_string(struct report *r, const char *string);
void label_grid(struct block *b, const char *const *rows, const char *const *cols);

/* A report with a block of every kind, hostile strings in all of them, and a stack. */
struct report *hostile_report(void);

/* What is presented, which the caller frees (mem_free). */
char *presented(const struct report *r, enum output_format format);
char *presented_text(const struct report *r, size_t width, enum charset charset);
/* Fails the test unless that is what is presented; frees the report. */
void expect_presented(struct report *r, enum output_format format, const char *expected);
void expect_text(struct report *r, size_t width, enum charset charset, const char *expected);

TCase *exhaustion_case(void);
TCase *job_case(void);
TCase *json_case(void);
TCase *pager_case(void);
TCase *settings_case(void);
TCase *sheet_case(void);
TCase *text_case(void);
TCase *bounds_case(void);
TCase *svg_case(void);

#endif
