/* Where answers go: standard output, a file, a shell command. */
#ifndef BILENS_SESSION_OUTPUT_H
#define BILENS_SESSION_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct session;
struct statement;

/* To standard output, at once. Where that fails the session ends: silently if the reader
 * went away (a closed pipe), with a message otherwise. ERR_INTERRUPTED where Ctrl-C cut a
 * long answer short. */
bool output_write(struct session *s, const char *bytes, size_t length, struct err *e);
/* To the statement's redirect. A file is written whole, or not at all. */
bool output_redirect(const struct statement *s, const char *bytes, size_t length, struct err *e);
/* A message of the program's own on standard error. */
void output_complain(const char *message);

#endif
