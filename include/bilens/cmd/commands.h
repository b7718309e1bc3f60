/* The commands about models and values; the session puts its own behind them. */
#ifndef BILENS_CMD_COMMANDS_H
#define BILENS_CMD_COMMANDS_H

#include "bilens/lang/command.h"

extern const struct command_table command_table;

#endif
