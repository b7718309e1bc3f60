/* The commands that act on the session, or tell of the program: commands.def lists them. */
#ifndef BILENS_SESSION_COMMANDS_H
#define BILENS_SESSION_COMMANDS_H

#include "bilens/lang/call.h"

struct session;

#define COMMAND(name, signature, summary, details, example) command_handler run_##name;
#include "commands.def"
#undef COMMAND

/* All commands: those about models and values, then the session's. The caller frees the list
 * (mem_free of .commands). */
struct command_table commands_joined(void);

/* The session that the command acts on; NULL with the error where there is none. */
struct session *session_of(const struct call *c, struct err *e);

#endif
