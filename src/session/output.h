/* Where answers go: standard output, a pager, a file, a shell command. */
#ifndef BILENS_SESSION_OUTPUT_H
#define BILENS_SESSION_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "bilens/present/present.h"

struct err;
struct session;
struct statement;

/* An answer, to where answers go now: the file of `output`, or standard output, through the
 * pager if it is long (pager.h). Where standard output fails the session ends: silently if the
 * reader went away (a closed pipe), with a message otherwise; e is then left alone.
 * ERR_INTERRUPTED where Ctrl-C cut a long answer short. */
bool output_answer(struct session *s, const char *bytes, size_t length, struct err *e);
/* The same, never through the pager, and not counted as an answer. */
bool output_aside(struct session *s, const char *bytes, size_t length, struct err *e);
/* To standard output, at once; for the two above. */
bool output_standard(struct session *s, const char *bytes, size_t length, struct err *e);
/* The format of an answer there: what the ending of the file of `output` says, else the setting. */
enum output_format output_format(const struct session *s);
/* Does an answer stand above the next one in the same place? */
bool output_follows(const struct session *s);
/* To the statement's redirect. A file is written whole, or not at all. */
bool output_redirect(const struct statement *s, const char *bytes, size_t length, struct err *e);
/* A message of the program's own on standard error. */
void output_complain(const char *message);

/* `output FILE`: opens the file, as the place of answers once its statement has succeeded. NULL:
 * standard output again. For the thread that runs the statement. */
bool output_ask(struct session *s, const char *path, struct err *e);
/* The end of a statement: what it asked for comes into force, or, where it failed, is dropped. */
void output_settle(struct session *s, bool ok);
/* The end of a session. */
void output_end(struct session *s);

#endif
