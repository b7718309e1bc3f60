/* What the test files of the language layer share: a small workspace made by hand, and a
 * small table of commands. */
#ifndef CHECK_LANG_H
#define CHECK_LANG_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

#include "bilens/base/err.h"
#include "bilens/lang/call.h"

enum { TOKENS = 6, RESID = 4, HEAD = 2, LAYERS = 2, HEADS = 3 };

/* Names bound: w_e (resid x token), w_u (token x resid), both with labels on tokens (token i
 * is the word i of labels_words); k a number, x a vector on resid, t on tokens; per_layer and
 * grid, stacks of resid x resid matrices over [layer] and [layer, head]. */
struct fixture {
    struct workspace *names;
    struct labels *labels;
};
extern struct fixture fixture;
extern const char *const labels_words[TOKENS];
extern const struct command_table commands;

/* Entry (i, j) of the matrices bound; layer and head are 0 for those that are no stack. */
double entry_of(char name, size_t layer, size_t head, size_t i, size_t j);

void fixture_make(void);
void fixture_free(void);

/* The value of an expression, which the caller unrefs; fails the test on an error. */
struct value *value_of(const char *expression);
/* A number's. */
double number_of(const char *expression);
/* Fails the test unless the expression fails in exactly that way. */
void expect_failure(const char *expression, enum err_code code, size_t start, size_t end,
                    const char *message);
/* Fails the test unless value_describe gives that. */
void expect_shape(const char *expression, const char *description);
void expect_error_at(const struct err *e, enum err_code code, size_t start, size_t end,
                     const char *message);

/* Runs all statements of a line; false with the error of the first that fails. */
bool run(const char *line, struct text *bound, struct err *e);

TCase *lexer_case(void);
TCase *parser_case(void);
TCase *index_case(void);
TCase *eval_case(void);
TCase *run_case(void);
TCase *run_files_case(void);

#endif
