/*
 * The commands of tercel-agent: one file each, command_NAME.c, whose function gives its row of the command table in
 * main.c. The options of a command are parsed into static variables of its file: the only mutable ones that there are.
 */
#ifndef TERCEL_AGENT_COMMANDS_H
#define TERCEL_AGENT_COMMANDS_H

#include "base/option_table.h"

struct command command_install(void);
struct command command_replay(void);
struct command command_run(void);
struct command command_uplink(void);

#endif
