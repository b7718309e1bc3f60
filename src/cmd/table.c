#include "bilens/cmd/commands.h"
#include "bilens/cmd/common.h"
#include "handlers.h"
#include "provenance.h"

static const struct command commands[] = {
#define COMMAND(name, signature, summary, details, example)                                        \
    {#name, signature, summary, details, example, run_##name},
#include "commands.def"
#undef COMMAND
};

const struct command_table command_table = {.commands = commands,
                                            .count = sizeof commands / sizeof *commands,
                                            .absence = model_absence,
                                            .still = model_still,
                                            .describe = model_describe};
