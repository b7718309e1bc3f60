/* The commands, as the session hands them to the language. */
#ifndef BILENS_CMD_COMMANDS_H
#define BILENS_CMD_COMMANDS_H

#include "bilens/lang/command.h"

extern const struct command_table command_table;

#endif
