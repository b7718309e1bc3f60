#include "bilens/cmd/commands.h"
#include "bilens/cmd/common.h"
#include "handlers.h"

static const struct command commands[] = {
#define COMMAND(name, signature, summary, details, example)                                        \
    {#name, signature, summary, details, example, run_##name},
#include "commands.def"
#undef COMMAND
};

const struct command_table command_table = {commands, sizeof commands / sizeof *commands,
                                            model_absence};
