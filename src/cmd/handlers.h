/* One handler for each entry of commands.def: run_svd, ... */
#ifndef BILENS_CMD_HANDLERS_H
#define BILENS_CMD_HANDLERS_H

#include "bilens/lang/command.h"

#define COMMAND(name, signature, summary, details, example) command_handler run_##name;
#include "commands.def"
#undef COMMAND

#endif
