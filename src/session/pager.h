/* Answers longer than the screen, at the prompt: $PAGER, else `less -FRX`. */
#ifndef BILENS_SESSION_PAGER_H
#define BILENS_SESSION_PAGER_H

#include <stdbool.h>
#include <stddef.h>

struct session;

/* Shows the answer in the pager, and comes back when that is left, however early. False, with
 * nothing shown, where there is no reason for one (a script, no terminal, an answer that fits,
 * `set pager off`, --safe) or where it cannot be run. */
bool pager_show(const struct session *s, const char *bytes, size_t length);

/* The rows that text takes on a terminal of so many columns; colours (SGR sequences) take no
 * room, long lines are folded by the terminal. */
size_t pager_rows(const char *bytes, size_t length, size_t cols);

#endif
