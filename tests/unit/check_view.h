/* What the test files of the view layer share: a small workspace made by hand, an explorer
 * without a terminal, and what it draws as text. */
#ifndef CHECK_VIEW_H
#define CHECK_VIEW_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

#include "bilens/base/err.h"
#include "src/view/explorer.h"

enum { TOKENS = 8, RESID = 4, LAYERS = 2, HEADS = 3 };

/* Names bound: w_u (token x resid), whose column j is 4 - j at token j and 1/2 at token 4 + j,
 * so that its singular values are sqrt((4 - j)^2 + 1/4) and its v is the identity; w_e (resid x
 * token), its transpose; grid, a stack over [layer, head] of resid x resid matrices; x, a vector on
 * tokens; k, a number. Tokens are called as view_tokens says. */
struct fixture {
    struct session_state state;
    struct host host;
    struct view_host view;
    struct explorer *x;
    struct labels *labels;
};
extern struct fixture fixture;
extern const char *const view_tokens[TOKENS];

void fixture_make(void); /* 80 x 24, UTF-8, no colours */
void fixture_free(void);

/* Entry (i, j) of grid. */
double grid_entry(size_t layer, size_t head, size_t i, size_t j);

/* Opens the answer of a statement, or (NULL) the workspace; fails the test on an error. */
void open_view(const char *statement);
/* The keys of a string; < is Backspace's twin, so: "\n" Enter, "\t" Tab, "\033" Escape. */
void press(const char *keys);
void press_key(uint32_t key);
/* Works until nothing is left to be done in the background. */
void idle(void);

/* What is drawn, as lines; the caller frees it (mem_free). */
char *screen(void);
/* One line of that, without trailing blanks; the caller frees it. */
char *screen_line(size_t row);
void expect_line(size_t row, const char *expected);
/* The status line, and the last line. */
void expect_status(const char *expected);
void expect_note(const char *expected);
void expect_shown(const char *text);
void expect_not_shown(const char *text);
/* What `:` would send. */
void expect_statement(const char *expected);

TCase *keys_case(void);
TCase *frame_case(void);
TCase *bars_case(void);
TCase *window_case(void);
TCase *spectrum_case(void);
TCase *matrix_case(void);
TCase *others_case(void);
TCase *view_memory_case(void);

#endif
